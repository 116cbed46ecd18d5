import { constants } from 'node:fs'
import { mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Buffer } from 'node:buffer'
import { knownHostsLine, parseKnownHosts, type HostKey, type KnownHosts, type KnownKeys } from './known-hosts.ts'

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

const MAX_FILE_BYTES = 64 * 1024 * 1024

/** Host keys from known_hosts files, read once when first needed, and a file of our own for the pins. */
export const knownHosts = ({ read, pins }: KnownHostsFiles): HostKeys => {
  let loading: Promise<{ files: KnownHosts; pinned: Pins }> | undefined
  const load = () =>
    (loading ??= (async () => ({
      files: parseKnownHosts(await Promise.all(read.map(readText))),
      pinned: await openPins(pins),
    }))())
  return {
    async of(host, port) {
      const { files, pinned } = await load()
      return merged(files.of(host, port), pinned.of(host, port))
    },
    pin: async (host, port, key) => (await load()).pinned.pin(host, port, key),
    malformed: async () => (await load()).files.malformed,
  }
}

const merged = (one: KnownKeys, other: KnownKeys): KnownKeys => ({
  keys: [...one.keys, ...other.keys],
  revoked: [...one.revoked, ...other.revoked],
  authorities: one.authorities + other.authorities,
})

interface Pins {
  of(host: string, port: number): KnownKeys
  pin(host: string, port: number, key: HostKey): Promise<'pinned' | 'differs'>
}

const openPins = async (path: string | undefined): Promise<Pins> => {
  const lines = new Map<string, string>()
  const keep = (text: string) => {
    for (const line of text.split('\n')) {
      const name = line.split(' ', 1)[0]!
      // The first line of a host counts: that is what makes appending safe between processes.
      if (line !== '' && !line.startsWith('#') && !lines.has(name)) lines.set(name, line)
    }
  }
  if (path !== undefined) keep(await readText(path))

  let waiting: string[] = []
  let writing: Promise<void> | undefined
  /** Appends all lines that wait, with one write and one flush to the disk, then hears what other processes appended meanwhile. */
  const flush = async () => {
    const batch = waiting
    waiting = []
    writing = undefined
    await append(path!, batch)
    keep(await readText(path!))
  }
  let last: Promise<void> = Promise.resolve()

  return {
    of(host, port) {
      const name = knownHostsLine(host, port, NO_KEY).split(' ', 1)[0]!
      return parseKnownHosts([lines.get(name) ?? '']).of(host, port)
    },
    async pin(host, port, key) {
      const line = knownHostsLine(host, port, key)
      const name = line.split(' ', 1)[0]!
      if (!lines.has(name)) {
        if (path === undefined) lines.set(name, line)
        else {
          waiting.push(line)
          writing ??= last = last.then(flush, flush)
          await writing
        }
      }
      return lines.get(name) === line ? 'pinned' : 'differs'
    },
  }
}

const NO_KEY: HostKey = { algorithm: '', blob: new Uint8Array() }

const append = async (path: string, lines: readonly string[]) => {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const file = await open(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW, 0o600)
  try {
    const { size } = await file.stat()
    const last = Buffer.alloc(1)
    if (size > 0) await file.read(last, 0, 1, size - 1)
    // A line that was cut by a crash must not swallow the next one.
    const start = size > 0 && last[0] !== 0x0a ? '\n' : ''
    await file.write(`${start}${lines.join('\n')}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
}

const readText = async (path: string): Promise<string> => {
  try {
    const file = await open(path, 'r')
    try {
      const { size } = await file.stat()
      if (size > MAX_FILE_BYTES) throw new RangeError(`${path}: more than ${MAX_FILE_BYTES} bytes of host keys`)
    } finally {
      await file.close()
    }
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
