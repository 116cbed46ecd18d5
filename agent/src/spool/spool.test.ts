import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { replaces, type LookSummary } from './look-summary.ts'
import { openSpool, type SpoolEntry, type SpoolRow } from './spool.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rollcall-spool-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const now = () => new Date('2026-01-01T00:00:00Z')
const opened = (more: Partial<Parameters<typeof openSpool>[0]> = {}) => openSpool({ folder, now, ...more })

const complete = (digest: string, who = 'one'): LookSummary => ({
  who,
  probes: { accounts: ['complete', 'root', digest] },
})
const partial = (digest: string): LookSummary => ({ who: 'one', probes: { accounts: ['partial', 'root', digest] } })

const look = (target: string, summary: LookSummary, more: Partial<SpoolEntry> = {}): SpoolEntry => ({
  kind: 'look',
  target,
  summary,
  root: `root of ${JSON.stringify(summary)}`,
  startedAt: '2026-01-01T00:00:00.000Z',
  body: { target, summary },
  ...more,
})

const unsent = () => true

test('what is kept is there after a restart, in order, under the same numbers', async () => {
  const before = await (async () => {
    await using spool = opened()
    for (const name of ['a', 'b', 'c']) await spool.keep(look(name, complete('1')))
    return spool.rows().map(({ epoch, seq, target }) => [epoch, seq, target])
  })()
  await using spool = opened()
  expect(spool.rows().map(({ epoch, seq, target }) => [epoch, seq, target])).toEqual(before)
  expect(spool.body(spool.rows()[1]!)).toMatchObject({ target: 'b' })
})

test('numbers given after a restart are of another epoch, so that those of a copy never mean two things', async () => {
  const copy = join(folder, 'copy')
  {
    await using spool = opened()
    await spool.keep(look('a', complete('1')))
  }
  mkdirSync(copy)
  writeFileSync(join(copy, 'spool.db'), readFileSync(join(folder, 'spool.db')))
  await using one = opened()
  await using other = opened({ folder: copy })
  const [mine, its] = [await one.keep(look('b', complete('1'))), await other.keep(look('c', complete('1')))]
  expect(mine.row.seq).toBe(its.row.seq)
  expect(mine.row.epoch).not.toBe(its.row.epoch)
  expect(one.rows()[0]!.epoch).toBe(other.rows()[0]!.epoch)
})

test('a later complete look takes the place of one that was not sent, and of no other', async () => {
  await using spool = opened()
  const { row: sent } = await spool.keep(look('a', complete('1')))
  const { row: waiting } = await spool.keep(look('a', complete('2')), ({ seq }) => seq !== sent.seq)
  const { replaced, row } = await spool.keep(look('a', complete('3')), ({ seq }) => seq !== sent.seq)
  expect(replaced.map(({ seq }) => seq)).toEqual([waiting.seq])
  expect(spool.rows().map(({ seq }) => seq)).toEqual([sent.seq, row.seq])
  expect(spool.voidBefore(row)).toBe(1)
})

test('what a complete look saw is never replaced by one that is not, nor by one of another host', async () => {
  await using spool = opened()
  for (const summary of [complete('1'), partial('2'), complete('3', 'another')])
    expect((await spool.keep(look('a', summary), unsent)).replaced).toEqual([])
  expect(spool.rows()).toHaveLength(3)
})

test('the run of a look that is replaced is told so, unless it is the same run', async () => {
  await using spool = opened()
  await spool.keep(look('a', complete('1'), { run: 'r1' }))
  const { told } = await spool.keep(look('a', complete('2'), { run: 'r2', status: 'complete' }), unsent)
  expect(told.map((row) => spool.body(row))).toMatchObject([{ event: 'replaced', run: 'r1', target: 'a' }])
  expect((await spool.keep(look('a', complete('3'), { run: 'r2' }), unsent)).told).toEqual([])
})

test('a look whose follower was sent already is not replaced, since its number would stay missing', async () => {
  await using spool = opened()
  await spool.keep(look('a', complete('1')))
  const { row: sent } = await spool.keep(look('b', complete('1')))
  const mayGo = ({ seq }: SpoolRow) => seq !== sent.seq
  expect((await spool.keep(look('a', complete('2')), mayGo)).replaced).toEqual([])
  spool.settle([sent], 'committed')
  expect((await spool.keep(look('a', complete('3')), mayGo)).replaced).toHaveLength(2)
})

test('the last look of an opening that is over is not replaced, since no number comes after it that could say so', async () => {
  {
    await using spool = opened()
    await spool.keep(look('a', complete('1')))
    await spool.keep(look('b', complete('1')))
  }
  await using spool = opened()
  const unsent = () => true
  expect((await spool.keep(look('b', complete('2')), unsent)).replaced).toEqual([])
  expect((await spool.keep(look('a', complete('2')), unsent)).replaced).toHaveLength(1)
})

test('numbers are told in their order: what was replaced lies before the word that says so, and that before the look', async () => {
  await using spool = opened()
  const { row: first } = await spool.keep(look('b', complete('1')))
  await spool.keep(look('a', complete('1'), { run: 'r1' }))
  const { row, told } = await spool.keep(look('a', complete('2'), { run: 'r2', status: 'complete' }), unsent)
  expect(spool.rows().map(({ seq }) => seq)).toEqual([first.seq, told[0]!.seq, row.seq])
  expect([told[0]!, row].map((one) => spool.voidBefore(one))).toEqual([1, 0])
})

