import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FoundEntry } from '../../host.ts'
import { readService, unitTree, type UnitTree } from './index.ts'
import { simplified } from './unit-words.ts'

/**
 * systemd itself loads the units of a folder and says what it made of them: `systemd --test` does that without running anything.
 * It refuses to do so as root, so that it is run as nobody.
 */
const SYSTEMD = ['/usr/lib/systemd/systemd', '/lib/systemd/systemd'].find((path) => existsSync(path))
const asNobody = process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--clear-groups'] : []

let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'rollcall-systemd-'))
  execFileSync('chmod', ['755', root])
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** Files by path below the folder of units, `-> x` for a link to x. */
type Files = Readonly<Record<string, string>>

const FOLDERS = ['etc', 'run', 'lib']
let scenarios = 0

const laid = (files: Files) => {
  const base = join(root, `s${scenarios++}`)
  for (const folder of FOLDERS) mkdirSync(join(base, folder), { recursive: true })
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(base, path)), { recursive: true })
    if (content.startsWith('-> ')) symlinkSync(content.slice(3).replace('BASE', base), join(base, path))
    else writeFileSync(join(base, path), content)
  }
  const folders = FOLDERS.map((folder) => join(base, folder))
  return { base, folders, tree: unitTree(folders.flatMap(entriesIn), folders) }
}

const entriesIn = (folder: string): FoundEntry[] =>
  readdirSync(folder).flatMap((name): FoundEntry[] => {
    const path = join(folder, name)
    const stat = lstatSync(path)
    const type = stat.isSymbolicLink() ? 'link' : stat.isDirectory() ? 'folder' : 'file'
    const own = { path, type, mode: stat.mode & 0o7777, uid: 0, gid: 0, size: stat.size, modified: '' } as const
    return [
      type === 'link' ? { ...own, target: readlinkSync(path) } : own,
      ...(type === 'folder' ? entriesIn(path) : []),
    ]
  })

const ours = (tree: UnitTree, name: string, base: string) => {
  const unit = tree.resolve(name)
  if (unit === undefined) return undefined
  const texts = [unit.fragment, ...unit.dropIns].map(({ path }) => ({ path, text: readFileSync(path, 'utf8') }))
  const service = readService(unit.name, texts, { account: 'nobody', home: '/', hostname: 'h' })
  return {
    name: unit.name.name,
    fragment: unit.fragment.path.replace(`${base}/`, ''),
    dropIns: unit.dropIns.map(({ path }) => path.replace(`${base}/`, '')),
    user: service.unknownUser === undefined ? (service.user?.name ?? service.dynamic?.name ?? '') : undefined,
    folder: service.folder ?? '',
    commands: service.commands.map(({ when, words }) => [when, ...words]),
    loads: !(
      service.refused.some(({ place, givesUp }) => givesUp && place.path === unit.fragment.path) ||
      // These it does not load for another reason: nothing to start.
      !service.commands.some(({ when }) => when === 'ExecStart')
    ),
    variables: service.variables.toSorted(),
    files: service.files,
  }
}

interface Dumped {
  readonly name: string
  readonly state: string
  readonly fields: readonly (readonly [string, string])[]
  readonly commands: readonly (readonly [string, string])[]
}

const dump = (folders: readonly string[], wants: readonly string[]): Dumped[] => {
  writeFileSync(join(folders[0]!, 'all.target'), `[Unit]\nWants=${wants.join(' ')}\n`)
  execFileSync('chmod', ['-R', 'a+rX', root])
  const [program, ...args] = [...asNobody, SYSTEMD!, '--test', '--system', '--unit=all.target']
  const { stdout } = spawnSync(program, args, {
    env: { PATH: '/usr/bin:/bin', SYSTEMD_UNIT_PATH: folders.join(':'), XDG_RUNTIME_DIR: root, LC_ALL: 'C' },
    encoding: 'utf8',
    maxBuffer: 1e8,
  })
  return stdout
    .split(/^\t-> Unit /m)
    .slice(1)
    .map((text) => {
      const fields: [string, string][] = []
      const commands: [string, string][] = []
      let exec = ''
      for (const line of text.split('\n')) {
        const section = /^\t\t-> (Exec\w+):$/.exec(line)
        const [, tabs, key = '', value = ''] = /^(\t\t\t?)([A-Za-z][\w /-]*): ?(.*)$/s.exec(line) ?? []
        if (section !== null) exec = section[1]!
        else if (key === 'Command Line' && tabs === '\t\t\t') commands.push([exec, value])
        else if (tabs === '\t\t') fields.push([key, value])
      }
      const name = text.slice(0, text.indexOf(':\n'))
      return { name, state: fields.find(([key]) => key === 'Unit Load State')?.[1] ?? '', fields, commands }
    })
}

