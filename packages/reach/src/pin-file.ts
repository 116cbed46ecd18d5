import { appendLines, replaceLines } from './durable-lines.ts'
import { readText, versionOf } from './host-key-files.ts'

/** Lines of which each begins with the name of what it is about. */
export interface PinFile {
  /** The lines of a name that count: the approved ones, or the first where none is. */
  lines(name: string): Promise<readonly string[]>
  /** Lines that are about more than one plain name: hashed names, patterns, and markers such as `@revoked`. */
  others(): Promise<readonly string[]>
  /** Records the line of a name that had none. Durable when it resolves, with the line that counts. */
  add(name: string, line: string): Promise<string>
}

/** How far a pin is trusted, and by what it came to be one. */
export type PinStanding =
  /** It was seen when somebody logged in there for the first time. */
  | 'first-use'
  /** It was asked for, and nobody has logged in there since. */
  | 'collected'
  /** Somebody vouches for it. */
  | 'approved'

/** Marks stand where known_hosts has its comment: ssh reads that file as well, and ignores them. */
const MARKS: ReadonlySet<string> = new Set(['approved', 'collected'])

/** Without a path, what is recorded lasts as long as the process. A file that changed since is read again. */
export const openPinFile = (path: string | undefined): PinFile => {
  let known: PinLines = new Map()
  let others: readonly string[] = []
  let read: string | undefined

  const refresh = async () => {
    if (path === undefined) return
    const version = await versionOf(path)
    if (version === read) return
    const lines = linesOf(await readText(path))
    known = byName(lines)
    others = lines.filter((line) => !isPlain(nameOf(line)))
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
    await appendLines(path!, batch)
    await refresh()
  }

  return {
    async lines(name) {
      await refresh()
      return known.get(name) ?? []
    },
    async others() {
      await refresh()
      return others
    },
    async add(name, line) {
      await refresh()
      if (!known.has(name)) {
        if (path === undefined) known = new Map([...known, [name, [line]]])
        else {
          waiting.push(line)
          writing ??= last = last.then(flush, flush)
          await writing
        }
      }
      return known.get(name)?.[0] ?? ''
    },
  }
}

/** Every line that counts, in the order of the file, by its name; then those that are about more than one plain name. */
export const pinLines = async (path: string): Promise<readonly string[]> => {
  const lines = linesOf(await readText(path))
  return [...[...byName(lines).values()].flat(), ...lines.filter((line) => !isPlain(nameOf(line)))]
}

/** Forgets the pins of these names: the next scan sees those targets for the first time. Gives how many lines there were. */
export const forgetPins = async (path: string, names: readonly string[]): Promise<number> => {
  const left = new Set(names)
  return rewritePins(path, (lines) => lines.filter((line) => !left.has(nameOf(line))))
}

/** Writes a file anew where that changes it. Gives how many lines went or are new. */
export const rewritePins = (path: string, change: (lines: readonly string[]) => readonly string[]): Promise<number> =>
  inTurn(path, async () => {
    const before = await pinLines(path)
    const after = change(before)
    const [old, fresh] = [new Set(before), new Set(after)]
    const changed = Math.max(
      after.filter((line) => !old.has(line)).length,
      before.filter((line) => !fresh.has(line)).length,
    )
    if (changed > 0) await replaceLines(path, after)
    return changed
  })

export const standingOf = (line: string): PinStanding => {
  const mark = line.slice(line.lastIndexOf(' ') + 1)
  return mark === 'approved' || mark === 'collected' ? mark : 'first-use'
}

export const isApproved = (line: string): boolean => standingOf(line) === 'approved'

/** A line without the mark behind it. */
export const withoutMark = (line: string): string => {
  const at = line.lastIndexOf(' ')
  return MARKS.has(line.slice(at + 1)) ? line.slice(0, at) : line
}

export const marked = (line: string, standing: PinStanding): string =>
  standing === 'first-use' ? withoutMark(line) : `${withoutMark(line)} ${standing}`

export const nameOf = (line: string): string => line.split(' ', 1)[0]!

/** Whether a name stands for itself, and not for a hash, a pattern or a marker. */
export const isPlain = (name: string): boolean => !/^[@|]|[*?!,]/.test(name)

type PinLines = ReadonlyMap<string, readonly string[]>

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))

/** The first line of a name counts: that is what makes appending safe between processes. Approved ones are never appended, and go before it. */
const byName = (lines: readonly string[]): PinLines => {
  const known = new Map<string, string[]>()
  for (const line of lines) {
    const name = nameOf(line)
    if (!isPlain(name)) continue
    const before = known.get(name)
    if (before === undefined) known.set(name, [line])
    else if (isApproved(line)) known.set(name, isApproved(before[0]!) ? [...before, line] : [line])
  }
  return known
}

const turns = new Map<string, Promise<unknown>>()

/** One after the other: what is written must follow from what was read. */
const inTurn = <T>(path: string, work: () => Promise<T>): Promise<T> => {
  const mine = (turns.get(path) ?? Promise.resolve()).then(work, work)
  turns.set(
    path,
    // Whoever asked hears of it; the next in turn must not.
    mine.catch(() => undefined),
  )
  return mine
}
