import type { DirectoryTarget } from '@rollcall/contract'
import type { OpenDirectory, OpenDirectoryOptions } from './ldap/open-directory.ts'

/**
 * Connects to a directory, encrypted, and logs in. Throws `ReachError` when that is not possible, and never anything else that a server can cause.
 * Once open, nothing it does throws: see `Directory`. What speaks LDAP is loaded with the first: whoever scans hosts alone needs no room for it.
 */
export const openDirectory = async (target: DirectoryTarget, options: OpenDirectoryOptions): Promise<OpenDirectory> => {
  const ldap = await import('./ldap/open-directory.ts')
  return ldap.openDirectory(target, options)
}