const theirs = (unit: Dumped, base: string) => {
  const all = (key: string) => unit.fields.filter(([name]) => name === key).map(([, value]) => value)
  return {
    name: unit.name,
    fragment: all('Fragment Path')[0]?.replace(`${base}/`, ''),
    // A masked one is among them, and says nothing.
    dropIns: all('DropIn Path').flatMap((path) =>
      lstatSync(path).isSymbolicLink() ? [] : [path.replace(`${base}/`, '')],
    ),
    user: all('User')[0] ?? '',
    variables: [
      ...new Set([...all('Environment').map((one) => one.split('=')[0]!), ...all('PassEnvironment')]),
    ].toSorted(),
    files: [...new Set(all('EnvironmentFile').map((path) => path.replace(/^-/, '')))],
    folder: all('WorkingDirectory')[0]?.replace(/^\/$/, '') ?? '',
    commands: unit.commands.map(([when, line]) => [when, ...shellWords(line)]),
  }
}

/** The words of a command line as systemd prints them: quoted as for a shell, control characters as in C. */
const shellWords = (line: string) =>
  [...line.matchAll(/(?:"(?:[^"\\]|\\.)*"|[^\s"\\]|\\.)+/gs)].map(([word]) =>
    word.startsWith('"')
      ? word
          .slice(1, -1)
          .replaceAll(/\\([0-7]{3}|.)/gs, (_, one: string) =>
            one.length === 3 ? String.fromCharCode(Number.parseInt(one, 8)) : (IN_C[one] ?? one),
          )
      : word,
  )
const IN_C: Readonly<Record<string, string>> = { a: '\u0007', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }

/** What it is called is all that can be seen of a program that is called something else. */
const CALLED = 'called'

const expectSame = (files: Files, names: readonly string[]) => {
  const { base, folders, tree } = laid(files)
  const dumped = new Map(dump(folders, names).map((unit) => [unit.name, unit]))
  for (const name of names) {
    const mine = ours(tree, name, base)
    const unit = dumped.get(mine?.name ?? name)
    if (mine === undefined) {
      expect(unit?.state, name).not.toBe('loaded')
      continue
    }
    const { loads, commands, ...own } = mine
    if (unit === undefined) continue
    expect(unit.state, name).toMatch(loads ? /^loaded$/ : /^(?:bad-setting|error)$/)
    if (!loads) continue
    const { commands: printed, ...rest } = theirs(unit, base)
    // A specifier such as %a hangs on the machine: then the account is said to be unknown, and is never guessed.
    expect(own).toEqual(own.user === undefined ? { ...rest, user: undefined } : rest)
    const expected = printed.map(([when, program = '', ...words], index) => {
      const [, called, ...mine] = commands[index] ?? []
      return [
        when,
        // Its path is simplified where it is run, not where it is told its name.
        program === CALLED ? called : simplified(program),
        ...words.map((word, at) => (/%a/.test(mine[at] ?? '') ? mine[at] : word)),
      ]
    })
    expect(commands).toEqual(expected)
  }
}

