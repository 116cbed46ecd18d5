import { setImmediate } from 'node:timers/promises'
import { parentPort } from 'node:worker_threads'
import { reachGraph, type ReachGraph, type ReachRow } from '@rollcall/inventory'
import { reachIn, type ReachQuestion } from './reach-question.ts'

/** Rows first, then questions: the graph is made when the first of them comes. */
type Message = { readonly rows: readonly ReachRow[] } | { readonly question: ReachQuestion; readonly number: number }

let rows: ReturnType<typeof reachGraph> | undefined = reachGraph()
let graph: ReachGraph | undefined

const graphNow = () => {
  graph ??= rows!.build()
  rows = undefined
  return graph
}

const answerTo = async (question: ReachQuestion) => {
  if (question.about === 'reach') return reachIn(graphNow(), question)
  const work = graphNow().movers(question.budget)
  while (true) {
    const step = work.next()
    if (step.done === true) return step.value
    // Lets other questions through.
    await setImmediate()
  }
}

const say = (message: unknown) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads has no origin
  parentPort?.postMessage(message)
}

parentPort?.on('message', (message: Message) => {
  if ('rows' in message) {
    for (const row of message.rows) rows?.add(row)
    return
  }
  const { number, question } = message
  answerTo(question).then(
    (answer) => say({ number, answer }),
    (error: unknown) => say({ number, error }),
  )
})
