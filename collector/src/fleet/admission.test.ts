import { openStore } from '@rollcall/store'
import { expect, test } from 'vitest'
import { admit } from './admission.ts'

const AT = '2026-01-01T00:00:00.000Z'
const about = { id: '', agent: 'a' }
const mark = (seq: number, empty: number) => ({ epoch: 'e', seq, void: empty, acked: 0 })

test('what comes again has no effect, but what it tells since of numbers before it is taken in', async () => {
  await using store = await openStore({ file: ':memory:' })
  const came = (seq: number, empty: number) =>
    store.atomically((tx) => admit(tx, { ...about, spool: mark(seq, empty) }, AT))
  expect(await came(1, 0)).toBe(true)
  expect(await came(3, 0)).toBe(true)
  expect(await store.spools.of('a', 'e')).toMatchObject({ upTo: 1, beyond: [[3, 3]], gapSince: AT })
  expect(await came(3, 1)).toBe(false)
  expect(await store.spools.of('a', 'e')).toMatchObject({ upTo: 3, beyond: [], gapSince: null })
})
