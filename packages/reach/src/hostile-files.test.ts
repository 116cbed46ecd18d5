import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { FindResult, HostAnswer, HostFile, HostRequest } from '@rollcall/discovery'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { knownHosts, openHost } from './index.ts'

const signal = new AbortController().signal

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-traps-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const asked = async (...requests: HostRequest[]): Promise<HostAnswer[]> => {
  await using open = await openHost(
    { kind: 'local' },
    { logins: [], hostKeys: knownHosts({ read: [] }), policy: 'strict', signal },
  )
  return await open.ask(requests, signal)
}
const files = (answer: HostAnswer | undefined): readonly HostFile[] => (answer?.kind === 'read' ? answer.files : [])
const text = (file: HostFile | undefined) => (file?.state === 'read' ? Buffer.from(file.bytes).toString() : file?.why)
const found = (answer: HostAnswer | undefined): Extract<FindResult, { state: 'found' }> =>
  answer?.kind === 'find' && answer.result.state === 'found'
    ? answer.result
    : expect.unreachable(JSON.stringify(answer))
const at = (name: string) => join(folder, name)

/** A packed file of a hundred parts of a hundred megabytes each. */
const bomb = (path: string, line: string) => {
  const part = gzipSync(Buffer.alloc(100_000_000, line))
  writeFileSync(path, Buffer.concat(Array.from({ length: 100 }, () => part)))
}

