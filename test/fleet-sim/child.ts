import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** A process of a simulated fleet, which is killed and started again while it is spoken to. */
export interface Child<To extends { say: string }, From extends { say: string }> extends AsyncDisposable {
  /** Starts it, and waits until it says that it is ready. */
  start(): Promise<void>
  /** As a machine that loses its processes. */
  kill(): Promise<void>
  tell(word: To): void
  /** Says something and waits for a word of a kind. Rejects when it ends before. */
  ask<Kind extends From['say']>(word: To, kind: Kind): Promise<Extract<From, { say: Kind }>>
}

export const child = <To extends { say: string }, From extends { say: string }>(
  program: string,
  settings: () => object,
  heard: (word: From) => void = () => undefined,
): Child<To, From> => {
  let running: ChildProcess | undefined
  let waiting: { kind: string; resolve: (word: From) => void; reject: (error: Error) => void }[] = []

  const expected = (kind: string) => new Promise<From>((resolve, reject) => waiting.push({ kind, resolve, reject }))
  const came = (word: From) => {
    const one = waiting.find(({ kind }) => kind === word.say)
    waiting = waiting.filter((other) => other !== one)
    one?.resolve(word)
    heard(word)
  }
  const gone = () => {
    for (const { reject } of waiting.splice(0)) reject(new Error(`${program} ended`))
  }
  const kill = async () => {
    const victim = running
    running = undefined
    if (victim === undefined || victim.exitCode !== null || victim.signalCode !== null) return
    const ended = once(victim, 'exit')
    victim.kill('SIGKILL')
    await ended
  }

  return {
    async start() {
      const started = fork(join(import.meta.dirname, `${program}.ts`), [JSON.stringify(settings())])
      running = started
      started.on('message', (word) => started === running && came(word as From))
      started.on('error', () => undefined)
      started.once('exit', gone)
      await expected('ready')
    },
    kill,
    tell(word) {
      if (running?.connected === true) running.send(word)
    },
    async ask(word, kind) {
      const answer = expected(kind)
      if (running?.connected === true) running.send(word)
      else gone()
      return (await answer) as Extract<From, { say: typeof kind }>
    },
    [Symbol.asyncDispose]: kill,
  }
}
