import type { CertificatePins } from './certificate-pins.ts'

/** What is done with a certificate that nobody vouches for: nothing is sent, or it is pinned and no password is sent. */
export type CertificatePolicy = 'strict' | 'trust-on-first-use'

/** Whom to believe. */
export interface DirectoryTrust {
  /** Authorities as PEM; only they count then. Absent: those of this machine. */
  readonly ca?: readonly string[]
  readonly policy: CertificatePolicy
  readonly pins: CertificatePins
}

/** A certificate that a server proved to hold. */
export interface ShownCertificate {
  readonly fingerprint: string
  /** Node's or OpenSSL's code of what is wrong with it; absent where an authority vouches for it under the name asked for. */
  readonly problem?: string
}

export type Judgement =
  /** `verified`: somebody vouches for it, so that a password may be sent. */
  | { readonly accepted: true; readonly verified: boolean }
  | {
      readonly accepted: false
      readonly code: 'certificate-untrusted' | 'certificate-changed' | 'certificate-name'
      readonly detail: string
    }

/**
 * Decides about a certificate before anything is sent. Authorities that were given decide; without them a pin, where there is one; then the
 * authorities of this machine; and the policy last.
 */
export const judge = async (
  target: string,
  shown: ShownCertificate,
  { ca, policy, pins }: DirectoryTrust,
): Promise<Judgement> => {
  const vouched = shown.problem === undefined
  if (ca !== undefined && vouched) return VERIFIED
  const pin = await pins.of(target)
  if (pin !== undefined) {
    if (pin.fingerprint !== shown.fingerprint) {
      await pins.shown?.(target, shown.fingerprint)
      return refused('certificate-changed', shown)
    }
    return pin.approved || vouched ? VERIFIED : { accepted: true, verified: false }
  }
  if (vouched) return VERIFIED
  if (policy === 'strict' || ca !== undefined) {
    return refused(
      shown.problem === 'ERR_TLS_CERT_ALTNAME_INVALID' ? 'certificate-name' : 'certificate-untrusted',
      shown,
    )
  }
  return (await pins.pin(target, shown.fingerprint)) === 'pinned'
    ? { accepted: true, verified: false }
    : refused('certificate-changed', shown)
}

const VERIFIED = { accepted: true, verified: true } as const

const refused = (
  code: Extract<Judgement, { accepted: false }>['code'],
  { fingerprint, problem }: ShownCertificate,
): Judgement => ({
  accepted: false,
  code,
  detail: `it shows ${fingerprint}${PROBLEMS[problem ?? ''] === undefined ? '' : `, ${PROBLEMS[problem ?? '']}`}`,
})

const PROBLEMS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'which has expired',
  CERT_NOT_YET_VALID: 'which is not valid yet',
  CERT_REVOKED: 'which was revoked',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'which is signed by itself',
}
