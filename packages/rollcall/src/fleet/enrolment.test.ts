import { spawnSync } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { identityIn, NotLetIn } from '@rollcall/agent'
import { type FleetBroker } from '@rollcall/collector'
import { parseJoinToken } from '@rollcall/contract'
import { enrolAnswer, enrolRequest, subjects, type AgentKeys } from '@rollcall/contract/bus'
import { KeyFileError, newKeyPair, seal, Secret } from '@rollcall/secret'
import { expect, onTestFinished, test } from 'vitest'
import { testFleet, wired } from './fleet-of-tests.ts'
import { plainWire } from '@rollcall/bus'

const refusal = async (work: Promise<unknown>) => {
  try {
    await work
  } catch (error) {
    if (error instanceof NotLetIn) return error.code
    throw error
  }
  return 'let in'
}

test('a token lets one agent in, and both sides know it by the same id', async () => {
  await using at = await testFleet()
  const agent = await at.join('edge')
  const [row] = at.fleet.agents.all()
  expect(row).toMatchObject({ id: agent.identity.agent, name: 'edge', segment: 'dmz', state: 'active', generation: 1 })
  expect(agent.identity.agent).toMatch(/^[a-z2-7]{26}$/)
  expect(agent.policy()).toMatchObject({ version: 1, selfMade: true })
  expect(await at.audited()).toEqual(expect.arrayContaining(['join-token-created', 'agent-enrolled', 'policy-used']))
})

test('neither the secret of a token nor a private key is seen on the way, in the store, in a log or in the audit', async () => {
  await using at = await testFleet()
  const token = await at.token()
  const agent = await at.enrolIn(at.agentFolder('edge'), token)
  const { secret } = parseJoinToken(token.reveal())!
  const { keys } = agent.identity
  const secrets = [keys.signing, keys.sealing].map(({ seed }) => Buffer.from(seed.revealBytes()))
  const everything = Buffer.concat([
    ...at.air.seen.map(({ bytes }) => bytes),
    Buffer.from(at.logged.join('\n')),
    await readFile(join(at.folder, 'rollcall.db')),
    Buffer.from(JSON.stringify(await at.store.audit.newest(1000))),
  ])
  for (const found of [Buffer.from(secret, 'base64url'), ...secrets])
    for (const form of [found, found.toString('base64url'), found.toString('base64'), found.toString('hex')])
      expect(everything.includes(form)).toBe(false)
})

test('what is written of the agent is for its owner alone', async () => {
  await using at = await testFleet()
  await at.join('edge')
  const listed = spawnSync('find', [at.agentFolder('edge'), '-printf', '%m %y\n'], { encoding: 'utf8' }).stdout
  expect([...new Set(listed.trim().split('\n'))].toSorted()).toEqual(['600 f', '700 d'])
})

test.each([
  ['a token of another collector', 'wrong-collector'],
  ['a token with another secret', 'wrong-token'],
  ['a token that nobody made', 'wrong-token'],
  ['a token that was cut', 'not-a-token'],
] as const)('%s: %s', async (which, code) => {
  await using at = await testFleet()
  const token = (await at.token()).reveal()
  const parts = token.split('.')
  const given = {
    'a token of another collector': [...parts.slice(0, 3), 'A'.repeat(22), '-'].join('.'),
    'a token with another secret': [parts[0], parts[1], 'A'.repeat(43), ...parts.slice(3)].join('.'),
    'a token that nobody made': [parts[0], 'z'.repeat(26), ...parts.slice(2)].join('.'),
    'a token that was cut': token.slice(0, -10),
  }[which]
  expect(await refusal(at.enrolIn(at.agentFolder('edge'), Secret.ofText(given)))).toBe(code)
  expect(at.fleet.agents.all()).toEqual([])
})

test('an expired token and a revoked one let nobody in, and say so', async () => {
  await using at = await testFleet()
  const [late, taken] = [await at.token({ ttlMs: 60_000 }), await at.token()]
  await at.fleet.tokens.revoke(parseJoinToken(taken.reveal())!.id, 'tests')
  at.clock.forward(60_001)
  expect(await refusal(at.enrolIn(at.agentFolder('late'), late))).toBe('expired-token')
  expect(await refusal(at.enrolIn(at.agentFolder('taken'), taken))).toBe('revoked-token')
})

test('an answer that was lost comes again for the same keys, as often as it is asked for', async () => {
  await using at = await testFleet()
  const token = await at.token()
  let lost = 0
  at.air.between = (subject, bytes) => {
    if (!subject.startsWith('rollcall.enrol.') || !bytes.includes('"joined"') || lost >= 2) return bytes
    lost++
    return undefined
  }
  await expect(at.enrolIn(at.agentFolder('edge'), token)).rejects.toThrow()
  // The process ended, and whoever started it tries again: after the token has expired, even.
  await expect(at.enrolIn(at.agentFolder('edge'), token)).rejects.toThrow()
  at.clock.forward(3_600_000)
  const agent = await at.enrolIn(at.agentFolder('edge'), token)
  expect(at.fleet.agents.all().map(({ id }) => id)).toEqual([agent.identity.agent])
  const again = await at.enrolIn(at.agentFolder('edge'), token)
  expect(again.identity.agent).toBe(agent.identity.agent)
  expect(await at.audited()).not.toContain('join-token-burnt')
})

