// Written by `npm run register` from the files of this folder.
import type { View } from '../view.ts'
import accounts from './accounts.ts'
import changes from './changes.ts'
import directories from './directories.ts'
import directoryAccounts from './directory-accounts.ts'
import directoryGroups from './directory-groups.ts'
import directoryMembers from './directory-members.ts'
import directoryRights from './directory-rights.ts'
import directoryWeaknesses from './directory-weaknesses.ts'
import files from './files.ts'
import grants from './grants.ts'
import hosts from './hosts.ts'
import keys from './keys.ts'
import outcomes from './outcomes.ts'
import scanTargets from './scan-targets.ts'
import serviceAccounts from './service-accounts.ts'
import services from './services.ts'
import storedCredentials from './stored-credentials.ts'
import trust from './trust.ts'

export const views: readonly View[] = [
  accounts,
  changes,
  directories,
  directoryAccounts,
  directoryGroups,
  directoryMembers,
  directoryRights,
  directoryWeaknesses,
  files,
  grants,
  hosts,
  keys,
  outcomes,
  scanTargets,
  serviceAccounts,
  services,
  storedCredentials,
  trust,
]
