import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Finding, FindingOf } from '@rollcall/contract'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { hostFacts } from './host-facts.ts'
import { loginOverSsh } from './login.ts'

// Who gets in with a key, a password or both, compared with the sshd of this machine: over a pipe, without a port, in a mount
// namespace of its own, where the account files are ours.
const able =
  existsSync('/usr/sbin/sshd') &&
  process.getuid?.() === 0 &&
  spawnSync('openssl', ['version']).status === 0 &&
  spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', '/run']).status === 0
if (!able)
  console.warn('Skipped: comparing with sshd takes root, sshd, openssl and the right to make a mount namespace')

const PASSWORD = 'right horse'

interface Case {
  readonly methods: string
  readonly settings: Readonly<Record<string, string>>
  readonly keys: number
  readonly password: 'usable' | 'locked' | 'none'
  readonly user: 'ann' | 'root'
}

const anyCase: fc.Arbitrary<Case> = fc.record({
  methods: fc.oneof(
    fc.constantFrom('any', 'publickey', 'password', 'publickey,password', 'publickey,publickey', 'password publickey'),
    fc
      .array(
        fc
          .uniqueArray(fc.constantFrom('publickey', 'password', 'keyboard-interactive', 'hostbased'), {
            minLength: 1,
            maxLength: 3,
          })
          .map((list) => list.join(',')),
        { minLength: 1, maxLength: 3 },
      )
      .map((lists) => [...new Set(lists)].join(' ')),
  ),
  settings: fc.record({
    PasswordAuthentication: fc.constantFrom('yes', 'yes', 'no'),
    PubkeyAuthentication: fc.constantFrom('yes', 'yes', 'yes', 'no'),
    KbdInteractiveAuthentication: fc.constantFrom('yes', 'no'),
    UsePAM: fc.constantFrom('no', 'no', 'yes'),
    PermitRootLogin: fc.constantFrom('yes', 'prohibit-password'),
  }),
  keys: fc.constantFrom(1, 1, 2, 0),
  password: fc.constantFrom('usable', 'usable', 'usable', 'locked', 'none'),
  user: fc.constantFrom('ann', 'ann', 'root'),
})

const place = { path: '/etc/ssh/sshd_config', line: 1 }

const ours = ({ methods, settings, keys, password, user }: Case) => {
  const account: FindingOf<'account'> = {
    kind: 'account',
    name: user,
    uid: user === 'root' ? 0 : 6001,
    gid: 0,
    home: '/',
    shell: '/bin/sh',
    interactiveShell: true,
    place: { path: '/etc/passwd', line: user === 'root' ? 1 : 2 },
  }
  const findings: Finding[] = [
    account,
    {
      kind: 'credential',
      class: 'login-password',
      account: user,
      state: password,
      place: { path: '/etc/shadow', line: 1 },
    },
    ...Array.from({ length: keys }, (_, index): Finding => ({
      kind: 'key',
      role: 'authorized',
      fingerprint: `SHA256:${index}`,
      algorithm: 'ssh-ed25519',
      account: user,
      place: { path: '/keys', line: index + 1 },
    })),
    ...Object.entries({ ...settings, AuthenticationMethods: methods }).map(([name, value]): Finding => ({
      kind: 'setting',
      subject: 'sshd',
      name: name.toLowerCase(),
      values: [value],
      place,
    })),
  ]
  const complete = ['local-passwords', 'authorized-keys', 'sshd-settings'].map((probe) => ({
    probe,
    outcome: { status: 'complete' as const, reasons: [] },
    privilege: 'root' as const,
  }))
  return loginOverSsh(
    account,
    hostFacts(
      findings.map((finding) => ({ probe: 'any', finding })),
      complete,
    ),
  )
}

