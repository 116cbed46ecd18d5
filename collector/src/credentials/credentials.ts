import { leaseTarget, mayBeUsedOn, type ScanCredential } from '@rollcall/contract'
import type { CheckedCredential, CredentialItem, LentByVault, VaultItem } from '@rollcall/contract/api'
import type { LeaseOutcome } from '@rollcall/contract/bus'
import { fingerprint } from '@rollcall/secret'
import type { LeaseRow, Repositories, ScanCredentialRow, Store } from '@rollcall/store'
import { VaultError, type KeyLayer, type VaultClient } from '@rollcall/vault'
import type { Logger } from 'pino'
import { Refusal } from '../refusal.ts'

/** Credentials that scan. Their secrets pass by here sealed: neither on the way to the vault nor on the way to agents can they be read. */
export interface Credentials {
  all(): readonly CredentialItem[]
  /** Those that may be lent to agents of a segment, whatever their state. */
  of(segment: string): readonly ScanCredentialRow[]
  /** Those that may be used on a target, the most particular first. */
  covering(segment: string, target: string): readonly ScanCredentialRow[]
  vault(): Promise<VaultItem>
  /** Refusals `vault-…`, `name-taken`, and `not-sealed-to-vault` where the words are not those that it was sealed with. */
  add(credential: ScanCredential, sealed: string, by: string): Promise<void>
  /** Refusal `not-found`, as below. */
  remove(id: string, by: string): Promise<void>
  suspend(id: string, by: string, reason: string): Promise<void>
  resume(id: string, by: string): Promise<void>
  check(id: string): Promise<CheckedCredential>
  unseal(passphrase: string, by: string): Promise<void>
  seal(by: string): Promise<void>
  rotate(layer: KeyLayer, passphrase: string | undefined, by: string): Promise<void>
  backup(name: string, by: string): Promise<string>
  /** What the vault's process wrote down by itself. */
  lentByVault(): Promise<LentByVault>
  /** Takes notice that it was lent; within the transaction that says to whom. */
  lent(tx: Repositories, ids: readonly string[], at: string): Promise<void>
  /** Takes notice of how it fared. */
  fared(leases: readonly LeaseRow[], outcome: LeaseOutcome): Promise<void>
  /** Compares what is known here with what the vault has. */
  compare(): Promise<void>
}

export interface CredentialTools {
  readonly store: Store
  /** Absent: there is no vault. */
  readonly vault: VaultClient | undefined
  readonly now: () => Date
  readonly log: Logger
}

/** Targets in turn that did not take a password before it is lent to nobody any more. */
const MOST_REJECTIONS = 3
const LISTED_LEASES = 50

