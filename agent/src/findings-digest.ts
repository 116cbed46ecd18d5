import { hash } from 'node:crypto'

/** The digest of findings that come one after the other and are not kept. */
export interface FindingsDigest {
  /** A finding as canonical JSON: as `digestOf` has it, fields in the order in which they are always written. */
  add(line: string): void
  /** 64 hexadecimal digits. */
  hex(): string
}

/**
 * The sum, modulo 2^256, of the SHA-256 of each finding after `key`: the same in whatever order they come, since a directory tells its
 * entries in no order. Unlike a digest over all of them, sums can be steered by whoever can make many entries and knows the digest of
 * each; `key`, which stays on this machine, takes that knowledge away.
 */
export const findingsDigest = (key: string): FindingsDigest => {
  const sums = new Float64Array(LANES)
  let added = 0
  return {
    add(line) {
      const bytes = hash('sha256', `${key}\0${line}`, 'buffer')
      for (let lane = 0; lane < LANES; lane++) sums[lane]! += bytes.readUInt32BE(lane * 4)
      if (++added % CARRY_AFTER === 0) carry(sums)
    },
    hex() {
      carry(sums)
      return [...sums].map((sum) => sum.toString(16).padStart(8, '0')).join('')
    },
  }
}

/** 256 bits in words of 32, the most significant first. */
const LANES = 8
const WORD = 2 ** 32

/** So many sums of words stay exact in a double. */
const CARRY_AFTER = 1_000_000

const carry = (sums: Float64Array) => {
  let over = 0
  for (let lane = LANES - 1; lane >= 0; lane--) {
    const sum = sums[lane]! + over
    over = Math.floor(sum / WORD)
    sums[lane] = sum % WORD
  }
}
