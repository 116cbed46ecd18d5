import type { Place, Reason } from '@rollcall/contract'
import type { Alias, Defaults, SudoersFile, UserSpec } from './syntax.ts'
import { lastPart } from '../../posix-path.ts'

/** As deep as sudo follows includes (sudoers(5), Including other files). */
export const MAX_INCLUDE_DEPTH = 128
/** Files at most, each counted as often as it is included. */
export const MAX_INCLUDED_FILES = 2000
const MAX_ENTRIES = 200_000

/** Everything that a sudoers file and what it includes say, in the order in which sudo reads it. */
export interface Policy {
  readonly userSpecs: readonly UserSpec[]
  readonly defaults: readonly Defaults[]
  /** By kind and name, such as `user ADMINS`. */
  readonly aliases: ReadonlyMap<string, Alias>
  /** Lines that sudo skips as well. */
  readonly problems: readonly Reason[]
  /** What limits of ours or of sudo left out. */
  readonly cut: readonly Reason[]
  /** Included files and folders that `files` does not hold; where one is known not to exist, that is no matter. */
  readonly wanted: readonly Wanted[]
}

export interface Wanted {
  readonly path: string
  readonly directory: boolean
  readonly at: Place
}

/** The files there are: parsed by path, and for a folder the paths of the files in it. */
export interface Files {
  file(path: string): SudoersFile | undefined
  folder(path: string): readonly string[] | undefined
}

/**
 * Reads a sudoers file with everything it includes, where it is included. `hostname` stands for `%h`, without domain.
 * Cycles end where they close: what sudo reads again there is what it has read already.
 */
export const readPolicy = (root: string, files: Files, hostname: string): Policy => {
  const userSpecs: UserSpec[] = []
  const defaults: Defaults[] = []
  const aliases = new Map<string, Alias>()
  const problems: Reason[] = []
  const cut: Reason[] = []
  const wanted: Wanted[] = []
  const open = new Set<string>()
  let included = 0
  let entries = 0

  const define = (alias: Alias) => {
    const key = `${alias.of} ${alias.name}`
    if (aliases.has(key)) return false
    aliases.set(key, alias)
    return true
  }

  const include = (path: string, at: Place | undefined): void => {
    const file = files.file(path)
    if (file === undefined) {
      if (at !== undefined) wanted.push({ path, directory: false, at })
      return
    }
    if (open.has(path) || open.size > MAX_INCLUDE_DEPTH) return void cut.push({ code: 'too-deep', ...at })
    if (++included > MAX_INCLUDED_FILES) return void cut.push({ code: 'too-many', ...at })
    open.add(path)
    problems.push(...file.problems.filter(({ code }) => code === 'unparsable'))
    cut.push(...file.problems.filter(({ code }) => code !== 'unparsable'))
    for (const entry of file.entries) {
      if (++entries > MAX_ENTRIES) {
        cut.push({ code: 'too-many', ...entry.at })
        break
      }
      switch (entry.kind) {
        case 'user-spec':
          userSpecs.push(entry)
          break
        case 'defaults':
          defaults.push(entry)
          break
        case 'aliases':
          // The first definition stays; what follows a second one on its line is skipped.
          if (!entry.aliases.every(define)) problems.push({ code: 'unparsable', ...entry.at })
          break
        case 'include': {
          const target = includedPath(entry.path, path, hostname)
          if (target === undefined) problems.push({ code: 'unparsable', ...entry.at })
          else if (entry.directory) includeFolder(target, entry.at)
          else include(target, entry.at)
        }
      }
    }
    open.delete(path)
  }

  const includeFolder = (path: string, at: Place) => {
    const names = files.folder(path)
    if (names === undefined) wanted.push({ path, directory: true, at })
    else for (const name of names.filter(isIncludedName).toSorted(byBytes)) include(name, at)
  }

  include(root, undefined)
  return { userSpecs, defaults, aliases, problems, cut, wanted }
}

/** The path an include leads to, seen from the file it stands in. Undefined when it names nothing. */
export const includedPath = (written: string, from: string, hostname: string): string | undefined => {
  const bare = written.length > 1 && written.startsWith('"') && written.endsWith('"') ? written.slice(1, -1) : written
  if (bare === '' || bare.includes('\0')) return undefined
  const named = bare.replaceAll('%h', () => hostname)
  const path = (bare.startsWith('/') ? named : from.slice(0, from.lastIndexOf('/') + 1) + named).replaceAll(
    /\/(?:\.?\/)+/g,
    '/',
  )
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}

/** Package managers and editors leave files behind that are not meant: sudo skips names with a dot or a `~` at the end. */
const isIncludedName = (path: string) => {
  const name = lastPart(path)
  return name !== '' && !name.includes('.') && !name.endsWith('~')
}

const encoder = new TextEncoder()

/** The order of strcmp(3), which for UTF-8 is that of the code points. */
const byBytes = (a: string, b: string) => {
  const [left, right] = [encoder.encode(a), encoder.encode(b)]
  const differs = left.findIndex((byte, index) => byte !== right[index])
  return differs === -1 ? left.length - right.length : left[differs]! - (right[differs] ?? -1)
}
