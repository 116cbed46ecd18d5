import { connect } from 'node:net'
import { VaultError } from '../vault-error.ts'
import { frames } from './frames.ts'
import { ANSWERS, MOST_BYTES, reply, type Answer, type Ask } from './words.ts'

/** Asks the process that keeps the vault. Connects when there is something to ask, and anew when that broke off. */
export interface VaultClient extends AsyncDisposable {
  /** Rejects with VaultError: `away` when it does not answer in time. */
  ask<Name extends Ask['ask']>(asked: Extract<Ask, { ask: Name }>, timeoutMs?: number): Promise<Answer<Name>>
}

const DEFAULT_TIMEOUT_MS = 10_000

export const vaultClient = (socketPath: string): VaultClient => {
  let connection: Connection | undefined
  let closed = false
  let count = 0
  return {
    async ask<Name extends Ask['ask']>(of: Extract<Ask, { ask: Name }>, timeoutMs = DEFAULT_TIMEOUT_MS) {
      if (closed) throw new VaultError('away')
      if (connection === undefined || connection.over) connection = connected(socketPath)
      const id = count++
      const { answer, refused } = await connection.ask(id, of, timeoutMs)
      if (refused !== undefined) throw told(refused.code, refused.sentence)
      const read = ANSWERS[of.ask].safeParse(answer)
      if (!read.success) throw new VaultError('fault', 'its answer cannot be understood', { cause: read.error })
      return read.data as Answer<Name>
    },
    async [Symbol.asyncDispose]() {
      closed = true
      connection?.close()
    },
  }
}

/** Says it in the words that it was told in. */
const told = (code: VaultError['code'], sentence: string): VaultError =>
  Object.assign(new VaultError(code), { message: sentence })

interface Connection {
  readonly over: boolean
  ask(id: number, of: Ask, timeoutMs: number): Promise<ReturnType<typeof reply.parse>>
  close(): void
}

const connected = (path: string): Connection => {
  const waiting = new Map<number, PromiseWithResolvers<ReturnType<typeof reply.parse>>>()
  const socket = connect(path)
  let over = false
  const talk = frames(socket, MOST_BYTES, {
    heard(message) {
      const read = reply.safeParse(message)
      if (!read.success) return talk.close()
      waiting.get(read.data.id)?.resolve(read.data)
      waiting.delete(read.data.id)
    },
    ended() {
      over = true
      for (const { reject } of waiting.values()) reject(new VaultError('away'))
      waiting.clear()
    },
  })
  return {
    get over() {
      return over
    },
    async ask(id, of, timeoutMs) {
      if (over) throw new VaultError('away')
      const answer = Promise.withResolvers<ReturnType<typeof reply.parse>>()
      waiting.set(id, answer)
      const timer = setTimeout(() => {
        waiting.delete(id)
        answer.reject(new VaultError('away'))
      }, timeoutMs)
      // Whoever waits for nothing else may end.
      socket.ref()
      talk.send({ id, of })
      try {
        return await answer.promise
      } finally {
        clearTimeout(timer)
        if (waiting.size === 0) socket.unref()
      }
    },
    close: () => talk.close(),
  }
}
