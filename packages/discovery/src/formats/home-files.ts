import type { FindRequest, FindResult, FoundEntry, HostFile } from '../host.ts'
import type { Gathering } from '../probe.ts'
import { literally } from '../posix-path.ts'
import type { LocalPeople } from './accounts/local-people.ts'

/** A file in the home of an account, or of several that share the home. */
export interface HomeFile {
  readonly accounts: readonly string[]
  readonly home: string
  readonly file: HostFile
}

/** Reads files by their paths. All of one call in one round trip, and those in the usual homes in none. */
export interface HomeReader {
  /** For each path the files that are there: one, or one that says why not. */
  read(paths: readonly string[]): Promise<(readonly HostFile[])[]>
  /** Of these paths, those that are certain to be absent without asking. */
  absent(paths: readonly string[]): Promise<ReadonlySet<string>>
  /** What the search of the usual homes found, for a look that goes on from there. */
  found(): Promise<FindResult>
}

/**
 * Asks for files of these names in the homes where most accounts have theirs, before it is known which accounts there are. What
 * belongs to nobody's home then counts for nothing. Only what was seen for certain is taken from there: a home in a place of its own,
 * a link, one that is mounted when somebody goes there, or one beyond what was listed is asked for by its path.
 */
export const homeReader = (
  host: Pick<Gathering, 'readWith' | 'ahead' | 'heed'>,
  names: readonly string[],
  options: Parameters<Gathering['readWith']>[0] = {},
): HomeReader => {
  const search = host.ahead.find(SEARCH)
  const early = Promise.all(
    names.flatMap((name) =>
      [`/home/*/${name}`, `/root/${name}`].map((pattern) =>
        host.ahead.readWith({ ...options, maxFiles: MOST_HOMES }, pattern),
      ),
    ),
  )
  const suffixes = names.map((name) => `/${name}`)
  const known = Promise.all([search, early]).then(([found, read]) => {
    const seen = SIGHTS.get(found) ?? sight(found)
    SIGHTS.set(found, seen)
    const files = new Map<string, HostFile>()
    const patchy = new Set<string>()
    for (const file of read.flat()) {
      files.set(file.path, file)
      // What speaks of a pattern speaks of any number of homes.
      if (file.state === 'unread' && file.why !== 'no-such-file' && file.path.includes('*'))
        for (const suffix of suffixes) if (file.path.endsWith(suffix)) patchy.add(suffix)
    }
    return (path: string): HostFile | undefined => {
      const suffix = suffixes.find((one) => path.endsWith(one))
      if (suffix === undefined) return undefined
      const home = path.slice(0, -suffix.length)
      const absent = { path, state: 'unread', why: 'no-such-file' } as const
      if (seen.hasNo(home, suffix)) return absent
      if (!seen.isUsual(home)) return undefined
      return files.get(path) ?? (patchy.has(suffix) ? undefined : absent)
    }
  })
  return {
    found: () => search,
    async absent(paths) {
      const of = await known
      return new Set(paths.filter((path) => isAbsent(of(path))))
    },
    async read(paths) {
      const of = await known
      const taken = paths.map((path) => of(path))
      host.heed(taken.filter((file) => file !== undefined))
      const asked = paths.filter((_, index) => taken[index] === undefined)
      const further = await Promise.all(asked.map((path) => host.readWith(options, literally(path))))
      let next = 0
      return taken.map((file) => (file === undefined ? further[next++]! : [file]))
    },
  }
}

/** Reads files of the same names in the homes of all local accounts, each home once. */
export const readInHomes = async (
  host: Pick<Gathering, 'missed'>,
  { accounts }: Pick<LocalPeople, 'accounts'>,
  reader: HomeReader,
  names: readonly string[],
): Promise<HomeFile[]> => {
  const homes = new Map<string, string[]>()
  for (const { name, home } of accounts) {
    const plain = home.replace(/\/{1,64}$/, '')
    if (!/^(?:\/[^\0\r\n]{1,3000})?$/.test(plain) || home === '') continue
    const owners = homes.get(plain)
    if (owners === undefined) homes.set(plain, [name])
    else owners.push(name)
  }
  if (homes.size > MOST_HOMES)
    host.missed({ code: 'too-many', path: '/etc/passwd', count: homes.size - MOST_HOMES, detail: 'homes' })
  const looked = [...homes].slice(0, MOST_HOMES)
  const read = await reader.read(looked.flatMap(([home]) => names.map((name) => `${home}/${name}`)))
  return looked.flatMap(([home, owners], index) =>
    read
      .slice(index * names.length, (index + 1) * names.length)
      .flat()
      .map((file): HomeFile => ({ accounts: owners, home, file })),
  )
}

