import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { digestKey } from './digest-key.ts'
import { UsageError } from './usage-error.ts'

let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'rollcall-key-'))))
afterEach(() => rm(folder, { recursive: true }))

const file = () => join(folder, 'digest-key')

test('the key is made once and stays, in a file for its owner alone', async () => {
  const first = await digestKey(folder)
  expect((await digestKey(folder)).revealBytes()).toEqual(first.revealBytes())
  expect(new Uint8Array(await readFile(file()))).toEqual(first.revealBytes())
  expect(first.revealBytes()).toHaveLength(32)
  expect((await stat(file())).mode & 0o7777).toBe(0o600)
  expect(await readdir(folder)).toEqual(['digest-key'])
})

test('all who ask at the same time get the same key', async () => {
  const keys = await Promise.all(Array.from({ length: 20 }, () => digestKey(folder)))
  expect(new Set(keys.map((key) => Buffer.from(key.revealBytes()).toString('hex'))).size).toBe(1)
  expect(await readdir(folder)).toEqual(['digest-key'])
})

test.each([
  ['is shorter than it was made', async () => writeFile(file(), 'short', { mode: 0o600 })],
  ['is empty', async () => writeFile(file(), '', { mode: 0o600 })],
  ['is longer', async () => writeFile(file(), new Uint8Array(33), { mode: 0o600 })],
  ['is a symbolic link', async () => symlink('/dev/zero', file())],
  [
    'may be read by others',
    async () => {
      await digestKey(folder)
      await chmod(file(), 0o640)
    },
  ],
])('a key file that %s is refused and left alone', async (_, spoil) => {
  await spoil()
  const before = await readdir(folder)
  await expect(digestKey(folder)).rejects.toThrow(UsageError)
  expect(await readdir(folder)).toEqual(before)
})
