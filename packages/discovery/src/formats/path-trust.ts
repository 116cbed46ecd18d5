import type { FindingOf, Place, Reason } from '@rollcall/contract'
import type { FindRequest, FindResult, FoundEntry } from '../host.ts'
import type { Gathering } from '../probe.ts'
import { clipped, MAX_NAME, MAX_PATH } from './accounts/account-file.ts'
import { folderOf, literally, octalMode } from '../posix-path.ts'

/** That something runs, reads or looks for programs in a path, as some account. */
export interface PathUse {
  /** Absolute: a file, or a folder in which any name counts, such as one of PATH or /etc/cron.d. `.`, `..` and doubled slashes are taken out by their text alone, as systemd and most others do. */
  readonly path: string
  readonly role: FindingOf<'file'>['role']
  /** As whom. Absent: it matters for everybody, as the files that decide who is root do. */
  readonly account?: string
  /** The account's uid: what it owns itself is as it should be. Absent: root's, or unknown; then only root's own is. */
  readonly uid?: number
  /** What leads there, such as `cron job` or `unit backup.service`. Never what the file says. */
  readonly because?: string
  readonly namedBy?: Place
}

/** What a host said about some paths and all folders and links that lead to them. */
export interface PathLook {
  readonly asked: readonly string[]
  readonly found: readonly FindResult[]
  /** Paths that were not asked for, of all that were to be: too many, or of no form that can be asked. */
  readonly left: readonly Reason[]
}

/**
 * Asks the host about some paths and everything that leads to them: one question, and where links lead elsewhere one more, or two
 * where links lead to links. For a probe's `gather`; what could not be answered makes its outcome incomplete. What an earlier
 * look found is not asked again.
 */
export const lookAtPaths = async (
  host: Pick<Gathering, 'find'>,
  paths: readonly string[],
  before: PathLook = { asked: [], found: [], left: [] },
): Promise<PathLook> => {
  const { kept, left } = askable(paths)
  left.push(...before.left)
  const known = knowledge(before)
  const found = [...before.found]
  let wanted = unaskedOf([...kept, ...kept.flatMap(usualElsewhere)], known)
  const links = kept.filter((path) => known.entries.get(path)?.type === 'link')
  for (const path of further(links, known)) wanted.add(path)
  let own = 0
  for (let round = 0; round <= FOLLOW_UPS && wanted.size > 0; round++) {
    const room = [...wanted].slice(0, MOST_PATHS - own)
    own += room.length
    for (const path of room) known.asked.add(path)
    if (room.length > 0) {
      const result = await host.find(question(room))
      found.push(result)
      learn(known, result)
    }
    if (room.length < wanted.size) {
      left.push({ code: 'too-many', detail: 'paths', count: wanted.size - room.length })
      break
    }
    wanted = further(kept, known)
  }
  const look = { asked: [...known.asked], found, left }
  lookedAt.set(look, known)
  return look
}

/** A search as a look, for going on from what it found. */
export const lookFrom = (result: FindResult): PathLook => ({
  asked: result.state === 'found' ? result.entries.map(({ path }) => path) : [],
  found: [result],
  left: [],
})

/**
 * The entries that are not as they should be: owned by somebody else than root and the account that uses the path, or writable by
 * a group or by all others. This holds for what is used and for each folder and link on the way there.
 *
 * - A sticky folder lets nobody but its owner replace what others own: it is told where its owner is the trouble, where what is looked
 *   for is not there yet, and where it is itself what is used, so that any name in it counts. What a stranger owns in it is told itself.
 * - A device is not told: what is written to it, such as to /dev/null in place of a file, changes nothing for who reads it.
 * - The mode of a link means nothing; its owner counts in a sticky folder only.
 * - A folder is writable only for those who may also enter it.
 * - Every group counts, root's too: who belongs to it is known elsewhere. So is who may pass the folders in `behind`.
 *
 * Each entry is told once for each role and account, with the first reason that leads there and how many there are.
 */
