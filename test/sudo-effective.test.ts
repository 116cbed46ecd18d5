import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Grant, Grantee } from '@rollcall/contract'
import { probes } from '@rollcall/discovery'
import { effectiveSudo, type SudoAccount } from '@rollcall/inventory'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

// What holds for an account, compared with `sudo -l -U`: in a mount namespace of its own, where /etc/sudoers and the account
// files are ours. The machine's own are not touched.
const able =
  process.getuid?.() === 0 &&
  spawnSync('sudo', ['-V']).status === 0 &&
  spawnSync('unshare', ['-m', 'true']).status === 0
if (!able)
  console.warn(
    'Skipped: comparing with `sudo -l` takes root, the Debian package sudo and the right to make a mount namespace',
  )

const GROUPS = { ops: 5000, web: 5001, 'dom users': 5002 } as const
const PEOPLE = {
  ann: { uid: 6001, groups: ['ops'] },
  bob: { uid: 6002, groups: ['ops', 'web'] },
  eve: { uid: 6003, groups: ['dom users'] },
  Zoe: { uid: 6004, groups: [] },
} as const

const accounts: readonly SudoAccount[] = Object.entries(PEOPLE).map(([name, { uid, groups }]) => ({
  name,
  uid,
  groups: [{ name, gid: uid }, ...groups.map((group) => ({ name: group, gid: GROUPS[group] }))],
}))

const negated = (item: fc.Arbitrary<string>) =>
  fc.tuple(fc.constantFrom('', '', '', '!'), item).map((parts) => parts.join(''))
const some = (item: fc.Arbitrary<string>, most: number) =>
  fc.array(negated(item), { minLength: 1, maxLength: most }).map((all) => all.join(', '))
const who = fc.constantFrom(
  'ann',
  'bob',
  'eve',
  'Zoe',
  'ZOE',
  '#6001',
  '#6003',
  '%ops',
  '%web',
  '%OPS',
  '%#5001',
  '"%dom users"',
  '%dom\\ users',
  'ALL',
  'STAFF',
  'CREW',
  'nobody',
  '%none',
  'UNDEFINED',
)
const where = fc.constantFrom(
  'ALL',
  'ALL',
  'ALL',
  'HERE',
  'elsewhere',
  hostname(),
  '10.99.99.0/24',
  '!ALL',
  'ALL, !elsewhere',
  `ALL, !${hostname()}`,
)
const what = fc.constantFrom(
  'ALL',
  '/bin/ls',
  '/bin/ls -l',
  '/usr/bin/less ""',
  '/usr/bin/',
  'SHELLS',
  'sudoedit /etc/motd',
  '/bin/a*',
  'NONE',
)
const as = fc.constantFrom(
  '',
  '',
  '(root)',
  '(ALL)',
  '(ALL:ALL)',
  '(bob, !ann)',
  '(:web)',
  '(bob:ops,web)',
  '(OPERATORS)',
)
const tags = fc.constantFrom('', '', 'NOPASSWD: ', 'PASSWD: ')
const spec = fc.tuple(as, tags, negated(what)).map(([runAs, tag, command]) => `${runAs}${tag}${command}`)
const rule = fc
  .tuple(some(who, 4), where, fc.array(spec, { minLength: 1, maxLength: 3 }))
  .map(([users, hosts, specs]) => `${users} ${hosts} = ${specs.join(', ')}`)
const broken = fc.constantFrom(
  'ann ALL',
  'ann ALL=NOPASSWD ALL',
  'ann ALL=(bob:) ALL',
  '"',
  'User_Alias STAFF = x',
  'Cmnd_Alias X = /a : SHELLS = /b : NONE = /c',
)
const sudoers = fc
  .array(fc.oneof({ weight: 6, arbitrary: rule }, { weight: 1, arbitrary: broken }), { minLength: 1, maxLength: 6 })
  .map((lines) =>
    [
      'User_Alias STAFF = ann, %web, !eve : CREW = STAFF, !bob',
      'Cmnd_Alias SHELLS = /bin/sh, !/bin/bash',
      'Runas_Alias OPERATORS = bob, %ops',
      `Host_Alias HERE = ${hostname()}`,
      ...lines,
      '',
    ].join('\n'),
  )

