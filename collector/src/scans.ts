import { createHash, randomUUID } from 'node:crypto'
import { describeReason, type Outcome, type Reason, type ReasonCode } from '@rollcall/contract'
import type { ScanDetail, ScanSummary } from '@rollcall/contract/api'
import {
  cancelOrder,
  digestBatch,
  LOCAL_SEGMENT,
  MessageRefused,
  reportAck,
  reportPart,
  scanOrder,
  scanProgress,
  scanReport,
  subjects,
  type DigestBatch,
  type Envelope,
  type ReportPart,
  type ScanProgress,
  type ScanReport,
  type SpoolMark,
} from '@rollcall/contract/bus'
import type { Bus, Line } from '@rollcall/bus'
import type { Repositories, Store, TargetSetRow } from '@rollcall/store'
import type { Logger } from 'pino'
import type { LiveEvents } from './events.ts'
import { isLocal, remoteScans, type RemoteScans } from './fleet/remote-scans.ts'
import { admit } from './fleet/admission.ts'
import { digestIntake } from './fleet/digests.ts'
import { spoolAcks } from './fleet/spool-acks.ts'
import { spoolGaps } from './fleet/spool-gaps.ts'
import type { Intake } from './intake.ts'
import { Refusal } from './refusal.ts'
import { together } from './scan-order.ts'

export interface ScanRequest {
  /** Default `person`. */
  readonly trigger?: ScanSummary['trigger']
  readonly by: string | null
  /** Default all. */
  readonly targetSets?: readonly string[]
}

export interface Scanning extends AsyncDisposable {
  /**
   * Starts a scan. For a person it is refused while one of its sets is being scanned (`scan-running`, 409); a schedule and a
   * start leave such sets out. Refusals: `no-targets`, `unknown-target-set`.
   */
  readonly start: (request: ScanRequest) => Promise<ScanSummary>
  /** Ends a scan: what was read is kept, and targets that were not read say that it was cancelled. Refusal `scan-ended`. */
  cancel(id: string, by: string): Promise<ScanSummary>
  newest(): Promise<ScanSummary[]>
  /** Refusal `not-found`. */
  detail(id: string): Promise<ScanDetail>
}

export interface ScanningTools {
  readonly store: Store
  readonly bus: Bus
  /** Agents that are not in this process: where they report, and how they are given orders. */
  readonly remote?: {
    readonly bus: Bus
    readonly scans: RemoteScans
    readonly refusals: (message: Envelope, agent: string) => Promise<boolean>
  }
  /** Where agents with a spool hear what is committed. */
  readonly line: Pick<Line, 'tell'>
  readonly intake: Intake
  /** The agent that orders go to. */
  readonly agent: string
  readonly events: LiveEvents
  /** What is known has changed. */
  readonly learned: () => void
  /** Looks of an agent were taken in; the last of them ended at an instant. */
  readonly took?: (agent: string, looks: number, endedAt: string) => void
  readonly now: () => Date
  readonly log: Logger
  /** Milliseconds that reports may come in after the agent said that a run is over; they travel on another subject. */
  readonly patience?: number
}

const PATIENCE = 60_000
/** The same for a run of an agent with a spool, whose reports may wait longer: so many times, anew with each report. */
const SPOOLED = 15
/** Targets of one message that are each told to whoever looks at the scan. */
const TOLD_TARGETS = 50
const LISTED = 100
const LISTED_TARGETS = 1000
const LISTED_SHARES = 200
/** No run has more targets: `MAX_ADDRESSES` and as many single hosts. */
const ALL_TARGETS = 2_000_000

