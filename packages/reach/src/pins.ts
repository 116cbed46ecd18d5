import { Buffer } from 'node:buffer'
import { knownHostsLine, parseKnownHosts, type HostKey, type KnownKeys } from './known-hosts.ts'
import {
  isApproved,
  isPlain,
  marked,
  nameOf,
  openPinFile,
  pinLines,
  rewritePins,
  standingOf,
  withoutMark,
  type PinStanding,
} from './pin-file.ts'

/** A host key that was pinned. */
export interface Pin {
  /** As known_hosts names it: `host`, or `[host]:port` for a port other than 22; where it was imported also a hashed name or a pattern. */
  readonly name: string
  readonly key: HostKey
  readonly standing: PinStanding
  /** It is never to be accepted. */
  readonly revoked: boolean
}

/** A key that somebody vouches for, or says never to accept. */
export type VouchedKey = Pick<Pin, 'name' | 'key' | 'revoked'>

export interface Pins {
  of(host: string, port: number): Promise<KnownKeys>
  /**
   * Records the key of a host that had none. Durable when it resolves. `differs` when somebody else recorded another key of
   * that host first, and then nothing may be offered to it.
   */
  pin(host: string, port: number, key: HostKey, standing?: PinStanding): Promise<'pinned' | 'differs'>
}

/** Our own file of host keys, in the format of known_hosts. Without a path, pins last as long as the process. */
export const openPins = (path: string | undefined): Pins => {
  const file = openPinFile(path)
  return {
    async of(host, port) {
      const lines = await file.lines(pinName(host, port))
      const others = parseKnownHosts(await file.others()).of(host, port)
      const own = parseKnownHosts(lines).of(host, port)
      const approved = own.keys.length > 0 && lines.every(isApproved)
      // What somebody vouches for under a hashed name or a pattern goes before what was only seen.
      const keys = others.keys.length > 0 && !approved ? others.keys : [...own.keys, ...others.keys]
      return {
        keys,
        revoked: [...own.revoked, ...others.revoked],
        verified: keys.length > 0 && (approved || others.keys.length > 0),
        ...(others.keys.length === 0 && standingOf(lines[0] ?? '') === 'collected' ? { collected: true } : {}),
        authorities: 0,
      }
    },
    async pin(host, port, key, standing = 'first-use') {
      const line = marked(knownHostsLine(host, port, key), standing)
      return withoutMark(await file.add(pinName(host, port), line)) === withoutMark(line) ? 'pinned' : 'differs'
    },
  }
}

/** Every pin of a file, in its order. A line that was damaged has a key that no host has. */
export const listPins = async (path: string): Promise<Pin[]> =>
  (await pinLines(path)).flatMap((line) => {
    const revoked = line.startsWith('@revoked ')
    const [name = '', algorithm = '', blob = ''] = (revoked ? line.slice('@revoked '.length) : line).split(' ')
    if (name.startsWith('@')) return []
    return [
      {
        name,
        key: { algorithm, blob: Uint8Array.from(Buffer.from(blob, 'base64')) },
        standing: revoked ? ('approved' as const) : standingOf(line),
        revoked,
      },
    ]
  })

/**
 * Writes down that somebody vouches for these keys. Of a host, other keys of the same kind go, and all that nobody vouched for: only one who
 * shows one of these is believed from then on. Gives how many lines changed.
 */
export const vouchForKeys = (path: string, vouched: readonly VouchedKey[]): Promise<number> => {
  const lines = vouched.map(vouchedLine)
  const fresh = new Map(lines.map((line) => [placeOf(line), line]))
  const names = new Set(lines.map(nameOf))
  return rewritePins(path, (before) => [
    ...before.filter((line) => !fresh.has(placeOf(line)) && (isApproved(line) || !names.has(nameOf(line)))),
    ...fresh.values(),
  ])
}

/** Vouches for what is pinned under these names, or everywhere. Gives how many were not approved before. */
export const approvePins = (path: string, names: readonly string[] | 'all'): Promise<number> =>
  rewritePins(path, (lines) =>
    lines.map((line) =>
      isPlain(nameOf(line)) && (names === 'all' || names.includes(nameOf(line))) ? marked(line, 'approved') : line,
    ),
  )

const vouchedLine = ({ name, key: { algorithm, blob }, revoked }: VouchedKey) =>
  revoked
    ? `@revoked ${name} ${algorithm} ${Buffer.from(blob).toString('base64')}`
    : `${name} ${algorithm} ${Buffer.from(blob).toString('base64')} approved`

/** Of a name there is one key of each kind; of what is revoked there may be many. */
const placeOf = (line: string) => (line.startsWith('@') ? line : line.split(' ', 2).join(' '))

/** How known_hosts names a host. */
export const pinName = (host: string, port: number): string => nameOf(knownHostsLine(host, port, NO_KEY))
const NO_KEY: HostKey = { algorithm: '', blob: new Uint8Array() }
