import type { FindingOf } from '@rollcall/contract'
import type { PublicPoint } from '../../probe.ts'
import { base64Bytes } from '../ssh-keys/public-key.ts'
import { readDropbearKey } from './dropbear.ts'
import { readOpensshKey } from './openssh.ts'
import { readPem } from './pem.ts'
import { readPuttyKey } from './putty.ts'
import { readSshComKey } from './ssh-com.ts'
import type { SshPublicKey } from '../ssh-keys/public-key.ts'
import { binary } from '../ssh-keys/wire.ts'

/** What a file tells of a private key without its passphrase. Nothing of the private half is in it. */
export interface PrivateKey {
  readonly format: NonNullable<FindingOf<'key'>['format']>
  readonly passphrase: 'yes' | 'no' | 'unknown'
  /** As on the wire where SSH has a name for it, else that of its own world; `unknown` where the file hides it. */
  readonly algorithm: string
  /** Whether SSH can use a key of this algorithm. */
  readonly sshUsable: boolean
  /** The public half, where the file gives it in clear or it follows from what is in clear. */
  readonly publicKey?: SshPublicKey
  readonly comment?: string
  /** Where it begins; absent in files that have no lines. */
  readonly line?: number
}

export interface PrivateKeyFile {
  readonly keys: readonly PrivateKey[]
  /** Whether the file holds a certificate of X.509 as well, as those of servers do. */
  readonly certificate: boolean
  /** Lines at which something begins that says it is a private key and follows no format. */
  readonly malformed: readonly number[]
}

/** Files hold a few keys, not hundreds. */
const MOST_KEYS = 32

/**
 * Reads all private keys of a file: OpenSSH's own format, PEM (PKCS#1, SEC 1, DSA, PKCS#8), PuTTY's, that of ssh.com, and Dropbear's
 * where the file's name says it may be one. Total: text that only speaks of keys gives none. What is returned shares no memory
 * with what was given.
 */
export const readPrivateKeys = (bytes: Uint8Array, publicPoint: PublicPoint, maybeDropbear = false): PrivateKeyFile => {
  if (maybeDropbear && bytes[0] === 0) {
    const key = readDropbearKey(bytes)
    return { keys: key === undefined ? [] : [key], certificate: false, malformed: [] }
  }
  const text = binary(bytes)
  const lines = keyLines(text)
  const keys: PrivateKey[] = []
  const malformed: number[] = []
  let certificate = false
  for (let at = 0; at < lines.length && keys.length + malformed.length < MOST_KEYS; at++) {
    const content = lines[at]!.text
    const putty = /^PuTTY-User-Key-File-([1-9]): /.exec(content)
    const begin = /^-----BEGIN ((?:[A-Z0-9]+ ){0,3})(PRIVATE KEY|CERTIFICATE)-----$/.exec(content)
    const sshCom = content === '---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----'
    if (putty === null && begin === null && !sshCom) continue
    const { line } = lines[at]!
    if (begin?.[2] === 'CERTIFICATE') {
      certificate = true
      continue
    }
    const end = putty === null ? endOf(lines, at, sshCom ? '---- END ' : '-----END ') : lines.length
    const body = lines.slice(at + 1, end).map((one) => one.text)
    const read =
      putty === null
        ? sshCom
          ? armoured(body, readSshComKey)
          : readArmoured(begin![1]!.trim(), body, publicPoint)
        : readPuttyKey(content, body)
    // Text about keys has such a line too, with prose or dots below it: only what looks like key data is worth a word.
    if (read !== undefined) keys.push({ ...read, line })
    else if (body.some((one) => /^[A-Za-z0-9+/]{40,}={0,2}$/.test(one))) malformed.push(line)
    if (putty === null) at = Math.max(at, end - 1)
  }
  return { keys, certificate, malformed }
}

interface Line {
  readonly line: number
  readonly text: string
}

const MOST_LINES = 4096

/**
 * Lines without the blanks around them. Line feeds that a JSON text writes as `\n` end lines as well; what stands before the beginning
 * of a key on its line, as in a file of settings or of XML, goes.
 */
const keyLines = (text: string): Line[] => {
  const lines: Line[] = []
  let line = 0
  for (const whole of text.split('\n', MOST_LINES)) {
    line++
    const escaped = whole.length > 64 && whole.includes(String.raw`-----\n`)
    const parts = escaped ? whole.split(/"|(?:\\r)?\\n/, MOST_LINES) : [whole]
    for (const part of parts) lines.push({ line, text: part.slice(Math.max(0, part.indexOf('-----BEGIN '))).trim() })
  }
  return lines
}

const endOf = (lines: readonly Line[], from: number, mark: string) => {
  for (let at = from + 1; at < lines.length; at++) if (lines[at]!.text.startsWith(mark)) return at
  return lines.length
}

interface Armour {
  readonly headers: ReadonlyMap<string, string>
  readonly bytes: Uint8Array
}

const armoured = <Read>(body: readonly string[], read: (armour: Armour) => Read): Read | undefined => {
  const headers = new Map<string, string>()
  let at = 0
  // A value that ends in a backslash goes on in the next line (RFC 4716, 3.3).
  for (let continued = ''; at < body.length; at++) {
    const line = continued + body[at]!
    const match = /^([A-Za-z0-9-]{1,64}): ?(.*)$/.exec(line)
    if (match === null && line !== '') break
    continued = line.endsWith('\\') ? line.slice(0, -1) : ''
    if (continued === '' && match !== null) headers.set(match[1]!.toLowerCase(), match[2]!)
  }
  const bytes = base64Bytes(body.slice(at).join(''))
  return bytes === undefined ? undefined : read({ headers, bytes })
}

const readArmoured = (label: string, body: readonly string[], publicPoint: PublicPoint) =>
  armoured(body, ({ headers, bytes }) =>
    label === 'OPENSSH'
      ? readOpensshKey(bytes)
      : readPem(label, bytes, headers.get('proc-type')?.replaceAll(' ', '') === '4,ENCRYPTED', publicPoint),
  )
