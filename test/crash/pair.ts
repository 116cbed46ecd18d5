import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { outcomeOf, type CrashOutcome } from './outcome.ts'
import { killed, start, until, type Running } from './processes.ts'

/** An agent and a collector with folders of their own, which speak over a broker. */
export interface Pair extends AsyncDisposable {
  /** Lets them come to rest, ends them, and compares. */
  outcome(): Promise<CrashOutcome & { readonly isEmpty: boolean }>
  /** Looks that the agent has kept so far. */
  looks(): number
}

export interface PairOptions {
  /** Where each reaches the broker. */
  readonly agentUrl: string
  readonly collectorUrl: string
  /** What the agent is started by, and finds in its environment. */
  readonly before?: readonly string[]
  readonly env?: Record<string, string>
}

export const pair = async ({ agentUrl, collectorUrl, before = [], env = {} }: PairOptions): Promise<Pair> => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-pair-'))
  const [agentFolder, collectorFolder] = [join(folder, 'agent'), join(folder, 'collector')]
  for (const one of [agentFolder, collectorFolder]) mkdirSync(one, { mode: 0o700 })
  const run = randomUUID()
  const collector: Running = start('collector', [collectorFolder, collectorUrl, run])
  await until(() => collector.last === 'ready', 30_000)
  const agent: Running = start('agent', [agentFolder, agentUrl, run], { before, env })
  await until(() => existsSync(join(agentFolder, 'journal')), 30_000)
  return {
    looks: () => readFileSync(join(agentFolder, 'journal'), 'utf8').split('kept ').length - 1,
    async outcome() {
      agent.child.stdin?.write('stop\n')
      const isEmpty = await until(() => agent.last === '0', 90_000)
      await killed(agent)
      await killed(collector)
      return { ...(await outcomeOf({ agentFolder, collectorFolder, run })), isEmpty }
    },
    async [Symbol.asyncDispose]() {
      await killed(agent)
      await killed(collector)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
