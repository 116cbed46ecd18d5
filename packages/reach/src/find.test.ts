import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { chmod, chown, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { FindRequest, FindResult, FoundEntry, HostAnswer, HostRequest } from '@rollcall/discovery'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hostPath } from './found.ts'
import type { Shell } from './posix-host.ts'
import { walksOf } from './walk.ts'
import { asked, shellsHere, startedShell } from './fixtures/tested-shells.ts'

const kits = existsSync('/usr/bin/busybox') ? ['gnu', 'busybox'] : ['gnu']
const cases = shellsHere.flatMap(([name, shell]) => kits.map((kit) => [name, kit, shell] as const))
const root = process.getuid?.() === 0

let folder: string
let bin: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-find-'))
  await chmod(folder, 0o755)
  bin = join(folder, 'bin')
  await mkdir(bin)
  if (kits.length > 1)
    for (const tool of execFileSync('/usr/bin/busybox', ['--list'], { encoding: 'utf8' }).split('\n'))
      if (tool !== '' && tool !== 'busybox') await symlink('/usr/bin/busybox', join(bin, tool))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A shell as an ordinary account where this runs as root; with BusyBox's programs instead of GNU's on request. */
const shellOf = (shell: readonly [string, ...string[]], kit = 'gnu', user = false): Shell =>
  startedShell(shell, { programs: kit === 'gnu' ? undefined : bin, asNobody: user })

const found = (answer: HostAnswer | undefined): Extract<FindResult, { state: 'found' }> => {
  if (answer?.kind !== 'find' || answer.result.state !== 'found') return expect.unreachable(JSON.stringify(answer))
  return answer.result
}
const names = (answer: HostAnswer | undefined, base: string) =>
  found(answer)
    .entries.map(({ path }) => path.replace(base, '').replace(/^\//, ''))
    .toSorted()
const find = (request: Omit<FindRequest, 'kind'>): FindRequest => ({ kind: 'find', ...request })

const plant = async (base: string, files: Record<string, string>) => {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(base, path)), { recursive: true })
    await writeFile(join(base, path), text)
  }
}

