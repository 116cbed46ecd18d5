import { formatTarget, type HostTarget } from '@rollcall/contract'
import { DEFAULT_LIMITS, ReachError, type HostKey, type SshTarget, type PasswordRules } from '@rollcall/reach'
import type { Secret } from '@rollcall/secret'
import type { ScanHost, Scanning, TargetScan } from '../scanning.ts'
import { unreached } from '../unreached.ts'
import { ScannerEnded } from './scanner-ended.ts'
import { begunLogins } from './begun-logins.ts'
import { startScanner, type Ceilings, type Scanner } from './scanner.ts'
import { received, sent } from './sent-host-key.ts'
import { turns } from './turns.ts'
import type { Answers, HostAccess, Work } from './words.ts'

export interface HostScannersOptions {
  readonly scanning: Omit<Scanning, 'probes'>
  readonly digestKey?: Secret
  /** Milliseconds without work after which a process ends. */
  readonly idleMs?: number
  /** A program in place of ours. */
  readonly program?: string
}

/** Scans hosts in processes of their own. Disposing ends those there are. */
export interface HostScanners extends AsyncDisposable {
  readonly scanHost: ScanHost
  /** Asks a host for its key alone. Throws `ReachError`. */
  readonly askForKey: AskForKey
}

/** Asks a host for the key that it proves to hold; of those it has, for one by which it is known. */
export type AskForKey = (target: SshTarget, known: readonly HostKey[], signal: AbortSignal) => Promise<HostKey>

/** Sixty-four scans at a time take half of it. */
const FOR_MANY: Ceilings = { heap: 448, resident: 640, processor: 2 * 3600 }
/** Nothing that one host says takes half of it. */
const FOR_ONE: Ceilings = { heap: 256, resident: 384, processor: 3600 }

/** What a process has piled up goes with it. */
const MOST_AGE_MS = 30 * 60_000
const IDLE_MS = 10_000
/** Beyond the limits that a scan keeps by itself. */
const MARGIN_MS = 60_000
/** To compare hashes takes its own time, for which hosts wait in turn. */
const COMPARING_MS = 24 * 3600_000

/**
 * One process scans many hosts at the same time. When it ends before they are done, nobody knows which of them it was, so that each is scanned
 * once more, one after the other in a process with nothing else in it. One that ends that as well is told as failed, and is from then on
 * scanned there alone.
 */
