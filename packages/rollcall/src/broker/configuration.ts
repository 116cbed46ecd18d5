import { STREAM_DOMAIN } from '@rollcall/bus'

/*
 * The configuration of a nats-server, written so that whoever runs it can read why each line is there.
 */

/** A server, and where it stands. */
export interface ServerPlan {
  /** What it is called among its like. */
  readonly name: string
  /** Where clients reach it, such as `0.0.0.0:4222`. */
  readonly listen: string
  /** Folder of this server on the machine where it runs; every path below is in it. */
  readonly folder: string
  /** The version that is to run it. What that does not know is left out, and said. */
  readonly version: string
  /** Whether clients have to show a certificate of our authority before a word is said. */
  readonly clientCertificates: boolean
  readonly operatorJwt: string
  readonly systemAccount: string
  /** Accounts known from the first start on: public key and JWT. */
  readonly accounts: readonly (readonly [string, string])[]
  /** Where streams are kept, and how much they may take; undefined for a server that keeps none. */
  readonly storeBytes: number | undefined
  /** Where the others of its cluster reach it, and where it reaches them. */
  readonly cluster?: { readonly listen: string; readonly routes: readonly string[] }
  /** Where servers of other networks come in. */
  readonly leafListen?: string
  /** The server that this one hands on to, and the file that says who it is there. */
  readonly leafOf?: { readonly url: string; readonly credentials: string; readonly account: string }
}

/** What a nats-server is told. */
export const serverConfiguration = (plan: ServerPlan): string =>
  [opening(plan), clients(plan), trust(plan), streams(plan), cluster(plan), leafNodes(plan), leafRemote(plan), closing]
    .filter((part) => part !== '')
    .join('\n')

export const CLIENT_PORT = 4222

const opening = ({
  name,
  version,
}: ServerPlan) => `# nats-server for Rollcall, written by "rollcall nats config" for version ${version}.
# Check it with "nats-server -t -c" and this file. What is changed here stays: nothing rewrites it.
# The server moves bytes; what is in them is signed, and secrets are sealed, so it is trusted with neither.

server_name: ${quoted(name)}
`

const clients = ({
  listen,
  folder,
  clientCertificates,
  version,
}: ServerPlan) => `# Where agents and the collector connect.
listen: ${quoted(listen)}

tls {
  # The server's certificate, and its authority's after it: agents know that one by the pin in their join token.
  cert_file: ${quoted(`${folder}/server.pem`)}
  key_file: ${quoted(`${folder}/server.key`)}
  ca_file: ${quoted(`${folder}/ca.pem`)}
${
  clientCertificates
    ? `  # Nobody says a word to this server who has no certificate of that authority.
  verify: true`
    : `  # Set to true to let nobody say a word who has no certificate of that authority; agents then need one each.
  verify: false`
}
${
  since(version, [2, 10, 4])
    ? `  # TLS comes before the first word: nothing that this server understands is heard or said in clear.
  handshake_first: true`
    : `  # Versions from 2.10.4 on can begin with TLS ("handshake_first: true"); this one says its first line in clear.`
}
  timeout: 5
}

# One message: pieces of reports have at most 256 KiB, orders less than this.
max_payload: 1MB
max_control_line: 4KB
# What a client may owe the server before it is cut off for being slow.
max_pending: 64MB
write_deadline: "10s"
`

const trust = ({
  operatorJwt,
  systemAccount,
  accounts,
  folder,
}: ServerPlan) => `# Who may do what is said by signed words (JWT), not in this file: the operator's key signs accounts, the collector's issuing key signs
# what each agent may, for a day. An agent may use the subjects with its own id and the orders of its segment.
operator: ${quoted(operatorJwt)}
system_account: ${systemAccount}

# Accounts as they were last told; the collector tells them anew when it cuts off an agent, whose connection then ends at once.
resolver {
  type: full
  dir: ${quoted(`${folder}/accounts`)}
  allow_delete: false
  interval: "2m"
}
resolver_preload {
${accounts.map(([account, jwt]) => `  ${account}: ${quoted(jwt)}`).join('\n')}
}
`

const streams = ({ storeBytes, folder, version }: ServerPlan) =>
  storeBytes === undefined
    ? `# This server keeps nothing: streams are at the server that it hands on to.
`
    : `# Messages on the way are kept here. When it is full, agents keep what they have in their spools, and say so.
jetstream {
  store_dir: ${quoted(`${folder}/streams`)}
  # By this name agents behind a server of another network (a leaf) reach the streams.
  domain: ${STREAM_DOMAIN}
  max_file_store: ${storeBytes}
  max_memory_store: 16777216
${
  since(version, [2, 10, 0])
    ? `  # Written to the disk before it is confirmed.
  sync_interval: always`
    : `  # Versions from 2.10 on can write to the disk before they confirm ("sync_interval: always"); this one does so every two minutes.`
}
}
`

const cluster = ({ cluster: others, folder }: ServerPlan) =>
  others === undefined
    ? ''
    : `# The other servers. Each shows a certificate of our authority, so that nobody else joins.
cluster {
  name: rollcall
  listen: ${quoted(others.listen)}
  routes: [
${others.routes.map((route) => `    ${quoted(route)}`).join('\n')}
  ]
  tls {
    cert_file: ${quoted(`${folder}/server.pem`)}
    key_file: ${quoted(`${folder}/server.key`)}
    ca_file: ${quoted(`${folder}/ca.pem`)}
    verify: true
    timeout: 5
  }
}
`

const leafNodes = ({ leafListen, folder }: ServerPlan) =>
  leafListen === undefined
    ? ''
    : `# Where servers of other networks come in. Let only those reach this port. What they may carry is in their own credentials.
leafnodes {
  listen: ${quoted(leafListen)}
  tls {
    cert_file: ${quoted(`${folder}/server.pem`)}
    key_file: ${quoted(`${folder}/server.key`)}
    ca_file: ${quoted(`${folder}/ca.pem`)}
    verify: true
    timeout: 5
  }
}
`

const leafRemote = ({ leafOf, folder }: ServerPlan) =>
  leafOf === undefined
    ? ''
    : `# The server that this one hands on to: it connects there, nobody from there has to connect here.
leafnodes {
  remotes: [
    {
      url: ${quoted(leafOf.url)}
      account: ${leafOf.account}
      credentials: ${quoted(`${folder}/${leafOf.credentials}`)}
      tls {
        cert_file: ${quoted(`${folder}/server.pem`)}
        key_file: ${quoted(`${folder}/server.key`)}
        ca_file: ${quoted(`${folder}/ca.pem`)}
        timeout: 5
      }
    }
  ]
}
`

const closing = `# No monitoring port, no WebSocket, no MQTT: nothing here needs them, and what does not listen is not attacked.
`

/** Whether a version is at least another. */
const since = (version: string, other: readonly [number, number, number]): boolean => {
  const given = version.split(/[.-]/).map(Number)
  const at = other.findIndex((number, index) => number !== given[index])
  return at < 0 || (given[at] ?? 0) > other[at]!
}

const quoted = (text: string) => JSON.stringify(text)
