import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { findServer, testConfiguration } from '../broker/child.ts'
import { newBroker, PORTS, type ServerWish } from '../broker/new-broker.ts'
import { EXIT, readArgs, type Command } from '../command.ts'
import { UsageError } from '../usage-error.ts'

/** The version that is written for where none is at hand: the first without known faults. */
const ASSUMED = '2.14.3'

export const nats: Command = {
  name: 'nats',
  summary: 'set up a broker (nats-server) that agents report through',
  help: `Usage:
  rollcall nats config --out DIR --host NAME [--host NAME…] [options]
  rollcall nats config --out DIR --cluster NAME,NAME,NAME [options]

Writes all that a nats-server needs for a new installation: its configuration, with the reason of
each line beside it, a certificate by an authority of its own, who is trusted with what, and for the
collector one private file, which "rollcall up --broker FILE" takes. Nothing is sent anywhere.

  --out DIR               where it is written; must be empty or not there yet
  --host NAME             a name or address by which agents reach the server; the first one is the
                          collector's too
  --cluster A,B,C         three servers instead of one, each by its name; each message is kept by all
  --leaf NAME             also a server for another network (a DMZ), which connects to the first
                          server and hands on what agents there say; with --segment
  --segment NAME          a segment whose agents are behind the leaf; may be repeated
  --listen ADDRESS:PORT   where clients are heard (default 0.0.0.0:${PORTS.client})
  --client-certificates   nobody is heard who has no certificate of our authority; one for agents is written
  --store GIB             what streams may take on the disk (default 4)
  --server-version V      the nats-server that will run it (default: the one of this machine, or ${ASSUMED})
  --installed-at DIR      where the folder will lie on the servers, if elsewhere
`,

  async run(args) {
    const { values, positionals } = readArgs(args, {
      out: { type: 'string' },
      host: { type: 'string', multiple: true },
      cluster: { type: 'string' },
      leaf: { type: 'string' },
      segment: { type: 'string', multiple: true },
      listen: { type: 'string' },
      'client-certificates': { type: 'boolean' },
      store: { type: 'string' },
      'server-version': { type: 'string' },
      'installed-at': { type: 'string' },
    })
    if (positionals.length !== 1 || positionals[0] !== 'config')
      throw new UsageError('Say "rollcall nats config"; "rollcall nats --help" tells more.')
    if (values.out === undefined) throw new UsageError('Say with --out where the configuration is to be written.')
    const folder = resolve(values.out)
    await emptyOrNew(folder)
    const found = findServer()
    const version = versionOf(values['server-version'] ?? found?.version ?? ASSUMED)
    const listen = addressOf(values.listen ?? `0.0.0.0:${PORTS.client}`)
    const servers = serversOf(values.host ?? [], values.cluster, listen)
    const leaf = leafOf(values.leaf, values.segment ?? [], listen)
    const made = await newBroker({
      folder,
      ...(values['installed-at'] === undefined ? {} : { installedAt: values['installed-at'] }),
      version,
      clientCertificates: values['client-certificates'] === true,
      storeBytes: gibibytes(values.store ?? '4'),
      servers,
      ...(leaf === undefined ? {} : { leaf }),
      now: new Date(),
    })
    const problems =
      found === undefined || found.version !== version || values['installed-at'] !== undefined
        ? []
        : made.configurations.flatMap((configuration) => testConfiguration(found, configuration) ?? [])
    if (problems.length > 0) throw new UsageError(`nats-server does not take what was written: ${problems.join('; ')}`)
    process.stdout.write(nextSteps(made, version, values['client-certificates'] === true))
    return EXIT.done
  },
}

const GIBIBYTE = 1024 ** 3

const emptyOrNew = async (folder: string) => {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw new UsageError(`${folder} cannot be used: ${error.code ?? 'unknown error'}.`, { cause: error })
  })
  if (names.length > 0)
    throw new UsageError(`${folder} has something in it already; keys are not overwritten. Give another with --out.`)
}

const serversOf = (
  hosts: readonly string[],
  cluster: string | undefined,
  listen: ServerWish['listen'],
): readonly ServerWish[] => {
  if (cluster === undefined) {
    if (hosts.length === 0) throw new UsageError('Say with --host by which name or address agents reach the server.')
    return [serverOf('server', hosts, listen)]
  }
  const names = cluster.split(',').map((name) => name.trim())
  if (hosts.length > 0) throw new UsageError('Give either --host or --cluster.')
  if (names.length !== 3 || new Set(names).size !== 3)
    throw new UsageError('--cluster is three different names or addresses with commas between them.')
  return names.map((name, index) => serverOf(`server-${index + 1}`, [name], listen))
}

const leafOf = (name: string | undefined, segments: readonly string[], listen: ServerWish['listen']) => {
  if (name === undefined) {
    if (segments.length > 0) throw new UsageError('--segment is for --leaf: it says which agents are behind it.')
    return undefined
  }
  if (segments.length === 0) throw new UsageError('Say with --segment which agents are behind the leaf.')
  const wrong = segments.find((segment) => !/^[a-z0-9][a-z0-9-]{0,31}$/.test(segment))
  if (wrong !== undefined)
    throw new UsageError(`A segment is lower-case letters, digits and hyphens, at most 32; not "${wrong}".`)
  return { server: serverOf('leaf', [name], listen), segments }
}

const serverOf = (name: string, names: readonly string[], listen: ServerWish['listen']): ServerWish => {
  const wrong = names.find((host) => !/^(?:[\w-]+(?:\.[\w-]+)*|[0-9a-f:]+)$/i.test(host) || host.length > 253)
  if (wrong !== undefined) throw new UsageError(`A server is reached by a name or an address, not by "${wrong}".`)
  return { name, names, listen, clusterPort: PORTS.cluster, leafPort: PORTS.leaf }
}

const addressOf = (text: string): ServerWish['listen'] => {
  const [, host = '', port = ''] = /^(\[[0-9a-f:]+\]|[\w.-]+):(\d{1,5})$/i.exec(text) ?? []
  if (host === '' || Number(port) > 65_535 || Number(port) === 0)
    throw new UsageError(`--listen is an address and a port such as 0.0.0.0:${PORTS.client}, not "${text}".`)
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}

const versionOf = (text: string): string => {
  const version = /^v?(\d+\.\d+\.\d+)/.exec(text)?.[1]
  if (version === undefined) throw new UsageError(`--server-version is a version such as ${ASSUMED}, not "${text}".`)
  return version
}

const gibibytes = (text: string): number => {
  const count = Number(text)
  // The streams of the fleet ask for two and a quarter.
  if (!/^\d{1,6}(\.\d+)?$/.test(text) || count < 2.5)
    throw new UsageError(`--store is a number of GiB, at least 2.5, not "${text}".`)
  return Math.floor(count * GIBIBYTE)
}

const nextSteps = (
  { file, configurations, offline }: Awaited<ReturnType<typeof newBroker>>,
  version: string,
  clientCertificates: boolean,
): string =>
  [
    `Written for nats-server ${version}.`,
    ...configurations.map((configuration) => `  Server       nats-server -c ${configuration}`),
    `  Collector    rollcall up --broker ${file}`,
    ...(clientCertificates
      ? [`  Agents       ${join(file, '..', 'agents')} has the certificate that each of them shows`]
      : []),
    `  Offline      ${offline} is not needed to run anything: keep it where no server is`,
    '',
  ].join('\n')
