import { formatTarget, parseTargetSet, targetsOfRange, type ReasonCode, type Target } from '@rollcall/contract'
import { hostKeysProgress, type Envelope, type HostKeysOrder, type HostKeysProgress } from '@rollcall/contract/bus'
import { keepCollected, ReachError, type HostKeys, type sweep } from '@rollcall/reach'
import type { Logger } from 'pino'
import { directoryHosts } from '../directory-hosts.ts'
import type { DirectoryReading } from '../directory-look.ts'
import { eachOf } from '../each-of.ts'
import type { AskForKey } from '../scanner/host-scanners.ts'

export interface CollectingDeps {
  readonly hostKeys: HostKeys
  readonly askForKey: AskForKey
  readonly sweep: typeof sweep
  /** For sets that name the computers of a directory. */
  readonly list: DirectoryReading['list']
  /** Hosts asked at the same time: as many as are scanned. */
  readonly concurrency: number
  readonly tell: (progress: Envelope) => void
  readonly now: () => Date
  readonly log: Logger
}

/**
 * Asks hosts for their keys, without any credential, and keeps those of hosts that had none. Which host shows which key is told as with any
 * other look; how it went as a whole, here.
 */
export const collecting = async (order: HostKeysOrder, deps: CollectingDeps, signal: AbortSignal): Promise<void> => {
  const { hostKeys, askForKey, now, tell } = deps
  const counts = { asked: 0, fresh: 0, known: 0, changed: 0, silent: 0 }
  const failures = new Map<ReasonCode, { count: number; examples: string[] }>()
  const failed = (target: string, code: ReasonCode) => {
    const known = failures.get(code) ?? { count: 0, examples: [] }
    failures.set(code, known)
    known.count++
    if (known.examples.length < 5) known.examples.push(target)
  }
  const say = (over: boolean) => tell(progressOf(order.run, now(), counts, failures, over))

  async function* targets(): AsyncGenerator<Target> {
    for (const given of [order.targets, ...(order.apart ?? [])]) {
      const set = parseTargetSet(given)
      if ('problems' in set) {
        for (const { entry } of set.problems) failed(entry.slice(0, 512), 'unknown-target')
        continue
      }
      yield* set.parsed.hosts
      for (const entry of set.parsed.computers) {
        const { hosts, outcome } = await directoryHosts(entry, deps, set.parsed, now(), signal)
        if (hosts.length === 0) failed(formatTarget(entry.directory), outcome.reasons[0]?.code ?? 'no-address')
        yield* hosts
      }
      for (const range of set.parsed.ranges)
        for await (const { target, state } of deps.sweep(targetsOfRange(range, set.parsed.excluded), { signal }))
          if (state === 'open') yield target
          else counts.silent++
    }
  }

  const done = new Set<string>()
  const ask = async (target: Target) => {
    // A directory shows a certificate when it is read, and this machine needs to prove nothing.
    if (target.kind !== 'ssh' || done.has(nameOf(target))) return
    done.add(nameOf(target))
    counts.asked++
    try {
      const { keys } = await hostKeys.of(target.host, target.port)
      const { standing } = await keepCollected(target, await askForKey(target, keys, signal), hostKeys)
      counts[standing === 'new' ? 'fresh' : standing]++
    } catch (error) {
      if (!(error instanceof ReachError)) throw error
      failed(formatTarget(target), error.code)
    }
    if (counts.asked % TOLD_EVERY === 0) say(false)
  }

  say(false)
  await eachOf(targets(), deps.concurrency, signal, ask, (target, error) => {
    failed(formatTarget(target), 'probe-fault')
    deps.log.error({ err: error, run: order.run, target: formatTarget(target) }, 'a host key could not be kept')
  })
  if (signal.aborted) failed('the rest', 'cancelled')
  say(true)
}

const TOLD_EVERY = 50

/** Whoever logs in there is asked as the same host. */
const nameOf = ({ host, port }: Extract<Target, { kind: 'ssh' }>) => `${host}:${port}`

const progressOf = (
  run: string,
  at: Date,
  counts: Pick<HostKeysProgress, 'asked' | 'fresh' | 'known' | 'changed' | 'silent'>,
  failures: ReadonlyMap<ReasonCode, { count: number; examples: string[] }>,
  over: boolean,
): Envelope =>
  hostKeysProgress.write({
    run,
    at: at.toISOString(),
    ...counts,
    failed: [...failures].map(([code, { count, examples }]) => ({ code, count, examples: [...examples] })),
    over,
  })
