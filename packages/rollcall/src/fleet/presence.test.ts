import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { openAgentTrust, openPresence, type AgentTrust, type Presence } from '@rollcall/agent'
import { type FleetBroker } from '@rollcall/collector'
import { heartbeat, subjects, type FleetRefusal } from '@rollcall/contract/bus'
import { newKeyPair } from '@rollcall/secret'
import { agentWire } from '@rollcall/bus'
import { expect, onTestFinished, test } from 'vitest'
import { testFleet, wired, type TestFleet } from './fleet-of-tests.ts'

interface Present {
  readonly presence: Presence
  readonly standings: (FleetRefusal | undefined)[]
}

/** An agent that speaks when it is told to. */
const present = async (at: TestFleet, trust: AgentTrust): Promise<Present> => {
  const standings: (FleetRefusal | undefined)[] = []
  const presence = await openPresence({
    trust,
    line: wired(at.air, trust.wire).line,
    version: '0.1.0',
    condition: () => ({ runs: 0, stopped: false }),
    onStanding: (refusal) => void standings.push(refusal),
    now: at.clock.now,
    log: at.log,
    everyMs: 1_000_000,
  })
  onTestFinished(() => presence[Symbol.asyncDispose]())
  // The first one is said at once.
  await new Promise((resolve) => setTimeout(resolve, 30))
  return { presence, standings }
}

const started = async (broker?: FleetBroker) => {
  const at = await testFleet(broker === undefined ? {} : { broker })
  onTestFinished(() => at[Symbol.asyncDispose]())
  return at
}

/** The same agent again, as a copy of its machine is. */
const copyOf = async (at: TestFleet, trust: AgentTrust): Promise<AgentTrust> => {
  const folder = at.agentFolder('copy')
  await cp(trust.folder, folder, { recursive: true })
  return openAgentTrust({ folder, now: at.clock.now, steady: () => at.clock.at })
}

const stateOf = (at: TestFleet, trust: AgentTrust) => at.fleet.agents.byId(trust.identity.agent)!

test('an agent that is heard is active, and silent after two minutes without a word', async () => {
  const at = await started()
  const trust = await at.join('edge')
  expect(stateOf(at, trust).seen).toBe('never-heard')
  const { presence } = await present(at, trust)
  expect(stateOf(at, trust).seen).toBe('active')
  expect(at.fleet.agents.live('dmz')).toHaveLength(1)
  at.clock.forward(121_000)
  expect(stateOf(at, trust).seen).toBe('silent')
  expect(at.fleet.agents.live('dmz')).toEqual([])
  await presence.beat()
  expect(stateOf(at, trust).seen).toBe('active')
})

test('with each renewal the generation counts up, on both sides', async () => {
  const at = await started()
  const trust = await at.join('edge')
  const { presence } = await present(at, trust)
  for (const generation of [2, 3]) {
    await presence.renew()
    expect(trust.identity.generation).toBe(generation)
    expect(stateOf(at, trust).generation).toBe(generation)
  }
  expect(await at.fleet.agents.generations(trust.identity.agent)).toHaveLength(3)
})

test('a renewal whose answer is lost is asked for with the same words, and is one', async () => {
  const at = await started()
  const trust = await at.join('edge')
  const { presence } = await present(at, trust)
  let lost = 0
  at.air.between = (subject, bytes) => {
    if (subject !== subjects.request(trust.identity.agent)) return bytes
    // The answer, not the question.
    lost++
    return lost === 2 ? undefined : bytes
  }
  await expect(presence.renew()).rejects.toThrow()
  expect(trust.identity.generation).toBe(1)
  expect(stateOf(at, trust).generation).toBe(2)
  // The process ended in between, and what it asked for is on the disk.
  const again = await openAgentTrust({ folder: trust.folder, now: at.clock.now, steady: () => at.clock.at })
  expect(again.identity.renewing).toMatchObject({ generation: 1 })
  const { presence: later } = await present(at, again)
  // What was begun before is brought to an end with the first heartbeat.
  await expect.poll(() => again.identity.generation, { timeout: 10_000 }).toBe(2)
  await later.renew()
  expect(again.identity.generation).toBe(3)
  expect(stateOf(at, again).state).toBe('active')
})

