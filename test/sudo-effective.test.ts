import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Grant, Grantee } from '@rollcall/contract'
import { probes } from '@rollcall/discovery'
import { effectiveSudo, type SudoAccount } from '@rollcall/contract/sudo'
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

/** Files by which names are looked up. */
const NAMES = {
  '/etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\nnetgroup: files\n',
  '/etc/netgroup': `people (-,bob,) (-,eve,)\nnested people (-,Zoe,)\nnobodies (-,-,)\nfarm (${hostname()},-,)\nelsewhere (other,-,)\n`,
} as const

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
  '%#5000',
  '+people',
  '+nested',
  '+nobodies',
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
  '+farm',
  '+elsewhere',
  'HERE, !ELSEWHERE',
  `elsewhere, ${hostname()}`,
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
  'sudoedit',
  'sudoedit /etc/*.conf',
  'sha256:hqXB4QVaQsSVQzc9fFGgHrnIjUGc2MA1cl2XnQXNBLA= /bin/df',
  'sha224:FjsHIUlhZFHzZnZ3hGVzvVQSPLWZtNYkjHFZYQ==, sha256:hqXB4QVaQsSVQzc9fFGgHrnIjUGc2MA1cl2XnQXNBLA= /bin/ps',
  '^/usr/bin/(id|who)$',
  '/bin/cat ^/var/log/[a-z]+$',
  '/bin/echo a\\, b\\:c\\=d',
  'list',
  'NESTED',
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
  '(!OPERATORS, root)',
  '(%ops)',
  '(#6002)',
  '(%#5001, +people)',
  '(ann : GROUPS)',
  '(: #5001)',
  '()',
)
const tags = fc.constantFrom(
  '',
  '',
  'NOPASSWD: ',
  'PASSWD: ',
  'SETENV: ',
  'NOSETENV: NOPASSWD: ',
  'NOEXEC: ',
  'EXEC: SETENV: ',
  'LOG_INPUT: NOLOG_OUTPUT: ',
)
const options = fc.constantFrom(
  '',
  '',
  '',
  'TIMEOUT=90 ',
  'CWD=/srv ',
  'CHROOT=/var/jail ',
  'NOTBEFORE=20200101000000Z ',
  'NOTAFTER=20991231235959Z ',
  'NOTBEFORE=2020010112Z NOTAFTER=20300101000000+0100 ',
)
const spec = fc
  .tuple(as, options, tags, negated(what))
  .map(([runAs, option, tag, command]) => `${runAs}${option}${tag}${command}`)
/** Which of them ALL stands before is not told: that it implies SETENV, and hands none on, is listed under its neighbours. */
const specs = fc.array(spec, { minLength: 1, maxLength: 3 }).map((all) => {
  const whole = all.findIndex((one) => /(?:^|[ )])ALL$/.test(one))
  return whole === -1 ? all : all.slice(0, whole + 1)
})
const rule = fc
  .tuple(some(who, 4), where, specs)
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
      'Cmnd_Alias SHELLS = /bin/sh, !/bin/bash : NESTED = !SHELLS, /bin/ls, !/bin/zsh',
      'Runas_Alias OPERATORS = bob, %ops : GROUPS = ops, web',
      `Host_Alias HERE = ${hostname()} : ELSEWHERE = elsewhere, !HERE`,
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
  tags: Readonly<Record<string, boolean>>
  options: Readonly<Record<string, string>>
  commands: string[]
}

