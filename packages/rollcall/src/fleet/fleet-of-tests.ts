import { mkdtemp, rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { enrol, identityIn, openAgentTrust, type AgentTrust } from '@rollcall/agent'
import { memoryBus, memoryLine, plainWire, type Bus, type Line, type Wire } from '@rollcall/bus'
import {
  openBroker,
  openFleet,
  openFleetTrust,
  type Fleet,
  type FleetBroker,
  type FleetTrust,
} from '@rollcall/collector'
import type { Envelope } from '@rollcall/contract/bus'
import type { Secret } from '@rollcall/secret'
import { openStore, type Store } from '@rollcall/store'
import { pino, type Logger } from 'pino'

/*
 * A fleet for tests: real stores, files and keys; what is said travels as bytes through a wire on each side, over a bus and a line in memory.
 * Whoever stands in between sees every frame and may change it.
 */

/** Sees what travels: gives what arrives, or undefined for what is lost. */
export type Between = (subject: string, bytes: Buffer) => Uint8Array | undefined

export interface Ether extends AsyncDisposable {
  readonly bus: Bus
  readonly line: Line
  between: Between
  /** Everything that travelled. */
  readonly seen: { readonly subject: string; readonly bytes: Uint8Array }[]
}

export const ether = (): Ether => {
  const bus = memoryBus({ retryDelay: () => 1 })
  const line = memoryLine()
  return {
    bus,
    line,
    between: (_, bytes) => bytes,
    seen: [],
    async [Symbol.asyncDispose]() {
      await line[Symbol.asyncDispose]()
      await bus[Symbol.asyncDispose]()
    },
  }
}

const FRAME = 'frame'

const frame = (air: Ether, wire: Wire, subject: string, message: Envelope): Envelope => {
  const bytes = Buffer.from(wire.write(subject, message))
  air.seen.push({ subject, bytes })
  const arrived = air.between(subject, bytes)
  return { type: FRAME, version: 1, body: arrived === undefined ? '' : Buffer.from(arrived).toString('base64') }
}

const content = (message: Envelope): Uint8Array => Uint8Array.from(Buffer.from(message.body as string, 'base64'))

export interface Wired {
  readonly bus: Bus
  readonly line: Line
}

/** One side's bus and line. `refused` is told of what was not believed. */
export const wired = (air: Ether, wire: Wire, refused: (subject: string, error: unknown) => void = () => {}): Wired => {
  const read = (subject: string, message: Envelope): Envelope | undefined => {
    try {
      return wire.read(subject, content(message))
    } catch (error) {
      refused(subject, error)
      return undefined
    }
  }
  const close = async () => {}
  return {
    bus: {
      publish: (subject, message) => air.bus.publish(subject, frame(air, wire, subject, message)),
      serve: (pattern, handler, options) =>
        air.bus.serve(
          pattern,
          async (message, subject) => {
            const believed = read(subject, message)
            if (believed !== undefined) await handler(believed, subject)
          },
          options,
        ),
      backlog: (pattern) => air.bus.backlog(pattern),
      [Symbol.asyncDispose]: close,
    },
    line: {
      async ask(subject, message, options) {
        const answer = await air.line.ask(subject, frame(air, wire, subject, message), { timeoutMs: 300, ...options })
        return wire.read(subject, content(answer))
      },
      answer: (pattern, handler) =>
        air.line.answer(pattern, async (message, subject) => {
          const believed = read(subject, message)
          if (believed === undefined) throw new Error('not believed')
          return frame(air, wire, subject, await handler(believed, subject))
        }),
      tell: (subject, message) => air.line.tell(subject, frame(air, wire, subject, message)),
      hear: (pattern, handler) =>
        air.line.hear(pattern, async (message, subject) => {
          const believed = read(subject, message)
          if (believed !== undefined) await handler(believed, subject)
        }),
      [Symbol.asyncDispose]: close,
    },
  }
}

/** A clock that tests set. */
export interface TestClock {
  at: number
  readonly now: () => Date
  forward(milliseconds: number): void
}

export const testClock = (): TestClock => {
  const clock: TestClock = {
    at: Date.parse('2026-11-22T12:00:00.000Z'),
    now: () => new Date(clock.at),
    forward: (milliseconds) => void (clock.at += milliseconds),
  }
  return clock
}

export interface TestFleet extends AsyncDisposable {
  readonly air: Ether
  readonly clock: TestClock
  readonly store: Store
  readonly trust: FleetTrust
  readonly fleet: Fleet
  readonly folder: string
  readonly log: Logger
  readonly logged: string[]
  /** Makes a token and lets an agent in by it, in a folder of its own. */
  join(name: string, options?: { readonly segment?: string; readonly approve?: boolean }): Promise<AgentTrust>
  token(options?: {
    readonly segment?: string
    readonly approve?: boolean
    readonly replaces?: string
    readonly ttlMs?: number
  }): Promise<Secret>
  /** Tries to become an agent in a folder. */
  enrolIn(folder: string, token: Secret, name?: string): Promise<AgentTrust>
  agentFolder(name: string): string
  audited(): Promise<string[]>
}

export const testFleet = async (options: { readonly broker?: FleetBroker } = {}): Promise<TestFleet> => {
  await using opening = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-fleet-'))
  opening.defer(() => rm(folder, { recursive: true, force: true }))
  const clock = testClock()
  const logged: string[] = []
  const log = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) })
  const air = opening.use(ether())
  const store = opening.use(await openStore({ file: join(folder, 'rollcall.db') }))
  const trust = opening.use(
    await openFleetTrust({
      store,
      folder: join(folder, 'collector'),
      broker: options.broker ?? openBroker,
      now: clock.now,
      log,
    }),
  )
  const side = wired(air, trust.wire, (subject, error) => trust.agents.refused(subject, error))
  const fleet = opening.use(await openFleet({ trust, store, ...side, now: clock.now, log }))
  const open = opening.move()

  const agentFolder = (name: string) => join(folder, 'agents', name)
  const token: TestFleet['token'] = async ({ segment = 'dmz', ttlMs = 900_000, ...more } = {}) =>
    (await fleet.tokens.create({ segment, ttlMs, ...more }, 'tests')).token
  const enrolIn: TestFleet['enrolIn'] = async (where, given, name = 'edge') => {
    await enrol({
      token: given,
      identity: identityIn(where),
      line: wired(air, plainWire).line,
      newTransport,
      servers: ['nats://127.0.0.1:4222'],
      about: { name, hostname: hostname(), version: '0.1.0', platform: 'linux' },
      now: clock.now,
    })
    return openAgentTrust({ folder: where, now: clock.now, steady: () => clock.at })
  }
  return {
    air,
    clock,
    store,
    trust,
    fleet,
    folder,
    log,
    logged,
    token,
    enrolIn,
    agentFolder,
    join: async (name, more = {}) => enrolIn(agentFolder(name), await token(more), name),
    audited: async () => store.audit.newest(1000).then((rows) => rows.map(({ action }) => action)),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

let transports = 0
const newTransport = () => {
  transports++
  return { seed: Buffer.from(`seed ${transports}`), public: `U${transports}` }
}
