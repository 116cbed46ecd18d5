import { open, readFile, stat } from 'node:fs/promises'

const MAX_FILE_BYTES = 64 * 1024 * 1024

/** The text of a file of host keys; empty when there is none. */
export const readText = async (path: string): Promise<string> => {
  try {
    const file = await open(path, 'r')
    try {
      const { size } = await file.stat()
      if (size > MAX_FILE_BYTES) throw new RangeError(`${path}: more than ${MAX_FILE_BYTES} bytes of host keys`)
    } finally {
      await file.close()
    }
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

/** Tells one content of a file from another without reading it. */
export const versionOf = async (path: string): Promise<string> => {
  try {
    const { ino, size, mtimeMs } = await stat(path)
    return `${ino}:${size}:${mtimeMs}`
  } catch {
    // Whatever hinders it, reading the file says it better.
    return 'none'
  }
}
