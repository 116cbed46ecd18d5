import type { HostSignals, OutcomeStatus, ReasonCode, TargetId } from '@rollcall/contract'
import type { HostSighting, IdentityEvidence, KnownHost } from '@rollcall/inventory'
import type { ExpressionBuilder, Selectable, SelectQueryBuilder } from 'kysely'
import { listItems, listText } from './cells.ts'
import type { Connection } from './dialect.ts'
import type { HostEnding, Hosts } from './face.ts'
import { atMost, columnsOf, excluded, prepared } from './portable.ts'
import type { Tables } from './tables.ts'

type HostRow = Selectable<Tables['host']>
type LookRow = Selectable<Tables['host_look']>
type SignalRow = Selectable<Tables['host_signal']>
type TargetRow = Selectable<Tables['host_target']>

const MAX_CANDIDATES = 64
/** Targets and evidence kept with a host; of evidence the first, which says how it was met, and the latest. */
const MAX_LISTED = 100

export const hosts = (connection: Connection): Hosts => {
  const q = queries(connection)

  const known = async (id: string): Promise<KnownHost | undefined> => {
    const row = await q.host.first({ id })
    const look = await q.look.first({ id })
    if (row === undefined || look === undefined) return undefined
    const targets = await q.targets.all({ id })
    return {
      id,
      ...(row.kind === 'directory' ? { kind: row.kind } : {}),
      name: row.name,
      signals: JSON.parse(row.signals) as HostSignals,
      targets: targets.map(({ target, first_seen, last_seen }) => ({
        target,
        firstSeen: first_seen,
        lastSeen: last_seen,
      })),
      residesAt: targets.filter(({ resident }) => resident === id).map(({ target }) => target),
      evidence: JSON.parse(row.evidence) as IdentityEvidence[],
      firstSeen: row.first_seen,
      lastSeen: look.last_seen,
      lastGoodScan: look.last_complete,
    }
  }

  return {
    byId: known,

    async candidates(signals, target) {
      const ids = new Set<string>()
      for (const { host_id } of await latest(q.atTarget, { target })) ids.add(host_id)
      for (const signal of signalsOf(signals))
        for (const { host_id } of await latest(q.bySignal, signal)) ids.add(host_id)
      const found: KnownHost[] = []
      for (const id of ids) {
        const host = await known(id)
        if (host !== undefined) found.push(host)
      }
      return found
    },

    async save({ id, name, kind = 'host', signals, target, at, evidence, outcome, reason, sighting }) {
      const before = await q.host.first({ id })
      const looked = before && (await q.look.first({ id }))
      const latest = looked === undefined || at >= looked.last_seen
      const held = before === undefined ? [] : (JSON.parse(before.evidence) as IdentityEvidence[])
      const reasons = [...held, ...evidence]
      const targets = before === undefined ? [] : listItems(before.targets)
      const row: HostRow = {
        ...NO_COUNTS,
        kind,
        ...before,
        ...(latest ? { id, name, signals: JSON.stringify(signals), ...signalColumns(signals) } : {}),
        targets: listText(targets.includes(target) ? targets : [target, ...targets.slice(0, MAX_LISTED - 1)]),
        evidence: JSON.stringify(
          reasons.length <= MAX_LISTED ? reasons : [reasons[0], ...reasons.slice(1 - MAX_LISTED)],
        ),
        contradictions: (before?.contradictions ?? 0) + evidence.filter(({ contradicts }) => contradicts).length,
        first_seen: before === undefined || at < before.first_seen ? at : before.first_seen,
      } as HostRow
      if (before === undefined || HOST_FACTS.some((column) => before[column] !== row[column])) await q.save.run(row)
      await q.saveTarget.run({ target, host_id: id, first_seen: at, last_seen: at })
      if (before?.signals !== row.signals) {
        await q.dropSignals.run({ id })
        await q.addSignal.each(signalsOf(signals).map((signal) => ({ ...signal, host_id: id })))
      }
      if (latest) {
        if (looked !== undefined) {
          await q.pinLooks.run({ id, last_seen: looked.last_seen })
          if (before?.name !== name) for (const rename of q.rename) await rename.run({ id, name })
        }
        await q.saveLook.run({
          host_id: id,
          last_seen: at,
          last_complete: outcome === 'complete' ? at : (looked?.last_complete ?? null),
          outcome,
          reason: reason?.code ?? null,
          sighting: sighting?.digest ?? null,
          sighting_until: sighting?.until ?? null,
        })
      }
      await q.atTargetNow.run({ target, since: at, host_id: id, last_look: at, outcome, reason: reason?.code ?? null })
    },

    async lastSighting(target) {
      const resident = await q.resident.first({ target })
      const row = resident?.host_id == null ? undefined : await q.look.first({ id: resident.host_id })
      return row?.sighting == null
        ? undefined
        : { target, host: row.host_id, digest: row.sighting, at: row.last_seen, until: row.sighting_until }
    },

    async lastSightings(targets) {
      const residents = await q.resident.firsts(targets.map((target) => ({ target })))
      const there = residents.flatMap((row, index) =>
        row?.host_id == null ? [] : [{ target: targets[index]!, id: row.host_id, known: row }],
      )
      const looks = await q.look.firsts(there)
      const found = new Map<TargetId, HostSighting & HostEnding & { isTold: boolean }>()
      for (const [index, row] of looks.entries()) {
        if (row?.sighting == null) continue
        const { target, known } = there[index]!
        found.set(target, {
          target,
          host: row.host_id,
          digest: row.sighting,
          at: row.last_seen,
          until: row.sighting_until,
          outcome: row.outcome as OutcomeStatus,
          reason: row.reason as ReasonCode | null,
          isTold: known.outcome === row.outcome && known.reason === row.reason,
        })
      }
      return found
    },

    async allSeenAgain(sightings) {
      const rows = sightings.map(({ sighting: { host, target, outcome, reason, isTold }, at }) => ({
        host_id: host,
        target,
        at,
        complete: outcome === 'complete' ? at : null,
        outcome,
        reason,
        isTold,
      }))
      // In the order in which they lie.
      await q.lookAgainAs.each(rows.toSorted((one, other) => (one.host_id < other.host_id ? -1 : 1)))
      await q.targetAgain.each(rows.toSorted((one, other) => (one.target < other.target ? -1 : 1)))
      await q.residentAgainAs.each(rows.filter(({ isTold }) => isTold !== true))
    },

    async seenAgain({ host, target }, at) {
      // Scopes that were part of the last sighting have no time of their own: they follow.
      await q.lookAgain.run({ host_id: host, at })
      await q.targetAgain.run({ host_id: host, target, at })
      await q.residentAgain.run({ host_id: host, target, at })
    },

    async missed(target, outcome, reason, at) {
      await q.missedTarget.run({
        target,
        since: at,
        host_id: null,
        last_look: at,
        outcome,
        reason: reason?.code ?? null,
      })
      const resident = await q.resident.first({ target })
      if (resident?.host_id != null)
        await q.missedHost.run({ host_id: resident.host_id, outcome, reason: reason?.code ?? null, at })
    },
  }
}

