import { lstatSync, mkdirSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

/*
 * Lets Node keep what it compiled, so that the next start takes half the time. What lies in that folder is run: it has to be
 * ours, and open to nobody else. Where it cannot be, nothing is kept. NODE_COMPILE_CACHE and NODE_DISABLE_COMPILE_CACHE count
 * as everywhere.
 */

const cacheFolder = () => {
  if (process.getuid() === 0) return '/var/cache/rollcall'
  if (process.platform === 'darwin') return join(homedir(), 'Library/Caches/Rollcall')
  const cache = process.env['XDG_CACHE_HOME']
  return join(cache?.startsWith('/') ? cache : join(homedir(), '.cache'), 'rollcall')
}

const isOurs = (folder) => {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const found = lstatSync(folder)
  return found.isDirectory() && found.uid === process.getuid() && (found.mode & 0o077) === 0
}

try {
  const folder = process.getuid === undefined ? undefined : cacheFolder()
  if (folder !== undefined && isOurs(folder)) enableCompileCache(folder)
} catch {
  // A start that takes longer is no reason to fail.
}
