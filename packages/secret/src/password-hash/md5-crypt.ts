import { hash } from 'node:crypto'
import { grouped } from './crypt-alphabet.ts'
import type { Rest } from './rest.ts'

const ROUNDS = 1000

/** The MD5 scheme of FreeBSD, and that of Apache, which differs in its mark only: the hash without mark and salt. */
export const md5Crypt = async (password: Uint8Array, salt: string, mark: '$1$' | '$apr1$', rest: Rest) => {
  const seasoning = Buffer.from(salt)
  const first = md5([password, seasoning, password])
  const begin: Uint8Array[] = [password, Buffer.from(mark), seasoning]
  for (let left = password.length; left > 0; left -= 16) begin.push(first.subarray(0, Math.min(16, left)))
  for (let left = password.length; left > 0; left >>= 1) begin.push(left % 2 === 1 ? NUL : password.subarray(0, 1))
  let sum = md5(begin)
  for (let round = 0; round < ROUNDS; round++) {
    const odd = round % 2 === 1
    const parts = [odd ? password : sum]
    if (round % 3 !== 0) parts.push(seasoning)
    if (round % 7 !== 0) parts.push(password)
    parts.push(odd ? sum : password)
    sum = md5(parts)
    if (round % 64 === 0) await rest()
  }
  return grouped(sum, ORDER)
}

const NUL = Buffer.alloc(1)
const ORDER = [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5], [11]]

const md5 = (parts: readonly Uint8Array[]) => hash('md5', Buffer.concat(parts), 'buffer')
