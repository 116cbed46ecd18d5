import {
  importedKnownHosts,
  trustDone,
  trustState,
  viewPage,
  type Cell,
  type ImportedKnownHosts,
  type TrustState,
} from '@rollcall/contract/api'
import { readKnownHosts, type TrustKind } from '@rollcall/contract'
import {
  approvePins,
  forgetPins,
  keyFingerprint,
  listCertificatePins,
  listPins,
  vouchForKeys,
  type VouchedKey,
} from '@rollcall/reach'
import { text as textOf } from 'node:stream/consumers'
import type { LocalApi } from '../local-api.ts'
import { UsageError } from '../usage-error.ts'

/** A key or certificate by which a target is known. */
export interface KnownKey {
  readonly id: string
  readonly name: string
  readonly state: TrustState
  readonly algorithm: string
  readonly fingerprint: string
  /** Only a collector knows more than this. */
  readonly segment: string | null
  readonly since: string | null
  readonly agent: string | null
  readonly shown: { readonly fingerprint: string; readonly at: string; readonly agent: string } | null
  readonly decidedBy: string | null
  readonly reason: string | null
}

/** What is known by what, and the one place where it is decided: a running collector, or else the files that agents read. */
export interface TrustKeeper {
  /** Those that a filter matches. */
  list(filter: string): Promise<KnownKey[]>
  /** Vouches for keys that were only seen; `all` for all that a filter matches. */
  approve(keys: readonly KnownKey[], reason: string | undefined): Promise<number>
  approveAll(filter: string, reason: string | undefined): Promise<number>
  forget(keys: readonly KnownKey[], reason: string | undefined): Promise<number>
  decide(key: KnownKey, verdict: 'accept' | 'reject', reason: string): Promise<number>
  importKnownHosts(text: string, segment: string, reason: string | undefined): Promise<ImportedKnownHosts>
  exportKnownHosts(segment: string, keys: 'approved' | 'seen'): Promise<string>
}

/** By the API of the collector that runs on the data folder: it tells its agents, and writes down who decided. */
export const collectorsKeeper = (api: LocalApi, kind: TrustKind): TrustKeeper => {
  const own = (filter: string) => `kind:${kind} ${filter}`.trim()
  const list = async (filter: string): Promise<KnownKey[]> => {
    const keys: KnownKey[] = []
    let cursor: string | null = null
    do {
      const query: URLSearchParams = new URLSearchParams({ filter: own(filter), limit: '500', count: 'none' })
      if (cursor !== null) query.set('cursor', cursor)
      const page: { rows: Record<string, Cell>[]; next: string | null } = await api.call(
        'GET',
        `/api/v1/views/trust?${query.toString()}`,
        viewPage,
      )
      keys.push(...page.rows.map(keyOf))
      cursor = page.next
    } while (cursor !== null)
    return keys
  }
  const many = async (action: 'approve' | 'forget', keys: readonly KnownKey[], reason: string | undefined) => {
    let done = 0
    for (let from = 0; from < keys.length; from += 1000) {
      const ids = keys.slice(from, from + 1000).map(({ id }) => id)
      done += (await api.call('POST', `/api/v1/trust/${action}`, trustDone, { ids, ...because(reason) })).changed
    }
    return done
  }
  return {
    list,
    approve: (keys, reason) => many('approve', keys, reason),
    approveAll: async (filter, reason) =>
      (await api.call('POST', '/api/v1/trust/approve', trustDone, { filter: own(filter), ...because(reason) })).changed,
    forget: (keys, reason) => many('forget', keys, reason),
    async decide({ id, name, shown }, verdict, reason) {
      if (shown === null) throw new UsageError(`${name} shows no other key than the one that is held.`)
      const body = { fingerprint: shown.fingerprint, reason }
      return (await api.call('POST', `/api/v1/trust/${encodeURIComponent(id)}/${verdict}`, trustDone, body)).changed
    },
    importKnownHosts: (text, segment, reason) =>
      api.call('POST', '/api/v1/trust/known-hosts', importedKnownHosts, { segment, text, ...because(reason) }),
    async exportKnownHosts(segment, keys) {
      const query = new URLSearchParams({ segment, keys })
      return textOf(await api.stream(`/api/v1/trust/known-hosts?${query.toString()}`, 'text/plain'))
    },
  }
}

const because = (reason: string | undefined) => (reason === undefined ? {} : { reason })

