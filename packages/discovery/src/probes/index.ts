// Written by `npm run register` from the files of this folder.
import type { HostProbe } from '../probe.ts'
import authorizedKeys from './authorized-keys.ts'
import doasRules from './doas-rules.ts'
import homeFolders from './home-folders.ts'
import lastLogins from './last-logins.ts'
import localAccounts from './local-accounts.ts'
import localPasswords from './local-passwords.ts'
import processes from './processes.ts'
import sshdSettings from './sshd-settings.ts'
import sudoRules from './sudo-rules.ts'

export const probes: readonly HostProbe[] = [
  authorizedKeys,
  doasRules,
  homeFolders,
  lastLogins,
  localAccounts,
  localPasswords,
  processes,
  sshdSettings,
  sudoRules,
]