const HOST_COLUMNS = [
  'id',
  'name',
  'signals',
  'host_key',
  'machine_id',
  'os',
  'addresses',
  'targets',
  'evidence',
  'contradictions',
  'accounts',
  'privileged',
  'unknown_privilege',
  'keys',
  'kind',
  'first_seen',
] as const satisfies (keyof HostRow)[]
/** What `save` may overwrite; counts are kept up by what they count. */
const HOST_FACTS = [
  'name',
  'signals',
  'host_key',
  'machine_id',
  'os',
  'addresses',
  'targets',
  'evidence',
  'contradictions',
  'first_seen',
] as const
const LOOK_COLUMNS = [
  'host_id',
  'last_seen',
  'last_complete',
  'outcome',
  'reason',
  'sighting',
  'sighting_until',
] as const
const TARGET_COLUMNS = ['target', 'since', 'host_id', 'last_look', 'outcome', 'reason'] as const

type HostIds = SelectQueryBuilder<Tables, keyof Tables, { host_id: string }>
type Matching<Parameters extends object> = (db: Connection['db'], parameter: Required<Parameters>) => unknown

/** The hosts that a query names, twice: as they come, and for the rare case of too many the latest seen first. */
const latestFirst = <Parameters extends object>(connection: Connection, matching: Matching<Parameters>) => ({
  some: prepared<Parameters, { host_id: string }>(connection, (db, parameter) =>
    (matching(db, parameter) as HostIds).limit(atMost(MAX_CANDIDATES + 1)),
  ),
  latest: prepared<Parameters, { host_id: string }>(connection, (db, parameter) =>
    db
      .selectFrom((matching(db, parameter) as HostIds).as('match'))
      .innerJoin('host_look', 'host_look.host_id', 'match.host_id')
      .select('match.host_id')
      .orderBy('host_look.last_seen', 'desc')
      .limit(atMost(MAX_CANDIDATES)),
  ),
})

