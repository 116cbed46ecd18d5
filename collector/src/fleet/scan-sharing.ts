import { randomUUID } from 'node:crypto'
import type { Outcome } from '@rollcall/contract'
import { SILENT_AFTER_MS, type SpoolMark } from '@rollcall/contract/bus'
import type { AskedScan, Repositories, ScanShareRow, Store } from '@rollcall/store'
import type { Logger } from 'pino'
import { inTurn } from '../in-turn.ts'
import { Refusal } from '../refusal.ts'
import { leftOf, partsOf } from '../scan-parts.ts'
import type { RemoteScans } from './remote-scans.ts'

/** Divides scans among the agents of a segment: each has parts of its own, and what a dead one had goes to another. */
export interface ScanSharing extends AsyncDisposable {
  /** The parts of a new scan, to be written together with it. */
  divide(scan: string, asked: AskedScan): ScanShareRow[]
  /** Takes notice of parts that were written, and gives what can be given. */
  add(shares: readonly ScanShareRow[]): Promise<void>
  /** The part that a run is; undefined: it is no part, but a scan in this process. */
  of(run: string): Promise<ScanShareRow | undefined>
  /** The same when an agent speaks of it: who speaks first has it. */
  heard(run: string, agent: string): Promise<ScanShareRow | undefined>
  /** Counts addresses that were probed; undefined for a part that is over, whose addresses are probed again or no matter. */
  swept(tx: Repositories, id: string, swept: number, silent: number): Promise<ScanShareRow | undefined>
  /** Its agent says that it is done: kept in the transaction that takes the word, since it is not said again. Undefined: it is another's. */
  ending(
    tx: Repositories,
    id: string,
    agent: string,
    outcome: Outcome,
    mark: SpoolMark | undefined,
  ): Promise<ScanShareRow | undefined>
  /** Takes notice of what a transaction has written. */
  became(share: ScanShareRow | undefined): void
  /** A part is over: what it planned and did not report ends with it, and its scan with the last one. */
  end(id: string, outcome: Outcome): Promise<void>
  /** Parts whose agent has said that they are done. */
  endings(): readonly ScanShareRow[]
  /** Ends all parts of a scan. */
  cancel(scan: string): Promise<void>
  /** Looks for agents that are gone, and gives what waits. */
  watch(): Promise<void>
}

export interface SharingTools {
  readonly store: Store
  readonly remote: RemoteScans
  /** Nothing of a scan is left to any agent. */
  readonly over: (scan: string, outcome: Outcome) => Promise<void>
  readonly now: () => Date
  readonly log: Logger
  /** Milliseconds without a heartbeat after which what an agent has goes to another. */
  readonly silentMs?: number
}

/** Parts that an agent has at a time: the next is there when one is done. */
const AT_ONCE = 2
/** Nobody said a word about a part for so long: it is given again, and later each time. */
const UNHEARD_MS = 120_000
const MOST_DOUBLED = 4
const MOST_ATTEMPTS = 20
const REMEMBERED = 10_000

