import { describeReason, type OutcomeStatus, type ReasonCode } from '@rollcall/contract'
import type { ScanState, ScanSummary, ScanTarget } from '@rollcall/contract/api'
import type { Selectable } from 'kysely'
import type { Connection } from './dialect.ts'
import type { AskedScan, Scans } from './face.ts'
import { columnsOf, countWhere, plus, prepared, rowCount } from './portable.ts'
import type { Tables } from './tables.ts'

type TargetRow = Selectable<Tables['scan_target']>

const RANK = { running: 0, failed: 1, partial: 2, queued: 3, complete: 4 } as const
const EXAMPLES = 3

export const scans = (connection: Connection): Scans => {
  const { db } = connection
  const insertTarget = prepared<TargetRow>(connection, (db, row) =>
    db
      .insertInto('scan_target')
      .values(columnsOf(row, TARGET_COLUMNS))
      .onConflict((conflict) => conflict.doNothing()),
  )
  const knowTarget = prepared<{ target: string; since: string }>(connection, (db, { target, since }) =>
    db
      .insertInto('target')
      .values({ target, since, host_id: null, last_look: null, outcome: null, reason: null })
      .onConflict((conflict) => conflict.doNothing()),
  )
  const endTarget = prepared<
    Pick<TargetRow, 'scan_id' | 'target' | 'rank' | 'outcome' | 'reason' | 'detail' | 'host_id' | 'finished_at'>
  >(connection, (db, row) =>
    db
      .updateTable('scan_target')
      .set((eb) => ({
        rank: row.rank,
        state: 'done' as const,
        outcome: row.outcome,
        reason: row.reason,
        detail: row.detail,
        host_id: row.host_id,
        host: eb.selectFrom('host').select('name').where('id', '=', row.host_id!),
        finished_at: row.finished_at,
      }))
      .where('scan_id', '=', row.scan_id)
      .where('target', '=', row.target)
      .where('state', '!=', 'done'),
  )

  const leaveTo = prepared<{ scan: string; target: string; share: string }>(connection, (db, { scan, target, share }) =>
    db
      .updateTable('scan_target')
      .set({ share })
      .where('scan_id', '=', scan)
      .where('target', '=', target)
      .where('state', '!=', 'done'),
  )

  const leftTo = (share: string) =>
    db
      .selectFrom('scan_target')
      .select('target')
      .where('scan_id', '=', (eb) => eb.selectFrom('scan_share').select('scan_id').where('id', '=', share))
      .where('share', '=', share)

  const targetsOf = (id: string) =>
    db
      .selectFrom('scan_target')
      .leftJoin('scan_share', 'scan_share.id', 'scan_target.share')
      .selectAll('scan_target')
      .select('scan_share.agent as agent')
      .where('scan_target.scan_id', '=', id)

  const summaries = async (rows: readonly Selectable<Tables['scan']>[]): Promise<ScanSummary[]> => {
    if (rows.length === 0) return []
    const counts = await db
      .selectFrom('scan_target')
      .select(['scan_id', 'rank', rowCount().as('count')])
      .where(
        'scan_id',
        'in',
        rows.map(({ id }) => id),
      )
      .groupBy(['scan_id', 'rank'])
      .execute()
    return rows.map((row) => {
      const own = counts.filter(({ scan_id }) => scan_id === row.id)
      const of = (rank: number) => own.find((count) => count.rank === rank)?.count ?? 0
      return {
        id: row.id,
        trigger: row.trigger,
        by: row.started_by,
        schedule: row.schedule,
        state: row.state as ScanState,
        startedAt: row.started_at,
        finishedAt: row.finished_at,
        planned: own.reduce((sum, { count }) => sum + count, 0),
        complete: of(RANK.complete),
        partial: of(RANK.partial),
        failed: of(RANK.failed),
        running: of(RANK.running),
        queued: of(RANK.queued),
        swept: row.swept,
        silent: row.silent,
      }
    })
  }

  return {
    async create({ id, trigger, by, targetSets, at, schedule, asked }) {
      await db
        .insertInto('scan')
        .values({
          id,
          trigger,
          started_by: by,
          target_sets: JSON.stringify(targetSets),
          state: 'queued',
          started_at: at,
          finished_at: null,
          swept: 0,
          silent: 0,
          schedule: schedule ?? null,
          asked: asked === undefined ? null : JSON.stringify(asked),
        })
        .execute()
    },
    async summary(id) {
      return (await summaries(await db.selectFrom('scan').selectAll().where('id', '=', id).execute()))[0]
    },
    async newest(limit) {
      return summaries(
        await db
          .selectFrom('scan')
          .selectAll()
          .orderBy('started_at', 'desc')
          .orderBy('id', 'desc')
          .limit(limit)
          .execute(),
      )
    },
    async open() {
      const rows = await db
        .selectFrom('scan')
        .select(['id', 'target_sets', 'state', 'schedule', 'asked'])
        .where('state', 'in', ['queued', 'running', 'interrupted'])
        .orderBy('started_at')
        .orderBy('id')
        .execute()
      return rows.map(({ id, target_sets, state, schedule, asked }) => ({
        id,
        targetSets: JSON.parse(target_sets) as string[],
        state: state as ScanState,
        schedule,
        asked: asked === null ? undefined : (JSON.parse(asked) as AskedScan),
      }))
    },
    async setState(id, state, at) {
      const ended = state === 'finished' || state === 'cancelled'
      await db
        .updateTable('scan')
        .set({ state, finished_at: ended ? at : null })
        .where('id', '=', id)
        .execute()
    },
    async plan(id, targets, swept, silent, share) {
      const scan = await db.selectFrom('scan').select('started_at').where('id', '=', id).executeTakeFirst()
      if (scan === undefined) return
      await knowTarget.each(targets.map((target) => ({ target, since: scan.started_at })))
      await insertTarget.each(targets.map((target) => queued(id, target, share)))
      if (share !== undefined) await leaveTo.each(targets.map((target) => ({ scan: id, target, share })))
      if (swept === 0 && silent === 0) return
      await db
        .updateTable('scan')
        .set({ swept: plus('swept', swept), silent: plus('silent', silent) })
        .where('id', '=', id)
        .execute()
    },
    async openOf(share) {
      return (await leftTo(share).where('state', '!=', 'done').execute()).map(({ target }) => target)
    },
    async hasPlanned(share) {
      return (await leftTo(share).limit(1).executeTakeFirst()) !== undefined
    },
    async started(id, target, at) {
      await insertTarget.run(queued(id, target))
      await db
        .updateTable('scan_target')
        .set({ state: 'running', rank: RANK.running, started_at: at })
        .where('scan_id', '=', id)
        .where('target', '=', target)
        .where('state', '!=', 'done')
        .execute()
    },
    async done(id, { target, host, outcome, reason, at }) {
      const end = {
        scan_id: id,
        target,
        rank: rankOf(outcome, host),
        outcome,
        reason: reason?.code ?? null,
        detail: reason === null ? null : (reason.detail ?? null),
        host_id: host,
        finished_at: at,
      }
      if ((await endTarget.run(end)) === 1) return
      // A scan that is not known here, such as one of a restored database, is no reason to lose the report.
      if ((await db.selectFrom('scan').select('id').where('id', '=', id).executeTakeFirst()) === undefined) return
      await knowTarget.run({ target, since: at })
      if ((await insertTarget.run(queued(id, target))) === 1) await endTarget.run(end)
    },
    async allDone(id, ends) {
      const rows = ends.map(({ target, host, outcome, reason, at }) => ({
        scan_id: id,
        target,
        rank: rankOf(outcome, host),
        outcome,
        reason,
        detail: null,
        host_id: host,
        finished_at: at,
      }))
      // Nearly always each of them was planned, and none has ended yet.
      if ((await endTarget.each(rows)) === rows.length) return
      if ((await db.selectFrom('scan').select('id').where('id', '=', id).executeTakeFirst()) === undefined) return
      await knowTarget.each(rows.map(({ target, finished_at }) => ({ target, since: finished_at })))
      await insertTarget.each(rows.map(({ target }) => queued(id, target)))
      await endTarget.each(rows)
    },
    async doneTargets(id) {
      const rows = await db
        .selectFrom('scan_target')
        .select('target')
        .where('scan_id', '=', id)
        .where('state', '=', 'done')
        .execute()
      return rows.map(({ target }) => target)
    },
    async requeue(id, share) {
      const running = db
        .updateTable('scan_target')
        .set({ state: 'queued', rank: RANK.queued, started_at: null })
        .where('scan_id', '=', id)
        .where('state', '=', 'running')
      await (share === undefined ? running : running.where('share', '=', share)).execute()
    },
    async targets(id, limit) {
      const rows = await targetsOf(id).orderBy('rank').orderBy('target').limit(limit).execute()
      return rows.map(scanTarget)
    },
    async target(id, target) {
      const row = await targetsOf(id).where('target', '=', target).executeTakeFirst()
      return row && scanTarget(row)
    },
    async lastLooks() {
      const counts = await db
        .selectFrom('target')
        .select((eb) => {
          const reached = eb('host_id', 'is not', null)
          return [
            rowCount().as('targets'),
            countWhere(eb.and([reached, eb('outcome', '=', 'complete')])).as('complete'),
            countWhere(eb.and([reached, eb('outcome', 'in', ['partial', 'truncated'])])).as('partial'),
            countWhere(eb('host_id', 'is', null)).as('never'),
          ]
        })
        .executeTakeFirstOrThrow()
      return { ...counts, failed: counts.targets - counts.complete - counts.partial - counts.never }
    },
    async causes(id) {
      const ended = () =>
        db.selectFrom('scan_target').where('scan_id', '=', id).where('rank', 'in', [RANK.failed, RANK.partial])
      const counts = await ended()
        .select(['reason', rowCount().as('count')])
        .where('reason', 'is not', null)
        .groupBy('reason')
        .orderBy('count', 'desc')
        .orderBy('reason')
        .execute()
      return Promise.all(
        counts.map(async ({ reason, count }) => {
          const examples = await ended()
            .select('target')
            .where('reason', '=', reason)
            .orderBy('target')
            .limit(EXAMPLES)
            .execute()
          return { reason: reason!, count, examples: examples.map(({ target }) => target) }
        }),
      )
    },
  }
}

