import { createHash, randomUUID } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { parseTargetSet, readKnownHosts, type TrustedKey } from '@rollcall/contract'
import type {
  ApproveTrust,
  CollectKeys,
  DecideTrust,
  ImportedKnownHosts,
  KeyCollection,
  TrustSummary,
} from '@rollcall/contract/api'
import {
  hostKeysOrder,
  hostKeysProgress,
  LOCAL_SEGMENT,
  MAX_TRUST,
  orderRefused,
  subjects,
  trustDigestText,
  trustOrder,
  trustSeen,
  type Envelope,
  type TrustDecision,
  type TrustSeen,
} from '@rollcall/contract/bus'
import type { Bus } from '@rollcall/bus'
import type { Repositories, Store, TrustedKeyRow } from '@rollcall/store'
import type { Logger } from 'pino'
import type { Fleet } from '../fleet/fleet.ts'
import { isLocal, remoteScans } from '../fleet/remote-scans.ts'
import { Refusal } from '../refusal.ts'
import { together } from '../scan-order.ts'
import { conditionsOf } from '../view-filter.ts'
import trustView from '../views/trust.ts'
import { collectionOf, endedBy } from './collections.ts'
import { decisionOf, fresh, learn, standsFor } from './sightings.ts'

/** By which keys and certificates targets are known, and what people decide about them. */
export interface Trust {
  /** Takes what an agent tells of keys. False for what is none of it. */
  came(message: Envelope, agent: string): Promise<boolean>
  summary(): Promise<TrustSummary>
  /** Vouches for keys that were only seen. Refusals `nothing-chosen`, `not-what-was-seen`. */
  approve(chosen: ApproveTrust, by: string): Promise<number>
  /** As if these targets had never been seen. */
  forget(chosen: ApproveTrust, by: string): Promise<number>
  /** Takes the key that is shown in place of the one that is held. Refusals `not-found`, `nothing-to-decide`, `shown-another`. */
  accept(id: string, decision: DecideTrust, by: string): Promise<number>
  /** Leaves it at the one that is held. */
  reject(id: string, decision: DecideTrust, by: string): Promise<number>
  importKnownHosts(
    file: { segment: string; text: string; reason?: string | undefined },
    by: string,
  ): Promise<ImportedKnownHosts>
  /** As a known_hosts file; `seen` also keys for which nobody vouches. */
  knownHosts(segment: string, keys: 'approved' | 'seen'): AsyncIterable<string>
  collect(wish: CollectKeys, by: string): Promise<KeyCollection>
}

export interface TrustTools {
  readonly store: Store
  readonly bus: Bus
  readonly fleet?: Fleet
  /** The agent in this process. */
  readonly agent: string
  /** What is known has changed. */
  readonly changed: () => void
  readonly now: () => Date
  readonly log: Logger
}

/** A transaction holds up everything else in the process: this many keys take a few dozen milliseconds. */
const AT_ONCE = 500
const TOLD_CONFLICTS = 50
const LISTED_COLLECTIONS = 10

