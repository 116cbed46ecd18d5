import { hash, randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { open, readdir, rename, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'

/*
 * Files of the agent's own, which only save work: one that is damaged, open to others, of somebody else or too large is as good as none.
 * Each begins with a header that names its format, then the digest of the text that follows.
 */

/** The text that was kept; undefined where there is none that may be trusted. */
export const readKept = async (file: string, header: string, mostBytes: number): Promise<string | undefined> => {
  try {
    await using opened = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const about = await opened.stat()
    const foreign = process.getuid !== undefined && about.uid !== process.getuid()
    if (!about.isFile() || foreign || (about.mode & 0o077) !== 0 || about.size > mostBytes) return undefined
    const bytes = await opened.readFile()
    const start = header.length + DIGEST + 1
    const text = bytes.subarray(start).toString('utf8')
    return bytes.toString('latin1', 0, start) === headerOf(header, text) ? text : undefined
  } catch {
    return undefined
  }
}

/** Keeps a text in place of what was there: a crash leaves one whole file or the other. */
export const writeKept = async (file: string, header: string, text: string): Promise<void> => {
  const draft = `${file}.${randomUUID()}`
  const written = await open(draft, 'wx', 0o600)
  try {
    await written.writeFile(headerOf(header, text) + text)
  } finally {
    await written.close()
  }
  await rename(draft, file).catch(async (error: unknown) => {
    await unlink(draft)
    throw error
  })
}

/** Leaves the newest files of a folder. */
export const forgetOldest = async (folder: string, most: number): Promise<void> => {
  const names = await readdir(folder)
  if (names.length <= most) return
  const aged = await Promise.all(
    names.map(async (name) => {
      // Another scan may have taken it away in the meantime; here and below that is as good.
      const about = await stat(join(folder, name)).catch(() => undefined)
      return { name, seen: about?.mtimeMs ?? 0 }
    }),
  )
  for (const { name } of aged.toSorted((one, other) => one.seen - other.seen).slice(0, names.length - most))
    await unlink(join(folder, name)).catch(() => undefined)
}

/** Hexadecimal digits of SHA-256. */
const DIGEST = 64

const headerOf = (header: string, text: string) => `${header}${hash('sha256', text, 'hex')}\n`
