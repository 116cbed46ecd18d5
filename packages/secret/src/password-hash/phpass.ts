import { hash } from 'node:crypto'
import { CRYPT_ALPHABET, grouped } from './crypt-alphabet.ts'
import type { Rest } from './rest.ts'

/** The portable hashes of phpass, MD5 in WordPress and phpBB, SHA-512 in Drupal 7: all behind the salt, as long as it gets. */
export const phpass = async (password: Uint8Array, count: string, salt: string, name: 'md5' | 'sha512', rest: Rest) => {
  let sum = hash(name, Buffer.concat([Buffer.from(salt), password]), 'buffer')
  for (let left = roundsOfPhpass(count); left > 0; left--) {
    sum = hash(name, Buffer.concat([sum, password]), 'buffer')
    if (left % 64 === 0) await rest()
  }
  return grouped(sum, groupsOf(sum.length))
}

export const roundsOfPhpass = (count: string): number => 2 ** Math.max(0, CRYPT_ALPHABET.indexOf(count))

function* groupsOf(length: number): Generator<readonly number[]> {
  for (let at = 0; at < length; at += 3) yield [at + 2, at + 1, at].filter((index) => index < length)
}
