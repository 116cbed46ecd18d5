import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { Lent } from './face.ts'
import { StoreError } from './store-error.ts'

/** Alone with the database: nobody else writes before the work is over. */
export type Alone = <T>(work: () => Promise<T>) => Promise<T>

type Asked = 'turn' | 'over'
type Answer = 'yours' | 'closed'

/** Gives another thread its turn among the writers whenever it asks, until its end of the channel is closed. `committed` follows each. */
export const lend = (file: string, alone: Alone, committed: () => void): Lent => {
  const { port1: port, port2 } = new MessageChannel()
  let [over, isGone] = [() => {}, false]
  const say = (answer: Answer) => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads has no origin
    port.postMessage(answer)
  }
  const turn = async () => {
    try {
      await alone(async () => {
        if (isGone) return
        const { promise, resolve } = Promise.withResolvers<void>()
        over = resolve
        say('yours')
        await promise
        committed()
      })
    } catch {
      // Nobody can write any more: it is told, and what it wanted to write is not done.
      say('closed')
    }
  }
  port.on('message', (asked: Asked) => {
    if (asked === 'turn') void turn()
    else over()
  })
  // A thread that ended holds nobody up.
  port.on('close', () => {
    isGone = true
    over()
  })
  // An open store keeps no process alive.
  port.unref()
  return { file, port: port2 }
}

/** The other end: waits for its turn each time. */
export const borrowed = (port: MessagePort): Alone => {
  const ask = async (): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<Answer>()
    port.once('message', resolve)
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads has no origin
    port.postMessage('turn' satisfies Asked)
    if ((await promise) === 'closed') throw new StoreError('closed')
  }
  return async (work) => {
    await ask()
    try {
      return await work()
    } finally {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads has no origin
      port.postMessage('over' satisfies Asked)
    }
  }
}