test('what a look replaces says nothing that it does not say', () => {
  const summary = fc.record({
    who: fc.constantFrom('one', 'two', null),
    probes: fc.dictionary(
      fc.constantFrom('a', 'b'),
      fc.tuple(
        fc.constantFrom('complete', 'partial', 'denied'),
        fc.constantFrom('user', 'root'),
        fc.constantFrom('1', '2'),
      ),
    ),
  }) as fc.Arbitrary<LookSummary>
  fc.assert(
    fc.property(summary, summary, (later, earlier) => {
      if (!replaces(later, earlier)) return
      for (const [probe, [status, rights, digest]] of Object.entries(earlier.probes)) {
        expect(later.who).toBe(earlier.who)
        const [now, nowRights, nowDigest] = later.probes[probe]!
        expect(now === 'complete' || (now === status && digest === nowDigest)).toBe(true)
        expect(rights === 'root' && nowRights === 'user').toBe(false)
      }
    }),
  )
})

test('what is settled as committed is remembered, and gone from the spool for good', async () => {
  {
    await using spool = opened()
    const { row } = await spool.keep(look('a', complete('0123456789abcdef')))
    spool.settle([row], 'committed')
    expect(spool.committed('a')).toEqual({ root: row.root, digests: { accounts: '0123456789abcdef' } })
  }
  await using spool = opened()
  expect(spool.rows()).toEqual([])
  expect(spool.committed('a')?.digests).toEqual({ accounts: '0123456789abcdef' })
})

test('parts of a look that was never ended are forgotten at the start', async () => {
  {
    await using spool = opened()
    await spool.keep({ kind: 'part', target: 'd', report: 'whole', body: {} })
    await spool.keep({ kind: 'end', target: 'd', report: 'whole', body: {} })
    await spool.keep({ kind: 'part', target: 'd', report: 'broken off', body: {} })
  }
  await using spool = opened()
  expect(spool.rows().map(({ kind, report }) => [kind, report])).toEqual([
    ['part', 'whole'],
    ['end', 'whole'],
  ])
})

test('a full spool has no room for new looks until there is some again, and loses nothing', async () => {
  await using spool = opened({ mostBytes: 4000 })
  const kept = await Promise.all(['a', 'b', 'c'].map((name) => spool.keep(look(name, complete('1')))))
  expect(spool.state()).toMatchObject({ rows: 3, condition: 'full' })
  await expect(spool.room(AbortSignal.timeout(20))).rejects.toThrow()
  spool.settle(
    kept.slice(1).map(({ row }) => row),
    'committed',
  )
  await spool.room(AbortSignal.timeout(5000))
  expect(spool.state()).toMatchObject({ rows: 1, condition: 'ready' })
})

test.each([
  ['nonsense', (file: string) => writeFileSync(file, 'nonsense '.repeat(2000))],
  [
    'a page overwritten',
    (file: string) => {
      const bytes = readFileSync(file)
      bytes.fill(0xff, 4096, 12_288)
      writeFileSync(file, bytes)
    },
  ],
])('a file that is damaged (%s) is put aside, and the spool begins anew', async (_, damage) => {
  {
    await using spool = opened()
    for (let count = 0; count < 50; count++) await spool.keep(look(`host${count}`, complete('1')))
  }
  damage(join(folder, 'spool.db'))
  await using spool = opened()
  expect(spool.state()).toMatchObject({ rows: 0, damaged: 1, condition: 'ready' })
  expect(readdirSync(folder).some((name) => name.startsWith('spool.db.damaged-'))).toBe(true)
  await spool.keep(look('a', complete('1')))
  expect(spool.rows()).toHaveLength(1)
})

test('it is for its owner alone, and for one process', async () => {
  await using _ = opened()
  for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o077).toBe(0)
  expect(() => opened()).toThrow(expect.objectContaining({ code: 'in-use' }))
})

test('a folder that cannot be written is refused by name', () => {
  if (process.getuid?.() === 0) {
    writeFileSync(join(folder, 'file'), '')
    expect(() => openSpool({ folder: join(folder, 'file'), now })).toThrow(
      expect.objectContaining({ code: 'unwritable' }),
    )
    return
  }
  chmodSync(folder, 0o500)
  expect(() => opened()).toThrow(expect.objectContaining({ code: 'unwritable' }))
})

test('numbers that somebody else used are given up for others', async () => {
  await using spool = opened()
  const { row } = await spool.keep(look('a', complete('1')))
  expect(spool.hasReached(row.seq, row.epoch)).toBe(true)
  expect(spool.hasReached(row.seq + 1, row.epoch)).toBe(false)
  const [fresh] = spool.renumber()
  expect(fresh).toMatchObject({ target: 'a' })
  expect(fresh!.epoch).not.toBe(row.epoch)
  expect(spool.body(fresh!)).toMatchObject({ target: 'a' })
  expect(spool.rows()).toHaveLength(1)
})
