import { setTimeout as sleep } from 'node:timers/promises'
import type { NatsServer } from '../lab/nats/server.ts'

/** What fails in a simulated fleet. */
export type Fault = 'agents killed' | 'collector killed' | 'broker killed' | 'broker stopped' | 'broker emptied'

const FAULTS: readonly Fault[] = [
  'agents killed',
  'collector killed',
  'broker killed',
  'agents killed',
  'broker stopped',
  'collector killed',
  'broker emptied',
]

export interface Victims {
  readonly broker: NatsServer
  /** Kills some of the agents, or the collector, and starts them again. */
  readonly agents: () => Promise<void>
  readonly collector: () => Promise<void>
}

/** Has one thing after the other fail, some time apart, until it is aborted; then all are as they should be. */
export const failing = async (
  { broker, agents, collector }: Victims,
  everyMs: number,
  count: (fault: Fault) => void,
  signal: AbortSignal,
): Promise<void> => {
  const carryOut: Record<Fault, () => Promise<void>> = {
    'agents killed': agents,
    'collector killed': collector,
    async 'broker killed'() {
      await broker.kill()
      await sleep(Math.random() * 1500)
      await broker.start()
    },
    async 'broker stopped'() {
      process.kill(broker.pid, 'SIGSTOP')
      await sleep(500 + Math.random() * 3000)
      process.kill(broker.pid, 'SIGCONT')
    },
    async 'broker emptied'() {
      await broker.kill()
      broker.loseStore()
      await broker.start()
    },
  }
  for (let turn = 0; !signal.aborted; turn++) {
    await sleep(everyMs * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return
    const fault = FAULTS[turn % FAULTS.length]!
    await carryOut[fault]()
    count(fault)
  }
}
