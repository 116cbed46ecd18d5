import { hash, randomBytes } from 'node:crypto'
import { formatJoinToken } from '@rollcall/contract'
import { Secret } from '@rollcall/secret'
import { newId, type JoinTokenRow, type Store } from '@rollcall/store'
import { Refusal } from '../refusal.ts'
import type { FleetBroker } from './broker.ts'
import { namedKeys, type FleetKeys } from './keys.ts'
import type { FleetPolicy } from './policy.ts'

export interface TokenWish {
  readonly segment: string
  readonly ttlMs: number
  readonly name?: string
  /** The agent whose place is taken. */
  readonly replaces?: string
  /** Whether somebody has to approve whoever comes with it. */
  readonly approve?: boolean
}

export interface JoinTokens {
  /** The token itself is told here and never again. Refusals `unknown-agent`, `other-segment`, `no-policy`. */
  create(wish: TokenWish, by: string): Promise<{ readonly row: JoinTokenRow; readonly token: Secret }>
  all(): Promise<JoinTokenRow[]>
  /** Whoever came in by it stays. Refusal `not-found`, `used`. */
  revoke(id: string, by: string): Promise<void>
}

export interface JoinTokenTools {
  readonly store: Store
  readonly keys: FleetKeys
  readonly broker: FleetBroker
  readonly policy: FleetPolicy
  readonly now: () => Date
}

export const joinTokens = ({ store, keys, broker, policy, now }: JoinTokenTools): JoinTokens => ({
  async create({ segment, ttlMs, name, replaces, approve = false }, by) {
    if (policy.current === undefined)
      throw new Refusal(
        409,
        'no-policy',
        'there is no policy signed by the root key yet, so an agent could not be asked for anything; sign one with "rollcall policy sign"',
      )
    const old = replaces === undefined ? undefined : await store.agents.byId(replaces)
    if (replaces !== undefined && old === undefined)
      throw new Refusal(404, 'unknown-agent', `there is no agent ${replaces}; "rollcall agents" lists them`)
    if (old !== undefined && old.segment !== segment)
      throw new Refusal(
        409,
        'other-segment',
        `agent ${old.name} is of segment ${old.segment}; who takes its place must be too`,
      )
    const at = now()
    const secret = randomBytes(32)
    const expiresAt = new Date(at.getTime() + ttlMs)
    const row: JoinTokenRow = {
      id: newId(at),
      secretHash: hash('sha256', secret, 'hex'),
      segment,
      name: name ?? null,
      replaces: replaces ?? null,
      approve,
      state: 'open',
      createdAt: at.toISOString(),
      createdBy: by,
      expiresAt: expiresAt.toISOString(),
      tries: 0,
      usedAt: null,
      usedKeys: null,
      agent: null,
    }
    const invitation = await broker.invitation(row.id, expiresAt)
    await store.atomically(async (tx) => {
      await tx.joinTokens.add(row)
      await tx.audit.append({
        at: row.createdAt,
        actor: by,
        action: 'join-token-created',
        object: row.id,
        detail: `segment ${segment}, until ${row.expiresAt}${replaces === undefined ? '' : `, in place of ${replaces}`}`,
      })
    })
    const token = formatJoinToken({
      id: row.id,
      secret: secret.toString('base64url'),
      keys: namedKeys(keys.enrolment.public, keys.rootKey),
      ...(broker.pin === undefined ? {} : { pin: broker.pin }),
      ...(invitation === undefined ? {} : { invitation }),
    })
    secret.fill(0)
    return { row, token: Secret.ofText(token) }
  },

  all: () => store.joinTokens.all(),

  async revoke(id, by) {
    await store.atomically(async (tx) => {
      const row = await tx.joinTokens.byId(id)
      if (row === undefined) throw new Refusal(404, 'not-found', 'there is no such join token')
      if (row.state !== 'open')
        throw new Refusal(409, 'used', `the token is ${row.state} already; "rollcall agents revoke" ends an agent`)
      await tx.joinTokens.save({ ...row, state: 'revoked' })
      await tx.audit.append({
        at: now().toISOString(),
        actor: by,
        action: 'join-token-revoked',
        object: id,
        detail: null,
      })
    })
  },
})
