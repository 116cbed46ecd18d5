import type { Bus, Line } from '@rollcall/bus'
import { probes } from '@rollcall/discovery'
import { sweep } from '@rollcall/reach'
import { keyedDigest, type Secret } from '@rollcall/secret'
import type { Logger } from 'pino'
import { openDelivery } from './delivery.ts'
import { openSpooledDelivery } from './spooled-delivery.ts'
import type { Leases } from './leases/leases.ts'
import type { Spool } from './spool/spool.ts'
import type { DirectoryScanning } from './directory-scanning.ts'
import { serveOrders } from './runs.ts'
import { hashComparing } from './compare-hashes.ts'
import { scanningHere, type Scanning } from './scanning.ts'
import { agentTrusting, type AgentTrusting, type CollectingTools, type TrustFiles } from './trust/trusting.ts'
import { openDirectoryScanners, type DirectoriesAccess } from './scanner/directory-scanners.ts'
import { openHostScanners } from './scanner/host-scanners.ts'
import { holdYoungSpace } from './young-space.ts'

export interface AgentOptions {
  /** Its name on the bus. */
  readonly id: string
  readonly bus: Bus
  /**
   * Where what it sees is kept until the collector has committed it, and where that is heard. It stays whoever's who opened it. Without it
   * reports go straight to whoever collects them in this process.
   */
  readonly spooled?: {
    readonly spool: Spool
    readonly line: Pick<Line, 'hear'>
    /** Calls whenever the broker is there again, and may have lost what it had. Gives what ends that. */
    readonly onReconnected?: (listener: () => void) => () => void
  }
  readonly reach: Scanning['reach']
  /** Where keys are written down by which targets are known: these are told, asked for, and decided about. Without it, none of that. */
  readonly trust?: TrustFiles
  /** The installation's key, under which secrets are digested. Without it, equal hashes on several hosts are not told. */
  readonly digestKey?: Secret
  /** Remembers files that were looked at, so that unchanged ones are not read again. */
  readonly memories?: NonNullable<Scanning['memories']>
  /** How directories are reached, and from where on changes are to be told. Without it they are told as nothing that can be logged in to. */
  readonly directories?: DirectoriesAccess & Pick<DirectoryScanning, 'memories'>
  /** Where credentials are borrowed; without it, only the agent's own are used. */
  readonly leases?: Leases
  /** What is wished of every scan. */
  readonly wishes?: NonNullable<Scanning['wishes']>
  readonly now: () => Date
  readonly log: Logger
  /** Targets scanned at the same time; default 64. */
  readonly concurrency?: number
  /** Hosts are scanned in this process, for whoever scans few and ends then. Directories never are. */
  readonly hostsHere?: boolean
}

export interface Agent extends AsyncDisposable {
  /** Targets that are being scanned. */
  readonly scanning: number
  /** The collector may have forgotten what it was told: it is told again. */
  resync(): void
}

/** Starts an agent: it carries out the orders that the bus brings and reports what it sees. Disposing stops runs and waits for them. */
export const startAgent = async ({
  id,
  bus,
  spooled,
  reach: givenReach,
  trust: files,
  digestKey,
  memories,
  directories: givenDirectories,
  leases,
  wishes,
  now,
  log,
  concurrency = 64,
  hostsHere = false,
}: AgentOptions): Promise<Agent> => {
  holdYoungSpace()
  await using stack = new AsyncDisposableStack()
  const controller = new AbortController()
  const spooling =
    spooled === undefined
      ? undefined
      : stack.use(await openSpooledDelivery({ agent: id, bus, log, stopping: controller.signal, ...spooled }))
  if (spooling !== undefined && spooled?.onReconnected !== undefined)
    stack.defer(spooled.onReconnected(() => spooling.reconnected()))
  const delivery = spooling ?? stack.use(await openDelivery({ agent: id, bus }))
  const given = digestKey === undefined ? {} : { digestKey, keyedDigest: keyedDigest(digestKey) }
  const aside = digestKey === undefined ? {} : { digestKey }
  const within = { sweep: sweepWithin(givenReach) }
  const trust: AgentTrusting | undefined =
    files === undefined
      ? undefined
      : stack.use(
          await agentTrusting({
            agent: id,
            bus,
            files,
            collecting: (): CollectingTools => ({
              hostKeys: reach.hostKeys,
              askForKey: hosts.askForKey,
              list: scanners.directories.list,
              concurrency,
              ...within,
              log,
            }),
            now,
            log,
          }),
        )
  const reach = trust === undefined ? givenReach : withHostKeys(givenReach, trust.hostKeys(givenReach.hostKeys))
  const directories =
    trust === undefined || givenDirectories === undefined
      ? givenDirectories
      : { ...givenDirectories, pins: trust.certificates(givenDirectories.pins) }
  const scanning = {
    probes,
    reach,
    now,
    compareHashes: hashComparing(),
    ...given,
    ...(memories === undefined ? {} : { memories }),
    ...(wishes === undefined ? {} : { wishes }),
  }
  // Without work, nothing is started.
  const hosts = stack.use(openHostScanners({ scanning, ...aside }))
  const scanOne = hostsHere ? scanningHere(scanning) : hosts.scanHost
  let underway = 0
  const scanHost: typeof scanOne = async (...given) => {
    underway++
    try {
      return await scanOne(...given)
    } finally {
      underway--
    }
  }
  const scanners = stack.use(openDirectoryScanners({ ...aside, ...(directories === undefined ? {} : { directories }) }))
  stack.use(
    await serveOrders(
      {
        agent: id,
        bus,
        delivery,
        scanHost,
        now,
        ...(leases === undefined ? {} : { leases }),
        ...given,
        ...(directories === undefined ? {} : { directories: { ...directories, reading: scanners.directories } }),
        ...within,
        ...(trust === undefined ? {} : { trust }),
        concurrency,
        log,
      },
      controller.signal,
    ),
  )
  stack.defer(() => controller.abort(new Error('the agent stops')))
  const open = stack.move()
  return {
    get scanning() {
      return underway
    },
    resync: () => spooling?.resync(),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

/** Where it may connect is asked anew for each range: it may be another policy by then. */
const sweepWithin =
  (reach: Scanning['reach']): typeof sweep =>
  (targets, options) => {
    const within = reach.limits?.within
    return sweep(targets, { ...options, ...(within === undefined ? {} : { within }) })
  }

/** The same with other host keys; limits that are asked anew each time stay such. */
const withHostKeys = (reach: Scanning['reach'], hostKeys: Scanning['reach']['hostKeys']): Scanning['reach'] =>
  Object.defineProperties(Object.create(null) as Scanning['reach'], {
    ...Object.getOwnPropertyDescriptors(reach),
    hostKeys: { value: hostKeys, enumerable: true },
  })