export const pathFindings = (
  uses: readonly PathUse[],
  look: PathLook,
): { readonly findings: FindingOf<'file'>[]; readonly reasons: Reason[] } => {
  const known = lookedAt.get(look) ?? knowledge(look)
  const told = new Map<string, { use: PathUse; trouble: Trouble; leading: Set<string> }>()
  const reasons = [...look.left]
  const walks = new Map<string, Walk>()
  const unsettled = new Set<string>()
  for (const use of uses) {
    const path = normal(use.path)
    if (path === undefined) continue
    const walked = walks.get(path) ?? walk(path, known)
    walks.set(path, walked)
    if (walked.wanted.length > 0 && !known.patchy && walked.passed.some(({ type }) => type === 'link'))
      unsettled.add(path)
    for (const trouble of troubles(walked, use)) {
      const key = `${use.role} ${use.account ?? ''} ${trouble.entry.path}`
      const before = told.get(key)
      const { because = '', namedBy } = use
      const leading = before?.leading ?? new Set()
      leading.add(`${because} ${namedBy?.path ?? ''} ${namedBy?.line ?? ''}`)
      if (before === undefined) told.set(key, { use, trouble, leading })
      else told.set(key, { ...before, trouble: both(before.trouble, trouble) })
    }
  }
  for (const path of [...unsettled].slice(0, MOST_REASONS))
    reasons.push({ code: 'too-deep', path, detail: 'links that lead to links' })
  return { findings: [...told.values()].map(finding), reasons }
}

/** What is where a path leads, who may write to it beside those who should, and the folders on the way that not everybody may pass. */
export interface Standing {
  readonly entry: FoundEntry
  readonly writableBy: readonly Writer[]
  readonly behind: readonly FoundEntry[]
}

/** For each path what is there; undefined for what is not there or could not be looked at. */
export const standings = (paths: readonly string[], look: PathLook): (Standing | undefined)[] => {
  const known = lookedAt.get(look) ?? knowledge(look)
  return paths.map((path) => {
    const plain = normal(path)
    if (plain === undefined) return undefined
    const { passed, end } = walk(plain, known)
    const entry = passed.at(-1)
    if (end !== 'there' || entry === undefined) return undefined
    return { entry, writableBy: writers(entry, {}, 0o020, 0o002), behind: closedBefore(entry, passed) }
  })
}

/** Everything that is passed on the way to a path, links and folders, and last what is there. */
export interface Way {
  readonly passed: readonly FoundEntry[]
  /** Whether the last of them is what the path leads to; otherwise it ends before, or could not be followed. */
  readonly end: 'there' | 'absent' | 'unknown'
}

/** The way to each path that is asked for. */
export const ways = (look: PathLook): ((path: string) => Way) => {
  const known = lookedAt.get(look) ?? knowledge(look)
  return (path) => {
    const plain = normal(path)
    return plain === undefined ? { passed: [], end: 'unknown' as const } : walk(plain, known)
  }
}

/** How findings tell a standing. */
export const fileFields = ({
  entry,
  behind,
}: Pick<Standing, 'entry' | 'behind'>): Pick<
  FindingOf<'file'>,
  'type' | 'owner' | 'group' | 'mode' | 'modified' | 'behind' | 'place'
> => ({
  type: entry.type,
  owner: entry.uid,
  group: entry.gid,
  mode: octalMode(entry.mode),
  modified: entry.modified,
  ...(behind.length === 0
    ? {}
    : {
        behind: behind.map(({ path, uid, gid, mode }) => ({
          path: clipped(path, MAX_PATH),
          owner: uid,
          group: gid,
          mode: octalMode(mode),
        })),
      }),
  place: { path: clipped(entry.path, MAX_PATH) },
})