export const openHostScanners = (options: HostScannersOptions): HostScanners => {
  const { scanning, digestKey, idleMs = IDLE_MS, program } = options
  const start = (ceilings: Ceilings) => () =>
    startScanner({
      ceilings,
      ...(digestKey === undefined ? {} : { digestKey }),
      ...(program === undefined ? {} : { program }),
    })
  const [many, one] = [keeper(start(FOR_MANY), idleMs), keeper(start(FOR_ONE), idleMs)]
  const turn = turns(1)
  const fatal = new Set<string>()

  const scan = async (scanner: Scanner, target: HostTarget, signal: AbortSignal, ordered: Work & { kind: 'host' }) => {
    const logins = loginsOf(target, ordered.access, scanning.reach.passwords, signal)
    try {
      return await scanner.run<'host'>(ordered, target, {
        answers: { ...answersOf(target, scanning, signal), ...logins.answers },
        signal,
        mostMs:
          (scanning.reach.limits?.hostMs ?? DEFAULT_LIMITS.hostMs) + (ordered.compares ? COMPARING_MS : MARGIN_MS),
      })
    } finally {
      await logins.over()
    }
  }

  return {
    async scanHost(target, signal, ordered = {}, lent = []) {
      const { reach, wishes = {}, memories, compareHashes, now } = scanning
      const { logins, policy, localSudo, passwords, limits } = reach
      const startedAt = now().toISOString()
      const name = formatTarget(target)
      const work = {
        kind: 'host',
        target,
        access: {
          logins: [...lent, ...logins],
          policy,
          ...(localSudo === undefined ? {} : { localSudo }),
          ...(passwords === undefined ? {} : { passwordsOf: passwords.of }),
          ...(limits === undefined ? {} : { limits }),
        },
        wishes,
        ordered,
        ...(memories === undefined ? {} : { memories: memories.kept.version }),
        compares: compareHashes !== undefined && (wishes.credentials?.compareHashes?.secondsPerHost ?? 0) > 0,
      } as const
      const ended = (error: unknown): TargetScan => {
        if (!(error instanceof ScannerEnded)) throw error
        return { target: name, startedAt, finishedAt: now().toISOString(), reached: unreached(error), sections: [] }
      }
      if (!fatal.has(name)) {
        try {
          return await many.with((scanner) => scan(scanner, target, signal, work))
        } catch (error) {
          if (!(error instanceof ScannerEnded) || signal.aborted) return ended(error)
        }
      }
      using _ = await turn()
      try {
        return await one.with((scanner) => scan(scanner, target, signal, work))
      } catch (error) {
        if (error instanceof ScannerEnded && !signal.aborted) fatal.add(name)
        return ended(error)
      }
    },
    async askForKey(target, known, signal) {
      const { limits } = scanning.reach
      const work = {
        kind: 'host-key',
        target,
        known: known.map(sent),
        ...(limits === undefined ? {} : { limits }),
      } as const
      const mostMs = { ...DEFAULT_LIMITS, ...limits }.hostMs + MARGIN_MS
      try {
        return received(
          await many.with((scanner) => scanner.run<'host-key'>(work, target, { answers: {}, signal, mostMs })),
        )
      } catch (error) {
        if (!(error instanceof ScannerEnded)) throw error
        throw new ReachError('connection-lost', target, { cause: error, detail: 'the process that asked it ended' })
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([many.end(), one.end()])
    },
  }
}

/** Keeps a process while there is work for it, and a little longer. */
const keeper = (start: () => Scanner, idleMs: number) => {
  let kept: { readonly scanner: Scanner; readonly since: number; users: number } | undefined
  const all = new Set<Scanner>()
  let idle: NodeJS.Timeout | undefined
  const end = async (scanner: Scanner) => {
    await scanner[Symbol.asyncDispose]()
    all.delete(scanner)
  }
  const isWorn = ({ scanner, since }: NonNullable<typeof kept>) =>
    scanner.over || performance.now() - since > MOST_AGE_MS
  return {
    async with<T>(use: (scanner: Scanner) => Promise<T>): Promise<T> {
      clearTimeout(idle)
      if (kept === undefined || isWorn(kept)) {
        kept = { scanner: start(), since: performance.now(), users: 0 }
        all.add(kept.scanner)
      }
      const mine = kept
      mine.users++
      try {
        return await use(mine.scanner)
      } finally {
        if (--mine.users === 0) {
          if (mine !== kept || isWorn(mine)) void end(mine.scanner)
          else {
            idle = setTimeout(() => {
              kept = undefined
              void end(mine.scanner)
            }, idleMs)
            idle.unref()
          }
        }
      }
    },
    async end() {
      clearTimeout(idle)
      await Promise.all([...all].map(end))
    },
  }
}

/** What a process may ask of the logins to the one host that it scans. */
const loginsOf = (
  target: HostTarget,
  { logins }: HostAccess,
  passwords: PasswordRules | undefined,
  signal: AbortSignal,
): ReturnType<typeof begunLogins> =>
  begunLogins(async (asked) => {
    const login = logins[asked?.login ?? 0]
    const password =
      asked?.use === 'sudo'
        ? login?.sudo.kind === 'password' && login.sudo.password
        : login?.methods.find((method) => method.kind === 'password')?.password
    if (passwords === undefined || target.kind === 'local' || login === undefined || !password)
      throw new TypeError('no login')
    const place = `ssh://${target.host}:${target.port}`
    const name = target.user ?? login.user
    return passwords.ledger.begin({ target: place, name, password, of: passwords.of }, signal)
  })

/** What a process may ask while it scans one host: of that host alone. */
const answersOf = (
  target: HostTarget,
  { reach, memories, compareHashes }: Omit<Scanning, 'probes'>,
  signal: AbortSignal,
): Answers => {
  const name = formatTarget(target)
  const common: Answers = {
    'remembered-files': async ({ hostKey }) => (await memories?.kept.read(name, hostKey ?? undefined)) ?? null,
    'remember-files': async ({ hostKey, text }) => {
      await memories?.kept.write(name, hostKey ?? undefined, text)
      return null
    },
    compare: async ({ hashes, milliseconds }) =>
      (await compareHashes?.(
        hashes.map(({ hash, ...about }) => ({ reveal: () => hash, ...about })),
        milliseconds,
        signal,
      )) ?? [],
  }
  if (target.kind === 'local') return common
  return {
    ...common,
    'host-keys': async () => {
      const { keys, revoked, ...more } = await reach.hostKeys.of(target.host, target.port)
      return { keys: keys.map(sent), revoked: revoked.map(sent), ...more }
    },
    'pin-host-key': (key) => reach.hostKeys.pin(target.host, target.port, received(key)),
    'other-host-key': async (key) => {
      await reach.hostKeys.shown?.(target.host, target.port, received(key))
      return null
    },
  }
}
