import { existsSync, renameSync, rmSync } from 'node:fs'
import { chmod, copyFile, mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { keepFolderPrivate } from '@rollcall/secret'
import { openEmbeddedVault, VAULT_FILE, type EmbeddedVaultOptions } from './embedded/embedded-vault.ts'
import { openVaultFile, synced } from './embedded/vault-file.ts'
import { VaultError } from './vault-error.ts'

export interface Restored {
  readonly objects: number
  /** Where the vault that was there before is now. */
  readonly before: string | undefined
}

/**
 * Puts a backup in the place of a vault that nobody uses now. Before that all of it is read with the root key, which is not in a backup: what
 * cannot be opened is not put anywhere. A vault that is opened by a passphrase is only looked at as far as that goes without it.
 */
export const restoreVault = async (backup: string, options: EmbeddedVaultOptions): Promise<Restored> => {
  const { folder, now } = options
  await keepFolderPrivate(folder)
  if (!existsSync(backup)) throw new VaultError('not-found', backup)
  const trial = await mkdtemp(join(folder, 'restoring-'))
  try {
    const copy = join(trial, VAULT_FILE)
    await copyFile(backup, copy)
    await chmod(copy, 0o600)
    if (holdsNothing(copy)) throw new VaultError('damaged', 'there is nothing in it')
    const objects = await wholly({ ...options, folder: trial })
    const place = join(folder, VAULT_FILE)
    const before = existsSync(place) ? `${place}.before-${now().toISOString().replaceAll(/[:.]/g, '-')}` : undefined
    if (before !== undefined) {
      // Whoever still has it open holds it: then nothing is moved.
      try {
        openVaultFile(place).close()
      } catch (error) {
        // One that is damaged is what a backup is for.
        if (!(error instanceof VaultError) || error.code !== 'damaged') throw error
      }
    }
    await synced(copy)
    if (before !== undefined)
      for (const suffix of ['', '-wal', '-shm'])
        if (existsSync(`${place}${suffix}`)) renameSync(`${place}${suffix}`, `${before}${suffix}`)
    renameSync(copy, place)
    await synced(folder)
    return { objects, before }
  } finally {
    rmSync(trial, { recursive: true, force: true })
  }
}

/** Asked before it is opened: a root key is never made for a backup. */
const holdsNothing = (file: string): boolean => {
  const opened = openVaultFile(file)
  try {
    return opened.keys().length === 0
  } finally {
    opened.close()
  }
}

/** Reads all that there is, and tells how much. */
const wholly = async (options: EmbeddedVaultOptions): Promise<number> => {
  await using vault = await openEmbeddedVault(options)
  if (vault.state === 'sealed') return 0
  const objects = await vault.objects()
  for (const { object, versions } of objects) for (const { version } of versions) await vault.read(object, version)
  return objects.length
}
