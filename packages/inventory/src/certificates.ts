import type { FindingOf } from '@rollcall/contract'
import type { HostFacts } from './host-facts.ts'

type Key = FindingOf<'key'>

/** That a certificate which lies on a host opens an account there. */
export interface OpenedByCertificate {
  readonly certificate: Key
  readonly authority: Key
  /** Not where the names that the account opens to could not be read. */
  readonly sure: boolean
}

/**
 * The certificates on a host that open one of its accounts, since the server trusts who signed them: by the account's name, or by one of
 * those listed for it (sshd_config(5), TrustedUserCAKeys and AuthorizedPrincipalsFile; sshd(8), cert-authority). That the signature is
 * genuine is taken for granted.
 */
export const certificatesThatOpen = (name: string, facts: HostFacts): readonly OpenedByCertificate[] => {
  if (facts.certificates.length === 0) return []
  const authorities = [
    ...(facts.keys.get(name) ?? []).filter(({ role }) => role === 'authority'),
    ...facts.authorities,
  ].filter(({ ineffective }) => ineffective === undefined)
  return facts.certificates.flatMap((certificate): OpenedByCertificate[] => {
    if (certificate.ineffective !== undefined || certificate.certificate?.type !== 'user') return []
    const { signedBy, principals } = certificate.certificate
    const opening = authorities
      .filter(({ fingerprint }) => fingerprint === signedBy)
      .flatMap((authority): OpenedByCertificate[] => {
        const answer = opens(authority, principals, name)
        return answer === 'no' ? [] : [{ certificate, authority, sure: answer === 'yes' }]
      })
    const best = opening.find(({ sure }) => sure) ?? opening[0]
    return best === undefined ? [] : [best]
  })
}

const opens = (
  { account, options = [] }: Key,
  principals: readonly string[],
  name: string,
): 'yes' | 'no' | 'unknown' => {
  const listed = options.find((option) => option.name === 'principals')?.value
  if (listed !== undefined) return listed.split(',').some((one) => principals.includes(one)) ? 'yes' : 'no'
  // One for all accounts opens each by its own name; so does one in an account's own file, which also takes certificates without any name.
  if (account === undefined) return principals.includes(name) ? 'yes' : 'no'
  if (options.some((option) => option.name === 'cert-authority'))
    return principals.length === 0 || principals.includes(name) ? 'yes' : 'no'
  return principals.length === 0 ? 'no' : 'unknown'
}
