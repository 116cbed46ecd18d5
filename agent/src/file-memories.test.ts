import { appendFile, chmod, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fileMemories } from './file-memories.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-memory-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const open = (version = '1', mostHosts = 100) => fileMemories({ folder: join(folder, 'files'), version, mostHosts })
const fileOf = async () => join(folder, 'files', (await readdir(join(folder, 'files')))[0]!)

const remembered = async () => {
  const memory = await (await open()).of('ssh://a', 'SHA256:x')
  memory.keep('v', '/etc/a', '1:2', { found: ['a'] })
  memory.keep('v', '/etc/b', '3:4', undefined)
  await memory.save(true)
}
const recalled = async (version?: string, hostKey = 'SHA256:x') => {
  const memory = await (await open(version)).of('ssh://a', hostKey)
  return [memory.recall('v', '/etc/a', '1:2'), memory.recall('v', '/etc/b', '3:4')]
}

test('what was kept of a file is known in a new process, also that it was nothing', async () => {
  await remembered()
  expect(await recalled()).toEqual([{ kept: { found: ['a'] } }, { kept: undefined }])
})

test('it is not known for another stamp, path, look, target, host key or version', async () => {
  await remembered()
  const memory = await (await open()).of('ssh://a', 'SHA256:x')
  expect(memory.recall('v', '/etc/a', '1:3')).toBe(undefined)
  expect(memory.recall('v', '/etc/c', '1:2')).toBe(undefined)
  expect(memory.recall('w', '/etc/a', '1:2')).toBe(undefined)
  expect((await (await open()).of('ssh://b', 'SHA256:x')).recall('v', '/etc/a', '1:2')).toBe(undefined)
  expect(await recalled('2')).toEqual([undefined, undefined])
  expect(await recalled('1', 'SHA256:y')).toEqual([undefined, undefined])
})

test('only its owner may read it, and no draft stays', async () => {
  await remembered()
  expect((await stat(join(folder, 'files'))).mode & 0o777).toBe(0o700)
  expect((await stat(await fileOf())).mode & 0o777).toBe(0o600)
  expect(await readdir(join(folder, 'files'))).toHaveLength(1)
})

test('a damaged, cut, foreign or linked file is as good as none, and is replaced', async () => {
  const damages: ((file: string) => Promise<unknown>)[] = [
    (file) => appendFile(file, ' '),
    (file) => truncate(file, 100),
    (file) => writeFile(file, ''),
    (file) => chmod(file, 0o644),
    async (file) => writeFile(file, (await readFile(file, 'utf8')).replace('"a"', '"b"')),
    async (file) => {
      const other = join(folder, 'other')
      await writeFile(other, await readFile(file), { mode: 0o600 })
      await rm(file)
      await symlink(other, file)
    },
  ]
  for (const damage of damages) {
    await remembered()
    await damage(await fileOf())
    expect(await recalled()).toEqual([undefined, undefined])
    await rm(await fileOf())
  }
  await remembered()
  await appendFile(await fileOf(), 'x')
  await remembered()
  expect((await recalled())[0]).toEqual({ kept: { found: ['a'] } })
})

test('after a whole look what was not asked about is forgotten; after one that broke off it is not', async () => {
  await remembered()
  const broken = await (await open()).of('ssh://a', 'SHA256:x')
  broken.keep('v', '/etc/c', '5:6', undefined)
  await broken.save(false)
  expect(await recalled()).toEqual([{ kept: { found: ['a'] } }, { kept: undefined }])
  const whole = await (await open()).of('ssh://a', 'SHA256:x')
  whole.recall('v', '/etc/a', '1:2')
  await whole.save(true)
  expect(await recalled()).toEqual([{ kept: { found: ['a'] } }, undefined])
})

test('a scan that asks about no file forgets nothing, and one without news writes nothing', async () => {
  await remembered()
  const before = (await stat(await fileOf())).ino
  const memory = await (await open()).of('ssh://a', 'SHA256:x')
  await memory.save(true)
  expect(await recalled()).toEqual([{ kept: { found: ['a'] } }, { kept: undefined }])
  const again = await (await open()).of('ssh://a', 'SHA256:x')
  again.recall('v', '/etc/a', '1:2')
  again.recall('v', '/etc/b', '3:4')
  await again.save(true)
  expect((await stat(await fileOf())).ino).toBe(before)
})

test('hosts beyond the most that are remembered are forgotten', async () => {
  for (const target of ['ssh://a', 'ssh://b', 'ssh://c']) {
    const memory = await (await open()).of(target, undefined)
    memory.keep('v', '/etc/a', '1:2', undefined)
    await memory.save(true)
  }
  await open('1', 2)
  expect(await readdir(join(folder, 'files'))).toHaveLength(2)
})

test('where nothing can be written, nothing is remembered and nothing fails', async () => {
  const memories = await open()
  const memory = await memories.of('ssh://a', undefined)
  await rm(join(folder, 'files'), { recursive: true })
  memory.keep('v', '/etc/a', '1:2', undefined)
  await expect(memory.save(true)).resolves.toBe(undefined)
})
