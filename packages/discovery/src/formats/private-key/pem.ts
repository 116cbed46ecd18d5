import type { PublicPoint } from '../../probe.ts'
import { curves, type CurveName } from '../ssh-keys/curve.ts'
import { DER, derBits, derElements, derNumber, derOid, derSequence, type DerElement } from './der.ts'
import type { PrivateKey } from './private-keys.ts'
import { publicKeyOfFields, type SshPublicKey } from '../ssh-keys/public-key.ts'
import { ascii, wireNumber } from '../ssh-keys/wire.ts'

/**
 * Reads the inside of a PEM block by its label: PKCS#1 (RFC 8017), SEC 1 (RFC 5915), the DSA form of OpenSSL, PKCS#8 (RFC 5958). The
 * public half is as the file has it, or computed from what is in clear. Undefined for what is none of these.
 */
export const readPem = (
  label: string,
  bytes: Uint8Array,
  encrypted: boolean,
  publicPoint: PublicPoint,
): PrivateKey | undefined => {
  if (label === 'ENCRYPTED')
    return isEncryptedInfo(bytes)
      ? { format: 'pkcs8', passphrase: 'yes', algorithm: 'unknown', sshUsable: true }
      : undefined
  if (label === '') {
    const kind = readKeyInfo(bytes, publicPoint)
    return kind && { format: 'pkcs8', passphrase: 'no', ...kind }
  }
  const traditional = Object.hasOwn(TRADITIONAL, label) ? TRADITIONAL[label] : undefined
  if (traditional === undefined) return undefined
  const { format, algorithm, read } = traditional
  if (encrypted) return bytes.length < 8 ? undefined : { format, passphrase: 'yes', algorithm, sshUsable: true }
  const kind = read(derSequence(bytes) ?? [], publicPoint)
  return kind && { format, passphrase: 'no', ...kind }
}

type Kind = Pick<PrivateKey, 'algorithm' | 'sshUsable' | 'publicKey'>

const usable = (algorithm: string, publicKey: SshPublicKey | undefined): Kind => ({
  algorithm: publicKey?.algorithm ?? algorithm,
  sshUsable: true,
  ...(publicKey === undefined ? {} : { publicKey }),
})

const rsa = ([, modulus, exponent, ...rest]: readonly DerElement[]): Kind | undefined => {
  const [n, e] = [derNumber(modulus), derNumber(exponent)]
  if (n === undefined || e === undefined || rest.length < 6) return undefined
  return usable('ssh-rsa', publicKeyOfFields('ssh-rsa', [wireNumber(e), wireNumber(n)]))
}

const dsa = ([, ...numbers]: readonly DerElement[]): Kind | undefined => {
  const fields = numbers.slice(0, 4).flatMap((number) => derNumber(number) ?? [])
  if (fields.length < 4 || numbers.length < 5) return undefined
  return usable('ssh-dss', publicKeyOfFields('ssh-dss', fields.map(wireNumber)))
}

/** The version, the secret number, then the curve and the point, each of which may be absent. What is wrapped may have its curve outside. */
const ec = (
  [, secret, ...rest]: readonly DerElement[],
  publicPoint: PublicPoint,
  outside?: DerElement,
): Kind | undefined => {
  if (secret?.tag !== DER.octets) return undefined
  const inside = (tag: number) => derElements(rest.find((element) => element.tag === tag)?.content ?? EMPTY, 1)[0]
  const parameters = outside ?? inside(0xa0)
  const oid = derOid(parameters)
  const curve =
    oid === undefined ? writtenOut(parameters, publicPoint) : Object.hasOwn(CURVES, oid) ? CURVES[oid] : undefined
  if (oid !== undefined && curve === undefined) return { algorithm: `ec ${oid}`, sshUsable: false }
  if (curve === undefined) return usable('ecdsa', undefined)
  const algorithm = `ecdsa-sha2-${curve}`
  const keyAt = (point: Uint8Array | undefined) => point && publicKeyOfFields(algorithm, [ascii(curve), point])
  return usable(algorithm, keyAt(derBits(inside(0xa1))) ?? keyAt(publicPoint(curve, secret.content)))
}

const EMPTY = new Uint8Array()

const CURVES: Readonly<Record<string, CurveName>> = {
  '1.2.840.10045.3.1.7': 'nistp256',
  '1.3.132.0.34': 'nistp384',
  '1.3.132.0.35': 'nistp521',
}

