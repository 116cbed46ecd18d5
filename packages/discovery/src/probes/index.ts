// Written by `npm run register` from the files of this folder.
import type { HostProbe } from '../probe.ts'
import authorizedKeys from './authorized-keys.ts'
import doasRules from './doas-rules.ts'
import homeFolders from './home-folders.ts'
import keyLogins from './key-logins.ts'
import lastLogins from './last-logins.ts'
import localAccounts from './local-accounts.ts'
import localPasswords from './local-passwords.ts'
import postgresqlAccounts from './postgresql-accounts.ts'
import privateKeys from './private-keys.ts'
import privilegedFiles from './privileged-files.ts'
import processes from './processes.ts'
import setuidPrograms from './setuid-programs.ts'
import sshdSettings from './sshd-settings.ts'
import sudoRules from './sudo-rules.ts'
import systemdUnits from './systemd-units.ts'

export const probes: readonly HostProbe[] = [
  authorizedKeys,
  doasRules,
  homeFolders,
  keyLogins,
  lastLogins,
  localAccounts,
  localPasswords,
  postgresqlAccounts,
  privateKeys,
  privilegedFiles,
  processes,
  setuidPrograms,
  sshdSettings,
  sudoRules,
  systemdUnits,
]
