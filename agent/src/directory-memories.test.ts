import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { directoryMemories } from './directory-memories.ts'

const DAY = 24 * 3600_000

let folder: string
let at = new Date('2026-01-01T00:00:00Z')
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-directories-'))
  at = new Date('2026-01-01T00:00:00Z')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const open = (version = '1') => directoryMemories({ folder: join(folder, 'kept'), version, now: () => at })
const ofDc = async (identity = 'scan@example.com', version = '1') =>
  (await open(version)).of('ldaps://dc:636', identity)
const later = (days: number) => (at = new Date(at.getTime() + days * DAY))

test('what was saved is remembered, by a later process as well', async () => {
  await (await ofDc()).save({ cookie: 'AAAA' }, true)
  expect((await ofDc()).remembered).toEqual({ cookie: 'AAAA' })
})

test('another identity, directory or version of the product begins anew', async () => {
  await (await ofDc()).save({ cookie: 'AAAA' }, true)
  expect((await ofDc('other@example.com')).remembered).toBeUndefined()
  expect((await ofDc('scan@example.com', '2')).remembered).toBeUndefined()
  expect((await (await open()).of('ldaps://other:636', 'scan@example.com')).remembered).toBeUndefined()
})

test('seven days after the last look at everything, the next one is at everything', async () => {
  await (await ofDc()).save({ cookie: '1' }, true)
  later(6)
  await (await ofDc()).save({ cookie: '2' }, false)
  expect((await ofDc()).remembered).toEqual({ cookie: '2' })
  later(1)
  expect((await ofDc()).remembered).toBeUndefined()
})

test('a clock that was set back makes a look at everything', async () => {
  await (await ofDc()).save({ cookie: '1' }, true)
  later(-1)
  expect((await ofDc()).remembered).toBeUndefined()
})

test('what is forgotten is not remembered', async () => {
  await (await ofDc()).save({ cookie: '1' }, true)
  await (await ofDc()).forget()
  expect((await ofDc()).remembered).toBeUndefined()
})

test('a file that is damaged, cut or open to others is as good as none', async () => {
  await (await ofDc()).save({ cookie: '1' }, true)
  const [name] = await readdir(join(folder, 'kept'))
  const file = join(folder, 'kept', name!)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  const whole = await readFile(file)
  for (const bytes of [whole.subarray(0, -1), Buffer.concat([whole, Buffer.from(' ')]), Buffer.from('{}')]) {
    await writeFile(file, bytes)
    expect((await ofDc()).remembered).toBeUndefined()
  }
  await writeFile(file, whole)
  await chmod(file, 0o644)
  expect((await ofDc()).remembered).toBeUndefined()
})