/** The curve whose numbers are written out rather than named (RFC 3279, 2.3.5): its prime, its second coefficient, its first point, its order. */
const writtenOut = (parameters: DerElement | undefined, publicPoint: PublicPoint): CurveName | undefined => {
  if (parameters?.tag !== DER.sequence) return undefined
  const [, field, coefficients, base, order] = derElements(parameters.content, 5)
  const numbers = [
    derNumber(derElements(field?.content ?? EMPTY, 2)[1]),
    derElements(coefficients?.content ?? EMPTY, 2)[1]?.content,
    derNumber(order),
  ]
  const [prime, b, count] = numbers.map((bytes) => numberOf((bytes ?? EMPTY).subarray(0, LONGEST_OF_CURVE)))
  return CURVE_NAMES.find((name) => {
    const curve = curves[name]
    const first = curve.prime === prime && curve.b === b && curve.order === count ? publicPoint(name, ONE) : undefined
    return (
      first !== undefined &&
      first.subarray(1, 1 + (first.length - 1) / 2).every((byte, at) => byte === base?.content[at + 1])
    )
  })
}

const CURVE_NAMES = Object.values(CURVES)
const LONGEST_OF_CURVE = 66
const ONE = Uint8Array.of(1)

const TRADITIONAL: Readonly<
  Record<
    string,
    {
      readonly format: PrivateKey['format']
      readonly algorithm: string
      readonly read: (elements: readonly DerElement[], publicPoint: PublicPoint) => Kind | undefined
    }
  >
> = {
  RSA: { format: 'pkcs1', algorithm: 'ssh-rsa', read: rsa },
  DSA: { format: 'dsa-pem', algorithm: 'ssh-dss', read: dsa },
  EC: { format: 'sec1', algorithm: 'ecdsa', read: ec },
}

const isEncryptedInfo = (bytes: Uint8Array) => {
  const [scheme, data] = derSequence(bytes) ?? []
  return scheme?.tag === DER.sequence && data?.tag === DER.octets
}

/** Version, algorithm with its parameters, the key as that algorithm has it, attributes, and in version 2 the public half. */
const readKeyInfo = (bytes: Uint8Array, publicPoint: PublicPoint): Kind | undefined => {
  const [, scheme, wrapped, ...rest] = derSequence(bytes) ?? []
  if (scheme?.tag !== DER.sequence || wrapped?.tag !== DER.octets) return undefined
  const [oidElement, parameters] = derElements(scheme.content, 2)
  const oid = derOid(oidElement)
  switch (oid) {
    case undefined:
      return undefined
    case '1.2.840.113549.1.1.1':
      return rsa(derSequence(wrapped.content) ?? [])
    case '1.2.840.10045.2.1':
      return ec(derSequence(wrapped.content) ?? [], publicPoint, parameters)
    case '1.2.840.10040.4.1':
      return dsaOf(parameters, wrapped.content)
    case '1.3.101.112': {
      const given = rest.find(({ tag }) => tag === 0x81)?.content
      const seed = derElements(wrapped.content, 1)[0]
      const point =
        (seed?.tag === DER.octets ? publicPoint('ed25519', seed.content) : undefined) ??
        (given?.[0] === 0 && given.length === 33 ? given.subarray(1) : undefined)
      return usable('ssh-ed25519', point && publicKeyOfFields('ssh-ed25519', [point]))
    }
    default:
      return { algorithm: OTHER[oid] ?? `oid ${oid}`, sshUsable: false }
  }
}

const OTHER: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.10': 'rsa-pss',
  '1.3.101.110': 'x25519',
  '1.3.101.111': 'x448',
  '1.3.101.113': 'ed448',
}

const LARGEST_DSA_BYTES = 512

const dsaOf = (parameters: DerElement | undefined, secret: Uint8Array): Kind | undefined => {
  const numbers = (parameters?.tag === DER.sequence ? derElements(parameters.content, 3) : []).flatMap(
    (element) => derNumber(element) ?? [],
  )
  const [prime, order, generator] = numbers
  const exponent = derNumber(derElements(secret, 1)[0])
  if (prime === undefined || order === undefined || generator === undefined || exponent === undefined) return undefined
  const affordable = prime.length <= LARGEST_DSA_BYTES && exponent.length <= 64 && (prime.at(-1) ?? 0) % 2 === 1
  const open = affordable ? power(numberOf(generator), numberOf(exponent), numberOf(prime)) : undefined
  const fields = open === undefined ? undefined : [prime, order, generator, bytesOf(open)].map(wireNumber)
  return usable('ssh-dss', fields && publicKeyOfFields('ssh-dss', fields))
}

const power = (base: bigint, exponent: bigint, modulus: bigint) => {
  let [result, square] = [1n, base % modulus]
  for (let left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}

const numberOf = (bytes: Uint8Array) =>
  BigInt(`0x0${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`)

const bytesOf = (value: bigint) => {
  const digits = value.toString(16)
  const even = digits.length % 2 === 0 ? digits : `0${digits}`
  return Uint8Array.from(even.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}
