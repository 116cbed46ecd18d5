import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  accountJwt,
  leafPermissions,
  natsPublicKey,
  newNatsKey,
  operatorJwt,
  userJwt,
  type AccountClaims,
} from '@rollcall/bus'
import { writePrivateFile } from '@rollcall/secret'
import { writeBrokerFile, type BrokerFile } from './broker-file.ts'
import { newAuthority, type Authority } from './certificate.ts'
import { CLIENT_PORT, serverConfiguration, type ServerPlan } from './configuration.ts'

/** One server of a broker: its names, where it listens, and where it will lie. */
export interface ServerWish {
  readonly name: string
  /** Names and addresses by which clients and the other servers reach it; the first is told to the collector. */
  readonly names: readonly string[]
  readonly listen: { readonly host: string; readonly port: number }
  readonly clusterPort: number
  readonly leafPort: number
}

export interface BrokerWish {
  /** Where everything is written. */
  readonly folder: string
  /** Where that folder will lie on the machines of the servers, if elsewhere. */
  readonly installedAt?: string
  readonly version: string
  readonly clientCertificates: boolean
  readonly storeBytes: number
  /** One, or three for a cluster. */
  readonly servers: readonly ServerWish[]
  /** A server of another network that hands on to these, and the segments there. */
  readonly leaf?: { readonly server: ServerWish; readonly segments: readonly string[] }
  readonly now: Date
}

export interface NewBroker {
  /** What the collector is given. */
  readonly file: string
  /** Configurations, in the order of the servers, the leaf's last. */
  readonly configurations: readonly string[]
  /** What is to be kept elsewhere, offline. */
  readonly offline: string
}

/**
 * Makes a broker of one's own: its operator, accounts and authority, and for each server a folder with all that it needs. Rejects where the
 * folder has something in it already.
 */
export const newBroker = async (wish: BrokerWish): Promise<NewBroker> => {
  const { folder, now } = wish
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const keys = {
    operator: newNatsKey('operator'),
    operatorSigning: newNatsKey('operator'),
    account: newNatsKey('account'),
    issuing: newNatsKey('account'),
    system: newNatsKey('account'),
  }
  const authority = newAuthority('Rollcall broker', now)
  const operator = operatorJwt(
    {
      name: 'Rollcall',
      signingKeys: [natsPublicKey(keys.operatorSigning)],
      systemAccount: natsPublicKey(keys.system),
      issuedAt: now,
    },
    keys.operator,
  )
  const account = natsPublicKey(keys.account)
  const accounts = [
    [account, accountJwt(rollcallAccount(account, natsPublicKey(keys.issuing), new Map(), now), keys.operatorSigning)],
    [natsPublicKey(keys.system), accountJwt(systemAccount(natsPublicKey(keys.system), now), keys.operatorSigning)],
  ] as const

  const planOf = (server: ServerWish): ServerPlan => ({
    name: server.name,
    listen: `${bracketed(server.listen.host)}:${server.listen.port}`,
    folder: join(wish.installedAt ?? folder, server.name),
    version: wish.version,
    clientCertificates: wish.clientCertificates,
    operatorJwt: operator,
    systemAccount: natsPublicKey(keys.system),
    accounts,
    storeBytes: wish.storeBytes,
    ...(wish.servers.length === 1 ? {} : { cluster: clusterOf(server, wish.servers) }),
    ...(wish.leaf === undefined ? {} : { leafListen: `${bracketed(server.listen.host)}:${server.leafPort}` }),
  })

  const configurations: string[] = []
  for (const server of wish.servers)
    configurations.push(await writeServer(folder, server, planOf(server), authority, now))
  if (wish.leaf !== undefined) {
    const { server, segments } = wish.leaf
    const [hub] = wish.servers
    const { cluster: _, leafListen: __, ...plan } = planOf(server)
    configurations.push(
      await writeServer(
        folder,
        server,
        {
          ...plan,
          storeBytes: undefined,
          leafOf: { url: `tls://${bracketed(hub!.names[0]!)}:${hub!.leafPort}`, credentials: 'hub.creds', account },
        },
        authority,
        now,
      ),
    )
    const user = newNatsKey('user')
    const jwt = userJwt(
      {
        user: natsPublicKey(user),
        name: `leaf ${server.name}`,
        account,
        permissions: leafPermissions(segments),
        issuedAt: now,
      },
      keys.issuing,
    )
    await writePrivateFile(join(folder, server.name, 'hub.creds'), Buffer.from(credentialsText(jwt, user)))
  }

  const own = authority.issue({ name: 'Rollcall collector', names: [], use: ['client'] }, now)
  const content: BrokerFile = {
    version: 1,
    servers: wish.servers.map(({ names, listen }) => `tls://${bracketed(names[0]!)}:${listen.port}`),
    ca: authority.certificate,
    ...(wish.clientCertificates ? { certificate: own.certificate, key: own.key } : {}),
    replicas: wish.servers.length,
    account,
    issuing: text(keys.issuing),
    operator: text(keys.operatorSigning),
    system: text(keys.system),
  }
  const file = join(folder, 'collector.json')
  await writeBrokerFile(file, content)

  const offline = join(folder, 'offline')
  await writePrivateFile(join(offline, 'operator.seed'), keys.operator)
  await writePrivateFile(join(offline, 'account.seed'), keys.account)
  await writePrivateFile(join(offline, 'ca.key'), Buffer.from(authority.key))
  if (wish.clientCertificates) {
    const agents = authority.issue({ name: 'Rollcall agents', names: [], use: ['client'] }, now)
    await writePrivateFile(join(folder, 'agents', 'client.pem'), Buffer.from(agents.certificate))
    await writePrivateFile(join(folder, 'agents', 'client.key'), Buffer.from(agents.key))
    await writeFile(join(folder, 'agents', 'ca.pem'), authority.certificate)
  }
  return { file, configurations, offline }
}