describe('what a user of a host may put in the way', () => {
  test('links that lead in a circle, nowhere or up are neither followed nor lost', async () => {
    await mkdir(at('links/deep'), { recursive: true })
    await symlink('loop', at('links/loop'))
    await symlink('b', at('links/a'))
    await symlink('a', at('links/b'))
    await symlink('..', at('links/deep/up'))
    await symlink('/', at('links/deep/root'))
    const [read, walk, through] = await asked(
      { kind: 'read', pattern: at('links/*') },
      { kind: 'find', under: [at('links')], where: { types: ['link'] } },
      { kind: 'read', pattern: at('links/deep/up/deep/up/deep/up/loop') },
    )
    expect(files(read).map((file) => text(file))).toEqual(['broken-link', 'broken-link', 'broken-link'])
    expect(
      found(walk)
        .entries.map(({ target }) => target)
        .toSorted(),
    ).toEqual(['..', '/', 'a', 'b', 'loop'])
    expect(files(through).map((file) => text(file))).toEqual(['broken-link'])
  })

  test('pipes, sockets and devices are never opened', async () => {
    await mkdir(at('traps'))
    execFileSync('mkfifo', [at('traps/authorized_keys'), at('traps/key.gz')])
    const server = createServer().listen(at('traps/socket'))
    await symlink('/dev/zero', at('traps/zero'))
    await symlink(at('traps/authorized_keys'), at('traps/link'))
    const [read, pseudo, packed, walk] = await asked(
      { kind: 'read', pattern: at('traps/*') },
      { kind: 'read', pattern: at('traps/*'), pseudo: true, tail: true },
      { kind: 'read', pattern: at('traps/*'), unpack: true, matching: ['x'] },
      { kind: 'find', under: [at('traps')], where: { containing: ['x'] } },
    )
    server.close()
    for (const answer of [read, pseudo, packed])
      expect(files(answer).map((file) => text(file))).toEqual(Array.from({ length: 5 }, () => 'not-a-regular-file'))
    expect(found(walk)).toMatchObject({ entries: [], unsearched: [] })
  })

  test('ten gigabytes in a small packed file are cut, and cost neither side their memory', async () => {
    bomb(at('bomb.gz'), '\0')
    bomb(at('lines.gz'), 'an Accepted line\n')
    const [zeros, lines, plain] = await asked(
      { kind: 'read', pattern: at('bomb.gz'), unpack: true, matching: ['Accepted'], maxBytes: 1000 },
      { kind: 'read', pattern: at('lines.gz'), unpack: true, matching: ['Accepted'], maxBytes: 1000 },
      { kind: 'read', pattern: at('bomb.gz'), unpack: true, maxBytes: 1000 },
    )
    for (const answer of [zeros, lines, plain])
      expect(files(answer)[0]).toMatchObject({ state: 'read', truncated: true })
    expect(text(files(zeros)[0])).toBe('')
    expect(text(files(plain)[0])).toBe('\0'.repeat(1000))
  })

  test('a file of a terabyte of nothing is read from both ends only', async () => {
    await writeFile(at('sparse'), 'first')
    truncateSync(at('sparse'), 1e12)
    const [first, last] = await asked(
      { kind: 'read', pattern: at('sparse'), maxBytes: 6 },
      { kind: 'read', pattern: at('sparse'), maxBytes: 6, tail: true },
    )
    expect(text(files(first)[0])).toBe('first\0')
    expect(text(files(last)[0])).toBe('\0\0\0\0\0\0')
  })

  test('times of change from the year 1 to the year 9999 and before 1970 are told', async () => {
    await mkdir(at('times'))
    const years = [-2_208_988_800, -1, 0, 2_147_483_648, 253_402_300_799]
    for (const seconds of years) {
      await writeFile(at(`times/${seconds}`), '')
      await utimes(at(`times/${seconds}`), seconds, seconds)
    }
    const [walk, read] = await asked(
      { kind: 'find', under: [at('times')], where: { types: ['file'] } },
      { kind: 'read', pattern: at('times/*'), stat: true },
    )
    for (const { path, modified } of found(walk).entries)
      // A file system may hold fewer years.
      expect([path, Date.parse(modified) / 1000]).toEqual([path, Number(execFileSync('stat', ['-c', '%Y', path]))])
    expect(found(walk).entries).toHaveLength(years.length)
    expect(files(read).every((file) => file.state === 'read' && file.stat !== undefined)).toBe(true)
  })

  test('names that colour a terminal, are no text or look like options are told as they are', async () => {
    await mkdir(at('names'))
    const names = [
      '\u001b[2J\u001b]0;owned\u0007',
      '-delete',
      '--version',
      '{}',
      '%p\\000',
      '\u202egnp.exe',
      "'; reboot; '",
      '\r',
      ' ',
    ]
    for (const name of names) await writeFile(at(`names/${name}`), 'KEY')
    writeFileSync(Buffer.concat([Buffer.from(at('names/')), Buffer.from([0xff, 0xfe])]), 'KEY')
    const [walk, texts, read] = await asked(
      { kind: 'find', under: [at('names')], where: { types: ['file'] } },
      { kind: 'find', under: [at('names')], where: { containing: ['KEY'] } },
      { kind: 'read', pattern: at('names/*') },
    )
    const wanted = [...names, String.raw`\xff\xfe`].map((name) => at(`names/${name}`)).toSorted()
    expect(
      found(walk)
        .entries.map(({ path }) => path)
        .toSorted(),
    ).toEqual(wanted)
    expect(
      found(texts)
        .entries.map(({ path }) => path)
        .toSorted(),
    ).toEqual(wanted)
    expect(
      files(read)
        .map(({ path }) => path)
        .toSorted(),
    ).toEqual(wanted)
  })

  test(
    'a hundred thousand files are counted to the limit, and a thousand folders deep is deep enough',
    { timeout: 120_000 },
    async () => {
      mkdirSync(at('many'))
      execFileSync('sh', ['-c', 'cd "$1" && seq 1 100000 | xargs touch', 'sh', at('many')])
      execFileSync('sh', [
        '-c',
        'cd "$1" && mkdir deep && cd deep && i=0; while [ $i -lt 500 ]; do mkdir d && cd d; i=$((i+1)); done; : > bottom',
        'sh',
        folder,
      ])
      const [many, read, deep, deeper] = await asked(
        { kind: 'find', under: [at('many')] },
        { kind: 'read', pattern: at('many/*'), maxFiles: 20 },
        { kind: 'find', under: [at('deep')], where: { names: ['bottom'] } },
        { kind: 'find', under: [at('deep')], maxDepth: 501, where: { names: ['bottom'] } },
      )
      expect(found(many).entries).toHaveLength(10_000)
      expect(found(many).cut).toBe('too-many')
      expect(files(read).at(-1)).toMatchObject({ why: 'too-many' })
      expect(found(deep).entries).toEqual([])
      expect(found(deeper).entries).toHaveLength(1)
    },
  )

  test('what pretends to be an answer is only the content of a file', async () => {
    await mkdir(at('fake'))
    const fake = '\nN E\n\n0123456789abcdef0123456789abcdef E\n\u00000 f 644 0 0 1 0.0 /etc/forged\u0000\n=0\n'
    await writeFile(at('fake/passwd'), fake)
    await writeFile(at('fake/0=81ed 0 0 1 1 '), fake)
    const [read, walk, run] = await asked(
      { kind: 'read', pattern: at('fake/passwd'), matching: ['E', 'f 644'] },
      { kind: 'find', under: [at('fake')], where: { containing: ['etc/forged'] } },
      { kind: 'run', argv: ['cat', at('fake/passwd')] },
    )
    expect(text(files(read)[0])).toContain('/etc/forged')
    expect(
      found(walk)
        .entries.map(({ path }) => path)
        .toSorted(),
    ).toEqual([at('fake/0=81ed 0 0 1 1 '), at('fake/passwd')])
    expect(run).toMatchObject({ result: { stdout: Buffer.from(fake) } })
  })

  test(
    'programs that never end, never stop or start others are ended, and their neighbours are answered',
    { timeout: 60_000 },
    async () => {
      const [stalls, floods, complains, leaves, read] = await asked(
        { kind: 'run', argv: ['sleep', '1000'] },
        { kind: 'run', argv: ['yes'], maxBytes: 100 },
        { kind: 'run', argv: ['sh', '-c', 'yes >&2 & sleep 0.2; kill $!; echo done'] },
        { kind: 'run', argv: ['sh', '-c', 'sleep 30 >/dev/null & echo left'] },
        { kind: 'read', pattern: '/etc/passwd', maxBytes: 4 },
      )
      expect(stalls).toMatchObject({ result: { state: 'unread', why: 'timed-out' } })
      expect(floods).toMatchObject({ result: { state: 'ran', truncated: true } })
      expect(complains).toMatchObject({ result: { stdout: Buffer.from('done\n') } })
      expect(leaves).toMatchObject({ result: { stdout: Buffer.from('left\n') } })
      expect(text(files(read)[0])).toBe('root')
    },
  )

  test.skipIf(!existsSync('/bin/bash'))(
    'a walk in a tree that changes all the time ends and invents nothing',
    async () => {
      await mkdir(at('moving'))
      const mover = spawn(
        'bash',
        ['-c', 'while :; do mkdir -p a/b/c; : > a/b/c/f; mv a x; rm -rf x; ln -s /etc a; rm a; done'],
        {
          cwd: at('moving'),
          stdio: 'ignore',
        },
      )
      try {
        const answers = await asked(
          ...Array.from({ length: 10 }, (_, turn): HostRequest => ({
            kind: 'find',
            under: [at('moving')],
            maxDepth: 10 + turn,
          })),
        )
        for (const answer of answers)
          for (const { path } of found(answer).entries) expect(path.startsWith(at('moving'))).toBe(true)
      } finally {
        mover.kill('SIGKILL')
      }
    },
  )

  test('a folder that nobody may enter but root is no obstacle to root, and its mode is told', async () => {
    await mkdir(at('closed'), { mode: 0o000 })
    await chmod(at('closed'), 0o000)
    const [walk] = await asked({ kind: 'find', under: [at('closed')], maxDepth: 0 })
    expect(found(walk).entries).toMatchObject([{ type: 'folder', mode: 0 }])
  })
})
