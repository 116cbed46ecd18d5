import type { Sha256 } from '../../probe.ts'
import { remembered } from '../remembered.ts'
import { curves, isCurvePoint, type CurveName } from './curve.ts'
import { ascii, binary, sshWire, sshWireOf, wireNumber, type SshWire } from './wire.ts'

/** Decodes standard base64 (RFC 4648 section 4). Undefined when it is not base64, or longer than `maxBytes` decoded. */
export const base64Bytes = (text: string, maxBytes = 65_536): Uint8Array | undefined => {
  if (text.length > Math.ceil(maxBytes / 3) * 4) return undefined
  let end = text.length
  if (end % 4 === 0 && text.endsWith('=')) end -= text.endsWith('==') ? 2 : 1
  if (end === 0 || end % 4 === 1) return undefined
  const bytes = new Uint8Array(Math.floor((end * 3) / 4))
  let wrong = 0
  for (let [from, to] = [0, 0]; from < end; from += 4, to += 3) {
    // What lies beyond the end counts as zeros, and is not written.
    const [first, second] = [valueOf(text, from), valueOf(text, from + 1)]
    const [third, fourth] = [from + 2 < end ? valueOf(text, from + 2) : 0, from + 3 < end ? valueOf(text, from + 3) : 0]
    wrong |= first | second | third | fourth
    bytes[to] = (first << 2) | (second >> 4)
    bytes[to + 1] = (second << 4) | (third >> 2)
    bytes[to + 2] = (third << 6) | fourth
  }
  return wrong > 63 ? undefined : bytes
}

const valueOf = (text: string, at: number) => VALUES[text.charCodeAt(at)] ?? NO_VALUE

const NO_VALUE = 64
const VALUES = new Uint8Array(128).fill(NO_VALUE)
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
for (let value = 0; value < LETTERS.length; value++) VALUES[LETTERS.charCodeAt(value)] = value

/** The fingerprint of a public key blob as `ssh-keygen -l` prints it: `SHA256:` and unpadded base64 of its hash (RFC 4648). */
export const fingerprintOfBlob = (blob: Uint8Array, sha256: Sha256): string => {
  const known = FINGERPRINTS.get(blob)
  if (known !== undefined) return known
  const fingerprint = `SHA256:${btoa(binary(sha256(blob))).slice(0, 43)}`
  FINGERPRINTS.set(blob, fingerprint)
  return fingerprint
}

const FINGERPRINTS = new WeakMap<Uint8Array, string>()

/** The same from a blob in base64, as key files hold it. Undefined when it is not base64. */
export const fingerprintOf = (base64: string, sha256: Sha256): string | undefined => {
  const blob = base64Bytes(base64)
  return blob === undefined ? undefined : fingerprintOfBlob(blob, sha256)
}

/** A public key as OpenSSH takes it from a key file. */
export interface SshPublicKey {
  /** The key type on the wire, such as `ssh-ed25519`; of a certificate that of the key it certifies. */
  readonly algorithm: string
  /** Its size as `ssh-keygen -l` prints it: of the modulus, the prime or the curve. */
  readonly bits: number
  /** The key in its one canonical encoding, of which the fingerprint is made; of a certificate that of the key it certifies. */
  readonly blob: Uint8Array
  readonly certificate: boolean
}

/** Whether a word is a key type that OpenSSH takes in front of a key. */
export const isSshKeyType = (word: string): boolean => formOf(word) !== undefined

/**
 * Reads a key by its declared type and its base64, as sshd does: the blob must be of that type and curve, complete, without
 * anything behind it, an RSA modulus of at least 1,024 bits, a point on its curve. Undefined when sshd would not take it.
 * The signature of a certificate is not checked.
 */
export const readSshPublicKey = (type: string, base64: string): SshPublicKey | undefined => {
  if (base64.length > LONGEST_REMEMBERED || !isSshKeyType(type)) return readWritten(type, base64)
  return rememberedKey(`${type} ${base64}`).key
}

/** The keys of those who look after many hosts are on all of them. */
const rememberedKey = remembered(4096, (text): { readonly key: SshPublicKey | undefined } => {
  const blank = text.indexOf(' ')
  return { key: readWritten(text.slice(0, blank), text.slice(blank + 1)) }
})

const LONGEST_REMEMBERED = 1024

