import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ownBroker } from '../lab/nats/own-broker.ts'
import type { NatsProgram } from '../lab/nats/server.ts'
import { child, type Child } from './child.ts'
import { compared, type Compared, type Round } from './compare.ts'
import { lastRound, segmentOf, type Size } from './estate.ts'
import { failing, type Fault } from './faults.ts'
import type { AgentsSettings, CollectorSettings, FromAgents, FromCollector, ToAgents, ToCollector } from './words.ts'

export interface Simulation extends Size {
  readonly program: NatsProgram
  /** Processes that the agents share. */
  readonly processes: number
  /** Milliseconds between two faults; 0: nothing fails. */
  readonly faultsMs: number
  /** Told how it goes, in sentences. */
  readonly tell: (sentence: string) => void
  /** What is left on the disk stays there. */
  readonly keep?: boolean
}

export interface Simulated extends Compared {
  readonly faults: Readonly<Partial<Record<Fault, number>>>
  /** Seconds from the first look until the last was committed. */
  readonly seconds: number
  /** Looks a second. */
  readonly rate: number
}

/** Messages that are lost are sent again after so long and longer: in the end all of them have come. */
const DRAIN_MS = 3_600_000

/** Lets a fleet live through rounds in which things fail, and compares what the collector knows then with what is true. */
export const simulate = async (simulation: Simulation): Promise<Simulated> => {
  const { program, processes, faultsMs, tell } = simulation
  const size: Size = { hosts: simulation.hosts, agents: simulation.agents, rounds: simulation.rounds }
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-fleet-sim-'))
  const [agentsFolder, collectorFolder] = [join(folder, 'agents'), join(folder, 'collector')]
  mkdirSync(agentsFolder)
  await using stack = new AsyncDisposableStack()
  if (simulation.keep !== true) stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  const broker = stack.use(await ownBroker({ program }))
  const [server] = broker.servers
  if (server === undefined) throw new Error('there is no broker')

  const rounds: Round[] = []
  const seen = new Map<number, Set<number>>()
  const faults: Partial<Record<Fault, number>> = {}
  const collector = stack.use(
    child<ToCollector, FromCollector>(
      'collector',
      () => ({ folder: collectorFolder, broker: broker.path }) satisfies CollectorSettings,
    ),
  )
  const groups = Array.from({ length: processes }, (_, index) => {
    const agents = Array.from({ length: size.agents }, (_, agent) => agent).filter((one) => one % processes === index)
    const settings = { folder: agentsFolder, agents, size, servers: broker.file.servers } satisfies AgentsSettings
    const heard = (word: FromAgents) => void (word.say === 'seen' && seen.get(word.round)?.add(word.agent))
    return { agents, process: stack.use(child<ToAgents, FromAgents>('agents', () => settings, heard)) }
  })

  const from = performance.now()
  await Promise.all([collector.start(), ...groups.map((group) => group.process.start())])
  for (const { agents, process } of groups)
    for (const agent of agents) {
      const { token } = await collector.ask({ say: 'token', segment: segmentOf(agent) }, 'token')
      const { why } = await process.ask({ say: 'enrol', agent, token }, 'enrolled')
      if (why !== undefined) throw new Error(`agent ${agent} was not let in: ${why}`)
    }
  await Promise.all(groups.map((group) => group.process.ask({ say: 'begin' }, 'begun')))
  tell(`${size.agents} agents were let in, in ${seconds(from)} s`)

  const wordOf = (round: number): ToAgents => ({
    say: 'round',
    round,
    run: rounds[round - 1]!.run,
    repeats: faultsMs > 0 && round <= size.rounds,
  })
  const again = async (group: (typeof groups)[number]) => {
    await group.process.kill()
    await group.process.start()
    await group.process.ask({ say: 'begin' }, 'begun')
    if (rounds.length > 0) group.process.tell(wordOf(rounds.length))
  }
  const restarted = async () => {
    await collector.kill()
    await sleep(Math.random() * 1000)
    await collector.start()
  }
  const stopping = new AbortController()
  let turn = 0
  const victims = { broker: server, agents: () => again(groups[turn++ % groups.length]!), collector: restarted }
  const count = (fault: Fault) => void (faults[fault] = (faults[fault] ?? 0) + 1)
  const faulty = faultsMs === 0 ? Promise.resolve() : failing(victims, faultsMs, count, stopping.signal)

  const begin = performance.now()
  for (let round = 1; round <= lastRound(size); round++) {
    if (round === size.rounds + 1) {
      stopping.abort()
      await faulty
    }
    const begun = performance.now()
    const run = randomUUID()
    await ordered(collector, run)
    rounds.push({ run, at: Date.now() })
    seen.set(round, new Set())
    for (const { process } of groups) process.tell(wordOf(round))
    while (seen.get(round)!.size < size.agents) await sleep(20)
    const looked = seconds(begun)
    const left = await holding(groups)
    // A day lies between two rounds; what is late comes within it, or nearly all of that.
    await held(groups, round < lastRound(size) ? size.hosts / 20 : 0)
    tell(
      `round ${round} was seen in ${looked} s, when spools held ${left} rows, and taken in after ${seconds(begun)} s`,
    )
  }
  const took = seconds(begin)
  for (const { process } of groups) await process.kill()
  await collector.kill()
  const result = compared(collectorFolder, agentsFolder, rounds, size)
  if (simulation.keep === true) tell(`all of it lies in ${folder}`)
  return { ...result, faults, seconds: took, rate: Math.round(result.looks / took) }
}

/** A run is there when the collector says so, which may be killed meanwhile. */
const ordered = async (collector: Child<ToCollector, FromCollector>, run: string) => {
  for (;;)
    try {
      await collector.ask({ say: 'run', run }, 'run')
      return
    } catch {
      await sleep(200)
    }
}

/** Resolves when spools hold no more than so many rows. */
const held = async (groups: Parameters<typeof holding>[0], rows: number) => {
  const from = performance.now()
  for (let left = await holding(groups); left > rows; left = await holding(groups)) {
    if (performance.now() - from > DRAIN_MS) throw new Error(`spools still hold ${left} rows`)
    await sleep(200)
  }
}

const holding = async (groups: readonly { readonly process: Child<ToAgents, FromAgents> }[]): Promise<number> => {
  const rows = await Promise.all(
    groups.map(({ process }) =>
      process.ask({ say: 'how-much' }, 'holding').then(
        (word) => word.rows,
        // Killed just now: it will tell.
        () => 1,
      ),
    ),
  )
  return rows.reduce((sum, one) => sum + one, 0)
}

const seconds = (from: number) => Math.round((performance.now() - from) / 100) / 10