/** What a look finds where there are these entries and no others; for examples and tests. */
export const exampleLook = (
  paths: readonly string[],
  entries: readonly (Partial<FoundEntry> & Pick<FoundEntry, 'path'>)[],
): PathLook => ({
  asked: [...new Set([...paths, ...entries.map(({ path }) => path)].flatMap(chainOf))],
  found: [
    {
      state: 'found',
      entries: [{ path: '/', type: 'folder' as const, mode: 0o755 }, ...entries].map((entry) => ({
        type: 'file',
        mode: 0o644,
        uid: 0,
        gid: 0,
        size: 1,
        modified: '2026-03-01T12:00:00Z',
        ...entry,
      })),
      unsearched: [],
      unnamed: 0,
    },
  ],
  left: [],
})

/** Paths and their folders together, of one probe. */
const MOST_PATHS = 5000
/** Rounds of asking where links lead; the second is for links that lead to links, as those of update-alternatives do. */
const FOLLOW_UPS = 2
const MOST_REASONS = 20
const MOST_LINKS = 16
const MOST_BEHIND = 16
const MAX_BECAUSE = 256

const askable = (paths: readonly string[]) => {
  const left: Reason[] = []
  const kept = new Set<string>()
  for (const path of paths) {
    const plain = normal(path)
    if (plain === undefined) left.push({ code: 'unsupported', detail: 'a path that cannot be asked for' })
    else kept.add(plain)
  }
  return { kept: [...kept], left: left.slice(0, 1).map((reason): Reason => ({ ...reason, count: left.length })) }
}

/** Undefined for what is not absolute, longer than paths can be, or holds a character that cannot be asked for. */
const normal = (path: string): string | undefined => {
  if (!path.startsWith('/') || path.length > MAX_PATH || /[\0\n]/.test(path)) return undefined
  if (!/\/(?:\/|\.\.?(?:\/|$)|$)/.test(path)) return path
  const parts: string[] = []
  for (const part of path.split('/'))
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  return `/${parts.join('/')}`
}

/** Where the usual links of today's systems lead, so that they cost no further round. */
const USUAL_LINKS: readonly (readonly [from: string, to: string])[] = [
  ['/bin/', '/usr/bin/'],
  ['/sbin/', '/usr/sbin/'],
  ['/lib/', '/usr/lib/'],
  ['/lib64/', '/usr/lib64/'],
  ['/var/run/', '/run/'],
]

const usualElsewhere = (path: string): readonly string[] =>
  !/^\/(?:s?bin|lib(?:64)?|var\/run)\//.test(path)
    ? NOWHERE
    : USUAL_LINKS.flatMap(([from, to]) => (path.startsWith(from) ? [to + path.slice(from.length)] : []))

const NOWHERE: readonly string[] = []

/** A path and all folders above it, from the root on. */
const chainOf = (path: string): string[] => {
  const chain = ['/']
  for (let slash = path.indexOf('/', 1); slash !== -1; slash = path.indexOf('/', slash + 1))
    chain.push(path.slice(0, slash))
  if (path !== '/') chain.push(path)
  return chain
}

const question = (paths: readonly string[]): Omit<FindRequest, 'kind'> => ({
  under: paths.map(literally),
  maxDepth: 0,
  maxEntries: MOST_PATHS,
})

interface Knowledge {
  readonly entries: Map<string, FoundEntry>
  readonly asked: Set<string>
  readonly unsearched: Set<string>
  /** Some question was not answered in full, so that what was not found may be there all the same. */
  patchy: boolean
  /** What was walked to already: many paths share their folders, and each is asked for more than once. */
  readonly walked: Map<string, Walk>
}

/** What the looks of this process came to, so that it is put together once. */
const lookedAt = new WeakMap<PathLook, Knowledge>()

const knowledge = ({ asked, found }: PathLook): Knowledge => {
  const known: Knowledge = {
    entries: new Map(),
    asked: new Set(asked),
    unsearched: new Set(),
    patchy: false,
    walked: new Map(),
  }
  for (const result of found) learn(known, result)
  return known
}

const learn = (known: Knowledge, result: FindResult) => {
  known.walked.clear()
  if (result.state === 'unread') {
    known.patchy = true
    return
  }
  if (result.cut !== undefined) known.patchy = true
  for (const entry of result.entries) known.entries.set(entry.path, entry)
  for (const { path } of result.unsearched) known.unsearched.add(path)
}

