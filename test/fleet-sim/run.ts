import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { natsPrograms } from '../lab/nats/server.ts'
import { simulate } from './simulate.ts'

/*
 * npm run fleet-sim -- --hosts 100000 --agents 200: lets a fleet of made-up hosts live, with real agents' spools and delivery, a real broker and a
 * real collector, through rounds in which processes are killed and messages repeated, and compares the inventory with the truth. It ends with 0 if nothing was
 * lost, doubled or told to be gone that was not.
 */
const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '10000' },
    agents: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '3' },
    processes: { type: 'string', default: String(Math.max(2, availableParallelism())) },
    'faults-every': { type: 'string', default: '3000' },
    keep: { type: 'boolean', default: false },
  },
})
const [program] = natsPrograms()
if (program === undefined) {
  process.stderr.write('There is no nats-server; install it ("apt-get install nats-server").\n')
  process.exit(2)
}
const number = (name: string, text: string) => {
  if (!/^\d{1,7}$/.test(text)) throw new Error(`--${name} is a number, not "${text}"`)
  return Number(text)
}
const result = await simulate({
  program,
  hosts: number('hosts', values.hosts),
  agents: number('agents', values.agents),
  rounds: number('rounds', values.rounds),
  processes: number('processes', values.processes),
  faultsMs: number('faults-every', values['faults-every']),
  keep: values.keep,
  tell: (sentence) => process.stdout.write(`${sentence}\n`),
})
process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`)
const { lost, doubled, falseAbsences, stale, gaps, refused, quarantined } = result
process.exitCode = lost + doubled + falseAbsences + stale + gaps + refused + quarantined === 0 ? 0 : 1
