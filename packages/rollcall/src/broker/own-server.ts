import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { isIP } from 'node:net'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { UsageError } from '../usage-error.ts'
import { findServer, startServer, type ServerChild } from './child.ts'
import { newBroker, PORTS } from './new-broker.ts'

/** A broker that lives and ends with us: a nats-server of this machine, its folder in the data folder. */
export interface OwnServer extends ServerChild {
  /** What the collector uses it with. */
  readonly file: string
  readonly listen: Listen
  readonly version: string
}

interface Listen {
  readonly host: string
  readonly port: number
}

export interface OwnServerOptions {
  /** The folder that it is kept in; made at the first start, and the same from then on. */
  readonly folder: string
  /** Where agents reach it; loopback unless told otherwise. */
  readonly listen: Listen | undefined
  readonly storeBytes: number
  readonly now: Date
  readonly log: Logger
}

/** Starts it, and sets it up if this is the first time. Throws UsageError when there is no nats-server, or it cannot be had. */
export const startOwnServer = async (options: OwnServerOptions): Promise<OwnServer> => {
  const { folder, log, now, storeBytes } = options
  const server = findServer()
  if (server === undefined)
    throw new UsageError(
      'There is no nats-server on this machine. Install it ("apt-get install nats-server"), or use one elsewhere with --broker.',
    )
  const configuration = join(folder, NAME, 'nats-server.conf')
  const known = await listenedAt(configuration)
  const listen = options.listen ?? known ?? { host: '127.0.0.1', port: PORTS.client }
  if (known === undefined)
    await newBroker({
      folder,
      version: server.version,
      clientCertificates: false,
      storeBytes,
      servers: [{ name: NAME, names: namesOf(listen.host), listen, clusterPort: PORTS.cluster, leafPort: PORTS.leaf }],
      now,
    })
  else if (known.host !== listen.host || known.port !== listen.port)
    throw new UsageError(
      `The broker in ${folder} listens on ${known.host}:${known.port}, and its certificate is for that; to move it, change its configuration and certificate, or remove the folder and let agents join anew.`,
    )
  const child = await startServer({ server, configuration, listen, log })
  return {
    file: join(folder, 'collector.json'),
    listen,
    version: server.version,
    get pid() {
      return child.pid
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  }
}

const NAME = 'server'

/** Where a configuration of ours has its server listen; undefined where there is none. */
const listenedAt = async (configuration: string): Promise<Listen | undefined> => {
  const text = await readFile(configuration, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw new UsageError(`${configuration} cannot be read: ${error.code ?? 'unknown error'}.`, { cause: error })
  })
  if (text === '') return undefined
  const [, host = '', port = ''] = /^listen: "\[?([^"\]]+)\]?:(\d+)"$/m.exec(text) ?? []
  if (host === '') throw new UsageError(`${configuration} does not say where to listen; "listen:" is missing from it.`)
  return { host, port: Number(port) }
}

/** How this machine may be called by those who connect. The collector itself goes by the first, over loopback where it can. */
const namesOf = (host: string): readonly string[] => {
  const everywhere = host === '0.0.0.0' || host === '::'
  const loopback = host === '127.0.0.1' || host === '::1'
  const named = [hostname()].filter((name) => /^[\w-]+(?:\.[\w-]+)*$/.test(name))
  if (everywhere || loopback) return ['127.0.0.1', 'localhost', ...named]
  return [host, ...named.filter((name) => isIP(host) !== 0 || name !== host)]
}
