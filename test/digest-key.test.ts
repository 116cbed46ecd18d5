import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import plainDebian from './lab/hosts/plain-debian.ts'
import { startLab, type Lab } from './lab/lab.ts'
import { rollcall, type Ended } from './rollcall.ts'

/*
 * The key for digests of found secrets: equal hashes show as equal within one installation and nowhere else, and the key itself
 * stays in its file.
 */

let lab: Lab
const folders: string[] = []
const scans: Ended[] = []

const scan = async (folder: string) => {
  const host = lab.host(plainDebian.name)
  const login = ['--key', host.keyFile, '--known-hosts', lab.knownHosts, '--host-keys', 'strict', '--data', folder]
  return rollcall(['scan', `${host.user}@${host.address}:${host.port}`, '--json', ...login])
}

beforeAll(async () => {
  lab = await startLab([plainDebian])
  for (let count = 0; count < 2; count++) folders.push(await mkdtemp(join(tmpdir(), 'rollcall-digest-')))
  for (const folder of [folders[0]!, folders[0]!, folders[1]!]) scans.push(await scan(folder))
})

afterAll(async () => {
  await lab?.[Symbol.asyncDispose]()
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

const digests = ({ stdout }: Ended) =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { kind: string; account?: string; state?: string; digest?: string })
    .filter(({ kind, state }) => kind === 'credential' && (state === 'usable' || state === 'locked'))
    .map(({ account, digest }) => [account, digest])

test('every hash has a digest, the same in every scan of one installation and another in another', () => {
  const [first = [], again = [], elsewhere = []] = scans.map(digests)
  expect(first.length).toBeGreaterThan(8)
  for (const [, digest] of first) expect(digest).toMatch(/^[\w-]{43}$/)
  expect(again).toEqual(first)
  const known = new Set(first.map(([, digest]) => digest))
  expect(elsewhere.map(([account]) => account)).toEqual(first.map(([account]) => account))
  expect(elsewhere.filter(([, digest]) => known.has(digest))).toEqual([])
})

test('the key is in its file and in nothing that is printed or kept beside it', async () => {
  for (const [index, folder] of folders.entries()) {
    const key = await readFile(join(folder, 'digest-key'))
    expect(key).toHaveLength(32)
    const printed = scans.filter((_, scan) => (scan < 2 ? 0 : 1) === index).map(({ stdout, stderr }) => stdout + stderr)
    const beside = (await readdir(folder, { recursive: true, withFileTypes: true })).filter(
      (entry) => entry.isFile() && entry.name !== 'digest-key',
    )
    const kept = await Promise.all(beside.map(({ parentPath, name }) => readFile(join(parentPath, name))))
    for (const bytes of [...printed.map((text) => Buffer.from(text)), ...kept])
      for (const form of [key, key.toString('hex'), key.toString('base64').slice(0, 42), key.toString('base64url')])
        expect(bytes.includes(form)).toBe(false)
  }
})
