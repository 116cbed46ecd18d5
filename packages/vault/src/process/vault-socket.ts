import { once } from 'node:events'
import { chmod, lstat, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { keepFolderPrivate } from '@rollcall/secret'
import { VaultError } from '../vault-error.ts'
import { frames } from './frames.ts'
import type { VaultService } from './vault-service.ts'
import { MOST_BYTES, question } from './words.ts'

/** The longest path a Unix socket may have: 108 bytes with the one that ends it (unix(7)). */
const MOST_PATH = 107
const MOST_CONNECTIONS = 64
/** Questions of one connection that are worked on at the same time; one that asks more is cut. */
const MOST_AT_WORK = 256

/**
 * Answers on a Unix socket that its owner alone may open: who may is who may ask. Disposing waits for what is at work.
 */
export const listenFor = async (
  path: string,
  service: VaultService,
  fault: (error: unknown) => void,
): Promise<AsyncDisposable> => {
  if (Buffer.byteLength(path) > MOST_PATH)
    throw new VaultError('unwritable', `the path of the socket has more than ${MOST_PATH} bytes: ${path}`)
  await keepFolderPrivate(dirname(path))
  await clear(path)
  const open = new Set<Socket>()
  const working = new Set<Promise<void>>()

  const server = createServer((socket) => {
    open.add(socket)
    let atWork = 0
    const talk = frames(socket, MOST_BYTES, {
      heard(message) {
        const asked = question.safeParse(message)
        if (!asked.success || atWork >= MOST_AT_WORK) return talk.close()
        atWork++
        const { id, of } = asked.data
        const work = service
          .answer(of)
          .then((answer) => talk.send({ id, answer }))
          .catch((error: unknown) => {
            const known = error instanceof VaultError ? error : new VaultError('fault', undefined, { cause: error })
            if (known.code === 'fault') fault(error)
            talk.send({ id, refused: { code: known.code, sentence: known.message } })
          })
          .finally(() => {
            atWork--
            working.delete(work)
          })
        working.add(work)
      },
      ended: () => open.delete(socket),
    })
  })
  server.maxConnections = MOST_CONNECTIONS
  server.listen(path)
  await once(server, 'listening')
  await chmod(path, 0o600)
  return {
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      await Promise.all(working)
      for (const socket of open) socket.end()
      setTimeout(() => {
        for (const socket of open) socket.destroy()
      }, 200).unref()
      await closed
    },
  }
}

/** What was left over from a process that is gone is taken away; one that answers is not. */
const clear = async (path: string) => {
  const before = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (before === undefined) return
  if (!before.isSocket()) throw new VaultError('exists', path)
  const answers = await new Promise<boolean>((resolve) => {
    const socket = connect(path, () => resolve(true))
    socket.once('error', () => resolve(false)).once('connect', () => socket.destroy())
  })
  if (answers) throw new VaultError('in-use', path)
  await rm(path)
}
