import { parentPort, workerData } from 'node:worker_threads'
import { openLent } from '@rollcall/store'
import type { TakingThere } from './directory-aside.ts'
import { takeDirectory } from './directory-taking.ts'
import { LONG } from './slices.ts'
import { standingsHere } from './standings-aside.ts'

const { lent, now, report, signals } = workerData as TakingThere
await using store = openLent(lent)
const ack = await takeDirectory({ store, pace: LONG, workOut: standingsHere }, now, report, signals)
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads has no origin
parentPort!.postMessage(ack)
