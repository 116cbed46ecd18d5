import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ScanCredential } from '@rollcall/contract'
import { leaseAnswer, leaseEnd, leaseRequest, type LeaseAnswer, type LeaseOutcome } from '@rollcall/contract/bus'
import { openStore } from '@rollcall/store'
import { VaultError, type VaultClient } from '@rollcall/vault'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { openCredentials } from './credentials.ts'
import { openLending } from './lending.ts'

/** A vault's process that keeps nothing: what it would seal, it says. */
const pretended = () => {
  const held = new Map<string, { credential: ScanCredential; version: number }>()
  const state = { failing: undefined as VaultError | undefined, leased: 0 }
  const ask = async (asked: { ask: string } & Record<string, unknown>): Promise<unknown> => {
    if (asked.ask === 'state') return { state: 'open', root: 'file', door: 'x', receiving: 'A'.repeat(43) }
    if (state.failing !== undefined) throw state.failing
    if (asked.ask === 'add') {
      const credential = asked['credential'] as ScanCredential
      const version = (held.get(credential.id)?.version ?? 0) + 1
      held.set(credential.id, { credential, version })
      return { version }
    }
    if (asked.ask === 'credentials') return { credentials: [...held.values()] }
    if (asked.ask === 'remove') return { removed: held.delete(asked['credential'] as string) }
    state.leased++
    const { credential, version } = held.get(asked['credential'] as string)!
    return { version, kind: credential.kind, user: credential.user, sealed: 'AAAA' }
  }
  return { client: { ask, [Symbol.asyncDispose]: async () => {} } as unknown as VaultClient, held, state }
}

const AGENT = { id: 'a'.repeat(26), segment: 'dmz', sealingKey: 'B'.repeat(43) }
const TARGET = 'ssh://10.0.0.1:22'

const opened = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-lending-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const store = await openStore({ file: join(folder, 'rollcall.db') })
  onTestFinished(() => store[Symbol.asyncDispose]())
  const vault = pretended()
  const clock = { at: Date.parse('2026-11-22T12:00:00.000Z') }
  const now = () => new Date(clock.at)
  const log = pino({ level: 'silent' })
  const credentials = await openCredentials({ store, vault: vault.client, now, log })
  const lending = openLending({ store, vault: vault.client, credentials, now, log, planMs: 50 })
  onTestFinished(() => lending[Symbol.dispose]())
  const at = now().toISOString()
  await store.targetSets.add({
    id: 'set',
    name: 'Set',
    include: ['10.0.0.0/24'],
    exclude: [],
    addedAt: at,
    addedBy: 'me',
    segment: 'dmz',
  })
  const run = randomUUID()
  await store.scans.create({ id: run, trigger: 'person', by: 'me', targetSets: ['set'], at })
  const plan = (...targets: string[]) => store.scans.plan(run, targets, 0, 0)
  await plan(TARGET)
  const give = async (more: Partial<ScanCredential> = {}) => {
    const credential: ScanCredential = {
      id: randomUUID(),
      name: `one ${randomUUID().slice(0, 8)}`,
      kind: 'password',
      user: 'scan',
      segments: ['dmz'],
      targets: ['10.0.0.0/8'],
      ...more,
    }
    await credentials.add(credential, 'AAAA', 'me')
    return credential
  }
  const ask = async (more: Partial<{ run: string; target: string }> = {}, agent = AGENT): Promise<LeaseAnswer> => {
    const asked = { run, attempt: randomUUID(), target: TARGET, ...more }
    return leaseAnswer.read(await lending.answer(leaseRequest.write(asked), agent))
  }
  const end = (attempt: string, outcome: LeaseOutcome, target = TARGET) =>
    lending.answer(leaseEnd.write({ run, attempt, target, outcome }), AGENT)
  return { store, vault, clock, credentials, run, plan, give, ask, end }
}

