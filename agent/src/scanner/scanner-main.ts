import { Socket } from 'node:net'
import { keyedDigest, type Secret } from '@rollcall/secret'
import { openPipe } from './pipe.ts'
import type { FromScanner, Question, Questions, ToScanner, Work } from './words.ts'
import type { Asking, Worked } from './work.ts'

/*
 * The process that scans. It has a pipe to the agent and what it is sent by that: no bus, no settings, no files of the agent's. It ends with the pipe.
 */

const works = new Map<number, AbortController>()
const questions = new Map<number, PromiseWithResolvers<never>>()
let asked = 0
let digest: (secret: string) => string | undefined = () => undefined

const set = (digestKey: Secret | undefined) => {
  if (digestKey !== undefined) digest = keyedDigest(digestKey)
}

const asking =
  (work: number): Asking =>
  async <Q extends Question>(what: Q, about: Questions[Q]['asks']): Promise<Questions[Q]['gets']> => {
    const question = asked++
    const waiting = Promise.withResolvers<never>()
    questions.set(question, waiting)
    await pipe.send({ say: 'ask', work, question, what, about })
    return waiting.promise
  }

const begin = async (work: number, of: Work) => {
  const controller = new AbortController()
  works.set(work, controller)
  const tools = { ask: asking(work), keyedDigest: (secret: string) => digest(secret), signal: controller.signal }
  const { carryOut } = await import('./work.ts')
  const worked = await carryOut(of, tools).catch(faultOf)
  works.delete(work)
  await pipe.send({ ...worked, work })
}

const faultOf = (error: unknown): Worked => {
  const { name, stack = '' } = error instanceof Error ? error : new Error('unknown')
  const where = stack.split('\n').filter((line) => /^ +at /.test(line))
  return { say: 'fault', name, where: where.slice(0, 20).join('\n') }
}

const settle = (question: number, how: (waiting: PromiseWithResolvers<never>) => void) => {
  const waiting = questions.get(question)
  questions.delete(question)
  if (waiting !== undefined) how(waiting)
}

const pipe = openPipe<FromScanner, ToScanner>(new Socket({ fd: 3, readable: true, writable: true }), 'taken', {
  heard(message) {
    if (message.say === 'begin') void begin(message.work, message.of)
    else if (message.say === 'cancel') works.get(message.work)?.abort(new Error('cancelled'))
    else if (message.say === 'answer') settle(message.question, ({ resolve }) => resolve(message.answer as never))
    else if (message.say === 'no-answer') settle(message.question, ({ reject }) => reject(new Error('no answer')))
    else if (message.say === 'alive?') void pipe.send({ say: 'alive' })
    else set(message.digestKey)
  },
  ended: () => process.exit(0),
})

// The agent ends it, by the pipe.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
