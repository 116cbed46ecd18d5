import { formatTarget, type ComputersOf, type DirectoryTarget } from '@rollcall/contract'
import { DEFAULT_DIRECTORY_LIMITS, type CertificatePins, type DirectoryLogin, type LoginLedger } from '@rollcall/reach'
import type { Secret } from '@rollcall/secret'
import type { DirectoryReading } from '../directory-look.ts'
import { begunLogins } from './begun-logins.ts'
import { startScanner, type Ceilings } from './scanner.ts'
import { turns } from './turns.ts'
import type { Answers, DirectoryAccess, Gives, Work } from './words.ts'

export interface DirectoryScannersOptions {
  /** Digests secrets that are found. */
  readonly digestKey?: Secret
  readonly directories?: DirectoriesAccess
}

/** How directories are reached. Pins and the ledger are kept by the agent, so that a login is written down whatever becomes of who tries it. */
export interface DirectoriesAccess {
  /** Read anew for each look. Rejects with `ReachError` where it cannot be read. */
  readonly of: (target: DirectoryTarget) => Promise<DirectoryAccess>
  readonly pins: CertificatePins
  readonly ledger: LoginLedger
}

/** Processes that scan, started when there is something to do. Disposing ends those there are. */
export interface DirectoryScanners extends AsyncDisposable {
  readonly directories: DirectoryReading
}

/** A directory of 100,000 users takes a quarter of it, and nothing that a server sends twice that. */
const FOR_DIRECTORY: Ceilings = { heap: 384, resident: 640, processor: 5 * 3600 }

/** Directories that are read at the same time: each by a process of its own. */
const MOST_DIRECTORIES = 3

/** Beyond the limits that a process keeps by itself. */
const MARGIN_MS = 60_000

export const openDirectoryScanners = ({
  digestKey,
  directories: access,
}: DirectoryScannersOptions): DirectoryScanners => {
  const running = new Set<AsyncDisposable>()
  const turn = turns(MOST_DIRECTORIES)

  const alone = async <Kind extends 'directory' | 'computers'>(
    target: DirectoryTarget,
    signal: AbortSignal,
    workOf: (access: DirectoryAccess) => Extract<Work, { kind: Kind }>,
    answers: Answers,
    lent: DirectoryLogin | undefined,
  ): Promise<Gives[Kind]> => {
    using _ = await turn()
    const own: DirectoryAccess = (await access?.of(target)) ?? { policy: 'strict' }
    const given = lent === undefined ? own : { ...own, login: lent }
    const logins = loginsOf(target, given, access, signal)
    await using scanner = startScanner({ ceilings: FOR_DIRECTORY, ...(digestKey === undefined ? {} : { digestKey }) })
    running.add(scanner)
    try {
      const mostMs = (given.limits?.lookMs ?? DEFAULT_DIRECTORY_LIMITS.lookMs) + MARGIN_MS
      const options = { answers: { ...answers, ...logins.answers }, signal, mostMs }
      return await scanner.run<Kind>(workOf(given), target, options)
    } finally {
      running.delete(scanner)
      await logins.over()
    }
  }

  return {
    directories: {
      async look(target, { startedAt, signal, login, remembered, take }) {
        let refused: unknown
        const answers: Answers = {
          remembered: async ({ identity }) => (await remembered(identity ?? undefined)) ?? null,
          async take({ probe, findings }) {
            try {
              await take(probe, findings)
              return null
            } catch (error) {
              refused = error
              throw error
            }
          },
        }
        const work = (given: DirectoryAccess) =>
          ({ kind: 'directory', target, access: given, startedAt: startedAt.toISOString() }) as const
        try {
          return await alone<'directory'>(target, signal, work, answers, login)
        } catch (error) {
          // Whoever takes findings no longer wants them: that is the reason, not that the process was told so.
          throw refused ?? error
        }
      },
      list(of: ComputersOf, { now, signal, login, take }) {
        const work = (given: DirectoryAccess) =>
          ({ kind: 'computers', of, access: given, now: now.toISOString() }) as const
        const answers: Answers = {
          async 'take-hosts'(hosts) {
            await take(hosts)
            return null
          },
        }
        return alone<'computers'>(of.directory, signal, work, answers, login)
      },
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...running].map((scanner) => scanner[Symbol.asyncDispose]()))
    },
  }
}

/** What a process may ask of the pins and logins of the one directory that it reads. */
const loginsOf = (
  target: DirectoryTarget,
  { login }: DirectoryAccess,
  access: DirectoriesAccess | undefined,
  signal: AbortSignal,
): { readonly answers: Answers; readonly over: () => Promise<void> } => {
  const name = formatTarget(target)
  const begun = begunLogins(async () => {
    if (access === undefined || login?.kind !== 'simple') throw new TypeError('no login')
    return access.ledger.begin({ target: name, name: login.name, password: login.password }, signal)
  })
  const answers: Answers = {
    'certificate-pin': async () => (await access?.pins.of(name)) ?? null,
    'pin-certificate': async ({ fingerprint }) => {
      if (access === undefined || !FINGERPRINT.test(fingerprint)) throw new TypeError('no fingerprint')
      return access.pins.pin(name, fingerprint)
    },
    'other-certificate': async ({ fingerprint }) => {
      if (FINGERPRINT.test(fingerprint)) await access?.pins.shown?.(name, fingerprint)
      return null
    },
  }
  return { answers: { ...answers, ...begun.answers }, over: begun.over }
}

const FINGERPRINT = /^SHA256:[0-9a-f]{64}$/i
