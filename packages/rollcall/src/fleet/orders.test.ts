import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { STOP_FILE, takeOrders, type AgentTrust, type TakingOrders } from '@rollcall/agent'
import { signPolicy } from '@rollcall/collector'
import type { TargetSet } from '@rollcall/contract'
import {
  cancelOrder,
  hostKeysOrder,
  ORDER_CONTEXT,
  orderRefused,
  policyOrder,
  scanOrder,
  scanProgress,
  signedOrder,
  subjects,
  type Envelope,
  type OrderRefusal,
  type OrderStatement,
  type PolicyStatement,
} from '@rollcall/contract/bus'
import { newKeyPair, signBytes, type KeyPair } from '@rollcall/secret'
import { expect, onTestFinished, test } from 'vitest'
import { testFleet, wired, type TestFleet } from './fleet-of-tests.ts'

interface Served extends TestFleet {
  readonly agent: AgentTrust
  readonly taking: TakingOrders
  /** Orders that were carried out, and what the agent said of others. */
  readonly carriedOut: Envelope[]
  readonly refusals: { code: OrderRefusal; order: string; detail?: string | undefined }[]
  readonly finished: string[]
  /** Signs an order like the collector does, changed as wished, and puts it where orders come. */
  give(change?: Partial<OrderStatement>, key?: KeyPair): Promise<OrderStatement>
  holdTo(change: Partial<PolicyStatement>): Promise<void>
  until(condition: () => boolean): Promise<void>
}

const scan = (run: string, include: string[], exclude: string[] = []): Envelope =>
  scanOrder.write({ run, targets: { include, exclude } satisfies TargetSet, done: [] })

const served = async (): Promise<Served> => {
  const at = await testFleet()
  onTestFinished(() => at[Symbol.asyncDispose]())
  const agent = await at.join('edge')
  const side = wired(at.air, agent.wire)
  const carriedOut: Envelope[] = []
  const taking = await takeOrders({
    trust: agent,
    ...side,
    catchUp: () => Promise.resolve(),
    log: at.log,
    lookMs: 10,
  })
  onTestFinished(() => taking[Symbol.asyncDispose]())
  await taking.bus.serve(subjects.order(agent.identity.agent), async (message) => void carriedOut.push(message))
  const refusals: Served['refusals'] = []
  const finished: string[] = []
  await at.fleet.bus.serve(subjects.allProgress, async (message) => {
    if (message.type === orderRefused.type) refusals.push(orderRefused.read(message))
    else if (message.type === scanProgress.type) {
      const progress = scanProgress.read(message)
      if (progress.event === 'finished') finished.push(progress.run)
    }
  })
  let seq = 100
  const collectorSide = wired(at.air, at.trust.wire)
  return Object.assign(at, {
    agent,
    taking,
    carriedOut,
    refusals,
    finished,
    async give(change: Partial<OrderStatement> = {}, key = at.trust.keys.order) {
      const statement: OrderStatement = {
        id: randomUUID(),
        kind: 'scan',
        segment: 'dmz',
        class: 'routine',
        notBefore: new Date(at.clock.at - 60_000).toISOString(),
        expires: new Date(at.clock.at + 3_600_000).toISOString(),
        seq: ++seq,
        policy: agent.held()?.version ?? 0,
        order: scan(randomUUID(), ['192.0.2.1']),
        ...change,
      }
      const signed = signBytes(key, ORDER_CONTEXT, Buffer.from(JSON.stringify(statement)))
      await collectorSide.bus.publish(
        subjects.segmentOrder('dmz', 'routine'),
        signedOrder.write({ signed: Buffer.from(signed).toString('base64url') }),
      )
      return statement
    },
    async holdTo(change: Partial<PolicyStatement>) {
      const before = agent.held()!
      const next: PolicyStatement = { ...before, version: before.version + 1, ...change }
      expect(await agent.usePolicy(signPolicy(at.trust.keys.ownRoot!, next))).toBe('used')
    },
    async until(condition: () => boolean) {
      for (let count = 0; count < 400 && !condition(); count++) await new Promise((resolve) => setTimeout(resolve, 5))
      expect(condition()).toBe(true)
    },
  })
}

const narrow = {
  segments: {
    dmz: {
      cidrs: ['192.0.2.0/24', '2001:db8::/64'],
      names: ['*.dmz.example.com'],
      ports: [22, 636],
      ldapBases: ['OU=Servers,DC=example,DC=com'],
      local: false,
      deny: { cidrs: ['192.0.2.66/32'], names: ['bank.dmz.example.com'] },
    },
  },
}