const keyOf = (row: Readonly<Record<string, Cell>>): KnownKey => {
  const text = (column: string) => {
    const cell = row[column]
    return typeof cell === 'string' && cell !== 'none' ? cell : null
  }
  const shown = text('shown_fingerprint')
  return {
    id: text('id') ?? '',
    name: text('name') ?? '',
    state: trustState.parse(row['state']),
    algorithm: text('algorithm') ?? '',
    fingerprint: text('fingerprint') ?? '',
    segment: text('segment'),
    since: text('first_seen'),
    agent: text('agent'),
    shown: shown === null ? null : { fingerprint: shown, at: text('shown_at') ?? '', agent: text('shown_agent') ?? '' },
    decidedBy: text('decided_by'),
    reason: text('reason'),
  }
}

/** By the file itself, where no collector runs: whoever reads it notices at once. */
export const fileKeeper = (file: string, kind: TrustKind): TrustKeeper => {
  const list = async (filter: string): Promise<KnownKey[]> => {
    if (filter !== '') throw new UsageError('Without a running collector keys cannot be filtered; name them.')
    return kind === 'host-key' ? hostKeysOf(file) : certificatesOf(file)
  }
  const noneShown = (): never => {
    throw new UsageError(
      'Only a running collector knows which other keys are shown. Here: forget the key that is held, and the next scan sees the target for the first time.',
    )
  }
  return {
    list,
    approve: (keys) =>
      approvePins(
        file,
        keys.map(({ name }) => name),
      ),
    async approveAll(filter) {
      await list(filter)
      return approvePins(file, 'all')
    },
    forget: (keys) =>
      forgetPins(
        file,
        keys.map(({ name }) => name),
      ),
    decide: async () => noneShown(),
    async importKnownHosts(text) {
      const { keys, leftOut } = readKnownHosts(text)
      const vouched: VouchedKey[] = keys.map(({ name, algorithm, blob, revoked }) => ({
        name,
        key: { algorithm, blob: Uint8Array.from(Buffer.from(blob, 'base64')) },
        revoked,
      }))
      const before = new Map(
        (await listPins(file))
          .filter(({ standing }) => standing === 'approved')
          .map(({ name, key, revoked }) => [`${name} ${key.algorithm} ${revoked}`, keyFingerprint(key.blob)]),
      )
      const held = ({ name, key, revoked }: VouchedKey) => before.get(`${name} ${key.algorithm} ${revoked}`)
      const fresh = vouched.filter((one) => one.revoked || held(one) === undefined)
      const conflicts = vouched.filter(
        (one) => !one.revoked && held(one) !== undefined && held(one) !== keyFingerprint(one.key.blob),
      )
      await vouchForKeys(file, fresh)
      return {
        approved: fresh.filter(({ revoked }) => !revoked).length,
        revoked: fresh.filter(({ revoked }) => revoked).length,
        known: vouched.length - fresh.length - conflicts.length,
        conflicting: conflicts.slice(0, 50).map(({ name }) => name),
        conflicts: conflicts.length,
        leftOut: leftOut.slice(0, 50),
        leftOutLines: leftOut.length,
      }
    },
    async exportKnownHosts(_, keys) {
      const pins = (await listPins(file)).filter(({ standing }) => keys === 'seen' || standing === 'approved')
      return pins
        .map(
          ({ name, key: { algorithm, blob }, revoked }) =>
            `${revoked ? '@revoked ' : ''}${name} ${algorithm} ${Buffer.from(blob).toString('base64')}\n`,
        )
        .join('')
    },
  }
}

const NOT_KNOWN_HERE = { segment: null, since: null, agent: null, shown: null, decidedBy: null, reason: null }

const hostKeysOf = async (file: string): Promise<KnownKey[]> =>
  (await listPins(file)).map(({ name, key: { algorithm, blob }, standing, revoked }) => ({
    ...NOT_KNOWN_HERE,
    id: name,
    name,
    algorithm,
    fingerprint: keyFingerprint(blob),
    state: revoked ? 'revoked' : standing,
  }))

const certificatesOf = async (file: string): Promise<KnownKey[]> =>
  (await listCertificatePins(file)).map(({ target, fingerprint, approved }) => ({
    ...NOT_KNOWN_HERE,
    id: target,
    name: target,
    algorithm: 'x509',
    fingerprint,
    state: approved ? 'approved' : 'first-use',
  }))
