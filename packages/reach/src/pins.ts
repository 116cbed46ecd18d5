import { Buffer } from 'node:buffer'
import { knownHostsLine, parseKnownHosts, type HostKey, type KnownKeys } from './known-hosts.ts'
import { isApproved, openPinFile, pinLines, withoutMark } from './pin-file.ts'

/** A host key that was pinned: on first use, or approved by somebody since. */
export interface Pin {
  /** As known_hosts names it: `host`, or `[host]:port` for a port other than 22. */
  readonly name: string
  readonly key: HostKey
  readonly approved: boolean
}

export interface Pins {
  of(host: string, port: number): Promise<KnownKeys>
  /**
   * Records the key of a host that had none. Durable when it resolves. `differs` when somebody else recorded another key of
   * that host first, and then nothing may be offered to it.
   */
  pin(host: string, port: number, key: HostKey): Promise<'pinned' | 'differs'>
}

/** Our own file of host keys, in the format of known_hosts. Without a path, pins last as long as the process. */
export const openPins = (path: string | undefined): Pins => {
  const file = openPinFile(path)
  return {
    async of(host, port) {
      const line = (await file.line(nameOf(host, port))) ?? ''
      const known = parseKnownHosts([line]).of(host, port)
      return { ...known, verified: known.verified && isApproved(line) }
    },
    async pin(host, port, key) {
      const line = knownHostsLine(host, port, key)
      return withoutMark(await file.add(nameOf(host, port), line)) === line ? 'pinned' : 'differs'
    },
  }
}

/** Every pin of a file, in its order. */
export const listPins = async (path: string): Promise<Pin[]> =>
  [...(await pinLines(path))].map(([name, line]) => {
    const [, algorithm = '', blob = ''] = line.split(' ')
    return { name, key: { algorithm, blob: Uint8Array.from(Buffer.from(blob, 'base64')) }, approved: isApproved(line) }
  })

const nameOf = (host: string, port: number) => knownHostsLine(host, port, NO_KEY).split(' ', 1)[0]!
const NO_KEY: HostKey = { algorithm: '', blob: new Uint8Array() }
