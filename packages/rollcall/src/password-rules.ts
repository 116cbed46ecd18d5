import { join } from 'node:path'
import { loginLedger, type OwnLedger, type PasswordRules, type SharedLedger } from '@rollcall/reach'
import type { Settings } from './settings.ts'

/** Where logins with passwords are written down before they are tried. */
const ledgerIn = (folder: string): string => join(folder, 'logins')

export interface OwnPasswordRules extends PasswordRules {
  readonly ledger: OwnLedger
}

/**
 * What keeps accounts from being locked by passwords. `digest` keeps names and passwords out of the file. Accounts of hosts are taken to be those of one
 * directory unless somebody says that each host has its own.
 */
export const passwordRules = (
  folder: string,
  digest: (text: string) => string | undefined,
  args: { readonly 'local-accounts'?: boolean | undefined },
  settings: Settings,
  shared?: SharedLedger,
): OwnPasswordRules => ({
  ledger: loginLedger({ path: ledgerIn(folder), digest, ...(shared === undefined ? {} : { shared }) }),
  of: (args['local-accounts'] ?? settings.login?.localAccounts) === true ? 'host' : 'hosts',
})
