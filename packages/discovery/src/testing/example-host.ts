import { createECDH, createHash, createPrivateKey, createPublicKey } from 'node:crypto'
import type { Rights } from '@rollcall/contract'
import type {
  CommandResult,
  FindRequest,
  FindResult,
  FoundEntry,
  Host,
  HostAnswer,
  HostFile,
  HostRequest,
  ReadRequest,
  RunRequest,
} from '../host.ts'
import { exampleFile, exampleOutput, type ParseContext, type PublicPoint } from '../probe.ts'
import { lastPart, literally } from '../posix-path.ts'

/** For tests only: what a host is, so far as they ask. */
export interface ExampleWorld {
  /** Files by path: their text, or the answer itself. */
  readonly files?: Readonly<Record<string, string | HostFile>>
  /** Programs by their whole command line or else by name: what they print, or the result itself. */
  readonly programs?: Readonly<Record<string, string | CommandResult>>
  /** What searches may find; sizes, owners and modes are those of an ordinary file of root where they are not given. */
  readonly entries?: readonly (Partial<FoundEntry> & Pick<FoundEntry, 'path'>)[]
  readonly rights?: Rights
  /** Why all that is not here is unread; default: there is no such file. */
  readonly otherwise?: Extract<HostFile, { state: 'unread' }>['why']
}

/** For tests only: a host made of what is told, and every question it was asked, by round trip. */
export const exampleHost = (world: ExampleWorld = {}) => {
  const trips: (readonly HostRequest[])[] = []
  const host: Host = {
    privilege: world.rights ?? 'root',
    ask: async (requests) => {
      trips.push(requests)
      return requests.map((request) => answer(world, request))
    },
  }
  return { host, trips, asked: () => trips.flat() }
}

/** For tests only: what OpenSSL computes. */
export const examplePoint: PublicPoint = (curve, secret) => {
  try {
    if (curve !== 'ed25519') {
      const pair = createECDH({ nistp256: 'prime256v1', nistp384: 'secp384r1', nistp521: 'secp521r1' }[curve])
      pair.setPrivateKey(secret)
      return new Uint8Array(pair.getPublicKey())
    }
    const jwk = { kty: 'OKP', crv: 'Ed25519', d: Buffer.from(secret).toString('base64url'), x: '' }
    const open = createPublicKey(createPrivateKey({ format: 'jwk', key: jwk })).export({ format: 'jwk' })
    return new Uint8Array(Buffer.from(open.x ?? '', 'base64url'))
  } catch {
    return undefined
  }
}

/** For tests only: what a parse knows besides what was gathered. */
export const exampleContext: ParseContext = {
  host: { hostname: 'host', addresses: [], os: {} },
  privilege: 'root',
  sha256: (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest()),
  publicPoint: examplePoint,
  keyedDigest: (secret) => createHash('sha256').update(`example ${secret}`).digest('base64url').slice(0, 32),
  now: new Date('2026-11-22T12:00:00Z'),
}

/** For tests only: what a scan is given. */
export const exampleTools = { ...exampleContext, signal: new AbortController().signal }

const answer = (world: ExampleWorld, request: HostRequest): HostAnswer => {
  switch (request.kind) {
    case 'read':
      return { kind: 'read', files: read(world, request) }
    case 'run':
      return { kind: 'run', result: run(world, request) }
    case 'find':
      return { kind: 'find', result: find(world, request) }
    case 'fetch':
      return {
        kind: 'fetch',
        files: request.paths.map((path) => read(world, { kind: 'read', pattern: literally(path) })[0]!),
      }
  }
}

const read = ({ files = {}, otherwise = 'no-such-file' }: ExampleWorld, request: ReadRequest): HostFile[] => {
  const found = Object.keys(files).filter((path) => matches(path, request.pattern))
  if (found.length === 0) return [{ path: request.pattern, state: 'unread', why: otherwise }]
  return found.map((path) => {
    const file = files[path]!
    const told = typeof file === 'string' ? exampleFile(path, file) : file
    if (told.state === 'unread' || request.matching === undefined) return told
    return { ...told, bytes: kept(told.bytes, request.matching) }
  })
}

const run = ({ programs = {} }: ExampleWorld, { argv, matching }: RunRequest): CommandResult => {
  const said = programs[argv.join(' ')] ?? programs[argv[0]]
  if (said === undefined) return { state: 'unread', why: 'tool-missing' }
  const result = typeof said === 'string' ? exampleOutput(said) : said
  return result.state === 'unread' || matching === undefined
    ? result
    : { ...result, stdout: kept(result.stdout, matching) }
}

const find = ({ entries = [], files = {} }: ExampleWorld, request: FindRequest): FindResult => {
  const { under, maxDepth = 32, except = [], where = {}, maxEntries = 10_000 } = request
  const found = entries
    .map((entry) => ({ ...ORDINARY, ...entry }))
    .filter((entry) => within(entry.path, under, maxDepth))
  const kept = found.filter(
    (entry) =>
      !except.some((pattern) =>
        parents(entry.path).some((folder) =>
          matches(pattern.startsWith('/') ? folder : lastPart(folder), pattern.replace(/\/$/, '')),
        ),
      ) &&
      (where.types?.includes(entry.type) ?? true) &&
      (where.names?.some((pattern) => matches(lastPart(entry.path), pattern)) ?? true) &&
      (where.anyMode === undefined || (entry.mode & where.anyMode) !== 0) &&
      entry.size >= (where.minBytes ?? 0) &&
      entry.size <= (where.maxBytes ?? Number.POSITIVE_INFINITY) &&
      (where.containing === undefined || holds(files[entry.path], where.containing)),
  )
  return {
    state: 'found',
    entries: kept.slice(0, maxEntries),
    unsearched: [],
    unnamed: 0,
    ...(kept.length > maxEntries ? { cut: 'too-many' as const } : {}),
  }
}

const ORDINARY = { type: 'file', mode: 0o644, uid: 0, gid: 0, size: 1, modified: '2026-03-01T12:00:00.000Z' } as const

const within = (path: string, under: readonly string[], depth: number) =>
  under.some((start) => {
    const parts = path.split('/')
    const length = start === '/' ? 1 : start.split('/').length
    return matches(parts.slice(0, length).join('/') || '/', start) && parts.length - length <= depth
  })

const parents = (path: string) =>
  path
    .split('/')
    .map((_, index, parts) => parts.slice(0, index + 1).join('/'))
    .filter((folder) => folder !== '')

const holds = (file: string | HostFile | undefined, texts: readonly string[]) => {
  const text =
    typeof file === 'string' ? file : file?.state === 'read' ? new TextDecoder('latin1').decode(file.bytes) : ''
  return texts.some((one) => text.includes(one))
}

const kept = (bytes: Uint8Array, texts: readonly string[]) => {
  const lines = new TextDecoder('latin1').decode(bytes).split(/(?<=\n)/)
  const text = lines.filter((line) => texts.some((one) => line.includes(one))).join('')
  return Uint8Array.from(text, (unit) => unit.charCodeAt(0))
}

const matches = (text: string, pattern: string) =>
  new RegExp(
    `^${pattern.replaceAll(/\[!?[^\]]+\]|[*?]|[.+^$(){}|\\/[\]]/g, (found) =>
      found === '*' ? '[^/]*' : found === '?' ? '[^/]' : found.length > 1 ? found.replace('[!', '[^') : `\\${found}`,
    )}$`,
  ).test(text)
