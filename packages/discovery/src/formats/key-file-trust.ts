import type { FoundEntry } from '../host.ts'
import type { LocalPeople } from './accounts/local-people.ts'
import type { Way } from './path-trust.ts'

/** Whether others than an account and root may change, replace or read a file of its keys. */
export interface KeyFileTrust {
  /** The file itself, by its mode or because it belongs to somebody else. */
  readonly fileWritable: boolean
  /** A folder on the way there, so that the file can be replaced. */
  readonly folderWritable: boolean
  readonly readable: boolean
  /** The file, or a folder that is the account's own, is a link to another place. */
  readonly linked: boolean
}

/** Looks at the way to a file with the eyes of everybody but the account and root. `home` is the account's, where it has one. */
export const keyFileTrust = (
  { passed, end }: Way,
  account: { readonly uid: number; readonly home: string },
  path: string,
  people: LocalPeople,
): KeyFileTrust => {
  const file = end === 'there' ? passed.at(-1) : undefined
  const folders = passed.filter((entry) => entry !== file && entry.type === 'folder')
  const own = account.home.length > 1 && path.startsWith(`${account.home}/`) ? `${account.home}/` : path
  // A link leads past the folders it lies in: where it leads to may be got to without passing them.
  const closed = ({ path }: FoundEntry): Closed => {
    const above = folders.filter((folder) => path.startsWith(folder.path === '/' ? '/' : `${folder.path}/`))
    return {
      toAll: above.some(({ mode }) => (mode & 0o001) === 0),
      toGroups: above.some(({ mode }) => (mode & 0o011) === 0),
    }
  }
  return {
    fileWritable: file !== undefined && canWrite(file, account.uid, people, () => closed(file)),
    folderWritable: folders.some((folder) => canWrite(folder, account.uid, people, () => closed(folder))),
    readable: file !== undefined && canRead(file, account.uid, people, () => closed(file)),
    linked: passed.some((entry) => entry.type === 'link' && (entry.path === path || entry.path.startsWith(own))),
  }
}

/**
 * Whether sshd with StrictModes passes over the file (sshd_config(5); misc.c, `safe_path`): it and the folders above it, by their real
 * paths and up to the home folder, must belong to root or the account, and nobody else may write to them. Debian's sshd lets a group
 * write that has the account as its only member.
 */
export const isRefusedByStrictModes = (
  { passed, end }: Way,
  home: Way,
  uid: number,
  people: LocalPeople,
  debian: boolean,
): boolean => {
  const file = passed.at(-1)
  if (end !== 'there' || file === undefined) return false
  const homePath = home.end === 'there' ? home.passed.at(-1)?.path : undefined
  const inHome = homePath !== undefined && homePath !== '/' && file.path.startsWith(`${homePath}/`)
  const checked = passed.filter(
    (entry) =>
      entry === file ||
      (entry.type === 'folder' &&
        (entry.path === '/' ? !inHome : file.path.startsWith(`${entry.path}/`)) &&
        (!inHome || entry.path === homePath || entry.path.startsWith(`${homePath}/`))),
  )
  return checked.some((entry) => {
    if (entry.uid !== 0 && entry.uid !== uid) return true
    if ((entry.mode & 0o002) !== 0) return true
    return (entry.mode & 0o020) !== 0 && !(debian && people.isPrivateGroup(entry.gid, uid, entry.uid))
  })
}

/** Systems whose sshd has Debian's changes. */
export const hasDebianSshd = (os: string | undefined): boolean => os !== undefined && DEBIAN.has(os)

const DEBIAN = new Set([
  'debian',
  'ubuntu',
  'raspbian',
  'linuxmint',
  'pop',
  'kali',
  'devuan',
  'elementary',
  'neon',
  'zorin',
  'mx',
])

interface Closed {
  readonly toAll: boolean
  readonly toGroups: boolean
}

/** What lies in a sticky folder only its own owner may replace. */
const canWrite = (entry: FoundEntry, uid: number, people: LocalPeople, closed: () => Closed): boolean => {
  if (entry.uid !== 0 && entry.uid !== uid) return true
  const folder = entry.type === 'folder'
  if (folder && (entry.mode & 0o1000) !== 0) return false
  const [all, group] = folder ? [0o003, 0o030] : [0o002, 0o020]
  if ((entry.mode & all) === all && !closed().toAll) return true
  return (entry.mode & group) === group && !closed().toGroups && people.hasOthers(entry.gid, uid)
}

const canRead = (entry: FoundEntry, uid: number, people: LocalPeople, closed: () => Closed): boolean => {
  if (entry.uid !== 0 && entry.uid !== uid) return true
  if ((entry.mode & 0o004) !== 0 && !closed().toAll) return true
  return (entry.mode & 0o040) !== 0 && !closed().toGroups && people.hasOthers(entry.gid, uid)
}
