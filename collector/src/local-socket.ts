import { chmod, lstat, mkdir, rm, stat } from 'node:fs/promises'
import { connect, type Server } from 'node:net'
import { dirname } from 'node:path'

/** The longest path a Unix socket may have: 108 bytes with the one that ends it (unix(7)). */
const MAX_PATH = 107

/**
 * Makes the place of the local socket ready: a folder that is its owner's alone, and no socket left over from a process that
 * is gone. Throws with a sentence when the folder is open to others or another process answers there.
 */
export const prepareSocket = async (path: string): Promise<void> => {
  if (Buffer.byteLength(path) > MAX_PATH)
    throw new Error(`the path of the local socket has more than ${MAX_PATH} bytes: ${path}`)
  const folder = dirname(path)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const { mode, uid } = await stat(folder)
  if (uid !== process.getuid?.()) throw new Error(`the folder of the local socket belongs to another user: ${folder}`)
  if ((mode & 0o077) !== 0)
    throw new Error(`the folder of the local socket is open to others; make it yours alone: chmod 700 ${folder}`)
  const before = await lstat(path).catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' ? undefined : Promise.reject(error),
  )
  if (before === undefined) return
  if (!before.isSocket()) throw new Error(`something that is no socket is in the way: ${path}`)
  if (await answers(path)) throw new Error(`another collector answers at ${path}`)
  await rm(path)
}

/** Listens, and lets nobody but the owner in. The folder keeps others out from the beginning. */
export const listenOnSocket = async (server: Server, path: string): Promise<void> => {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => {
      server.off('error', reject)
      resolve()
    })
  })
  await chmod(path, 0o600)
}

const answers = (path: string) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
