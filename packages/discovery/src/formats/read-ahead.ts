import type { HostFile } from '../host.ts'
import type { Gathering } from '../probe.ts'
import { folderOf, literally } from '../posix-path.ts'

/** For each path its file, or why it could not be read. */
export type PathReader = (paths: readonly string[]) => Promise<readonly HostFile[]>

/**
 * Reads files before it is known which of them matter: those that match. What is asked for afterwards is taken from there, so that it
 * takes no further round trip; what is not there is asked for by its path. In `whole` folders each name is asked for, hidden ones
 * aside, so that what does not show there does not exist.
 */
export const readAhead = (
  host: Pick<Gathering, 'readWith' | 'ahead' | 'heed'>,
  { whole = [], patterns = [] }: { readonly whole?: readonly string[]; readonly patterns?: readonly string[] },
  options: Parameters<Gathering['readWith']>[0],
): PathReader => {
  const all = whole.map((folder) => `${folder}/*`)
  const early = host.ahead.readWith(options, ...all, ...patterns).then((files) => {
    const byPath = new Map(files.map((file) => [file.path, file]))
    const listed = whole.filter((folder) => {
      const said = byPath.get(`${folder}/*`)
      return said === undefined || isAbsent(said)
    })
    return { byPath, listed: new Set(listed) }
  })
  return async (paths) => {
    const { byPath, listed } = await early
    const known = (path: string): HostFile | undefined => {
      const isSeen = listed.has(folderOf(path)) && !path.includes('/.')
      return byPath.get(path) ?? (isSeen ? { path, state: 'unread', why: 'no-such-file' } : undefined)
    }
    const taken = paths.flatMap((path) => known(path) ?? [])
    host.heed(taken)
    const further = paths.filter((path) => known(path) === undefined)
    return further.length === 0 ? taken : [...taken, ...(await host.readWith(options, ...further.map(literally)))]
  }
}

const isAbsent = (file: HostFile) => file.state === 'unread' && file.why === 'no-such-file'
