import type { Reason } from '@rollcall/contract'
import type { CommandResult, HostAnswer, HostFile, HostRequest, Unread } from './host.ts'
import { literally } from './posix-path.ts'
import type { OfferHash } from './stored-hash.ts'
import type { DistilTools, Distilling, FileLook, LookedAt, WantedFile } from './probe.ts'

/** What was kept of the files of one host when they were last looked at. It holds no secrets, and may have forgotten anything. */
export interface FileMemory {
  /** What a look of this version kept of a file that had this stamp; undefined where it is not known. */
  recall(version: string, path: string, stamp: string): { readonly kept: unknown } | undefined
  /** `kept` is a JSON value, or undefined where nothing was found. */
  keep(version: string, path: string, stamp: string, kept: unknown): void
}

/** A file that was to be looked at and was not, or not to its end. */
export interface Unlooked {
  readonly path: string
  readonly why: Unread
}

/** What is heard while distilling, from which the outcome of a probe follows. */
export interface DistilHeard {
  readonly commands: { name: string; result: CommandResult }[]
  readonly missed: Reason[]
  readonly looked: { count: number; readonly unlooked: Unlooked[] }
}

export interface DistilSource extends DistilTools {
  /** Asks what nobody else gets the answer to. */
  readonly askOnce: (request: HostRequest) => Promise<HostAnswer>
  readonly memory: FileMemory | undefined
  /** When the scan began. */
  readonly now: Date
}

/** What one probe looks at files and outputs with that may hold secrets. */
export const distilling = (source: DistilSource, heard: DistilHeard): Distilling => {
  const { askOnce, keyedDigest, hash, offerHash } = source
  const tools: DistilTools = {
    keyedDigest,
    ...(hash === undefined ? {} : { hash }),
    ...(offerHash === undefined ? {} : { offerHash }),
  }
  return {
    async run(options, argv, look) {
      const answer = await askOnce({ kind: 'run', argv, ...options })
      const result: CommandResult = answer.kind === 'run' ? answer.result : LOST
      heard.commands.push({ name: argv[0], result: withoutContent(result) })
      return look(result, tools)
    },
    async read(options, patterns, look) {
      const answers = await Promise.all(patterns.map((pattern) => askOnce({ kind: 'read', pattern, ...options })))
      const files = answers.flatMap((answer) => (answer.kind === 'read' ? answer.files : []))
      for (const file of files) hear(heard, file)
      return look(files, tools)
    },
    files: (files, look) => lookAtFiles(files, look, source, heard),
  }
}

const LOST = { state: 'unread', why: 'connection-lost' } as const
const NOTHING = new Uint8Array()

const withoutContent = (result: CommandResult): CommandResult =>
  result.state === 'ran' ? { ...result, stdout: NOTHING } : result

const hear = ({ looked }: DistilHeard, file: HostFile) => {
  if (file.state === 'read') looked.count++
  if (file.state === 'unread') looked.unlooked.push({ path: file.path, why: file.why })
  else if (file.truncated) looked.unlooked.push({ path: file.path, why: 'too-large' })
}

const lookAtFiles = async <Kept>(
  files: readonly WantedFile[],
  look: FileLook<Kept>,
  source: DistilSource,
  heard: DistilHeard,
): Promise<LookedAt<Kept>[]> => {
  const done = new Map<WantedFile, LookedAt<Kept>>()
  const version = versionOf(look.version, source.offerHash !== undefined)
  const unknown: WantedFile[] = []
  for (const file of files) {
    const known = file.stamp === undefined ? undefined : source.memory?.recall(version, file.path, stampOf(file))
    if (known === undefined) unknown.push(file)
    else done.set(file, { path: file.path, state: 'looked', kept: known.kept as Kept | undefined })
  }
  heard.looked.count += done.size

  const take = (part: readonly WantedFile[], read: readonly HostFile[]) => {
    for (const [index, file] of part.entries()) {
      const found = read[index] ?? { path: file.path, state: 'unread', why: 'io-error' }
      hear(heard, { ...found, path: file.path })
      if (found.state === 'unread') {
        done.set(file, { path: file.path, state: 'unread', why: found.why })
        continue
      }
      try {
        const { tools, offered } = noticing(source)
        const kept = look.of(file.path, found.bytes, found.truncated, tools)
        done.set(file, { path: file.path, state: 'looked', kept })
        if (file.stamp !== undefined && !found.truncated && !offered() && isSettled(file.stamp, source.now))
          source.memory?.keep(version, file.path, stampOf(file), kept)
      } catch (error) {
        // Only the kind of a fault is told: its message may quote the file.
        const detail = error instanceof Error ? error.name : 'unknown'
        heard.missed.push({ code: 'probe-fault', path: file.path.slice(0, 4096), detail })
        done.set(file, { path: file.path, state: 'unread', why: 'io-error' })
      }
    }
  }

  const { parts, beyond } = partsOf(unknown, look)
  for (const file of beyond) {
    heard.looked.unlooked.push({ path: file.path, why: 'too-many' })
    done.set(file, { path: file.path, state: 'unread', why: 'too-many' })
  }
  // The next part is under way while one is looked at: never more than two of them are held.
  let next = parts.length === 0 ? undefined : readPart(parts[0]!, source)
  for (const [index, part] of parts.entries()) {
    const read = await next!
    next = index + 1 < parts.length ? readPart(parts[index + 1]!, source) : undefined
    take(part, read)
  }
  return files.map((file) => done.get(file)!)
}