describe.each(cases)('in %s with the programs of %s', (_, kit, shell) => {
  test('what is passed over with a slash at its end is passed over as a folder alone', async () => {
    const base = await mkdtemp(join(folder, 'slash-'))
    await chmod(base, 0o755)
    await plant(base, { 'a/.git/config': 'x', 'b/.git': 'x', 'c/data/x': 'x', 'd/x.tmp': 'x', 'd/y': 'x' })
    const [answer] = await asked(shellOf(shell, kit), [
      find({ under: [base], except: ['.git/', `${base}/c/data/`, '*.tmp'], where: { types: ['file'] } }),
    ])
    expect(names(answer, base)).toEqual(['b/.git', 'd/y'])
  })

  test('stamps are told where they are asked for, and change with content, status and file', async () => {
    const base = await mkdtemp(join(folder, 'stamp-'))
    await chmod(base, 0o755)
    await plant(base, { same: 'x', touched: 'x', moded: 'x', replaced: 'x' })
    const request = find({ under: [base], where: { types: ['file'] }, stamp: true })
    const stamps = async () => {
      const [answer] = await asked(shellOf(shell, kit), [request])
      return new Map(found(answer).entries.map(({ path, stamp }) => [path.slice(base.length + 1), stamp]))
    }
    const before = await stamps()
    for (const stamp of before.values()) expect(stamp).toMatch(/^\d+:\d+(?:\.\d+)?$/)
    await new Promise((resolve) => setTimeout(resolve, 1100))
    await chmod(join(base, 'moded'), 0o604)
    // The same size and the same time of change of content, as somebody may set it.
    await utimes(join(base, 'touched'), 1, 1)
    await rm(join(base, 'replaced'))
    await plant(base, { other: 'x', replaced: 'x' })
    const after = await stamps()
    expect([...before.keys()].filter((name) => before.get(name) === after.get(name))).toEqual(['same'])
    const [plain] = await asked(shellOf(shell, kit), [find({ under: [base], where: { types: ['file'] } })])
    expect(found(plain).entries.every(({ stamp }) => stamp === undefined)).toBe(true)
  })

  test('entries of every type are told with their facts', async () => {
    const base = await mkdtemp(join(folder, 'types-'))
    await plant(base, {
      'file with space': '12345',
      "it's": 'x',
      'sub/.hidden': '',
      '-rf': 'x',
      '$(id)': '',
      'é[1]': '',
    })
    if (root) await chown(join(base, 'file with space'), 1234, 4321)
    await chmod(join(base, 'file with space'), 0o4750)
    await utimes(join(base, 'file with space'), 86_400, 86_400)
    await symlink('nowhere else', join(base, 'link'))
    await symlink("a' -> 'b", join(base, "l' -> 'x"))
    execFileSync('mkfifo', [join(base, 'fifo')])
    const server = createServer().listen(join(base, 'socket'))
    const [all] = await asked(shellOf(shell, kit), [find({ under: [base] })])
    server.close()
    const entries = new Map(found(all).entries.map((entry) => [entry.path, entry]))
    expect([...entries.keys()].toSorted()).toEqual(
      [
        base,
        ...[
          '$(id)',
          '-rf',
          'fifo',
          'file with space',
          "it's",
          'link',
          "l' -> 'x",
          'socket',
          'sub',
          'sub/.hidden',
          'é[1]',
        ].map((name) => join(base, name)),
      ].toSorted(),
    )
    expect(entries.get(join(base, 'file with space'))).toEqual({
      path: join(base, 'file with space'),
      type: 'file',
      size: 5,
      mode: 0o4750,
      uid: root ? 1234 : process.getuid?.(),
      gid: root ? 4321 : process.getgid?.(),
      modified: '1970-01-02T00:00:00.000Z',
    })
    expect(entries.get(join(base, 'link'))).toMatchObject({ type: 'link', target: 'nowhere else' })
    expect(entries.get(join(base, "l' -> 'x"))).toMatchObject({ type: 'link', target: "a' -> 'b" })
    expect(['fifo', 'sub', 'socket'].map((name) => entries.get(join(base, name))?.type)).toEqual([
      'fifo',
      'folder',
      'socket',
    ])
    expect(found(all)).toMatchObject({ unsearched: [], unnamed: 0 })
    expect(found(all)).not.toHaveProperty('cut')
  })

  test('searches that only look at paths take one walk, and each is told of its own paths', async () => {
    const base = await mkdtemp(join(folder, 'looks-'))
    await plant(base, { 'a/one': '1', 'a/two': '22', b: '333' })
    await symlink('a/one', join(base, 'link'))
    const at = (...paths: string[]) => find({ under: paths.map((path) => join(base, path)), maxDepth: 0 })
    const requests = [
      at('a', 'a/one', 'none'),
      at('b', 'a/one/'),
      at('none'),
      find({ under: [join(base, 'a')], maxDepth: 0, where: { types: ['file'] } }),
      at('link', 'a/two'),
      at('b/below'),
    ]
    expect(walksOf(requests)).toHaveLength(2)
    const answers = await asked(shellOf(shell, kit), requests)
    expect(answers.flatMap((answer) => (answer.kind === 'find' ? [names(answer, base)] : []))).toEqual([
      ['a', 'a/one'],
      ['a/one', 'b'],
      [],
      [],
      ['a/two', 'link'],
      [],
    ])
    expect(answers.map((answer) => found(answer).unsearched)).toEqual(requests.map(() => []))
  })

  test('several searches of the same folders take one walk and are answered apart', async () => {
    const base = await mkdtemp(join(folder, 'shared-'))
    await plant(base, {
      'a/id_rsa': '-----BEGIN KEY\n',
      'a/note.pem': 'nothing',
      'b/deep/er/key.pem': 'x\n-----BEGIN KEY\n',
      'b/big': 'x'.repeat(2000),
      'node_modules/x.pem': '-----BEGIN KEY',
      'skip/me/x.pem': '',
      'skip/not/x.pem': '',
    })
    await chmod(join(base, 'b/big'), 0o2755)
    await symlink('a/id_rsa', join(base, 'link.pem'))
    const shared = { under: [base], except: ['node_modules', join(base, 'sk?p', 'm*')] }
    const answers = await asked(shellOf(shell, kit), [
      find({ ...shared, where: { names: ['*.pem'], types: ['file'] } }),
      { kind: 'read', pattern: join(base, 'a/note.pem') },
      find({ ...shared, where: { containing: ['BEGIN KEY', 'BEGIN "O\'THER'] } }),
      find({ ...shared, where: { anyMode: 0o6000, types: ['file'] } }),
      find({ ...shared, where: { minBytes: 1000, maxBytes: 2000, types: ['file'] } }),
      find({ ...shared, where: { minBytes: 1000, maxBytes: 1999, types: ['file'] } }),
      find({ ...shared, where: { names: ['*.pem', 'b?g'], types: ['link', 'file'] } }),
      find({ under: [join(base, '*/deep'), join(base, 'b')], maxDepth: 1 }),
      find({ under: [join(base, 'a'), join(base, 'link.pem'), join(base, 'none')], maxDepth: 0 }),
      find({ ...shared, where: { names: ['key.pem'], containing: ['KEY'] } }),
      find({ ...shared, where: { names: [] } }),
    ])
    expect(answers[1]).toMatchObject({ files: [{ state: 'read' }] })
    expect(answers.flatMap((answer) => (answer.kind === 'find' ? [names(answer, base)] : []))).toEqual([
      ['a/note.pem', 'b/deep/er/key.pem', 'skip/not/x.pem'],
      ['a/id_rsa', 'b/deep/er/key.pem'],
      ['b/big'],
      ['b/big'],
      [],
      ['a/note.pem', 'b/big', 'b/deep/er/key.pem', 'link.pem', 'skip/not/x.pem'],
      ['b', 'b/big', 'b/deep', 'b/deep/er'],
      ['a', 'link.pem'],
      ['b/deep/er/key.pem'],
      [],
    ])
  })

  test('names with a line feed are passed over and counted, and forge nothing', async () => {
    const base = await mkdtemp(join(folder, 'forged-'))
    const forged = `x\n0=81ed 0 0 1 1 /etc/forged\nl/etc/forged\n\u0001`
    await plant(base, {
      ok: '',
      'bad\nname': 'text',
      'folder\n/inside': 'text',
      [forged]: 'text',
      '\u001b[31mred': 'text',
    })
    await symlink('to\nwhere', join(base, 'link'))
    const [all, text] = await asked(shellOf(shell, kit), [
      find({ under: [base], where: { types: ['file', 'link'] } }),
      find({ under: [base], where: { containing: ['text'] } }),
    ])
    expect(names(all, base)).toEqual(['\u001b[31mred', 'link', 'ok'])
    expect(found(all).unnamed).toBeGreaterThanOrEqual(3)
    expect(names(text, base)).toEqual(['\u001b[31mred'])
    expect(found(text).unnamed).toBeGreaterThanOrEqual(3)
  })

  test('a search ends at its most entries and says so, beside others that do not', async () => {
    const base = await mkdtemp(join(folder, 'many-'))
    await plant(base, Object.fromEntries(Array.from({ length: 60 }, (_unused, index) => [`f${index}`, ''])))
    const [few, exact, none] = await asked(shellOf(shell, kit), [
      find({ under: [base], maxEntries: 10, where: { types: ['file'] } }),
      find({ under: [base], maxDepth: 1, maxEntries: 61 }),
      find({ under: [base], maxDepth: 2, maxEntries: 0 }),
    ])
    expect(found(few)).toMatchObject({ cut: 'too-many' })
    expect(found(few).entries).toHaveLength(10)
    expect(found(exact).entries).toHaveLength(61)
    expect(found(exact)).not.toHaveProperty('cut')
    expect(found(none)).toMatchObject({ entries: [], cut: 'too-many' })
  })

  test.skipIf(!root)('what may not be searched or looked into is told', async () => {
    const base = await mkdtemp(join(folder, 'closed-'))
    await chmod(base, 0o755)
    await plant(base, {
      'open/x': 'KEY',
      'closed/x': 'KEY',
      "q'uo te/x": 'KEY',
      'open/secret': 'KEY',
      'outer/inner/x': '',
    })
    await chmod(join(base, 'closed'), 0o700)
    await chmod(join(base, "q'uo te"), 0)
    await chmod(join(base, 'outer'), 0)
    await chmod(join(base, 'open/secret'), 0o600)
    const [all, content, starts, one] = await asked(shellOf(shell, kit, true), [
      find({ under: [base], where: { types: ['file'] } }),
      find({ under: [base], maxDepth: 5, where: { containing: ['KEY'] } }),
      find({
        under: [join(base, 'outer/inner'), join(base, 'closed'), join(base, 'outer/*/x'), join(base, 'no/such')],
      }),
      find({ under: [join(base, 'outer/inner')], maxDepth: 0 }),
    ])
    const folders = ['closed', 'outer', "q'uo te"]
    const told = (answer: HostAnswer | undefined) =>
      found(answer)
        .unsearched.map(({ path, why }) => `${path.replace(`${base}/`, '')}: ${why}`)
        .toSorted()
    expect(names(all, base)).toEqual(['open/secret', 'open/x'])
    expect(told(all)).toEqual(folders.map((name) => `${name}: not-permitted`))
    expect(names(content, base)).toEqual(['open/x'])
    expect(told(content)).toEqual(['closed', 'open/secret', 'outer', "q'uo te"].map((name) => `${name}: not-permitted`))
    expect(names(starts, base)).toEqual(['closed'])
    expect(told(starts)).toEqual(['closed', 'outer/*/x', 'outer/inner'].map((name) => `${name}: not-permitted`))
    expect(found(one)).toMatchObject({ entries: [], unsearched: [{ why: 'not-permitted' }] })
  })

  test('only lines that hold one of the texts travel, packed or not', async () => {
    const base = await mkdtemp(join(folder, 'lines-'))
    const log = 'Accepted one\nother\n\u0000é Accepted two\nFailed "x\nno end Accepted'
    await plant(base, { log, empty: '', 'bad.gz': 'not packed', 'none.log': 'nothing\n' })
    for (const [tool, end] of [
      ['gzip', 'gz'],
      ['xz', 'xz'],
      ['bzip2', 'bz2'],
    ] as const)
      await writeFile(join(base, `log.${end}`), spawnSync(tool, ['-c'], { input: log }).stdout)
    const matching = ['Accepted', 'Failed "']
    const read = (name: string, more: object = {}): HostRequest => ({
      kind: 'read',
      pattern: join(base, name),
      matching,
      unpack: true,
      ...more,
    })
    const answers = await asked(shellOf(shell, kit), [
      read('log*'),
      read('log', { maxBytes: 14 }),
      read('log.gz', { maxBytes: 14, tail: true }),
      read('empty'),
      read('none.log', { stat: true }),
      read('bad.gz'),
      read('none'),
      { kind: 'run', argv: ['cat', join(base, 'log')], matching },
      { kind: 'run', argv: ['cat', join(base, 'log')], matching: [] },
      { kind: 'run', argv: ['cat', join(base, 'log')], matching, maxBytes: 8 },
      { kind: 'read', pattern: join(base, 'log.gz'), unpack: true },
      { kind: 'read', pattern: join(base, 'log'), unpack: true },
      { kind: 'run', argv: ['cat', join(base, 'none.log')] },
    ])
    const told = answers.map((answer) =>
      answer.kind === 'read'
        ? answer.files.map((file) => (file.state === 'read' ? text(file.bytes, file.truncated) : file.why))
        : answer.kind === 'run' && answer.result.state === 'ran'
          ? text(answer.result.stdout, answer.result.truncated)
          : answer,
    )
    const nul = kit === 'gnu' && shell[1] !== 'ash' ? '\u0000' : ' '
    const kept = `Accepted one\n${nul}é Accepted two\nFailed "x\nno end Accepted\n`
    expect(told).toEqual([
      [kept, kept, kept, kept],
      [`Accepted one\n${nul}…`],
      [`${kept.slice(-14)}…`],
      [''],
      [''],
      ['io-error'],
      ['no-such-file'],
      kept,
      '',
      'Accepted…',
      [log],
      [log],
      'nothing\n',
    ])
    expect(answers[4]).toMatchObject({ files: [{ stat: { mode: 0o644 } }] })
  })
})

