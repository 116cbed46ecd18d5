import type { FindingOf, Grant, GrantedCommand } from '../index.ts'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { effectiveSudo, rootThroughSudo, type SudoAccount } from './sudo.ts'

const ann: SudoAccount = {
  name: 'ann',
  uid: 1001,
  groups: [
    { name: 'ann', gid: 1001 },
    { name: 'ops', gid: 2000 },
  ],
}

/** `/bin/ls -l` with arguments, `!` in front for a denial. */
const command = (text: string): GrantedCommand => {
  const [, bang, path = '', given] = /^(!?)(\S+)(?: (.*))?$/.exec(text)!
  return {
    command: path,
    ...(given === undefined ? {} : { arguments: given }),
    ...(bang === '!' ? { negated: true } : {}),
  }
}
const rules = (...all: (Partial<Grant> & { to?: string | string[] })[]): Grant[] =>
  all.map(({ to = 'ALL', ...rest }, order) => ({
    kind: 'grant',
    mechanism: 'sudo',
    order,
    grantees: [{ type: 'user', name: 'ann' }],
    here: 'yes',
    runAs: {},
    commands: [to].flat().map(command),
    tags: {},
    options: {},
    place: { path: '/etc/sudoers', line: order + 1 },
    ...rest,
  }))
const setting = (name: string, values: string[], condition?: string): FindingOf<'setting'> => ({
  kind: 'setting',
  subject: 'sudo',
  name,
  values,
  ...(condition === undefined ? {} : { condition }),
})
const root = (grants: Grant[], settings: FindingOf<'setting'>[] = []) => rootThroughSudo(ann, grants, settings)
const answer = (...to: string[]) => root(rules({ to })).answer

test('of the members of a list that match the last decides', () => {
  const [one] = rules({
    grantees: [
      { type: 'all', name: '' },
      { type: 'group', name: 'ops', negated: true },
    ],
  })
  const [two] = rules({
    grantees: [
      { type: 'group', name: 'ops', negated: true },
      { type: 'uid', name: '1001' },
    ],
  })
  expect(effectiveSudo(ann, [one!])).toEqual([])
  expect(effectiveSudo(ann, [two!])).toEqual([{ grant: two, applies: 'yes' }])
})

test('any command as root is root, with the own password', () => {
  expect(root(rules({ runAs: { users: [{ type: 'all', name: '' }] } }))).toMatchObject({
    answer: 'yes',
    password: { needed: 'needed', whose: 'own' },
    paths: [{ effect: 'root', place: { line: 1 } }],
  })
})

test('exceptions from any command take nothing away, and the sentence says why', () => {
  const { answer: found, paths } = root(rules({ to: ['ALL', '!/bin/su', '!/bin/sh'] }))
  expect(found).toBe('yes')
  expect(paths[0]!.sentence).toContain('the exceptions do not hold')
})

test('a later denial of everything takes away what went before, not what comes behind', () => {
  expect(answer('ALL', '!ALL')).toBe('no')
  expect(answer('!ALL', '/bin/bash')).toBe('yes')
  expect(
    root(rules({ to: '/bin/bash' }, { to: '!ALL', runAs: { users: [{ type: 'user', name: 'bob' }] } })).answer,
  ).toBe('yes')
  expect(answer('/bin/bash', '!/bin/')).toBe('no')
  expect(answer('/bin/bash', '!/bin/b*')).toBe('no')
  expect(answer('/bin/bash', '!/bin/bash -l')).toBe('yes')
})

test('the last rule that matches decides of the password as well', () => {
  expect(root(rules({ tags: { passwd: false } })).password?.needed).toBe('not-needed')
  expect(root(rules({ tags: { passwd: false } }, {})).password?.needed).toBe('needed')
  expect(root(rules({}, { to: '/bin/bash', tags: { passwd: false } })).password?.needed).toBe('not-needed')
})

test('Defaults decide whether a password is needed and whose', () => {
  expect(root(rules({}), [setting('authenticate', ['false'])]).password?.needed).toBe('not-needed')
  expect(root(rules({}), [setting('authenticate', ['false'], 'Defaults:%ops,!bob')]).password?.needed).toBe(
    'not-needed',
  )
  expect(root(rules({}), [setting('authenticate', ['false'], 'Defaults:%ops,!ann')]).password?.needed).toBe('needed')
  expect(root(rules({}), [setting('authenticate', ['false'], 'Defaults:+farm')]).password?.needed).toBe('unknown')
  expect(root(rules({ tags: { passwd: true } }), [setting('authenticate', ['false'])]).password?.needed).toBe('needed')
  expect(root(rules({}), [setting('exempt_group', ['ops'])]).password?.needed).toBe('not-needed')
})

