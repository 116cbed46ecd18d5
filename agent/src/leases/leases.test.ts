import { randomUUID } from 'node:crypto'
import { BusError } from '@rollcall/bus'
import { LEASE_SEAL, leaseWords, parseTarget, type ScanCredentialKind } from '@rollcall/contract'
import {
  leaseAnswer,
  leaseEnd,
  leaseEnded,
  leaseRequest,
  type Envelope,
  type LeaseAnswer,
} from '@rollcall/contract/bus'
import { newKeyPair, packSecrets, seal, Secret } from '@rollcall/secret'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { fared, withProblem } from './borrowed.ts'
import { openLeases } from './leases.ts'

const sealing = newKeyPair('open')
const AGENT = 'a'.repeat(26)
const TARGET = parseTarget('10.0.0.1')!
const RUN = randomUUID()
const going = new AbortController().signal

/** A collector that lends what it is told to, and remembers what it heard. */
const collector = (lend: (asked: { run: string; attempt: string; target: string }) => Partial<LeaseAnswer>) => {
  const heard: Envelope[] = []
  const ask = async (_: string, message: Envelope): Promise<Envelope> => {
    heard.push(message)
    if (message.type === leaseEnd.type) return leaseEnded.write({ attempt: leaseEnd.read(message).attempt })
    const asked = leaseRequest.read(message)
    const until = '2026-11-22T12:10:00.000Z'
    return leaseAnswer.write({ attempt: asked.attempt, leases: [], until, ...lend(asked) })
  }
  const now = () => new Date('2026-11-22T12:00:00.000Z')
  const leases = openLeases({ agent: AGENT, line: { ask }, sealing, now, log: pino({ level: 'silent' }), pauseMs: 1 })
  return { leases, heard }
}

const sealedLease = (
  asked: { run: string; attempt: string; target: string },
  kind: ScanCredentialKind,
  parts: Record<string, string>,
  user = 'scan',
): LeaseAnswer['leases'][number] => {
  const one = { lease: randomUUID(), credential: randomUUID(), version: 1, kind, user }
  const packed = packSecrets(
    Object.fromEntries(Object.entries(parts).map(([name, text]) => [name, Secret.ofText(text)])),
  )
  const about = leaseWords({ ...one, agent: AGENT, ...asked })
  return {
    ...one,
    sealed: Buffer.from(seal(sealing.public, { info: LEASE_SEAL, about }, packed)).toString('base64url'),
  }
}

test('keys and password of one account are one login, with the password of sudo where there is one', async () => {
  const { leases } = collector((asked) => ({
    leases: [
      sealedLease(asked, 'password', { password: 'p' }),
      sealedLease(asked, 'ssh-key', { privateKey: 'k', passphrase: 'w' }),
      sealedLease(asked, 'sudo-password', { password: 's' }),
      sealedLease(asked, 'sudo-password', { password: 'other' }, 'other'),
    ],
  }))
  await using lent = await leases.borrow(RUN, TARGET, going)
  expect(lent.logins).toHaveLength(1)
  const [login] = lent.logins
  expect(login!.methods.map(({ kind }) => kind)).toEqual(['key', 'password'])
  expect(login!.sudo.kind === 'password' && login!.sudo.password.reveal()).toBe('s')
})

test('what was lent is wiped when the look is over, and how it fared is told', async () => {
  const { leases, heard } = collector((asked) => ({
    leases: [sealedLease(asked, 'password', { password: 'hunter2' })],
  }))
  let kept: Secret | undefined
  {
    await using lent = await leases.borrow(RUN, TARGET, going)
    const [method] = lent.logins[0]!.methods
    kept = method?.kind === 'password' ? method.password : undefined
    expect(kept?.reveal()).toBe('hunter2')
    lent.outcome = 'rejected'
  }
  expect([...kept!.revealBytes()].every((byte) => byte === 0)).toBe(true)
  expect(leaseEnd.read(heard.at(-1))).toMatchObject({ run: RUN, target: 'ssh://10.0.0.1:22', outcome: 'rejected' })
})

test('what was lent for another look, run, target or agent does not open, and that is told', async () => {
  for (const other of [{ attempt: randomUUID() }, { run: randomUUID() }, { target: 'ssh://10.0.0.2:22' }]) {
    const { leases } = collector((asked) => ({
      leases: [sealedLease({ ...asked, ...other }, 'password', { password: 'x' })],
    }))
    await using lent = await leases.borrow(RUN, TARGET, going)
    expect(lent.logins).toEqual([])
    expect(lent.problem).toContain('does not open')
  }
})

test('where nothing is to be had, one question for all targets of a run is enough', async () => {
  const { leases, heard } = collector(() => ({ nothing: true }))
  for (let count = 0; count < 5; count++) {
    await using lent = await leases.borrow(RUN, TARGET, going)
    expect(lent.problem).toBeUndefined()
  }
  expect(heard).toHaveLength(1)
})

test('a collector that does not answer is asked again, and then the scan goes on without', async () => {
  let tries = 0
  const { leases } = collector(() => {
    tries++
    throw new BusError('no-answer')
  })
  await using lent = await leases.borrow(RUN, TARGET, going)
  expect([tries, lent.logins, lent.problem]).toEqual([3, [], expect.stringContaining('does not answer')])
})

test('a target that was not reached says why nothing was lent for it', () => {
  const failed = { status: 'failed', reasons: [{ code: 'login-rejected' }] } as const
  expect(withProblem({ ...failed, reasons: [...failed.reasons] }, 'the vault is sealed').reasons.at(-1)).toEqual({
    code: 'no-credential',
    detail: 'nothing was lent: the vault is sealed',
  })
  expect(fared({ ...failed, reasons: [...failed.reasons] })).toBe('rejected')
  expect(fared({ status: 'failed', reasons: [{ code: 'refused' }] })).toBe('unused')
  expect(fared({ status: 'partial', reasons: [] })).toBe('reached')
})

test('the machine that an agent runs on is not asked about', async () => {
  const { leases, heard } = collector(() => ({}))
  await using lent = await leases.borrow(RUN, { kind: 'local' }, going)
  expect([lent.logins, heard]).toEqual([[], []])
})
