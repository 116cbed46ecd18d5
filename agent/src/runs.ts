import type { Bus } from '@rollcall/bus'
import {
  formatComputersOf,
  formatTarget,
  ipv4Text,
  parseTargetSet,
  targetsOfRange,
  type ComputersOf,
  type Outcome,
  type ParsedTargetSet,
  type Target,
  type TargetId,
} from '@rollcall/contract'
import {
  cancelOrder,
  hostKeysOrder,
  scanOrder,
  subjects,
  trustOrder,
  type ScanOrder,
  type ScanProgress,
} from '@rollcall/contract/bus'
import { ReachError, type sweep } from '@rollcall/reach'
import type { Logger } from 'pino'
import type { Delivery } from './delivery.ts'
import { directoryHosts } from './directory-hosts.ts'
import { reportDirectory, type DirectoryScanning } from './directory-scanning.ts'
import { eachOf } from './each-of.ts'
import { borrowed, fared, withLogin, withProblem } from './leases/borrowed.ts'
import type { Leases } from './leases/leases.ts'
import { scanRoom, type ScanRoom } from './scan-room.ts'
import type { ScanHost, Scanning } from './scanning.ts'
import { inTheirTime, startTimes } from './start-times.ts'
import type { AgentTrusting } from './trust/trusting.ts'

export interface RunDeps {
  readonly agent: string
  readonly bus: Bus
  readonly delivery: Delivery
  readonly scanHost: ScanHost
  /** Where credentials are borrowed for each target. */
  readonly leases?: Leases
  readonly now: () => Date
  readonly keyedDigest?: NonNullable<Scanning['keyedDigest']>
  /** Without it, directories are told as something that this agent does not read. */
  readonly directories?: Omit<DirectoryScanning, 'now' | 'keyedDigest'>
  readonly sweep: typeof sweep
  /** Targets scanned at the same time, of all runs together. */
  readonly concurrency: number
  /** Without it, no keys are collected, and decisions about them are left alone. */
  readonly trust?: AgentTrusting
  readonly log: Logger
}

/** Planned targets travel in parts of this many. */
const PLAN_PART = 500

/** Serves orders: each scan order is a run that goes on until its targets are reported, each cancel order ends one. */
export const serveOrders = async (deps: RunDeps, signal: AbortSignal): Promise<AsyncDisposable> => {
  const runs = new Map<string, { controller: AbortController; done: Promise<void> }>()
  const stopped = after(GRACE_MS, signal)
  const room = scanRoom(deps.concurrency)

  const begin = (run: string, work: (signal: AbortSignal) => Promise<void>) => {
    // The same order may be delivered twice; one run of it is enough.
    if (runs.has(run)) return
    const controller = new AbortController()
    const done = work(AbortSignal.any([signal, controller.signal]))
      .catch((error: unknown) => deps.log.error({ err: error, run }, 'the run ended with a fault'))
      .finally(() => runs.delete(run))
    runs.set(run, { controller, done })
  }

  const server = await deps.bus.serve(subjects.order(deps.agent), async (message) => {
    if (message.type === cancelOrder.type)
      runs.get(cancelOrder.read(message).run)?.controller.abort(new Error('cancelled'))
    else if (message.type === trustOrder.type) await deps.trust?.decide(trustOrder.read(message))
    else if (message.type === hostKeysOrder.type) {
      const order = hostKeysOrder.read(message)
      begin(order.run, async (signal) => deps.trust?.collect(order, signal))
    } else {
      const order = scanOrder.read(message)
      begin(order.run, (signal) => carryOut(order, { ...deps, room }, signal, stopped))
    }
  })

  return {
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      for (const { controller } of runs.values()) controller.abort(new Error('the agent stops'))
      await Promise.all([...runs.values()].map(({ done }) => done))
    },
  }
}