test('a rule that asks for the password of root or of the target is no more than su is, unless none is needed', () => {
  for (const [name, condition, whose] of [
    ['rootpw', undefined, 'root'],
    ['targetpw', 'Defaults>root', 'target'],
  ] as const)
    expect(root(rules({}), [setting(name, ['true'], condition)])).toMatchObject({
      answer: 'no',
      paths: [
        {
          effect: 'limited',
          whose,
          sentence: 'may run any command as root, for which sudo asks for the password of root',
        },
      ],
    })
  expect(root(rules({ tags: { passwd: false } }), [setting('targetpw', ['true'])]).answer).toBe('yes')
  const others = rules({ runAs: { users: [{ type: 'user', name: 'app' }] } })
  expect(root(others, [setting('targetpw', ['true'])]).paths[0]?.becomes).toBeUndefined()
})

test('su as root to another account makes it that account, as far as nothing says what is run', () => {
  const becomes = (to: string, given?: string) =>
    root(rules({ to: given === undefined ? to : `${to} ${given}` })).paths[0]?.becomes?.users
  expect(becomes('/bin/su', '- app')).toEqual([{ type: 'user', name: 'app' }])
  expect(becomes('/usr/sbin/runuser', '-l app')).toEqual([{ type: 'user', name: 'app' }])
  expect(becomes('/bin/su', '- app -c /opt/app/run')).toBeUndefined()
  expect(becomes('/bin/id', 'app')).toBeUndefined()
})

test('a rule for another account than root is shown and is not root', () => {
  const found = root(rules({ runAs: { users: [{ type: 'user', name: 'www-data' }] } }))
  expect(found).toMatchObject({ answer: 'no', paths: [{ effect: 'limited', sentence: 'may run ALL as www-data' }] })
  expect(
    root(
      rules({
        runAs: {
          users: [
            { type: 'all', name: '' },
            { type: 'user', name: 'root', negated: true },
          ],
        },
      }),
    ).answer,
  ).toBe('no')
  expect(root(rules({}), [setting('runas_default', ['www-data'])]).answer).toBe('no')
  expect(root(rules({ runAs: { users: [{ type: 'uid', name: '0' }] } })).answer).toBe('yes')
  expect(root(rules({ runAs: { users: [] } })).paths).toEqual([])
})

test('a group that is as good as root is root', () => {
  expect(root(rules({ runAs: { groups: [{ type: 'group', name: 'docker' }] } })).answer).toBe('yes')
  expect(root(rules({ runAs: { groups: [{ type: 'group', name: 'dialout' }] } })).answer).toBe('no')
})

test.each([
  '/bin/bash',
  '/usr/bin/su -',
  '/usr/bin/vim /etc/motd',
  '/usr/bin/vim.basic',
  '/usr/bin/less /var/log/messages',
  '/usr/bin/man *',
  '/usr/bin/python3.11',
  '/usr/bin/find',
  '/usr/bin/find /srv *',
  '/usr/bin/tar',
  '/bin/systemctl',
  '/bin/systemctl status nginx',
  '/bin/systemctl edit nginx',
  '/bin/journalctl -u nginx',
  '/usr/bin/docker',
  '/bin/mount',
  '/bin/cp',
  '/usr/bin/tee /etc/sudoers.d/x',
  '/bin/chmod 4755 *',
  '/usr/bin/passwd',
  '/usr/bin/passwd root',
  '/usr/bin/passwd *',
  '/usr/bin/passwd ""',
  '/usr/sbin/visudo',
  '/usr/sbin/usermod',
  '/usr/bin/apt',
  '/usr/bin/pip install *',
  '/usr/bin/',
  '/usr/bin/*',
  '/usr/bin/vi*',
  '^/usr/bin/.*$',
  '^/usr/bin/(vim|nano)$',
  'sudoedit',
  'sudoedit /etc/sudoers',
  'sudoedit /etc/*',
  '/usr/bin/crontab -e',
  '/usr/bin/ssh',
  '/bin/cat',
  '/bin/cat /etc/shadow',
  '/usr/bin/awk',
  '/usr/bin/git',
  '/usr/bin/env',
  '/usr/bin/gcc',
  '/usr/bin/mutt',
  '/usr/bin/pdflatex *',
  '/usr/bin/busctl',
  '/usr/sbin/dmsetup *',
  '/usr/bin/sshpass -p x *',
  '/usr/bin/newgrp root',
  '/usr/bin/systemctl link *',
])('%s as root gives root', (to) => {
  expect(answer(to)).toBe('yes')
})

