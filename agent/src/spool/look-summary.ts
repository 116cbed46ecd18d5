import type { HostSignals, OutcomeStatus, Rights } from '@rollcall/contract'
import type { ScanReport } from '@rollcall/contract/bus'

/** What of a look tells whether a later one says all that it says, and what of a later one need not travel. */
export interface LookSummary {
  /** Stands for the host that was met; null where none was. */
  readonly who: string | null
  /** By probe: how it fared, with whose rights, and the beginning of the digest of its findings. */
  readonly probes: Readonly<Record<string, readonly [OutcomeStatus, Rights, digest: string]>>
}

/**
 * The beginning is enough: it only spares work. What two looks seem to have in common is compared by whole digests where it is
 * taken in.
 */
export const shortDigest = (digest: string): string => digest.slice(0, 16)

export const summaryOf = ({ host, sections }: Pick<ScanReport, 'host' | 'sections'>): LookSummary => ({
  who: host === undefined ? null : identityOf(host),
  probes: Object.fromEntries(
    sections.map(({ probe, outcome, privilege, digest }) => [
      probe,
      [outcome.status, privilege, shortDigest(digest)] as const,
    ]),
  ),
})

const identityOf = ({ provenHostKey, machineId, dmiUuid }: HostSignals) =>
  JSON.stringify([provenHostKey?.fingerprint ?? null, machineId ?? null, dmiUuid ?? null])

/**
 * Whether a later look at a target leaves nothing to be learned from an earlier one: it met the same host, and of each probe of the
 * earlier one it is complete with no fewer rights, or saw the very same. What a complete look saw is never replaced by
 * one that is not, and nor is what any look saw by one that may have missed it.
 */
export const replaces = (later: LookSummary, earlier: LookSummary): boolean => {
  const probes = Object.entries(earlier.probes)
  if (earlier.who === null && probes.length === 0) return true
  if (later.who !== earlier.who) return false
  return probes.every(([probe, [status, rights, digest]]) => {
    const now = later.probes[probe]
    if (now === undefined || RANK[now[1]] < RANK[rights]) return false
    return now[0] === 'complete' || (now[0] === status && now[1] === rights && now[2] === digest)
  })
}

const RANK: Record<Rights, number> = { user: 0, listed: 1, root: 2 }