const isAbsent = (file: HostFile | undefined) => file?.state === 'unread' && file.why === 'no-such-file'

/** Files of these names in the homes that a list of commands for sudo can name. */
export const inUsualHomes = (...names: readonly string[]): string[] =>
  names.flatMap((name) => [`/root/${name}`, `/home/*/${name}`])

/** Why such a list does not reach every home. */
export const HOMES_ELSEWHERE = 'homes elsewhere than in /home have names that only the host knows'

/** More homes than this are not looked into; that is then said. */
const MOST_HOMES = 5000

/** Homes of accounts that come with distributions, where nobody is expected to keep files of his own. */
const SERVICE_HOMES = [
  '',
  '/bin',
  '/dev',
  '/etc',
  '/nonexistent',
  '/proc',
  '/run',
  '/run/dbus',
  '/run/ircd',
  '/run/sshd',
  '/run/systemd',
  '/run/uuidd',
  '/sbin',
  '/usr/bin',
  '/usr/games',
  '/usr/sbin',
  '/usr/share/empty.sshd',
  '/var',
  '/var/adm',
  '/var/backups',
  '/var/cache/man',
  '/var/empty',
  '/var/empty/sshd',
  '/var/ftp',
  '/var/list',
  '/var/mail',
  '/var/run/ircd',
  '/var/spool',
  '/var/spool/lpd',
  '/var/spool/mail',
  '/var/spool/news',
  '/var/spool/uucp',
  '/var/www',
]

/** Folders in which each service has its home, if it has one. */
const SERVICE_FOLDERS = ['/var/lib']

/** What in a home all that is asked for lies in, or is. */
const TOPS = ['.ssh', '.rhosts', '.shosts']

const SEARCH: Omit<FindRequest, 'kind'> = {
  under: [
    '/',
    '/home',
    ...['/root', '/home/*'].flatMap((home) => [home, `${home}/.ssh`, `${home}/.ssh/authorized_keys`]),
    ...SERVICE_HOMES.flatMap((home) => TOPS.map((top) => `${home}/${top}`)),
    ...SERVICE_FOLDERS.flatMap((folder) => [`${folder}/*`, `${folder}/*/.ssh`, `${folder}/*/.[rs]hosts`]),
  ],
  maxDepth: 0,
}

/** What the search of the usual homes tells for certain. */
const sight = (search: FindResult) => {
  if (search.state !== 'found' || search.cut !== undefined) return { isUsual: () => false, hasNo: () => false }
  const entries = new Map<string, FoundEntry>(search.entries.map((entry) => [entry.path, entry]))
  const unsure = new Set(search.unsearched.map(({ path }) => path))
  const isFolder = (path: string) => entries.get(path)?.type === 'folder'
  const isService = (home: string) => {
    if (SERVICE_HOME_SET.has(home)) return true
    const folder = home.slice(0, home.lastIndexOf('/'))
    return SERVICE_FOLDERS.includes(folder) && isFolder(home) && !isWild(unsure, folder)
  }
  return {
    /** Whether it is one of the homes whose files were read ahead. */
    isUsual: (home: string) => (home === '/root' || /^\/home\/[^/.][^/]*$/.test(home)) && isFolder(home),
    /** Whether it is certain that a home has nothing of what such a path goes through. */
    hasNo(home: string, suffix: string) {
      const end = suffix.indexOf('/', 1)
      const top = end === -1 ? suffix : suffix.slice(0, end)
      return TOPS.includes(top.slice(1)) && isService(home) && !entries.has(home + top) && !unsure.has(home + top)
    },
  }
}

/** Several probes go by the same search. */
const SIGHTS = new WeakMap<FindResult, ReturnType<typeof sight>>()

const SERVICE_HOME_SET = new Set(SERVICE_HOMES)

/** Whether something below a folder was not searched that only a pattern names. */
const isWild = (unsure: ReadonlySet<string>, folder: string) =>
  [...unsure].some((path) => path.startsWith(`${folder}/`) && /[*[]/.test(path))
