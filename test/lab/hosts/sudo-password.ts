import { groupOf, person, type HostDescription } from '../description.ts'
import { systemAccounts, systemGroups } from '../system-accounts.ts'

const PASSWORD = 'S$(id)`ü"\' \\n%s;& 7'

const people = [
  person('scanner', 1000, { state: 'usable', scheme: 'yescrypt', password: PASSWORD }),
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

/** The password must reach sudo untouched, and nothing and nobody else. */
export default {
  name: 'sudo-password',
  base: 'debian',
  purpose: 'the scan account has sudo for everything, with a password full of shell characters',
  accounts: [...systemAccounts('debian'), ...people],
  groups: [
    ...systemGroups('debian', { sudo: ['judy'] }),
    ...people.map(groupOf),
    { name: 'readers', gid: 2000, members: ['judy'], administrators: ['judy'] },
  ],
  sudoers: {
    '/etc/sudoers': 'root ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n',
    '/etc/sudoers.d/scanner': 'Defaults:scanner lecture = always, passwd_tries = 2\nscanner ALL=(ALL) ALL\n',
  },
  sudoTruth: [
    {
      account: 'judy',
      words: 'everything as anyone, with her password',
      may: [{ command: ['/usr/bin/id'], as: 'scanner' }],
    },
    {
      account: 'scanner',
      words: 'everything as anyone, with the password',
      may: [{ command: ['/usr/bin/id'], as: 'judy' }],
    },
  ],
  scan: { account: 'scanner', sudo: 'with-password', password: PASSWORD },
} satisfies HostDescription