test.each([
  '/bin/systemctl restart nginx',
  '/bin/systemctl status nginx --no-pager',
  '/usr/bin/passwd bob',
  '/usr/sbin/visudo -c',
  '/bin/sh /opt/backup.sh',
  '/usr/bin/python3 /opt/x.py',
  '/bin/cat /var/log/syslog',
  '/usr/bin/apt update',
  '/usr/bin/tar czf /srv/backup.tar.gz /srv/www',
  '/usr/bin/id',
  '/opt/tool *',
  'sudoedit /etc/motd',
  'list',
  '/opt/tools/',
  '/usr/bin/su - postgres',
  '/usr/bin/crontab -l',
  '/usr/bin/loginctl terminate-user bob',
  '/usr/bin/update-alternatives --list editor',
  '/usr/sbin/fdisk -l /dev/sda',
  '/usr/bin/gcc -o /srv/x /srv/x.c',
])('%s as root is limited', (to) => {
  expect(root(rules({ to }))).toMatchObject({ answer: 'no', paths: [{ effect: 'limited', command: to }] })
})

test('NOEXEC keeps a pager from being a shell, and not a shell from being one', () => {
  expect(root(rules({ to: '/usr/bin/man', tags: { exec: false } }))).toMatchObject({
    answer: 'no',
    paths: [{ sentence: expect.stringContaining('NOEXEC') }],
  })
  expect(root(rules({ to: '/bin/bash', tags: { exec: false } })).answer).toBe('yes')
  expect(root(rules({ to: '/usr/bin/man' }), [setting('noexec', ['true'])]).answer).toBe('no')
})

test('NOEXEC does not keep an editor from writing to /etc/sudoers, nor less from showing /etc/shadow', () => {
  for (const to of ['/usr/bin/vim /etc/motd', '/usr/bin/nano', '/usr/bin/less /var/log/syslog'])
    expect(root(rules({ to, tags: { exec: false } }))).toMatchObject({
      answer: 'yes',
      paths: [{ sentence: expect.stringContaining('any file') }],
    })
})

test.each([
  ['/bin/cat /etc/shadow', 'yes'],
  ['/bin/cat /root/.ssh/id_ed25519', 'yes'],
  ['/bin/cat /root/.ssh/authorized_keys', 'no'],
  ['/bin/cat /etc/ssh/ssh_host_rsa_key.pub', 'no'],
  ['/usr/bin/dpkg -l', 'yes'],
  ['/usr/bin/dpkg -s bash', 'no'],
  ['/usr/bin/cp /etc/hosts /tmp/hosts', 'no'],
  ['/usr/bin/cp /home/ann/hosts /opt/hosts', 'no'],
  ['/usr/bin/cp /home/ann/a /home/ann/b', 'yes'],
  ['/usr/bin/cp /home/ann/a /etc/sudoers.d/a', 'yes'],
])('%s as root, and no other arguments: %s', (to, expected) => expect(answer(to)).toBe(expected))

test('whoever chooses the environment of any program is root', () => {
  expect(root(rules({ to: '/usr/bin/id', tags: { setenv: true } })).answer).toBe('yes')
  expect(root(rules({ to: '/usr/bin/id', tags: { setenv: false } }), [setting('setenv', ['true'])]).answer).toBe('no')
  expect(root(rules({ to: '/usr/bin/id' }), [setting('env_keep', ['+LANG', '+LD_*'])]).answer).toBe('yes')
  expect(root(rules({ to: '/usr/bin/id' }), [setting('env_keep', ['+LD_AUDIT'], 'Defaults:+farm')]).answer).toBe(
    'unknown',
  )
  expect(root(rules({ to: '/usr/bin/id' }), [setting('env_keep', ['LANG', 'SSH_AUTH_SOCK'])]).answer).toBe('no')
})

test('a variable of a language makes root of programs in it alone, and leaves open what is written in none we know', () => {
  const kept = (to: string, ...names: string[]) =>
    root(rules({ to }), [
      setting(
        'env_keep',
        names.map((name) => `+${name}`),
      ),
    ]).answer
  expect(kept('/opt/report.py', 'PYTHONPATH')).toBe('yes')
  expect(kept('/usr/bin/python3 /opt/report', 'PYTHONPATH')).toBe('yes')
  expect(kept('/opt/report.pl', 'PYTHONPATH')).toBe('no')
  expect(kept('/usr/bin/id', 'PYTHONPATH', 'PERL5LIB', 'BASH_ENV')).toBe('no')
  expect(kept('/opt/report', 'PERL5LIB')).toBe('unknown')
})

