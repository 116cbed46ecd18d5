import { expect, test } from 'vitest'
import type { AgentRow, JoinTokenRow } from './face.ts'
import { openStore } from './open.ts'
import { DAY_1, DAY_2 } from './sample.ts'

const agent: AgentRow = {
  id: 'a'.repeat(26),
  name: 'edge',
  segment: 'dmz',
  state: 'active',
  stateSince: DAY_1,
  stateReason: null,
  generation: 1,
  transport: 'U1',
  signingKey: 's',
  sealingKey: 'x',
  token: 't',
  enrolledAt: DAY_1,
  replaces: null,
  permitUntil: DAY_2,
  about: { hostname: 'h', version: '1', platform: 'linux' },
  lastHeartbeat: null,
  heartbeat: null,
  clockOffsetMs: 0,
  session: null,
  sessionCount: 0,
  sessionAt: null,
  sessionsBefore: [],
}

test('agents and their renewals are kept', async () => {
  await using store = await openStore({ file: ':memory:' })
  await store.agents.add(agent)
  await store.agents.addGeneration(agent.id, {
    generation: 1,
    nonce: 'n',
    transport: 'U1',
    at: DAY_1,
    permitUntil: DAY_2,
  })
  const heard = { at: DAY_2, beat: '{}', clockOffsetMs: 5, session: 'z', count: 3, sessionAt: DAY_2, before: ['y'] }
  await store.agents.heard(agent.id, heard)
  await store.agents.save({ ...(await store.agents.byId(agent.id))!, state: 'quarantined', stateReason: 'two copies' })
  expect(await store.agents.all()).toEqual([
    {
      ...agent,
      state: 'quarantined',
      stateReason: 'two copies',
      lastHeartbeat: DAY_2,
      heartbeat: '{}',
      clockOffsetMs: 5,
      session: 'z',
      sessionCount: 3,
      sessionAt: DAY_2,
      sessionsBefore: ['y'],
    },
  ])
  expect(await store.agents.generations(agent.id)).toHaveLength(1)
  await expect(
    store.agents.addGeneration(agent.id, { generation: 1, nonce: 'm', transport: 'U1', at: DAY_1, permitUntil: DAY_2 }),
  ).rejects.toMatchObject({ name: 'StoreError' })
})

test('join tokens are kept by the digest of their secret', async () => {
  await using store = await openStore({ file: ':memory:' })
  const token: JoinTokenRow = {
    id: 't',
    secretHash: 'h',
    segment: 'dmz',
    name: null,
    replaces: null,
    approve: true,
    state: 'open',
    createdAt: DAY_1,
    createdBy: 'me',
    expiresAt: DAY_2,
    tries: 0,
    usedAt: null,
    usedKeys: null,
    agent: null,
  }
  await store.joinTokens.add(token)
  await store.joinTokens.tried('t')
  await store.joinTokens.save({ ...(await store.joinTokens.byId('t'))!, state: 'used', agent: agent.id })
  expect(await store.joinTokens.all()).toEqual([{ ...token, tries: 1, state: 'used', agent: agent.id }])
})

test('what was lent to an agent is told as long as the agent is, and once however often it is said', async () => {
  await using store = await openStore({ file: ':memory:' })
  const lent = { credential: 'ssh-scan', order: 'o', attempt: 1, how: 'lease', lentAt: DAY_1 }
  await store.agentCredentials.lend('a', lent)
  await store.agentCredentials.lend('a', lent)
  await store.agentCredentials.end('a', 'o', DAY_2)
  expect(await store.agentCredentials.of('a')).toEqual([{ ...lent, endedAt: DAY_2 }])
})

test('orders count up, and say who refused them', async () => {
  await using store = await openStore({ file: ':memory:' })
  expect(await store.fleetOrders.next()).toBe(1)
  const order = {
    seq: 1,
    id: 'o',
    kind: 'scan',
    segment: 'dmz',
    agent: null,
    class: 'routine',
    run: 'r',
    issuedAt: DAY_1,
    expires: DAY_2,
    state: 'given' as const,
  }
  await store.fleetOrders.add(order)
  expect(await store.fleetOrders.next()).toBe(2)
  const refusal = { by: 'a', code: 'out-of-scope', detail: '10.0.0.1', at: DAY_2 }
  expect(await store.fleetOrders.refused('o', refusal)).toBe(true)
  expect(await store.fleetOrders.refused('x', refusal)).toBe(false)
  expect(await store.fleetOrders.newest(5)).toEqual([{ ...order, state: 'refused', refusal }])
})

test('messages that were not believed are counted', async () => {
  await using store = await openStore({ file: ':memory:' })
  await store.refusedMessages.count({ source: 'a', code: 'bad-signature', at: DAY_1, sentence: 'one' }, 2)
  await store.refusedMessages.count({ source: 'a', code: 'bad-signature', at: DAY_2, sentence: 'two' }, 3)
  expect(await store.refusedMessages.all()).toEqual([
    { source: 'a', code: 'bad-signature', count: 5, firstAt: DAY_1, lastAt: DAY_2, sentence: 'two' },
  ])
})

test('the newest policy counts', async () => {
  await using store = await openStore({ file: ':memory:' })
  expect(await store.policies.newest()).toBeUndefined()
  for (const version of [1, 3, 2]) await store.policies.add({ version, signed: `p${version}`, at: DAY_1, by: 'me' })
  expect(await store.policies.newest()).toMatchObject({ version: 3, signed: 'p3' })
})
