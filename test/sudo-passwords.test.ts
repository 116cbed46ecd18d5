import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FindingOf, Grant } from '@rollcall/contract'
import { probes } from '@rollcall/discovery'
import { rootThroughSudo, type SudoAccount } from '@rollcall/contract/sudo'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

// Whose password sudo asks for, by Defaults that are bound to accounts, hosts, targets and commands, compared with sudo that runs
// something: in a mount namespace of its own, where its configuration and the account files are ours.
const able =
  process.getuid?.() === 0 &&
  spawnSync('sudo', ['-V']).status === 0 &&
  spawnSync('setpriv', ['--version']).status === 0 &&
  spawnSync('openssl', ['version']).status === 0 &&
  spawnSync('unshare', ['-m', 'true']).status === 0
if (!able)
  console.warn(
    'Skipped: comparing with sudo takes root, sudo, setpriv, openssl and the right to make a mount namespace',
  )

const NAMES = ['root', 'ann', 'bob', 'eve'] as const
type Name = (typeof NAMES)[number]
const UIDS = { root: 0, ann: 6001, bob: 6002, eve: 6003 } as const
const MEMBERS = ['bob']

const account = (name: 'ann' | 'bob'): SudoAccount => ({
  name,
  uid: UIDS[name],
  groups: [{ name, gid: UIDS[name] }, ...(MEMBERS.includes(name) ? [{ name: 'ops', gid: 5000 }] : [])],
})

/** What they may run, each once, and as whom that is tried. */
const RUNS = [
  { command: '/usr/bin/basename', rule: '/usr/bin/basename', as: undefined },
  { command: '/usr/bin/true', rule: '(root) /usr/bin/true', as: 'root' },
  { command: '/usr/bin/echo', rule: '(eve) /usr/bin/echo', as: 'eve' },
  { command: '/usr/bin/expr', rule: '(eve, bob) /usr/bin/expr', as: 'eve' },
  { command: '/usr/bin/dirname', rule: '(bob) PASSWD: /usr/bin/dirname', as: 'bob' },
  { command: '/usr/bin/printf', rule: '(root) NOPASSWD: /usr/bin/printf', as: 'root' },
] as const

const BINDINGS = [
  ['', '', '', ':ann', ':bob', ':%ops', ':ALL, !ann', ':STAFF'],
  ['@ALL', `@${hostname()}`, '@elsewhere', `@ALL, !${hostname()}`],
  ['>root', '>eve', '>ALL', '>#0', '>%ops', '>ALL, !root', '>ADMINS'],
  ['!/usr/bin/true', '!/usr/bin/echo', '!TOOLS', '!ALL', '!ALL, !/usr/bin/true', '!/usr/bin/', '!/bin/true'],
].flat()
const flag = fc
  .tuple(fc.constantFrom('', '!'), fc.constantFrom('authenticate', 'rootpw', 'targetpw', 'runaspw'))
  .map((parts) => parts.join(''))
const line = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(fc.constantFrom(...BINDINGS), flag).map(([to, what]) => `Defaults${to} ${what}`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('Defaults exempt_group=ops', 'Defaults runas_default=bob', 'Defaults !targetpw'),
  },
)
const sudoers = fc.array(line, { minLength: 1, maxLength: 6 }).map((lines) =>
  [
    'User_Alias STAFF = ann, !bob',
    'Runas_Alias ADMINS = root, !eve',
    'Cmnd_Alias TOOLS = /usr/bin/echo, /usr/bin/dirname *, !/usr/bin/expr',
    ...lines,
    `ann, bob ALL = ${RUNS.map(({ rule }) => rule)
      .join(', PASSWD: ')
      .replaceAll('PASSWD: (', '(')}`,
    'Defaults passwd_tries=4, lecture=never',
    '',
  ].join('\n'),
)

/** Whose password it takes, or nobody's. */
type Asked = Name | 'nobody'

test.skipIf(!able)(
  'sudo asks for the password that we say, or for none',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'sudo-passwords-'))
    try {
      chmodSync(folder, 0o755)
      const cases = fc.sample(sudoers, 20)
      const asked = askSudo(folder, cases)
      let compared = 0
      for (const [index, text] of cases.entries())
        for (const name of ['ann', 'bob'] as const)
          for (const run of RUNS) {
            const ours = saidOf(text, name, run.command)
            if (ours === 'unknown') continue
            compared++
            expect([run.command, ours], `${name} in\n${text}`).toEqual([
              run.command,
              asked.get(`${index} ${name} ${run.command}`),
            ])
          }
      expect(compared).toBeGreaterThan(100)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
  300_000,
)