/** Takes up open scans where the process before left them, then listens to agents. */
export const openScanning = async (tools: ScanningTools): Promise<Scanning> => {
  const { store, bus, events, log, now } = tools
  const ending = new Map<string, Ending>()
  const takeDigests = digestIntake(store, now)
  const gaps = spoolGaps(now, (about, sentence) => log.error(about, sentence))
  const inTurn = turns()

  const summaryOf = async (id: string): Promise<ScanSummary> => {
    const summary = await store.scans.summary(id)
    if (summary === undefined) throw new Refusal(404, 'not-found', 'there is no such scan')
    return summary
  }

  const remote = tools.remote?.scans ?? remoteScans(undefined)
  /** The segments of runs that were ordered since the start: agents of another one have no say in them. */
  const ordered = new Map<string, string>()
  const lapses = new Map<string, ReturnType<typeof setTimeout>>()

  /** The segment of a scan: all its sets are of one. */
  const segmentOf = async (targetSets: readonly string[]) =>
    (await store.targetSets.all()).find(({ id }) => targetSets.includes(id))?.segment ?? LOCAL_SEGMENT

  /** Ends a scan whose order nobody took in time. */
  const lapse = async (id: string) => {
    lapses.delete(id)
    if ((await store.scans.summary(id))?.state !== 'queued') return
    await end(id, { status: 'failed', reasons: [{ code: 'no-agent' }] })
  }

  const order = async (id: string, targetSets: readonly string[], done: readonly string[]) => {
    const sets = (await store.targetSets.all()).filter((set) => targetSets.includes(set.id))
    const asked = together(sets.map(({ include, exclude }) => ({ include: [...include], exclude: [...exclude] })))
    const segment = sets[0]?.segment ?? LOCAL_SEGMENT
    ordered.set(id, segment)
    const whole = { run: id, ...asked, done: [...done] }
    if (isLocal(segment)) return bus.publish(subjects.order(tools.agent), scanOrder.write(whole))
    const until = await remote.order(segment, whole)
    const timer = setTimeout(
      () => void lapse(id).catch((error: unknown) => log.error({ err: error, scan: id }, 'a scan could not be ended')),
      until.getTime() - now().getTime(),
    )
    timer.unref()
    lapses.set(id, timer)
  }

  /** Ends every target that is not done, with a reason, so that nothing that was planned goes untold. */
  const endOpenTargets = async (tx: Repositories, id: string, reason: Reason) => {
    const open = (await tx.scans.targets(id, ALL_TARGETS)).filter(({ state }) => state !== 'done')
    for (const { target } of open)
      await tx.scans.done(id, { target, host: null, outcome: 'failed', reason, at: now().toISOString() })
    return open.length
  }

  const end = async (id: string, outcome: Outcome) => {
    const at = now().toISOString()
    const cancelled = outcome.reasons.some(({ code }) => code === 'cancelled')
    const untold = await store.atomically(async (tx) => {
      const reason = outcome.reasons[0] ?? { code: 'interrupted' as const }
      const untold = await endOpenTargets(tx, id, reason)
      // A run that could not even be planned is told by its entries, so that it does not pass for one that had nothing to do.
      if (outcome.status !== 'complete' && (await tx.scans.summary(id))?.planned === 0) {
        const sets = (await tx.scans.open()).find((scan) => scan.id === id)?.targetSets ?? []
        const entries = (await tx.targetSets.all())
          .filter((set) => sets.includes(set.id))
          .flatMap(({ include }) => include)
        for (const target of entries.slice(0, LISTED_TARGETS))
          await tx.scans.done(id, { target, host: null, outcome: 'failed', reason, at })
      }
      await tx.scans.setState(id, cancelled ? 'cancelled' : 'finished', at)
      return untold
    })
    const { planned, complete, partial, failed } = await summaryOf(id)
    if (untold > 0)
      log.error(
        { scan: id, untold },
        'the agent ended a run without reporting all of its targets; they count as failed',
      )
    if (planned !== complete + partial + failed)
      log.error({ scan: id, planned, complete, partial, failed }, 'the ends of a run do not add up to what was planned')
    log.info({ scan: id, planned, complete, partial, failed, outcome: outcome.status }, 'scan ended')
    events.scanMoved(id)
  }

  /** Ends a run that its agent said is over, once all its reports are in; or when patience is over. */
  const settle = (id: string, impatient = false) =>
    inTurn(async () => {
      const run = ending.get(id)
      if (run === undefined) return
      const { planned, complete, partial, failed, state } = await summaryOf(id)
      const isWhole = planned === complete + partial + failed || (await hasAllCome(run))
      if (isOpen(state) && !isWhole && !impatient) return
      clearTimeout(run.timer)
      ending.delete(id)
      ordered.delete(id)
      if (isOpen(state)) await end(id, run.outcome)
    })

  /** Whether everything that its agent sent before the word that it is over is committed. */
  const hasAllCome = async ({ agent, spool }: Ending) =>
    spool !== undefined && ((await store.spools.of(agent, spool.epoch))?.upTo ?? 0) >= spool.seq

  const settleLater = (id: string, impatient = false) => {
    settle(id, impatient).catch((error: unknown) => log.error({ err: error, scan: id }, 'a scan could not be ended'))
  }

  const progressed = async (progress: ScanProgress, agent: string) => {
    const spool = progress.event === 'started' ? undefined : progress.spool
    const summary = await store.scans.summary(progress.run)
    const isOver = summary === undefined || !isOpen(summary.state)
    if (isOver || progress.event === 'finished') {
      if (spool !== undefined) {
        await store.atomically((tx) => admit(tx, { id: '', agent, spool }, now().toISOString()))
        await acknowledge(agent, spool.epoch)
      }
      if (isOver || progress.event !== 'finished' || ending.has(progress.run)) return
      const patience = (tools.patience ?? PATIENCE) * (spool === undefined ? 1 : SPOOLED)
      const timer = setTimeout(() => settleLater(progress.run, true), patience)
      timer.unref()
      ending.set(progress.run, { outcome: progress.outcome, timer, agent, spool })
      await settle(progress.run)
      return
    }
    await store.atomically(async (tx) => {
      if (spool !== undefined && !(await admit(tx, { id: '', agent, spool }, now().toISOString()))) return
      // Planning counts what was swept: a message that is delivered twice must count once.
      if (spool === undefined && progress.event === 'planned')
        if (!(await tx.inbox.admit(`planned-${digest(progress)}`, progress.at))) return
      if (progress.event === 'planned')
        await tx.scans.plan(progress.run, progress.targets, progress.swept, progress.silent)
      else if (progress.event === 'started')
        for (const target of progress.targets) await tx.scans.started(progress.run, target, progress.at)
      else await tx.scans.done(progress.run, { ...progress, outcome: progress.status, host: null, reason: null })
      if (summary.state !== 'running') await tx.scans.setState(progress.run, 'running', progress.at)
    })
    if (spool !== undefined) await acknowledge(agent, spool.epoch)
    if (progress.event === 'started')
      for (const target of progress.targets.slice(0, TOLD_TARGETS)) await tellTarget(progress.run, target)
    events.scanMoved(progress.run)
  }

  const tellTarget = async (scan: string, target: string) => {
    const row = await store.scans.target(scan, target)
    if (row) events.publish({ type: 'scan-target', scan, target: row })
  }

  const reported = async (report: ScanReport, agent: string) => {
    if (report.agent !== agent) throw new Error('a report came on the subject of another agent')
    const { spool } = report
    if (spool !== undefined) acks.came({ agent, epoch: spool.epoch }, spool.seq)
    const { need } = await tools.intake(report)
    if (spool === undefined)
      await bus.publish(subjects.reportAck(agent), reportAck.write({ report: report.id, need: [...need] }))
    else if (need.length === 0) await acknowledge(agent, spool.epoch)
    else acks.needs({ agent, epoch: spool.epoch }, [{ seq: spool.seq, probes: [...need] }])
    if (need.length > 0) return
    tools.took?.(agent, 1, report.finishedAt)
    tools.learned()
    events.inventoryChanged()
    if (report.run === undefined) return
    await tellTarget(report.run, report.target)
    ending.get(report.run)?.timer.refresh()
    events.scanMoved(report.run)
    settleLater(report.run)
  }

  const digestsCame = async (batch: DigestBatch, agent: string) => {
    if (batch.agent !== agent) throw new Error('looks came on the subject of another agent')
    const { known, need, runs } = await takeDigests(batch)
    acks.committed(known)
    gaps(known)
    acks.needs(
      known,
      need.map((seq) => ({ seq })),
    )
    const taken = batch.rows.length - need.length
    if (taken > 0) {
      tools.took?.(agent, taken, lastEnd(batch))
      events.inventoryChanged()
    }
    for (const run of runs) {
      if (batch.rows.length <= TOLD_TARGETS) for (const [, , target] of batch.rows) await tellTarget(run, target)
      ending.get(run)?.timer.refresh()
      events.scanMoved(run)
    }
    settleAllOf(agent)
  }

  /** Tells an agent what of its spool is committed. */
  const acknowledge = async (agent: string, epoch: string) => {
    const known = await store.spools.of(agent, epoch)
    if (known !== undefined) {
      acks.committed(known)
      gaps(known)
    }
    settleAllOf(agent)
  }

  const settleAllOf = (agent: string) => {
    for (const [id, run] of ending) if (run.agent === agent) settleLater(id)
  }

  const partCame = async (part: ReportPart, agent: string) => {
    if (part.agent !== agent) throw new Error('a part came on the subject of another agent')
    const ack = await tools.intake.keep(part)
    if (part.spool === undefined) await bus.publish(subjects.reportAck(agent), reportAck.write(ack))
    else await acknowledge(agent, part.spool.epoch)
  }

  const isOfOthers = (message: Envelope, agent: string): boolean => {
    const run = (message.body as { run?: unknown } | null | undefined)?.run
    const segment = typeof run === 'string' ? ordered.get(run) : undefined
    if (segment === undefined) return false
    // Whoever is in this process is of its segment, whatever it is called.
    return isLocal(segment) ? remote.segmentOf(agent) !== undefined : remote.segmentOf(agent) !== segment
  }

  const came = async (message: Envelope, subject: string) => {
    const agent = subject.split('.').at(-1)!
    try {
      if (await tools.remote?.refusals(message, agent)) return
      if (isOfOthers(message, agent)) {
        log.error(
          { agent, type: message.type },
          'an agent speaks of a scan that is not of its segment; it is left alone',
        )
        return
      }
      if (message.type === digestBatch.type) await digestsCame(digestBatch.read(message), agent)
      else if (message.type === reportPart.type) await partCame(reportPart.read(message), agent)
      else if (message.type === scanProgress.type) await progressed(scanProgress.read(message), agent)
      else await reported(scanReport.read(message), agent)
    } catch (error) {
      const spool = error instanceof MessageRefused ? markOf(message) : undefined
      if (!(error instanceof MessageRefused) || spool === undefined) throw error
      // It stays in the agent's spool until one side is another version: to hear it again now changes nothing.
      acks.refused({ agent, epoch: spool.epoch }, spool.seq, error.code)
      log.error({ err: error, agent }, 'what an agent reports cannot be read')
    }
  }

  const begin = async (asked: readonly TargetSetRow[], trigger: ScanSummary['trigger'], by: string | null) => {
    const id = randomUUID()
    const at = now().toISOString()
    const sets = asked.map((set) => set.id)
    await store.atomically(async (tx) => {
      await tx.scans.create({ id, trigger, by, targetSets: sets, at })
      await tx.audit.append({
        at,
        actor: by ?? trigger,
        action: 'scan-started',
        object: id,
        detail: asked
          .map(({ name }) => name)
          .join(', ')
          .slice(0, 1000),
      })
    })
    try {
      await order(id, sets, [])
    } catch (error) {
      // An order that nobody got would keep its sets busy for ever.
      await store.scans.setState(id, 'cancelled', now().toISOString())
      throw error
    }
    events.scanMoved(id)
    return id
  }

  const resume = async () => {
    for (const { id, targetSets } of await store.scans.open()) {
      const at = now().toISOString()
      const remain = (await store.targetSets.all()).some((set) => targetSets.includes(set.id))
      await store.atomically(async (tx) => {
        await tx.scans.requeue(id)
        if (!remain) await endOpenTargets(tx, id, { code: 'cancelled' })
        await tx.scans.setState(id, remain ? 'interrupted' : 'cancelled', at)
      })
      log.info({ scan: id, resumed: remain }, 'a scan was interrupted by the end of the process before')
      if (!remain) continue
      try {
        await order(id, targetSets, await store.scans.doneTargets(id))
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        log.error({ scan: id, code: error.code }, `a scan is not taken up again: ${error.message}`)
        await end(id, { status: 'failed', reasons: [{ code: 'no-agent' }] })
      }
    }
  }

  await resume()
  await using serving = new AsyncDisposableStack()
  const acks = serving.use(
    spoolAcks({
      line: tools.line,
      failed: (error) => log.debug({ err: error }, 'an agent could not be told what is committed'),
    }),
  )
  // A great directory is taken in for a while, and nothing else is to wait for it.
  for (const each of [bus, ...(tools.remote === undefined ? [] : [tools.remote.bus])]) {
    serving.use(await each.serve(subjects.allReports, came, { concurrency: 8 }))
    serving.use(await each.serve(subjects.allProgress, came))
  }
  serving.defer(() => {
    for (const { timer } of ending.values()) clearTimeout(timer)
    for (const timer of lapses.values()) clearTimeout(timer)
  })
  const open = serving.move()

  return {
    start: ({ trigger = 'person', by, targetSets }) =>
      inTurn(async () => {
        const all = await store.targetSets.all()
        const unknown = targetSets?.filter((id) => all.every((set) => set.id !== id)) ?? []
        if (unknown.length > 0)
          throw new Refusal(422, 'unknown-target-set', `there is no target set ${unknown[0]!.slice(0, 64)}`)
        const asked = all.filter(({ id }) => targetSets === undefined || targetSets.includes(id))
        if (asked.length === 0) throw new Refusal(422, 'no-targets', 'there is nothing to scan; add targets first')
        const busy = new Set((await store.scans.open()).flatMap((scan) => scan.targetSets))
        const running = asked.filter(({ id }) => busy.has(id))
        const idle = asked.filter(({ id }) => !busy.has(id))
        if (idle.length === 0 || (trigger === 'person' && running.length > 0))
          throw new Refusal(
            409,
            'scan-running',
            `${running
              .map(({ name }) => name)
              .join(', ')
              .slice(0, 300)} is being scanned already`,
          )

        // Agents of several segments share no scan: each ends when its own have done.
        const groups = [...Map.groupBy(idle, ({ segment }) => segment)].toSorted(
          ([one], [other]) => Number(isLocal(other)) - Number(isLocal(one)),
        )
        const problems = groups.flatMap(([segment]) => remote.problem(segment) ?? [])
        if (problems.length > 0 && (trigger === 'person' || problems.length === groups.length)) throw problems[0]!
        for (const problem of problems)
          log.error({ code: problem.code }, `targets are left out of a scan: ${problem.message}`)
        const begun: string[] = []
        for (const [segment, sets] of groups)
          if (remote.problem(segment) === undefined) begun.push(await begin(sets, trigger, by))
        return summaryOf(begun[0]!)
      }),

    cancel: (id, by) =>
      inTurn(async () => {
        if (!isOpen((await summaryOf(id)).state)) throw new Refusal(409, 'scan-ended', 'the scan has ended already')
        const segment = await segmentOf((await store.scans.open()).find((scan) => scan.id === id)?.targetSets ?? [])
        if (isLocal(segment)) await bus.publish(subjects.order(tools.agent), cancelOrder.write({ run: id }))
        else await remote.cancel(segment, id)
        const at = now().toISOString()
        await store.atomically(async (tx) => {
          await endOpenTargets(tx, id, { code: 'cancelled' })
          await tx.scans.setState(id, 'cancelled', at)
          await tx.audit.append({ at, actor: by, action: 'scan-cancelled', object: id, detail: null })
        })
        events.scanMoved(id)
        return summaryOf(id)
      }),

    newest: () => store.scans.newest(LISTED),

    async detail(id) {
      const [scan, causes, targets, shares] = await Promise.all([
        summaryOf(id),
        store.scans.causes(id),
        store.scans.targets(id, LISTED_TARGETS),
        store.scanShares.of(id, LISTED_SHARES),
      ])
      return {
        scan,
        shares: shares.map(({ agent, ...share }) => ({
          ...share,
          agent: agent === null ? null : { id: agent, name: remote.nameOf(agent) ?? agent },
        })),
        causes: causes.map(({ reason, count, examples }) => ({
          reason,
          sentence: describeReason(reason as ReasonCode),
          count,
          examples,
        })),
        targets,
      }
    },

    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

/** A run that its agent says is over. */
interface Ending {
  readonly outcome: Outcome
  readonly timer: ReturnType<typeof setTimeout>
  readonly agent: string
  readonly spool: SpoolMark | undefined
}

/** When the last look of a batch ended. */
const lastEnd = ({ base, rows }: DigestBatch): string => {
  const [, , , , startedAt = 0, took = 0] = rows.at(-1) ?? []
  return new Date(Date.parse(base) + startedAt + took).toISOString()
}

/** Where a message that cannot be read stands in a spool, if at least that can. */
const markOf = ({ body }: Envelope): Pick<SpoolMark, 'epoch' | 'seq'> | undefined => {
  const { epoch, seq } = (body as { spool?: Partial<SpoolMark> } | null | undefined)?.spool ?? {}
  return typeof epoch === 'string' && /^[0-9a-f]{32}$/.test(epoch) && typeof seq === 'number' && Number.isInteger(seq)
    ? { epoch, seq }
    : undefined
}

const isOpen = (state: ScanSummary['state']) => state === 'queued' || state === 'running' || state === 'interrupted'

const digest = (progress: ScanProgress) => createHash('sha256').update(JSON.stringify(progress)).digest('hex')

/** One after the other: whether a set is being scanned must not change between asking and starting. */
const turns = () => {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work, work)
    last = turn.catch(() => {})
    return turn
  }
}
