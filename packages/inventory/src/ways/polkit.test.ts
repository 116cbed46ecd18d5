import type { Finding, FindingOf, Grant } from '@rollcall/contract'
import { expect, test } from 'vitest'
import { hostFacts } from '../host-facts.ts'
import { polkitWays } from './polkit.ts'

const ann: FindingOf<'account'> = {
  kind: 'account',
  name: 'ann',
  uid: 1001,
  gid: 1001,
  home: '/',
  shell: '/bin/sh',
  interactiveShell: true,
  place: { path: '/etc/passwd', line: 2 },
}
const wheel: Finding = {
  kind: 'membership',
  account: 'ann',
  group: 'wheel',
  gid: 10,
  role: 'member',
  place: { path: '/etc/group', line: 3 },
}
const EXEC = 'org.freedesktop.policykit.exec'
const rule = (order: number, rest: Partial<Grant>): Grant => ({
  kind: 'grant',
  mechanism: 'polkit',
  order,
  grantees: [{ type: 'group', name: 'wheel' }],
  here: 'yes',
  runAs: { users: [{ type: 'user', name: 'root' }] },
  commands: [{ command: EXEC }],
  tags: { passwd: false },
  options: {},
  place: { path: '/etc/polkit-1/rules.d/10-x.rules', line: order + 1 },
  ...rest,
})
const ways = (...findings: Finding[]) =>
  polkitWays.ways(
    ann,
    hostFacts(
      [ann, wheel, ...findings].map((finding) => ({ probe: 'any', finding })),
      [],
    ),
  )

test('an administrator is root with the own password', () => {
  const commands = [{ command: EXEC }, { command: 'org.freedesktop.systemd1.manage-units' }]
  expect(ways(rule(0, { commands, tags: { admin: true, passwd: true } })).paths).toMatchObject([
    { via: 'polkit', effect: 'root', password: 'own', steps: [{ place: { line: 1 } }, {}] },
  ])
})

test('who is let by a rule is root without a password, unless a later one takes it away', () => {
  expect(ways(rule(0, {})).paths).toMatchObject([{ effect: 'root', password: 'none' }])
  const denied = rule(1, {
    grantees: [{ type: 'user', name: 'ann' }],
    commands: [{ command: EXEC, negated: true }],
    tags: {},
  })
  expect(ways(rule(0, {}), denied).paths).toEqual([])
})

test('one unit, and what takes a session at the machine, is less than root', () => {
  const unit = [{ command: 'org.freedesktop.systemd1.manage-units', arguments: 'unit=nginx.service' }]
  expect(ways(rule(0, { commands: unit })).paths).toMatchObject([{ effect: 'limited' }])
  expect(ways(rule(0, { options: { session: 'active' } })).paths).toMatchObject([{ effect: 'limited' }])
})

test('a program by pkexec is worth what it gives', () => {
  expect(ways(rule(0, { commands: [{ command: '/usr/bin/vim' }] })).paths).toMatchObject([{ effect: 'root' }])
  expect(ways(rule(0, { commands: [{ command: '/usr/sbin/gparted-x' }] })).paths).toMatchObject([{ effect: 'limited' }])
})

test('a netgroup leaves it open', () => {
  expect(ways(rule(0, { grantees: [{ type: 'netgroup', name: 'farm' }] }))).toMatchObject({
    paths: [],
    unsure: [{ line: 1 }],
  })
})

test('of what a rule lets do, the plainest way to root is told', () => {
  const commands = ['/usr/bin/update-alternatives', 'org.freedesktop.systemd1.manage-units', EXEC].map((command) => ({
    command,
  }))
  const sentences = (count: number) => ways(rule(0, { commands: commands.slice(0, count) })).paths[0]?.sentence
  expect(sentences(3)).toBe('polkit lets it: it may run any program as root by pkexec.')
  expect(sentences(2)).toContain('transient unit')
  expect(sentences(1)).toContain('by pkexec: update-alternatives lays links')
})
