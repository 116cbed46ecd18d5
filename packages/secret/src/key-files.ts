import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { link, mkdir, open, rename, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'

/*
 * Files of mode 0600 in folders of mode 0700. What others can read or change is not read: it is no secret, or not ours.
 */

const sentences = {
  'open-to-others': 'may be read or changed by others; make it yours alone with chmod',
  'not-yours': 'belongs to somebody else',
  'not-a-file': 'is not a file',
  'too-large': 'is larger than such a file can be',
  'disk-full': 'cannot be written: the disk is full. What was there before is as it was',
  unreadable: 'cannot be read',
  unwritable: 'cannot be written',
} as const

/** Why a file of ours cannot be used. The sentence names the file, never what is in it. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError'
  readonly code: keyof typeof sentences

  constructor(code: KeyFileError['code'], file: string, options?: ErrorOptions) {
    super(`${file} ${sentences[code]}.`, options)
    this.code = code
  }
}

const MOST_BYTES = 1024 * 1024

/** What a private file holds; undefined where there is none. Throws KeyFileError. */
export const readPrivateFile = async (file: string, mostBytes = MOST_BYTES): Promise<Uint8Array | undefined> => {
  const opened = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw new KeyFileError(error.code === 'ELOOP' ? 'not-a-file' : 'unreadable', file, { cause: error })
    },
  )
  if (opened === undefined) return undefined
  try {
    const about = await opened.stat()
    if (!about.isFile()) throw new KeyFileError('not-a-file', file)
    if (process.getuid !== undefined && about.uid !== process.getuid()) throw new KeyFileError('not-yours', file)
    if ((about.mode & 0o077) !== 0) throw new KeyFileError('open-to-others', file)
    if (about.size > mostBytes) throw new KeyFileError('too-large', file)
    return new Uint8Array(await opened.readFile())
  } finally {
    await opened.close()
  }
}

/** Puts bytes in place of what a file held: a crash or a full disk leaves one whole file or the other, and what is written lasts. */
export const writePrivateFile = (file: string, bytes: Uint8Array): Promise<void> => written(file, bytes, rename)

/** Makes a file unless there is one; false where there is. Of many that try at the same time one does. */
export const makePrivateFile = async (file: string, bytes: Uint8Array): Promise<boolean> => {
  try {
    await written(file, bytes, async (draft, name) => {
      // A link, unlike a rename, never replaces what somebody else made in the meantime.
      await link(draft, name)
      await unlink(draft)
    })
    return true
  } catch (error) {
    if (error instanceof KeyFileError && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'EEXIST')
      return false
    throw error
  }
}

/** Makes a folder for its owner alone, or checks one that is there. Throws KeyFileError. */
export const keepFolderPrivate = async (folder: string): Promise<void> => {
  // Looked for first: a process that may write within it need not be one that may make it.
  // What cannot be looked at is made, which says why where that cannot be done either.
  const there = await stat(folder).catch(() => undefined)
  if (there === undefined)
    await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
      throw new KeyFileError(codeOf(error), folder, { cause: error })
    })
  const { mode, uid } = there ?? (await stat(folder))
  if (process.getuid !== undefined && uid !== process.getuid()) throw new KeyFileError('not-yours', folder)
  if ((mode & 0o077) !== 0) throw new KeyFileError('open-to-others', folder)
}

const written = async (file: string, bytes: Uint8Array, put: (draft: string, file: string) => Promise<void>) => {
  const folder = dirname(file)
  await keepFolderPrivate(folder)
  const draft = `${file}.${randomUUID()}`
  try {
    const opened = await open(draft, 'wx', 0o600)
    try {
      await opened.writeFile(bytes)
      await opened.sync()
    } finally {
      await opened.close()
    }
    await put(draft, file)
    // The name must last too, not only the bytes.
    const parent = await open(folder, 'r')
    try {
      await parent.sync()
    } finally {
      await parent.close()
    }
  } catch (error) {
    await unlink(draft).catch(() => undefined)
    throw new KeyFileError(codeOf(error), file, { cause: error })
  }
}

const codeOf = (error: unknown): KeyFileError['code'] => {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOSPC' || code === 'EDQUOT' ? 'disk-full' : 'unwritable'
}
