import { createHmac, hash, pbkdf2, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import type { HashForm, PasswordHash } from './password-hash.ts'

type DigestName = 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512'

/** Schemes that the crypto library derives by itself, beside this thread: PBKDF2 (RFC 8018), SCRAM (RFC 5802) and scrypt (RFC 7914). */
export const keyDerivations: readonly HashForm[] = [
  // PostgreSQL.
  [
    /^SCRAM-SHA-(1|256)\$(\d{1,8}):([A-Za-z0-9+/=]{4,128})\$([A-Za-z0-9+/=]{20,64}):[A-Za-z0-9+/=]{20,64}$/,
    ([size, rounds = '', salt = '', stored = '']) => scram(size === '1' ? 'sha1' : 'sha256', rounds, salt, stored),
  ],
  // Dovecot.
  [
    /^\{SCRAM-SHA-(1|256)\}(\d{1,8}),([A-Za-z0-9+/=]{4,128}),([A-Za-z0-9+/=]{20,64}),[A-Za-z0-9+/=]{20,64}$/i,
    ([size, rounds = '', salt = '', stored = '']) => scram(size === '1' ? 'sha1' : 'sha256', rounds, salt, stored),
  ],
  [
    /^\$1\$([^$\s]{1,64})\$(\d{1,8})\$([0-9a-f]{40})$/i,
    ([salt = '', rounds = '', hex = '']) => derived('sha1', Buffer.from(salt), rounds, Buffer.from(hex, 'hex')),
  ],
  // Django.
  [
    /^pbkdf2_(sha1|sha256)\$(\d{1,8})\$([^$\s]{1,100})\$([A-Za-z0-9+/]{20,100}={0,2})$/,
    ([name = '', rounds = '', salt = '', text = '']) =>
      derived(nameOf(name), Buffer.from(salt), rounds, Buffer.from(text, 'base64')),
  ],
  // Werkzeug.
  [
    /^pbkdf2:(sha1|sha224|sha256|sha384|sha512)(?::(\d{1,8}))?\$([^$\s]{1,100})\$([0-9a-f]{40,128})$/,
    ([name = '', rounds = '', salt = '', hex = '']) =>
      derived(nameOf(name), Buffer.from(salt), rounds === '' ? '150000' : rounds, Buffer.from(hex, 'hex')),
  ],
  [
    /^scrypt:(\d{1,8}):(\d{1,3}):(\d{1,3})\$([^$\s]{1,100})\$([0-9a-f]{32,256})$/,
    ([n = '', r = '', p = '', salt = '', hex = '']) =>
      byMemory(Number(n), Number(r), Number(p), Buffer.from(salt), Buffer.from(hex, 'hex')),
  ],
  // passlib, and directories that use it.
  [
    /^\$pbkdf2(?:-(sha1|sha256|sha512))?\$(\d{1,8})\$([./A-Za-z0-9]{1,128})\$([./A-Za-z0-9]{20,100})$/,
    ([name = '', rounds = '', salt = '', text = '']) =>
      derived(nameOf(name), fromAdapted(salt), rounds, fromAdapted(text)),
  ],
  [
    /^\{PBKDF2(?:-(SHA1|SHA256|SHA512))?\}(\d{1,8})\$([./A-Za-z0-9]{1,128})\$([./A-Za-z0-9]{20,100})$/i,
    ([name = '', rounds = '', salt = '', text = '']) =>
      derived(nameOf(name.toLowerCase()), fromAdapted(salt), rounds, fromAdapted(text)),
  ],
  // Mosquitto from 2.0 on.
  [
    /^\$7\$(\d{1,8})\$([A-Za-z0-9+/]{4,128}={0,2})\$([A-Za-z0-9+/]{86}==)$/,
    ([rounds = '', salt = '', text = '']) =>
      derived('sha512', Buffer.from(salt, 'base64'), rounds, Buffer.from(text, 'base64')),
  ],
  // GRUB.
  [
    /^grub\.pbkdf2\.sha512\.(\d{1,8})\.([0-9A-F]{16,512})\.([0-9A-F]{64,256})$/i,
    ([rounds = '', salt = '', hex = '']) =>
      derived('sha512', Buffer.from(salt, 'hex'), rounds, Buffer.from(hex, 'hex')),
  ],
]

const nameOf = (text: string): DigestName => {
  const names: readonly DigestName[] = ['sha1', 'sha224', 'sha256', 'sha384', 'sha512']
  return names.find((name) => name === text) ?? 'sha1'
}

/** Base64 without its end, and with a dot for the plus sign. */
const fromAdapted = (text: string) => Buffer.from(text.replaceAll('.', '+'), 'base64')

const key = promisify(pbkdf2)
const memoryKey = promisify<Buffer, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(scrypt)

const costOf = (rounds: number, size: number, wanted: number) => rounds * Math.ceil(wanted / size) * 0.0008

const DIGEST_BYTES: Readonly<Record<DigestName, number>> = { sha1: 20, sha224: 28, sha256: 32, sha384: 48, sha512: 64 }

const derived = (name: DigestName, salt: Buffer, written: string, wanted: Buffer): PasswordHash | undefined => {
  const rounds = Number(written)
  if (rounds < 1 || wanted.length < 16) return undefined
  return {
    cost: costOf(rounds, DIGEST_BYTES[name], wanted.length),
    matches: async (password) => (await key(Buffer.from(password), salt, rounds, wanted.length, name)).equals(wanted),
  }
}

const scram = (name: 'sha1' | 'sha256', written: string, salt: string, stored: string): PasswordHash | undefined => {
  const rounds = Number(written)
  const wanted = Buffer.from(stored, 'base64')
  const size = DIGEST_BYTES[name]
  if (rounds < 1 || wanted.length !== size) return undefined
  return {
    cost: costOf(rounds, size, size),
    async matches(password) {
      const salted = await key(Buffer.from(password), Buffer.from(salt, 'base64'), rounds, size, name)
      return hash(name, createHmac(name, salted).update('Client Key').digest(), 'buffer').equals(wanted)
    },
  }
}

const MOST_MEMORY = 64 * 1024 * 1024

const byMemory = (n: number, r: number, p: number, salt: Buffer, wanted: Buffer): PasswordHash | undefined => {
  const isPower = n > 1 && (n & (n - 1)) === 0
  if (!isPower || r < 1 || p < 1 || 128 * n * r > MOST_MEMORY || p > 16 || wanted.length < 16) return undefined
  return {
    cost: n * r * p * 0.0004,
    matches: async (password) =>
      (await memoryKey(Buffer.from(password), salt, wanted.length, { N: n, r, p, maxmem: 2 * MOST_MEMORY })).equals(
        wanted,
      ),
  }
}
