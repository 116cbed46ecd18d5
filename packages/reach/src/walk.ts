import { wanted } from './shell-word.ts'
import type { SudoList } from './sudo-list.ts'
import {
  DEFAULT_MAX_ENTRIES,
  type FileType,
  type FindCondition,
  type FindRequest,
  type HostRequest,
} from '@rollcall/discovery'

/** Searches of one batch that one walk of find(1) answers together. */
export interface Walk {
  /** Where the searches stand in the batch. */
  readonly requests: readonly number[]
  readonly searches: readonly FindRequest[]
  /** Searches that only look at what they name: `searches` is then one for all of them, and each is told of its own paths. */
  readonly parts?: readonly FindRequest[]
  /** Records that the host sends at most; one more says that there were more. */
  readonly records: number
  readonly bytes: number
  /** The find(1) that sudo lets this walk run with, always GNU's. */
  readonly asRoot?: string
}

const DEFAULT_MAX_DEPTH = 32

/** KiB that a program may take which looks for texts in lines: a file without line ends is one line. */
export const LINE_MEMORY = 400_000

/** What one walk may print. Some 40,000 records of ordinary length, and of one that is alone more. */
const MOST_BYTES = 4 * 1024 * 1024
const MOST_BYTES_ALONE = 8 * 1024 * 1024

/**
 * The walks of a batch, in the order of their first search. What sudo lists is a whole command line: such a search has a walk of
 * its own.
 */
export const walksOf = (requests: readonly HostRequest[], sudo?: SudoList): readonly Walk[] => {
  const known = WALKS.get(requests)
  if (known !== undefined && known.sudo === sudo) return known.walks
  const walks = planned(requests, sudo)
  WALKS.set(requests, { sudo, walks })
  return walks
}

/** They are asked for by the script and by whoever reads its answers. */
const WALKS = new WeakMap<
  readonly HostRequest[],
  { readonly sudo: SudoList | undefined; readonly walks: readonly Walk[] }
>()

const planned = (requests: readonly HostRequest[], sudo: SudoList | undefined): Walk[] => {
  const shared = new Map<string, { index: number; search: FindRequest; asRoot: string | undefined }[]>()
  const looks: { index: number; search: FindRequest; paths: number }[] = []
  for (const [index, search] of requests.entries()) {
    if (search.kind !== 'find') continue
    const asRoot = sudo?.allowed(['find', ...searchArguments(search)])
    if (asRoot === undefined && onlyLooks(search)) {
      looks.push({ index, search, paths: search.under.length })
      continue
    }
    const key = JSON.stringify([
      asRoot === undefined && search.alone !== true ? '' : index,
      startsOf(search),
      search.maxDepth,
      search.otherFileSystems,
      search.except,
    ])
    const known = shared.get(key)
    if (known === undefined) shared.set(key, [{ index, search, asRoot }])
    else known.push({ index, search, asRoot })
  }
  return [...lookingWalks(looks), ...[...shared.values()].map(searchingWalk)]
}

