import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'
import { isIP } from 'node:net'
import { bits, boolean, context, contextPrimitive, integer, octets, oid, sequence, set, time, utf8 } from './der.ts'

/*
 * Certificates for a broker of one's own. `node:crypto` makes keys and signatures but writes no certificates; those that are wanted here are
 * of one shape, so they are written out, rather than brought in with a library that also reads them.
 */

export interface MadeCertificate {
  /** PEM. */
  readonly certificate: string
  /** PEM, PKCS #8, not encrypted. */
  readonly key: string
}

export interface CertificateWish {
  /** For people: what it is called. */
  readonly name: string
  /** DNS names and addresses by which whoever shows it is reached. */
  readonly names: readonly string[]
  /** What it is shown as. A server of a cluster is both. */
  readonly use: readonly ('server' | 'client')[]
}

export interface Authority extends MadeCertificate {
  /** A key and a certificate of this authority. */
  issue(wish: CertificateWish, now: Date): MadeCertificate
}

const YEAR_MS = 365.25 * 86_400_000
const YEARS = { authority: 10, other: 2 }

/** A certificate authority, new. */
export const newAuthority = (name: string, now: Date): Authority => {
  const pair = newPair()
  const certificate = certificateOf({
    subject: name,
    issuer: name,
    subjectKey: pair.publicKey,
    issuerKey: pair.publicKey,
    signedBy: pair.privateKey,
    from: now,
    years: YEARS.authority,
    extensions: [
      extension(OID.basicConstraints, true, sequence(boolean(true), integer(Buffer.from([0])))),
      // keyCertSign and cRLSign.
      extension(OID.keyUsage, true, bits(Buffer.from([0x06]), 1)),
    ],
  })
  return {
    certificate,
    key: pemKey(pair.privateKey),
    issue(wish, at) {
      const own = newPair()
      return {
        key: pemKey(own.privateKey),
        certificate: certificateOf({
          subject: wish.name,
          issuer: name,
          subjectKey: own.publicKey,
          issuerKey: pair.publicKey,
          signedBy: pair.privateKey,
          from: at,
          years: YEARS.other,
          extensions: [
            extension(OID.basicConstraints, true, sequence()),
            // digitalSignature.
            extension(OID.keyUsage, true, bits(Buffer.from([0x80]), 7)),
            extension(OID.extendedKeyUsage, false, sequence(...wish.use.map((use) => oid(OID[use])))),
            ...(wish.names.length === 0 ? [] : [extension(OID.names, false, sequence(...wish.names.map(nameOf)))]),
          ],
        }),
      }
    },
  }
}

const OID = {
  commonName: '2.5.4.3',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  names: '2.5.29.17',
  subjectKey: '2.5.29.14',
  issuerKey: '2.5.29.35',
  server: '1.3.6.1.5.5.7.3.1',
  client: '1.3.6.1.5.5.7.3.2',
} as const

interface Certificate {
  readonly subject: string
  readonly issuer: string
  readonly subjectKey: KeyObject
  readonly issuerKey: KeyObject
  readonly signedBy: KeyObject
  readonly from: Date
  readonly years: number
  readonly extensions: readonly Buffer[]
}

const certificateOf = (wanted: Certificate): string => {
  const algorithm = sequence(oid(OID.ecdsaWithSha256))
  // A clock that is a little behind ours finds it valid too.
  const [from, until] = [wanted.from.getTime() - 300_000, wanted.from.getTime() + wanted.years * YEAR_MS]
  const signed = sequence(
    context(0, integer(Buffer.from([2]))),
    integer(serialNumber()),
    algorithm,
    called(wanted.issuer),
    sequence(time(new Date(from)), time(new Date(until))),
    called(wanted.subject),
    wanted.subjectKey.export({ type: 'spki', format: 'der' }),
    context(
      3,
      sequence(
        ...wanted.extensions,
        extension(OID.subjectKey, false, octets(keyId(wanted.subjectKey))),
        extension(OID.issuerKey, false, sequence(contextPrimitive(0, keyId(wanted.issuerKey)))),
      ),
    ),
  )
  const signature = sign('sha256', signed, { key: wanted.signedBy, dsaEncoding: 'der' })
  return pem('CERTIFICATE', sequence(signed, algorithm, bits(signature)))
}

const newPair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })

const pemKey = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString()

const pem = (label: string, bytes: Buffer) =>
  `-----BEGIN ${label}-----\n${bytes.toString('base64').replace(/.{1,64}/g, '$&\n')}-----END ${label}-----\n`

/** Positive and never the same again. */
const serialNumber = () => {
  const bytes = randomBytes(16)
  bytes[0] = (bytes[0]! & 0x7f) | 0x40
  return bytes
}

const called = (name: string) => sequence(set(sequence(oid(OID.commonName), utf8(name))))

const extension = (id: string, critical: boolean, value: Uint8Array) =>
  sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value))

const keyId = (key: KeyObject) =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest()
    .subarray(0, 20)

const nameOf = (name: string) =>
  isIP(name) === 0 ? contextPrimitive(2, Buffer.from(name, 'latin1')) : contextPrimitive(7, addressBytes(name))

const addressBytes = (address: string): Buffer => {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number))
  const [head = '', tail] = address.split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)))
  const [before, after] = [groups(head), groups(tail ?? '')]
  const between = Array.from({ length: tail === undefined ? 0 : 8 - before.length - after.length }, () => 0)
  return Buffer.from([...before, ...between, ...after].flatMap((group) => [group >> 8, group & 0xff]))
}
