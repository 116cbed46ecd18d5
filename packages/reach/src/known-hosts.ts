import { Buffer } from 'node:buffer'
import { createHash, createHmac } from 'node:crypto'
import { isBlankLine, readKnownHostsLine } from '@rollcall/contract'

/** A public host key: its type on the wire and its blob (RFC 4253, 6.6). */
export interface HostKey {
  readonly algorithm: string
  readonly blob: Uint8Array
}

/** What is known of one host. */
export interface KnownKeys {
  readonly keys: readonly HostKey[]
  /** Never to be accepted, whatever else is said of the host. */
  readonly revoked: readonly HostKey[]
  /** Whether somebody vouches for the keys: a known_hosts file, or a pin that was approved. A key pinned on first use is not. */
  readonly verified: boolean
  /** The keys were asked for and nothing else: to a strict policy the host is as unknown as before. */
  readonly collected?: true
  /** Authorities that would sign its key. Certificates of hosts are not supported, so that they help nothing. */
  readonly authorities: number
}

/** Host keys as known_hosts files name them (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export interface KnownHosts {
  of(host: string, port: number): KnownKeys
  /** Lines that do not follow the format; they are left out. */
  readonly malformed: number
}

interface Entry {
  readonly marker: 'revoked' | 'cert-authority' | undefined
  readonly matches: (name: string) => boolean
  readonly key: HostKey
}

/** Reads the text of any number of known_hosts files, one after the other. Total: any text gives entries or malformed lines. */
export const parseKnownHosts = (texts: readonly string[]): KnownHosts => {
  const exact = new Map<string, Entry[]>()
  const patterns: Entry[] = []
  let malformed = 0
  for (const line of texts.flatMap((text) => text.split('\n'))) {
    if (isBlankLine(line)) continue
    const parsed = parseLine(line)
    if (parsed === undefined) {
      malformed++
      continue
    }
    // Most lines name hosts plainly: those are found without looking at all the others.
    if (parsed.names === undefined) patterns.push(parsed.entry)
    else for (const name of new Set(parsed.names)) exact.set(name, [...(exact.get(name) ?? []), parsed.entry])
  }
  return {
    malformed,
    of(host, port) {
      const name = knownName(host, port)
      const found = [...(exact.get(name) ?? []), ...patterns.filter(({ matches }) => matches(name))]
      const keysMarked = (wanted: Entry['marker']) =>
        found.flatMap(({ marker, key }) => (marker === wanted ? [key] : []))
      const keys = keysMarked(undefined)
      return {
        keys,
        verified: keys.length > 0,
        revoked: keysMarked('revoked'),
        authorities: keysMarked('cert-authority').length,
      }
    },
  }
}

/** The line that pins a key. */
export const knownHostsLine = (host: string, port: number, { algorithm, blob }: HostKey): string =>
  `${knownName(host, port)} ${algorithm} ${Buffer.from(blob).toString('base64')}`

/** The name under which a host is listed: the port is part of it unless it is 22. */
const knownName = (host: string, port: number) => (port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`)

/** As `ssh-keygen -l` prints it. */
export const keyFingerprint = (blob: Uint8Array): string =>
  `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`

/** The type that a key blob names; undefined when it is none. */
export const blobAlgorithm = (blob: Uint8Array): string | undefined => {
  if (blob.length < 5) return undefined
  const length = new DataView(blob.buffer, blob.byteOffset).getUint32(0)
  if (length > 64 || length + 4 > blob.length) return undefined
  const algorithm = Buffer.from(blob.subarray(4, 4 + length)).toString('latin1')
  return /^[!-~]+$/.test(algorithm) ? algorithm : undefined
}

const parseLine = (line: string): { entry: Entry; names: readonly string[] | undefined } | undefined => {
  const read = readKnownHostsLine(line)
  if (read === undefined) return undefined
  const { marker, hosts, algorithm } = read
  const key = { algorithm, blob: Buffer.from(read.blob, 'base64') }
  if (hosts.startsWith('|')) return { entry: { marker, matches: hashed(hosts), key }, names: undefined }
  const names = hosts.toLowerCase().split(',')
  const plain = names.every((name) => !/[*?!]/.test(name))
  return { entry: { marker, matches: matching(names), key }, names: plain ? names : undefined }
}

/** `|1|salt|hash`: HMAC-SHA1 of the name with the salt as its key. */
const hashed = (field: string): Entry['matches'] => {
  const [, , salt = '', hash = ''] = field.split('|')
  const [key, wanted] = [Buffer.from(salt, 'base64'), Buffer.from(hash, 'base64')]
  return (name) => createHmac('sha1', key).update(name).digest().equals(wanted)
}

/** One of the patterns has to match, and no negated one may. */
const matching = (patterns: readonly string[]): Entry['matches'] => {
  const negated = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1))
  const wanted = patterns.filter((pattern) => !pattern.startsWith('!'))
  return (name) =>
    wanted.some((pattern) => matchesWildcard(name, pattern)) &&
    !negated.some((pattern) => matchesWildcard(name, pattern))
}

/** `*` is any text, `?` one character. Never slower than the product of both lengths: it goes back to the last `*` only. */
const matchesWildcard = (text: string, pattern: string): boolean => {
  let [at, next, star, resume] = [0, 0, -1, 0]
  while (at < text.length) {
    if (pattern[next] === '*') {
      star = next++
      resume = at
    } else if (pattern[next] === '?' || pattern[next] === text[at]) {
      next++
      at++
    } else if (star >= 0) {
      next = star + 1
      at = ++resume
    } else return false
  }
  while (pattern[next] === '*') next++
  return next === pattern.length
}
