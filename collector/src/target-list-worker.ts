import { parentPort, workerData } from 'node:worker_threads'
import { readTargetList } from './target-lists.ts'

const { fileName, text } = workerData as { fileName: string; text: string }
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads has no origin
parentPort?.postMessage(readTargetList(fileName, text))
