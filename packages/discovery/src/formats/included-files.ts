import type { HostFile } from '../host.ts'
import type { Gathering } from '../probe.ts'
import { literally } from '../posix-path.ts'

/** What one pattern gave. */
export interface AskedFiles {
  readonly pattern: string
  readonly files: readonly HostFile[]
}

/** Files of a configuration, some of which name others. */
export interface IncludedFiles {
  /** The text of a file; undefined when it was not read. */
  readonly text: (path: string) => string | undefined
  /** The paths that were read for a pattern, in the order of their names. */
  readonly paths: (pattern: string) => readonly string[]
}

/** Asks for files by their patterns, each pattern's apart. */
export const askFiles = (host: Pick<Gathering, 'read'>, patterns: readonly string[]): Promise<AskedFiles[]> =>
  Promise.all(patterns.map(async (pattern) => ({ pattern, files: await host.read(pattern) })))

/** Asks for files, and for what they name, each level one more round trip. */
export const gatherIncluded = async (
  host: Pick<Gathering, 'read' | 'missed'>,
  first: readonly string[],
  wanted: (files: IncludedFiles) => readonly string[],
): Promise<AskedFiles[]> => {
  const asked = await askFiles(host, first)
  for (let round = 0; ; round++) {
    const known = new Set(asked.flatMap(({ pattern, files }) => [pattern, ...files.map(({ path }) => literally(path))]))
    const more = [...new Set(wanted(includedFiles(asked)))].filter((pattern) => !known.has(pattern))
    if (more.length === 0) return asked
    const room = round < MOST_ROUNDS ? more.slice(0, MOST_PATTERNS - asked.length) : []
    if (room.length < more.length)
      host.missed({ code: 'too-many', detail: 'included files', count: more.length - room.length })
    if (room.length === 0) return asked
    asked.push(...(await askFiles(host, room)))
  }
}

const MOST_ROUNDS = 6
const MOST_PATTERNS = 300

export const includedFiles = (asked: readonly AskedFiles[]): IncludedFiles => {
  const files = new Map<string, HostFile>()
  for (const file of asked.flatMap((one) => one.files)) if (file.state === 'read') files.set(file.path, file)
  const texts = new Map<string, string>()
  const byPattern = new Map(asked.map((one) => [one.pattern, one.files]))
  return {
    text(path) {
      const known = texts.get(path)
      const file = files.get(path)
      if (known !== undefined || file?.state !== 'read') return known
      const text = UTF8.decode(file.bytes)
      texts.set(path, text)
      return text
    },
    paths(pattern) {
      const found = byPattern.get(pattern)?.flatMap(({ path, state }) => (state === 'read' ? [path] : []))
      // It may have been read for another pattern.
      return found?.toSorted() ?? (files.has(pattern) ? [pattern] : [])
    },
  }
}

const UTF8 = new TextDecoder()
