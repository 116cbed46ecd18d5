import { Socket } from 'node:net'
import { formatTarget } from '@rollcall/contract'
import { openPipe } from '../pipe.ts'
import type { FromScanner, ToScanner, Work } from '../words.ts'

/*
 * Stands in for the program that scans: what becomes of a piece of work, its host says by its name.
 */

const held: unknown[] = []

const did = (work: number, of: Extract<Work, { kind: 'host' }>, word = 'done') => {
  const at = new Date(0).toISOString()
  const reached = { status: 'complete' as const, reasons: [{ code: 'left-out' as const, detail: word }] }
  const gives = { target: formatTarget(of.target), startedAt: at, finishedAt: at, reached, sections: [] }
  void pipe.send({ say: 'done', work, gives })
}

const begin = (work: number, of: Work) => {
  if (of.kind !== 'host' || of.target.kind !== 'ssh') return process.exit(9)
  switch (of.target.host.split('.')[0]) {
    case 'dies':
      return setTimeout(() => process.kill(process.pid, 'SIGKILL'), 50)
    case 'exits':
      return process.exit(7)
    case 'throws':
      return queueMicrotask(() => {
        throw new Error('canary that a target sent')
      })
    case 'fills-heap':
      return setInterval(() => held.push(Array.from({ length: 100_000 }, (_, index) => ({ index }))), 1)
    case 'fills-memory':
      return setInterval(() => held.push(Buffer.alloc(8 * 1024 * 1024, 1)), 5)
    case 'babbles':
      return stream.write('this is no message at all')
    case 'asks':
      return void pipe.send({ say: 'ask', work, question: 1, what: 'take-hosts', about: [] })
    case 'tells':
      return did(
        work,
        of,
        JSON.stringify({ env: Object.keys(process.env), argv: process.argv, execArgv: process.execArgv }),
      )
    case 'waits':
      return waiting.set(work, of)
    default:
      return setTimeout(() => did(work, of, String(process.pid)), 100)
  }
}

const waiting = new Map<number, Extract<Work, { kind: 'host' }>>()

const stream = new Socket({ fd: 3, readable: true, writable: true })
const pipe = openPipe<FromScanner, ToScanner>(stream, 'taken', {
  heard(message) {
    if (message.say === 'begin') begin(message.work, message.of)
    else if (message.say === 'alive?') void pipe.send({ say: 'alive' })
    else if (message.say === 'cancel') did(message.work, waiting.get(message.work)!, 'cancelled')
  },
  ended: () => process.exit(0),
})
