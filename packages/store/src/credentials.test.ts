import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { auditHash, FIRST_LINK } from './audit-chain.ts'
import type { LeaseRow } from './face.ts'
import { openStore } from './open.ts'

const newStore = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-store-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'rollcall.db')
}

const entry = (action: string) => ({ at: '2026-11-22T12:00:00.000Z', actor: 'me', action, object: 'x', detail: null })

test('entries of the audit log form a chain without gaps, also of those written at the same time', async () => {
  await using store = await openStore({ file: await newStore() })
  await Promise.all(['a', 'b', 'c'].map((action) => store.audit.append(entry(action))))
  const links = await store.audit.links(0, 10)
  let prev = FIRST_LINK
  for (const [index, link] of links.entries()) {
    expect(link.seq).toBe(index + 1)
    expect(link.prev).toBe(prev)
    expect(link.hash).toBe(auditHash(link.seq, link, prev))
    prev = link.hash
  }
  expect(links).toHaveLength(3)
  expect((await store.audit.tip())?.hash).toBe(prev)
})

test('what was written down before there was a chain is its beginning', async () => {
  const file = await newStore()
  {
    await using store = await openStore({ file })
    for (const action of ['a', 'b']) await store.audit.append(entry(action))
  }
  const database = new Database(file)
  database.exec(
    `drop index audit_by_seq; drop table audit_checkpoint; drop table lease; drop table scan_credential;
     alter table audit drop column seq; alter table audit drop column prev; alter table audit drop column hash;
     delete from migration where number = 5`,
  )
  database.close()
  await using store = await openStore({ file })
  await store.audit.append(entry('c'))
  const links = await store.audit.links(0, 10)
  expect(links.map(({ seq, action }) => [seq, action])).toEqual([
    [1, 'a'],
    [2, 'b'],
    [3, 'c'],
  ])
  expect(links[2]!.prev).toBe(links[1]!.hash)
})

test('a loan ends once: by what the agent says of it, or by its time', async () => {
  await using store = await openStore({ file: await newStore() })
  const [run, attempt] = [randomUUID(), randomUUID()]
  const row = (until: string): LeaseRow => ({
    id: randomUUID(),
    agent: 'edge',
    credential: randomUUID(),
    version: 1,
    run,
    attempt,
    target: 'ssh://web:22',
    lentAt: '2026-11-22T12:00:00.000Z',
    until,
    endedAt: null,
    outcome: null,
  })
  const [first, second] = [row('2026-11-22T12:10:00.000Z'), row('2026-11-22T13:00:00.000Z')]
  await store.leases.add([first, second])
  expect(await store.leases.expire('2026-11-22T12:30:00.000Z')).toBe(1)
  const ended = await store.leases.end('edge', run, attempt, 'reached', '2026-11-22T12:31:00.000Z')
  expect(ended.map(({ id }) => id)).toEqual([second.id])
  expect(await store.leases.end('edge', run, attempt, 'rejected', '2026-11-22T12:32:00.000Z')).toEqual([])
  expect(await store.leases.end('other', run, attempt, 'rejected', '2026-11-22T12:32:00.000Z')).toEqual([])
  expect(new Set((await store.leases.of('edge', 10)).map(({ outcome }) => outcome))).toEqual(
    new Set(['expired', 'reached']),
  )
  expect(await store.leases.open()).toBe(0)
})
