import { base64Bytes } from '../../formats/ssh-keys/public-key.ts'
import type { Sighting } from '../detector.ts'
import { openpgpLocked } from '../readers/openpgp-lock.ts'

/** How keys in text begin, in lower case. */
export const ARMOR_WORDS: readonly string[] = ['-----begin ', 'putty-user-key-file-']

const LONGEST = 65_536

/** The private key that begins at a place of a text: in PEM, in the armour of OpenPGP, of OpenVPN, or in a file of PuTTY. */
export const armoredKeyAt = (text: string, at: number): Sighting | undefined => {
  BEGIN.lastIndex = at
  const label = BEGIN.exec(text)?.[1]
  if (label === undefined) return puttyKeyAt(text, at)
  // Nothing within a key has five dashes, so that what comes next must be its end.
  const end = text.indexOf('-----', at + label.length + 16)
  if (end < 0 || end - at > LONGEST || !text.startsWith(`-----END ${label}-----`, end)) return undefined
  const length = end + label.length + 14 - at
  const body = text.slice(at, at + length)
  const lineBegin = text.lastIndexOf('\n', at) + 1
  const lead = text.slice(Math.max(lineBegin, at - 200), at)
  const material = body
    .slice(label.length + 16, -label.length - 14)
    .replaceAll(/\\[nr]/g, '\n')
    .replaceAll(/^(?:[ \t#;>*/|"',+-]{0,20}[A-Za-z-]{1,30}:[^\n]*|=\S{4})$/gm, '')
    .replaceAll(/[\s"'\\#;>*|,]/g, '')
  if (!/^[A-Za-z0-9+/=_-]{60,}$/.test(material) || /^(.)\1+$/.test(material)) return undefined
  const pgp = label.startsWith('PGP')
  const encrypted =
    ENCRYPTED.test(body) ||
    (label === 'OPENSSH PRIVATE KEY' && !OPEN.test(material)) ||
    // The beginning is enough: what tells it stands behind the public half.
    (pgp && openpgpLocked(base64Bytes(material.slice(0, 4096)) ?? NO_BYTES) === true)
  return {
    at,
    length,
    secret: label.startsWith('OpenVPN') ? 'symmetric-key' : 'private-key',
    evidence: 'shape',
    by: 'shape',
    valueClass: encrypted ? 'encrypted' : 'key',
    ...(encrypted ? { scheme: 'passphrase' } : {}),
    ...(pgp ? { service: 'openpgp' } : label.startsWith('OpenVPN') ? { service: 'openvpn' } : {}),
    ...(/^[ \t]*(?:#|;|\/\/|--|<!--|\*)/.test(lead) ? { commented: true as const } : {}),
  }
}

const BEGIN = /-----BEGIN ((?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?|OpenVPN Static key V1)-----/y
const NO_BYTES = new Uint8Array()

const ENCRYPTED = /BEGIN ENCRYPTED |Proc-Type: ?4,ENCRYPTED|^DEK-Info:/m
/** OpenSSH's own format with the cipher `none`. */
const OPEN = /^b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ/

const puttyKeyAt = (text: string, at: number): Sighting | undefined => {
  const match = PUTTY.exec(text.slice(at, at + 20_000))
  if (match === null) return undefined
  const encrypted = match[1] !== 'none'
  return {
    at,
    length: match[0].length,
    secret: 'private-key',
    evidence: 'shape',
    by: 'shape',
    valueClass: encrypted ? 'encrypted' : 'key',
    ...(encrypted ? { scheme: match[1]! } : {}),
    service: 'ssh',
  }
}

const PUTTY =
  /^PuTTY-User-Key-File-\d: [^\n]{1,60}\r?\nEncryption: ([a-z0-9-]{1,20})\r?\n[\s\S]{1,8000}?\nPrivate-Lines: \d{1,4}\r?\n(?:[A-Za-z0-9+/=]{1,80}\r?\n?){1,200}/
