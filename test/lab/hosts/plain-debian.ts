import { groupOf, person, type HostDescription } from '../description.ts'
import { systemAccounts, systemGroups } from '../system-accounts.ts'

const people = [
  person(
    'alice',
    1000,
    { state: 'usable', scheme: 'yescrypt', password: 'correct horse alice' },
    {
      gecos: 'Alice Archer,Room 1,555-0100,',
      lastLogin: { at: '2026-11-20T08:15:00Z', line: 'pts/0', from: '10.20.30.40' },
      authorizedKeys: [
        { type: 'ed25519', comment: 'alice@laptop', shared: 'alice laptop' },
        { type: 'rsa-2048', comment: 'alice old', options: 'from="10.0.0.0/8",no-agent-forwarding' },
      ],
      privateKeys: [{ type: 'ed25519', comment: 'alice@plain-debian', file: '.ssh/id_ed25519' }],
    },
  ),
  person(
    'bob',
    1001,
    { state: 'locked', scheme: 'sha512crypt', password: 'bob was here' },
    {
      lastLogin: { at: '2025-02-03T17:01:59Z', line: 'pts/1', from: 'gate.example.org' },
    },
  ),
  person(
    'carol',
    1002,
    { state: 'usable', scheme: 'sha512crypt', password: 'carol expired' },
    {
      aging: {
        changed: '2024-06-01',
        minimumDays: 1,
        maximumDays: 90,
        warningDays: 14,
        inactiveDays: 30,
        accountExpires: '2025-01-01',
      },
    },
  ),
  person(
    'dave',
    1003,
    { state: 'usable', scheme: 'yescrypt', password: 'dave must change' },
    {
      aging: { changed: 'must-change', minimumDays: 0, maximumDays: 99_999, warningDays: 7 },
      lastLogin: 'never',
    },
  ),
  person(
    'legacy',
    1004,
    { state: 'usable', scheme: 'md5crypt', password: 'legacy' },
    { aging: { changed: '2009-04-01' } },
  ),
  person('ancient', 1005, { state: 'usable', scheme: 'descrypt', password: 'ancient' }, { shell: '', aging: {} }),
  person('guest', 1006, { state: 'empty' }),
  person(
    'deploy',
    1007,
    { state: 'none', field: '!' },
    {
      gecos: 'Deployment, no password',
      shell: '/bin/sh',
      authorizedKeys: [
        {
          type: 'ecdsa-256',
          comment: 'deploy@ci',
          options: 'command="/usr/local/bin/deploy --site \\"main\\"",restrict',
        },
        { type: 'ed25519', comment: 'build authority', role: 'authority' },
      ],
    },
  ),
  person(
    'svc-backup',
    1008,
    { state: 'none', field: '*' },
    {
      shell: '/usr/sbin/nologin',
      authorizedKeys: [{ type: 'rsa-1024', comment: 'backup from the old server' }],
    },
  ),
  person('erin', 1009, { state: 'usable', scheme: 'bcrypt', password: 'erin' }),
] as const

/** What a host looks like after ten years of several administrators. */
export default {
  name: 'plain-debian',
  base: 'debian',
  purpose: 'root logs in with a key; passwords, keys and sudo rules of every ordinary kind',
  accounts: [
    ...systemAccounts('debian', {
      password: { state: 'usable', scheme: 'yescrypt', password: 'root of plain-debian' },
      lastLogin: { at: '2026-10-31T23:59:59Z', line: 'tty1', from: '' },
      authorizedKeys: [{ type: 'ed25519', comment: 'alice@laptop', shared: 'alice laptop' }],
    }),
    ...people,
    {
      name: 'toor',
      uid: 0,
      gid: 0,
      gecos: 'Bourne-again Superuser',
      home: '/root',
      shell: '/bin/sh',
      password: { state: 'usable', scheme: 'sha256crypt', password: 'toor' },
      aging: { changed: '2019-05-05', minimumDays: 0, maximumDays: 99_999, warningDays: 7 },
      lastLogin: { at: '2026-10-31T23:59:59Z', line: 'tty1', from: '' },
      makeHome: false,
    },
  ],
  groups: [
    ...systemGroups('debian', { sudo: ['alice', 'bob'], adm: ['alice', 'carol'] }),
    ...people.map(groupOf),
    { name: 'operators', gid: 2000, members: ['carol', 'dave'], administrators: ['carol'] },
    {
      name: 'vaulted',
      gid: 2001,
      members: ['erin'],
      password: { state: 'usable', scheme: 'sha512crypt', password: 'join us' },
    },
  ],
  sudoers: {
    '/etc/sudoers': `Defaults	env_reset
Defaults	mail_badpass
Defaults	secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
Defaults	use_pty

User_Alias	WEB = erin, deploy
Runas_Alias	SERVICES = www-data, svc-backup
Cmnd_Alias	RESTART = /usr/bin/systemctl restart nginx, \\
		/usr/bin/systemctl reload nginx
Cmnd_Alias	SHELLS = /bin/sh, /bin/bash, /usr/bin/sh, /usr/bin/bash

root	ALL=(ALL:ALL) ALL
%sudo	ALL=(ALL:ALL) ALL
WEB	ALL = (SERVICES) NOPASSWD: RESTART
%operators	ALL = ALL, !SHELLS
legacy	elsewhere = NOPASSWD: ALL

@includedir /etc/sudoers.d
`,
    '/etc/sudoers.d/10-deploy':
      'deploy ALL = (root) NOPASSWD: /usr/local/bin/deploy, NOEXEC: PASSWD: /usr/bin/less /var/log/syslog\n',
    '/etc/sudoers.d/20-group-run': 'dave ALL = (:adm) /usr/bin/cat\n#1005 ALL = (ALL) NOPASSWD: /usr/bin/id ""\n',
    '/etc/sudoers.d/README.txt': 'guest ALL = NOPASSWD: ALL\n',
  },
  sudoTruth: [
    {
      account: 'alice',
      words: 'everything as anyone, with her password (group sudo)',
      may: [{ command: ['/usr/bin/id'] }, { command: ['/usr/bin/id'], as: 'bob' }],
    },
    {
      account: 'erin',
      words: 'two systemctl commands as www-data or svc-backup, without password; nothing as root',
      mayNot: [{ command: ['/usr/bin/id'] }],
    },
    {
      account: 'carol',
      words: 'everything as root except the shells, with her password (group operators)',
      may: [{ command: ['/usr/bin/id'] }],
      mayNot: [{ command: ['/bin/bash'] }, { command: ['/usr/bin/id'], as: 'bob' }],
    },
    {
      account: 'dave',
      words: 'what carol may, and cat with the group adm',
      may: [{ command: ['/usr/bin/cat', '/etc/hosts'], asGroup: 'adm' }],
      mayNot: [{ command: ['/bin/sh'] }],
    },
    {
      account: 'ancient',
      words: 'id without arguments as anyone, without password (by uid)',
      may: [{ command: ['/usr/bin/id'] }],
      mayNot: [{ command: ['/usr/bin/id', '-u'] }],
    },
    { account: 'legacy', words: 'nothing: the rule is for another host', mayNot: [{ command: ['/usr/bin/id'] }] },
    {
      account: 'guest',
      words: 'nothing: a file with a dot in its name is not included',
      mayNot: [{ command: ['/usr/bin/id'] }],
    },
  ],
  files: [{ type: 'file', path: '/usr/local/bin/deploy', content: '#!/bin/sh\nexit 0\n', mode: 0o755 }],
  scan: { account: 'root', sudo: 'not-needed' },
} satisfies HostDescription
