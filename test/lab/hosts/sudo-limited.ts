import { groupOf, person, type HostDescription } from '../description.ts'
import { systemAccounts, systemGroups } from '../system-accounts.ts'

const people = [
  person('scanner', 1000, { state: 'none', field: '!' }),
  person(
    'judy',
    1001,
    { state: 'usable', scheme: 'yescrypt', password: 'judy' },
    {
      lastLogin: { at: '2026-11-01T12:00:00Z', line: 'pts/3', from: '192.0.2.7' },
      authorizedKeys: [{ type: 'ed25519', comment: 'judy@laptop' }],
    },
  ),
] as const

/** sudo answers, but not to a shell: the scan has to make do with what the account itself may read, and the file that sudo lists. */
export default {
  name: 'sudo-limited',
  base: 'debian',
  purpose: 'the scan account has sudo for two programs only',
  accounts: [...systemAccounts('debian'), ...people],
  groups: [
    ...systemGroups('debian', { sudo: ['judy'] }),
    ...people.map(groupOf),
    { name: 'readers', gid: 2000, members: ['judy'], administrators: ['judy'] },
  ],
  sudoers: {
    '/etc/sudoers': 'root ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n',
    '/etc/sudoers.d/scanner': 'scanner ALL=(root) NOPASSWD: /usr/bin/cat /etc/shadow, /usr/sbin/sshd -T\n',
  },
  sudoTruth: [
    {
      account: 'judy',
      words: 'everything as anyone, with her password',
      may: [{ command: ['/usr/bin/id'], as: 'scanner' }],
    },
    {
      account: 'scanner',
      words: 'to read /etc/shadow and to print the configuration of sshd, as root, without password',
      may: [{ command: ['/usr/bin/cat', '/etc/shadow'] }, { command: ['/usr/sbin/sshd', '-T'] }],
      mayNot: [{ command: ['/bin/sh'] }, { command: ['/usr/bin/cat', '/etc/gshadow'] }],
    },
  ],
  scan: { account: 'scanner', sudo: 'listed', reads: ['/etc/shadow'] },
} satisfies HostDescription
