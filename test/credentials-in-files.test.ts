import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rollcall } from './rollcall.ts'

/* What a user sees of `rollcall scan --credentials`: a tree of files of this machine, looked through for what nobody may see. */

const CANARY = 'kestrel-Quarry-2291'
const OTHER = 'heron-Timber-8830'
const FILES: Readonly<Record<string, string | Buffer>> = {
  'etc/app/db.ini': `[database]\nhost = db1.example.org\nuser = shop\npassword = ${CANARY}\n`,
  'home/ada/.netrc': `machine files.example.org login ada password ${OTHER}\n`,
  'home/ada/copy.ini.bak': `[database]\nuser = shop\npassword = ${CANARY}\n`,
  'etc/app/vault.ini': '[database]\nuser = shop\npassword = ${VAULT_DB_PASSWORD}\n',
  'etc/motd': 'Change your password every year.\n',
  'var/log/app.log.1.gz': gzipSync(`[database]\npassword = ${CANARY}\n`),
}

let folder: string
let tree: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-credentials-'))
  await chmod(folder, 0o700)
  tree = join(folder, 'tree')
  for (const [path, content] of Object.entries(FILES)) {
    await mkdir(dirname(join(tree, path)), { recursive: true })
    await writeFile(join(tree, path), content)
  }
  execFileSync('mkfifo', [join(tree, 'etc/pipe.conf')])
  await symlink('..', join(tree, 'etc/circle'))
  await symlink('/nowhere', join(tree, 'etc/broken.conf'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const scan = (...args: readonly string[]) =>
  rollcall(['scan', '--credentials', ...args, '--data', join(folder, 'state')])

interface Line {
  readonly kind: string
  readonly place: { readonly path: string; readonly line: number }
  readonly [field: string]: unknown
}
const linesOf = ({ stdout }: { stdout: string }) =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
const found = (lines: readonly Line[]) => lines.filter(({ kind }) => kind === 'stored-credential')
const at = (lines: readonly Line[], path: string) => found(lines).find(({ place }) => place.path === join(tree, path))

describe('a tree of files', () => {
  test('is told item by item: where, whom it opens, and in which state, the most urgent first', async () => {
    const lines = linesOf(await scan(tree, '--json'))
    expect(at(lines, 'etc/app/db.ini')).toMatchObject({
      place: { line: 4 },
      value: 'literal',
      state: 'active',
      account: 'shop',
      system: 'db1.example.org',
    })
    expect(at(lines, 'home/ada/.netrc')).toMatchObject({ account: 'ada', system: 'files.example.org' })
    expect(at(lines, 'home/ada/copy.ini.bak')).toMatchObject({ state: 'backup' })
    expect(at(lines, 'etc/app/vault.ini')).toMatchObject({ value: 'reference', severity: 'none' })
    expect(at(lines, 'var/log/app.log.1.gz')).toBeDefined()
    expect(at(lines, 'etc/motd')).toBeUndefined()
    const ranks = found(lines).map(({ rank }) => Number(rank))
    expect(ranks).toEqual(ranks.toSorted((one, other) => other - one))
    expect(lines.at(-1)).toMatchObject({ kind: 'outcome', status: 'complete' })
  })

  test('tells the same secret in two files by one digest, and never the secret, in any form of output nor on disk', async () => {
    const lines = linesOf(await scan(tree, '--json'))
    expect(at(lines, 'etc/app/db.ini')?.['digest']).toBe(at(lines, 'home/ada/copy.ini.bak')?.['digest'])
    expect(at(lines, 'etc/app/db.ini')?.['digest']).not.toBe(at(lines, 'home/ada/.netrc')?.['digest'])
    for (const form of [['--json'], ['--csv'], ['--sarif'], [], ['--context'], ['--context', '--json']]) {
      const { stdout, stderr } = await scan(tree, ...form)
      expect(stdout).toContain('db.ini')
      for (const secret of [CANARY, OTHER]) expect(stdout + stderr).not.toContain(secret)
    }
    for (const name of await readdir(join(folder, 'state')))
      expect(await readFile(join(folder, 'state', name), 'latin1')).not.toContain(CANARY)
  })

  test('shows its line on request, with the value masked', async () => {
    const { stdout } = await scan(join(tree, 'etc/app/db.ini'), '--context')
    expect(stdout).not.toContain('user = shop')
    expect(stdout).toMatch(/\| password = ●+\n/)
  })

  test('gives a log of SARIF that names file, line and rule', async () => {
    const log = JSON.parse((await scan(tree, '--sarif')).stdout) as {
      version: string
      runs: {
        tool: { driver: { rules: { id: string }[] } }
        results: {
          ruleId: string
          ruleIndex: number
          locations: { physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number } } }[]
        }[]
      }[]
    }
    expect(log.version).toBe('2.1.0')
    const [run] = log.runs
    for (const { ruleId, ruleIndex } of run!.results) expect(run!.tool.driver.rules[ruleIndex]?.id).toBe(ruleId)
    const places = run!.results.map(({ locations }) => locations[0]!.physicalLocation)
    expect(places).toContainEqual({
      artifactLocation: { uri: `file://${join(tree, 'etc/app/db.ini')}` },
      region: { startLine: 4 },
    })
  })
})

describe('the exit code', () => {
  test('is 4 where something is found, 0 where nothing is or nothing that urgent, 2 where something could not be read', async () => {
    expect((await scan(tree)).code).toBe(4)
    expect((await scan(join(tree, 'etc/motd'))).code).toBe(0)
    expect((await scan(join(tree, 'etc/app/vault.ini'))).code).toBe(0)
    expect((await scan(tree, '--fail-on', 'never')).code).toBe(0)
    expect((await scan(join(tree, 'home/ada/copy.ini.bak'), '--fail-on', 'critical')).code).toBe(0)
    expect((await scan(join(tree, 'etc/motd'), join(tree, 'etc/nothing'))).code).toBe(2)
    expect((await scan(tree, '--fail-on', 'soon')).code).toBe(1)
    expect((await scan()).code).toBe(1)
  })

  test('is 0 where an exception holds for all that is found, and 4 again when it is over', async () => {
    const file = join(folder, 'exceptions.yml')
    const target = join(tree, 'home/ada/.netrc')
    await writeFile(file, `- path: '*/.netrc'\n  reason: replaced in June\n  expires: 2999-01-01\n`)
    const { code, stdout } = await scan(target, '--exceptions', file)
    expect([code, stdout]).toEqual([0, expect.stringContaining('1 excepted')])
    expect((await scan(target, '--exceptions', file, '--sarif')).stdout).toContain('replaced in June')
    await writeFile(file, `- path: '*/.netrc'\n  reason: replaced in June\n  expires: 2020-01-01\n`)
    expect((await scan(target, '--exceptions', file)).code).toBe(4)
    await writeFile(file, `- path: '*'\n  reason: everything\n`)
    expect(await scan(target, '--exceptions', file)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('entry 1: would match everything'),
    })
  })

  test('counts nothing that is excluded', async () => {
    expect((await scan(tree, '--exclude', '**/home', '--exclude', '**/app', '--exclude', '**/log')).code).toBe(0)
  })
})
