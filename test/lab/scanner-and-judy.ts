import { groupOf, person, type AccountDescription } from './description.ts'
import { systemAccounts, systemGroups } from './system-accounts.ts'

/** A host with two people: the scan account, whose rights differ from host to host, and Judy, who has sudo for everything. */
export const scannerAndJudy = (scannerPassword: AccountDescription['password'] = { state: 'none', field: '!' }) => {
  const people = [
    person('scanner', 1000, scannerPassword),
    person(
      'judy',
      1001,
      { state: 'usable', scheme: 'yescrypt', password: 'judy' },
      {
        lastLogin: { at: '2026-11-01T12:00:00Z', line: 'pts/3', from: '192.0.2.7' },
        authorizedKeys: [{ type: 'ed25519', comment: 'judy@laptop' }],
      },
    ),
  ]
  return {
    accounts: [...systemAccounts('debian'), ...people],
    groups: [
      ...systemGroups('debian', { sudo: ['judy'] }),
      ...people.map(groupOf),
      { name: 'readers', gid: 2000, members: ['judy'], administrators: ['judy'] },
    ],
  }
}

export const SUDOERS = 'root ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n'
