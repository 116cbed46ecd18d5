import { derElements, derNumber, derOid, DER, type DerElement } from '../../formats/private-key/der.ts'
import type { SecretKind } from '../detector.ts'

export interface DerKind {
  readonly secret: SecretKind
  /** A passphrase protects it. */
  readonly locked: boolean
  readonly scheme?: string
}

/** What some DER is, of all that holds private keys: PKCS#8, PKCS#1, SEC 1, DSA's own, PKCS#12. */
export const derKind = (bytes: Uint8Array): DerKind | undefined => {
  const [whole] = derElements(bytes, 1)
  return whole?.tag === DER.sequence ? kindOfElements(derElements(whole.content, 12)) : undefined
}

const kindOfElements = ([first, second, third, ...rest]: readonly DerElement[]): DerKind | undefined => {
  const version = derNumber(first)
  if (first?.tag === DER.integer && version !== undefined) {
    if (
      version[0] === 3 &&
      second?.tag === DER.sequence &&
      derOid(derElements(second.content, 1)[0])?.startsWith('1.2.840.113549.1.7.') === true
    )
      return { secret: 'store', locked: true, scheme: 'pkcs12' }
    // PKCS#8: version, algorithm, key. PKCS#1: version and eight numbers; DSA: five. SEC 1: version 1 and the key.
    if (
      version.length === 0 &&
      second?.tag === DER.sequence &&
      third?.tag === DER.octets &&
      derOid(derElements(second.content, 1)[0]) !== undefined
    )
      return PRIVATE
    const numbers = [second, third, ...rest].filter((one) => one?.tag === DER.integer).length
    if (version.length === 0 && (numbers === 8 || numbers === 5) && (second?.content.length ?? 0) > 60) return PRIVATE
    if (
      version[0] === 1 &&
      second?.tag === DER.octets &&
      second.content.length >= 20 &&
      third !== undefined &&
      (third.tag & 0xe0) === 0xa0
    )
      return PRIVATE
    return undefined
  }
  if (first?.tag === DER.sequence && second?.tag === DER.octets && third === undefined) {
    const algorithm = derOid(derElements(first.content, 1)[0])
    if (algorithm !== undefined && /^1\.2\.840\.113549\.1\.(?:5|12\.1)\./.test(algorithm))
      return { secret: 'private-key', locked: true, scheme: 'pkcs8' }
  }
  return undefined
}

const PRIVATE: DerKind = { secret: 'private-key', locked: false }
