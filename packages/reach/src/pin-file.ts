import { appendLines, replaceLines } from './durable-lines.ts'
import { readText, versionOf } from './host-key-files.ts'

/** Lines of which each begins with the name of what it is about; of one name the first line counts. */
export interface PinFile {
  line(name: string): Promise<string | undefined>
  /** Records the line of a name that had none. Durable when it resolves, with the line that counts. */
  add(name: string, line: string): Promise<string>
}

/** Stands behind a line that somebody vouches for, where known_hosts has its comment: ssh reads that file as well, and ignores it. */
const APPROVED = 'approved'

/** Without a path, what is recorded lasts as long as the process. A file that changed since is read again. */
export const openPinFile = (path: string | undefined): PinFile => {
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
    await appendLines(path!, batch)
    await refresh()
  }

  return {
    async line(name) {
      await refresh()
      return lines.get(name)
    },
    async add(name, line) {
      await refresh()
      if (!lines.has(name)) {
        if (path === undefined) lines.set(name, line)
        else {
          waiting.push(line)
          writing ??= last = last.then(flush, flush)
          await writing
        }
      }
      return lines.get(name) ?? ''
    },
  }
}

/** Every line that counts, by its name, in the order of the file. */
export const pinLines = async (path: string): Promise<ReadonlyMap<string, string>> => firstLines(await readText(path))

/** Approves the pins of these names, or of all: passwords may go there from then on. Gives how many were not approved before. */
export const approvePins = (path: string, names: readonly string[] | 'all'): Promise<number> =>
  rewrite(path, (name, line) =>
    isApproved(line) || !(names === 'all' || names.includes(name)) ? line : `${line} ${APPROVED}`,
  )

/** Forgets the pins of these names: the next scan sees those targets for the first time. Gives how many there were. */
export const forgetPins = (path: string, names: readonly string[]): Promise<number> =>
  rewrite(path, (name, line) => (names.includes(name) ? undefined : line))

export const isApproved = (line: string): boolean => line.endsWith(` ${APPROVED}`)

/** A line without the mark of approval. */
export const withoutMark = (line: string): string => (isApproved(line) ? line.slice(0, -APPROVED.length - 1) : line)

const rewrite = async (path: string, change: (name: string, line: string) => string | undefined): Promise<number> => {
  const before = [...firstLines(await readText(path))]
  const after = before.map(([name, line]) => change(name, line))
  const changed = after.filter((line, index) => line !== before[index]![1]).length
  if (changed > 0)
    await replaceLines(
      path,
      after.flatMap((line) => (line === undefined ? [] : [line])),
    )
  return changed
}

/** The first line of a name counts: that is what makes appending safe between processes. */
const firstLines = (text: string): Map<string, string> => {
  const lines = new Map<string, string>()
  for (const line of text.split('\n')) {
    const name = line.split(' ', 1)[0]!
    if (line !== '' && !line.startsWith('#') && !lines.has(name)) lines.set(name, line)
  }
  return lines
}
