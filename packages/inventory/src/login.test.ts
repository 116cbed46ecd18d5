import type { Finding, FindingOf } from '@rollcall/contract'
import { expect, test } from 'vitest'
import { hostFacts } from './host-facts.ts'
import { loginOf } from './login.ts'

const ann: FindingOf<'account'> = {
  kind: 'account',
  name: 'ann',
  uid: 1000,
  gid: 1000,
  home: '/home/ann',
  shell: '/bin/sh',
  interactiveShell: true,
  place: { path: '/etc/passwd', line: 2 },
}
const key: Finding = {
  kind: 'key',
  role: 'authorized',
  fingerprint: 'SHA256:x',
  algorithm: 'ssh-ed25519',
  account: 'ann',
  place: { path: '/home/ann/.ssh/authorized_keys', line: 1 },
}
const sshd = (name: string, ...values: string[]): Finding => ({
  kind: 'setting',
  subject: 'sshd',
  name,
  values,
  place: { path: '/etc/ssh/sshd_config', line: 9 },
})
const login = (...settings: readonly Finding[]) =>
  loginOf(
    ann,
    hostFacts(
      [ann, key, ...settings].map((finding) => ({ probe: 'any', finding })),
      ['local-passwords', 'authorized-keys', 'sshd-settings'].map((probe) => ({
        probe,
        outcome: { status: 'complete' as const, reasons: [] },
        privilege: 'root' as const,
      })),
    ),
    new Date('2026-11-22T12:00:00Z'),
  )

test.each([
  [['any'], 'yes'],
  [['publickey'], 'yes'],
  [['publickey,publickey'], 'no'],
  [['password publickey'], 'yes'],
  [['publickey,keyboard-interactive:pam', 'password'], 'unknown'],
  [['password', 'keyboard-interactive'], 'no'],
])('AuthenticationMethods %j: a key opens the account: %s', (values, expected) => {
  expect(login(sshd('authenticationmethods', ...values)).loginAllowed).toBe(expected)
})

test.each([
  ['usable', 'publickey,password', "sshd's AuthenticationMethods asks for its password beside a key"],
  [
    'usable',
    'publickey,password',
    "over SSH the password does not do: sshd's AuthenticationMethods asks for more beside a password",
  ],
  ['usable', 'publickey', "over SSH the password does not do: sshd's AuthenticationMethods takes no password"],
  [
    'locked',
    'publickey,password',
    "sshd's AuthenticationMethods asks beside a key for what it does not have, such as a password",
  ],
  ['locked', 'publickey,publickey', "sshd's AuthenticationMethods asks for more keys than open it"],
  ['locked', 'publickey,hostbased', "sshd's AuthenticationMethods takes no key"],
] as const)(
  'with a password that is %s and AuthenticationMethods %s it is told that %s',
  (state, methods, sentence) => {
    const password: Finding = {
      kind: 'credential',
      class: 'login-password',
      account: 'ann',
      state,
      place: { path: '/etc/shadow', line: 2 },
    }
    const { loginReasons } = login(password, sshd('authenticationmethods', methods))
    expect(loginReasons.find((reason) => reason.sentence === sentence)?.place?.line).toBe(9)
  },
)

test('what sessions are held to is told with its line, and hinders no login', () => {
  const { loginAllowed, loginReasons } = login(
    sshd('forcecommand', 'internal-sftp'),
    sshd('chrootdirectory', '/srv/%u'),
  )
  expect(loginAllowed).toBe('yes')
  expect(loginReasons.filter(({ place }) => place?.line === 9).map(({ sentence }) => sentence)).toEqual([
    "sshd's ForceCommand holds its sessions to what is written there",
    "sshd's ChrootDirectory holds its sessions to what is written there",
  ])
  expect(login(sshd('forcecommand', 'none')).loginReasons.some(({ place }) => place?.line === 9)).toBe(false)
})
