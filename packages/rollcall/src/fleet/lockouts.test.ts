import { createHmac } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loginBook, type LoginBook } from '@rollcall/collector'
import { loginLedger, type LoginLedger, type SharedLedger } from '@rollcall/reach'
import { Secret } from '@rollcall/secret'
import { openStore } from '@rollcall/store'
import * as fc from 'fast-check'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'

const HOUR = 3_600_000
const THRESHOLD = 3
const AGENTS = ['a', 'b', 'c'] as const
type AgentName = (typeof AGENTS)[number]
const { signal } = new AbortController()
const log = pino({ level: 'silent' })

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-lockouts-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A directory that locks after three wrong passwords, each within its window of the one before, until somebody unlocks it. */
const directory = (windowMs: number) => {
  let wrong: { count: number; at: number } = { count: 0, at: 0 }
  let password = 'first'
  return {
    locked: () => wrong.count >= THRESHOLD,
    change: (next: string) => void (password = next),
    unlock: () => void (wrong = { count: 0, at: 0 }),
    login(given: string, now: number): 'accepted' | 'rejected' {
      if (wrong.count >= THRESHOLD) return 'rejected'
      if (given === password) {
        wrong = { count: 0, at: 0 }
        return 'accepted'
      }
      wrong = { count: now - wrong.at < windowMs ? wrong.count + 1 : 1, at: now }
      return 'rejected'
    },
  }
}

const step = fc.record({
  agent: fc.constantFrom(...AGENTS),
  does: fc.constantFrom(
    'login',
    'login',
    'login',
    'login',
    'cut',
    'join',
    'restart',
    'change',
    'clear',
    'collector-restart',
  ),
  password: fc.constantFrom('first', 'first', 'first', 'second', 'third', 'typo'),
  name: fc.constantFrom('CORP\\scan', 'scan@corp.example.com', 'corp\\SCAN'),
  /** Where somebody dies, or a word is lost: before the password is sent, after it, or after its end was written down here. */
  breaks: fc.constantFrom('never', 'never', 'never', 'before', 'after', 'told-nobody'),
  later: fc.constantFrom(0, 1000, 61_000, 10 * 60_000, HOUR, 7 * HOUR, 23 * HOUR, 25 * HOUR, 49 * HOUR),
})

test('whatever passwords are tried, by whomever, cut off, restarted and killed in between: no account is locked', async () => {
  let [logins, accepted, run] = [0, 0, 0]
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(0.5 * HOUR, HOUR, 12 * HOUR),
      fc.array(step, { minLength: 20, maxLength: 60 }),
      async (windowMs, steps) => {
        run++
        let clock = Date.parse('2026-11-22T12:00:00Z')
        await using store = await openStore({ file: ':memory:' })
        const bookOf = () => loginBook({ store, now: () => new Date(clock), log })
        let book: LoginBook = bookOf()
        const corp = directory(windowMs)
        const cut = new Set<AgentName>()
        let mute = false
        const shared = (agent: AgentName): SharedLedger => ({
          async begin(asked) {
            if (cut.has(agent)) return 'away'
            const said = await book.begin(agent, asked)
            // Nobody else is at work at that moment: whoever it waits for is dead.
            return said.verdict === 'wait' ? { ...said, verdict: 'too-many' } : said
          },
          ended: (id, outcome) => {
            if (!mute && !cut.has(agent)) pending.push(book.ended(agent, { id, outcome }))
          },
        })
        const pending: Promise<void>[] = []
        const opened = (agent: AgentName): LoginLedger =>
          loginLedger({
            path: join(folder, `${run}-${agent}`),
            digest: (text) => createHmac('sha256', agent).update(text).digest('base64url'),
            shared: shared(agent),
            now: () => clock,
          })
        const ledgers = new Map(AGENTS.map((agent) => [agent, opened(agent)]))
        for (const { agent, does, password, name, breaks, later } of steps) {
          clock += later
          if (does === 'cut') cut.add(agent)
          else if (does === 'join') cut.delete(agent)
          else if (does === 'restart') ledgers.set(agent, opened(agent))
          else if (does === 'collector-restart') book = bookOf()
          else if (does === 'change') corp.change(password)
          else if (does === 'clear') {
            // Whoever clears a password sees to the account first.
            corp.unlock()
            for (const { id } of await book.all()) await book.clear(id, 'amelia')
          } else {
            // In its own book it would wait for one of its own that died: that is another test.
            if (cut.has(agent)) clock += 61_000
            const started = await ledgers
              .get(agent)!
              .begin({ target: 'ldaps://dc1:636', name, password: Secret.ofText(password) }, signal)
            if (typeof started === 'string') continue
            logins++
            if (breaks === 'before') {
              ledgers.set(agent, opened(agent))
              continue
            }
            const outcome = corp.login(password, clock)
            expect(corp.locked()).toBe(false)
            if (outcome === 'accepted') accepted++
            if (breaks === 'after') {
              ledgers.set(agent, opened(agent))
              continue
            }
            mute = breaks === 'told-nobody'
            await started.end(outcome)
            await Promise.all(pending.splice(0))
            mute = false
          }
        }
      },
    ),
    { numRuns: 50 },
  )
  // Had all been refused, nothing would have been tested.
  expect(logins).toBeGreaterThan(150)
  expect(accepted).toBeGreaterThan(30)
}, 120_000)
