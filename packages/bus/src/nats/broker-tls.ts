import { createHash, X509Certificate } from 'node:crypto'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { checkServerIdentity, connect as connectTls, type PeerCertificate, type TLSSocket } from 'node:tls'
import type { TlsOptions } from '@nats-io/transport-node'

export interface BrokerTls {
  /** Authorities that may vouch for the broker, PEM, in place of this machine's. */
  readonly ca?: string
  /** Ours, PEM, for a broker that wants one. */
  readonly cert?: string
  readonly key?: string
  /** In place of `ca`: the digest that `certificatePin` gives, of the broker's certificate or of one that it shows along with it. */
  readonly pin?: string
}

/** What a certificate is pinned by: the base64url SHA-256 of its DER. */
export const certificatePin = (pem: string | Uint8Array): string =>
  createHash('sha256').update(new X509Certificate(pem).raw).digest('base64url')

/** What the client is told about TLS. With a pin, the server is asked for its certificates first, and nothing else is said to it. */
export const tlsOptions = async (
  { ca, cert, key, pin }: BrokerTls,
  servers: readonly string[],
  /** TLS before the first word of the protocol, as some servers are set up. */
  handshakeFirst: boolean,
  signal: AbortSignal,
): Promise<TlsOptions> => {
  const names = servers.map((server) => addressOf(server).host)
  const pinned = pin === undefined ? undefined : await pinnedCertificate(servers, pin, handshakeFirst, signal)
  const trusted = pinned?.pem ?? ca
  const options = {
    ...(trusted === undefined ? {} : { ca: trusted }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
    handshakeFirst,
    minVersion: 'TLSv1.2',
    // A pin may be of a certificate below its authority.
    ...(pinned === undefined ? {} : { allowPartialTrustChain: true }),
    // The client forgets which host it dialled when that is an address, so the names are compared here.
    checkServerIdentity: (_: string, shown: PeerCertificate) =>
      pinned?.own === true ? undefined : identityAmong(names, shown),
  }
  return options
}

/**
 * Whether a failure says that a server begins otherwise than we did: it answered TLS with a line in clear, or waited for TLS while we waited
 * for that line.
 */
export const beginsOtherwise = (error: unknown, handshakeFirst: boolean): boolean => {
  const codes = new Set<unknown>()
  for (let [known, depth] = [error, 0]; known instanceof Error && depth < 5; known = known.cause, depth++)
    codes.add('code' in known ? known.code : known.name)
  return handshakeFirst
    ? ['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'EPROTO'].some((code) => codes.has(code))
    : ['TimeoutError', 'AbortError', 'ABORT_ERR'].some((code) => codes.has(code))
}

/** One of the names that were to be connected to must be in the certificate; which of them, the client does not say. */
const identityAmong = (names: readonly string[], shown: PeerCertificate): Error | undefined => {
  const problems = names.map((name) => checkServerIdentity(name, shown))
  return problems.includes(undefined) ? undefined : problems[0]
}

/** Some server's certificate that has the pin. `own`: it is the server's, not an authority's, so that its name says nothing more. */
const pinnedCertificate = async (
  servers: readonly string[],
  pin: string,
  handshakeFirst: boolean,
  signal: AbortSignal,
): Promise<{ pem: string; own: boolean }> => {
  let failure: unknown
  for (const server of servers) {
    try {
      const chain = await certificatesOf(server, handshakeFirst, signal)
      const index = chain.findIndex(({ raw }) => createHash('sha256').update(raw).digest('base64url') === pin)
      if (index >= 0) return { pem: new X509Certificate(chain[index]!.raw).toString(), own: index === 0 }
      throw Object.assign(new Error('no certificate with that pin'), { code: 'ROLLCALL_OTHER_PIN' })
    } catch (error) {
      failure = error
    }
  }
  throw failure
}

/** The certificates that a server shows, its own first. Nothing is sent to it but a TLS handshake, and nothing it says is believed. */
const certificatesOf = async (server: string, handshakeFirst: boolean, signal: AbortSignal) => {
  const { host, port } = addressOf(server)
  const socket = connectTcp({ host, port, signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]) })
  try {
    await once(socket, 'connect')
    if (!handshakeFirst) await firstLine(socket)
    const tls = connectTls({
      socket,
      rejectUnauthorized: false,
      ...(isIP(host) === 0 ? { servername: host } : {}),
    })
    await once(tls, 'secureConnect')
    return chainOf(tls)
  } finally {
    socket.destroy()
  }
}

const MOST_CERTIFICATES = 10

const chainOf = (tls: TLSSocket): PeerCertificate[] => {
  const chain: PeerCertificate[] = []
  let shown = tls.getPeerCertificate(true)
  while (shown?.raw !== undefined && chain.length < MOST_CERTIFICATES) {
    chain.push(shown)
    if (shown.issuerCertificate === undefined || shown.issuerCertificate === shown) break
    shown = shown.issuerCertificate
  }
  return chain
}

const once = (socket: Socket, event: 'connect' | 'secureConnect') =>
  new Promise<void>((resolve, reject) => {
    socket.once(event, () => resolve())
    socket.once('error', reject)
    socket.once('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })))
  })

const MOST_INFO_BYTES = 64 * 1024

/** The server speaks first, one line, and then waits for TLS. */
const firstLine = (socket: Socket) =>
  new Promise<void>((resolve, reject) => {
    let heard = 0
    const hear = (bytes: Buffer) => {
      heard += bytes.length
      if (bytes.includes(0x0a)) {
        socket.off('data', hear)
        socket.pause()
        resolve()
      } else if (heard > MOST_INFO_BYTES) reject(new Error('too long a line'))
    }
    socket.on('data', hear)
    socket.once('error', reject)
    socket.once('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })))
  })

const addressOf = (server: string) => {
  const url = new URL(server.includes('://') ? server : `nats://${server}`)
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 4222) }
}
