import { memoryLine } from '@rollcall/bus'
import { loginAttemptAnswer, requestRefused, subjects, type Envelope } from '@rollcall/contract/bus'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { collectorLogins } from './collector-logins.ts'

const AGENT = 'a'.repeat(26)
const asked = {
  id: '0f5f3c52-1d2a-4c3e-9a44-0b2f6c1c7d10',
  account: 'CORP\\scan',
  accounts: ['short:corp\\scan'],
  of: 'directory',
  credential: 'c'.repeat(43),
  place: 'ldaps://dc1:636',
  before: [],
} as const
const log = pino({ level: 'silent' })
const { signal } = new AbortController()

const asking = async (answer?: (message: Envelope) => Envelope) => {
  await using line = memoryLine()
  if (answer !== undefined) await line.answer(subjects.request(AGENT), async (message) => answer(message))
  return await collectorLogins({ agent: AGENT, line, log }).begin(
    { ...asked, accounts: [...asked.accounts], before: [] },
    signal,
  )
}

test('what the collector says of a login is what counts', async () => {
  const told = { id: asked.id, verdict: 'too-many', until: '2026-11-23T12:00:00.000Z' } as const
  expect(await asking(() => loginAttemptAnswer.write(told))).toEqual(told)
})

test('without an answer, or with one to something else, it is taken for away', async () => {
  expect(await asking()).toBe('away')
  const other = { id: '0f5f3c52-1d2a-4c3e-9a44-0b2f6c1c7d11', verdict: 'try' } as const
  expect(await asking(() => loginAttemptAnswer.write(other))).toBe('away')
  expect(await asking(() => ({ type: 'login-attempt-answer', version: 1, body: 'nonsense' }))).toBe('away')
})

test('an agent that is not let work sends no password', async () => {
  const refused = requestRefused.write({ code: 'quarantined', at: '2026-11-22T12:00:00.000Z' })
  expect(await asking(() => refused)).toEqual({ id: asked.id, verdict: 'suspended' })
})

test('whoever waits for an answer can be called off', async () => {
  await using line = memoryLine()
  await line.answer(subjects.request(AGENT), () => new Promise(() => {}))
  const off = new AbortController()
  const begun = collectorLogins({ agent: AGENT, line, log }).begin(
    { ...asked, accounts: [...asked.accounts], before: [] },
    off.signal,
  )
  off.abort(new Error('enough'))
  await expect(begun).rejects.toThrow('enough')
})