/** These paths and the folders above them, so far as they were not asked for. */
const unaskedOf = (paths: readonly string[], { asked }: Knowledge): Set<string> => {
  const unasked = new Set<string>()
  const passed = new Set<string>()
  for (const path of paths)
    for (let at = path; !passed.has(at); at = folderOf(at) || '/') {
      passed.add(at)
      if (!asked.has(at)) unasked.add(at)
    }
  return unasked
}

/** What to ask to get on where ways end at something that was not asked for. */
const further = (paths: readonly string[], known: Knowledge): Set<string> =>
  unaskedOf(
    paths.flatMap((path) => walk(path, known).wanted),
    known,
  )

interface Walk {
  /** Everything that is passed on the way, and last what is there. */
  readonly passed: readonly FoundEntry[]
  /** Where it came to, all links followed; empty for the root. */
  readonly at: string
  readonly end: 'there' | 'absent' | 'unknown'
  /** What to ask to get further, besides the folders above it. */
  readonly wanted: readonly string[]
}

/** Goes a path from the root on, as the kernel does, through the links that are known. */
const walk = (path: string, known: Knowledge): Walk => {
  const before = known.walked.get(path)
  if (before !== undefined) return before
  const slash = path.lastIndexOf('/')
  const folder = slash > 0 ? walk(path.slice(0, slash), known) : undefined
  const entry = known.entries.get(path)
  const isPlain = entry !== undefined && entry.type !== 'link' && folder?.at === path.slice(0, slash)
  const walked: Walk =
    folder?.end === 'there'
      ? // As nearly all are: no link is there, and none leads there.
        isPlain
        ? { passed: [...folder.passed, entry], at: path, end: 'there', wanted: [] }
        : walkOn(folder, [path.slice(slash + 1)], known)
      : walkOn(startOf(known), path.split('/').toReversed(), known)
  known.walked.set(path, walked)
  return walked
}

const startOf = ({ entries }: Knowledge): Walk => {
  const root = entries.get('/')
  return { passed: root === undefined ? [] : [root], at: '', end: 'there', wanted: [] }
}

/** `ahead` holds the parts that are still to go, the next one last. */
const walkOn = (start: Walk, ahead: string[], { entries, asked, unsearched, patchy }: Knowledge): Walk => {
  const passed = [...start.passed]
  let { at } = start
  for (let links = 0; ahead.length > 0;) {
    const part = ahead.pop()!
    if (part === '' || part === '.') continue
    if (part === '..') {
      at = at.slice(0, Math.max(0, at.lastIndexOf('/')))
      continue
    }
    const next = `${at}/${part}`
    const entry = entries.get(next)
    if (entry === undefined) {
      if (!asked.has(next)) return { passed, at, end: 'unknown', wanted: restOf(next, ahead.toReversed()) }
      const unsure = patchy || unsearched.has(next) || unsearched.has(at === '' ? '/' : at)
      return { passed, at, end: unsure ? 'unknown' : 'absent', wanted: [] }
    }
    passed.push(entry)
    if (entry.type !== 'link') {
      at = next
      continue
    }
    if (entry.target === undefined || entry.target === '' || ++links > MOST_LINKS)
      return { passed, at, end: 'unknown', wanted: [] }
    if (entry.target.startsWith('/')) at = ''
    for (const step of entry.target.split('/').toReversed()) ahead.push(step)
  }
  return { passed, at, end: 'there', wanted: [] }
}

/** The rest of a way: up to the first `..`, whose meaning hangs on links before it, and as it reads by its text. */
const restOf = (next: string, rest: readonly string[]): string[] => {
  const up = rest.indexOf('..')
  const ways = [...(up === -1 ? [] : [[next, ...rest.slice(0, up)]]), [next, ...rest]]
  return ways.flatMap((parts) => normal(parts.join('/')) ?? [])
}