/** A search for nothing but the facts of paths that it names outright. */
const onlyLooks = ({ under, maxDepth, except = [], where = {} }: FindRequest): boolean =>
  maxDepth === 0 && except.length === 0 && Object.keys(where).length === 0 && under.every((path) => !/[*?[]/.test(path))

/** Paths of one walk; each is an argument of find(1). */
const MOST_PATHS = 2000

const lookingWalks = (looks: readonly { index: number; search: FindRequest; paths: number }[]): Walk[] => {
  const groups: (typeof looks)[number][][] = []
  let paths = MOST_PATHS
  for (const look of looks) {
    paths += look.paths
    if (paths > MOST_PATHS) {
      groups.push([])
      paths = look.paths
    }
    groups.at(-1)!.push(look)
  }
  return groups.map((group): Walk => {
    const parts = group.map(({ search }) => search)
    const records = parts.reduce((sum, part) => sum + mostEntries(part), 0)
    return {
      requests: group.map(({ index }) => index),
      // A path by itself lies on its own file system: there is no other to go on into.
      searches: [{ kind: 'find', under: parts.flatMap(({ under }) => under), maxDepth: 0, maxEntries: records }],
      parts,
      records,
      bytes: Math.min(64 * 1024 + records * 400, MOST_BYTES),
    }
  })
}

const searchingWalk = (
  all: readonly { readonly index: number; readonly search: FindRequest; readonly asRoot: string | undefined }[],
): Walk => {
  const searches = all.map(({ search }) => search)
  const records = searches.reduce((sum, search) => sum + mostEntries(search), 0)
  const most = searches[0]?.alone === true ? MOST_BYTES_ALONE : MOST_BYTES
  const bytes = Math.min(64 * 1024 + records * 400, most)
  const asRoot = all[0]?.asRoot
  return {
    requests: all.map(({ index }) => index),
    searches,
    records,
    bytes,
    ...(asRoot === undefined ? {} : { asRoot }),
  }
}

export const mostEntries = ({ maxEntries = DEFAULT_MAX_ENTRIES }: FindRequest): number =>
  Math.max(0, Math.min(Math.floor(maxEntries) || 0, 1_000_000))

/** The folders in which a search begins, as absolute paths without a slash at the end. */
export const startsOf = ({ under }: FindRequest): readonly string[] => {
  const known = STARTS.get(under)
  if (known !== undefined) return known
  const starts = [...new Set(under.map((start) => (UNCLEAN.test(start) ? cleanPath(start) : start)))].toSorted()
  STARTS.set(under, starts)
  return starts
}

const STARTS = new WeakMap<readonly string[], readonly string[]>()

// oxlint-disable-next-line no-control-regex -- NUL is part of no path
const UNCLEAN = /^[^/]|\/\/|.\/$|\0|^$/

const cleanPath = (path: string) => `/${path.replaceAll('\0', '')}`.replaceAll(/\/+/g, '/').replace(/(?<=.)\/$/, '')

/**
 * How find(1) says what it found. `printf`: GNU's own, in records that begin with NUL, which no name can hold. `stat`: lines
 * that another program writes, names with a line feed left out.
 */
export type FindDialect = 'printf' | 'stat'

/** An argument as it is, or text of a shell program that ends with the one that the host's own stat(1) needs. */
export type FindArgument = string | { readonly program: string }

/**
 * What follows the start folders on the command line of find(1). It depends on the searches alone, so that sudo can be told it
 * beforehand.
 */
export const findArguments = ({ searches }: Pick<Walk, 'searches'>, dialect: FindDialect): FindArgument[] => {
  const [{ maxDepth = DEFAULT_MAX_DEPTH, otherFileSystems, except = [] }] = searches as [FindRequest]
  const depth = String(Math.max(0, Math.min(Math.floor(maxDepth) || 0, 1000)))
  return [
    '-maxdepth',
    depth,
    ...(otherFileSystems === true ? [] : ['-xdev']),
    ...(dialect === 'stat'
      ? ['-name', '*\n*', '-exec', 'sh', '-c', 'echo "n$#"', 'sh', '{}', '+', '-prune', '-o']
      : []),
    ...passedOver(except, dialect),
    ...searches.flatMap((search, index) => [
      ...(index === 0 ? [] : ['-o']),
      ...conditions(search.where ?? {}),
      ...(dialect === 'printf' ? printed(search, index) : stated(search, index)),
      // The next search looks at the same entry again.
      ...(index === searches.length - 1 ? [] : NEVER),
    ]),
  ]
}

/** All arguments of the find(1) that does one search as root. */
export const searchArguments = (search: FindRequest): string[] => [
  ...startsOf(search),
  ...findArguments({ searches: [search] }, 'printf').map((given) =>
    typeof given === 'string' ? given : given.program,
  ),
]

/** No entry is both, and every find(1) knows it. */
const NEVER = ['-type', 'f', '-type', 'd']

const anyOf = (tests: readonly (readonly string[])[]): string[] =>
  tests.length === 1
    ? [...tests[0]!]
    : ['(', ...tests.flatMap((test, index) => (index === 0 ? test : ['-o', ...test])), ')']

/**
 * What is for folders alone is tested on these only. GNU find moves tests of names before that of the type, but not past something that
 * it prints, which here is nothing.
 */
const passedOver = (except: readonly string[], dialect: FindDialect): string[] => {
  const folders = except.filter((pattern) => pattern.endsWith('/'))
  const any = except.filter((pattern) => !pattern.endsWith('/'))
  return [
    ...(folders.length === 0
      ? []
      : [
          ...FOLDERS_FIRST[dialect],
          ...anyOf(folders.map((pattern) => notEntered(pattern.replace(/\/+$/, '')))),
          '-prune',
          '-o',
        ]),
    ...(any.length === 0 ? [] : [...anyOf(any.map(notEntered)), '-prune', '-o']),
  ]
}

const FOLDERS_FIRST: Record<FindDialect, readonly string[]> = {
  printf: ['-type', 'd', '-printf', '%.0f'],
  stat: ['-type', 'd'],
}

/** A path is matched segment by segment: it has as many slashes as the pattern, since those of the pattern take one each. */
const notEntered = (pattern: string): string[] => {
  if (!pattern.includes('/')) return ['-name', findPattern(pattern)]
  const path = findPattern(pattern.replace(/(?<=.)\/+$/, ''))
  return /[*?[]/.test(pattern) ? ['-path', path, '!', '-path', '/*'.repeat(pattern.split('/').length)] : ['-path', path]
}

const conditions = ({ types, names, anyMode, minBytes = 0, maxBytes, containing }: FindCondition): string[] => [
  ...(types === undefined ? [] : anyOf(types.map((type) => TYPES[type]))),
  ...(types !== undefined && types.length === 0 ? NEVER : []),
  ...(containing === undefined ? [] : containing.length === 0 ? NEVER : ['-type', 'f']),
  ...(names === undefined ? [] : names.length === 0 ? NEVER : anyOf(names.map((name) => ['-name', findPattern(name)]))),
  ...(anyMode === undefined ? [] : anyBit(anyMode)),
  ...(minBytes > 0 ? ['-size', `+${Math.floor(minBytes) - 1}c`] : []),
  ...(maxBytes === undefined ? [] : ['!', '-size', `+${Math.max(0, Math.floor(maxBytes))}c`]),
]

const TYPES: Record<FileType, readonly string[]> = {
  file: ['-type', 'f'],
  folder: ['-type', 'd'],
  link: ['-type', 'l'],
  socket: ['-type', 's'],
  fifo: ['-type', 'p'],
  device: ['(', '-type', 'b', '-o', '-type', 'c', ')'],
  other: ['f', 'd', 'l', 's', 'p', 'b', 'c'].flatMap((type) => ['!', '-type', type]),
}

const anyBit = (mode: number): string[] => {
  const bits = Array.from({ length: 12 }, (_, bit) => 1 << bit).filter((bit) => (mode & bit) !== 0)
  return bits.length === 0 ? NEVER : anyOf(bits.map((bit) => ['-perm', `-${bit.toString(8)}`]))
}

/** A pattern of ours as fnmatch(3) understands it. A period at the beginning is nothing special to find(1). */
const findPattern = (pattern: string): string =>
  pattern
    .replaceAll('\0', '')
    .replaceAll(/[*?]|\[(!?)(\]?(?:\[:[a-z]+:\]|[^\]])*)\]|[[\\]/gsu, (part, negated = '', members = '') => {
      if (part === '*' || part === '?') return part
      if (members === '') return `\\${part}`
      // A caret in front would negate in some libraries.
      const inner = members.startsWith('^') ? (members.length > 1 ? `${members.slice(1)}^` : String.raw`\^`) : members
      return `[${negated}${negated === '' ? inner : members}]`
    })

/** `K type mode uid gid size time;stamp path`, the stamp where it is asked for, NUL, where a link points, newline; or with the type in the hexadecimal mode. */
const printed = ({ where: { containing } = {}, stamp }: FindRequest, index: number): FindArgument[] =>
  containing === undefined
    ? ['-printf', String.raw`\000${index} %y %m %U %G %s %T@${stamp === true ? ';%i:%C@' : ''} %p\000%l\n`]
    : [
        '-exec',
        'sh',
        '-c',
        `ulimit -v ${LINE_MEMORY};grep -lFZ${wanted(containing)} -- "$@" | xargs -0 -r stat --printf '${String.raw`\000${index} %f %u %g %s %Y %n\000\n`}'`,
        'sh',
        '{}',
        '+',
      ]

const stated = ({ where: { containing, types } = {}, stamp }: FindRequest, index: number): FindArgument[] => [
  '-exec',
  'sh',
  '-c',
  {
    program: `k=${index};${stamp === true ? 't=1;' : ''}${containing === undefined ? '' : `ulimit -v ${LINE_MEMORY};set -f;IFS='\n';set -- $(grep -lF${wanted(containing)} -- "$@");`}`,
  },
  'sh',
  '{}',
  '+',
  ...(containing === undefined && (types?.includes('link') ?? true)
    ? ['-type', 'l', '-exec', 'sh', '-c', LINKS, 'sh', '{}', '+']
    : []),
]

/** Two lines for each link; one that points to a name with a line feed is left out. */
const LINKS = String.raw`for f do t=$(readlink "$f"; echo /); t=${'$'}{t%/}; t=${'$'}{t%?}; case $t in *"
"*) ;; *) printf 'l%s\n%s\n' "$f" "$t" ;; esac; done`
