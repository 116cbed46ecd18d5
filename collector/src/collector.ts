import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bus, Line } from '@rollcall/bus'
import type { AddTargets, ScanSummary, TargetSetItem } from '@rollcall/contract/api'
import { leaseEnd, leaseRequest, LOCAL_SEGMENT, subjects } from '@rollcall/contract/bus'
import { principalsOf } from '@rollcall/inventory'
import type { KeyPair, Secret } from '@rollcall/secret'
import type { Store } from '@rollcall/store'
import type { VaultClient } from '@rollcall/vault'
import type { Logger } from 'pino'
import { openEntrance } from './access.ts'
import { auditCheckpoints, witness } from './audit-checkpoints.ts'
import { forgetAbandonedParts } from './abandoned-parts.ts'
import { countCoverage } from './coverage.ts'
import { openCredentials } from './credentials/credentials.ts'
import { openLending } from './credentials/lending.ts'
import { liveEvents } from './events.ts'
import { openExceptions } from './exceptions.ts'
import { tookRefusal, type Fleet } from './fleet/fleet.ts'
import { reportPace } from './fleet/pace.ts'
import { watchQueue } from './fleet/queue-watch.ts'
import { remoteScans } from './fleet/remote-scans.ts'
import { exporting } from './export.ts'
import { httpApp } from './http/app.ts'
import { intake } from './intake.ts'
import { inventoryReading } from './inventory-reading.ts'
import { listenOnSocket, prepareSocket } from './local-socket.ts'
import { answerLogins } from './logins/answer-logins.ts'
import { loginBook } from './logins/login-book.ts'
import { measuredIntake } from './measures/measured-intake.ts'
import { openMeasures } from './measures/measures.ts'
import { openTraces, type Span } from './measures/traces.ts'
import { passwords, type PasswordCost } from './password.ts'
import { remembered } from './remembered.ts'
import { reachReading } from './reach-reading.ts'
import { openScanning, type ScanRequest } from './scans.ts'
import { openSchedules, type Schedules, type ScanSchedule } from './schedules/schedules.ts'
import { targetSets } from './targets.ts'
import { openTrust } from './trust/trust.ts'
import { cursors } from './view-cursor.ts'

export interface CollectorOptions {
  readonly store: Store
  readonly bus: Bus
  /** Where agents with a spool hear what is committed; default the bus. */
  readonly line?: Pick<Line, 'tell'>
  /** Agents that are not in this process. It stays open: it is whoever's who opened it. */
  readonly fleet?: Fleet
  /**
   * The process that keeps credentials, and how the agent in this process is lent some: where it asks, and what is sealed to. Without it, agents
   * log in with what their own settings name.
   */
  readonly vault?: {
    readonly client: VaultClient
    readonly line: Pick<Line, 'answer'>
    readonly sealingKey: string
  }
  /** Signs the end of the audit log. */
  readonly auditKey?: KeyPair
  /** The agent that scans; default `local`. */
  readonly agent?: string
  /** The dashboard's `dist`; a page says so when nothing is there. */
  readonly dashboardFolder: string
  /** Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number }
  /** Where people reach it, such as `https://rollcall.example.com`, beside loopback names and `listen.host`. */
  readonly publicUrls?: readonly string[]
  /** PEM. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** A Unix socket whose peers, being its owner, may do everything; absent: none. Its folder is made the owner's alone. */
  readonly socketPath?: string
  /** All target sets at these times: the schedule `Default`. */
  readonly schedule?: ScanSchedule
  /** An OpenTelemetry collector that takes traces as OTLP in JSON over HTTP, such as `http://127.0.0.1:4318`. */
  readonly tracesTo?: string
  readonly probeTitles?: ReadonlyMap<string, string>
  readonly now?: () => Date
  readonly log: Logger
  readonly version: string
  /** Milliseconds without a heartbeat after which what an agent has of scans goes to another of its segment; default two minutes. */
  readonly silentMs?: number
  /** Cheaper password hashes, for tests. */
  readonly passwordCost?: PasswordCost
}