/** The account of agents and collector, with those who were cut off. */
export const rollcallAccount = (
  account: string,
  issuing: string,
  revoked: AccountClaims['revoked'],
  issuedAt: Date,
): AccountClaims => ({
  account,
  name: 'rollcall',
  signingKeys: [issuing],
  revoked,
  storage: 'unlimited',
  issuedAt,
})

const systemAccount = (account: string, issuedAt: Date): AccountClaims => ({
  account,
  name: 'system',
  signingKeys: [],
  revoked: new Map(),
  storage: 'none',
  issuedAt,
})

const writeServer = async (
  folder: string,
  server: ServerWish,
  plan: ServerPlan,
  authority: Authority,
  now: Date,
): Promise<string> => {
  const own = join(folder, server.name)
  const shown = authority.issue({ name: server.name, names: server.names, use: ['server', 'client'] }, now)
  await mkdir(join(own, 'accounts'), { recursive: true, mode: 0o700 })
  await writePrivateFile(join(own, 'server.key'), Buffer.from(shown.key))
  await writeFile(join(own, 'server.pem'), shown.certificate + authority.certificate)
  await writeFile(join(own, 'ca.pem'), authority.certificate)
  const configuration = join(own, 'nats-server.conf')
  await writeFile(configuration, serverConfiguration(plan), { mode: 0o600 })
  return configuration
}

const clusterOf = (server: ServerWish, all: readonly ServerWish[]) => ({
  listen: `${bracketed(server.listen.host)}:${server.clusterPort}`,
  routes: all
    .filter((other) => other !== server)
    .map((other) => `nats-route://${bracketed(other.names[0]!)}:${other.clusterPort}`),
})

/** As nats-server reads who somebody is: both parts between lines that say which it is. */
const credentialsText = (jwt: string, seed: Uint8Array) =>
  `-----BEGIN NATS USER JWT-----\n${jwt}\n------END NATS USER JWT------\n\n` +
  `-----BEGIN USER NKEY SEED-----\n${text(seed)}\n------END USER NKEY SEED------\n`

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

const bracketed = (host: string) => (host.includes(':') ? `[${host}]` : host)

export const PORTS = { client: CLIENT_PORT, cluster: 6222, leaf: 7422 } as const