test('what is lent is written down: as a loan, as something that the agent ever held, and in the audit log once a run', async () => {
  const { store, give, ask, plan, end } = await opened()
  const { id } = await give()
  await plan('ssh://10.0.0.2:22')
  const { leases, attempt } = await ask()
  await ask({ target: 'ssh://10.0.0.2:22' })
  expect(leases.map(({ credential }) => credential)).toEqual([id])
  await end(attempt, 'reached')
  expect((await store.leases.of(AGENT.id, 10)).map(({ outcome }) => outcome).toSorted()).toEqual(
    ['reached', null].toSorted(),
  )
  expect((await store.agentCredentials.of(AGENT.id)).map(({ credential }) => credential)).toEqual([id])
  const told = (await store.audit.newest(100)).filter(({ action }) => action === 'credential-lent')
  expect(told).toHaveLength(1)
})

test('nothing is lent for a run or a target that is not to be scanned by the agent now', async () => {
  const { store, give, ask, run } = await opened()
  await give()
  await give({ segments: ['local'] })
  expect((await ask({ run: randomUUID() })).refused).toBe('other-run')
  expect((await ask({ target: 'ssh://10.0.0.9:22' })).refused).toBe('other-target')
  expect((await ask({}, { ...AGENT, segment: 'local' })).refused).toBe('other-run')
  const at = new Date().toISOString()
  await store.scans.done(run, { target: TARGET, host: null, outcome: 'complete', reason: null, at })
  expect((await ask()).refused).toBe('other-target')
  await store.scans.setState(run, 'cancelled', at)
  expect((await ask()).refused).toBe('other-run')
  expect(await store.leases.of(AGENT.id, 10)).toEqual([])
})

test('an agent for whose segment there is nothing is told so, and need not ask again', async () => {
  const { give, ask } = await opened()
  expect(await ask()).toMatchObject({ leases: [], nothing: true })
  await give({ targets: ['192.0.2.0/24'] })
  expect(await ask()).toMatchObject({ leases: [] })
  expect((await ask()).nothing).toBeUndefined()
})

test('the most particular comes first', async () => {
  const { give, ask } = await opened()
  const all = await give({ targets: ['*'] })
  const block = await give()
  const host = await give({ targets: ['10.0.0.1'] })
  expect((await ask()).leases.map(({ credential }) => credential)).toEqual([host.id, block.id, all.id])
})

test('a password that three targets in turn did not take is lent to nobody, until somebody says so', async () => {
  const { give, ask, end, credentials } = await opened()
  const { id } = await give()
  for (let count = 0; count < 3; count++) await end((await ask()).attempt, 'rejected')
  expect((await ask()).refused).toBe('suspended')
  expect(credentials.all()[0]).toMatchObject({ state: 'suspended', rejections: 3 })
  await credentials.resume(id, 'me')
  expect((await ask()).leases).toHaveLength(1)
})

test('one target that takes it begins the count anew, and keys are not counted', async () => {
  const { give, ask, end, credentials } = await opened()
  const { id } = await give()
  for (const outcome of ['rejected', 'rejected', 'reached', 'rejected', 'rejected'] as const)
    await end((await ask()).attempt, outcome)
  expect(credentials.all()[0]!.state).toBe('usable')
  await credentials.remove(id, 'me')
  await give({ kind: 'ssh-key' })
  for (let count = 0; count < 5; count++) await end((await ask()).attempt, 'rejected')
  expect(credentials.all()[0]).toMatchObject({ state: 'usable', rejections: 0 })
})

test('a sealed vault and one that does not answer are told as that', async () => {
  const { give, ask, vault } = await opened()
  await give()
  vault.state.failing = new VaultError('sealed')
  expect((await ask()).refused).toBe('vault-sealed')
  vault.state.failing = new VaultError('away')
  expect((await ask()).refused).toBe('vault-away')
})

test('what the vault no longer has is missing, and what it has and nobody knows here is found', async () => {
  const { give, credentials, vault } = await opened()
  const { id } = await give()
  const held = vault.held.get(id)!
  vault.held.clear()
  await credentials.compare()
  expect(credentials.all()[0]!.state).toBe('missing')
  await expect(credentials.resume(id, 'me')).rejects.toMatchObject({ code: 'missing' })
  vault.held.set(id, held)
  await credentials.compare()
  expect(credentials.all()[0]!.state).toBe('usable')
})
