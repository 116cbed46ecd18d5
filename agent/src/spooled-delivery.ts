import { hash, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bus, Line } from '@rollcall/bus'
import {
  batchOf,
  digestBatch,
  MAX_DIGESTS,
  reportPart,
  rootText,
  scanProgress,
  scanReport,
  spoolAck,
  subjects,
  type ReportPart,
  type ScanProgress,
  type ScanReport,
  type SpoolAck,
  type SpoolMark,
} from '@rollcall/contract/bus'
import type { Logger } from 'pino'
import { asLost, withoutFindings, type Delivery } from './delivery.ts'
import { fitting } from './fitting.ts'
import { openSpooledReport } from './spooled-report.ts'
import { shortDigest, summaryOf } from './spool/look-summary.ts'
import type { Spool, SpoolEntry, SpoolRow, SpoolState } from './spool/spool.ts'

export interface SpooledDelivery extends Delivery {
  /** What heartbeats tell. */
  state(): DeliveryState
  /** The line is there again: what was sent and not acknowledged is sent once more, some time within the next minute. */
  reconnected(): void
  /**
   * The collector may have forgotten: all that is here is sent once more at once, with all that it found, and so is the next look at each target.
   */
  resync(): void
}

export interface DeliveryState extends SpoolState {
  /** Rows that were sent and are not acknowledged. */
  readonly out: number
  /** Rows that the collector refuses to take, until one side is another version. */
  readonly refused: number
}

export interface SpooledDeliveryOptions {
  readonly agent: string
  readonly bus: Bus
  readonly line: Pick<Line, 'hear'>
  readonly spool: Spool
  readonly log: Logger
  /** The agent stops: what it breaks off, and that a run is over, is not kept, since whoever ordered it orders it again. */
  readonly stopping?: AbortSignal
  /** Milliseconds without an acknowledgement after which a row is sent again; twice as long each time. */
  readonly resendAfter?: number
  /** Milliseconds that looks without news gather before they travel together. */
  readonly gather?: number
  /** Milliseconds that a long look waits for room before it is given up. */
  readonly patience?: number
}

/**
 * Brings reports to the collector through the spool: what is in it is sent until a word of the collector says that it is committed, and
 * only then forgotten. A look that found what the collector has committed travels as one row among hundreds; of another, the
 * findings of those probes that found something else. Whatever the collector lacks all the same it asks for, and it is
 * still here.
 */