export const openCredentials = async ({ store, vault, now, log }: CredentialTools): Promise<Credentials> => {
  const rows = new Map((await store.scanCredentials.all()).map((row) => [row.id, row]))

  const process = (): VaultClient => {
    if (vault === undefined)
      throw new Refusal(409, 'no-vault', 'this collector was started without a vault; leave out --no-vault')
    return vault
  }
  const asked = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      if (!(error instanceof VaultError)) throw error
      const status = error.code === 'not-found' ? 404 : error.code === 'away' || error.code === 'sealed' ? 503 : 422
      throw new Refusal(status, `vault-${error.code}`, error.message)
    }
  }
  const existing = (id: string): ScanCredentialRow => {
    const row = rows.get(id)
    if (row === undefined)
      throw new Refusal(404, 'not-found', 'there is no such credential; "rollcall credential list" lists them')
    return row
  }
  const audited = (tx: Repositories, by: string, action: string, object: string, detail: string | null) =>
    tx.audit.append({ at: now().toISOString(), actor: by, action, object, detail })

  const keep = async (row: ScanCredentialRow, by: string, action: string, detail: string | null) => {
    await store.atomically(async (tx) => {
      await tx.scanCredentials.save(row)
      await audited(tx, by, action, row.id, detail)
    })
    rows.set(row.id, row)
  }
  const become = (row: ScanCredentialRow, state: ScanCredentialRow['state'], by: string, reason: string | null) =>
    keep(
      {
        ...row,
        state,
        stateSince: now().toISOString(),
        stateReason: reason,
        rejections: state === 'usable' ? 0 : row.rejections,
      },
      by,
      state === 'usable' ? 'credential-resumed' : `credential-${state}`,
      reason === null ? row.name : `${row.name}: ${reason}`,
    )

  const fresh = (credential: ScanCredential, version: number, by: string): ScanCredentialRow => {
    const at = now().toISOString()
    const before = rows.get(credential.id)
    return {
      ...credential,
      version,
      state: 'usable',
      stateSince: at,
      stateReason: null,
      rejections: 0,
      addedAt: before?.addedAt ?? at,
      addedBy: before?.addedBy ?? by,
      lastLentAt: before?.lastLentAt ?? null,
    }
  }

  const compare = async () => {
    if (vault === undefined) return
    const { state } = await vault.ask({ ask: 'state' })
    if (state === 'sealed') return
    const held = state === 'empty' ? [] : (await vault.ask({ ask: 'credentials' })).credentials
    const byId = new Map(held.map((one) => [one.credential.id, one]))
    for (const { credential, version } of held) {
      const row = rows.get(credential.id)
      const same = row !== undefined && row.version === version && row.state !== 'missing'
      if (!same) await keep(fresh(credential, version, 'vault'), 'vault', 'credential-found', credential.name)
    }
    for (const row of rows.values())
      if (!byId.has(row.id) && row.state !== 'missing')
        await become(row, 'missing', 'vault', 'the vault does not have it; it may have been set back')
  }

  const covering = (segment: string, target: string) => {
    const parsed = leaseTarget(target)
    if (parsed === undefined) return []
    return [...rows.values()]
      .filter((row) => mayBeUsedOn(row, segment, parsed))
      .toSorted((one, other) => generality(one) - generality(other) || (one.name < other.name ? -1 : 1))
  }

  return {
    all: () => [...rows.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1)),
    of: (segment) => [...rows.values()].filter(({ segments }) => segments.includes(segment)),
    covering,
    async vault() {
      const lent = await store.leases.open()
      const none = { root: null, receiving: null, fingerprint: null, door: null, lent }
      if (vault === undefined) return { state: 'none', ...none }
      try {
        const { state, root, receiving, door } = await vault.ask({ ask: 'state' }, ANSWERED_WITHIN_MS)
        const print = receiving === undefined ? null : fingerprint(Buffer.from(receiving, 'base64url'))
        return { state, root, receiving: receiving ?? null, fingerprint: print, door, lent }
      } catch (error) {
        if (!(error instanceof VaultError)) throw error
        return { state: 'away', ...none }
      }
    },
    async add(credential, sealed, by) {
      const twin = [...rows.values()].find(({ id, name }) => name === credential.name && id !== credential.id)
      if (twin !== undefined)
        throw new Refusal(409, 'name-taken', `there is a credential ${credential.name} already; remove it first`)
      const { version } = await asked(process().ask({ ask: 'add', credential, sealed }))
      const detail = `${credential.name}, ${credential.kind} of ${credential.user}, version ${version}`
      await keep(fresh(credential, version, by), by, 'credential-added', detail)
    },
    async remove(id, by) {
      const row = existing(id)
      await asked(process().ask({ ask: 'remove', credential: id }))
      await store.atomically(async (tx) => {
        await tx.scanCredentials.remove(id)
        await audited(tx, by, 'credential-removed', id, row.name)
      })
      rows.delete(id)
    },
    suspend: (id, by, reason) => become(existing(id), 'suspended', by, reason),
    async resume(id, by) {
      const row = existing(id)
      if (row.state === 'missing') throw new Refusal(409, 'missing', 'the vault does not have its secret; add it anew')
      await become(row, 'usable', by, null)
    },
    async check(id) {
      const credential = existing(id)
      let problem: string | null = null
      try {
        await process().ask({ ask: 'check', credential: id })
      } catch (error) {
        if (!(error instanceof VaultError)) throw error
        problem = error.message
      }
      const leases = await store.leases.ofCredential(id, LISTED_LEASES)
      return { credential, problem, leases }
    },
    async unseal(passphrase, by) {
      await asked(process().ask({ ask: 'unseal', passphrase }, STRETCHED_WITHIN_MS))
      await store.audit.append({
        at: now().toISOString(),
        actor: by,
        action: 'vault-unsealed',
        object: 'vault',
        detail: null,
      })
      await compare()
    },
    async seal(by) {
      await asked(process().ask({ ask: 'seal' }))
      await store.audit.append({
        at: now().toISOString(),
        actor: by,
        action: 'vault-sealed',
        object: 'vault',
        detail: null,
      })
    },
    async rotate(layer, passphrase, by) {
      const given = passphrase === undefined ? {} : { passphrase }
      await asked(process().ask({ ask: 'rotate', layer, ...given }, STRETCHED_WITHIN_MS))
      await store.audit.append({
        at: now().toISOString(),
        actor: by,
        action: 'vault-key-rotated',
        object: layer,
        detail: null,
      })
    },
    async backup(name, by) {
      const { file } = await asked(process().ask({ ask: 'backup', name }, BACKED_UP_WITHIN_MS))
      await store.audit.append({
        at: now().toISOString(),
        actor: by,
        action: 'vault-backed-up',
        object: 'vault',
        detail: name,
      })
      return file
    },
    lentByVault: () => asked(process().ask({ ask: 'lent' })),
    async lent(tx, ids, at) {
      for (const id of ids) {
        const row = rows.get(id)
        // To the minute: not each of a hundred thousand loans is worth a row that is written anew.
        if (row === undefined || row.lastLentAt?.slice(0, 16) === at.slice(0, 16)) continue
        const next = { ...row, lastLentAt: at }
        await tx.scanCredentials.save(next)
        rows.set(id, next)
      }
    },
    async fared(leases, outcome) {
      if (outcome !== 'reached' && outcome !== 'rejected') return
      for (const { credential, target } of leases) {
        const row = rows.get(credential)
        if (row === undefined || row.state !== 'usable') continue
        if (outcome === 'reached') {
          if (row.rejections === 0) continue
          const next = { ...row, rejections: 0 }
          rows.set(row.id, next)
          await store.scanCredentials.save(next)
          continue
        }
        // A host that does not know a key locks nobody out, and is no sign that the key is wrong.
        if (row.kind === 'ssh-key') continue
        const next = { ...row, rejections: row.rejections + 1 }
        rows.set(row.id, next)
        if (next.rejections < MOST_REJECTIONS) {
          await store.scanCredentials.save(next)
          continue
        }
        log.error({ credential: row.name, target }, 'a credential is suspended: targets in turn did not take it')
        await become(
          next,
          'suspended',
          'collector',
          `${MOST_REJECTIONS} targets in turn did not take it, ${target} the last`,
        )
      }
    },
    compare,
  }
}

const ANSWERED_WITHIN_MS = 2000
const STRETCHED_WITHIN_MS = 30_000
const BACKED_UP_WITHIN_MS = 120_000

/** Less for what is meant for fewer targets. */
const generality = ({ targets }: ScanCredentialRow): number =>
  Math.min(
    ...targets.map((pattern) => (pattern.startsWith('*') ? 3 : /[*/]/.test(pattern) || /\d-\d/.test(pattern) ? 2 : 1)),
  )