/** The code by which an order is refused. */
const refusedBy = async (at: Served, change: Partial<OrderStatement>, key?: KeyPair) => {
  const before = at.refusals.length
  const { id } = await at.give(change, key)
  await at.until(() => at.refusals.length > before)
  const told = at.refusals.at(-1)!
  expect(told.order).toBe(id)
  expect(at.carriedOut).toEqual([])
  return told.code
}

test('an order of the collector is carried out, once, however often it comes', async () => {
  const at = await served()
  const run = randomUUID()
  await at.fleet.orders.give({ kind: 'scan', segment: 'dmz', run, order: scan(run, ['192.0.2.1']) })
  await at.until(() => at.carriedOut.length === 1)
  const given = at.air.seen.findLast(({ subject }) => subject.startsWith('rollcall.order.'))!
  await at.air.bus.publish(given.subject, {
    type: 'frame',
    version: 1,
    body: Buffer.from(given.bytes).toString('base64'),
  })
  await at.give()
  await at.until(() => at.carriedOut.length === 2)
  expect(at.refusals).toEqual([])
  expect(scanOrder.read(at.carriedOut[0]).run).toBe(run)
})

test('after a restart what was carried out is not carried out again', async () => {
  const at = await served()
  const statement = await at.give()
  await at.until(() => at.carriedOut.length === 1)
  const { openAgentTrust } = await import('@rollcall/agent')
  const again = await openAgentTrust({ folder: at.agent.folder, now: at.clock.now, steady: () => at.clock.at })
  const { keyId } = await import('@rollcall/secret')
  expect(again.ledger.standing(keyId(at.trust.keys.order.public), statement.seq)).toBe('known')
  expect(again.ledger.standing(keyId(at.trust.keys.order.public), statement.seq + 1)).toBe('new')
})

test.each([
  ['of another segment', { segment: 'lan' }, 'other-segment'],
  ['for another agent', { agent: 'b'.repeat(26) }, 'other-agent'],
  ['whose time is over', { expires: '2026-11-22T11:59:59.000Z' }, 'expired'],
  ['whose time has not come', { notBefore: '2026-11-22T12:00:01.000Z' }, 'not-yet'],
  ['under an older policy', { policy: 0 }, 'stale-policy'],
  ['that carries something else than it says', { kind: 'collect-host-keys' }, 'malformed'],
  ['with a body of no known shape', { order: { type: 'scan-order', version: 1, body: {} } }, 'malformed'],
  ['with a body of a later version', { order: { type: 'scan-order', version: 99, body: {} } }, 'malformed'],
] as const)('an order %s is refused: %j', async (_, change, code) => {
  const at = await served()
  expect(await refusedBy(at, change)).toBe(code)
})

test('an order that nobody signed whom the policy names is not carried out, and ends no run', async () => {
  const at = await served()
  await at.give({}, newKeyPair('sign'))
  await at.until(() => at.logged.some((line) => line.includes('"code":"forged"')))
  expect([at.carriedOut, at.refusals, at.finished]).toEqual([[], [], []])
})

test('the broker may change no byte of an order', async () => {
  const at = await served()
  let place = 0
  at.air.between = (subject, bytes) => {
    if (!subject.startsWith('rollcall.order.')) return bytes
    const changed = Uint8Array.from(bytes)
    changed[place % changed.length]! ^= 1
    return changed
  }
  for (; place < 600; place += 7) await at.give()
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(at.carriedOut).toEqual([])
})

test('a key may order only what the policy lets it', async () => {
  const at = await served()
  const other = newKeyPair('sign')
  const before = at.agent.held()!
  await at.holdTo({
    orderKeys: [...before.orderKeys, { key: Buffer.from(other.public).toString('base64url'), kinds: ['cancel'] }],
  })
  expect(await refusedBy(at, {}, other)).toBe('not-entitled')
})

test('there is no order that carries a command', async () => {
  const at = await served()
  const order = { type: 'run-order', version: 1, body: { command: 'id' } }
  await at.give({ kind: 'exec' as 'scan', order })
  await at.until(() => at.logged.some((line) => line.includes('"code":"unknown-kind"')))
  expect(await refusedBy(at, { order })).toBe('malformed')
})

