import { readText, versionOf } from './host-key-files.ts'
import { openPins } from './pins.ts'
import { parseKnownHosts, type HostKey, type KnownHosts, type KnownKeys } from './known-hosts.ts'

/** Which key each host has to prove. */
export interface HostKeys {
  /** What is known of a host, by the name or address under which it is reached. */
  of(host: string, port: number): Promise<KnownKeys>
  /**
   * Records the key of a host that had none. Durable when it resolves. `differs` when somebody else recorded another key of
   * that host first, and then nothing may be offered to it.
   */
  pin(host: string, port: number, key: HostKey): Promise<'pinned' | 'differs'>
  /** Lines of the files that do not follow the format; they are left out. */
  malformed(): Promise<number>
}

export interface KnownHostsFiles {
  /** known_hosts files that are only read; one that does not exist is an empty one. */
  readonly read: readonly string[]
  /** Our own file, in the same format, to which pins are appended. Without it, pins last as long as the process. */
  readonly pins?: string
}

/** Host keys from known_hosts files, and a file of our own for the pins. Files that changed since are read again. */
export const knownHosts = ({ read, pins }: KnownHostsFiles): HostKeys => {
  const pinned = openPins(pins)
  let known: { readonly version: string; readonly files: Promise<KnownHosts> } | undefined
  const load = async () => {
    const version = (await Promise.all(read.map(versionOf))).join(' ')
    if (known?.version !== version)
      known = { version, files: Promise.all(read.map(readText)).then((texts) => parseKnownHosts(texts)) }
    return known.files
  }
  return {
    async of(host, port) {
      const [files, own] = await Promise.all([load(), pinned.of(host, port)])
      return merged(files.of(host, port), own)
    },
    pin: (host, port, key) => pinned.pin(host, port, key),
    malformed: async () => (await load()).malformed,
  }
}

const merged = (one: KnownKeys, other: KnownKeys): KnownKeys => ({
  keys: [...one.keys, ...other.keys],
  revoked: [...one.revoked, ...other.revoked],
  verified: one.verified || other.verified,
  authorities: one.authorities + other.authorities,
})
