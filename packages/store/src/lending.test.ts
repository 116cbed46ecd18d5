import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openLent, openStore, type Store } from './index.ts'

let folder: string
let store: Store
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-lending-'))
  store = await openStore({ file: join(folder, 'store.db') })
})
afterEach(async () => {
  await store[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const AT = '2026-01-01T00:00:00.000Z'

test('whoever was lent a database writes in turn with the one who has it open, and each sees what the other committed', async () => {
  await using other = openLent(store.lend()!)
  const order: string[] = []
  const writing = (who: Store, name: string) =>
    who.atomically(async (tx) => {
      order.push(`${name} begins`)
      await tx.inbox.admit(name, AT)
      await new Promise((resolve) => setTimeout(resolve, 5))
      order.push(`${name} ends`)
    })
  await Promise.all([writing(store, 'a'), writing(other, 'b'), writing(store, 'c'), writing(other, 'd')])
  expect(order).toHaveLength(8)
  for (let at = 0; at < order.length; at += 2) expect(order[at + 1]).toBe(order[at]!.replace('begins', 'ends'))
  for (const name of 'abcd')
    expect([await store.inbox.admitted(name), await other.inbox.admitted(name)]).toEqual([true, true])
})

test('what fails on the other side leaves nothing behind and lets the next write', async () => {
  await using other = openLent(store.lend()!)
  await expect(
    other.atomically(async (tx) => {
      await tx.inbox.admit('lost', AT)
      throw new Error('broken')
    }),
  ).rejects.toThrow('broken')
  await store.inbox.admit('kept', AT)
  expect([await store.inbox.admitted('lost'), await other.inbox.admitted('kept')]).toEqual([false, true])
})

test('whoever ends in its turn holds nobody up', async () => {
  const lent = store.lend()!
  const other = openLent(lent)
  const begun = Promise.withResolvers<void>()
  void other.atomically(async () => {
    begun.resolve()
    await new Promise(() => {})
  })
  await begun.promise
  const next = store.inbox.admit('next', AT)
  await other[Symbol.asyncDispose]()
  expect(await next).toBe(true)
})

test('a store that is closed lets nobody write any more', async () => {
  const other = openLent(store.lend()!)
  await store[Symbol.asyncDispose]()
  await expect(other.inbox.admit('late', AT)).rejects.toThrow('the store is closed')
  await other[Symbol.asyncDispose]()
})

test('a database in memory is lent to nobody', async () => {
  await using inMemory = await openStore({ file: ':memory:' })
  expect(inMemory.lend()).toBeUndefined()
})