export const openTrust = async (tools: TrustTools): Promise<Trust> => {
  const { store, bus, fleet, agent: own, changed, now, log } = tools
  const segmentOf = (agent: string) => fleet?.agents.byId(agent)?.segment ?? LOCAL_SEGMENT
  const remote = remoteScans(fleet)
  for (const row of await store.trustedKeys.collections(LISTED_COLLECTIONS))
    if (row.endedAt === null && isLocal(row.segment))
      await store.trustedKeys.saveCollection(endedBy(row, 'interrupted', now().toISOString()))

  /** Tells agents what was decided: those of a segment, or one of them. */
  const tell = async (segment: string, decisions: readonly TrustDecision[], agent?: string) => {
    for (let from = 0; from < decisions.length; from += MAX_TRUST) {
      const order = trustOrder.write({ decisions: decisions.slice(from, from + MAX_TRUST) })
      if (isLocal(segment)) await bus.publish(subjects.order(own), order)
      else if (fleet !== undefined && agent !== undefined)
        await fleet.orders.give({ kind: 'decide-trust', segment, agent, order })
      else await fleet?.orders.tellAll({ kind: 'decide-trust', order }, new Set([segment]))
    }
  }

  const audited = (tx: Repositories, by: string, action: string, row: TrustedKeyRow, detail: string) =>
    tx.audit.append({
      at: now().toISOString(),
      actor: by,
      action,
      object: `${row.segment} ${row.name}`.slice(0, 500),
      detail: detail.slice(0, 1000),
    })

  const seen = async ({ keys, vouched }: TrustSeen, agent: string) => {
    const segment = segmentOf(agent)
    const untold = await store.atomically(async (tx) => {
      const untold: TrustDecision[] = []
      for (const kind of ['host-key', 'certificate'] as const) {
        const some = keys.filter((one) => one.kind === kind)
        if (some.length === 0) continue
        const known = Map.groupBy(
          await tx.trustedKeys.ofNames(segment, kind, [...new Set(some.map(({ name }) => name))]),
          ({ name }) => name,
        )
        for (const one of some) {
          const before = known.get(one.name) ?? []
          const learned = learn({ segment, agent, seen: one, known: before })
          await tx.trustedKeys.save(learned.rows)
          const ids = new Set(learned.rows.map(({ id }) => id))
          known.set(one.name, [...before.filter(({ id }) => !ids.has(id)), ...learned.rows])
          untold.push(...learned.untold)
          for (const row of learned.rows)
            if (row.state === 'changed' && !before.some(({ id, state }) => id === row.id && state === 'changed'))
              await audited(
                tx,
                `agent:${agent}`,
                'trust-changed',
                row,
                `held ${row.key.fingerprint}, shown ${row.shown?.key.fingerprint ?? ''}`,
              )
        }
      }
      return untold
    })
    if (keys.length > 0) changed()
    await tell(segment, untold, agent)
    if (vouched === undefined) return
    const rows = await store.trustedKeys.vouched(segment)
    if (digestOf(rows) !== vouched) await tell(segment, rows.map(decisionOf), agent)
  }

  const progressed = async (message: Envelope, agent: string) => {
    const progress = hostKeysProgress.read(message)
    const row = await store.trustedKeys.collection(progress.run)
    if (row === undefined || row.endedAt !== null) return
    if (row.segment !== segmentOf(agent)) return log.error({ agent }, 'an agent speaks of another segment’s host keys')
    await store.trustedKeys.saveCollection({
      ...row,
      endedAt: progress.over ? progress.at : null,
      progress: JSON.stringify(progress),
    })
    changed()
  }

  /** The rows that are meant, in steps. Throws Refusal where a filter matches others than were seen. */
  async function* meant(
    { ids, filter, count }: ApproveTrust,
    states: readonly string[],
  ): AsyncGenerator<TrustedKeyRow[]> {
    if ((ids === undefined) === (filter === undefined))
      throw new Refusal(422, 'nothing-chosen', 'name either keys by their ids, or a filter')
    const all: string[] = []
    if (ids !== undefined) all.push(...ids)
    else {
      const where = [
        ...conditionsOf(trustView, filter ?? '', now()),
        { anyOf: states.map((value) => ({ column: 'state', is: 'equal' as const, value })), negated: false },
      ]
      for await (const { id } of store.relations.stream({
        relation: 'trust',
        where,
        sort: { column: 'id', descending: false },
      }))
        all.push(id)
      if (count !== undefined && count !== all.length)
        throw new Refusal(
          409,
          'not-what-was-seen',
          `${all.length} keys match now, and ${count} did when they were looked at; look again`,
        )
    }
    for (let from = 0; from < all.length; from += AT_ONCE) {
      const rows = await store.trustedKeys.byIds(all.slice(from, from + AT_ONCE))
      yield rows.filter(({ state }) => states.includes(state))
      // Lets other work through between steps.
      await setImmediate()
    }
  }

  const approve: Trust['approve'] = async (chosen, by) => {
    let done = 0
    const decided = { by, at: now().toISOString(), reason: chosen.reason ?? null }
    for await (const rows of meant(chosen, ['first-use', 'collected'])) {
      const approved = rows.map((row) => ({ ...row, state: 'approved' as const, vouched: true, decided }))
      await store.atomically(async (tx) => {
        await tx.trustedKeys.save(approved)
        for (const row of approved)
          await audited(tx, by, 'trust-approved', row, because(row.key.fingerprint, chosen.reason))
      })
      for (const [segment, some] of Map.groupBy(approved, (row) => row.segment))
        await tell(segment, some.map(decisionOf))
      done += approved.length
    }
    changed()
    return done
  }

  const undecided = async (id: string, { fingerprint }: DecideTrust) => {
    const row = await store.trustedKeys.byId(id)
    if (row === undefined) throw new Refusal(404, 'not-found', 'there is no such key')
    if (row.shown === null || (row.state !== 'changed' && row.state !== 'rejected'))
      throw new Refusal(409, 'nothing-to-decide', 'no other key is shown in its place')
    if (row.shown.key.fingerprint !== fingerprint)
      throw new Refusal(409, 'shown-another', `${row.name} shows yet another key meanwhile; look again`)
    return { row, shown: row.shown }
  }

  return {
    async came(message, agent) {
      if (message.type === hostKeysProgress.type) {
        await progressed(message, agent)
        return true
      }
      if (message.type === orderRefused.type) {
        const { run, code, kind, at } = orderRefused.read(message)
        const row =
          run === undefined || kind !== 'collect-host-keys' ? undefined : await store.trustedKeys.collection(run)
        if (row !== undefined && row.endedAt === null && row.segment === segmentOf(agent))
          await store.trustedKeys.saveCollection(endedBy(row, 'order-refused', at, code))
        return false
      }
      if (message.type !== trustSeen.type) return false
      const told = trustSeen.read(message)
      if (told.agent !== agent) throw new Error('keys came on the subject of another agent')
      await seen(told, agent)
      return true
    },

    async summary() {
      const kinds = ['host-key', 'certificate'] as const
      const states = ['changed', 'rejected', 'first-use', 'collected', 'approved', 'revoked'] as const
      const each = kinds.flatMap((kind) => states.map((state) => ({ kind, state })))
      const [counts, sets, collections] = await Promise.all([
        store.relations.counts(
          'trust',
          [],
          each.map(({ kind, state }) => [equal('kind', kind), equal('state', state)]),
        ),
        store.targetSets.all(),
        store.trustedKeys.collections(LISTED_COLLECTIONS),
      ])
      const agents = fleet?.agents.all().filter(({ state }) => state === 'active') ?? []
      const segments = [LOCAL_SEGMENT, ...agents.map(({ segment }) => segment), ...sets.map(({ segment }) => segment)]
      return {
        keys: each.map((one, index) => ({ ...one, count: counts[index] ?? 0 })),
        segments: [...new Set(segments.map((segment) => segment ?? LOCAL_SEGMENT))],
        collections: collections.map((row) => collectionOf(row, now())),
      }
    },

    approve,

    async forget(chosen, by) {
      let done = 0
      const states = ['changed', 'rejected', 'first-use', 'collected', 'approved', 'revoked']
      for await (const rows of meant(chosen, states)) {
        await store.atomically(async (tx) => {
          // An agent knows a target by its name: what is forgotten is all that is known under it.
          for (const [place, some] of Map.groupBy(rows, ({ segment, kind }) => `${segment} ${kind}`)) {
            const [segment = '', kind] = place.split(' ')
            const names = some.map(({ name }) => name)
            const all = await tx.trustedKeys.ofNames(segment, kind === 'certificate' ? kind : 'host-key', names)
            done += await tx.trustedKeys.remove(all.map(({ id }) => id))
          }
          for (const row of rows)
            await audited(tx, by, 'trust-forgotten', row, because(row.key.fingerprint, chosen.reason))
        })
        for (const [segment, some] of Map.groupBy(rows, (row) => row.segment))
          await tell(
            segment,
            some.map(({ kind, name }) => ({ kind, name, verdict: 'forget' as const })),
          )
      }
      changed()
      return done
    },

    async accept(id, decision, by) {
      const { row, shown } = await undecided(id, decision)
      const decided = { by, at: now().toISOString(), reason: decision.reason }
      const { kind, segment, name } = row
      const accepted = {
        ...fresh(
          { segment, kind, name, key: shown.key },
          { state: 'approved', origin: 'replacement', decided, agent: shown.agent, at: shown.at },
        ),
        former: row.key.fingerprint,
      }
      await store.atomically(async (tx) => {
        await tx.trustedKeys.remove([row.id])
        await tx.trustedKeys.save([accepted])
        const detail = `${shown.key.fingerprint} in place of ${row.key.fingerprint}: ${decision.reason}`
        await audited(tx, by, 'trust-accepted', row, detail)
      })
      // Where the new key is of another kind, the old one is not to be believed beside it.
      const forgotten = { kind, name, verdict: 'forget' as const }
      await tell(segment, [
        ...(shown.key.algorithm === row.key.algorithm ? [] : [forgotten]),
        ...(await store.trustedKeys.ofNames(segment, kind, [name])).filter(({ vouched }) => vouched).map(decisionOf),
      ])
      changed()
      return 1
    },

    async reject(id, decision, by) {
      const { row, shown } = await undecided(id, decision)
      const decided = { by, at: now().toISOString(), reason: decision.reason }
      await store.atomically(async (tx) => {
        await tx.trustedKeys.save([{ ...row, state: 'rejected', decided }])
        const detail = `${shown.key.fingerprint}, and ${row.key.fingerprint} stays: ${decision.reason}`
        await audited(tx, by, 'trust-rejected', row, detail)
      })
      changed()
      return 1
    },

    async importKnownHosts({ segment, text, reason }, by) {
      const { keys, leftOut } = readKnownHosts(text)
      const at = now().toISOString()
      const decided = { by, at, reason: reason ?? 'imported from a known_hosts file' }
      const told: TrustDecision[] = []
      const counts = { approved: 0, revoked: 0, known: 0 }
      const conflicting = new Set<string>()
      for (let from = 0; from < keys.length; from += AT_ONCE) {
        const some = keys.slice(from, from + AT_ONCE).map(({ name, algorithm, blob, revoked }) => ({
          name: name.slice(0, 1024),
          revoked,
          key: { algorithm, blob, fingerprint: fingerprintOf(blob) } satisfies TrustedKey,
        }))
        await store.atomically(async (tx) => {
          const rows = await vouchedRows(tx, segment, some, { decided, at, by, counts, conflicting })
          await tx.trustedKeys.save(rows)
          for (const row of rows)
            await audited(
              tx,
              by,
              row.state === 'revoked' ? 'trust-revoked' : 'trust-imported',
              row,
              because(row.key.fingerprint, reason),
            )
          told.push(...rows.map(decisionOf))
        })
        await setImmediate()
      }
      await tell(segment, told)
      changed()
      return {
        ...counts,
        conflicting: [...conflicting].slice(0, TOLD_CONFLICTS),
        conflicts: conflicting.size,
        leftOut: leftOut.slice(0, TOLD_CONFLICTS).map(({ line, why }) => ({ line, why: WHY_LEFT_OUT[why] })),
        leftOutLines: leftOut.length,
      }
    },

    async *knownHosts(segment, keys) {
      const where = [equal('segment', segment), equal('kind', 'host-key')]
      const ids: string[] = []
      for await (const { id } of store.relations.stream({
        relation: 'trust',
        where,
        sort: { column: 'name', descending: false },
      }))
        ids.push(id)
      for (let from = 0; from < ids.length; from += AT_ONCE) {
        const rows = new Map(
          (await store.trustedKeys.byIds(ids.slice(from, from + AT_ONCE))).map((row) => [row.id, row]),
        )
        for (const id of ids.slice(from, from + AT_ONCE)) {
          const row = rows.get(id)
          if (row?.key.blob === undefined || !(row.vouched || keys === 'seen')) continue
          yield `${row.state === 'revoked' ? '@revoked ' : ''}${row.name} ${row.key.algorithm} ${row.key.blob}\n`
        }
      }
    },

    async collect({ segment, targetSets, include, exclude }, by) {
      const problem = remote.problem(segment)
      if (problem !== undefined) throw problem
      if (targetSets !== undefined && include !== undefined)
        throw new Refusal(422, 'invalid-targets', 'name either target sets or targets')
      const all = (await store.targetSets.all()).filter((set) => (set.segment ?? LOCAL_SEGMENT) === segment)
      const unknown = targetSets?.find((id) => all.every((set) => set.id !== id))
      if (unknown !== undefined)
        throw new Refusal(422, 'unknown-target-set', `segment ${segment} has no target set ${unknown}`)
      const sets = all.filter(({ id }) => targetSets === undefined || targetSets.includes(id))
      const asked = include === undefined ? sets : [{ include, exclude }]
      if (asked.length === 0)
        throw new Refusal(422, 'no-targets', 'there is nothing to ask; add targets first, or name some')
      const read = asked.map((set) => parseTargetSet({ include: [...set.include], exclude: [...set.exclude] }))
      const problems = read.flatMap((one) => ('problems' in one ? one.problems : []))
      if (problems.length > 0)
        throw new Refusal(422, 'invalid-targets', `${problems.length} entries cannot be read`, {
          errors: problems
            .slice(0, TOLD_CONFLICTS)
            .map(({ entry, problem }) => ({ pointer: '/include', detail: `${entry}: ${problem}` })),
        })
      const row = {
        id: randomUUID(),
        segment,
        startedAt: now().toISOString(),
        startedBy: by,
        targets: (include ?? sets.map(({ name }) => name)).join(', ').slice(0, 500),
        endedAt: null,
        progress: null,
      }
      await store.atomically(async (tx) => {
        await tx.trustedKeys.saveCollection(row)
        const { startedAt: at, id: object, targets: detail } = row
        await tx.audit.append({ at, actor: by, action: 'host-keys-asked-for', object, detail })
      })
      const wanted = together(asked.map((set) => ({ include: [...set.include], exclude: [...set.exclude] })))
      const order = hostKeysOrder.write({ run: row.id, ...wanted })
      if (isLocal(segment)) await bus.publish(subjects.order(own), order)
      else await fleet?.orders.give({ kind: 'collect-host-keys', segment, run: row.id, order })
      changed()
      return collectionOf(row, now())
    },
  }
}

