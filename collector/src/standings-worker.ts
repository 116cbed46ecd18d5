import { parentPort, workerData } from 'node:worker_threads'
import type { DirectorySight } from '@rollcall/inventory'
import { standingsHere, type Answer, type Told } from './standings-aside.ts'

const port = parentPort!

const say = (answer: Answer) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads has no origin
  port.postMessage(answer)
}

let more = Promise.withResolvers<readonly string[] | undefined>()

async function* pages() {
  while (true) {
    const some = await more.promise
    if (some === undefined) return
    yield some
    more = Promise.withResolvers()
    say('more')
  }
}

const standings = standingsHere(workerData as DirectorySight, pages())

// Batches are made when they are asked for, so that no more of them wait than one; the first question begins with the pages.
let next = standings.next()

const answer = async () => {
  say(await next)
  next = standings.next()
}

port.on('message', (told: Told) => {
  if (told === 'next') void answer()
  else if (told === 'no more pages') {
    more.resolve(undefined)
    say('more')
  } else more.resolve(told.pages)
})
