import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer, TLSSocket } from 'node:tls'
import type { DirectoryTarget } from '@rollcall/contract'
import { labAuthority } from './certificates.ts'

/** A server that speaks just enough LDAP to say whatever a test wants it to say. */
export interface FakeServer extends AsyncDisposable {
  readonly target: DirectoryTarget
  /** The certificate of the authority that vouches for it, as PEM. */
  readonly authority: string
  /** Everything that was asked, in order, over all connections. */
  readonly requests: readonly FakeRequest[]
  /** Bytes that arrived before the connection was encrypted. */
  plain(): Buffer
  connections(): number
}

export interface FakeRequest {
  readonly id: number
  readonly kind: 'bind' | 'search' | 'extended' | 'abandon' | 'unbind' | 'other'
  /** Of a bind. */
  readonly name?: string
  readonly mechanism?: string
  /** Of a search. */
  readonly base?: string
  readonly scope?: number
  readonly attributes?: readonly string[]
  readonly page?: { readonly size: number; readonly cookie: string }
  /** Of an extended request. */
  readonly oid?: string
  readonly controls: readonly string[]
}

/** What a script may do with one connection. */
export interface FakeConnection {
  send(...bytes: readonly Uint8Array[]): void
  /** Resolves when the bytes have left. */
  sent(bytes: Uint8Array): Promise<void>
  close(): void
  destroy(): void
  readonly closed: boolean
}

/** Answers a request; whatever it leaves undone (`false`) is answered as a friendly, empty directory does. */
export type FakeScript = (request: FakeRequest, connection: FakeConnection) => boolean | void | Promise<boolean | void>

export interface FakeOptions {
  readonly script?: FakeScript
  readonly security?: DirectoryTarget['security']
  /** Speaks first, before anything was asked. */
  readonly greets?: (connection: FakeConnection) => void
  /** What is written together with the answer to StartTLS, in clear. */
  readonly injects?: Uint8Array
  /** For which name and address the certificate is; by default its own. */
  readonly certificateFor?: { readonly name: string; readonly address: string }
}

const ADDRESS = '127.0.0.1'

export const startFakeServer = async (options: FakeOptions = {}): Promise<FakeServer> => {
  const { authority, ...tls } = await (options.certificateFor === undefined
    ? (usual ??= newCertificate({ name: 'fake.example.org', address: ADDRESS }))
    : newCertificate(options.certificateFor))
  const security = options.security ?? 'ldaps'
  const requests: FakeRequest[] = []
  const plain: Buffer[] = []
  const sockets = new Set<Socket>()
  let connections = 0

  const serve = (socket: Socket, encrypted: boolean) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    const connection = connectionOver(socket)
    if (encrypted || security === 'starttls') options.greets?.(connection)
    let buffered = Buffer.alloc(0)
    const heard = (chunk: Buffer) => {
      if (!encrypted) plain.push(Buffer.from(chunk))
      buffered = Buffer.concat([buffered, chunk])
      // What is no LDAP is left lying.
      for (let end = messageEnd(buffered); end > 0 && buffered[0] === 0x30; end = messageEnd(buffered)) {
        const request = decode(buffered.subarray(0, end))
        buffered = buffered.subarray(end)
        requests.push(request)
        void answer(request)
      }
    }
    const answer = async (request: FakeRequest) => {
      if (options.script !== undefined && (await options.script(request, connection)) !== false) return
      if (!encrypted && request.kind === 'extended') upgrade(socket, heard, request)
      else connection.send(...friendly(request))
    }
    socket.on('data', heard)
  }
  const upgrade = (socket: Socket, heard: (chunk: Buffer) => void, { id }: FakeRequest) => {
    socket.off('data', heard)
    socket.write(Buffer.concat([message(id, result(0x78, 0)), options.injects ?? Buffer.alloc(0)]))
    const secured = new TLSSocket(socket, { isServer: true, ...tls })
    secured.on('error', () => undefined)
    serve(secured, true)
  }

  const server: Server =
    security === 'ldaps'
      ? createTlsServer(tls, (socket) => serve(socket, true))
      : createServer((socket) => serve(socket, false))
  server.on('connection', () => void connections++)
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, ADDRESS, resolve))
  return {
    target: { kind: 'directory', security, host: ADDRESS, port: (server.address() as AddressInfo).port },
    authority,
    requests,
    plain: () => Buffer.concat(plain),
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

let usual: ReturnType<typeof newCertificate> | undefined

const newCertificate = async ({ name, address }: NonNullable<FakeOptions['certificateFor']>) => {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-fake-ldap-'))
  try {
    const authority = labAuthority(folder)
    const { certificate, key } = authority.issue('server', name, address)
    return {
      authority: readFileSync(authority.file, 'utf8'),
      cert: readFileSync(certificate),
      key: readFileSync(key),
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const connectionOver = (socket: Socket): FakeConnection => ({
  send: (...bytes) => {
    if (!socket.destroyed) socket.write(Buffer.concat(bytes))
  },
  sent: (bytes) =>
    new Promise((resolve) => {
      if (socket.destroyed) resolve()
      else socket.write(bytes, () => resolve())
    }),
  close: () => void socket.end(),
  destroy: () => void socket.destroy(),
  get closed() {
    return socket.destroyed
  },
})

/** The answers of a directory that holds nothing but its root entry. */
export const friendly = (request: FakeRequest): Uint8Array[] => {
  const { id } = request
  if (request.kind === 'bind') return [message(id, result(0x61, 0))]
  if (request.kind === 'extended') return [message(id, result(0x78, 2))]
  if (request.kind !== 'search') return []
  return request.base === '' && request.scope === 0 ? [root(id), done(id)] : [done(id)]
}

/** An element of BER. */
export const ber = (tag: number, ...content: readonly (Uint8Array | string)[]): Buffer => {
  const body = Buffer.concat(content.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)))
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body])
}

