import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DirectorySignals, Finding, Outcome } from '@rollcall/contract'
import type { ReportSection, ScanReport } from '@rollcall/contract/bus'
import { objectOf, principalsOf } from '@rollcall/inventory'
import { openStore, type RelationName, type Store } from '@rollcall/store'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { intake } from './intake.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-great-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const complete: Outcome = { status: 'complete', reasons: [] }
const signals: DirectorySignals = {
  make: 'active-directory',
  id: 'S-1-5-21-1-2-3',
  suffix: 'DC=example,DC=com',
  domain: 'example.com',
  server: 'dc1.example.com',
}

const place = (name: string) => ({ path: `CN=${name},DC=example,DC=com` })
const group = (n: number): Finding => ({
  kind: 'directory-group',
  object: `g${n}`,
  name: `group ${n}`,
  type: 'group',
  ...(n === 0 ? { tier: 0, wellKnown: 'domain-admins', sid: 'S-1-5-21-1-2-3-512' } : {}),
  place: place(`group ${n}`),
})
const member = (n: number, who: number): Finding => ({
  kind: 'directory-member',
  object: `g${n}`,
  group: `group ${n}`,
  member: place(`u${who}`).path,
  memberObject: `u${who}`,
  via: 'member',
  place: place(`group ${n}`),
})
const user = (n: number): Finding => ({
  kind: 'directory-account',
  object: `u${n}`,
  name: `u${n}`,
  type: 'user',
  sid: `S-1-5-21-1-2-3-${1000 + n}`,
  states: [],
  place: place(`u${n}`),
})

const PARTS = 12

/** Sends a look, its findings in so many parts that it counts as one at a great directory. */
const send = async (
  store: Store,
  day: number,
  findings: Readonly<Record<string, readonly Finding[]>>,
  changed?: Readonly<Record<string, readonly string[]>>,
) => {
  const take = intake(store, { now: () => new Date('2026-06-01T00:00:00.000Z'), principals: principalsOf })
  const about = { id: randomUUID(), agent: 'a1', target: 'ldaps://dc1.example.com:636' } as const
  const sections: ReportSection[] = []
  for (const [probe, all] of Object.entries(findings)) {
    const size = Math.ceil(all.length / PARTS)
    const parts = Array.from({ length: PARTS }, (_, nth) => all.slice(nth * size, (nth + 1) * size)).filter(
      (part) => part.length > 0,
    )
    for (const [index, part] of parts.entries())
      await take.keep({
        report: about.id,
        agent: about.agent,
        target: about.target,
        probe,
        index,
        findings: part,
      })
    const of = changed?.[probe]
    sections.push({
      probe,
      outcome: complete,
      privilege: 'user',
      digest: `${probe} ${day}`,
      parts: parts.length,
      ...(changed === undefined ? {} : { basis: 'changes', changed: [...(of ?? [])] }),
    })
  }
  const at = new Date(Date.UTC(2026, 0, day)).toISOString()
  const report: ScanReport = {
    ...about,
    startedAt: at,
    finishedAt: at,
    reached: complete,
    directory: signals,
    sections,
  }
  expect(await take(report)).toMatchObject({ need: [] })
}

const RELATIONS: readonly RelationName[] = ['directory_accounts', 'directory_groups', 'directory_members']

/** What is current, without the ids and days, which differ from directory to directory. */
const current = async (store: Store) => {
  const told: unknown[] = []
  for (const relation of RELATIONS) {
    const rows: string[] = []
    for await (const row of store.relations.stream({ relation, where: [], sort: { column: 'id', descending: false } }))
      if (row['gone_since'] === null)
        rows.push(
          JSON.stringify(
            Object.entries(row).filter(([name]) => !/(?:^|_)id$|first_seen|last_seen|^members$/.test(name)),
          ),
        )
    told.push(rows.sort())
  }
  return told
}

const USERS = 1800
const GROUPS = 60
const users = Array.from({ length: USERS }, (_, n) => user(n))
const groups = (without: (n: number, who: number) => boolean = () => false) => [
  ...Array.from({ length: GROUPS }, (_, n) => group(n)),
  ...users.flatMap((_, who) => (without(who % GROUPS, who) ? [] : [member(who % GROUPS, who)])),
]

test('what a thread takes in is what is taken in here', async () => {
  await using there = await openStore({ file: join(folder, 'there.db') })
  await using here = await openStore({ file: ':memory:' })
  const findings = { 'directory-accounts': users, 'directory-groups': groups() }
  for (const store of [there, here]) await send(store, 1, findings)
  const told = await current(there)
  expect(told).toEqual(await current(here))
  expect(told.map((rows) => (rows as string[]).length)).toEqual([USERS, GROUPS, USERS])
  const [directory] = (
    await there.relations.page({
      relation: 'directories',
      where: [],
      sort: { column: 'id', descending: false },
      limit: 1,
    })
  ).rows
  expect(directory).toMatchObject({ users: USERS, groups: GROUPS, privileged: USERS / GROUPS })
}, 60_000)

test('a look at changes finds what is said of an entry wherever it lies, and touches nothing else', async () => {
  await using store = await openStore({ file: ':memory:' })
  await using whole = await openStore({ file: ':memory:' })
  await send(store, 1, { 'directory-accounts': users, 'directory-groups': groups() })
  // Group 7 lost every second member, and of its others nothing is said that is new; somebody left, and somebody came.
  const left = (n: number, who: number) => n === 7 && who % 120 === 7
  const told = groups(left).filter((finding) => objectOf(finding) === 'g7')
  await send(
    store,
    2,
    { 'directory-accounts': [user(USERS)], 'directory-groups': told },
    { 'directory-accounts': ['u5', `u${USERS}`], 'directory-groups': ['g7'] },
  )
  await send(whole, 2, {
    'directory-accounts': [...users.filter((_, n) => n !== 5), user(USERS)],
    'directory-groups': groups(left),
  })
  expect(await current(store)).toEqual(await current(whole))
  const host = (
    await store.relations.page({
      relation: 'directories',
      where: [],
      sort: { column: 'id', descending: false },
      limit: 1,
    })
  ).rows[0]!.id
  const gone = USERS / GROUPS / 2
  expect((await store.scopes.of(host)).map(({ probe, findings }) => [probe, findings])).toEqual([
    ['directory-accounts', USERS],
    ['directory-groups', GROUPS + USERS - gone],
  ])
}, 60_000)

test('a thread that cannot go on tells why, and the next look does', async () => {
  await using store = await openStore({ file: join(folder, 'broken.db') })
  const findings = { 'directory-accounts': users }
  const broken: Store = { ...store, lend: () => ({ ...store.lend()!, file: join(folder, 'nothing', 'there.db') }) }
  await expect(send(broken, 1, findings)).rejects.toThrow()
  await send(store, 2, findings)
  expect((await current(store))[0]).toHaveLength(USERS)
}, 60_000)