/** Names that have something to quote, escape or misread. */
const name = fc
  .oneof(
    { weight: 3, arbitrary: fc.constantFrom('a', 'b', 'c.pem', 'k.key', '.ssh', 'node_modules') },
    fc.constantFrom(
      "it's",
      'a b',
      '-exec',
      '{}',
      '+',
      '$(id)',
      '*',
      '[x]',
      '\\',
      '"',
      ';',
      '\t',
      ' ',
      '\u001b[2J',
      '\n',
      '0 f 644',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
  )
  .map((text) => Buffer.from(text.replaceAll(/[\0/]/g, '_')).subarray(0, 200))
  .filter((bytes) => !['', '.', '..'].includes(bytes.toString()))
const raw = fc
  .uint8Array({ minLength: 1, maxLength: 6, min: 1 })
  .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0x2f ? 0xff : byte))))
  .filter((bytes) => !['.', '..'].includes(bytes.toString()))
const node = fc.record({
  names: fc.array(fc.oneof({ weight: 5, arbitrary: name }, raw), { minLength: 1, maxLength: 4 }),
  what: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('text', 'KEY', 'x'.repeat(300)) },
    fc.constantFrom('link', 'broken', 'fifo', 'folder'),
  ),
  mode: fc.constantFrom(0o644, 0o600, 0o4755, 0o2711, 0o000, 0o1777),
  seconds: fc.constantFrom(0, -86_400, 1_700_000_000, 4_102_444_800),
})
const condition = fc.record(
  {
    types: fc.subarray(['file', 'folder', 'link', 'fifo'] as const, { minLength: 1 }),
    names: fc.subarray(['*.pem', '?', '*', '[!a]*', '[[]x]', '.*', '*[^x]', String.raw`\*`], { minLength: 1 }),
    anyMode: fc.constantFrom(0o6000, 0o022, 0o111),
    minBytes: fc.constantFrom(1, 4, 300),
    maxBytes: fc.constantFrom(0, 4, 299),
    containing: fc.constantFrom(['KEY'], ['te', 'KEY'], ['nothing']),
  },
  { requiredKeys: [] },
)
const searches = fc.array(
  fc.record({
    where: condition,
    maxDepth: fc.constantFrom(0, 1, 2, 32),
    except: fc.subarray(['node_modules', '$/a', '$/*/b', '*.key']),
  }),
  { minLength: 1, maxLength: 4 },
)