const readWritten = (type: string, base64: string): SshPublicKey | undefined => {
  const declared = formOf(type)
  const padded = /[\n\v\f\r]/.test(base64) ? base64.replaceAll(/[\n\v\f\r]/g, '') : base64
  const bytes = declared === undefined || padded.length % 4 !== 0 ? undefined : base64Bytes(padded)
  if (declared === undefined || bytes === undefined || !endsAsWritten(padded)) return undefined
  const read = readBlob(bytes)
  const agrees = read?.form.algorithm === declared.algorithm && read.form.certificate === declared.certificate
  return read === undefined || !agrees || tooShort(read) ? undefined : read.key
}

/** Whether the bits that stand for no byte, at the end of base64, are as every encoder writes them: no other text gives the same bytes. */
const endsAsWritten = (base64: string) =>
  !base64.endsWith('=') || (base64.endsWith('==') ? /[AQgw]==$/ : /[AEIMQUYcgkosw048]=$/).test(base64.slice(-3))

/** The same from the bytes alone, without a declared type; an RSA key of any size, which other programs take. */
export const publicKeyOfBlob = (blob: Uint8Array): SshPublicKey | undefined =>
  blob.length > LONGEST_BLOB ? undefined : readBlob(blob)?.key

/** A key from the fields that follow its type on the wire. */
export const publicKeyOfFields = (algorithm: string, fields: readonly Uint8Array[]): SshPublicKey | undefined =>
  publicKeyOfBlob(sshWireOf([ascii(algorithm), ...fields]))

/** The modulus of an RSA key; undefined for keys of other kinds. */
export const rsaModulus = ({ algorithm, blob }: SshPublicKey): Uint8Array | undefined => {
  if (algorithm !== 'ssh-rsa') return undefined
  const wire = sshWire(blob)
  wire.bytes()
  wire.number()
  return wire.number()
}

/** The key that a certificate is about, and what the certificate says of it, from its serial number on; undefined for plain keys. */
export const certifiedKey = (blob: Uint8Array): { readonly key: SshPublicKey; readonly said: SshWire } | undefined => {
  const read = blob.length > LONGEST_BLOB ? undefined : readBlob(blob)
  if (read === undefined || !read.form.certificate) return undefined
  const said = sshWire(blob)
  said.bytes()
  said.bytes()
  BODIES[read.form.family](said, read.form.algorithm)
  return { key: read.key, said }
}

const LONGEST_BLOB = 65_536

const readBlob = (bytes: Uint8Array): { form: Form; key: SshPublicKey } | undefined => {
  // As most are: there is but one way to write it.
  if (bytes.length === ED25519_HEAD.length + 32 && ED25519_HEAD.every((byte, at) => bytes[at] === byte))
    return {
      form: ED25519,
      key: { algorithm: ED25519.algorithm, bits: 256, certificate: false, blob: new Uint8Array(bytes) },
    }
  const wire = sshWire(bytes)
  const inner = wire.text()
  const form = inner === undefined ? undefined : innerFormOf(inner)
  if (form === undefined || (form.certificate && wire.bytes() === undefined)) return undefined
  const body = BODIES[form.family](wire, form.algorithm)
  if (body === undefined || (form.certificate && !isCertificateTail(wire)) || !wire.done()) return undefined
  const { algorithm, certificate } = form
  return {
    form,
    key: { algorithm, bits: body.bits, certificate, blob: sshWireOf([form.name, ...body.fields]) },
  }
}

const tooShort = ({ form, key }: { form: Form; key: SshPublicKey }) =>
  form.family === 'rsa' && key.bits < SMALLEST_RSA_BITS

type Family = 'rsa' | 'dsa' | 'ecdsa' | 'ed25519' | 'sk-ecdsa' | 'sk-ed25519'

interface Form {
  readonly algorithm: string
  readonly family: Family
  readonly certificate: boolean
  /** The algorithm as on the wire. */
  readonly name: Uint8Array
}

const PLAIN: readonly (readonly [algorithm: string, family: Family, ...otherNames: readonly string[]])[] = [
  // sshd takes the names of signature algorithms for the keys that make them.
  ['ssh-rsa', 'rsa', 'rsa-sha2-256', 'rsa-sha2-512'],
  ['ssh-dss', 'dsa'],
  ['ecdsa-sha2-nistp256', 'ecdsa'],
  ['ecdsa-sha2-nistp384', 'ecdsa'],
  ['ecdsa-sha2-nistp521', 'ecdsa'],
  ['ssh-ed25519', 'ed25519'],
  ['sk-ecdsa-sha2-nistp256@openssh.com', 'sk-ecdsa', 'webauthn-sk-ecdsa-sha2-nistp256@openssh.com'],
  ['sk-ssh-ed25519@openssh.com', 'sk-ed25519'],
]