test('the keys are on the disk before they are shown', async () => {
  await using at = await testFleet()
  const folder = at.agentFolder('edge')
  at.air.between = (_, bytes) => (bytes.includes('"join"') ? undefined : bytes)
  await expect(at.enrolIn(folder, await at.token())).rejects.toThrow()
  expect(await readdir(folder)).toEqual(['joining'])
  expect(at.fleet.agents.all()).toEqual([])
})

test('of two who come with the same token at the same time one is let in, and then neither is believed', async () => {
  await using at = await testFleet()
  const token = await at.token()
  const came = await Promise.all([
    refusal(at.enrolIn(at.agentFolder('one'), token, 'one')),
    refusal(at.enrolIn(at.agentFolder('two'), token, 'two')),
  ])
  expect(came.toSorted()).toEqual(['burnt-token', 'let in'])
  expect(at.fleet.agents.all().map(({ state }) => state)).toEqual(['quarantined'])
  expect(await at.audited()).toContain('join-token-burnt')
  expect(at.logged.join('\n')).toContain('two have it')
  expect(await refusal(at.enrolIn(at.agentFolder('three'), token))).toBe('burnt-token')
})

test('whoever steals a token that was used is told so, and people hear of it', async () => {
  await using at = await testFleet()
  const token = await at.token()
  await at.enrolIn(at.agentFolder('edge'), token)
  expect(await refusal(at.enrolIn(at.agentFolder('thief'), token))).toBe('burnt-token')
  const [agent] = at.fleet.agents.all()
  expect(agent).toMatchObject({ state: 'quarantined', stateReason: expect.stringContaining('hands of two') as string })
})

test('a token stands five wrong tries', async () => {
  await using at = await testFleet()
  const token = await at.token()
  const parts = token.reveal().split('.')
  const wrong = Secret.ofText([parts[0], parts[1], 'B'.repeat(43), ...parts.slice(3)].join('.'))
  for (let tries = 0; tries < 5; tries++)
    expect(await refusal(at.enrolIn(at.agentFolder('guess'), wrong))).toBe('wrong-token')
  expect(await refusal(at.enrolIn(at.agentFolder('edge'), token))).toBe('too-many-tries')
})

test('ten in a second are looked at, whoever asks', async () => {
  await using at = await testFleet()
  const { line } = wired(at.air, plainWire)
  const ask = async () => {
    const answer = await line.ask(
      subjects.enrol('y'.repeat(26)),
      enrolRequest.write({ step: 'join', version: '1', at: at.clock.now().toISOString(), sealed: '' }),
    )
    const read = enrolAnswer.read(answer)
    return read.step === 'refused' ? read.code : read.step
  }
  const answers: string[] = []
  for (let count = 0; count < 12; count++) answers.push(await ask())
  expect(answers.filter((code) => code === 'busy')).toHaveLength(2)
  at.clock.forward(1000)
  expect(await ask()).toBe('wrong-token')
})

test('with a clock that is hours off nobody is let in', async () => {
  await using at = await testFleet()
  const token = await at.token()
  const { line } = wired(at.air, plainWire)
  const late = new Date(at.clock.at + 2 * 3_600_000).toISOString()
  const answer = enrolAnswer.read(
    await line.ask(
      subjects.enrol(parseJoinToken(token.reveal())!.id),
      enrolRequest.write({ step: 'join', version: '1', at: late, sealed: 'AAAA' }),
    ),
  )
  expect(answer).toEqual({ step: 'refused', code: 'clock-off' })
})

test('an agent of a later kind is told that the collector is older, and one that says nonsense that it does', async () => {
  await using at = await testFleet()
  const { line } = wired(at.air, plainWire)
  const say = async (body: object, version = 1) =>
    enrolAnswer.read(await line.ask(subjects.enrol('x'.repeat(26)), { type: 'enrol-request', version, body }))
  expect(await say({}, 7)).toEqual({ step: 'refused', code: 'old-version' })
  expect(await say({ step: 'dance' })).toEqual({ step: 'refused', code: 'malformed' })
})

