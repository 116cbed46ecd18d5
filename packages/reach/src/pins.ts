import { randomBytes } from 'node:crypto'
import { Buffer } from 'node:buffer'
import { constants } from 'node:fs'
import { mkdir, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { readText, versionOf } from './host-key-files.ts'
import { knownHostsLine, parseKnownHosts, type HostKey, type KnownKeys } from './known-hosts.ts'

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

/** Stands behind the key, where known_hosts has its comment: ssh reads the file as well, and ignores it. */
const APPROVED = 'approved'

/** Our own file of host keys, in the format of known_hosts. Without a path, pins last as long as the process. */
export const openPins = (path: string | undefined): Pins => {
  let lines = new Map<string, string>()
  let read: string | undefined

  const refresh = async () => {
    if (path === undefined) return
    const version = await versionOf(path)
    if (version === read) return
    lines = firstLines(await readText(path))
    read = version
  }

  let waiting: string[] = []
  let writing: Promise<void> | undefined
  let last: Promise<void> = Promise.resolve()
  /** Appends all lines that wait, with one write and one flush to the disk, then hears what other processes appended meanwhile. */
  const flush = async () => {
    const batch = waiting
    waiting = []
    writing = undefined
    await append(path!, batch)
    await refresh()
  }

  return {
    async of(host, port) {
      await refresh()
      const line = lines.get(nameOf(host, port)) ?? ''
      const known = parseKnownHosts([line]).of(host, port)
      return { ...known, verified: known.verified && isApproved(line) }
    },
    async pin(host, port, key) {
      const line = knownHostsLine(host, port, key)
      const name = nameOf(host, port)
      await refresh()
      if (!lines.has(name)) {
        if (path === undefined) lines.set(name, line)
        else {
          waiting.push(line)
          writing ??= last = last.then(flush, flush)
          await writing
        }
      }
      return withoutMark(lines.get(name) ?? '') === line ? 'pinned' : 'differs'
    },
  }
}

/** Every pin of a file, in its order. */
export const listPins = async (path: string): Promise<Pin[]> =>
  [...firstLines(await readText(path))].flatMap(([name, line]) => {
    const [, algorithm = '', blob = ''] = line.split(' ')
    return [
      { name, key: { algorithm, blob: Uint8Array.from(Buffer.from(blob, 'base64')) }, approved: isApproved(line) },
    ]
  })

/** Approves the pins of these names, or of all: passwords may go there from then on. Gives how many were not approved before. */
export const approvePins = (path: string, names: readonly string[] | 'all'): Promise<number> =>
  rewrite(path, (name, line) =>
    isApproved(line) || !(names === 'all' || names.includes(name)) ? line : `${line} ${APPROVED}`,
  )

/** Forgets the pins of these names: the next scan sees those hosts for the first time. Gives how many there were. */
export const forgetPins = (path: string, names: readonly string[]): Promise<number> =>
  rewrite(path, (name, line) => (names.includes(name) ? undefined : line))

const rewrite = async (path: string, change: (name: string, line: string) => string | undefined): Promise<number> => {
  const before = [...firstLines(await readText(path))]
  const after = before.map(([name, line]) => change(name, line))
  const changed = after.filter((line, index) => line !== before[index]![1]).length
  if (changed === 0) return 0
  // Beside the file and renamed over it: a crash leaves one whole file or the other.
  const beside = `${path}.${randomBytes(6).toString('hex')}`
  const file = await open(beside, 'wx', 0o600)
  try {
    await file.write(after.flatMap((line) => (line === undefined ? [] : [`${line}\n`])).join(''))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(beside, path)
  return changed
}

/** The first line of a host counts: that is what makes appending safe between processes. */
const firstLines = (text: string): Map<string, string> => {
  const lines = new Map<string, string>()
  for (const line of text.split('\n')) {
    const name = line.split(' ', 1)[0]!
    if (line !== '' && !line.startsWith('#') && !lines.has(name)) lines.set(name, line)
  }
  return lines
}

const nameOf = (host: string, port: number) => knownHostsLine(host, port, NO_KEY).split(' ', 1)[0]!
const NO_KEY: HostKey = { algorithm: '', blob: new Uint8Array() }

const isApproved = (line: string) => line.endsWith(` ${APPROVED}`)
const withoutMark = (line: string) => (isApproved(line) ? line.slice(0, -APPROVED.length - 1) : line)

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