/** The command line by which a person would search the same. */
const byHand = (
  base: string,
  { where, maxDepth, except }: { where: Where; maxDepth: number; except: readonly string[] },
) => {
  const or = (tests: readonly string[][]) => [
    '(',
    ...tests.flatMap((one, index) => (index === 0 ? one : ['-o', ...one])),
    ')',
  ]
  const { types, names, anyMode, minBytes, maxBytes, containing } = where
  return [
    base,
    '-maxdepth',
    String(maxDepth),
    ...except.flatMap((one) =>
      one.startsWith('$')
        ? ['-regextype', 'posix-extended', '-regex', escaped(base) + one.slice(1).replace('*', '[^/]*'), '-prune', '-o']
        : ['-name', one, '-prune', '-o'],
    ),
    ...(types === undefined
      ? []
      : or(types.map((type) => ['-type', { file: 'f', folder: 'd', link: 'l', fifo: 'p' }[type]]))),
    ...(names === undefined
      ? []
      : or(names.map((one) => ['-name', one.replaceAll('\\', '\\\\').replace('[^', String.raw`[\^`)]))),
    ...(anyMode === undefined ? [] : ['-perm', `/${anyMode.toString(8)}`]),
    ...(minBytes === undefined ? [] : ['-size', `+${minBytes - 1}c`]),
    ...(maxBytes === undefined ? [] : ['!', '-size', `+${maxBytes}c`]),
    ...(containing === undefined
      ? []
      : ['-type', 'f', '-exec', 'grep', '-qF', ...containing.flatMap((one) => ['-e', one]), '--', '{}', ';']),
    '-print0',
  ]
}
type Where = typeof condition extends fc.Arbitrary<infer W> ? W : never
const escaped = (path: string) => path.replaceAll(/[^A-Za-z0-9/]/g, (one) => `\\${one}`)