interface Importing {
  readonly decided: NonNullable<TrustedKeyRow['decided']>
  readonly at: string
  readonly by: string
  readonly counts: { approved: number; revoked: number; known: number }
  readonly conflicting: Set<string>
}

interface ImportedKey {
  readonly name: string
  readonly revoked: boolean
  readonly key: TrustedKey
}

/** The rows that an import makes or changes. Of names for which somebody vouched for another key before, none. */
const vouchedRows = async (
  tx: Repositories,
  segment: string,
  some: readonly ImportedKey[],
  { decided, at, by, counts, conflicting }: Importing,
): Promise<TrustedKeyRow[]> => {
  // A hashed name says nothing to people: where it is that of a target that is known, that one is meant as well.
  const hashes = some.filter(({ name, revoked }) => name.startsWith('|') && !revoked)
  const seen = await tx.trustedKeys.named(segment, [...new Set(hashes.map(({ key }) => key.fingerprint))])
  const meant = hashes.flatMap((one) =>
    seen
      .filter(({ key, name }) => key.fingerprint === one.key.fingerprint && standsFor(one.name, name))
      .map(({ name }) => ({ ...one, name })),
  )
  const known = Map.groupBy(
    await tx.trustedKeys.ofNames(segment, 'host-key', [...new Set(some.map(({ name }) => name))]),
    ({ name }) => name,
  )
  const rows = new Map<string, TrustedKeyRow>()
  for (const { name, key, revoked } of [...some, ...meant]) {
    const made = fresh(
      { segment, kind: 'host-key', name, key },
      { state: revoked ? 'revoked' : 'approved', origin: 'import', decided, agent: by, at },
    )
    const under = rows.has(made.id)
      ? [rows.get(made.id)!]
      : [...(known.get(name) ?? []), ...seen.filter((row) => row.name === name)]
    const held = under.find(({ id }) => id === made.id)
    const same = held?.key.fingerprint === key.fingerprint
    if (held?.vouched === true && same) counts.known++
    else if (held?.vouched === true && !same && held.shown?.key.fingerprint !== key.fingerprint) conflicting.add(name)
    else {
      counts[revoked ? 'revoked' : 'approved']++
      rows.set(
        made.id,
        held === undefined
          ? made
          : same
            ? { ...held, state: held.shown === null ? made.state : held.state, vouched: true, decided }
            : { ...made, former: held.key.fingerprint },
      )
    }
  }
  return [...rows.values()]
}

const WHY_LEFT_OUT = {
  malformed: 'it does not follow the format',
  authority: 'it names an authority; certificates of hosts are not supported',
} as const

const because = (fingerprint: string, reason: string | undefined) =>
  reason === undefined ? fingerprint : `${fingerprint}: ${reason}`

const fingerprintOf = (blob: string) =>
  `SHA256:${createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64').replace(/=+$/, '')}`

const digestOf = (rows: readonly TrustedKeyRow[]) =>
  createHash('sha256')
    .update(
      trustDigestText(
        rows.map(({ kind, name, key: { fingerprint }, state }) => ({
          kind,
          name,
          fingerprint,
          revoked: state === 'revoked',
        })),
      ),
    )
    .digest('hex')

const equal = (column: string, value: string) => ({
  anyOf: [{ column, is: 'equal' as const, value }],
  negated: false,
})
