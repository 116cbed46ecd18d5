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
  type OrderClass,
  type ScanTiming,
  type SpoolMark,
} from '@rollcall/contract/bus'
import type { Bus, Line } from '@rollcall/bus'
import type { AskedScan, OpenScan, Repositories, ScanShareRow, Store } from '@rollcall/store'
import type { Logger } from 'pino'
import type { LiveEvents } from './events.ts'
import { isLocal, remoteScans, type RemoteScans } from './fleet/remote-scans.ts'
import { openScanSharing } from './fleet/scan-sharing.ts'
import { admit, markOf } from './fleet/admission.ts'
import { digestIntake } from './fleet/digests.ts'
import { spoolAcks } from './fleet/spool-acks.ts'
import { spoolGaps } from './fleet/spool-gaps.ts'
import type { Intake } from './intake.ts'
import { inTurn } from './in-turn.ts'
import { Refusal } from './refusal.ts'
import { together } from './scan-order.ts'
import { targetsOfSets, withoutSets, type ChosenTargets } from './schedules/schedule-targets.ts'

export interface ScanRequest {
  /** Default `person`. */
  readonly trigger?: ScanSummary['trigger']
  readonly by: string | null
  /** Default all. */
  readonly targetSets?: readonly string[]
}

/** A scan of what was chosen, in one segment or several. */
export interface ScanWish {
  readonly trigger: ScanSummary['trigger']
  readonly by: string | null
  /** The schedule that it is a run of. */
  readonly schedule?: string
  readonly chosen: readonly ChosenTargets[]
  /** Without it everything is begun as soon as it is planned. */
  readonly timing?: ScanTiming | undefined
  readonly class?: OrderClass
}

export interface Scanning extends AsyncDisposable {
  /**
   * Begins what a schedule chose, one scan for each segment, and gives their ids; target sets that are being scanned are left out. What `also` writes is
   * written with the scans or not at all. Refusals `no-targets`, `scan-running`, and those of each segment where all have one.
   */
  readonly begin: (
    wish: ScanWish,
    also: (tx: Repositories, scans: readonly string[]) => Promise<void>,
  ) => Promise<string[]>
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
  /** Takes what is said of keys and certificates; false for what is none of it. */
  readonly keys?: (message: Envelope, agent: string) => Promise<boolean>
  /** Looks of an agent were taken in; the last of them ended at an instant. */
  readonly took?: (agent: string, looks: number, endedAt: string) => void
  /** A scan is over. */
  readonly ended?: (scan: ScanSummary) => void
  readonly now: () => Date
  readonly log: Logger
  /** Milliseconds that reports may come in after the agent said that a run is over; they travel on another subject. */
  readonly patience?: number
  /** Milliseconds without a heartbeat after which what an agent has goes to another of its segment. */
  readonly silentMs?: number
  /** Milliseconds between two looks for such agents. */
  readonly watchMs?: number
}

