import { lstat, opendir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Reason, ReasonCode } from '@rollcall/contract'

/** A regular file below the paths that were given, by the name that leads to it from there. */
export interface TreeFile {
  readonly path: string
  readonly size: number
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** ISO 8601, UTC. */
  readonly modified: string
}

export interface TreeWalk {
  readonly files: readonly TreeFile[]
  /** Folders and files that could not be looked at. */
  readonly reasons: readonly Reason[]
}

/** Deeper than the longest path of a system goes. */
const DEEPEST = 256

/**
 * All regular files at and below some paths. Symbolic links are not followed, but for those that are given themselves; what a version
 * control system keeps for itself is passed over, and so is what `passes` refuses.
 */
export const walkTree = async (
  paths: readonly string[],
  passes: (path: string) => boolean,
  signal: AbortSignal,
): Promise<TreeWalk> => {
  const files: TreeFile[] = []
  const reasons: Reason[] = []
  const missed = (path: string, error: unknown) => reasons.push({ code: whyNot(error), path: path.slice(0, 4096) })

  const visit = async (path: string, depth: number): Promise<void> => {
    if (signal.aborted || !passes(path)) return
    try {
      const about = await (depth === 0 ? stat(path) : lstat(path))
      if (about.isDirectory()) {
        if (depth >= DEEPEST) reasons.push({ code: 'too-deep', path: path.slice(0, 4096) })
        else await visitAll(path, depth)
      } else if (about.isFile()) {
        const { size, mode, uid, gid, mtime } = about
        files.push({ path, size, mode: mode & 0o7777, uid, gid, modified: mtime.toISOString() })
      }
    } catch (error) {
      missed(path, error)
    }
  }
  const visitAll = async (folder: string, depth: number) => {
    const names: string[] = []
    for await (const { name } of await opendir(folder)) if (!PASSED_OVER.has(name)) names.push(name)
    for (const name of names.toSorted()) await visit(join(folder, name), depth + 1)
  }

  for (const path of paths) await visit(path, 0)
  return { files, reasons }
}

const PASSED_OVER: ReadonlySet<string> = new Set(['.git', '.hg', '.svn'])

const CODES: Readonly<Record<string, ReasonCode>> = {
  EACCES: 'not-permitted',
  EPERM: 'not-permitted',
  ENOENT: 'no-such-file',
  ELOOP: 'broken-link',
  ENAMETOOLONG: 'too-deep',
}

/** Why the system did not give something, as a reason. */
export const whyNot = (error: unknown): ReasonCode => CODES[(error as NodeJS.ErrnoException).code ?? ''] ?? 'io-error'
