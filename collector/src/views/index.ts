// Written by `npm run register` from the files of this folder.
import type { View } from '../view.ts'
import accounts from './accounts.ts'
import changes from './changes.ts'
import grants from './grants.ts'
import hosts from './hosts.ts'
import keys from './keys.ts'
import outcomes from './outcomes.ts'
import scanTargets from './scan-targets.ts'

export const views: readonly View[] = [
  accounts,
  changes,
  grants,
  hosts,
  keys,
  outcomes,
  scanTargets,
]
