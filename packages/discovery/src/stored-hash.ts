import type { CredentialWeakness, CredentialWishes, Finding, Reason } from '@rollcall/contract'
import type { KeyedDigest } from './probe.ts'

/** A hash of a password that was found. What it is shows only to who asks: it is in no copy, log or message. */
export interface StoredHash {
  readonly reveal: () => string
  readonly account?: string
  readonly service?: string
  readonly scheme?: string
}

export type OfferHash = (hash: StoredHash) => void

/** What came of comparing a hash with guesses. Which of them it was is not told. */
export interface HashVerdict {
  /** `unsupported`: with none, since its scheme is not known or too dear. `unfinished`: not with all, since time was over. */
  readonly state: 'compared' | 'unsupported' | 'unfinished'
  readonly weaknesses: readonly CredentialWeakness[]
}

/** Whether anybody wishes that hashes are compared. */
export const comparesHashes = ({ off, compareHashes }: CredentialWishes = {}): boolean =>
  off !== true && (compareHashes?.secondsPerHost ?? 0) > 0

/** Findings with what comparing their hashes told, and what of it could not be told. One verdict for each hash, in the same order. */
export const withVerdicts = (
  findings: readonly Finding[],
  hashes: readonly StoredHash[],
  verdicts: readonly HashVerdict[],
  keyedDigest: KeyedDigest,
): { readonly findings: readonly Finding[]; readonly notes: readonly Reason[] } => {
  const weak = new Map<string, readonly CredentialWeakness[]>()
  const untold = new Map<string, number>()
  for (const [index, { reveal, account, scheme = 'unknown' }] of hashes.entries()) {
    const { state, weaknesses } = verdicts[index] ?? NOT_COMPARED
    const digest = weaknesses.length > 0 ? keyedDigest(reveal()) : undefined
    if (digest !== undefined) weak.set(keyOf(digest, account), weaknesses)
    if (state === 'compared') continue
    const why = state === 'unsupported' ? `hashes of the scheme ${scheme}` : 'hashes, since the time for it was over'
    untold.set(why, (untold.get(why) ?? 0) + 1)
  }
  return {
    findings: weak.size === 0 ? findings : findings.map((finding) => weakened(finding, weak)),
    notes: [...untold].map(([detail, count]) => ({ code: 'not-compared', detail, count })),
  }
}

const NOT_COMPARED: HashVerdict = { state: 'unfinished', weaknesses: [] }

const keyOf = (digest: string, account: string | undefined) => JSON.stringify([digest, account])

const weakened = (finding: Finding, weak: ReadonlyMap<string, readonly CredentialWeakness[]>): Finding => {
  if ((finding.kind !== 'credential' && finding.kind !== 'stored-credential') || finding.digest === undefined)
    return finding
  const found = weak.get(keyOf(finding.digest, finding.account))
  return found === undefined
    ? finding
    : { ...finding, weaknesses: [...new Set([...(finding.weaknesses ?? []), ...found])] }
}
