import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readBrokerFile, type BrokerFile } from '../../../packages/rollcall/src/broker/broker-file.ts'
import { newBroker, type BrokerWish, type ServerWish } from '../../../packages/rollcall/src/broker/new-broker.ts'
import { freePort } from '../free-port.ts'
import { runningServer, type NatsProgram, type NatsServer } from './server.ts'

/** A broker as `rollcall nats config` writes it, its servers on loopback. */
export interface OwnBroker extends AsyncDisposable {
  readonly folder: string
  readonly file: BrokerFile
  readonly path: string
  /** In the order of their configurations. */
  readonly servers: readonly NatsServer[]
}

export interface OwnBrokerOptions {
  readonly program: NatsProgram
  readonly servers?: number
  readonly leafFor?: readonly string[]
  readonly wish?: Partial<BrokerWish>
}

export const ownBroker = async ({ program, servers = 1, leafFor, wish }: OwnBrokerOptions): Promise<OwnBroker> => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-broker-'))
  const planned = await Promise.all(Array.from({ length: servers }, (_, index) => serverAt(`node-${index + 1}`)))
  const leaf = leafFor === undefined ? undefined : { server: await serverAt('dmz'), segments: leafFor }
  const made = await newBroker({
    folder: join(folder, 'broker'),
    version: program.version,
    clientCertificates: false,
    storeBytes: 4 * 1024 ** 3,
    servers: planned,
    ...(leaf === undefined ? {} : { leaf }),
    now: new Date(),
    ...wish,
  })
  const all = [...planned, ...(leaf === undefined ? [] : [leaf.server])]
  const running = made.configurations.map((configuration, index) =>
    runningServer(program.path, configuration, join(folder, `run-${index}`), all[index]!.listen.port),
  )
  await Promise.all(running.map((server) => server.start()))
  return {
    folder: join(folder, 'broker'),
    file: await readBrokerFile(made.file),
    path: made.file,
    servers: running,
    async [Symbol.asyncDispose]() {
      await Promise.all(running.map((server) => server[Symbol.asyncDispose]()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const serverAt = async (name: string): Promise<ServerWish> => ({
  name,
  names: ['127.0.0.1', 'localhost'],
  listen: { host: '127.0.0.1', port: await freePort('127.0.0.1', [0]) },
  clusterPort: await freePort('127.0.0.1', [0]),
  leafPort: await freePort('127.0.0.1', [0]),
})