/** Takes up the parts that the process before left. */
export const openScanSharing = async (tools: SharingTools): Promise<ScanSharing> => {
  const { store, remote, over, now, log, silentMs = SILENT_AFTER_MS } = tools
  const open = new Map((await store.scanShares.open()).map((share) => [share.id, share]))
  /** Parts that ended, and runs that are none: what is told late is still of their scan. */
  const closed = new Map<string, ScanShareRow | undefined>()
  const openedAt = now().getTime()
  const turn = inTurn()

  const remember = (id: string, share: ScanShareRow | undefined) => {
    if (closed.size >= REMEMBERED) closed.delete(closed.keys().next().value!)
    closed.set(id, share)
  }
  const become = (share: ScanShareRow) => {
    if (share.state === 'ended' || share.state === 'lost') {
      open.delete(share.id)
      remember(share.id, share)
    } else open.set(share.id, share)
  }
  const save = async (...shares: readonly ScanShareRow[]) => {
    await store.scanShares.save(shares)
    shares.forEach(become)
  }

  const of = async (run: string) => {
    const known = open.get(run) ?? closed.get(run)
    if (known !== undefined || closed.has(run)) return known
    const kept = await store.scanShares.byId(run)
    remember(run, kept)
    return kept
  }

  /** Gives what waits, the urgent first, as far as agents have room. */
  const give = () => turn(giveWaiting)

  const giveWaiting = async () => {
    const given = (segment: string, queue: string) =>
      [...open.values()].filter(
        (share) =>
          share.segment === segment && share.class === queue && (share.state === 'given' || share.state === 'taken'),
      ).length
    const waiting = [...open.values()].filter(({ state }) => state === 'waiting')
    for (const share of waiting.toSorted((one, other) => rank(one) - rank(other))) {
      if (given(share.segment, share.class) >= AT_ONCE * Math.max(1, remote.live(share.segment).length)) continue
      const problem = remote.problem(share.segment)
      if (problem !== undefined) {
        log.error({ scan: share.scan, code: problem.code }, `a part of a scan is given up: ${problem.message}`)
        await endOne(share.id, { status: 'failed', reasons: [{ code: 'no-agent' }] })
        continue
      }
      try {
        const { sets, done } = leftOf(
          share.targets,
          share.attempt === 1 ? [] : await store.scans.doneTargets(share.scan),
        )
        if (sets.length === 0) {
          await endOne(share.id, { status: 'complete', reasons: [] })
          continue
        }
        const expires = await remote.order(share.segment, {
          run: share.id,
          sets,
          done,
          timing: share.timing ?? undefined,
          class: share.class,
        })
        // It may have been taken, or cancelled, before this is written.
        const current = open.get(share.id)
        if (current === undefined) {
          await remote.cancel(share.segment, share.id)
          continue
        }
        const state = current.state === 'waiting' ? 'given' : current.state
        await save({ ...current, state, givenAt: now().toISOString(), expires: expires.toISOString() })
      } catch (error) {
        if (error instanceof Refusal)
          await endOne(share.id, {
            status: 'failed',
            reasons: [{ code: 'order-refused', detail: error.message.slice(0, 500) }],
          })
        else log.warn({ err: error, scan: share.scan }, 'an order could not be given; it is tried again')
      }
    }
  }

  const end = async (id: string, outcome: Outcome) => {
    await endOne(id, outcome)
    await give()
  }

  const endOne = async (id: string, outcome: Outcome) => {
    const share = open.get(id)
    if (share === undefined) return
    const at = now().toISOString()
    const reason = outcome.reasons[0]
    await store.atomically(async (tx) => {
      const left = await tx.scans.openOf(id)
      if (left.length > 0)
        log.error(
          { scan: share.scan, agent: share.agent, untold: left.length },
          'the agent ended a run without reporting all of its targets; they count as failed',
        )
      for (const target of left)
        await tx.scans.done(share.scan, {
          target,
          host: null,
          outcome: 'failed',
          reason: reason ?? { code: 'interrupted' },
          at,
        })
      // What could not even be planned is told by its entries, so that it does not pass for nothing to do.
      if (outcome.status !== 'complete' && left.length === 0 && !(await tx.scans.hasPlanned(id)))
        for (const target of share.targets.flatMap(({ include }) => include))
          await tx.scans.done(share.scan, {
            target,
            host: null,
            outcome: 'failed',
            reason: reason ?? { code: 'interrupted' },
            at,
          })
      await tx.scanShares.save([
        { ...share, state: 'ended', endedAt: at, outcome, reason: reason?.detail ?? reason?.code ?? null },
      ])
    })
    become({ ...share, state: 'ended', endedAt: at, outcome })
    const rest = [...open.values()].filter(({ scan }) => scan === share.scan)
    if (rest.length === 0) await over(share.scan, outcome)
  }

  /** Leaves what is left of a part to whoever takes it now. */
  const takeOver = async (share: ScanShareRow, why: string) => {
    if (share.attempt >= MOST_ATTEMPTS) return end(share.id, { status: 'failed', reasons: [{ code: 'no-agent' }] })
    const at = now().toISOString()
    const lost: ScanShareRow = { ...share, state: 'lost', endedAt: at, reason: why }
    const next: ScanShareRow = {
      ...share,
      id: randomUUID(),
      state: 'waiting',
      attempt: share.attempt + 1,
      agent: null,
      session: null,
      swept: 0,
      silent: 0,
      givenAt: null,
      takenAt: null,
      expires: null,
      mark: null,
      outcome: null,
    }
    await store.atomically(async (tx) => {
      await tx.scanShares.save([lost, next])
      await tx.scanShares.unsweep(share)
      await tx.scans.requeue(share.scan, share.id)
      await tx.audit.append({
        at,
        actor: 'collector',
        action: 'scan-taken-over',
        object: share.scan,
        detail: `${share.agent ?? 'nobody'}: ${why}`,
      })
    })
    become({ ...lost, swept: 0, silent: 0 })
    become(next)
    log.warn({ scan: share.scan, agent: share.agent }, `what is left of a part of a scan goes to another agent: ${why}`)
  }

  /** Why what an agent has is to go to another; undefined: it is at work. */
  const gone = (share: ScanShareRow): string | undefined => {
    const agent = remote.agent(share.agent ?? '')
    if (agent === undefined || agent.state !== 'active') return `its agent is ${agent?.state ?? 'not known any more'}`
    if (agent.session !== null && share.session !== null && agent.session !== share.session)
      return 'its agent was started anew'
    const heard = Math.max(openedAt, Date.parse(agent.lastHeartbeat ?? share.takenAt ?? share.givenAt ?? ''))
    return now().getTime() - heard > silentMs ? 'its agent is not heard any more' : undefined
  }

  const watch = async () => {
    const at = now().getTime()
    for (const share of open.values().toArray()) {
      if (share.state === 'waiting') continue
      if (share.state === 'given') {
        const patience = UNHEARD_MS * 2 ** Math.min(share.attempt - 1, MOST_DOUBLED)
        if (share.expires !== null && at > Date.parse(share.expires))
          await end(share.id, { status: 'failed', reasons: [{ code: 'no-agent' }] })
        else if (at - Date.parse(share.givenAt ?? '') > patience && remote.live(share.segment).length > 0)
          await takeOver(share, 'nobody took it up')
        continue
      }
      const session = remote.agent(share.agent ?? '')?.session ?? null
      if (share.session === null && session !== null) await save({ ...share, session })
      const why = gone(share)
      const others = remote
        .live(share.segment)
        .filter(({ lastHeartbeat }) => at - Date.parse(lastHeartbeat ?? '') <= silentMs)
      if (why !== undefined && others.length > 0) await takeOver(share, why)
    }
    await give()
  }

  return {
    divide(scan, { segment, sets, timing, class: queue }) {
      return partsOf(sets, remote.live(segment).length).map((targets, index) => ({
        id: index === 0 ? scan : randomUUID(),
        scan,
        segment,
        state: 'waiting',
        class: queue,
        targets,
        timing: timing ?? null,
        agent: null,
        session: null,
        attempt: 1,
        swept: 0,
        silent: 0,
        givenAt: null,
        takenAt: null,
        endedAt: null,
        expires: null,
        mark: null,
        outcome: null,
        reason: null,
      }))
    },
    async add(shares) {
      shares.forEach(become)
      await give()
    },
    of,
    async heard(run, agent) {
      const share = await of(run)
      if (share === undefined || (share.state !== 'given' && share.state !== 'waiting')) return share
      const taken: ScanShareRow = {
        ...share,
        state: 'taken',
        agent,
        session: remote.agent(agent)?.session ?? null,
        takenAt: now().toISOString(),
      }
      await save(taken)
      return taken
    },
    async swept(tx, id, swept, silent) {
      const share = open.get(id)
      if (share === undefined || swept === 0) return share
      const counted = { ...share, swept: share.swept + swept, silent: share.silent + silent }
      await tx.scanShares.save([counted])
      return counted
    },
    async ending(tx, id, agent, outcome, mark) {
      const share = open.get(id)
      if (share === undefined || share.agent !== agent) return undefined
      const done: ScanShareRow = {
        ...share,
        state: 'ending',
        outcome,
        mark: mark === undefined ? null : { epoch: mark.epoch, seq: mark.seq },
      }
      await tx.scanShares.save([done])
      return done
    },
    became: (share) => void (share !== undefined && become(share)),
    end,
    endings: () => [...open.values()].filter(({ state }) => state === 'ending'),
    async cancel(scan) {
      const at = now().toISOString()
      const own = [...open.values()].filter((share) => share.scan === scan)
      for (const share of own) if (share.state !== 'waiting') await remote.cancel(share.segment, share.id)
      await save(
        ...own.map((share): ScanShareRow => ({ ...share, state: 'ended', endedAt: at, reason: 'it was cancelled' })),
      )
    },
    watch,
    [Symbol.asyncDispose]: () => turn(async () => {}),
  }
}

const rank = (share: ScanShareRow) => (share.class === 'urgent' ? 0 : 1)