export interface Collector extends AsyncDisposable {
  /** Such as `http://127.0.0.1:7878`. */
  readonly address: string
  /** Every route there is, as `GET /api/v1/scans/:id`. */
  readonly routes: readonly string[]
  /** To be shown to whoever started the collector, while nobody has an account yet. */
  readonly oneTimeSecret: Secret | undefined
  /** Adds a target set in the name of `by`. Throws Refusal `invalid-targets`. */
  addTargets(targets: AddTargets, by: string): Promise<TargetSetItem>
  targetSets(): Promise<TargetSetItem[]>
  /** Throws Refusal, as `POST /api/v1/scans` does. */
  startScan(request: ScanRequest): Promise<ScanSummary>
}

/** Ids of reports are kept this long; one that is delivered again after that is older than what is known, and has no effect. */
const REMEMBERED_REPORTS = 90 * 86_400_000

/**
 * Starts a collector: takes up interrupted scans, listens to agents, and serves API and dashboard. When it is disposed it
 * stops listening and waits for what is at work; store and bus stay open, they are whoever's who opened them.
 */
export const startCollector = async (options: CollectorOptions): Promise<Collector> => {
  const { store, bus, fleet, listen, log, version, now = () => new Date() } = options
  await using starting = new AsyncDisposableStack()
  await store.inbox.forget(new Date(now().getTime() - REMEMBERED_REPORTS).toISOString())
  await store.spools.forget(new Date(now().getTime() - REMEMBERED_REPORTS).toISOString())
  starting.use(await forgetAbandonedParts(store, { now, log }))
  const failed = (error: unknown) => log.error({ err: error }, 'live events could not be told')
  const coverage = remembered(() => countCoverage(store), now)
  let schedules: Schedules | undefined
  const inventory = inventoryReading({
    store,
    now,
    nextScanAt: () => schedules?.nextRun() ?? null,
    probeTitles: options.probeTitles ?? new Map(),
  })
  const events = starting.use(liveEvents((scan) => store.scans.summary(scan), { now, failed }))
  const reach = starting.use(reachReading({ store, now }))
  const learned = () => {
    coverage.stale()
    reach.stale()
    inventory.stale()
  }
  const pace = reportPace(now)
  const queue = fleet?.queue ?? starting.use(watchQueue(bus))
  const logins = loginBook({ store, now, log })
  if (fleet !== undefined) answerLogins(fleet, logins)
  const traces =
    options.tracesTo === undefined
      ? undefined
      : starting.use(
          openTraces({
            endpoint: options.tracesTo,
            version,
            failed: (error) => log.warn({ err: error }, 'nobody takes traces; what there was is dropped'),
          }),
        )
  const measures = starting.use(
    openMeasures({
      store,
      fleet,
      agent: options.agent ?? 'local',
      pace,
      queue,
      logins,
      droppedSpans: () => traces?.dropped ?? 0,
      version,
      now,
    }),
  )
  const trusting = await openTrust({
    store,
    bus,
    ...(fleet === undefined ? {} : { fleet }),
    agent: options.agent ?? 'local',
    changed: () => events.inventoryChanged(),
    now,
    log,
  })
  const scanning = starting.use(
    await openScanning({
      store,
      bus,
      line: acknowledging(options.line ?? { tell: (subject, message) => bus.publish(subject, message) }, fleet),
      ...(fleet === undefined
        ? {}
        : {
            remote: {
              bus: fleet.bus,
              scans: remoteScans(fleet),
              refusals: (message, agent) => tookRefusal(fleet, message, agent),
            },
          }),
      intake: measuredIntake(
        intake(store, {
          now,
          principals: principalsOf,
          // Agents of a segment see the same network with the same logins: what one saw, another may look for.
          ...(fleet === undefined ? {} : { vantage: (agent) => fleet.agents.byId(agent)?.segment ?? agent }),
        }),
        measures,
        traces,
      ),
      agent: options.agent ?? 'local',
      ...(options.silentMs === undefined ? {} : { silentMs: options.silentMs, watchMs: 500 }),
      events,
      learned,
      keys: (message, agent) => trusting.came(message, agent),
      took: (...seen) => pace.took(...seen),
      ended: (scan) => traces?.add(scanSpan(scan, now())),
      now,
      log,
    }),
  )
  schedules = starting.use(
    await openSchedules({
      store,
      scanning,
      now,
      log,
      ...(options.schedule === undefined ? {} : { settings: options.schedule }),
    }),
  )
  const targets = targetSets({ store, now })
  const exceptions = starting.use(
    openExceptions({
      store,
      now,
      learned,
      failed: (error) => log.error({ err: error }, 'exceptions that ended could not be taken back'),
    }),
  )
  const entrance = await openEntrance({
    store,
    passwords: passwords(options.passwordCost),
    now,
    sleep: async (ms) => void (ms > 0 && (await sleep(ms))),
  })
  const credentials = await openCredentials({ store, vault: options.vault?.client, now, log })
  if (options.vault !== undefined) {
    const { client, line, sealingKey } = options.vault
    const lending = starting.use(openLending({ store, vault: client, credentials, now, log }))
    for (const { type } of [leaseRequest, leaseEnd])
      fleet?.answers(type, (message, agent) => lending.answer(message, agent))
    const embedded = { id: options.agent ?? 'local', segment: LOCAL_SEGMENT, sealingKey }
    starting.use(await line.answer(subjects.request(embedded.id), (message) => lending.answer(message, embedded)))
    credentials
      .compare()
      .catch((error: unknown) => log.error({ err: error }, 'the vault could not be asked what it holds'))
  }
  const checkpoints =
    options.auditKey === undefined
      ? undefined
      : starting.use(await auditCheckpoints({ store, key: options.auditKey, now, log }))
  if (checkpoints !== undefined) fleet?.witnessing(witness(checkpoints, { store, now, log }))
  const exports = exporting({ store, coverage, now, version }, (error) =>
    log.error({ err: error }, 'an export broke off'),
  )
  const { fastify, trust, routes } = await httpApp({
    services: {
      entrance,
      views: { store, cursors: cursors(randomBytes(32)), coverage, now },
      exports,
      inventory,
      reach,
      scanning,
      schedules,
      targets,
      exceptions,
      trust: trusting,
      events,
      credentials,
      ...(checkpoints === undefined ? {} : { signAudit: () => checkpoints.sign() }),
      ...(fleet === undefined ? {} : { fleet }),
      agent: options.agent ?? 'local',
      pace,
      queue,
      logins,
      measures,
      ...(traces === undefined ? {} : { traces }),
      version,
    },
    dashboardFolder: options.dashboardFolder,
    host: listen.host,
    publicUrls: options.publicUrls ?? [],
    ...(options.tls === undefined ? {} : { tls: options.tls }),
    log,
  })
  starting.defer(() => fastify.close())
  // Listeners never end by themselves: they are cut before the server waits for its connections.
  starting.defer(() => events[Symbol.dispose]())
  await fastify.listen({ host: listen.host, port: listen.port })

  if (options.socketPath !== undefined) {
    await prepareSocket(options.socketPath)
    const local = createServer({ requestTimeout: 30_000 }, (request, response) => fastify.routing(request, response))
    local.on('connection', trust)
    starting.defer(() => closed(local))
    await listenOnSocket(local, options.socketPath)
  }

  const { address, port, family } = fastify.server.address() as AddressInfo
  const open = starting.move()
  return {
    address: `${options.tls ? 'https' : 'http'}://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    routes,
    oneTimeSecret: entrance.oneTimeSecret,
    addTargets: targets.add,
    targetSets: targets.all,
    startScan: scanning.start,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

/** Where agents hear what is committed: those of the fleet over its line, and whoever is in this process over its own. */
const acknowledging = (own: Pick<Line, 'tell'>, fleet: Fleet | undefined): Pick<Line, 'tell'> => ({
  tell(subject, message) {
    const agent = subject.split('.').at(-1)!
    return (fleet?.agents.byId(agent) === undefined ? own : fleet.line).tell(subject, message)
  },
})

const closed = (server: Server) =>
  new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })

const scanSpan = ({ id, trigger, state, startedAt, finishedAt, ...counts }: ScanSummary, now: Date): Span => ({
  name: 'scan',
  run: id,
  isRun: true,
  kind: 'internal',
  startedAt: Date.parse(startedAt),
  endedAt: finishedAt === null ? now.getTime() : Date.parse(finishedAt),
  attributes: {
    'rollcall.trigger': trigger,
    'rollcall.state': state,
    'rollcall.planned': counts.planned,
    'rollcall.complete': counts.complete,
    'rollcall.partial': counts.partial,
    'rollcall.failed': counts.failed,
  },
})
