import { createHmac, hash } from 'node:crypto'
import { md4 } from './md4.ts'
import type { HashForm, PasswordHash } from './password-hash.ts'

type DigestName = 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512'

/** Schemes that digest a password once or twice, with or without a salt: a thousand guesses take some milliseconds. */
export const plainDigests: readonly HashForm[] = [
  // Of directories and Dovecot: the digest, then the salt.
  [
    /^\{(?:S|LDAP-|PLAIN-)?(MD5|SHA1?|SHA224|SHA256|SHA384|SHA512)(?:\.(HEX|B64|BASE64))?\}([A-Za-z0-9+/]{20,300}={0,2})$/i,
    ([scheme = '', spelling = '', text = '']) => {
      const name = nameOf(scheme)
      const size = SIZES[name]
      const isHex = /^hex$/i.test(spelling) || (text.length === size * 2 && HEX.test(text))
      const bytes = isHex ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64')
      if (bytes.length < size) return undefined
      return compared((password) => digest(name, password, bytes.subarray(size)).equals(bytes.subarray(0, size)))
    },
  ],
  [/^\{(?:NT|NTLM)\}([0-9a-f]{32})$/i, ([text = '']) => ofNt(text)],
  [/^\$(?:NT|3)\$\$?([0-9a-f]{32})$/i, ([text = '']) => ofNt(text)],
  // The native password of MySQL and MariaDB: SHA-1 of SHA-1.
  [/^\*([0-9a-f]{40})$/i, ([text = '']) => same(text, (password) => hash('sha1', digest('sha1', password), 'buffer'))],
  // PostgreSQL's older one: MD5 over password and name.
  [
    /^md5([0-9a-f]{32})$/,
    ([text = ''], { account }) =>
      account === undefined ? undefined : same(text, (password) => digest('md5', password, Buffer.from(account))),
  ],
  // Django's and Werkzeug's older ones look alike, and differ in how the salt is mixed in.
  [
    /^(md5|sha1|sha256|sha512)\$([^$\s]{0,64})\$([0-9a-f]{32,128})$/i,
    ([scheme = '', salt = '', text = '']) => {
      const name = nameOf(scheme)
      const wanted = Buffer.from(text, 'hex')
      return wanted.length === SIZES[name]
        ? compared(
            (password) =>
              hash(name, Buffer.concat([Buffer.from(salt), password]), 'buffer').equals(wanted) ||
              createHmac(name, salt).update(password).digest().equals(wanted),
          )
        : undefined
    },
  ],
  // Mosquitto before 2.0: SHA-512 over password and salt, both in base64.
  [
    /^\$6\$([A-Za-z0-9+/]{8,32}={0,2})\$([A-Za-z0-9+/]{86}==)$/,
    ([salt = '', text = '']) =>
      same(Buffer.from(text, 'base64').toString('hex'), (password) =>
        digest('sha512', password, Buffer.from(salt, 'base64')),
      ),
  ],
  // RabbitMQ: four bytes of salt in front of what is digested and of the digest.
  [
    /^([A-Za-z0-9+/]{48})$/,
    ([text = ''], { scheme }) => {
      const bytes = Buffer.from(text, 'base64')
      const [salt, sum] = [bytes.subarray(0, 4), bytes.subarray(4)]
      return scheme === 'rabbitmq-sha256'
        ? compared((password) => hash('sha256', Buffer.concat([salt, password]), 'buffer').equals(sum))
        : undefined
    },
  ],
  [/^(?:0x)?([0-9a-f]{32,128})$/i, ([text = ''], { scheme }) => ofHex(text, scheme)],
]

const SIZES: Readonly<Record<DigestName, number>> = {
  md5: 16,
  sha1: 20,
  sha224: 28,
  sha256: 32,
  sha384: 48,
  sha512: 64,
}
const HEX = /^[0-9a-f]+$/i

const nameOf = (scheme: string): DigestName => {
  const lower = scheme.toLowerCase()
  const name = Object.keys(SIZES).find((known): known is DigestName => known === lower)
  return name ?? 'sha1'
}

/** Of bare digits the length tells the digest, unless their place does. 32 of them are MD5's or Windows'. */
const ofHex = (text: string, scheme = ''): PasswordHash | undefined => {
  if (scheme === 'nt') return text.length === 32 ? ofNt(text) : undefined
  const names = Object.entries(SIZES).filter(([, size]) => size * 2 === text.length)
  const name = names.length === 1 ? nameOf(names[0]![0]) : undefined
  if (name === undefined || !PLAIN.has(scheme)) return undefined
  const wanted = Buffer.from(text, 'hex')
  return compared(
    (password) =>
      digest(name, password).equals(wanted) || (scheme === '' && name === 'md5' && nt(password).equals(wanted)),
  )
}

/** What a place says of digits that are nothing but a digest of the password. */
const PLAIN: ReadonlySet<string> = new Set(['', 'md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'])

const ofNt = (text: string) => same(text, nt)

const nt = (password: Buffer) => md4(Buffer.from(password.toString(), 'utf16le'))

const digest = (name: DigestName, password: Buffer, salt: Uint8Array = NOTHING) =>
  hash(name, Buffer.concat([password, salt]), 'buffer')

const NOTHING = Buffer.alloc(0)

const same = (hex: string, made: (password: Buffer) => Buffer): PasswordHash => {
  const wanted = Buffer.from(hex, 'hex')
  return compared((password) => made(password).equals(wanted))
}

const compared = (matches: (password: Buffer) => boolean): PasswordHash => ({
  cost: 0.01,
  matches: (password) => Promise.resolve(matches(Buffer.from(password))),
})
