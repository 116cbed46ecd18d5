// Written by `npm run register` from the files of this folder.
import type { HostProbe } from '../probe.ts'
import lastLogins from './last-logins.ts'
import localAccounts from './local-accounts.ts'
import localPasswords from './local-passwords.ts'

export const probes: readonly HostProbe[] = [
  lastLogins,
  localAccounts,
  localPasswords,
]