/** So long after the agent was stopped, what was read may still be delivered: whoever takes it may have stopped before. */
const GRACE_MS = 1000
/** So long an answer may take otherwise. */
const DELIVERY_MS = 600_000

/** Is aborted some time after another signal. */
const after = (milliseconds: number, signal: AbortSignal): AbortSignal => {
  const controller = new AbortController()
  const abort = () => void setTimeout(() => controller.abort(signal.reason), milliseconds).unref()
  if (signal.aborted) abort()
  else signal.addEventListener('abort', abort, { once: true })
  return controller.signal
}

const carryOut = async (
  order: ScanOrder,
  deps: RunDeps & { readonly room: ScanRoom },
  signal: AbortSignal,
  stopped: AbortSignal,
) => {
  const { run } = order
  const { now, keyedDigest } = deps
  const directories = {
    ...NO_DIRECTORIES,
    ...deps.directories,
    now,
    ...(keyedDigest === undefined ? {} : { keyedDigest }),
  }
  const wishes = order.credentials === undefined ? {} : { credentials: order.credentials }
  const times = startTimes(order.timing, now)
  const tell = (progress: ScanProgress) => deps.delivery.tell(progress)
  const read = [order.targets, ...(order.apart ?? [])].map((set) => parseTargetSet(set))
  const problems = read.flatMap((set) => ('problems' in set ? set.problems : []))
  if (problems.length > 0) {
    const reasons: Outcome['reasons'] = problems
      .slice(0, 50)
      .map(({ entry, problem }) => ({ code: 'unknown-target', detail: `${entry}: ${problem}`.slice(0, 500) }))
    await tell({ event: 'finished', run, at: now().toISOString(), outcome: { status: 'failed', reasons } })
    return
  }

  const sending = () => AbortSignal.any([stopped, AbortSignal.timeout(DELIVERY_MS)])
  const done = new Set<TargetId>(order.done)
  const planned = new Set<TargetId>()
  const planNames = async (names: readonly TargetId[], swept: number, silent: number) => {
    const fresh = names.filter((name) => !done.has(name) && !planned.has(name))
    for (const name of fresh) planned.add(name)
    if (fresh.length > 0 || swept > 0)
      await tell({ event: 'planned', run, at: now().toISOString(), targets: fresh, swept, silent })
    return new Set(fresh)
  }
  const plan = async (targets: readonly Target[], swept: number, silent: number) => {
    const fresh = await planNames(targets.map(formatTarget), swept, silent)
    return targets.filter((target) => fresh.delete(formatTarget(target)))
  }
  async function* planAll(targets: readonly Target[]) {
    for (let from = 0; from < targets.length; from += PLAN_PART)
      yield* await plan(targets.slice(from, from + PLAN_PART), 0, 0)
  }

  /** Asks a directory for its computers. How that fared is reported as of a target, which is the entry itself. */
  const ask = async (computers: ComputersOf, set: ParsedTargetSet) => {
    const target = formatComputersOf(computers)
    const startedAt = now().toISOString()
    const isNew = (await planNames([target], 0, 0)).size > 0
    if (isNew) await tell({ event: 'started', run, at: startedAt, targets: [target] })
    await using lent = await borrowed(deps.leases, run, computers.directory, signal, target)
    const reading = withLogin(directories.reading, lent)
    const { hosts, outcome } = await directoryHosts(computers, reading, set, now(), signal)
    const scan = { target, startedAt, finishedAt: now().toISOString(), reached: outcome, sections: [] }
    if (isNew) await deps.delivery.send(scan, run, sending())
    return hosts
  }

  async function* targets(): AsyncGenerator<Target> {
    for (const set of read) if ('parsed' in set) yield* targetsOf(set.parsed)
  }

  async function* targetsOf(set: ParsedTargetSet): AsyncGenerator<Target> {
    const { hosts, ranges, computers, excluded } = set
    yield* planAll(hosts)
    for (const entry of computers)
      if (await times.open(signal)) yield* planAll(await ask(entry, set))
      else await leaveOut(formatComputersOf(entry))
    for (const range of ranges.flatMap(shortRanges)) {
      if (!(await times.open(signal))) {
        await leaveOut(`${ipv4Text(range.first)}-${ipv4Text(range.last)}:${range.port}`)
        continue
      }
      let [open, swept, silent]: [Target[], number, number] = [[], 0, 0]
      for await (const probed of deps.sweep(targetsOfRange(range, excluded), { signal })) {
        swept++
        if (probed.state === 'open') open.push(probed.target)
        else silent++
        if (swept >= PLAN_PART) {
          yield* await plan(open, swept, silent)
          ;[open, swept, silent] = [[], 0, 0]
        }
      }
      yield* await plan(open, swept, silent)
    }
  }

  /** Tells what was not begun, since its window is over. Of a run that was ended, whoever ended it tells. */
  const leaveOut = async (target: TargetId) => {
    if (signal.aborted) return
    await planNames([target], 0, 0)
    const at = now().toISOString()
    const reached: Outcome = { status: 'failed', reasons: [{ code: 'outside-window' }] }
    await deps.delivery.send({ target, startedAt: at, finishedAt: at, reached, sections: [] }, run, sending())
  }

  const scanInTurn = async (target: Target) => {
    await deps.room.within(formatTarget(target), async () => {
      // Whoever is at work when a quiet time comes finishes; nobody begins in it.
      if (signal.aborted || (await times.open(signal))) await scanOne(target)
      else await leaveOut(formatTarget(target))
    })
  }

  const scanOne = async (target: Target) => {
    // What cannot be kept is not looked at: it waits until the collector has taken some of what is.
    await deps.delivery.room(stopped)
    await tell({ event: 'started', run, at: now().toISOString(), targets: [formatTarget(target)] })
    await using lent = await borrowed(deps.leases, run, target, signal)
    if (target.kind === 'directory') {
      const reading = withLogin(directories.reading, lent)
      return await reportDirectory(target, { ...directories, reading }, deps.delivery, run, { signal, stopped })
    }
    const seen = await deps.scanHost(target, signal, wishes, lent.logins)
    lent.outcome = fared(seen.reached)
    const scan = { ...seen, reached: withProblem(seen.reached, lent.problem) }
    // A cancelled scan's report still ends its target; only the agent's own end stops delivery.
    await deps.delivery.send(scan, run, sending())
  }

  const inTurn =
    order.timing === undefined
      ? targets()
      : inTheirTime(targets(), (target) => times.of(formatTarget(target)), now, signal)
  await eachOf(inTurn, deps.concurrency, signal, scanInTurn, (target, error) => {
    const about = { err: error, run, target: formatTarget(target) }
    if (stopped.aborted) deps.log.debug(about, 'the agent stopped before what was read of a target was taken')
    else deps.log.error(about, 'the scan of a target failed')
  })
  const outcome: Outcome = signal.aborted
    ? { status: 'failed', reasons: [{ code: 'cancelled' }] }
    : { status: 'complete', reasons: [] }
  await tell({ event: 'finished', run, at: now().toISOString(), outcome })
}

/** Between so many addresses it is looked at whether probing may go on. */
const SHORT = 1024

const shortRanges = (range: Range): Range[] =>
  Array.from({ length: Math.ceil((range.last - range.first + 1) / SHORT) }, (_, index) => {
    const first = range.first + index * SHORT
    return { ...range, first, last: Math.min(range.last, first + SHORT - 1) }
  })

type Range = ParsedTargetSet['ranges'][number]

const NO_DIRECTORIES: Pick<DirectoryScanning, 'reading'> = {
  reading: {
    look: (target) => Promise.reject(new ReachError('no-credential', target)),
    list: ({ directory }) => Promise.reject(new ReachError('no-credential', directory)),
  },
}