test('a copy that goes on from an older generation is found out, and neither is believed', async () => {
  const at = await started()
  const trust = await at.join('edge')
  const copy = await copyOf(at, trust)
  const original = await present(at, trust)
  await original.presence.renew()
  const { presence, standings } = await present(at, copy)
  await presence.renew()
  expect(standings.at(-1)).toBe('quarantined')
  expect(stateOf(at, trust)).toMatchObject({
    state: 'quarantined',
    stateReason: expect.stringContaining('two copies') as string,
  })
  await original.presence.beat()
  expect(original.standings.at(-1)).toBe('quarantined')
  expect(trust.identity).toMatchObject({ state: 'quarantined', refusal: 'quarantined' })
  expect(at.logged.filter((line) => line.includes('two copies')).length).toBeGreaterThanOrEqual(2)
  expect(await at.audited()).toContain('agent-quarantined')
})

test('two copies that speak by turns are found out by their heartbeats', async () => {
  const at = await started()
  const trust = await at.join('edge')
  const copy = await copyOf(at, trust)
  const one = await present(at, trust)
  at.clock.forward(30_000)
  const two = await present(at, copy)
  at.clock.forward(30_000)
  expect(stateOf(at, trust).state).toBe('active')
  await one.presence.beat()
  expect(stateOf(at, trust).state).toBe('quarantined')
  await two.presence.beat()
  expect(two.standings.at(-1)).toBe('quarantined')
})

test('a restart is no copy, nor is a heartbeat that comes late or again', async () => {
  const at = await started()
  const trust = await at.join('edge')
  const first = await present(at, trust)
  at.clock.forward(30_000)
  await first.presence.beat()
  const late = at.air.seen.findLast(({ subject }) => subject === subjects.heartbeat(trust.identity.agent))!
  const beats = at.air.seen.filter(({ subject }) => subject === late.subject)
  await first.presence[Symbol.asyncDispose]()
  at.clock.forward(30_000)
  const again = await openAgentTrust({ folder: trust.folder, now: at.clock.now, steady: () => at.clock.at })
  const second = await present(at, again)
  for (const { bytes } of beats)
    await at.air.line
      .ask(late.subject, { type: 'frame', version: 1, body: Buffer.from(bytes).toString('base64') }, { timeoutMs: 100 })
      .catch(() => undefined)
  at.clock.forward(30_000)
  await second.presence.beat()
  expect(stateOf(at, trust).state).toBe('active')
})

test('an old renewal that somebody on the way says again is nothing', async () => {
  const at = await started()
  const trust = await at.join('edge')
  const { presence } = await present(at, trust)
  await presence.renew()
  const old = at.air.seen.find(({ subject }) => subject === subjects.request(trust.identity.agent))!
  await presence.renew()
  await at.air.line.ask(old.subject, { type: 'frame', version: 1, body: Buffer.from(old.bytes).toString('base64') })
  expect(stateOf(at, trust)).toMatchObject({ state: 'active', generation: 3 })
})

test('a revoked agent is told so, cut off at the broker, and what it held is listed', async () => {
  const cut: string[] = []
  const broker: FleetBroker = {
    accepts: () => true,
    invitation: () => Promise.resolve(undefined),
    permit: () => Promise.resolve('permit'),
    revoke: async (transport) => void cut.push(transport),
  }
  const at = await started(broker)
  const trust = await at.join('edge')
  const { presence, standings } = await present(at, trust)
  const lent = { credential: 'ssh-scan', order: 'o', attempt: 1, how: 'lease', lentAt: at.clock.now().toISOString() }
  await at.store.agentCredentials.lend(trust.identity.agent, lent)
  const ended = await at.fleet.agents.revoke(trust.identity.agent, 'tests', 'sold')
  expect(ended.credentials).toEqual([{ ...lent, endedAt: null }])
  expect(cut).toEqual([trust.identity.keys.transport.public])
  await presence.beat()
  expect(standings.at(-1)).toBe('revoked')
  await expect(at.fleet.agents.approve(trust.identity.agent, 'tests')).rejects.toMatchObject({ code: 'not-waiting' })
})

test('a broker that cannot be told of a revocation is told again', async () => {
  let tries = 0
  const broker: FleetBroker = {
    accepts: () => true,
    invitation: () => Promise.resolve(undefined),
    permit: () => Promise.resolve(''),
    revoke: () => (++tries === 1 ? Promise.reject(new Error('away')) : Promise.resolve()),
  }
  const at = await started(broker)
  const trust = await at.join('edge')
  await at.fleet.agents.revoke(trust.identity.agent, 'tests')
  expect(at.trust.agents.known(trust.identity.agent)!.state).toBe('revoked')
  expect(at.logged.join('\n')).toContain('it is told again')
  await new Promise((resolve) => setTimeout(resolve, 5200))
  expect(tries).toBe(2)
}, 10_000)