const ours = (text: string, account: SudoAccount): Listed[] => {
  const probe = probes.find(({ id }) => id === 'sudo-rules')!
  const gathered = {
    files: Object.entries({ '/etc/sudoers': text, ...NAMES }).map(([path, content]) => ({
      path,
      state: 'read',
      bytes: new TextEncoder().encode(content),
      truncated: false,
    })),
    hostname: hostname(),
  }
  const parsed = probe.parse(gathered, {
    host: { hostname: hostname(), addresses: ['192.0.2.1'], os: {} },
    privilege: 'root',
    sha256: (bytes) => bytes,
    publicPoint: () => undefined,
    keyedDigest: () => undefined,
    now: new Date(),
  })
  const grants = parsed.findings.filter((found): found is Grant => found.kind === 'grant')
  return merged(
    effectiveSudo(account, grants).map(({ grant: { runAs, tags, options, commands } }) => ({
      users:
        runAs.users === undefined
          ? runAs.groups === undefined
            ? 'root'
            : account.name
          : runAs.users.map(writtenUser).join(', ') || account.name,
      groups: (runAs.groups ?? []).map(writtenGroup).join(', '),
      tags,
      options: Object.fromEntries(
        Object.entries(options).map(([name, value]) => [name, TIMES[value as keyof typeof TIMES] ?? value]),
      ),
      commands: commands.map(
        ({ command, arguments: given, negated: not, digests = [] }) =>
          `${not ? '!' : ''}${digests.join(', ')}${digests.length > 0 ? ' ' : ''}${command}${given === undefined ? '' : ` ${given}`}`,
      ),
    })),
  )
}

/** As sudo prints times, whichever way they are written. */
const TIMES = { '2020010112Z': '20200101120000Z', '20300101000000+0100': '20291231230000Z' } as const

const writtenUser = ({ type, name, negated: not }: Grantee) =>
  (not ? '!' : '') +
  (type === 'all'
    ? 'ALL'
    : { group: '%', uid: '#', gid: '%#', netgroup: '+', 'external-group': '%:', user: '' }[type] + name)
const writtenGroup = ({ type, name, negated: not }: Grantee) =>
  (not ? '!' : '') + (type === 'all' ? 'ALL' : type === 'gid' ? `#${name}` : name)

/** Where one entry ends and the next begins is a matter of print. */
const merged = (entries: Listed[]) =>
  entries.flatMap(({ commands, tags: { setenv, ...others }, ...entry }) =>
    commands.map((command) => ({
      ...entry,
      tags: setenv === undefined || command === 'ALL' ? others : { ...others, setenv },
      command,
    })),
  ) as unknown as Listed[]

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
  for (const [path, text] of Object.entries(NAMES)) writeFileSync(join(folder, basename(path)), text)
  mkdirSync(join(folder, 'empty'))
  writeFileSync(join(folder, 'sudoers'), '')
  chmodSync(join(folder, 'sudoers'), 0o440)
  for (const [index, text] of files.entries()) writeFileSync(join(folder, `case-${index}`), text)
  const script = `set -e
mount --make-rprivate /
mount -t tmpfs none /mnt
cp -a /etc /mnt/etc
touch /mnt/etc/netgroup
mount --bind /mnt/etc /etc
for file in sudoers passwd group nsswitch.conf netgroup; do mount --bind "$1/$file" "/etc/$file"; done
mount --bind "$1/empty" /etc/sudoers.d
index=0
while [ "$index" -lt "$2" ]; do
  cat "$1/case-$index" > "$1/sudoers"
  for name in ${accounts.map(({ name }) => name).join(' ')}; do
    echo "@@ $index $name"
    # Into a pipe, where it breaks no lines.
    sudo -n -ll -U "$name" 2>/dev/null | cat
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
      const written = field('Options')
        .split(', ')
        .filter((option) => option !== '')
        .map((option): [string, boolean] => [option.replace('!', ''), !option.startsWith('!')])
      return {
        // Netgroups are told by their members; sudo 1.9.13 prints the sign of a group before its negation.
        users: field('RunAsUsers').replaceAll('+people', 'bob, eve').replaceAll('%!', '!%'),
        groups: field('RunAsGroups'),
        tags: Object.fromEntries(
          written.map(([name, on]) =>
            name === 'authenticate' ? ['passwd', on] : name === 'noexec' ? ['exec', !on] : [name, on],
          ),
        ),
        options: Object.fromEntries(
          ['Timeout', 'Cwd', 'Chroot', 'NotBefore', 'NotAfter']
            .filter((name) => field(name) !== '')
            .map((name) => [name.toLowerCase(), field(name)]),
        ),
        // An alias that is not defined is listed by its name, and matches nothing.
        commands: [...entry.matchAll(/^\t(.*)$/gm)]
          .map(([, command]) => command!.replaceAll(/\\([,:=])/g, '$1'))
          .filter((command) => !/^!?NONE$/.test(command)),
      }
    })