const WATCH_MS = 10_000
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
  const gaps = spoolGaps(now, ({ isForgotten, ...about }, sentence) => {
    log.error(about, sentence)
    if (isForgotten)
      remote
        .resync(about.agent, sentence)
        .catch((error: unknown) =>
          log.error({ err: error, agent: about.agent }, 'an agent could not be asked to tell again'),
        )
  })
  const turn = inTurn()

  const summaryOf = async (id: string): Promise<ScanSummary> => {
    const summary = await store.scans.summary(id)
    if (summary === undefined) throw new Refusal(404, 'not-found', 'there is no such scan')
    return summary
  }

  const remote = tools.remote?.scans ?? remoteScans(undefined)
  /** Scans in this process that were ordered since the start: agents of segments have no say in them. */
  const ordered = new Set<string>()

  /** Orders a scan of the agent in this process. */
  const order = async (id: string, { sets, timing }: AskedScan, done: readonly string[]) => {
    ordered.add(id)
    const whole = { run: id, ...together(sets), done: [...done], ...(timing === undefined ? {} : { timing }) }
    await bus.publish(subjects.order(tools.agent), scanOrder.write(whole))
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
        const scan = (await tx.scans.open()).find((one) => one.id === id)
        const entries = scan === undefined ? [] : (await askedOf(tx, scan)).sets.flatMap(({ include }) => include)
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
    tools.ended?.(await summaryOf(id))
    events.scanMoved(id)
  }

  const sharing = await openScanSharing({
    store,
    remote,
    over: (scan, outcome) => end(scan, outcome),
    now,
    log,
    ...(tools.silentMs === undefined ? {} : { silentMs: tools.silentMs }),
  })

  /** Ends a run that its agent said is over, once all its reports are in; or when patience is over. */
  const settle = (id: string, impatient = false) =>
    turn(async () => {
      const run = ending.get(id)
      if (run === undefined) return
      const share = await sharing.of(id)
      if (share !== undefined) {
        const isIn = run.spool === undefined ? (await store.scans.openOf(id)).length === 0 : await hasAllCome(run)
        if (!isIn && !impatient) return
        clearTimeout(run.timer)
        ending.delete(id)
        await sharing.end(id, run.outcome)
        return
      }
      const { planned, complete, partial, failed, state } = await summaryOf(id)
      const isWhole = planned === complete + partial + failed || (await hasAllCome(run))
      if (isOpen(state) && !isWhole && !impatient) return
      clearTimeout(run.timer)
      ending.delete(id)
      ordered.delete(id)
      if (isOpen(state)) await end(id, run.outcome)
    })

  /** Whether everything that its agent sent before the word that it is over is committed. */
  const hasAllCome = async ({ agent, spool }: Pick<Ending, 'agent' | 'spool'>) =>
    spool !== undefined && ((await store.spools.of(agent, spool.epoch))?.upTo ?? 0) >= spool.seq

  const settleLater = (id: string, impatient = false) => {
    settle(id, impatient).catch((error: unknown) => log.error({ err: error, scan: id }, 'a scan could not be ended'))
  }

  /** Waits for what an agent sent before it said that a run is over. */
  const endLater = (id: string, outcome: Outcome, agent: string, spool: Ending['spool']) => {
    const patience = (tools.patience ?? PATIENCE) * (spool === undefined ? 1 : SPOOLED)
    const timer = setTimeout(() => settleLater(id, true), patience)
    timer.unref()
    ending.set(id, { outcome, timer, agent, spool })
  }

  const progressed = async (progress: ScanProgress, agent: string) => {
    const { run } = progress
    const share = await sharing.heard(run, agent)
    const id = share?.scan ?? run
    const spool = progress.event === 'started' ? undefined : progress.spool
    const summary = await store.scans.summary(id)
    const isOver = summary === undefined || !isOpen(summary.state)
    if (isOver || progress.event === 'finished') {
      const done = await store.atomically(async (tx) => {
        if (spool !== undefined) await admit(tx, { id: '', agent, spool }, now().toISOString())
        if (isOver || share === undefined || progress.event !== 'finished') return undefined
        return sharing.ending(tx, run, agent, progress.outcome, spool)
      })
      sharing.became(done)
      if (spool !== undefined) await acknowledge(agent, spool.epoch)
      if (isOver || progress.event !== 'finished' || ending.has(run)) return
      if (share !== undefined && done === undefined) return
      endLater(run, progress.outcome, agent, spool)
      await settle(run)
      return
    }
    const counted = await store.atomically(async (tx) => {
      if (spool !== undefined && !(await admit(tx, { id: '', agent, spool }, now().toISOString()))) return undefined
      // Planning counts what was swept: a message that is delivered twice must count once.
      if (spool === undefined && progress.event === 'planned')
        if (!(await tx.inbox.admit(`planned-${digest(progress)}`, progress.at))) return undefined
      let fresh: ScanShareRow | undefined
      if (progress.event === 'planned') {
        const { targets, swept, silent } = progress
        fresh = share === undefined ? undefined : await sharing.swept(tx, run, swept, silent)
        const isLost = share !== undefined && fresh === undefined
        await tx.scans.plan(id, targets, isLost ? 0 : swept, isLost ? 0 : silent, isLost ? undefined : share?.id)
      } else if (progress.event === 'started')
        for (const target of progress.targets) await tx.scans.started(id, target, progress.at)
      else await tx.scans.done(id, { ...progress, outcome: progress.status, host: null, reason: null })
      if (summary.state !== 'running') await tx.scans.setState(id, 'running', progress.at)
      return fresh
    })
    sharing.became(counted)
    if (spool !== undefined) await acknowledge(agent, spool.epoch)
    if (progress.event === 'started')
      for (const target of progress.targets.slice(0, TOLD_TARGETS)) await tellTarget(id, target)
    events.scanMoved(id)
  }

  const tellTarget = async (scan: string, target: string) => {
    const row = await store.scans.target(scan, target)
    if (row) events.publish({ type: 'scan-target', scan, target: row })
  }

  const reported = async (report: ScanReport, agent: string) => {
    if (report.agent !== agent) throw new Error('a report came on the subject of another agent')
    const { spool } = report
    if (spool !== undefined) acks.came({ agent, epoch: spool.epoch }, spool.seq)
    const id = report.run === undefined ? undefined : ((await sharing.heard(report.run, agent))?.scan ?? report.run)
    const { need } = await tools.intake(id === undefined ? report : { ...report, run: id })
    if (spool === undefined)
      await bus.publish(subjects.reportAck(agent), reportAck.write({ report: report.id, need: [...need] }))
    else if (need.length === 0) await acknowledge(agent, spool.epoch)
    else acks.needs({ agent, epoch: spool.epoch }, [{ seq: spool.seq, probes: [...need] }])
    if (need.length > 0) return
    tools.took?.(agent, 1, report.finishedAt)
    tools.learned()
    events.inventoryChanged()
    if (report.run === undefined || id === undefined) return
    await tellTarget(id, report.target)
    ending.get(report.run)?.timer.refresh()
    events.scanMoved(id)
    settleLater(report.run)
  }

  const digestsCame = async (batch: DigestBatch, agent: string) => {
    if (batch.agent !== agent) throw new Error('looks came on the subject of another agent')
    const scans = await Promise.all(batch.runs.map(async (run) => (await sharing.heard(run, agent))?.scan ?? run))
    const { known, need, runs } = await takeDigests({ ...batch, runs: scans })
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
    for (const scan of runs) {
      if (batch.rows.length <= TOLD_TARGETS) for (const [, , target] of batch.rows) await tellTarget(scan, target)
      events.scanMoved(scan)
    }
    for (const run of batch.runs) ending.get(run)?.timer.refresh()
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

  const isOfOthers = async (message: Envelope, agent: string): Promise<boolean> => {
    const run = (message.body as { run?: unknown } | null | undefined)?.run
    if (typeof run !== 'string') return false
    const segment = (await sharing.of(run))?.segment
    // Whoever is in this process is of its segment, whatever it is called.
    return segment === undefined
      ? ordered.has(run) && remote.segmentOf(agent) !== undefined
      : remote.segmentOf(agent) !== segment
  }

  const came = async (message: Envelope, subject: string) => {
    const agent = subject.split('.').at(-1)!
    try {
      if (await tools.keys?.(message, agent)) return
      if (await tools.remote?.refusals(message, agent)) return
      if (await isOfOthers(message, agent)) {
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

  /** What a scan looks at. Of one that was begun before that was kept, its sets as they are now. */
  const askedOf = async (
    { targetSets: sets }: Pick<Repositories, 'targetSets'>,
    scan: OpenScan,
  ): Promise<AskedScan> => {
    if (scan.asked !== undefined) return scan.asked
    const own = (await sets.all()).filter(({ id }) => scan.targetSets.includes(id))
    return { ...(targetsOfSets(own)[0] ?? { segment: LOCAL_SEGMENT, sets: [] }), class: 'routine' }
  }

  const beginAll = async (
    { trigger, by, schedule, chosen, timing, class: queue = trigger === 'person' ? 'urgent' : 'routine' }: ScanWish,
    also: (tx: Repositories, scans: readonly string[]) => Promise<void>,
  ) => {
    const at = now().toISOString()
    // Agents of several segments share no scan: each ends when its own have done.
    const groups = chosen.toSorted((one, other) => Number(isLocal(other.segment)) - Number(isLocal(one.segment)))
    const problems = groups.flatMap(({ segment }) => remote.problem(segment) ?? [])
    if (problems.length > 0 && (trigger === 'person' || problems.length === groups.length)) throw problems[0]!
    for (const problem of problems)
      log.error({ code: problem.code }, `targets are left out of a scan: ${problem.message}`)
    const begun = groups
      .filter(({ segment }) => remote.problem(segment) === undefined)
      .map(({ segment, sets, targetSets: own }) => {
        const asked: AskedScan = { segment, sets, class: queue, ...(timing === undefined ? {} : { timing }) }
        const id = randomUUID()
        return { id, asked, own, shares: isLocal(segment) ? [] : sharing.divide(id, asked) }
      })
    await store.atomically(async (tx) => {
      const names = new Map((await tx.targetSets.all()).map(({ id, name }) => [id, name]))
      for (const { id, asked, own, shares } of begun) {
        await tx.scans.create({
          id,
          trigger,
          by,
          targetSets: own,
          at,
          asked,
          ...(schedule === undefined ? {} : { schedule }),
        })
        await tx.scanShares.save(shares)
        const detail =
          own.length > 0 ? own.map((set) => names.get(set) ?? set) : asked.sets.flatMap(({ include }) => include)
        await tx.audit.append({
          at,
          actor: by ?? trigger,
          action: 'scan-started',
          object: id,
          detail: detail.slice(0, 100).join(', ').slice(0, 1000),
        })
      }
      await also(
        tx,
        begun.map(({ id }) => id),
      )
    })
    for (const { id, asked, shares } of begun) {
      try {
        if (isLocal(asked.segment)) await order(id, asked, [])
        else await sharing.add(shares)
      } catch (error) {
        // An order that nobody got would keep its sets busy for ever.
        await store.scans.setState(id, 'cancelled', now().toISOString())
        throw error
      }
      events.scanMoved(id)
    }
    return begun.map(({ id }) => id)
  }

  const resume = async () => {
    for (const scan of await store.scans.open()) {
      const { id } = scan
      const at = now().toISOString()
      const asked = await askedOf(store, scan)
      if (!isLocal(asked.segment)) continue
      const remain =
        scan.targetSets.length === 0 || (await store.targetSets.all()).some((set) => scan.targetSets.includes(set.id))
      await store.atomically(async (tx) => {
        await tx.scans.requeue(id)
        if (!remain) await endOpenTargets(tx, id, { code: 'cancelled' })
        await tx.scans.setState(id, remain ? 'interrupted' : 'cancelled', at)
      })
      log.info({ scan: id, resumed: remain }, 'a scan was interrupted by the end of the process before')
      if (remain) await order(id, asked, await store.scans.doneTargets(id))
    }
    // Agents of a fleet went on meanwhile: what they have, they have, and what they say is still heard.
    for (const { id, agent, outcome, mark } of sharing.endings())
      endLater(id, outcome ?? { status: 'complete', reasons: [] }, agent ?? '', mark ?? undefined)
  }

  await resume()
  await using serving = new AsyncDisposableStack()
  serving.use(sharing)
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
  })
  for (const id of ending.keys()) settleLater(id)
  const watch = () =>
    void sharing
      .watch()
      .catch((error: unknown) => log.error({ err: error }, 'parts of scans could not be looked after'))
  watch()
  const watching = setInterval(watch, tools.watchMs ?? WATCH_MS)
  watching.unref()
  serving.defer(() => clearInterval(watching))
  const open = serving.move()

  return {
    begin: (wish, also) =>
      turn(async () => {
        const busy = new Set((await store.scans.open()).flatMap((scan) => scan.targetSets))
        const idle = withoutSets(wish.chosen, busy)
        if (wish.chosen.length === 0)
          throw new Refusal(422, 'no-targets', 'there is nothing to scan; add targets first')
        if (idle.length === 0) throw new Refusal(409, 'scan-running', 'what it looks at is being scanned already')
        return beginAll({ ...wish, chosen: idle }, also)
      }),

    start: ({ trigger = 'person', by, targetSets }) =>
      turn(async () => {
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
        const [first] = await beginAll({ trigger, by, chosen: targetsOfSets(idle) }, async () => {})
        return summaryOf(first!)
      }),

    cancel: (id, by) =>
      turn(async () => {
        if (!isOpen((await summaryOf(id)).state)) throw new Refusal(409, 'scan-ended', 'the scan has ended already')
        const at = now().toISOString()
        await store.atomically(async (tx) => {
          await endOpenTargets(tx, id, { code: 'cancelled' })
          await tx.scans.setState(id, 'cancelled', at)
          await tx.audit.append({ at, actor: by, action: 'scan-cancelled', object: id, detail: null })
        })
        if (ordered.has(id)) await bus.publish(subjects.order(tools.agent), cancelOrder.write({ run: id }))
        else await sharing.cancel(id)
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
          agent: agent === null ? null : { id: agent, name: remote.agent(agent)?.name ?? agent },
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
  readonly spool: Pick<SpoolMark, 'epoch' | 'seq'> | undefined
}

/** When the last look of a batch ended. */
const lastEnd = ({ base, rows }: DigestBatch): string => {
  const [, , , , startedAt = 0, took = 0] = rows.at(-1) ?? []
  return new Date(Date.parse(base) + startedAt + took).toISOString()
}

const isOpen = (state: ScanSummary['state']) => state === 'queued' || state === 'running' || state === 'interrupted'

const digest = (progress: ScanProgress) => createHash('sha256').update(JSON.stringify(progress)).digest('hex')
