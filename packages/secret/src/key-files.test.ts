import { spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { keepFolderPrivate, KeyFileError, makePrivateFile, readPrivateFile, writePrivateFile } from './key-files.ts'

const folder = async () => {
  const made = await mkdtemp(join(tmpdir(), 'rollcall-keys-'))
  onTestFinished(() => rm(made, { recursive: true, force: true }))
  return made
}
const bytes = (text: string) => new TextEncoder().encode(text)
const modeOf = async (file: string) => (await stat(file)).mode & 0o777

test('what is written is read, for its owner alone', async () => {
  const file = join(await folder(), 'deep', 'key')
  expect(await readPrivateFile(file)).toBeUndefined()
  await writePrivateFile(file, bytes('one'))
  await writePrivateFile(file, bytes('two'))
  expect(await readPrivateFile(file)).toEqual(bytes('two'))
  expect([await modeOf(file), await modeOf(join(file, '..'))]).toEqual([0o600, 0o700])
  expect(await readdir(join(file, '..'))).toEqual(['key'])
})

test.each([0o640, 0o604, 0o620])('a file of mode %o is not read', async (mode) => {
  const file = join(await folder(), 'key')
  await writePrivateFile(file, bytes('one'))
  await chmod(file, mode)
  await expect(readPrivateFile(file)).rejects.toMatchObject({ code: 'open-to-others' })
})

test('a link, a folder and what is too large are not read', async () => {
  const where = await folder()
  await writePrivateFile(join(where, 'key'), bytes('one'))
  await symlink(join(where, 'key'), join(where, 'link'))
  await mkdir(join(where, 'folder'), { mode: 0o700 })
  await writeFile(join(where, 'large'), 'x'.repeat(100), { mode: 0o600 })
  await expect(readPrivateFile(join(where, 'link'))).rejects.toMatchObject({ code: 'not-a-file' })
  await expect(readPrivateFile(join(where, 'folder'))).rejects.toMatchObject({ code: 'not-a-file' })
  await expect(readPrivateFile(join(where, 'large'), 99)).rejects.toMatchObject({ code: 'too-large' })
})

test('nothing is written into a folder that is open to others', async () => {
  const where = join(await folder(), 'open')
  await mkdir(where, { mode: 0o755 })
  await expect(writePrivateFile(join(where, 'key'), bytes('one'))).rejects.toMatchObject({ code: 'open-to-others' })
  await expect(keepFolderPrivate(where)).rejects.toThrow(KeyFileError)
})

test('of many that make a file at the same time one does', async () => {
  const file = join(await folder(), 'key')
  const made = await Promise.all([1, 2, 3, 4, 5].map((nth) => makePrivateFile(file, bytes(`${nth}`))))
  expect(made.filter((first) => first)).toHaveLength(1)
  expect(await readPrivateFile(file)).toEqual(bytes(`${made.indexOf(true) + 1}`))
  expect(await readdir(join(file, '..'))).toEqual(['key'])
})

const mayMount = process.getuid?.() === 0
test.skipIf(!mayMount)('a full disk leaves what was there before (needs root, for a small file system)', async () => {
  const where = join(await folder(), 'small')
  await mkdir(where, { mode: 0o700 })
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=700', 'tmpfs', where])
  if (mounted.status !== 0) return
  onTestFinished(() => void spawnSync('umount', [where]))
  await writePrivateFile(join(where, 'key'), bytes('one'))
  const error = await writePrivateFile(join(where, 'key'), new Uint8Array(200_000)).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'disk-full' })
  expect(await readPrivateFile(join(where, 'key'))).toEqual(bytes('one'))
  expect(await readdir(where)).toEqual(['key'])
})
