import { groupOf, person, type HostDescription } from '../description.ts'
import { systemAccounts, systemGroups } from '../system-accounts.ts'

const people = [
  person(
    'lee',
    1000,
    { state: 'usable', scheme: 'yescrypt', password: 'lee' },
    { authorizedKeys: [{ type: 'ed25519', comment: 'lee@laptop' }] },
  ),
] as const

/** The described accounts come first in the file; what follows is more than any scan should carry home. */
export default {
  name: 'flooded',
  base: 'debian',
  purpose: '/etc/passwd of 100 MB',
  accounts: [...systemAccounts('debian'), ...people],
  groups: [...systemGroups('debian'), ...people.map(groupOf)],
  sudoers: { '/etc/sudoers': 'root ALL=(ALL:ALL) ALL\n' },
  files: [
    {
      type: 'repeated',
      path: '/etc/passwd',
      line: 'flood:x:65533:65534:flood:/nonexistent:/usr/sbin/nologin\n',
      bytes: 100 * 2 ** 20,
    },
  ],
  scan: { account: 'root', sudo: 'not-needed' },
} satisfies HostDescription
