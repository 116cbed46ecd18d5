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

/** How most fleets let a scanner in. */
export default {
  name: 'sudo-nopasswd',
  base: 'debian',
  purpose: 'the scan account has sudo for everything, without password',
  accounts: [...systemAccounts('debian'), ...people],
  groups: [
    ...systemGroups('debian', { sudo: ['judy'] }),
    ...people.map(groupOf),
    { name: 'readers', gid: 2000, members: ['judy'], administrators: ['judy'] },
  ],
  sudoers: {
    '/etc/sudoers': 'root ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n',
    '/etc/sudoers.d/scanner': 'scanner ALL=(root) NOPASSWD: ALL\n',
  },
  sudoTruth: [
    {
      account: 'judy',
      words: 'everything as anyone, with her password',
      may: [{ command: ['/usr/bin/id'], as: 'scanner' }],
    },
    {
      account: 'scanner',
      words: 'everything as root, without password',
      may: [{ command: ['/usr/bin/id'] }],
      mayNot: [{ command: ['/usr/bin/id'], as: 'judy' }],
    },
  ],
  scan: { account: 'scanner', sudo: 'without-password' },
} satisfies HostDescription
