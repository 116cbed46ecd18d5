import { groupOf, person, type HostDescription } from '../description.ts'
import { systemAccounts, systemGroups } from '../system-accounts.ts'

const people = [
  person(
    'admin',
    1000,
    { state: 'usable', scheme: 'sha512crypt', password: 'admin' },
    { gecos: 'Linux User,,,', shell: '/bin/ash', authorizedKeys: [{ type: 'ed25519', comment: 'admin@console' }] },
  ),
  person('meter', 1001, { state: 'locked', scheme: 'md5crypt', password: 'meter' }, { shell: '/bin/false' }),
] as const

/** An appliance: no bash, no coreutils, no sudo, no gshadow, no lastlog. */
export default {
  name: 'busybox',
  base: 'busybox',
  purpose: 'an appliance with BusyBox for everything and dropbear as SSH server',
  accounts: [
    ...systemAccounts('busybox', { password: { state: 'usable', scheme: 'md5crypt', password: 'appliance' } }),
    ...people,
  ],
  groups: [...systemGroups('busybox', { wheel: ['root', 'admin'] }), ...people.map(groupOf)],
  scan: { account: 'root', sudo: 'not-needed' },
} satisfies HostDescription