test('an agent that waits is let work when somebody approves it', async () => {
  const at = await started()
  const trust = await at.join('edge', { approve: true })
  const { presence, standings } = await present(at, trust)
  expect(standings).toEqual(['waiting'])
  await at.fleet.agents.approve(trust.identity.agent, 'tests')
  await presence.beat()
  expect(standings).toEqual(['waiting', undefined])
  expect(trust.identity.state).toBe('active')
})

test('what is said in the name of another agent is not believed, and counted', async () => {
  const at = await started()
  const [one, two] = [await at.join('one'), await at.join('two')]
  const { line } = wired(at.air, one.wire)
  const beat = heartbeat.write({
    session: 'x'.repeat(22),
    count: 1,
    at: at.clock.now().toISOString(),
    version: '1',
    generation: 1,
    policy: 1,
    startedAt: at.clock.now().toISOString(),
    runs: 0,
    stopped: false,
  })
  await expect(line.ask(subjects.heartbeat(two.identity.agent), beat, { timeoutMs: 100 })).rejects.toThrow()
  const stranger = wired(at.air, agentWire({ key: newKeyPair('sign'), collectorKey: () => undefined }))
  await expect(stranger.line.ask(subjects.heartbeat('c'.repeat(26)), beat, { timeoutMs: 100 })).rejects.toThrow()
  expect(stateOf(at, two).lastHeartbeat).toBeNull()
  expect((await at.fleet.agents.refusals()).map(({ source, code, count }) => ({ source, code, count }))).toEqual(
    expect.arrayContaining([
      { source: two.identity.agent, code: 'unknown-key', count: 1 },
      { source: subjects.heartbeat('c'.repeat(26)), code: 'unknown-agent', count: 1 },
    ]),
  )
})

test('a clock that is minutes off is an alarm, and an agent that asks with one hours off is not renewed', async () => {
  const at = await started()
  const trust = await at.join('edge')
  const standings: (FleetRefusal | undefined)[] = []
  const presence = await openPresence({
    trust,
    line: wired(at.air, trust.wire).line,
    version: '0.1.0',
    condition: () => ({ runs: 0, stopped: false }),
    onStanding: (refusal) => void standings.push(refusal),
    now: () => new Date(at.clock.at + 2 * 3_600_000),
    log: at.log,
    everyMs: 1_000_000,
  })
  onTestFinished(() => presence[Symbol.asyncDispose]())
  await new Promise((resolve) => setTimeout(resolve, 30))
  expect(stateOf(at, trust).clockOffsetMs).toBe(7_200_000)
  expect(at.logged.join('\n')).toContain('is off by 7200 s')
  await presence.renew()
  expect(standings.at(-1)).toBe('clock-off')
  expect(stateOf(at, trust)).toMatchObject({ state: 'active', generation: 1 })
})

test('an agent takes no answer for its own that was given to an earlier heartbeat', async () => {
  const at = await started()
  const trust = await at.join('edge')
  const { presence } = await present(at, trust)
  const answers = at.air.seen.filter(({ subject }) => subject === subjects.heartbeat(trust.identity.agent))
  const old = answers[1]!.bytes
  let asked = 0
  at.air.between = (subject, bytes) =>
    subject === subjects.heartbeat(trust.identity.agent) && ++asked % 2 === 0 ? Uint8Array.from(old) : bytes
  await presence.beat()
  expect(at.logged.join('\n')).toContain('an answer to another heartbeat is left alone')
})

test('after a restart the collector knows its agents, and a copy is still found out', async () => {
  const at = await started()
  const trust = await at.join('edge')
  const copy = await copyOf(at, trust)
  const one = await present(at, trust)
  await one.presence.renew()
  await at.trust.agents[Symbol.asyncDispose]()
  const { openFleetTrust, openBroker } = await import('@rollcall/collector')
  await using again = await openFleetTrust({
    store: at.store,
    folder: join(at.folder, 'collector'),
    broker: openBroker,
    now: at.clock.now,
    log: at.log,
  })
  expect(again.agents.byId(trust.identity.agent)).toMatchObject({ generation: 2, seen: 'active' })
  expect(Buffer.from(again.keys.order.public).equals(at.trust.keys.order.public)).toBe(true)
  expect(
    await again.agents.renew(copy.identity.agent, {
      generation: 1,
      nonce: 'another',
      transport: 'U',
      version: '1',
      at: at.clock.now().toISOString(),
    }),
  ).toBe('quarantined')
})