test.each([
  [['192.0.2.1'], undefined],
  [['192.0.2.10-192.0.2.20'], undefined],
  [['web.dmz.example.com'], undefined],
  [['[2001:db8::7]'], undefined],
  [['computers of ldaps://192.0.2.5 below OU=Web,OU=Servers,DC=example,DC=com'], undefined],
  [['192.0.3.1'], 'out-of-scope'],
  [['192.0.2.1', '10.0.0.0/16'], 'out-of-scope'],
  [['192.0.2.250-192.0.3.2'], 'out-of-scope'],
  [['192.0.2.1:2222'], 'out-of-scope'],
  [['web.lan.example.com'], 'out-of-scope'],
  [['web.dmz.example.com.evil.example'], 'out-of-scope'],
  [['local'], 'out-of-scope'],
  [['ldaps://192.0.2.5'], 'out-of-scope'],
  [['computers of ldaps://192.0.2.5 below DC=example,DC=com'], 'out-of-scope'],
  [['computers of ldaps://192.0.2.5 below OU=NotServers,DC=example,DC=com'], 'out-of-scope'],
  [['[2001:db8:1::7]'], 'out-of-scope'],
  [['192.0.2.66'], 'denied'],
  [['192.0.2.0/24'], 'denied'],
  [['bank.dmz.example.com'], 'denied'],
  [['[::ffff:192.0.2.66]'], 'denied'],
] as const)('of a narrow policy, a scan of %j is %s', async (include, code) => {
  const at = await served()
  await at.holdTo(narrow)
  const order = scan(randomUUID(), [...include])
  if (code === undefined) {
    await at.give({ order })
    await at.until(() => at.carriedOut.length === 1)
    expect(at.refusals).toEqual([])
  } else expect(await refusedBy(at, { order })).toBe(code)
})

test('what the policy forbids within a block may be left out by the order', async () => {
  const at = await served()
  await at.holdTo(narrow)
  await at.give({ order: scan(randomUUID(), ['192.0.2.0/24'], ['192.0.2.66']) })
  await at.until(() => at.carriedOut.length === 1)
  expect(at.refusals).toEqual([])
})

test('each entry of an order is looked at, also of the sets that are apart', async () => {
  const at = await served()
  await at.holdTo(narrow)
  const apart = [{ include: ['10.1.2.3'], exclude: [] }]
  const order = scanOrder.write({
    run: randomUUID(),
    targets: { include: ['192.0.2.1'], exclude: [] },
    apart,
    done: [],
  })
  expect(await refusedBy(at, { order })).toBe('out-of-scope')
})

test('a refused scan is told to whoever ordered it, with why, and ends', async () => {
  const at = await served()
  await at.holdTo(narrow)
  const run = randomUUID()
  await refusedBy(at, { order: scan(run, ['10.9.8.7']) })
  await at.until(() => at.finished.includes(run))
  expect(at.refusals.at(-1)!.detail).toContain('10.9.8.7')
})

test('a segment that the policy does not name may do nothing', async () => {
  const at = await served()
  await at.holdTo({ segments: { lan: narrow.segments.dmz } })
  expect(await refusedBy(at, {})).toBe('out-of-scope')
  expect(at.agent.within()).toEqual({ cidrs: [], deny: { cidrs: [], names: [] } })
})

test('host keys are asked for within the same scope', async () => {
  const at = await served()
  await at.holdTo(narrow)
  const ask = (include: string[]) => hostKeysOrder.write({ run: randomUUID(), targets: { include, exclude: [] } })
  await at.give({ kind: 'collect-host-keys', order: ask(['192.0.2.1']) })
  await at.until(() => at.carriedOut.some(({ type }) => type === hostKeysOrder.type))
  at.carriedOut.length = 0
  expect(await refusedBy(at, { kind: 'collect-host-keys', order: ask(['10.0.0.1']) })).toBe('out-of-scope')
})

test('no more is done in an hour than the policy allows', async () => {
  const at = await served()
  await at.holdTo({ limits: { ordersPerHour: 3, targetsPerHour: 100 } })
  await at.give({ order: scan(randomUUID(), ['192.0.2.0/26']) })
  await at.until(() => at.carriedOut.length === 1)
  at.carriedOut.length = 0
  expect(await refusedBy(at, { order: scan(randomUUID(), ['192.0.2.0/26']) })).toBe('too-fast')
  at.clock.forward(3_600_000)
  await at.give({ order: scan(randomUUID(), ['192.0.2.0/26']) })
  await at.until(() => at.carriedOut.length === 1)
})

