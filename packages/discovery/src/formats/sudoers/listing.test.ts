import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseSudoListing } from './listing.ts'

const at = { path: '/etc/nsswitch.conf', line: 1 }
const listing = (entry: string) => `User ann may run the following commands on web1:\n\n${entry}\n`
const role = (lines: string) => parseSudoListing(listing(`LDAP Role: ops\n${lines}`), at)

test('fields of an entry become what a rule of a file would say', () => {
  const { rules } = role(
    '    RunAsUsers: bob, %!ops, !eve\n    RunAsGroups: web\n    Options: setenv, noexec, !authenticate, env_keep+=FOO\n    Role: sysadm_r\n    Timeout: 60\n    NotAfter: 20300101000000Z\n    Commands:\n\t!/bin/sh\n\t/bin/echo a\\, b\n\tsha256:hqXB4QVaQsSVQzc9fFGgHrnIjUGc2MA1cl2XnQXNBLA=, sha256:iqXB4QVaQsSVQzc9fFGgHrnIjUGc2MA1cl2XnQXNBLA= /bin/x ""\n\t^/bin/[a-c]$ ^x.y$\n',
  )
  expect(rules).toEqual([
    {
      role: 'ops',
      runAs: {
        users: [
          { type: 'user', name: 'bob' },
          { type: 'group', name: 'ops', negated: true },
          { type: 'user', name: 'eve', negated: true },
        ],
        groups: [{ type: 'group', name: 'web' }],
      },
      commands: expect.arrayContaining([
        { command: '/bin/sh', negated: true },
        { command: '/bin/echo', arguments: 'a, b' },
      ]),
      tags: { setenv: true, exec: false, passwd: false },
      options: { env_keep: '+=FOO', role: 'sysadm_r', timeout: '60', notafter: '20300101000000Z' },
    },
  ])
  expect(rules[0]?.commands).toHaveLength(4)
})

test.each([
  ['a line that was broken', '    RunAsUsers: root\n    Commands:\n\t/bin/a\n        /bin/b\n'],
  ['a field nobody knows', '    RunAsUsers: root\n    Nonsense: x\n    Commands:\n\t/bin/a\n'],
  ['a field that stands twice', '    RunAsUsers: root\n    RunAsUsers: bob\n    Commands:\n\t/bin/a\n'],
  ['two commands in the place of one', '    RunAsUsers: root\n    Commands:\n\t/bin/a, /bin/b\n'],
  ['a tag in the place of a command', '    RunAsUsers: root\n    Commands:\n\tNOPASSWD: /bin/a\n'],
  ['a list that closes early', '    RunAsUsers: root) NOPASSWD: (bob\n    Commands:\n\t/bin/a\n'],
  ['no command', '    RunAsUsers: root\n    Commands:\n'],
])('an entry with %s is skipped and counted, and the next is read', (_, lines) => {
  const { rules, skipped } = role(`${lines}\nSSSD Role: next\n    RunAsUsers: root\n    Commands:\n\t/bin/ls\n`)
  expect(skipped).toBe(1)
  expect(rules.map((rule) => rule.role)).toEqual(['next'])
})

test('entries of files are left out, whatever version of sudo says so', () => {
  const entry = '\n    RunAsUsers: root\n    Commands:\n\tALL\n'
  for (const head of ['Sudoers entry:', 'Sudoers entry: /etc/sudoers.d/x'])
    expect(parseSudoListing(listing(head + entry), at)).toMatchObject({ state: 'listed', rules: [], skipped: 0 })
})

test('that somebody may do nothing is an answer; anything else is none', () => {
  expect(parseSudoListing('User eve is not allowed to run sudo on web1.\n', at).state).toBe('nothing')
  expect(parseSudoListing('', at).state).toBe('unread')
  expect(parseSudoListing('sudo: a password is required\n', at).state).toBe('unread')
})

test('whatever is printed, reading ends', () => {
  const line = fc.oneof(
    fc.constantFrom(
      'LDAP Role: a',
      '    Commands:',
      '    RunAsUsers: root',
      '    Options: ',
      '\tALL',
      '',
      'Sudoers entry:',
    ),
    fc.string(),
  )
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const { rules, skipped } = parseSudoListing(listing(lines.join('\n')), at)
      expect(rules.length + skipped).toBeLessThanOrEqual(lines.length)
    }),
  )
})
