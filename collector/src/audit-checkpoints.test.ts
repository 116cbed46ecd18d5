import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newKeyPair } from '@rollcall/secret'
import { openStore } from '@rollcall/store'
import fc from 'fast-check'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { auditCheckpoints, auditLines, signCheckpoint, verifyAudit } from './audit-checkpoints.ts'

const key = newKeyPair('sign')

const exported = async (entries = 6) => {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-audit-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const store = await openStore({ file: join(folder, 'rollcall.db') })
  onTestFinished(() => store[Symbol.asyncDispose]())
  const clock = { at: Date.parse('2026-11-22T12:00:00.000Z') }
  const now = () => new Date(clock.at)
  const checkpoints = await auditCheckpoints({ store, key, now, log: pino({ level: 'silent' }) })
  onTestFinished(() => checkpoints[Symbol.asyncDispose]())
  for (let count = 1; count <= entries; count++) {
    const at = now().toISOString()
    await store.audit.append({ at, actor: 'me', action: 'did', object: `${count}`, detail: null })
    if (count % 3 === 0) await checkpoints.sign()
  }
  const lines: string[] = []
  for await (const line of auditLines(store)) lines.push(line.trimEnd())
  return { lines, checkpoints }
}

test('a log as it was written is whole, and says up to where it is vouched for', async () => {
  const { lines } = await exported(7)
  expect(await verifyAudit(lines)).toMatchObject({ entries: 7, checkpoints: 2, vouched: 6, problem: undefined })
})

test('nothing in it can be changed, left out, doubled or put elsewhere without being seen', async () => {
  const { lines } = await exported()
  const index = fc.nat({ max: lines.length - 1 })
  await fc.assert(
    fc.asyncProperty(
      index,
      index,
      fc.constantFrom('change', 'leave out', 'double', 'move'),
      async (one, other, how) => {
        const changed = [...lines]
        if (how === 'change') changed[one] = lines[one]!.replace(/"(?:did|seq":\d+,"hash)/, (text) => `${text}x`)
        if (how === 'leave out') changed.splice(one, 1)
        if (how === 'double') changed.splice(other, 0, lines[one]!)
        if (how === 'move') changed.splice(other, 0, ...changed.splice(one, 1))
        const same = changed.join('\n') === lines.join('\n')
        const { problem, checkpoints, vouched } = await verifyAudit(changed, { seen: lastOf(lines) })
        // A signature more or less changes nothing of what is proven: where it stands, it fits.
        const signaturesOnly =
          changed.filter((line) => line.startsWith('{"entry"')).join('\n') ===
          lines.filter((line) => line.startsWith('{"entry"')).join('\n')
        if (same || (signaturesOnly && problem === undefined)) expect(checkpoints * vouched).toBeGreaterThanOrEqual(0)
        else expect(problem).toBeDefined()
      },
    ),
    { numRuns: 200 },
  )
})

const lastOf = (lines: readonly string[]) => {
  const entries = lines.filter((line) => line.startsWith('{"entry"'))
  return (JSON.parse(entries.at(-1)!) as { entry: { seq: number; hash: string } }).entry
}

test('a log that was cut, or written anew, is seen by whoever was told its end', async () => {
  const { lines } = await exported()
  const seen = lastOf(lines)
  expect((await verifyAudit(lines.slice(0, 4))).problem).toBeUndefined()
  expect((await verifyAudit(lines.slice(0, 4), { seen })).problem).toContain('what was behind is gone')
  const { lines: anew } = await exported()
  expect((await verifyAudit(anew, { seen: { ...seen, hash: 'f'.repeat(64) } })).problem).toContain('seen elsewhere')
})

test('only the key that is known may have signed', async () => {
  const { lines } = await exported()
  const own = Buffer.from(key.public).toString('base64url')
  expect((await verifyAudit(lines, { key: own })).problem).toBeUndefined()
  const { seq, hash } = lastOf(lines)
  const forged = signCheckpoint(newKeyPair('sign'), { seq, hash, at: '2026-11-22T12:00:00.000Z' })
  const without = lines.filter((line) => line.startsWith('{"entry"'))
  const other = [...without, JSON.stringify({ checkpoint: forged })]
  expect((await verifyAudit(other)).problem).toBeUndefined()
  expect((await verifyAudit(other, { key: own })).problem).toContain('signed by another key')
  const claimed = [...without, JSON.stringify({ checkpoint: { ...forged, key: own } })]
  expect((await verifyAudit(claimed)).problem).toContain('does not fit')
})

test('what is no line of such a log is told, whatever it is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(fc.string(), fc.json()), { minLength: 1, maxLength: 5 }), async (lines) => {
      const { problem, entries } = await verifyAudit(lines)
      expect(entries).toBe(0)
      if (lines.some((line) => line !== '')) expect(problem).toBeDefined()
    }),
  )
})

test('an end that an agent was told and that is not there is noticed', async () => {
  const { checkpoints } = await exported()
  const { seq, hash } = checkpoints.newest!
  expect(await checkpoints.agrees({ seq, hash })).toBe(true)
  expect(await checkpoints.agrees({ seq, hash: 'a'.repeat(64) })).toBe(false)
  expect(await checkpoints.agrees({ seq: seq + 1, hash })).toBe(false)
})
