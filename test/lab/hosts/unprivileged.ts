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

/** Most of what matters cannot be read, and a scan must say so. */
export default {
  name: 'unprivileged',
  base: 'debian',
  purpose: 'the scan account is an ordinary one, and sudo is not for it',
  accounts: [...systemAccounts('debian'), ...people],
  groups: [
    ...systemGroups('debian', { sudo: ['judy'] }),
    ...people.map(groupOf),
    { name: 'readers', gid: 2000, members: ['judy'], administrators: ['judy'] },
  ],
  sudoers: { '/etc/sudoers': 'root ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n' },
  sudoTruth: [
    {
      account: 'judy',
      words: 'everything as anyone, with her password',
      may: [{ command: ['/usr/bin/id'], as: 'scanner' }],
    },
    { account: 'scanner', words: 'nothing', mayNot: [{ command: ['/usr/bin/id'] }] },
  ],
  scan: { account: 'scanner', sudo: 'none' },
} satisfies HostDescription
