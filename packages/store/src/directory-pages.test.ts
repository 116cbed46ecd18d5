import type { Finding } from '@rollcall/contract'
import { entryKey, type KnownFinding } from '@rollcall/inventory'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openSqlite, type Engine } from './dialect.ts'
import { directoryPages, spotPage } from './directory-pages.ts'
import type { DirectoryPages } from './face.ts'
import { entry } from './finding-pages.ts'
import { spotOfFinding } from './finding-rows.ts'
import { SPOTS } from './id.ts'
import { migrate } from './migrate.ts'

let engine: Engine
let pages: DirectoryPages
beforeEach(async () => {
  engine = openSqlite(':memory:')
  await migrate(engine.writer, 'test', new Date())
  pages = directoryPages(engine.writer, async () => {})
})
afterEach(() => engine.close())

const PROBE = 'directory-accounts'
const AT = '2026-01-01T00:00:00.000Z'

const known = (n: number): KnownFinding => {
  const finding: Finding = {
    kind: 'directory-account',
    object: `object-${n}`,
    name: `u${n}`,
    type: 'user',
    states: [],
    place: { path: `CN=u${n}` },
  }
  return { key: entryKey('directory-account', finding.object), finding, firstSeen: AT, changedAt: AT, goneSince: null }
}
const spot = ({ key, finding }: KnownFinding) => spotOfFinding(PROBE, key, finding)

const write = async (page: number, held: readonly KnownFinding[]) => {
  const body = JSON.stringify(held.map(entry))
  await engine.writer.db.insertInto('finding_page').values({ host_id: 'd', probe: PROBE, page, body }).execute()
}

const splitTo = async (count: number) => {
  while (await pages.splitPage('d', PROBE, count));
}

const all = async (count: number) => {
  const found: string[][] = []
  for (let page = count; page < 2 * count; page++)
    found.push((await pages.page('d', PROBE, page)).map(({ key }) => key).sort())
  return found
}

const expected = (held: readonly KnownFinding[], count: number) =>
  Array.from({ length: count }, (_, nth) =>
    held
      .filter((one) => spotPage(spot(one), count) === count + nth)
      .map(({ key }) => key)
      .sort(),
  )

const findings = Array.from({ length: 300 }, (_, n) => known(n))

test('pages that were counted from the first are found where they lie, and as well when they are split', async () => {
  for (let page = 0; page < 4; page++)
    await write(
      page,
      findings.filter((one) => Math.floor((spot(one) * 4) / SPOTS) === page),
    )
  expect(await pages.pagesOf('d', PROBE)).toBe(4)
  expect(await all(4)).toEqual(expected(findings, 4))
  const count = await pages.layOut('d', PROBE, findings.length)
  expect(count).toBe(32)
  await splitTo(count)
  expect([await pages.pagesOf('d', PROBE), await all(32)]).toEqual([32, expected(findings, 32)])
})

test('wherever a split was broken off, it goes on, and nothing is lost or told twice', async () => {
  for (const steps of [1, 3, 4]) {
    await engine.writer.db.deleteFrom('finding_page').execute()
    for (let page = 0; page < 4; page++)
      await write(
        page,
        findings.filter((one) => Math.floor((spot(one) * 4) / SPOTS) === page),
      )
    for (let step = 0; step < steps; step++) await pages.splitPage('d', PROBE, 32)
    const count = await pages.layOut('d', PROBE, 2)
    await splitTo(count)
    expect(await pages.pagesOf('d', PROBE)).toBe(count)
    expect(await all(count)).toEqual(expected(findings, count))
  }
})

test('pages become more and never fewer, and empty ones are none', async () => {
  expect([await pages.pagesOf('d', PROBE), await pages.layOut('d', PROBE, 0)]).toEqual([0, 1])
  await write(8 + 3, [])
  expect(await pages.layOut('d', PROBE, 1)).toBe(8)
  expect(await pages.layOut('d', PROBE, 16 * 9)).toBe(16)
  expect(await pages.page('d', PROBE, 16)).toEqual([])
})
