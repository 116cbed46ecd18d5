import { derElements, derNumber, derOid, DER, type DerElement } from '../../formats/private-key/der.ts'

export type HashName = 'sha1' | 'sha256' | 'sha384' | 'sha512'

/** Hashes of FIPS 180-4: handed in, since this package computes with nothing but its arguments. */
export type Hash = (name: HashName, bytes: Uint8Array) => Uint8Array

/**
 * Whether one of the passwords that keystores are shipped and set up with opens a store, told by the checksum that the store itself
 * carries. Only these few are ever tried, and only on the bytes at hand. Undefined where the store has no such checksum, or one that
 * is too dear.
 */
export const opensByDefault = (bytes: Uint8Array, scheme: string, hash: Hash): boolean | undefined => {
  const opens =
    scheme === 'pkcs12' ? pkcs12(bytes, hash) : scheme === 'jks' || scheme === 'jceks' ? java(bytes, hash) : undefined
  return opens === undefined ? undefined : DEFAULTS.some(opens)
}

const DEFAULTS = ['changeit', 'changeme', 'password', '', 'secret', 'keystore', 'default', '123456', 'admin', 'test']

type Opens = (password: string) => boolean

const MARK = new TextEncoder().encode('Mighty Aphrodite')

/** The last twenty bytes are the SHA-1 of the password in UTF-16, a fixed text, and all before. */
const java = (bytes: Uint8Array, hash: Hash): Opens | undefined => {
  if (bytes.length < 32 || bytes.length > LARGEST) return undefined
  const body = bytes.subarray(0, -20)
  const sum = bytes.subarray(-20)
  return (password) => equal(hash('sha1', joined(utf16(password), MARK, body)), sum)
}

const LARGEST = 1_048_576
const MOST_ROUNDS = 20_000

/** An HMAC over what is in the store, with a key made of the password (RFC 7292, appendix B). */
const pkcs12 = (bytes: Uint8Array, hash: Hash): Opens | undefined => {
  const [whole] = bytes.length > LARGEST ? [] : derElements(bytes, 1)
  const [, safe, mac] = inside(whole)
  const [, explicit] = inside(safe)
  const [content] = inside(explicit)
  const [info, salt, rounds] = inside(mac)
  const [algorithm, sum] = inside(info)
  const name = HASHES.get(derOid(inside(algorithm)[0]) ?? '')
  const times = rounds === undefined ? 1 : numberOf(derNumber(rounds))
  if (content?.tag !== DER.octets || sum?.tag !== DER.octets || salt?.tag !== DER.octets || name === undefined)
    return undefined
  if (times < 1 || times > MOST_ROUNDS || salt.content.length > 64) return undefined
  return (password) => {
    const key = keyOf(password, salt.content, times, name, hash)
    return equal(hmac(name, key, content.content, hash), sum.content)
  }
}

const inside = (element: DerElement | undefined): readonly DerElement[] =>
  element === undefined ? [] : derElements(element.content, 8)

const HASHES = new Map<string, HashName>([
  ['1.3.14.3.2.26', 'sha1'],
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
])

const numberOf = (bytes: Uint8Array | undefined) =>
  bytes === undefined || bytes.length > 4 ? 0 : bytes.reduce((sum, byte) => sum * 256 + byte, 0)

const blockOf = (name: HashName) => (name === 'sha1' || name === 'sha256' ? 64 : 128)

const keyOf = (password: string, salt: Uint8Array, rounds: number, name: HashName, hash: Hash): Uint8Array => {
  const block = blockOf(name)
  const purpose = new Uint8Array(block).fill(3)
  let key = hash(name, joined(purpose, filled(salt, block), filled(joined(utf16(password), new Uint8Array(2)), block)))
  for (let round = 1; round < rounds; round++) key = hash(name, key)
  return key
}

/** Repeated up to whole blocks. */
const filled = (bytes: Uint8Array, block: number): Uint8Array => {
  const size = Math.ceil(bytes.length / block) * block
  return Uint8Array.from({ length: size }, (_, index) => bytes[index % bytes.length]!)
}

const hmac = (name: HashName, key: Uint8Array, text: Uint8Array, hash: Hash): Uint8Array => {
  const block = blockOf(name)
  const padded = new Uint8Array(block)
  padded.set(key.length > block ? hash(name, key) : key)
  const inner = hash(
    name,
    joined(
      padded.map((byte) => byte ^ 0x36),
      text,
    ),
  )
  return hash(
    name,
    joined(
      padded.map((byte) => byte ^ 0x5c),
      inner,
    ),
  )
}

const utf16 = (text: string): Uint8Array => {
  const bytes = new Uint8Array(text.length * 2)
  for (let at = 0; at < text.length; at++) {
    bytes[at * 2] = text.charCodeAt(at) >> 8
    bytes[at * 2 + 1] = text.charCodeAt(at) & 0xff
  }
  return bytes
}

const joined = (...parts: readonly Uint8Array[]): Uint8Array => {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

const equal = (one: Uint8Array, other: Uint8Array) =>
  one.length === other.length && one.every((byte, index) => byte === other[index])