test('a scan that was cancelled is not begun by an order that comes late', async () => {
  const at = await served()
  const run = randomUUID()
  await at.give({ kind: 'cancel', class: 'urgent', order: cancelOrder.write({ run }) })
  await at.until(() => at.carriedOut.length === 1)
  at.carriedOut.length = 0
  expect(await refusedBy(at, { order: scan(run, ['192.0.2.1']) })).toBe('replayed')
})

test('orders that overtake each other are carried out, and one that is older than what is remembered is not', async () => {
  const at = await served()
  for (const seq of [9002, 9001]) await at.give({ seq })
  await at.until(() => at.carriedOut.length === 2)
  at.clock.forward(10 * 3_600_000)
  await at.give({ seq: 9003 })
  await at.until(() => at.carriedOut.length === 3)
  at.carriedOut.length = 0
  expect(await refusedBy(at, { seq: 9000 })).toBe('replayed')
})

test('a policy that is older, or that the root key did not sign, changes nothing', async () => {
  const at = await served()
  await at.holdTo(narrow)
  const first = at.agent.held()!
  const older = signPolicy(at.trust.keys.ownRoot!, { ...first, version: 1, segments: {} })
  expect(await at.agent.usePolicy(older)).toBe('not-newer')
  const forged = signPolicy(newKeyPair('sign'), { ...first, version: 99, segments: {} })
  expect(await at.agent.usePolicy(forged)).toBe('not-signed')
  const asOrder = signBytes(at.trust.keys.order, ORDER_CONTEXT, Buffer.from(JSON.stringify({ ...first, version: 99 })))
  expect(await at.agent.usePolicy(asOrder)).toBe('not-signed')
  expect(at.agent.held()).toEqual(first)
})

test('a newer policy comes by an order, and holds through a restart', async () => {
  const at = await served()
  const next = { ...at.agent.held()!, version: 7 }
  const signed = Buffer.from(signPolicy(at.trust.keys.ownRoot!, next)).toString('base64url')
  await at.give({ kind: 'update-policy', order: policyOrder.write({ policy: signed }) })
  await at.until(() => at.agent.held()?.version === 7)
  const { openAgentTrust } = await import('@rollcall/agent')
  const again = await openAgentTrust({ folder: at.agent.folder, now: at.clock.now })
  expect(again.policy()?.version).toBe(7)
})

test('a policy that has ended allows nothing', async () => {
  const at = await served()
  await at.holdTo({ expires: new Date(at.clock.at + 60_000).toISOString() })
  at.clock.forward(61_000)
  expect(await refusedBy(at, {})).toBe('no-policy')
})

test('a clock that is set back does not make what has expired good again', async () => {
  const at = await served()
  at.agent.time.told(new Date(at.clock.at + 7_200_000))
  expect(await refusedBy(at, {})).toBe('expired')
})

test('a clock that is hours ahead is told as the reason', async () => {
  const at = await served()
  at.agent.time.told(new Date(at.clock.at - 7_200_000))
  expect(await refusedBy(at, { expires: new Date(at.clock.at - 1000).toISOString() })).toBe('clock-off')
})

test('the file that stops everything ends what is being done, and nothing is begun while it is there', async () => {
  const at = await served()
  const { order } = await at.give()
  await at.until(() => at.carriedOut.length === 1)
  await writeFile(join(at.agent.folder, STOP_FILE), '')
  await at.until(() => at.carriedOut.length === 2)
  expect(cancelOrder.read(at.carriedOut[1]).run).toBe(scanOrder.read(order).run)
  at.carriedOut.length = 0
  expect(await refusedBy(at, {})).toBe('stopped')
  await rm(join(at.agent.folder, STOP_FILE))
  await at.give()
  await at.until(() => at.carriedOut.length === 1)
})

test('what an agent refuses is kept with the order, and in the audit', async () => {
  const at = await served()
  await at.holdTo(narrow)
  const run = randomUUID()
  const { id } = await at.fleet.orders.give({ kind: 'scan', segment: 'dmz', run, order: scan(run, ['192.0.2.1']) })
  await at.until(() => at.refusals.length === 1)
  await at.fleet.orders.refused(at.agent.identity.agent, {
    order: id,
    at: at.clock.now().toISOString(),
    code: at.refusals[0]!.code,
  })
  expect(at.refusals[0]!.code).toBe('stale-policy')
  expect((await at.store.fleetOrders.newest(1))[0]).toMatchObject({ id, state: 'refused' })
  expect(await at.audited()).toContain('order-refused')
})