test.skipIf(!able)('the rules that hold for an account are those that sudo lists for it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sudo-effective-'))
  try {
    const files = [...fc.sample(sudoers, 120), ...byHand]
    const listed = listedBySudo(folder, files)
    for (const [index, text] of files.entries())
      for (const account of accounts)
        expect(ours(text, account), `${account.name} in\n${text}`).toEqual(listed[index]![account.name])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

const byHand = [
  'ann ALL=(ALL) ALL\n!ann ALL=/bin/ls\n',
  'ALL, !ann ALL=ALL\nann, !ann ALL=/bin/ls\n!ann, ann ALL=/bin/ps\n',
  'User_Alias A = B : B = A, ann\nA ALL=ALL\nB ALL=/bin/ls\n',
  'User_Alias A = !ann, bob\n!A ALL=ALL\n',
  'ann ALL=/bin/ls, NOPASSWD: /bin/ps, (bob) /bin/df, PASSWD: !/bin/x : elsewhere = ALL : ALL = /bin/last\n',
  'ann ALL=ALL\r\nbob ALL=/bin/ls\r\n',
  'ann ALL=/bin/ls',
]

interface Listed {
  users: string
  groups: string
  passwd: boolean | undefined
  commands: string[]
}

const ours = (text: string, account: SudoAccount): Listed[] => {
  const probe = probes.find(({ id }) => id === 'sudo-rules')!
  const gathered = {
    files: [{ path: '/etc/sudoers', state: 'read', bytes: new TextEncoder().encode(text), truncated: false }],
    hostname: hostname(),
  }
  const parsed = probe.parse(gathered, {
    host: { hostname: hostname(), addresses: ['192.0.2.1'], os: {} },
    privilege: 'root',
    sha256: (bytes) => bytes,
    keyedDigest: () => undefined,
    now: new Date(),
  })
  const grants = parsed.findings.filter((found): found is Grant => found.kind === 'grant')
  return merged(
    effectiveSudo(account, grants).map(
      ({
        grant: {
          runAs,
          tags: { passwd },
          commands,
        },
      }) => ({
        users:
          runAs.users === undefined
            ? runAs.groups === undefined
              ? 'root'
              : account.name
            : runAs.users.map(writtenUser).join(', '),
        groups: (runAs.groups ?? []).map(writtenGroup).join(', '),
        passwd,
        commands: commands.map(
          ({ command, arguments: given, negated: not }) =>
            `${not ? '!' : ''}${command}${given === undefined ? '' : ` ${given}`}`,
        ),
      }),
    ),
  )
}

const writtenUser = ({ type, name, negated: not }: Grantee) =>
  (not ? '!' : '') +
  (type === 'all'
    ? 'ALL'
    : { group: '%', uid: '#', gid: '%#', netgroup: '+', 'external-group': '%:', user: '' }[type] + name)
const writtenGroup = ({ type, name, negated: not }: Grantee) =>
  (not ? '!' : '') + (type === 'all' ? 'ALL' : type === 'gid' ? `#${name}` : name)

/** Where one entry ends and the next begins is a matter of print. */
const merged = (entries: Listed[]) =>
  entries.flatMap(({ commands, ...entry }) => commands.map((command) => ({ ...entry, command }))) as unknown as Listed[]

const listedBySudo = (folder: string, files: readonly string[]): Record<string, Listed[]>[] => {
  writeFileSync(
    join(folder, 'passwd'),
    ['root:x:0:0::/:/bin/sh', ...accounts.map(({ name, uid }) => `${name}:x:${uid}:${uid}::/:/bin/sh`), ''].join('\n'),
  )
  const members = (group: string) =>
    accounts.filter(({ groups }) => groups.some(({ name }) => name === group)).map(({ name }) => name)
  writeFileSync(
    join(folder, 'group'),
    [
      'root:x:0:',
      ...accounts.map(({ name, uid }) => `${name}:x:${uid}:`),
      ...Object.entries(GROUPS).map(([name, gid]) => `${name}:x:${gid}:${members(name).join(',')}`),
      '',
    ].join('\n'),
  )
  mkdirSync(join(folder, 'empty'))
  writeFileSync(join(folder, 'sudoers'), '')
  chmodSync(join(folder, 'sudoers'), 0o440)
  for (const [index, text] of files.entries()) writeFileSync(join(folder, `case-${index}`), text)
  const script = `set -e
mount --make-rprivate /
for file in sudoers passwd group; do mount --bind "$1/$file" "/etc/$file"; done
mount --bind "$1/empty" /etc/sudoers.d
index=0
while [ "$index" -lt "$2" ]; do
  cat "$1/case-$index" > "$1/sudoers"
  for name in ${accounts.map(({ name }) => name).join(' ')}; do
    echo "@@ $index $name"
    sudo -n -ll -U "$name" 2>/dev/null || true
  done
  index=$((index + 1))
done`
  const { stdout, status, stderr } = spawnSync(
    'unshare',
    ['-m', 'sh', '-c', script, 'sh', folder, String(files.length)],
    { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, env: { PATH: process.env.PATH, LC_ALL: 'C' } },
  )
  expect(status, stderr).toBe(0)
  const listed: Record<string, Listed[]>[] = files.map(() => ({}))
  for (const part of stdout.split(/^@@ /m).slice(1)) {
    const [head = '', ...lines] = part.split('\n')
    const [index = '', name = ''] = head.split(' ')
    listed[Number(index)]![name] = merged(entriesOf(lines.join('\n')))
  }
  return listed
}

const entriesOf = (text: string): Listed[] =>
  text
    .split(/^Sudoers entry:.*$/m)
    .slice(1)
    .map((entry) => {
      const field = (name: string) => new RegExp(`^    ${name}: (.*)$`, 'm').exec(entry)?.[1] ?? ''
      return {
        users: field('RunAsUsers'),
        groups: field('RunAsGroups'),
        passwd: /!authenticate\b/.test(field('Options'))
          ? false
          : /\bauthenticate\b/.test(field('Options'))
            ? true
            : undefined,
        // An alias that is not defined is listed by its name, and matches nothing.
        commands: [...entry.matchAll(/^\t(.*)$/gm)]
          .map(([, command]) => command!)
          .filter((command) => !/^!?NONE$/.test(command)),
      }
    })