test.skipIf(!able)(
  'sshd lets in with a key, a password, or both, whom we say',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'login-sshd-'))
    // sshd reads keys as whom they open.
    chmodSync(folder, 0o755)
    try {
      const ask = server(folder)
      let compared = 0
      for (const one of fc.sample(anyCase, 30)) {
        const { key, password } = ours(one)
        const gets = ask(one)
        const told = JSON.stringify(one)
        if (password !== 'unknown') expect([told, gets.byPassword]).toEqual([told, password === 'yes'])
        // A key that does has what goes with it, and where the password alone does, that is seen of a key alone only.
        if (key === 'no') expect([told, gets.byKey]).toEqual([told, false])
        if (key !== 'unknown' && password === 'no') expect([told, gets.byBoth]).toEqual([told, key === 'yes'])
        if (key !== 'unknown' && password !== 'unknown') compared++
      }
      expect(compared).toBeGreaterThan(15)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
  300_000,
)

const server = (folder: string) => {
  const at = (name: string) => join(folder, name)
  for (const name of ['host', 'key0', 'key1'])
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', at(name)])
  const hash = spawnSync('openssl', ['passwd', '-1', PASSWORD], { encoding: 'utf8' }).stdout.trim()
  const field = { usable: hash, locked: `!${hash}`, none: '*' }
  const files = ['passwd', 'group', 'shadow', 'nsswitch.conf']
  writeFileSync(
    at('passwd'),
    'root:x:0:0::/:/bin/sh\nann:x:6001:6001::/:/bin/sh\nsshd:x:100:65534::/run/sshd:/bin/false\n',
  )
  writeFileSync(at('group'), 'root:x:0:\nann:x:6001:\n')
  writeFileSync(at('nsswitch.conf'), 'passwd: files\ngroup: files\nshadow: files\nhosts: files\n')
  writeFileSync(
    at('pam'),
    'auth required pam_unix.so nodelay\naccount required pam_permit.so\nsession required pam_permit.so\n',
  )
  writeFileSync(at('askpass'), `#!/bin/sh\necho '${PASSWORD}'\n`, { mode: 0o700 })
  writeFileSync(
    at('proxy'),
    `mount -t tmpfs none /run && mkdir -m 755 /run/sshd && ${files.map((name) => `mount --bind ${at(name)} /etc/${name} && `).join('')}mount --bind ${at('pam')} /etc/pam.d/sshd && exec /usr/sbin/sshd -i -f ${at('config')} 2>/dev/null\n`,
  )
  return ({ methods, settings, keys, password, user }: Case) => {
    const said = Object.entries({ ...settings, AuthenticationMethods: methods }).map(
      ([name, value]) => `${name} ${value}\n`,
    )
    writeFileSync(
      at('config'),
      `HostKey ${at('host')}\nAuthorizedKeysFile ${at('keys')}\nStrictModes no\n${said.join('')}`,
    )
    writeFileSync(
      at('keys'),
      ['key0', 'key1']
        .slice(0, keys)
        .map((name) => readFileSync(at(`${name}.pub`), 'utf8'))
        .join(''),
    )
    writeFileSync(
      at('shadow'),
      ['root', 'ann'].map((name) => `${name}:${field[password]}:19000:0:99999:7:::\n`).join(''),
      {
        mode: 0o600,
      },
    )
    const gets = (...more: string[]) => {
      const options = [
        'StrictHostKeyChecking=no',
        'UserKnownHostsFile=/dev/null',
        'GlobalKnownHostsFile=/dev/null',
        'IdentitiesOnly=yes',
        'IdentityAgent=none',
        'LogLevel=ERROR',
        'NumberOfPasswordPrompts=1',
        `ProxyCommand=unshare -m sh ${at('proxy')}`,
        ...more,
      ]
      const { stdout } = spawnSync(
        'ssh',
        [
          '-F',
          'none',
          '-i',
          at('key0'),
          '-i',
          at('key1'),
          ...options.flatMap((option) => ['-o', option]),
          `${user}@host`,
          'echo in',
        ],
        {
          encoding: 'utf8',
          timeout: 20_000,
          env: { PATH: process.env['PATH'], SSH_ASKPASS: at('askpass'), SSH_ASKPASS_REQUIRE: 'force', DISPLAY: ':0' },
        },
      )
      return stdout.includes('in')
    }
    return {
      byKey: gets('PreferredAuthentications=publickey'),
      byPassword: gets('PreferredAuthentications=password,keyboard-interactive', 'PubkeyAuthentication=no'),
      byBoth: gets('PreferredAuthentications=publickey,password,keyboard-interactive'),
    }
  }
}
