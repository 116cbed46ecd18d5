import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { link, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { DIGEST_KEY_BYTES, newDigestKey, Secret } from '@rollcall/secret'
import { UsageError } from './usage-error.ts'

/**
 * The installation's key for digests of found secrets, in a file of its state folder. The first to ask makes it, and all others
 * get the same one, whoever asks at the same time; once made it lasts through a power cut. Throws UsageError when the file is not
 * what it must be: a key made anew would make every known digest look changed, so that is for a person to decide.
 */
export const digestKey = async (folder: string): Promise<Secret> => {
  const file = join(folder, 'digest-key')
  return (await read(file)) ?? (await make(folder, file))
}

const read = async (file: string): Promise<Secret | undefined> => {
  const opened = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw new UsageError(`The key file ${file} cannot be opened.`, { cause: error })
    },
  )
  if (opened === undefined) return undefined
  try {
    const about = await opened.stat()
    if ((about.mode & 0o077) !== 0 || (process.getuid !== undefined && about.uid !== process.getuid()))
      throw new UsageError(`The key file ${file} is open to others or not yours; "chmod 600" it, and make it yours.`)
    if (!about.isFile() || about.size !== DIGEST_KEY_BYTES)
      throw new UsageError(
        `The key file ${file} is damaged. Restore it from a backup; without one, remove it: equal hashes are then compared anew.`,
      )
    return Secret.ofBytes(await opened.readFile())
  } finally {
    await opened.close()
  }
}

const make = async (folder: string, file: string): Promise<Secret> => {
  const draft = `${file}.${randomUUID()}`
  const written = await open(draft, 'wx', 0o600)
  try {
    await written.writeFile(newDigestKey().revealBytes())
    await written.sync()
  } finally {
    await written.close()
  }
  try {
    // A link, unlike a rename, never replaces what somebody else made in the meantime.
    await link(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await unlink(draft)
  }
  const parent = await open(folder, 'r')
  try {
    await parent.sync()
  } finally {
    await parent.close()
  }
  const made = await read(file)
  if (made === undefined) throw new UsageError(`The key file ${file} vanished while it was made.`)
  return made
}
