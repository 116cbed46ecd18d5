import type { Finding } from '@rollcall/contract'
import { directoryMakes } from '@rollcall/discovery/directories'
import type { CertificatePins, LoginLedger } from '@rollcall/reach'
import { openDirectory } from '@rollcall/reach/directories'
import { readingHere, type OpenDirectoryTarget } from '../directory-look.ts'
import { askedLedger } from './asked-ledger.ts'
import type { Asking, WorkTools } from './work.ts'
import type { DirectoryAccess, Gives, Work } from './words.ts'

/** Looks at a directory, whose findings travel while that goes on. */
export const lookAt = async (
  { target, access, startedAt }: Extract<Work, { kind: 'directory' }>,
  { ask, keyedDigest, signal }: WorkTools,
): Promise<Gives['directory']> => {
  const telling = taking(ask)
  const { look } = readingHere({ makes: directoryMakes, open: opening(access, ask), keyedDigest })
  const looked = await look(target, {
    startedAt: new Date(startedAt),
    signal,
    remembered: async (identity) => (await ask('remembered', { identity: identity ?? null })) ?? undefined,
    take: telling.take,
  })
  await telling.done()
  return looked
}

/** Lists the computers of a directory. */
export const listOf = (
  { of, access, now }: Extract<Work, { kind: 'computers' }>,
  { ask, keyedDigest, signal }: WorkTools,
): Promise<Gives['computers']> =>
  readingHere({ makes: directoryMakes, open: opening(access, ask), keyedDigest }).list(of, {
    now: new Date(now),
    signal,
    take: async (hosts) => void (await ask('take-hosts', hosts)),
  })

const opening =
  ({ login, ca, policy, limits }: DirectoryAccess, ask: Asking): OpenDirectoryTarget =>
  (target, signal) =>
    openDirectory(target, {
      ...(login === undefined ? {} : { login }),
      ...(limits === undefined ? {} : { limits }),
      trust: { ...(ca === undefined ? {} : { ca }), policy, pins: pinsOf(ask) },
      ledger: ledgerOf(ask),
      signal,
    })

const pinsOf = (ask: Asking): CertificatePins => ({
  of: async () => (await ask('certificate-pin', null)) ?? undefined,
  pin: (_, fingerprint) => ask('pin-certificate', { fingerprint }),
  shown: async (_, fingerprint) => void (await ask('other-certificate', { fingerprint })),
})

const ledgerOf = (ask: Asking): LoginLedger => askedLedger(ask, () => null)

/** So much is on its way to the agent while more is read. */
const MOST_UNANSWERED = 2

const taking = (ask: Asking) => {
  const unanswered = new Set<Promise<unknown>>()
  let failure: unknown
  const upTo = async (most: number) => {
    while (unanswered.size > most) await Promise.race(unanswered)
    if (failure !== undefined) throw failure
  }
  return {
    take: async (probe: string, findings: readonly Finding[]) => {
      await upTo(MOST_UNANSWERED - 1)
      const one: Promise<unknown> = ask('take', { probe, findings })
        .catch((error: unknown) => (failure ??= error))
        .finally(() => unanswered.delete(one))
      unanswered.add(one)
    },
    done: () => upTo(0),
  }
}