test.each(kits)('whatever lies in a tree, the programs of %s find what find(1) finds by hand', async (kit) => {
  // BusyBox' shell prefers BusyBox' programs.
  const shells = shellsHere.flatMap(([, shell]) => (kit === 'gnu' && shell[1] === 'ash' ? [] : [shell]))
  await fc.assert(
    fc.asyncProperty(fc.array(node, { maxLength: 25 }), searches, fc.nat(), async (nodes, asks, pick) => {
      const base = await mkdtemp(join(folder, 'tree-'))
      await chmod(base, 0o755)
      for (const one of nodes) plantNode(base, one)
      const requests = asks.map(({ except, ...ask }) =>
        find({ under: [base], ...ask, except: except.map((one) => one.replace('$', base)) }),
      )
      const answers = await asked(shellOf(shells[pick % shells.length]!, kit), requests)
      for (const [index, answer] of answers.entries()) {
        const ask = asks[index]!
        const raw = execFileSync('find', byHand(base, ask), { env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' } })
        const wanted = raw.toString('latin1').split('\0').slice(0, -1)
        const named = wanted.filter((path) => !path.includes('\n')).map((path) => hostPath(Buffer.from(path, 'latin1')))
        const { entries, unsearched, unnamed } = found(answer)
        expect(entries.map(({ path }) => path).toSorted()).toEqual(named.toSorted())
        expect(unsearched).toEqual([])
        if (kit === 'gnu' && ask.where.containing === undefined) expect(unnamed).toBe(wanted.length - named.length)
        for (const entry of entries) expectFacts(base, entry)
      }
      await rm(base, { recursive: true, force: true })
    }),
    { numRuns: 25 },
  )
})

const plantNode = (
  base: string,
  { names: parts, what, mode, seconds }: typeof node extends fc.Arbitrary<infer N> ? N : never,
) => {
  const parents = parts
    .slice(0, -1)
    .reduce((path, part) => Buffer.concat([path, Buffer.from('/'), part]), Buffer.from(base))
  const path = Buffer.concat([parents, Buffer.from('/'), parts.at(-1)!])
  try {
    mkdirSync(parents, { recursive: true })
    if (what === 'link') symlinkSync('/etc/passwd', path)
    else if (what === 'broken') symlinkSync("no' -> 'where", path)
    else if (what === 'fifo') execFileSync('mknod', ['--', path.toString(), 'p'], { stdio: 'ignore' })
    else if (what === 'folder') mkdirSync(path)
    else writeFileSync(path, what, { flag: 'wx' })
    if (what === 'link' || what === 'broken') return
    chmodSync(path, root || what !== 'folder' ? mode : 0o755)
    utimesSync(path, seconds, seconds)
  } catch {
    // Two nodes of the same name, or a file where a folder would be.
  }
}

const expectFacts = (base: string, entry: FoundEntry) => {
  if (entry.path.includes('\\x')) return
  const stat = lstatSync(entry.path)
  expect(entry).toMatchObject({
    size: stat.size,
    mode: stat.mode & 0o7777,
    uid: stat.uid,
    gid: stat.gid,
    modified: new Date(Math.floor(stat.mtimeMs / 1000) * 1000).toISOString(),
    type: stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : stat.isSymbolicLink() ? 'link' : 'fifo',
  })
  expect(entry.target).toBe(stat.isSymbolicLink() ? readlinkSync(entry.path) : undefined)
  expect(entry.path.startsWith(base)).toBe(true)
}

const text = (bytes: Uint8Array, truncated: boolean) => `${Buffer.from(bytes).toString()}${truncated ? '…' : ''}`