test('whoever shows keys that are not its own is not let in', async () => {
  await using at = await testFleet()
  const token = parseJoinToken((await at.token()).reveal())!
  const { line } = wired(at.air, plainWire)
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')
  const joined = async (keys: AgentKeys) => {
    const now = at.clock.now().toISOString()
    const sealed = seal(
      at.trust.keys.enrolment.public,
      { info: 'rollcall enrolment 1', about: `${token.id} ${now}` },
      Buffer.from(
        JSON.stringify({
          token: token.id,
          secret: token.secret,
          keys,
          about: { name: 'x', hostname: 'x', version: '1', platform: 'linux' },
          proof: text(new Uint8Array(64)),
        }),
      ),
    )
    return enrolAnswer.read(
      await line.ask(
        subjects.enrol(token.id),
        enrolRequest.write({ step: 'join', version: '1', at: now, sealed: text(sealed) }),
      ),
    )
  }
  const fresh = { transport: 'U', signing: text(newKeyPair('sign').public), sealing: text(newKeyPair('open').public) }
  expect(await joined(fresh)).toEqual({ step: 'refused', code: 'malformed' })
  expect(await joined({ ...fresh, sealing: text(new Uint8Array(32)) })).toEqual({ step: 'refused', code: 'malformed' })
  expect(at.fleet.agents.all()).toEqual([])
})

test('whoever stands in between and changes anything gets nothing in, and nobody', async () => {
  await using at = await testFleet()
  let changed = 0
  for (let at_ = 0; at_ < 12; at_++) {
    const token = await at.token()
    at.air.between = (subject, bytes) => {
      if (!subject.startsWith('rollcall.enrol.') || bytes.length < 300) return bytes
      const other = Uint8Array.from(bytes)
      const place = 100 + ((at_ * 37) % (bytes.length - 120))
      other[place] = other[place] === 0x41 ? 0x42 : 0x41
      changed++
      return other
    }
    await expect(at.enrolIn(at.agentFolder(`edge${at_}`), token)).rejects.toThrow()
    expect(await identityIn(at.agentFolder(`edge${at_}`)).read()).toBeUndefined()
    at.clock.forward(1000)
  }
  expect(changed).toBeGreaterThanOrEqual(12)
  expect(at.fleet.agents.all()).toEqual([])
})

test('another collector that answers in place of ours is found out before it is told anything', async () => {
  await using ours = await testFleet()
  await using theirs = await testFleet()
  const token = await ours.token()
  expect(await refusal(theirs.enrolIn(ours.agentFolder('edge'), token))).toBe('wrong-collector')
  expect(theirs.air.seen.filter(({ bytes }) => Buffer.from(bytes).includes('"sealed"'))).toEqual([])
})

test('a lost agent is replaced: the old one is out when the new one is in', async () => {
  const revoked: string[] = []
  const broker: FleetBroker = {
    accepts: () => true,
    invitation: () => Promise.resolve('come in'),
    permit: ({ id }) => Promise.resolve(`permit of ${id}`),
    revoke: async (transport) => void revoked.push(transport),
  }
  await using at = await testFleet({ broker })
  const old = await at.join('edge')
  const token = await at.token({ replaces: old.identity.agent })
  expect(parseJoinToken(token.reveal())!.invitation).toBe('come in')
  expect(at.fleet.agents.byId(old.identity.agent)!.state).toBe('active')
  const fresh = await at.enrolIn(at.agentFolder('again'), token)
  expect(fresh.identity.permit).toBe(`permit of ${fresh.identity.agent}`)
  expect(at.fleet.agents.byId(old.identity.agent)!.state).toBe('revoked')
  expect(at.fleet.agents.byId(fresh.identity.agent)).toMatchObject({ state: 'active', replaces: old.identity.agent })
  expect(revoked).toEqual([old.identity.keys.transport.public])
  await expect(at.token({ replaces: old.identity.agent, segment: 'lan' })).rejects.toMatchObject({
    code: 'other-segment',
  })
})

test('somebody has to approve an agent where the token says so, and until then nothing of it is taken', async () => {
  await using at = await testFleet()
  const agent = await at.join('edge', { approve: true })
  expect(agent.identity.state).toBe('waiting')
  expect(at.trust.agents.known(agent.identity.agent)!.state).toBe('waiting')
  await at.fleet.agents.approve(agent.identity.agent, 'tests')
  expect(at.fleet.agents.byId(agent.identity.agent)).toMatchObject({ state: 'active' })
  await expect(at.fleet.agents.approve(agent.identity.agent, 'tests')).rejects.toMatchObject({ code: 'not-waiting' })
})

const mayMount = process.getuid?.() === 0
test.skipIf(!mayMount)('where the disk is full nobody is let in, and nothing was said (needs root)', async () => {
  await using at = await testFleet()
  const folder = at.agentFolder('full')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await mkdir(join(at.folder, 'agents'), { recursive: true })
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16k,mode=700', 'tmpfs', folder])
  if (mounted.status !== 0) return
  onTestFinished(() => void spawnSync('umount', [folder]))
  await writeFile(join(folder, 'filler'), new Uint8Array(64 * 1024)).catch(() => undefined)
  const before = at.air.seen.length
  await expect(at.enrolIn(folder, await at.token())).rejects.toThrow(KeyFileError)
  expect(at.air.seen.length).toBe(before)
  spawnSync('umount', [folder])
})