describe.skipIf(SYSTEMD === undefined)('as systemd loads them', () => {
  test('units, templates, aliases, masks and drop-ins of every level come to the same', () => {
    const files: Files = {
      'lib/plain.service':
        '[Service]\nUser=daemon\nExecStartPre=-@/bin/sh called -c x ; /bin/b \\;\nExecStart=/bin/true\n',
      'lib/foo-bar-baz.service': '[Service]\nExecStart=/bin/true\n',
      'lib/foo-bar-.service.d/10.conf': '[Service]\nUser=one\n',
      'etc/foo-.service.d/10.conf': '[Service]\nUser=two\n',
      'etc/foo-.service.d/20.conf': '[Service]\nEnvironment=A=1\n',
      'run/foo-bar-baz.service.d/20.conf': '[Service]\nEnvironment=B=1\n',
      'etc/service.d/20.conf': '[Service]\nEnvironment=C=1\n',
      'lib/service.d/05-all.conf': '[Service]\nEnvironment=ALL=1\n',
      'lib/t-x@.service': '[Service]\nUser=%i\nExecStart=/bin/x-%i %I\n',
      'lib/t-x@.service.d/10.conf': '[Service]\nEnvironment=T=1\n',
      'etc/t-x@abc.service.d/10.conf': '[Service]\nEnvironment=I=1\n',
      'etc/t-@abc.service.d/30.conf': '[Service]\nEnvironment=P=1\n',
      'etc/t-@.service.d/40.conf': '[Service]\nEnvironment=Q=1\n',
      'etc/t-.service.d/50.conf': '[Service]\nEnvironment=R=1\n',
      ...Object.fromEntries(
        [
          't-x@abc.service',
          't-x@.service',
          't-@abc.service',
          't-@.service',
          't-.service',
          'service',
          'foo-bar-baz.service',
          'foo-bar-.service',
          'foo-.service',
        ].map((name, index) => [
          `${index % 2 === 0 ? 'etc' : 'lib'}/${name}.d/same.conf`,
          '[Service]\nEnvironment=SAME=1\n',
        ]),
      ),
      ...Object.fromEntries(
        ['t-@abc.service', 't-@.service', 't-.service', 'service', 'foo-bar-.service', 'foo-.service'].map((name) => [
          `run/${name}.d/among.conf`,
          '[Service]\nEnvironment=AMONG=1\n',
        ]),
      ),
      'lib/a--b.service': '[Service]\nExecStart=/bin/a\n',
      'lib/a-.service.d/1.conf': '[Service]\n',
      'lib/a--.service.d/2.conf': '[Service]\n',
      'lib/-x.service': '[Service]\nExecStart=/bin/a\n',
      'lib/-.service.d/1.conf': '[Service]\n',
      'etc/t-.service.d/among2.conf': '[Service]\n',
      'etc/t-@.service.d/among2.conf': '[Service]\n',
      'lib/t-@abc.service.d/among2.conf': '[Service]\n',
      'etc/alias.service': '-> BASE/lib/plain.service',
      'etc/alias.service.d/a.conf': '[Service]\nUser=viaalias\n',
      'etc/masked.service': '-> /dev/null',
      'lib/masked.service': '[Service]\nExecStart=/bin/true\n',
      'etc/empty.service': '',
      'lib/empty.service': '[Service]\nExecStart=/bin/true\n',
      'etc/x@one.service': '-> BASE/lib/t-x@.service',
      'lib/over.service': '[Service]\nUser=a\nExecStart=/bin/a\n',
      'run/over.service': '[Service]\nUser=b\nExecStart=/bin/b\n',
      'lib/nodrop.service': '[Service]\nUser=c\nExecStart=/bin/a\n',
      'lib/nodrop.service.d/u.conf': '[Service]\nUser=d\n',
      'etc/nodrop.service.d/u.conf': '-> /dev/null',
      'lib/maybe.service': '[Service]\nExecStart=/bin/a\nUser=a\nDynamicUser=maybe\nUser=b\n',
      'lib/dyn.service': '[Service]\nDynamicUser=yes\nExecStart=/bin/a\n',
      'lib/dyn.x.service': '[Service]\nDynamicUser=yes\nExecStart=/bin/a\n',
      'etc/linked.service': '-> BASE/elsewhere/linked.service',
      'elsewhere/linked.service': '[Service]\nUser=e\nExecStart=/bin/a\n',
    }
    expectSame(files, [
      'plain.service',
      'foo-bar-baz.service',
      't-x@abc.service',
      'alias.service',
      'masked.service',
      'empty.service',
      'x@one.service',
      'over.service',
      'nodrop.service',
      'dyn.service',
      'dyn.x.service',
      'linked.service',
      'a--b.service',
      '-x.service',
      'nosuch.service',
    ])
  })

  test('any assignments in any files come to the same account, commands, variables and files', () => {
    fc.assert(
      fc.property(
        fc.array(unitLines, { minLength: 10, maxLength: 10 }),
        fc.array(unitLines, { maxLength: 10 }),
        (mains, drops) => {
          const files = {
            ...Object.fromEntries(
              mains.map((text, index) => [`lib/u${index}.service`, `[Service]\nExecStart=/bin/x\n${text}`]),
            ),
            ...Object.fromEntries(drops.map((text, index) => [`etc/u${index}.service.d/d.conf`, `[Service]\n${text}`])),
          }
          expectSame(
            files,
            mains.map((_, index) => `u${index}.service`),
          )
        },
      ),
      { numRuns: 12 },
    )
  })
})

