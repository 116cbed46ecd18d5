import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync } from 'node:fs'
import { mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openSqlite } from './dialect.ts'
import { openStore } from './open.ts'
import { DAY_1, samplePrincipal, saveHost } from './sample.ts'

let folder: string
let file: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-open-'))
  file = join(folder, 'store.db')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)

/** A process of its own that runs a module with the store at hand, and ends with the test at the latest. */
const running = (body: string) => {
  const module = `import { openStore } from ${JSON.stringify(import.meta.resolve('./index.ts'))}\nimport { saveHost, samplePrincipal } from ${JSON.stringify(import.meta.resolve('./sample.ts'))}\n${body}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', module, file], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  return {
    line: async () => (await lines.next()).value,
    async [Symbol.asyncDispose]() {
      const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined
      child.kill('SIGKILL')
      await ended
    },
  }
}

test('what was written is there when the file is opened again, and nobody else may read it', async () => {
  {
    await using store = await openStore({ file })
    await store.atomically((tx) => saveHost(tx, 'h1', [samplePrincipal('h1', 'root')]))
    for (const path of [file, `${file}-wal`, `${file}-shm`, `${file}.lock`]) expect(await modeOf(path)).toBe('600')
  }
  chmodSync(file, 0o644)
  await using store = await openStore({ file })
  expect(await modeOf(file)).toBe('600')
  expect((await store.principals.of('h1')).map(({ name }) => name)).toEqual(['root'])
})

test('a file that is open is refused by name, in this process and in another', async () => {
  {
    await using _ = await openStore({ file })
    await expect(openStore({ file })).rejects.toMatchObject({ code: 'in-use' })
    await using other = running(
      "try { await openStore({ file: process.argv[1] }) } catch (error) { console.log(error.code) }; console.log('end')",
    )
    expect(await other.line()).toBe('in-use')
  }
  {
    await using other = running(
      "await openStore({ file: process.argv[1] }); console.log('opened'); setInterval(() => {}, 1000)",
    )
    expect(await other.line()).toBe('opened')
    await expect(openStore({ file })).rejects.toThrow('another process has the database open')
  }
  await using _ = await openStore({ file })
})

test('a file that a newer version wrote is refused, with both versions', async () => {
  await (await openStore({ file, version: '1.2.3' }))[Symbol.asyncDispose]()
  const engine = openSqlite(file)
  await engine.writer.db
    .insertInto('migration')
    .values({ number: 99, name: 'later', applied_at: DAY_1, program: '9.9.9' })
    .execute()
  await engine.close()
  await expect(openStore({ file, version: '1.2.3' })).rejects.toMatchObject({
    code: 'newer-database',
    message: expect.stringMatching(/schema is 99.*Rollcall 9\.9\.9.*Rollcall 1\.2\.3.*up to \d+/),
  })
})

test('a file that is no database, or a damaged one, is refused and not touched', async () => {
  await writeFile(file, 'This is a diary.\n'.repeat(100))
  await expect(openStore({ file })).rejects.toMatchObject({ code: 'corrupt' })
  expect(await readFile(file, 'utf8')).toContain('diary')
  await rm(file)

  await (await openStore({ file }))[Symbol.asyncDispose]()
  const handle = await open(file, 'r+')
  await handle.write(Buffer.alloc(4096 * 4, 0x5a), 0, 4096 * 4, 4096)
  await handle.close()
  const opening = async () => {
    await using store = await openStore({ file })
    await store.atomically((tx) => saveHost(tx, 'h1', [samplePrincipal('h1', 'root')]))
  }
  await expect(opening()).rejects.toMatchObject({ code: 'corrupt' })
})

test("another program's database is refused and not touched", async () => {
  const engine = openSqlite(file)
  await engine.writer.db.schema.createTable('recipes').addColumn('name', 'text').execute()
  await engine.close()
  await expect(openStore({ file })).rejects.toMatchObject({ code: 'other-database' })
})

test('a folder that is not there, or no file at all, is told as such', async () => {
  await expect(openStore({ file: join(folder, 'missing', 'store.db') })).rejects.toMatchObject({ code: 'unwritable' })
  await expect(openStore({ file: folder })).rejects.toMatchObject({ code: 'unwritable' })
})

test('a process that is killed while it writes leaves whole transactions and nothing else', async () => {
  const HOSTS_ACCOUNTS = 40
  const write = `
    const store = await openStore({ file: process.argv[1] })
    const accounts = (id) => Array.from({ length: ${HOSTS_ACCOUNTS} }, (_, n) => samplePrincipal(id, 'p' + n))
    const first = await store.relations.count('hosts', [])
    for (let n = first; ; n++) {
      await store.atomically(async (tx) => {
        await tx.inbox.admit('r' + n, '${DAY_1}')
        await saveHost(tx, 'h' + n, accounts('h' + n))
      })
      console.log(n)
    }`
  let told = -1
  for (let round = 0; round < 5; round++) {
    {
      await using child = running(write)
      const enough = told + 3 + round * 4
      while (told < enough) told = Number(await child.line())
    }
    await using store = await openStore({ file })
    const hosts = await store.relations.count('hosts', [])
    expect(hosts).toBeGreaterThan(told)
    expect(await store.relations.count('accounts', [])).toBe(hosts * HOSTS_ACCOUNTS)
    for (let n = 0; n < hosts; n++) {
      expect(await store.inbox.admitted(`r${n}`)).toBe(true)
      expect((await store.scopes.current(`h${n}`)).length).toBe(HOSTS_ACCOUNTS)
      expect((await store.scopes.of(`h${n}`))[0]?.findings).toBe(HOSTS_ACCOUNTS)
    }
    expect(await store.inbox.admitted(`r${hosts}`)).toBe(false)
    told = hosts - 1
  }
})

const mayMount = process.getuid?.() === 0 && existsSync('/bin/mount')

test.runIf(mayMount)('a full disk loses nothing that was kept, is told by name, and does no lasting harm', async () => {
  const small = join(folder, 'small')
  execFileSync('mkdir', [small])
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'rollcall', small])
  try {
    await writeFile(join(small, 'ballast'), Buffer.alloc(2_000_000))
    const store = await openStore({ file: join(small, 'store.db') })
    try {
      const add = (n: number) =>
        store.targetSets.add({
          id: `t${n}`,
          name: 'x'.repeat(100_000),
          include: [],
          exclude: [],
          addedAt: DAY_1,
          addedBy: 'me',
        })
      let kept = 0
      const fill = async () => {
        for (; kept < 1000; kept++) await add(kept)
      }
      await expect(fill()).rejects.toMatchObject({ code: 'disk-full' })
      expect((await store.targetSets.all()).length).toBe(kept)
      await expect(add(kept)).rejects.toMatchObject({ code: 'disk-full' })
      await rm(join(small, 'ballast'))
      await add(kept)
      expect((await store.targetSets.all()).length).toBe(kept + 1)
    } finally {
      await store[Symbol.asyncDispose]()
    }
  } finally {
    execFileSync('umount', [small])
  }
})
