import { hash } from 'node:crypto'
import { grouped } from './crypt-alphabet.ts'
import type { Rest } from './rest.ts'

/** The SHA-2 schemes of crypt(3), by the specification of Ulrich Drepper: the hash without mark, rounds and salt. */
export const shaCrypt = async (
  password: Uint8Array,
  salt: string,
  rounds: number,
  name: 'sha256' | 'sha512',
  rest: Rest,
) => {
  const seasoning = Buffer.from(salt)
  const sumOf = (...parts: readonly Uint8Array[]) => hash(name, Buffer.concat(parts), 'buffer')
  const first = sumOf(password, seasoning, password)
  const begin: Uint8Array[] = [password, seasoning, filled(first, password.length)]
  for (let left = password.length; left > 0; left >>= 1) begin.push(left % 2 === 1 ? first : password)
  let sum = sumOf(...begin)
  const own = filled(sumOf(...Array<Uint8Array>(password.length).fill(password)), password.length)
  const salted = filled(sumOf(...Array<Uint8Array>(16 + sum[0]!).fill(seasoning)), seasoning.length)
  const room = Buffer.alloc(2 * own.length + salted.length + sum.length)
  for (let round = 0; round < rounds; round++) {
    const odd = round % 2 === 1
    let at = put(room, odd ? own : sum, 0)
    if (round % 3 !== 0) at = put(room, salted, at)
    if (round % 7 !== 0) at = put(room, own, at)
    at = put(room, odd ? sum : own, at)
    sum = hash(name, room.subarray(0, at), 'buffer')
    if (round % 64 === 0) await rest()
  }
  return grouped(sum, name === 'sha256' ? ORDER_256 : ORDER_512)
}

const put = (room: Uint8Array, bytes: Uint8Array, at: number) => {
  room.set(bytes, at)
  return at + bytes.length
}

const filled = (bytes: Uint8Array, length: number) =>
  Buffer.from(Uint8Array.from({ length }, (_, index) => bytes[index % bytes.length]!))

type Group = readonly [number, number, number]

/** Each group follows from the one before: its three indices move on by one and change places. */
const ordered = (first: Group, count: number, next: (group: Group) => Group): (readonly number[])[] => {
  const groups = [first]
  while (groups.length < count) groups.push(next(groups.at(-1)!))
  return groups
}

const ORDER_256 = [...ordered([0, 10, 20], 10, ([a, b, c]) => [c + 1, a + 1, b + 1]), [31, 30]]
const ORDER_512 = [...ordered([0, 21, 42], 21, ([a, b, c]) => [b + 1, c + 1, a + 1]), [63]]
