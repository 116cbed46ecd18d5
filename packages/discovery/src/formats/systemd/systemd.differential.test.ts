import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FoundEntry } from '../../host.ts'
import { readService, unitTree, type UnitTree } from './index.ts'

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
    programs: service.commands.map(({ when, program, elevated }) => [when, program, elevated]),
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
    commands: unit.commands,
  }
}

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
    if (unit === undefined || unit.state === 'bad-setting' || unit.state === 'error') continue
    expect(unit.state, name).toBe('loaded')
    const { commands, ...rest } = theirs(unit, base)
    const { programs, ...own } = mine
    // A specifier such as %a hangs on the machine: then the account is said to be unknown, and is never guessed.
    expect(own).toEqual(own.user === undefined ? { ...rest, user: undefined } : rest)
    expect(programs.map(([when]) => when)).toEqual(commands.map(([when]) => when))
  }
}

describe.skipIf(SYSTEMD === undefined)('as systemd loads them', () => {
  test('units, templates, aliases, masks and drop-ins of every level come to the same', () => {
    const files: Files = {
      'lib/plain.service':
        '[Service]\nUser=daemon\nExecStartPre=-@/bin/sh argv0 -c x ; /bin/b \\;\nExecStart=/bin/true\n',
      'lib/foo-bar-baz.service': '[Service]\nExecStart=/bin/true\n',
      'lib/foo-bar-.service.d/10.conf': '[Service]\nUser=one\n',
      'etc/foo-.service.d/10.conf': '[Service]\nUser=two\n',
      'etc/foo-.service.d/20.conf': '[Service]\nEnvironment=A=1\n',
      'run/foo-bar-baz.service.d/20.conf': '[Service]\nEnvironment=B=1\n',
      'etc/service.d/20.conf': '[Service]\nEnvironment=C=1\n',
      'lib/service.d/05-all.conf': '[Service]\nEnvironment=ALL=1\n',
      'lib/t-x@.service': '[Service]\nUser=%i\nExecStart=/bin/%p %I\n',
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
    '"',
    "'",
    '/bin/a',
    ';',
    '\\;',
    'I=\\s',
    'J=$x',
  ),
  fc.string({ unit: fc.constantFrom('a', 'B', '=', '"', "'", ' ', ';', '/', '-'), maxLength: 8 }),
)
const words = fc
  .array(fc.tuple(word, fc.constantFrom(' ', ' ', ' ', ' \\\n', ' \\\n# x\n')), { maxLength: 4 })
  .map((all) => all.map(([text, gap], index) => (index === all.length - 1 ? text : text + gap)).join(''))
/** What follows a program. How systemd goes on behind a second command that is none is not worth following. */
const commandWords = fc
  .array(fc.constantFrom('a', '"b c"', "'d'", '%n', '%%', '\\;', '; /bin/c', '; -/bin/d', '$x', '\\x41'), {
    maxLength: 4,
  })
  .map((all) => all.join(' '))
const assignment = fc.oneof(
  fc.constantFrom(
    'User=root',
    'User=',
    'User=daemon',
    ' User = bin ',
    'User=%p',
    'User="x"',
    'DynamicUser=yes',
    'DynamicUser=no',
    'DynamicUser=maybe',
    'User=1',
    'user=x',
    '[Unit]',
    '[Service]',
    '[X-Own]',
    '[Broken',
    '# User=x',
    '; x \\',
    '',
    'ExecStart=',
    'Environment=',
    'EnvironmentFile=',
    'EnvironmentFile=-/etc/default/%p',
    'EnvironmentFile=relative',
    'EnvironmentFile=/a b',
    'PassEnvironment=A B',
    'Type=oneshot',
    'Exec',
  ),
  words.map((value) => `Environment=${value}`),
  fc
    .tuple(
      fc.constantFrom('', '-', '+', '!', '!!', '-+', ':'),
      fc.constantFrom('/bin/a', '"/bin/b c"', 'true', '/bin/%p'),
      commandWords,
    )
    .map(([prefix, program, rest]) => `ExecStartPre=${prefix}${program} ${rest}`),
)
const unitLines = fc
  .array(fc.tuple(assignment, fc.constantFrom('\n', '\n', '\n', '\r\n')), { maxLength: 8 })
  .map((lines) => lines.flat().join(''))