const TARGET_COLUMNS = [
  'scan_id',
  'target',
  'id',
  'rank',
  'state',
  'outcome',
  'reason',
  'detail',
  'host_id',
  'host',
  'started_at',
  'finished_at',
  'share',
] as const

const queued = (scan: string, target: string, share: string | null = null): TargetRow => ({
  scan_id: scan,
  target,
  id: `${scan}:${target}`,
  rank: RANK.queued,
  state: 'queued',
  outcome: null,
  reason: null,
  detail: null,
  host_id: null,
  host: null,
  started_at: null,
  finished_at: null,
  share,
})

/** What gave nothing has failed, whatever the reason; what gave something is at least partial. */
const rankOf = (outcome: OutcomeStatus, host: string | null) =>
  outcome === 'complete'
    ? RANK.complete
    : host === null || outcome === 'failed' || outcome === 'timed-out'
      ? RANK.failed
      : RANK.partial

const scanTarget = (row: TargetRow & { agent: string | null }): ScanTarget => ({
  target: row.target,
  state: row.state,
  host: row.host_id === null ? null : { id: row.host_id, name: row.host ?? row.host_id },
  outcome: row.outcome as OutcomeStatus | null,
  reason: row.reason,
  sentence: row.reason === null ? null : describeReason(row.reason as ReasonCode),
  startedAt: row.started_at,
  finishedAt: row.finished_at,
  agent: row.agent,
})
