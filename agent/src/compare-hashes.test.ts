import { createHash } from 'node:crypto'
import type { StoredHash } from '@rollcall/discovery'
import { expect, test } from 'vitest'
import { hashComparing } from './compare-hashes.ts'

const { signal } = new AbortController()

const sha1 = (password: string, more: Partial<StoredHash> = {}): StoredHash => ({
  reveal: () => `{SHA}${createHash('sha1').update(password).digest('base64')}`,
  ...more,
})

test('what anybody would guess is found, and why; what nobody would is not', async () => {
  const compare = hashComparing()
  const hashes = [
    sha1('nora', { account: 'nora' }),
    sha1('mustang'),
    sha1('foobared', { service: 'redis' }),
    sha1('oak-leaf-7', { account: 'nora' }),
    { reveal: () => '$y$j9T$Vx1YQ4o6b1TqUpeuvFl8m.$8cyNbPjAJsnrNRjYj3rdkIBLPNz0DnQMzFKPKv6yWt2' },
  ]
  expect(await compare(hashes, 60_000, signal)).toEqual([
    { state: 'compared', weaknesses: ['same-as-account'] },
    { state: 'compared', weaknesses: ['common'] },
    { state: 'compared', weaknesses: ['publicly-known', 'default'] },
    { state: 'compared', weaknesses: [] },
    { state: 'unsupported', weaknesses: [] },
  ])
})

const dear = `$2b$10$${'a'.repeat(53)}`

test('when the time is over it says so, cheap hashes are done before, and the next scan goes on', async () => {
  const compare = hashComparing()
  const hashes = [{ reveal: () => dear }, sha1('mustang')]
  const first = await compare(hashes, 300, signal)
  expect(first[0]).toEqual({ state: 'unfinished', weaknesses: [] })
  const weak = { reveal: () => `$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/` }
  for (let scan = 0; scan < 200; scan++) {
    const [told] = await compare([weak], 400, signal)
    if (told?.state === 'compared') return
  }
  expect.fail('never done')
})

test('nothing is compared after the scan was cancelled, or without time', async () => {
  const compare = hashComparing()
  expect(await compare([sha1('admin')], 60_000, AbortSignal.abort())).toEqual([{ state: 'unfinished', weaknesses: [] }])
  expect(await compare([sha1('admin')], 0, signal)).toEqual([{ state: 'unfinished', weaknesses: [] }])
})

test('others have their turn all the while', async () => {
  let turns = 0
  const other = setInterval(() => turns++, 1)
  await hashComparing()([{ reveal: () => dear }], 500, signal)
  clearInterval(other)
  expect(turns).toBeGreaterThan(5)
})
