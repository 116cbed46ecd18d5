import { groupOf, person, type HostDescription } from '../description.ts'
import { systemAccounts, systemGroups } from '../system-accounts.ts'

const people = [
  person('olga', 1000, { state: 'none', field: '!' }),
  person('deploy', 1001, { state: 'none', field: '!' }),
] as const

/** Where programs lay secrets down, by being run: laid over this machine's own root, which has them. */
export default {
  name: 'planted',
  base: 'debian',
  over: 'this-machine',
  purpose: 'secrets that real programs write where they keep them, in files and processes',
  accounts: [...systemAccounts('debian'), ...people],
  groups: [...systemGroups('debian'), ...people.map(groupOf)],
  sudoers: { '/etc/sudoers': 'root ALL=(ALL:ALL) ALL\n' },
  files: [],
  scan: { account: 'root', sudo: 'not-needed' },
} satisfies HostDescription