const saidOf = (text: string, name: 'ann' | 'bob', command: string): Asked | 'unknown' => {
  const probe = probes.find(({ id }) => id === 'sudo-rules')!
  const { findings } = probe.parse(
    {
      files: [{ path: '/etc/sudoers', state: 'read', bytes: new TextEncoder().encode(text), truncated: false }],
      hostname: hostname(),
    },
    {
      host: { hostname: hostname(), addresses: ['192.0.2.1'], os: {} },
      privilege: 'root',
      sha256: (bytes) => bytes,
      publicPoint: () => undefined,
      keyedDigest: () => undefined,
      now: new Date(),
    },
  )
  const { paths } = rootThroughSudo(
    account(name),
    findings.filter((found): found is Grant => found.kind === 'grant'),
    findings.filter((found): found is FindingOf<'setting'> => found.kind === 'setting'),
  )
  const path = paths.find((one) => one.command === command)
  if (path === undefined || path.applies === 'unknown' || path.password === 'unknown') return 'unknown'
  if (path.password === 'not-needed') return 'nobody'
  return path.whose === 'own' ? name : ((path.asksFor as Name | undefined) ?? 'unknown')
}

const secretOf = (name: Name) => `secret of ${name}`

/** Tries everything as everybody: without a password, and else with those of all, one behind the other. */
const askSudo = (folder: string, cases: readonly string[]): ReadonlyMap<string, Asked> => {
  const file = (name: string, text: string, mode = 0o644) => {
    writeFileSync(join(folder, name), text)
    chmodSync(join(folder, name), mode)
  }
  const hash = (name: Name) =>
    spawnSync('openssl', ['passwd', '-1', '-salt', 'salt', secretOf(name)], { encoding: 'utf8' }).stdout.trim()
  file('passwd', NAMES.map((name) => `${name}:x:${UIDS[name]}:${UIDS[name]}::/:/bin/sh\n`).join(''))
  file('group', `${NAMES.map((name) => `${name}:x:${UIDS[name]}:\n`).join('')}ops:x:5000:${MEMBERS.join(',')}\n`)
  file('shadow', NAMES.map((name) => `${name}:${hash(name)}:20000:0:99999:7:::\n`).join(''), 0o600)
  file('sudoers', '', 0o440)
  file('pam', 'auth required pam_unix.so nodelay\naccount required pam_permit.so\nsession required pam_permit.so\n')
  file('nsswitch.conf', 'passwd: files\ngroup: files\nshadow: files\nhosts: files\nsudoers: files\n')
  file('secrets', NAMES.map((name) => `${secretOf(name)}\n`).join(''))
  mkdirSync(join(folder, 'empty'))
  for (const [index, text] of cases.entries()) writeFileSync(join(folder, `case-${index}`), text)
  const script = `set -e
mount --make-rprivate /
for file in passwd group shadow sudoers nsswitch.conf; do mount --bind "$1/$file" "/etc/$file"; done
mount --bind "$1/pam" /etc/pam.d/sudo
mount --bind "$1/empty" /etc/sudoers.d
ask() {
  name=$1 uid=$2 command=$3; shift 3
  as="setpriv --reuid $uid --regid $uid --init-groups"
  if $as sudo -k -n "$@" "$command" x >/dev/null 2>&1; then echo "@ $index $name $command 0"; return; fi
  if $as sudo -k -S -p 'asked ' "$@" "$command" x < "$secrets" >/dev/null 2>"$err"; then
    echo "@ $index $name $command $(grep -o asked "$err" | wc -l)"
  fi
}
secrets=$1/secrets err=$1/err index=0
while [ "$index" -lt "$2" ]; do
  cat "$1/case-$index" > "$1/sudoers"
  for who in 'ann 6001' 'bob 6002'; do
    ${RUNS.map(({ command, as }) => `ask $who ${command}${as === undefined ? '' : ` -u ${as}`}`).join('\n    ')}
  done
  index=$((index + 1))
done`
  const { stdout, status, stderr } = spawnSync(
    'unshare',
    ['-m', 'sh', '-c', script, 'sh', folder, String(cases.length)],
    {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], LC_ALL: 'C' },
      cwd: '/',
    },
  )
  expect(status, stderr).toBe(0)
  return new Map(
    [...stdout.matchAll(/^@ (\d+ \w+ \S+) (\d)$/gm)].map(([, run, times]) => [
      run!,
      times === '0' ? 'nobody' : NAMES[Number(times) - 1]!,
    ]),
  )
}
