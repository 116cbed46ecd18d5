import { randomBytes } from 'node:crypto'
import { Buffer } from 'node:buffer'
import { constants } from 'node:fs'
import { mkdir, open, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Appends lines to a file that is ours alone. They are on the disk when it resolves. */
export const appendLines = async (path: string, lines: readonly string[]): Promise<void> => {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  // Once more where somebody renamed another file over the one that was written to.
  for (let tries = 0; tries < 3; tries++) if (await appended(path, lines)) return
  throw new Error(`${path} is replaced again and again`)
}

const appended = async (path: string, lines: readonly string[]): Promise<boolean> => {
  const file = await open(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW, 0o600)
  try {
    const { size, ino } = await file.stat()
    const last = Buffer.alloc(1)
    if (size > 0) await file.read(last, 0, 1, size - 1)
    // A line that was cut by a crash must not swallow the next one.
    const start = size > 0 && last[0] !== 0x0a ? '\n' : ''
    await file.write(`${start}${lines.join('\n')}\n`)
    await file.sync()
    return (await stat(path)).ino === ino
  } finally {
    await file.close()
  }
}

/** Writes all lines of a file anew. */
export const replaceLines = async (path: string, lines: readonly string[]): Promise<void> => {
  // Beside the file and renamed over it: a crash leaves one whole file or the other.
  const beside = `${path}.${randomBytes(6).toString('hex')}`
  const file = await open(beside, 'wx', 0o600)
  try {
    await file.write(lines.map((line) => `${line}\n`).join(''))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(beside, path)
}
