import type { Bus } from '@rollcall/bus'
import { directoryMakes, probes } from '@rollcall/discovery'
import { sweep } from '@rollcall/reach'
import type { Logger } from 'pino'
import { openDelivery } from './delivery.ts'
import type { DirectoryScanning } from './directory-scanning.ts'
import { serveOrders } from './runs.ts'
import { hashComparing } from './compare-hashes.ts'
import type { Scanning } from './scanning.ts'
import { holdYoungSpace } from './young-space.ts'

export interface AgentOptions {
  /** Its name on the bus. */
  readonly id: string
  readonly bus: Bus
  readonly reach: Scanning['reach']
  /** Digests secrets with the installation's key. Without it, equal hashes on several hosts are not told. */
  readonly keyedDigest?: NonNullable<Scanning['keyedDigest']>
  /** Remembers files that were looked at, so that unchanged ones are not read again. */
  readonly memories?: NonNullable<Scanning['memories']>
  /** Opens directories, and remembers from where on changes are to be told. Without it they are told as nothing that can be logged in to. */
  readonly directories?: Pick<DirectoryScanning, 'open' | 'memories'>
  /** What is wished of every scan. */
  readonly wishes?: NonNullable<Scanning['wishes']>
  readonly now: () => Date
  readonly log: Logger
  /** Targets scanned at the same time; default 64. */
  readonly concurrency?: number
}

/** Starts an agent: it carries out the orders that the bus brings and reports what it sees. Disposing stops runs and waits for them. */
export const startAgent = async ({
  id,
  bus,
  reach,
  keyedDigest,
  memories,
  directories,
  wishes,
  now,
  log,
  concurrency = 64,
}: AgentOptions): Promise<AsyncDisposable> => {
  holdYoungSpace()
  await using stack = new AsyncDisposableStack()
  const controller = new AbortController()
  const delivery = stack.use(await openDelivery({ agent: id, bus }))
  stack.use(
    await serveOrders(
      {
        agent: id,
        bus,
        delivery,
        scanning: {
          probes,
          reach,
          now,
          compareHashes: hashComparing(),
          ...(keyedDigest === undefined ? {} : { keyedDigest }),
          ...(memories === undefined ? {} : { memories }),
          ...(wishes === undefined ? {} : { wishes }),
        },
        ...(directories === undefined ? {} : { directories: { ...directories, makes: directoryMakes } }),
        sweep,
        concurrency,
        log,
      },
      controller.signal,
    ),
  )
  stack.defer(() => controller.abort(new Error('the agent stops')))
  return stack.move()
}
