import { readText, versionOf } from './host-key-files.ts'
import type { PinStanding } from './pin-file.ts'
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
  pin(host: string, port: number, key: HostKey, standing?: PinStanding): Promise<'pinned' | 'differs'>
  /** Hears of a key that is not the known one; nothing was offered to whoever shows it. */
  shown?(host: string, port: number, key: HostKey): Promise<void>
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
    pin: (host, port, key, standing) => pinned.pin(host, port, key, standing),
    malformed: async () => (await load()).malformed,
  }
}

/** Where somebody vouches for a key of a host, one that was only seen counts no more. */
const merged = (files: KnownKeys, own: KnownKeys): KnownKeys => ({
  keys: [...files.keys, ...(files.verified && !own.verified ? [] : own.keys)],
  revoked: [...files.revoked, ...own.revoked],
  verified: files.verified || own.verified,
  ...(own.collected === true && !files.verified ? { collected: true } : {}),
  authorities: files.authorities + own.authorities,
})
