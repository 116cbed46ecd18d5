import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { programsOfShell } from '../command-programs.ts'
import { parseCrontab } from './crontab.ts'
import { isRunPart, whyNoTable } from './names.ts'

/**
 * Debian's cron itself, in a namespace of its own where nothing but the tables of a test exists: what it starts leaves a file behind.
 * All tables have jobs for the moment it starts, so that one second tells of all of them.
 */
const debian = existsSync('/etc/debian_version') && existsSync('/usr/sbin/cron') && existsSync('/usr/bin/unshare')
const canRun = debian && process.getuid?.() === 0 && allows()

function allows() {
  try {
    execFileSync('unshare', ['-m', '--pid', '--fork', 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'rollcall-cron-'))
  execFileSync('chmod', ['755', root])
  execFileSync('mkdir', ['-m', '777', join(root, 'ran')])
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

interface Table {
  readonly name: string
  readonly text: string
  readonly mode?: string
  readonly owner?: string
}

/** Which jobs cron starts of tables of the system, and of the one of `daemon`: the names of the files that they leave. */
const started = (tables: readonly Table[], own: readonly Table[]): readonly string[] => {
  rmSync(join(root, 'd'), { recursive: true, force: true })
  rmSync(join(root, 'spool'), { recursive: true, force: true })
  for (const name of readdirSync(join(root, 'ran'))) rmSync(join(root, 'ran', name))
  execFileSync('mkdir', [join(root, 'd'), join(root, 'spool')])
  for (const [folder, list] of [
    ['d', tables],
    ['spool', own],
  ] as const)
    for (const { name, text, mode = folder === 'd' ? '644' : '600', owner } of list) {
      const path = join(root, folder, name)
      writeFileSync(path, text)
      execFileSync('chmod', [mode, path])
      if (owner !== undefined) execFileSync('chown', [owner, path])
    }
  execFileSync('unshare', ['-m', '--pid', '--fork', '--kill-child', 'sh', '-c', IN_NAMESPACE, 'sh', root], {
    stdio: 'ignore',
  })
  return readdirSync(join(root, 'ran')).toSorted()
}

const IN_NAMESPACE = `
mount -t tmpfs none /run && mount --bind "$1/d" /etc/cron.d && mount -t tmpfs none /var/spool/cron &&
mkdir -m 1730 /var/spool/cron/crontabs && mount --bind "$1/spool" /var/spool/cron/crontabs && mount --bind /dev/null /etc/crontab || exit 9
timeout -s KILL 2.5 cron -f || exit 0`

/** The same on every Debian (base-passwd). */
const UIDS: Readonly<Record<string, number>> = { daemon: 1, bin: 2, sys: 3, games: 5 }

/** What we say that it starts. */
const ours = (tables: readonly Table[], own: readonly Table[]): readonly string[] => {
  const of = (folder: string, { name, text }: Table, owner?: number) => {
    const { mode, uid, gid } = statSync(join(root, folder, name))
    const stat = { mode: mode & 0o7777, uid, gid, modified: '' }
    if (whyNoTable(name, stat, { kind: 'debian', ...(owner === undefined ? {} : { owner }) }) !== undefined) return []
    return parseCrontab(text, { kind: 'debian', hasUser: owner === undefined }).jobs.flatMap(({ schedule, command }) =>
      schedule === '@reboot' ? (/ran\/([\w%-]+)/.exec(command)?.slice(1) ?? []) : [],
    )
  }
  return [
    ...tables.flatMap((table) => of('d', table)),
    ...own.flatMap((table) => of('spool', table, UIDS[table.name])),
  ].toSorted()
}

const touch = (mark: string) => `touch ${root}/ran/${mark}`

test.skipIf(!canRun)(
  "the tables and jobs that count are those that Debian's cron takes",
  () => {
    const system = (name: string, lines: readonly string[], more: Partial<Table> = {}): Table => ({
      name,
      text: `@reboot daemon ${touch(name.replaceAll(/\W/g, '_'))}\n${lines.map((line) => `${line}\n`).join('')}`,
      ...more,
    })
    const bad = [
      'bad line',
      '61 * * * * daemon x',
      '* 24 * * * daemon x',
      '* * 0 * * daemon x',
      '* * * 13 * daemon x',
      '* * * * 8 daemon x',
      '* * * foo * daemon x',
      '@never daemon x',
      '* * * * * daemon',
      '* * * * daemon',
      'A=',
      '1/2 * * * * daemon x',
      '*/0 * * * * daemon x',
      'A B=1',
      'A="x',
      "A='x' y",
      '* * * * * *',
      '-@reboot daemon x',
      `* * * * * daemon ${'x'.repeat(1200)}`,
    ]
    const good = [
      'A=b c = d',
      '\'A B\' = "x y"',
      'A=""',
      '=x',
      '  # x',
      '\t',
      '5-1 *x * * * daemon x',
      '1-5/2,7 */3 1,2 jan-mar mon,Tue daemon x',
      '59 23 31 12 7 daemon x',
      '@daily daemon x',
      '@midnight\tdaemon\tx',
      '  1 2 3 4 5   daemon   x',
      '0,30 * * DEC sun daemon x',
    ]
    const tables: Table[] = [
      ...bad.map((line, index) => system(`bad${index}`, [line])),
      ...good.map((line, index) => system(`good${index}`, [line])),
      system('with.dot', []),
      system('tilde~', []),
      system('_ok-1', []),
      system('group-writable', [], { mode: '664' }),
      system('others-writable', [], { mode: '646' }),
      system('foreign', [], { owner: 'daemon' }),
      system('executable', [], { mode: '755' }),
      system('private', [], { mode: '600' }),
      { name: 'unended', text: `@reboot daemon ${touch('unended')}` },
      { name: 'input', text: `@reboot daemon ${touch('input')} %x\n@reboot daemon ${touch(String.raw`percent\%`)}\n` },
    ]
    const own: Table[] = [
      { name: 'daemon', owner: 'daemon', text: `@reboot ${touch('own')}\nX=1\n@reboot ${touch('own2')} # x\n` },
      { name: 'bin', owner: 'bin', mode: '644', text: `@reboot ${touch('own-open')}\n` },
      { name: 'sys', owner: 'daemon', text: `@reboot ${touch('own-foreign')}\n` },
      { name: 'games', owner: 'games', text: `@reboot ${touch('own-bad')}\n@reboot\n` },
    ]
    expect(started(tables, own)).toEqual(ours(tables, own))
  },
  30_000,
)

test.skipIf(!canRun)(
  'and so with any line among them',
  () => {
    const lines = fc.sample(anyLine, 250)
    const tables = lines.map((line, index): Table => ({
      name: `t${index}`,
      text: `@reboot daemon ${touch(`t${index}`)}\n${line}\n`,
    }))
    const theirs = new Set(started(tables, []))
    const mine = new Set(ours(tables, []))
    const odd = tables.filter((_, index) => theirs.has(`t${index}`) !== mine.has(`t${index}`))
    expect(odd.map(({ name, text }) => [theirs.has(name), text.split('\n')[1]])).toEqual([])
  },
  60_000,
)

const field = fc.oneof(
  fc.constantFrom(
    '*',
    '*/5',
    '1',
    '0',
    '7',
    '8',
    '31',
    '60',
    '1-3',
    '3-1',
    '1,2',
    '1,',
    ',1',
    'jan',
    'MON',
    'mon-fri',
    '*/x',
    '1/2',
    '*-3',
    '1-2/3',
    '-',
    '1-',
    '~',
    '1~3',
    'x',
  ),
  fc.string({ unit: fc.constantFrom('1', '2', '0', ',', '-', '/', '*', 'a'), minLength: 1, maxLength: 4 }),
)
const anyLine = fc.oneof(
  fc
    .tuple(fc.array(field, { minLength: 5, maxLength: 5 }), fc.constantFrom(' ', '\t', '  '))
    .map(([fields, blank]) => `${fields.join(blank)}${blank}daemon${blank}:`),
  fc
    .tuple(fc.nat({ max: 4 }), field)
    .map(([at, one]) => `${Array.from({ length: 5 }, (_, index) => (index === at ? one : '*')).join(' ')} daemon :`),
  fc
    .array(fc.constantFrom('A', '=', ' ', '"', "'", 'b', '\t', 'x y', '#', '\\'), { minLength: 1, maxLength: 7 })
    .map((parts) => parts.join('')),
)

const runParts = ['/usr/bin/run-parts', '/bin/run-parts'].find((path) => existsSync(path))

test.skipIf(runParts === undefined)('the programs of cron.daily are those that run-parts names', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-run-parts-'))
  const names = ['a', 'A-b_1', 'x.sh', 'x~', '.hidden', 'ä', '0anacron', 'a,v', 'x.dpkg-old', '_', '-x']
  for (const name of names) {
    writeFileSync(join(folder, name), '#!/bin/sh\n')
    execFileSync('chmod', ['755', join(folder, name)])
  }
  const said = execFileSync(runParts!, ['--test', folder]).toString().split('\n').filter(Boolean)
  rmSync(folder, { recursive: true })
  expect(said.map((path) => path.slice(folder.length + 1)).toSorted()).toEqual(
    names.filter((name) => isRunPart(name, 'debian')).toSorted(),
  )
})

test('a command without what cron gives it as input is what the shell runs', () => {
  const { jobs } = parseCrontab('* * * * * /opt/a 1%/opt/b\n* * * * * /opt/a\\%b%c\n', {
    kind: 'unknown',
    hasUser: false,
  })
  expect(jobs.map(({ command }) => programsOfShell(command).map(({ path }) => path))).toEqual([
    ['/opt/a'],
    ['/opt/a%b'],
  ])
})
