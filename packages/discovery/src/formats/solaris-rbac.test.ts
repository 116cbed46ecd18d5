import { finding } from '@rollcall/contract'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readRbac, type RbacFiles } from './solaris-rbac.ts'

const files = (users: string, profiles: string, commands: string, policy = ''): RbacFiles => ({
  users: [{ path: '/etc/user_attr', text: users }],
  profiles: [{ path: '/etc/security/prof_attr', text: profiles }],
  commands: [{ path: '/etc/security/exec_attr', text: commands }],
  policy: [{ path: '/etc/security/policy.conf', text: policy }],
})

/** Whom what is granted, the rule that decides first. */
const told = (all: RbacFiles) =>
  readRbac(all)
    .grants.toSorted((one, other) => other.order - one.order)
    .map(({ grantees, runAs, commands, options, tags }) =>
      [
        grantees.map(({ name, negated }) => `${negated === true ? '!' : ''}${name}`).join(),
        options.profile ?? `role ${options.role}`,
        (runAs.users ?? []).map(({ name }) => name).join() || 'itself',
        commands.map(({ command }) => command).join(),
        ...(tags.passwd === false ? [] : ['asked']),
      ].join(' | '),
    )

const COMMANDS = `All:suser:cmd:::*:
Backup:suser:cmd:::/usr/sbin/tar:euid=0
Edit:suser:cmd:::/usr/bin/vi:uid=0;gid=sys
Edit:suser:cmd:::/usr/sbin/tar:uid=lp
Web:solaris:cmd:::/opt/web/*:uid=webservd;privs=net_privaddr
Own:solaris:cmd:::/usr/bin/chown:privs=file_chown,\\
\tfile_owner
Net:solaris:cmd:::/sbin/route:privs=sys_ip_config
`

describe('profiles', () => {
  test('the first that has a command decides about it', () => {
    expect(told(files('ann::::profiles=Backup,Edit\n', '', COMMANDS))).toEqual([
      'ann | Backup | 0 | /usr/sbin/tar',
      'ann | Edit | 0 | /usr/bin/vi',
    ])
    expect(told(files('ann::::profiles=Edit,Backup\n', '', COMMANDS))).toEqual([
      'ann | Edit | 0 | /usr/bin/vi',
      'ann | Edit | lp | /usr/sbin/tar',
    ])
  })

  test('within others come behind them, once, also where they go in a circle', () => {
    const nested = 'A:::one:profiles=B,Backup\nB:::two:profiles=A,Edit\n'
    expect(told(files('ann::::profiles=A\n', nested, COMMANDS))).toEqual([
      'ann | Edit | 0 | /usr/bin/vi',
      'ann | Edit | lp | /usr/sbin/tar',
    ])
  })

  test('with privileges that are as good as root count as root, others as oneself', () => {
    expect(told(files('ann::::profiles=Own,Net,Web\n', '', COMMANDS))).toEqual([
      'ann | Own | root | /usr/bin/chown',
      'ann | Net | itself | /sbin/route',
      'ann | Web | webservd | /opt/web/*',
    ])
  })

  test('that ask for a password come first', () => {
    expect(told(files('ann::::profiles=Edit;auth_profiles=Backup\n', '', COMMANDS))).toEqual([
      'ann | Backup | 0 | /usr/sbin/tar | asked',
      'ann | Edit | 0 | /usr/bin/vi',
    ])
  })

  test('for everybody stand behind those of each, and not for whom a list ends', () => {
    const users = 'ann::::profiles=All\nbob::::profiles=Edit\ncarl::::profiles=Backup,Stop,Edit\n'
    expect(told(files(users, '', COMMANDS, '#PROFS_GRANTED=Own\nPROFS_GRANTED=Backup\n'))).toEqual([
      'bob | Edit | 0 | /usr/bin/vi',
      'bob | Edit | lp | /usr/sbin/tar',
      'carl | Backup | 0 | /usr/sbin/tar',
      'ALL,!ann,!carl | Backup | 0 | /usr/sbin/tar',
    ])
  })
})

test('names may hold what separates, and the first entry of a name counts', () => {
  const users = '# comment\nann::::profiles=A\\, B\\: C\nann::::profiles=Edit\n'
  expect(told(files(users, '', 'A\\, B\\: C:suser:cmd:::/usr/bin/ls:uid=0\n'))).toEqual([
    'ann | A, B: C | 0 | /usr/bin/ls',
  ])
})

test('authorizations are those of the account and of its profiles', () => {
  const { authorizations } = readRbac(
    files('ann::::auths=solaris.jobs.user;profiles=A\n', 'A:::a:auths=solaris.smf.modify\n', '', 'AUTHS_GRANTED=x.y\n'),
  )
  expect(authorizations.map(({ account, values, place }) => [account, values, place?.path])).toEqual([
    ['ann', ['solaris.jobs.user', 'solaris.smf.modify'], '/etc/user_attr'],
    [undefined, ['x.y'], '/etc/security/policy.conf'],
  ])
})

test('any text gives what the contract allows', () => {
  const text = fc
    .array(
      fc.oneof(
        fc.constantFrom(
          ':',
          ';',
          '=',
          ',',
          '\\',
          '\n',
          'profiles=',
          'roles=',
          'auths=',
          'cmd',
          '*',
          'uid=0',
          'A',
          'Stop',
        ),
        fc.string({ maxLength: 6 }),
      ),
      { maxLength: 60 },
    )
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(text, text, text, text, (users, profiles, commands, policy) => {
      const { grants, authorizations } = readRbac(
        files(`a::::profiles=A;${users}`, `A:::d:${profiles}`, `A:suser:cmd:::${commands}`, `PROFS_GRANTED=${policy}`),
      )
      for (const one of [...grants, ...authorizations]) expect(finding.parse(one)).toEqual(one)
    }),
  )
})