test('of an environment that is not reset sudo still takes the variables of the loader, unless told not to', () => {
  const free = (to: string, ...deleted: string[]) =>
    root(rules({ to }), [setting('env_reset', ['false']), setting('env_delete', deleted)]).answer
  expect(free('/usr/bin/id')).toBe('no')
  expect(free('/usr/bin/id', '-LD_PRELOAD')).toBe('yes')
  expect(free('/opt/x.js')).toBe('yes')
  expect(free('/opt/x.sh')).toBe('no')
})

test('a variable that is kept where its value is harmless still names the folder one is in', () => {
  const checked = (name: string) => root(rules({ to: '/usr/bin/id' }), [setting('env_check', [`+${name}`])]).answer
  expect(checked('LD_LIBRARY_PATH')).toBe('yes')
  expect(checked('LD_PRELOAD')).toBe('unknown')
})

test('what may be run as others says so, and as whom not', () => {
  const users = [
    { type: 'all', name: '' },
    { type: 'user', name: 'root', negated: true },
  ] as const
  expect(root(rules({ runAs: { users: [...users] } })).paths).toMatchObject([
    { effect: 'limited', sentence: 'may run ALL as anyone but root', becomes: { users } },
  ])
  expect(
    root(rules({ runAs: { users: [{ type: 'user', name: 'bob' }] }, to: '/usr/bin/id' })).paths[0],
  ).not.toHaveProperty('becomes')
})

test('a denial as root leaves what may be run as others', () => {
  const everyone = { users: [{ type: 'all', name: '' } as const] }
  const asRoot = { users: [{ type: 'user', name: 'root' } as const] }
  const asBob = { users: [{ type: 'user', name: 'bob' } as const] }
  const found = root(rules({ runAs: everyone }, { runAs: asRoot, to: '!ALL' }))
  expect(found.answer).toBe('no')
  expect(found.paths).toMatchObject([{ effect: 'limited', becomes: { users: everyone.users } }])
  expect(
    root(rules({ runAs: everyone }, { runAs: asRoot, to: '!ALL' }, { runAs: asBob, to: '!ALL' })).paths,
  ).toMatchObject([{ becomes: { except: [asBob.users] } }])
})

test('a rule that is over or not there yet gives nothing now', () => {
  const at = (options: Record<string, string>) =>
    rootThroughSudo(ann, rules({ options }), [], new Date('2026-11-22T12:00:00Z')).answer
  expect(at({ notafter: '20261231235959Z' })).toBe('yes')
  expect(at({ notafter: '20251231235959Z' })).toBe('no')
  expect(at({ notbefore: '20270101000000Z' })).toBe('no')
  expect(at({ notbefore: '2026112213Z' })).toBe('no')
  expect(at({ notbefore: '202611221300+0200' })).toBe('yes')
  expect(at({ notafter: '20261122110000' })).toBe('unknown')
  expect(root(rules({ options: { notafter: '20251231235959Z' } })).answer).toBe('yes')
})

test('a netgroup leaves the answer open, unless another way is sure', () => {
  const open = { grantees: [{ type: 'netgroup', name: 'admins' } as const] }
  expect(root(rules(open))).toMatchObject({ answer: 'unknown', unsure: [{ place: { line: 1 } }] })
  expect(root(rules({ here: 'unknown' })).answer).toBe('unknown')
  expect(root(rules(open, { to: '/bin/bash' })).answer).toBe('yes')
  expect(root(rules({}, { ...open, to: '!ALL' })).answer).toBe('unknown')
})

test('a program with a digest is that file alone', () => {
  expect(root(rules({ commands: [{ command: 'ALL', digests: ['sha256:x'] }] })).answer).toBe('no')
})

test('whatever the rules say, there is an answer', () => {
  const text = fc.oneof(
    fc.constantFrom('ALL', 'sudoedit', '/bin/', '/bin/[', '^/[a-', '/bin/***********x', 'list', '', '""'),
    fc.string(),
  )
  const granted = fc.record(
    { command: text, arguments: text, negated: fc.constant(true as const) },
    { requiredKeys: ['command'] },
  )
  const who = fc.record(
    {
      type: fc.constantFrom('user', 'uid', 'group', 'gid', 'netgroup', 'external-group', 'all'),
      name: fc.string(),
      negated: fc.constant(true as const),
    },
    { requiredKeys: ['type', 'name'] },
  )
  fc.assert(
    fc.property(fc.array(granted, { minLength: 1 }), fc.array(who), fc.string(), (commands, users, condition) => {
      const found = root(rules({ commands, runAs: { users } }, { commands }), [
        setting('authenticate', ['false'], `Defaults:${condition}`),
      ])
      expect(['yes', 'no', 'unknown']).toContain(found.answer)
    }),
  )
})
