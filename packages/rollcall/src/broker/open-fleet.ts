import { join } from 'node:path'
import { MessageRefused } from '@rollcall/contract/bus'
import { openFleet, openFleetTrust, type Fleet } from '@rollcall/collector'
import type { Store } from '@rollcall/store'
import type { Logger } from 'pino'
import { UsageError } from '../usage-error.ts'
import { readBrokerFile } from './broker-file.ts'
import { collectorBroker } from './collector-broker.ts'
import { startOwnServer } from './own-server.ts'

/** What the command line says of the broker that other machines' agents are heard through. */
export const BROKER_OPTIONS = {
  broker: { type: 'string' },
  nats: { type: 'boolean' },
  'nats-listen': { type: 'string' },
} as const

export const BROKER_OPTIONS_HELP = `Agents on other machines:
  --broker FILE              hear them through the broker of this file, which "rollcall nats config" wrote
  --nats                     hear them through a nats-server of this machine, which runs and ends with Rollcall
  --nats-listen ADDRESS:PORT where agents reach that one (default 127.0.0.1:4222; implies --nats)
`

export interface BrokerChoice {
  readonly broker?: string | undefined
  readonly nats?: boolean | undefined
  readonly 'nats-listen'?: string | undefined
}

export interface HeardFleet extends AsyncDisposable {
  readonly fleet: Fleet
  /** For people: what agents are heard through. */
  readonly told: string
}

/** What streams may take on the disk of a small installation. */
const STORE_BYTES = 3 * 1024 ** 3

/** Opens what agents of other machines are heard through; undefined where nothing of the kind was asked for. Throws UsageError. */
export const openHeardFleet = async (
  choice: BrokerChoice,
  tools: { readonly store: Store; readonly folder: string; readonly now: () => Date; readonly log: Logger },
): Promise<HeardFleet | undefined> => {
  const { store, folder, now, log } = tools
  const own = choice.nats === true || choice['nats-listen'] !== undefined
  if (own && choice.broker !== undefined)
    throw new UsageError('Give either --broker, for one that runs already, or --nats, for one of our own.')
  if (!own && choice.broker === undefined) return undefined
  const listen = choice['nats-listen'] === undefined ? undefined : natsListen(choice['nats-listen'])

  await using opening = new AsyncDisposableStack()
  const server = own
    ? opening.use(
        await startOwnServer({ folder: join(folder, 'broker'), listen, storeBytes: STORE_BYTES, now: now(), log }),
      )
    : undefined
  const file = await readBrokerFile(server?.file ?? choice.broker!)
  const broker = opening.use(await collectorBroker({ file, folder: join(folder, 'fleet'), now, log }))
  const trust = opening.use(
    await openFleetTrust({ store, folder: join(folder, 'fleet'), broker: broker.fleet, now, log }),
  )
  const spoken = opening.use(
    broker.open(trust.wire, {
      onAside(subject, error) {
        // What is not believed is counted with its sender; all else is a fault of ours.
        if (error instanceof MessageRefused) trust.agents.refused(subject, error)
        else log.error({ err: error, subject }, 'a message was put aside')
      },
      onRefused: (subject, error) => trust.agents.refused(subject, error),
    }),
  )
  const fleet = opening.use(await openFleet({ trust, store, bus: spoken.bus, line: spoken.line, now, log }))
  const open = opening.move()
  return {
    fleet,
    told:
      server === undefined
        ? file.servers.join(', ')
        : `tls://${server.listen.host}:${server.listen.port} (nats-server ${server.version}, ours)`,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

const natsListen = (text: string) => {
  const [, host = '', port = ''] = /^(\[[0-9a-f:]+\]|[\w.-]+):(\d{1,5})$/i.exec(text) ?? []
  if (host === '' || Number(port) > 65_535 || Number(port) === 0)
    throw new UsageError(`--nats-listen is an address and a port such as 10.0.0.5:4222, not "${text}".`)
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}