const FORMS = new Map<string, Form>()
for (const [algorithm, family, ...others] of PLAIN) {
  for (const name of [algorithm, ...others]) {
    FORMS.set(name, { algorithm, family, certificate: false, name: ascii(algorithm) })
    if (name.startsWith('webauthn-')) continue
    FORMS.set(`${name.replace('@openssh.com', '')}-cert-v01@openssh.com`, {
      algorithm,
      family,
      certificate: true,
      name: ascii(algorithm),
    })
  }
}

const formOf = (name: string) => FORMS.get(name)

const ED25519 = FORMS.get('ssh-ed25519')!
const ED25519_HEAD = Uint8Array.of(0, 0, 0, ED25519.name.length, ...ED25519.name, 0, 0, 0, 32)

/** Inside of a blob sshd also takes the short names of some types, in any case. */
const SHORT: Readonly<Record<string, string>> = {
  rsa: 'ssh-rsa',
  dsa: 'ssh-dss',
  ed25519: 'ssh-ed25519',
  'ecdsa-sk': 'sk-ecdsa-sha2-nistp256@openssh.com',
  'ed25519-sk': 'sk-ssh-ed25519@openssh.com',
}

const innerFormOf = (name: string): Form | undefined => {
  const lower = name.toLowerCase()
  return formOf(name) ?? (Object.hasOwn(SHORT, lower) ? formOf(SHORT[lower]!) : undefined)
}

interface Body {
  readonly bits: number
  readonly fields: readonly Uint8Array[]
}

const SMALLEST_RSA_BITS = 1024

const BODIES: Readonly<Record<Family, (wire: SshWire, algorithm: string) => Body | undefined>> = {
  rsa(wire) {
    const [exponent, modulus] = [wire.number(), wire.number()]
    if (exponent === undefined || modulus === undefined || modulus.length === 0) return undefined
    return { bits: bitsOf(modulus), fields: [wireNumber(exponent), wireNumber(modulus)] }
  },
  dsa(wire) {
    const numbers = [wire.number(), wire.number(), wire.number(), wire.number()]
    const fields = numbers.flatMap((number) => (number === undefined ? [] : [wireNumber(number)]))
    const prime = numbers[0]
    return fields.length < 4 || prime === undefined || prime.length === 0 ? undefined : { bits: bitsOf(prime), fields }
  },
  ecdsa(wire, algorithm) {
    const curve = algorithm.replace('ecdsa-sha2-', '') as CurveName
    const fields = curvePoint(wire, curve)
    return fields === undefined ? undefined : { bits: curves[curve].bits, fields }
  },
  ed25519(wire) {
    const point = wire.bytes()
    return point?.length === 32 ? { bits: 256, fields: [point] } : undefined
  },
  'sk-ecdsa'(wire) {
    const fields = curvePoint(wire, 'nistp256')
    const application = wire.word()
    return fields === undefined || application === undefined
      ? undefined
      : { bits: 256, fields: [...fields, application] }
  },
  'sk-ed25519'(wire) {
    const point = wire.bytes()
    const application = wire.word()
    return point?.length === 32 && application !== undefined ? { bits: 256, fields: [point, application] } : undefined
  },
}

const curvePoint = (wire: SshWire, curve: CurveName) => {
  const [name, point] = [wire.text(), wire.bytes()]
  return name === curve && point !== undefined && isCurvePoint(point, curve) ? [ascii(curve), point] : undefined
}

/** Serial, kind, name, principals, validity, options, extensions, a reserved field, the authority and its signature. */
const isCertificateTail = (wire: SshWire) => {
  const [serial, kind, name, principals, validity] = [
    wire.skip(8),
    wire.skip(4),
    wire.word(),
    wire.bytes(),
    wire.skip(16),
  ]
  const rest = [wire.bytes(), wire.bytes(), wire.bytes(), wire.bytes(), wire.bytes()]
  return serial && kind && validity && name !== undefined && principals !== undefined && !rest.includes(undefined)
}

const bitsOf = (value: Uint8Array) => (value.length === 0 ? 0 : value.length * 8 - Math.clz32(value[0]!) + 24)