export const integer = (value: number, tag = 0x02): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return ber(tag, bytes)
}

const lengthOf = (length: number): Buffer => {
  if (length < 0x80) return Buffer.from([length])
  const bytes = Buffer.alloc(5)
  bytes[0] = 0x84
  bytes.writeUInt32BE(length, 1)
  return bytes
}

export const message = (id: number, operation: Uint8Array, controls?: Uint8Array): Buffer =>
  ber(0x30, integer(id), operation, ...(controls === undefined ? [] : [ber(0xa0, controls)]))

export const result = (operation: number, code: number, text = '', referrals: readonly string[] = []): Buffer =>
  ber(
    operation,
    integer(code, 0x0a),
    ber(0x04),
    ber(0x04, text),
    ...(referrals.length === 0 ? [] : [ber(0xa3, ...referrals.map((url) => ber(0x04, url)))]),
  )

export type FakeAttributes =
  | Readonly<Record<string, readonly (string | Uint8Array)[]>>
  | readonly (readonly [string, readonly (string | Uint8Array)[]])[]

export const entry = (
  id: number,
  dn: string | Uint8Array,
  attributes: FakeAttributes,
  controls?: Uint8Array,
): Buffer => {
  const pairs = Array.isArray(attributes)
    ? (attributes as readonly (readonly [string, readonly (string | Uint8Array)[]])[])
    : Object.entries(attributes as Readonly<Record<string, readonly (string | Uint8Array)[]>>)
  const list = pairs.map(([name, values]) =>
    ber(0x30, ber(0x04, name), ber(0x31, ...values.map((value) => ber(0x04, value)))),
  )
  return message(id, ber(0x64, ber(0x04, dn), ber(0x30, ...list)), controls)
}

export const control = (oid: string, value?: Uint8Array): Buffer =>
  ber(0x30, ber(0x04, oid), ...(value === undefined ? [] : [ber(0x04, value)]))

/** The end of a search, and the cookie of the next page where there is one. */
export const done = (id: number, cookie?: string, code = 0, text = '', referrals: readonly string[] = []): Buffer =>
  message(
    id,
    result(0x65, code, text, referrals),
    cookie === undefined ? undefined : control('1.2.840.113556.1.4.319', ber(0x30, integer(0), ber(0x04, cookie))),
  )

export const reference = (id: number, ...urls: readonly string[]): Buffer =>
  message(id, ber(0x73, ...urls.map((url) => ber(0x04, url))))

export const intermediate = (id: number, oid: string, value: Uint8Array): Buffer =>
  message(id, ber(0x79, ber(0x80, oid), ber(0x81, value)))

/** RFC 4511 4.4.1. */
export const noticeOfDisconnection = (code: number): Buffer =>
  message(0, ber(0x78, integer(code, 0x0a), ber(0x04), ber(0x04), ber(0x8a, '1.3.6.1.4.1.1466.20036')))

export const root = (id: number): Buffer =>
  entry(id, '', { namingContexts: ['dc=example,dc=org'], supportedLDAPVersion: ['3'] })

/** Where the first message of these bytes ends; 0 where it is not whole. */
const messageEnd = (bytes: Buffer): number => {
  if (bytes.length < 2) return 0
  const { from, length } = header(bytes, 0)
  return bytes.length >= from + length ? from + length : 0
}

const header = (bytes: Buffer, at: number) => {
  const short = bytes[at + 1]!
  if (short < 0x80) return { from: at + 2, length: short }
  const count = short & 0x7f
  return {
    from: at + 2 + count,
    length: count === 0 || at + 2 + count > bytes.length ? 0 : bytes.readUIntBE(at + 2, count),
  }
}

interface Element {
  readonly tag: number
  readonly content: Buffer
}

const elements = (bytes: Buffer): Element[] => {
  const found: Element[] = []
  for (let at = 0; at < bytes.length;) {
    const { from, length } = header(bytes, at)
    found.push({ tag: bytes[at]!, content: bytes.subarray(from, from + length) })
    at = from + length
  }
  return found
}

const decode = (bytes: Buffer): FakeRequest => {
  const [id, operation, controls] = elements(elements(bytes)[0]!.content)
  const asked = controls === undefined ? [] : elements(controls.content).map(({ content }) => elements(content))
  const common = {
    id: id!.content.readIntBE(0, id!.content.length),
    controls: asked.map(([oid]) => oid!.content.toString()),
  }
  const { tag, content } = operation!
  if (tag === 0x60) {
    const [, name, proof] = elements(content)
    return {
      ...common,
      kind: 'bind',
      name: name!.content.toString(),
      ...(proof!.tag === 0xa3 ? { mechanism: elements(proof!.content)[0]!.content.toString() } : {}),
    }
  }
  if (tag === 0x63) {
    const parts = elements(content)
    const paged = asked.find(([oid]) => oid!.content.toString() === '1.2.840.113556.1.4.319')?.at(-1)
    const page = paged === undefined ? undefined : elements(elements(paged.content)[0]!.content)
    return {
      ...common,
      kind: 'search',
      base: parts[0]!.content.toString(),
      scope: parts[1]!.content[0]!,
      attributes: elements(parts[7]!.content).map((attribute) => attribute.content.toString()),
      ...(page === undefined
        ? {}
        : {
            page: {
              size: page[0]!.content.readIntBE(0, page[0]!.content.length),
              cookie: page[1]!.content.toString(),
            },
          }),
    }
  }
  if (tag === 0x77) return { ...common, kind: 'extended', oid: elements(content)[0]!.content.toString() }
  return { ...common, kind: tag === 0x50 ? 'abandon' : tag === 0x42 ? 'unbind' : 'other' }
}