/** What was remembered while no hashes were asked for may be of files that hold some. */
export const versionOf = (version: string, withHashes: boolean): string =>
  withHashes ? `${version}, files of hashes left out` : version

/** The tools, with word of whether a hash was offered. */
const noticing = (source: DistilTools): { tools: DistilTools; offered: () => boolean } => {
  const { offerHash } = source
  if (offerHash === undefined) return { tools: source, offered: () => false }
  let any = false
  const noticed: OfferHash = (hash) => {
    any = true
    offerHash(hash)
  }
  return { tools: { ...source, offerHash: noticed }, offered: () => any }
}

/** A file that grew or shrank while its stamp stayed is another one. */
export const stampOf = ({ stamp, size }: Pick<WantedFile, 'stamp' | 'size'>): string => `${stamp} ${size}`

/**
 * Whether a file that changes again has another stamp then. Where the host tells whole seconds only, one that changed of late could
 * change again in the same; an hour is more than most clocks are wrong by.
 */
const isSettled = (stamp: string, now: Date): boolean => {
  const [, seconds = '', fraction = ''] = /:(-?\d{1,20})(?:\.(\d{1,10}))?$/.exec(stamp) ?? []
  return /[1-9]/.test(fraction) || Number(seconds) * 1000 < now.getTime() - HOUR
}

const HOUR = 3_600_000

/** So much is read at a time. */
const PART_BYTES = 2 * 1024 * 1024
const PART_FILES = 1500

/** What reading a file costs besides its bytes. */
const OVERHEAD = 1024

const partsOf = (
  files: readonly WantedFile[],
  { maxFiles, maxBytes }: Pick<FileLook<unknown>, 'maxFiles' | 'maxBytes'>,
): { parts: WantedFile[][]; beyond: WantedFile[] } => {
  const parts: WantedFile[][] = []
  const beyond: WantedFile[] = []
  let [bytes, count, all] = [PART_BYTES, 0, 0]
  for (const file of files) {
    const cost = OVERHEAD + bytesOf(file)
    if (count >= maxFiles || all + cost > maxBytes) {
      beyond.push(file)
      continue
    }
    const last = parts.at(-1)
    if (last === undefined || bytes + cost > PART_BYTES || last.length >= PART_FILES) {
      parts.push([file])
      bytes = cost
    } else {
      last.push(file)
      bytes += cost
    }
    all += cost
    count++
  }
  return { parts, beyond }
}

const bytesOf = ({ size, maxBytes, unpack }: WantedFile) => (unpack ? maxBytes : Math.min(size, maxBytes))

/** Small files together, and by themselves those of which only the beginning is read or that are packed. */
const readPart = async (
  part: readonly WantedFile[],
  { askOnce }: Pick<DistilSource, 'askOnce'>,
): Promise<HostFile[]> => {
  const isSmall = (file: WantedFile) => !file.unpack && file.size <= file.maxBytes
  const together = part.filter(isSmall)
  const bytes = together.reduce((sum, { size }) => sum + size, 0)
  const [fetched, ...singles] = await Promise.all([
    together.length === 0
      ? undefined
      : askOnce({ kind: 'fetch', paths: together.map(({ path }) => path), maxBytes: bytes + SLACK }),
    ...part
      .filter((file) => !isSmall(file))
      .map(({ path, maxBytes, unpack }) =>
        askOnce({ kind: 'read', pattern: literally(path), maxBytes, ...(unpack ? { unpack } : {}) }),
      ),
  ])
  const known = new Map<string, HostFile>()
  if (fetched?.kind === 'fetch')
    for (const [index, file] of fetched.files.entries()) {
      const { path } = together[index] ?? file
      known.set(path, file)
    }
  for (const answer of singles) if (answer?.kind === 'read') for (const file of answer.files) known.set(file.path, file)
  return part.map(({ path }) => known.get(path) ?? { path, state: 'unread', why: 'io-error' })
}

/** By so much all files of a part may have grown since they were found. */
const SLACK = 256 * 1024