export const openSpooledDelivery = async ({
  agent,
  bus,
  line,
  spool,
  log,
  stopping = new AbortController().signal,
  resendAfter = 30_000,
  gather = 100,
  patience = 600_000,
}: SpooledDeliveryOptions): Promise<SpooledDelivery> => {
  const sendings = new Map<number, Sending>()
  const atTarget = new Map<string, number>()
  const partsLeft = new Map<string, number>()
  const acked = new Map<string, number>()
  const refused = new Set<number>()
  const begun = new Map<string, string[]>()
  const closing = new AbortController()
  let [unchanged, others, held] = [[] as Sending[], [] as Sending[], [] as Sending[]]
  let gatheredAt = 0
  let out = 0
  let condition: SpoolState['condition'] = 'ready'
  let wake = Promise.withResolvers<void>()

  const counted = (counts: Map<string, number>, key: string | null, by: number) => {
    if (key === null) return
    const count = (counts.get(key) ?? 0) + by
    if (count === 0) counts.delete(key)
    else counts.set(key, count)
  }

  const add = (row: SpoolRow): Sending => {
    const sending: Sending = { row, tries: 0, asked: 0, lost: new Set(), done: Promise.withResolvers<void>() }
    // Nobody may be waiting for it.
    sending.done.promise.catch(() => undefined)
    sendings.set(row.seq, sending)
    if (row.kind === 'look') counted(atTarget, row.target, 1)
    if (row.kind === 'part') counted(partsLeft, row.report, 1)
    queue(sending)
    return sending
  }

  const queue = (sending: Sending) => {
    if (isUnchanged(sending)) {
      if (unchanged.length === 0) {
        gatheredAt = performance.now() + gather
        wakeGathered()
      }
      unchanged.push(sending)
    } else others.push(sending)
    wake_()
  }
  const wake_ = () => wake.resolve()

  /** A timer may ring a moment before its time, and nobody would look at what is gathered again. */
  const wakeGathered = () => {
    const left = gatheredAt - performance.now()
    if (left <= 0) wake_()
    else setTimeout(wakeGathered, Math.ceil(left)).unref()
  }

  /** Whether the collector is believed to hold what a look found, and nothing else of its target is on its way. */
  const isUnchanged = ({ row, asked }: Sending) =>
    row.kind === 'look' &&
    asked === 0 &&
    row.target !== null &&
    atTarget.get(row.target) === 1 &&
    spool.committed(row.target)?.root === row.root

  const remove = ({ row, sentAt }: Sending) => {
    if (!sendings.delete(row.seq)) return
    if (sentAt !== undefined) out--
    refused.delete(row.seq)
    if (row.kind === 'look') counted(atTarget, row.target, -1)
    if (row.kind === 'part') {
      counted(partsLeft, row.report, -1)
      if (!partsLeft.has(row.report ?? '')) {
        others.push(...held.filter((one) => one.row.report === row.report))
        held = held.filter((one) => one.row.report !== row.report)
      }
    }
  }

  const keep = async (entry: SpoolEntry, signal?: AbortSignal): Promise<Sending> => {
    const mayGo = ({ seq }: SpoolRow) => {
      const sending = sendings.get(seq)
      return sending !== undefined && sending.sentAt === undefined && sending.tries === 0
    }
    const { row, replaced, told } = await spool.keep(entry, mayGo, signal)
    for (const { seq } of replaced) {
      const sending = sendings.get(seq)
      if (sending !== undefined) remove(sending)
    }
    for (const one of told) add(one)
    return add(row)
  }

  const mark = (row: SpoolRow): SpoolMark => ({
    epoch: row.epoch,
    seq: row.seq,
    void: spool.voidBefore(row),
    acked: acked.get(row.epoch) ?? 0,
  })

  /** What is sent next: one thing, or looks without news that travel together. */
  const next = (): readonly Sending[] => {
    if (out >= MOST_OUT) return []
    const isReady = unchanged.length >= MAX_DIGESTS || (unchanged.length > 0 && performance.now() >= gatheredAt)
    if (isReady) {
      const [first] = unchanged
      const batch = unchanged
        .slice(0, MAX_DIGESTS)
        .filter((one) => sendings.has(one.row.seq) && one.row.epoch === first!.row.epoch)
      const taken = new Set(batch)
      unchanged = unchanged.filter((one) => sendings.has(one.row.seq) && !taken.has(one))
      // In the meantime something else may have become of their targets.
      others.push(...batch.filter((one) => !isUnchanged(one)))
      const still = batch.filter(isUnchanged).toSorted((one, other) => one.row.seq - other.row.seq)
      if (still.length > 0) return still
    }
    for (;;) {
      const one = others.shift()
      if (one === undefined) return []
      if (sendings.get(one.row.seq) !== one) continue
      if (one.row.kind !== 'end' || !partsLeft.has(one.row.report ?? '')) return [one]
      held.push(one)
    }
  }

  const publish = async (batch: readonly Sending[]) => {
    const [first] = batch
    if (first === undefined) return
    if (batch.length > 1 || isUnchanged(first)) {
      const looks = batch.map(({ row }) => ({
        seq: row.seq,
        void: spool.voidBefore(row),
        target: row.target ?? '',
        root: row.root ?? '',
        startedAt: row.startedAt ?? row.at,
        finishedAt: row.finishedAt ?? row.at,
        run: row.run ?? undefined,
      }))
      const about = { agent, epoch: first.row.epoch, acked: acked.get(first.row.epoch) ?? 0 }
      return bus.publish(subjects.report(agent), digestBatch.write(batchOf(about, looks)))
    }
    const { row, asked, lost } = first
    const body = spool.body(row)
    if (body === undefined) return
    if (row.kind === 'progress')
      return bus.publish(
        subjects.progress(agent),
        scanProgress.write({ ...(body as ScanProgress), spool: mark(row) } as ScanProgress),
      )
    if (row.kind === 'part')
      return bus.publish(subjects.report(agent), reportPart.write({ ...(body as ReportPart), spool: mark(row) }))
    const report = body as ScanReport
    const held = asked > 1 || row.target === null ? undefined : spool.committed(row.target)?.digests
    const sections = report.sections.map((section) => {
      if (lost.has(section.probe)) return asLost(section)
      const isHeld = row.kind === 'look' && held?.[section.probe] === shortDigest(section.digest)
      return isHeld ? withoutFindings(section) : section
    })
    return bus.publish(subjects.report(agent), scanReport.write({ ...report, sections, spool: mark(row) }))
  }

  const work = async () => {
    let pause = 0
    while (!closing.signal.aborted) {
      const batch = next()
      if (batch.length === 0) {
        await wake.promise
        wake = Promise.withResolvers()
        continue
      }
      const at = performance.now()
      for (const one of batch) {
        if (one.sentAt === undefined) out++
        one.sentAt = at
        one.tries++
      }
      try {
        await publish(batch)
        pause = 0
      } catch (error) {
        // Nobody took it: it goes again before what follows.
        for (const one of batch) {
          if (!sendings.has(one.row.seq)) continue
          one.sentAt = undefined
          one.tries--
          out--
        }
        others.unshift(...batch.filter((one) => sendings.has(one.row.seq)))
        if (closing.signal.aborted) return
        pause = Math.min(MOST_PAUSE_MS, Math.max(1000, pause * 2))
        log.debug({ err: error, pause }, 'the bus takes no reports')
        await sleep(pause * (0.75 + Math.random() / 2), undefined, { signal: closing.signal }).catch(() => undefined)
      }
    }
  }

  const heard = (ack: SpoolAck) => {
    const top = Math.max(ack.upTo, ...ack.beyond.map(([, to]) => to))
    if (!spool.hasReached(top, ack.epoch)) return renumber()
    acked.set(ack.epoch, Math.max(acked.get(ack.epoch) ?? 0, ack.upTo))
    const done: Sending[] = []
    for (const sending of sendings.values()) {
      const { seq, epoch } = sending.row
      if (seq > top) break
      if (epoch === ack.epoch && (seq <= ack.upTo || ack.beyond.some(([from, to]) => seq >= from && seq <= to)))
        done.push(sending)
    }
    spool.settle(
      done.map(({ row }) => row),
      'committed',
    )
    for (const sending of done) {
      remove(sending)
      sending.done.resolve()
    }
    for (const { seq, probes } of ack.need) needed(sendings.get(seq), ack.epoch, probes)
    for (const { seq, code } of ack.refused) {
      if (sendings.get(seq)?.row.epoch !== ack.epoch || refused.has(seq)) continue
      refused.add(seq)
      log.error(
        { target: sendings.get(seq)?.row.target, code },
        'the collector refuses a report; it stays in the spool',
      )
    }
    wake_()
  }

  const needed = (sending: Sending | undefined, epoch: string, probes: readonly string[] | undefined) => {
    if (sending === undefined || sending.row.epoch !== epoch) return
    const { row, asked, sentAt } = sending
    // Acknowledgements are repeated: what was just sent for one is on its way.
    const wanted = probes === undefined ? 1 : 2
    if (asked >= wanted && sentAt !== undefined && performance.now() - sentAt < resendAfter / 3) return
    if (row.kind === 'end') for (const probe of probes ?? []) sending.lost.add(probe)
    sending.asked = Math.max(asked, wanted)
    others.unshift(sending)
  }

  /** Somebody else, such as a copy of this machine, used the same numbers: all of it is sent under others. */
  const renumber = () => {
    log.error('the collector knows numbers of this spool that it never gave: it is a copy, or was set back in time')
    const before = [...sendings.values()].filter(({ row }) => !spool.hasReached(Number.MAX_SAFE_INTEGER, row.epoch))
    const fresh = spool.renumber()
    for (const [index, sending] of before.entries()) {
      remove(sending)
      const row = fresh[index]
      if (row === undefined) continue
      const again = add(row)
      again.done.promise.then(sending.done.resolve, sending.done.reject)
    }
  }

  const again = (due: (sending: Sending) => boolean) => {
    let count = 0
    for (const sending of sendings.values()) {
      if (sending.sentAt === undefined || !due(sending)) continue
      out--
      sending.sentAt = undefined
      queue(sending)
      if (++count >= MOST_AGAIN) break
    }
  }

  const tick = () => {
    const now = performance.now()
    again(({ sentAt, tries }) => {
      const wait = resendAfter * 2 ** Math.min(tries - 1, MOST_DOUBLED)
      return now - sentAt! > wait * (0.8 + 0.4 * Math.random())
    })
    const { condition: is, bytes, mostBytes } = spool.state()
    if (is === condition) return
    condition = is
    if (is === 'ready') log.info({ bytes }, 'the spool has room again')
    else log.error({ bytes, mostBytes, condition: is }, 'the spool takes no more: no new scan is begun until it does')
  }

  /** What is being scanned now, told of many at once. */
  const tellBegun = async () => {
    const told = [...begun]
    begun.clear()
    const at = new Date().toISOString()
    for (const [run, targets] of told)
      for (let from = 0; from < targets.length; from += MOST_BEGUN)
        await bus
          .publish(
            subjects.progress(agent),
            scanProgress.write({ event: 'started', run, at, targets: targets.slice(from, from + MOST_BEGUN) }),
          )
          .catch((error: unknown) => log.debug({ err: error }, 'what is scanned now was not told'))
  }

  for (const row of spool.rows()) add(row)
  const hearing = await line.hear(subjects.reportAck(agent), async (message) => heard(spoolAck.read(message)))
  const ticking = setInterval(tick, Math.max(5, resendAfter / 3))
  const working = work()

  const enveloped = (id: string, run: string | undefined, scan: Omit<ScanReport, 'id' | 'agent' | 'run'>) => ({
    id,
    agent,
    ...(run === undefined ? {} : { run }),
    ...scan,
    sections: fitting(scan.sections),
  })

  return {
    async send(scan, run, signal) {
      if (stopping.aborted && isBrokenOff(scan)) return
      const report = enveloped(randomUUID(), run, scan)
      await keep(
        {
          kind: 'look',
          target: report.target,
          run,
          root: hash('sha256', rootText(report), 'base64url'),
          summary: summaryOf(report),
          status: report.reached.status,
          startedAt: report.startedAt,
          finishedAt: report.finishedAt,
          body: report,
        },
        signal,
      )
    },

    async tell(progress) {
      if (stopping.aborted && progress.event === 'finished') return
      if (progress.event !== 'started')
        return void (await keep({ kind: 'progress', run: progress.run, body: progress }))
      if (begun.size === 0) setTimeout(() => void tellBegun(), gather).unref()
      begun.set(progress.run, [...(begun.get(progress.run) ?? []), ...progress.targets])
    },

    room: (signal) => spool.room(signal),

    begin: (target, digestKey, signal) => {
      const rows: SpoolRow[] = []
      return openSpooledReport({
        id: randomUUID(),
        agent,
        target,
        digestKey,
        async keep(part) {
          const giveUp = AbortSignal.timeout(patience)
          await spool.room(AbortSignal.any([signal, giveUp])).catch((error: unknown) => {
            throw giveUp.aborted ? new Error('the spool has no room for the findings', { cause: error }) : error
          })
          rows.push((await keep({ kind: 'part', target, report: part.report, body: part }, signal)).row)
        },
        giveUp() {
          const left = rows.flatMap(({ seq }) => sendings.get(seq) ?? [])
          spool.settle(
            left.map(({ row }) => row),
            'given-up',
          )
          for (const sending of left) remove(sending)
        },
      })
    },

    async sendEnd(report, scan, run, signal) {
      if (stopping.aborted && isBrokenOff(scan)) throw stopping.reason
      const full = enveloped(report.id, run, scan)
      const { target, startedAt, finishedAt } = full
      const sending = await keep(
        { kind: 'end', target, report: report.id, run, startedAt, finishedAt, body: full },
        signal,
      )
      await report.kept()
      const { promise: aborted, reject } = Promise.withResolvers<void>()
      const abort = () => reject(signal.reason as Error)
      signal.addEventListener('abort', abort, { once: true })
      try {
        if (signal.aborted) abort()
        await Promise.race([sending.done.promise, aborted])
      } finally {
        signal.removeEventListener('abort', abort)
      }
      return sending.lost.size === 0 ? 'kept' : 'lost'
    },

    state: () => ({ ...spool.state(), out, refused: refused.size }),

    reconnected() {
      setTimeout(() => again(() => true), Math.random() * RECONNECTED_MS).unref()
    },

    resync() {
      spool.forgetCommitted()
      again(() => true)
      wake_()
    },

    async [Symbol.asyncDispose]() {
      clearInterval(ticking)
      closing.abort()
      wake_()
      await hearing[Symbol.asyncDispose]()
      // What the bus has not taken yet stays in the spool.
      await Promise.race([working, sleep(CLOSING_MS, undefined, { ref: false })])
      for (const { done } of sendings.values()) done.reject(new Error('the agent stops'))
    },
  }
}

const isBrokenOff = ({ reached, sections }: Pick<ScanReport, 'reached' | 'sections'>) =>
  [reached, ...sections.map(({ outcome }) => outcome)].some(({ reasons }) =>
    reasons.some(({ code }) => code === 'cancelled'),
  )

interface Sending {
  readonly row: SpoolRow
  sentAt?: number | undefined
  tries: number
  /** How often the collector asked for more: first the look as it is with what it is believed not to hold, then all of it. */
  asked: number
  /** Probes of a long report whose parts the collector lost. */
  readonly lost: Set<string>
  readonly done: PromiseWithResolvers<void>
}

/** Rows on their way at the same time. */
const MOST_OUT = 5000
/** Rows that are sent again at the same time. */
const MOST_AGAIN = 2000
/** So often the time to the next attempt doubles: from half a minute to a quarter of an hour. */
const MOST_DOUBLED = 5
const MOST_BEGUN = 5000
const MOST_PAUSE_MS = 60_000
const RECONNECTED_MS = 60_000
const CLOSING_MS = 500