/** A standing that is not as it should be. */
type Trouble = Standing

type Writer = 'owner' | 'group' | 'others'

const [STICKY, GROUP, OTHERS] = [0o1000, 0o030, 0o003]

const troubles = ({ passed, end }: Walk, use: PathUse): Trouble[] =>
  passed.flatMap((entry, index): Trouble[] => {
    const content = index === passed.length - 1 && end !== 'unknown' ? 'new' : 'old'
    const writableBy =
      entry.type === 'device'
        ? []
        : entry.type === 'link'
          ? linkWriters(entry, folderAbove(entry, passed), use)
          : entry.type === 'folder'
            ? folderWriters(entry, use, content)
            : writers(entry, use, 0o020, 0o002)
    return writableBy.length === 0 ? [] : [{ entry, writableBy, behind: closedBefore(entry, passed) }]
  })

/** The folders above an entry that somebody may not pass; not those on the way to a link, which one need not take. */
const closedBefore = ({ path }: FoundEntry, passed: readonly FoundEntry[]): FoundEntry[] => {
  const above = passed.filter(
    ({ type, mode, path: folder }) =>
      type === 'folder' && (mode & EVERYBODY) !== EVERYBODY && (folder === '/' || path.startsWith(`${folder}/`)),
  )
  return [...new Set(above)].slice(0, MOST_BEHIND)
}

const EVERYBODY = 0o011

const folderAbove = ({ path }: FoundEntry, passed: readonly FoundEntry[]) => {
  const folder = folderOf(path) || '/'
  return passed.find((one) => one.path === folder)
}

const strange = ({ uid }: FoundEntry, use: Pick<PathUse, 'uid'>) => uid !== 0 && uid !== use.uid

const writers = (entry: FoundEntry, use: Pick<PathUse, 'uid'>, group: number, others: number): Writer[] => [
  ...(strange(entry, use) ? (['owner'] as const) : []),
  ...((entry.mode & group) === group ? (['group'] as const) : []),
  ...((entry.mode & others) === others ? (['others'] as const) : []),
]

/** `old`: what lies in it is there already. `new`: what is looked for is not there, or any name will do. */
const folderWriters = (entry: FoundEntry, use: PathUse, content: 'old' | 'new'): Writer[] => {
  const all = writers(entry, use, GROUP, OTHERS)
  return content === 'old' && (entry.mode & STICKY) !== 0 ? all.filter((writer) => writer === 'owner') : all
}

/**
 * A link cannot be changed, only replaced: in a sticky folder by its owner, elsewhere by who may write to the folder. Where only a group
 * may, its owner is taken for a member.
 */
const linkWriters = (entry: FoundEntry, folder: FoundEntry | undefined, use: PathUse): Writer[] =>
  folder !== undefined &&
  (folder.mode & STICKY) !== 0 &&
  ((folder.mode & GROUP) === GROUP || (folder.mode & OTHERS) === OTHERS) &&
  strange(entry, use)
    ? ['owner']
    : []

/** The same entry on two ways: what either gives. A folder that must be passed on one way only stops nobody. */
const both = (one: Trouble, other: Trouble): Trouble => ({
  entry: one.entry,
  writableBy: [...new Set([...one.writableBy, ...other.writableBy])],
  behind: one.behind.filter(({ path }) => other.behind.some((folder) => folder.path === path)),
})

const finding = ({
  use: { role, account, because, namedBy },
  trouble,
  leading: { size: times },
}: {
  use: PathUse
  trouble: Trouble
  leading: ReadonlySet<string>
}): FindingOf<'file'> => ({
  kind: 'file',
  role,
  ...(account === undefined ? {} : { account: clipped(account, MAX_NAME) }),
  ...(because === undefined
    ? {}
    : { because: `${clipped(because, MAX_BECAUSE - 20)}${times > 1 ? ` and ${times - 1} more` : ''}` }),
  ...(namedBy === undefined ? {} : { namedBy }),
  writableBy: [...trouble.writableBy],
  ...fileFields(trouble),
})