/** To sort is dear beside finding nothing or one, which is what is found nearly always. */
const latest = async <Parameters extends object>(
  { some, latest }: ReturnType<typeof latestFirst<Parameters>>,
  given: Parameters,
) => {
  const found = await some.all(given)
  return found.length <= MAX_CANDIDATES ? found : latest.all(given)
}

/**
 * Whether a look at a target is not older than what is known of it. Its row does not tell of looks at which the same host fared the same again:
 * those that saw the host do.
 */
const isLatest = (eb: ExpressionBuilder<Tables, 'target'>, at: string | null) =>
  eb.and([
    eb.or([eb('target.last_look', 'is', null), eb('target.last_look', '<=', at)]),
    eb.not(
      eb.exists(
        eb
          .selectFrom('host_target')
          .select('host_target.target')
          .whereRef('host_target.target', '=', 'target.target')
          .whereRef('host_target.host_id', '=', 'target.host_id')
          .where('host_target.last_seen', '>', at!),
      ),
    ),
  ])

const queries = (connection: Connection) => ({
  host: prepared<{ id: string }, HostRow>(connection, (db, { id }) =>
    db.selectFrom('host').selectAll().where('id', '=', id),
  ),
  look: prepared<{ id: string }, LookRow>(connection, (db, { id }) =>
    db.selectFrom('host_look').selectAll().where('host_id', '=', id),
  ),
  targets: prepared<{ id: string }, TargetRow & { resident: string | null }>(connection, (db, { id }) =>
    db
      .selectFrom('host_target')
      .selectAll()
      .select((eb) =>
        eb.selectFrom('target').select('host_id').whereRef('target.target', '=', 'host_target.target').as('resident'),
      )
      .where('host_target.host_id', '=', id)
      .orderBy('host_target.last_seen', 'desc')
      .orderBy('host_target.target')
      .limit(atMost(MAX_LISTED)),
  ),
  atTarget: latestFirst<{ target: string }>(connection, (db, { target }) =>
    db.selectFrom('host_target').select('host_id').where('target', '=', target),
  ),
  bySignal: latestFirst<Omit<SignalRow, 'host_id'>>(connection, (db, { kind, value }) =>
    db.selectFrom('host_signal').select('host_id').where('kind', '=', kind).where('value', '=', value),
  ),
  save: prepared<HostRow>(connection, (db, row) =>
    db
      .insertInto('host')
      .values(columnsOf(row, HOST_COLUMNS))
      .onConflict((conflict) => conflict.column('id').doUpdateSet(excluded(HOST_FACTS))),
  ),
  saveTarget: prepared<TargetRow>(connection, (db, row) =>
    db
      .insertInto('host_target')
      .values(columnsOf(row, ['target', 'host_id', 'first_seen', 'last_seen']))
      .onConflict((conflict) =>
        conflict
          .columns(['target', 'host_id'])
          .doUpdateSet(excluded(['last_seen']))
          .where('host_target.last_seen', '<', row.last_seen),
      ),
  ),
  dropSignals: prepared<{ id: string }>(connection, (db, { id }) =>
    db.deleteFrom('host_signal').where('host_id', '=', id),
  ),
  addSignal: prepared<SignalRow>(connection, (db, row) =>
    db
      .insertInto('host_signal')
      .values(columnsOf(row, ['kind', 'value', 'host_id']))
      .onConflict((conflict) => conflict.doNothing()),
  ),
  rename: (
    [
      'account',
      'key_place',
      'grant_rule',
      'service',
      'service_account',
      'file_place',
      'stored_credential',
      'directory_account',
      'directory_group',
      'directory_member',
      'directory_right',
      'directory_weakness',
    ] as const
  ).map((table) =>
    prepared<{ id: string; name: string }>(connection, (db, { id, name }) =>
      db.updateTable(table).set({ host: name }).where('host_id', '=', id),
    ),
  ),
  saveLook: prepared<LookRow>(connection, (db, row) =>
    db
      .insertInto('host_look')
      .values(columnsOf(row, LOOK_COLUMNS))
      .onConflict((conflict) => conflict.column('host_id').doUpdateSet(excluded(LOOK_COLUMNS))),
  ),
  /** Scopes whose last look is the host's get it as their own, before the host's moves on. */
  pinLooks: prepared<{ id: string; last_seen: string }>(connection, (db, { id, last_seen }) =>
    db.updateTable('scope').set({ last_look: last_seen }).where('host_id', '=', id).where('last_look', 'is', null),
  ),
  atTargetNow: prepared<Selectable<Tables['target']>>(connection, (db, row) =>
    db
      .insertInto('target')
      .values(columnsOf(row, TARGET_COLUMNS))
      .onConflict((conflict) =>
        conflict
          .column('target')
          .doUpdateSet(excluded(['host_id', 'last_look', 'outcome', 'reason']))
          .where((eb) => isLatest(eb, row.last_look)),
      ),
  ),
  missedTarget: prepared<Selectable<Tables['target']>>(connection, (db, row) =>
    db
      .insertInto('target')
      .values(columnsOf(row, TARGET_COLUMNS))
      .onConflict((conflict) =>
        conflict
          .column('target')
          .doUpdateSet(excluded(['last_look', 'outcome', 'reason']))
          .where((eb) => isLatest(eb, row.last_look)),
      ),
  ),
  resident: prepared<{ target: string }, Pick<Selectable<Tables['target']>, 'host_id' | 'outcome' | 'reason'>>(
    connection,
    (db, { target }) => db.selectFrom('target').select(['host_id', 'outcome', 'reason']).where('target', '=', target),
  ),
  missedHost: prepared<{ host_id: string; outcome: string; reason: string | null; at: string }>(
    connection,
    (db, { host_id, outcome, reason, at }) =>
      db
        .updateTable('host_look')
        .set({ outcome, reason, sighting: null })
        .where('host_id', '=', host_id)
        .where('last_seen', '<=', at),
  ),
  lookAgain: prepared<{ host_id: string; at: string }>(connection, (db, { host_id, at }) =>
    db
      .updateTable('host_look')
      .set((eb) => ({
        last_seen: at,
        last_complete: eb.case().when('outcome', '=', 'complete').then(at).else(eb.ref('last_complete')).end(),
      }))
      .where('host_id', '=', host_id),
  ),
  /** The same where how it fared is at hand, which spares looking it up. */
  lookAgainAs: prepared<{ host_id: string; at: string; complete: string | null }>(
    connection,
    (db, { host_id, at, complete }) =>
      db
        .updateTable('host_look')
        .set((eb) => ({ last_seen: at, last_complete: eb.fn.coalesce(eb.val(complete), 'last_complete') }))
        .where('host_id', '=', host_id),
  ),
  residentAgainAs: prepared<{ target: string; at: string; outcome: string; reason: string | null }>(
    connection,
    (db, { target, at, outcome, reason }) =>
      db.updateTable('target').set({ last_look: at, outcome, reason }).where('target', '=', target),
  ),
  targetAgain: prepared<{ host_id: string; target: string; at: string }>(connection, (db, { host_id, target, at }) =>
    db.updateTable('host_target').set({ last_seen: at }).where('target', '=', target).where('host_id', '=', host_id),
  ),
  residentAgain: prepared<{ host_id: string; target: string; at: string }>(connection, (db, { host_id, target, at }) =>
    db
      .updateTable('target')
      .set((eb) => ({
        last_look: at,
        outcome: eb.selectFrom('host_look').select('outcome').where('host_id', '=', host_id),
        reason: eb.selectFrom('host_look').select('reason').where('host_id', '=', host_id),
      }))
      .where('target', '=', target),
  ),
})

const signalsOf = (signals: HostSignals): Omit<SignalRow, 'host_id'>[] => {
  const keys = [...(signals.provenHostKey === undefined ? [] : [signals.provenHostKey]), ...signals.hostKeys].map(
    ({ fingerprint }) => fingerprint,
  )
  return [
    ...[...new Set(keys)].map((value) => ({ kind: 'host-key' as const, value })),
    ...(signals.machineId === undefined ? [] : [{ kind: 'machine-id' as const, value: signals.machineId }]),
    ...(signals.dmiUuid === undefined ? [] : [{ kind: 'dmi-uuid' as const, value: signals.dmiUuid }]),
  ]
}

const signalColumns = (signals: HostSignals) => ({
  host_key: signals.provenHostKey?.fingerprint ?? signals.hostKeys[0]?.fingerprint ?? null,
  machine_id: signals.machineId ?? null,
  os: signals.os.name ?? signals.os.id ?? signals.os.kernel ?? null,
  addresses: listText(signals.addresses),
})

const NO_COUNTS = { accounts: 0, privileged: 0, unknown_privilege: 0, keys: 0 }