const word = fc.oneof(
  fc.constantFrom(
    'A=1',
    'B=a b',
    '"C=x y"',
    "'D=q'",
    'E=\\x41',
    '"F=\\"z"',
    'G',
    '%n',
    '%%',
    'H=%p',
    '%p=1',
    '"',
    "'",
    '/bin/a',
    ';',
    '\\;',
    '\\',
    'I=\\s',
    'J=$x',
    'K=\\x01',
    'L=\\n',
    'M=\\q',
    '\\105\\u0041=\\060',
    'N=\\000',
  ),
  fc.string({
    unit: fc.constantFrom('a', 'C', '=', '"', "'", ' ', ';', '/', '-', '\\', '%', 'x', '4', '$'),
    maxLength: 8,
  }),
)
const gap = fc.constantFrom(' ', ' ', ' ', '\t', ' \\\n', '\\\n', ' \\\n# x\n', '\\\n; y \\\n\n', '\\\r\n')
/** Whether its end is one of a line is left to chance: then the next assignment is a part of it. */
const words = fc
  .array(fc.tuple(word, gap), { maxLength: 4 })
  .chain((all) =>
    fc
      .constantFrom('', '', '', '', ' \\', '\\', '\\ ')
      .map(
        (end) => all.map(([text, between], index) => (index === all.length - 1 ? text : text + between)).join('') + end,
      ),
  )
const prefix = fc
  .array(fc.constantFrom('-', '+', '!', '!!', ':', '@'), { maxLength: 3 })
  .map((all) => (all.length === 3 && all[0] === all[1] ? '' : all.join('')))
const program = fc.constantFrom(
  '/bin/a',
  '/bin//a',
  '/bin/./b/../c',
  '"/bin/b c"',
  'true',
  'bin/x',
  './x',
  '..',
  '/bin/',
  '/',
  '/bin/%p',
  '%p',
  '%p/x',
  '/bin/%%',
  '/bin/%z',
  '/bin/%-',
  '/bin/x%',
  '/bin/\\x41',
  '/bin/\\q',
  '/bin/\\"',
  '"/bin',
  ';',
  '";"',
  '""',
)
const command = fc
  .tuple(prefix, program, words)
  .map(([before, path, rest]) => `${before}${path}${before.includes('@') ? ` ${CALLED}` : ''} ${rest}`)
const commands = fc
  .array(fc.tuple(command, fc.constantFrom(' ; ', ' ; ', ' ;', '; ', ' ";" ', ' \\; ')), { minLength: 1, maxLength: 3 })
  .map((all) => all.map(([one, between], index) => (index === all.length - 1 ? one : one + between)).join(''))
const assignment = fc.oneof(
  fc.constantFrom(
    'User=root',
    'User=',
    'User=daemon',
    ' User = bin ',
    'User=%p',
    'User=%i',
    'User=%p/x',
    'User=%z',
    'User=%-x',
    'Group=%z',
    'EnvironmentFile=/%1',
    'WorkingDirectory=/%z',
    'User="x"',
    'User=1',
    'User=4294967295',
    'User=65535',
    'User=99999999999',
    'User=..',
    'User=-1',
    'User=a b',
    'User=a:b',
    'Group=a:b',
    'Group=daemon',
    'Group=',
    'DynamicUser=yes',
    'DynamicUser=no',
    'DynamicUser=maybe',
    'DynamicUser=',
    'user=x',
    '[Unit]',
    '[Service]',
    '[Service] ',
    '[ Service ]',
    '[X-Own]',
    '[Broken',
    '[]',
    '[',
    '# User=x',
    '; x \\',
    '\uFEFFUser=bom',
    '',
    '\\',
    '=x',
    'ExecStart=',
    'ExecStartPre=',
    'Environment=',
    'EnvironmentFile=',
    'EnvironmentFile=-/etc/default/%p',
    'EnvironmentFile=relative',
    'EnvironmentFile=/a b',
    'EnvironmentFile=/a//b/./c/',
    'EnvironmentFile=-',
    'PassEnvironment=',
    'WorkingDirectory=/srv//x/',
    'WorkingDirectory=~',
    'WorkingDirectory=',
    'WorkingDirectory=x',
    'WorkingDirectory=-x',
    'WorkingDirectory=-/opt/%p',
    'Type=oneshot',
    'Exec',
  ),
  words.map((value) => `Environment=${value}`),
  words.map((value) => `PassEnvironment=${value}`),
  words.map((value) => `PassEnvironment=A ${value} B`),
  commands.map((value) => `ExecStartPre=${value}`),
  commands.map((value) => `ExecStartPre=${value}`),
)
const unitLines = fc
  .array(fc.tuple(assignment, fc.constantFrom('\n', '\n', '\n', '\r\n', '\r', '\n\r', '\0')), { maxLength: 8 })
  .map((lines) => lines.flat().join(''))
