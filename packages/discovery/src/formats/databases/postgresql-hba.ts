import type { Place, Reason } from '@rollcall/contract'
import type { IncludedFiles } from '../included-files.ts'
import { folderOf, literally } from '../../posix-path.ts'

/** A word of a list, as pg_hba.conf has it. Quotes take the special meaning away that `all`, `+group` and others have without. */
export interface HbaWord {
  readonly text: string
  readonly quoted: boolean
}

/** One rule of pg_hba.conf: of those that fit a connection, the first decides. */
export interface HbaRule {
  readonly type: string
  readonly databases: readonly HbaWord[]
  readonly users: readonly HbaWord[]
  /** As written: an address with its length, with its mask after a space, a name, `all`, `samehost`, `samenet`. */
  readonly address?: string
  readonly method: string
  readonly options: readonly { readonly name: string; readonly value: string }[]
  readonly place: Required<Place>
}

/** A line of pg_ident.conf. */
export interface IdentLine {
  readonly map: string
  readonly system: string
  readonly role: string
  readonly place: Required<Place>
}

/** Another file that one of them names. */
export interface HbaWanted {
  /** A path, or the pattern of a folder's files. */
  readonly pattern: string
  readonly place: Required<Place>
}

export interface ParsedHba<Entry> {
  readonly entries: readonly Entry[]
  /** What must be read to know all. */
  readonly wanted: readonly HbaWanted[]
  readonly reasons: readonly Reason[]
}

/** Reads pg_hba.conf and whatever it includes, as PostgreSQL 16 does; older ones know less of it and refuse the file. */
export const parseHba = (path: string, files: IncludedFiles): ParsedHba<HbaRule> => {
  const reading = newReading<HbaRule>(files)
  for (const line of linesOf(path, reading, 0)) {
    const rule = ruleOf(line, reading)
    if (rule === undefined) reading.refuse(line.place)
    else reading.entries.push(rule)
  }
  return reading
}

/** Reads pg_ident.conf. */
export const parseIdent = (path: string, files: IncludedFiles): ParsedHba<IdentLine> => {
  const reading = newReading<IdentLine>(files)
  for (const { fields, place } of linesOf(path, reading, 0)) {
    const [map, system, role] = fields.map(([first]) => first?.text)
    if (map === undefined || system === undefined || role === undefined || fields.length !== 3) reading.refuse(place)
    else reading.entries.push({ map, system, role, place })
  }
  return reading
}

const MOST_ENTRIES = 10_000
/** Files that are followed, however often they name each other. */
const MOST_FOLLOWED = 1000
const MOST_WORDS = 1000
const DEEPEST = 10

interface Reading<Entry> extends ParsedHba<Entry> {
  readonly files: IncludedFiles
  readonly entries: Entry[]
  readonly wanted: HbaWanted[]
  readonly reasons: Reason[]
  refuse(place: Required<Place>, code?: 'unparsable' | 'too-deep' | 'too-many'): void
  /** Whether one more file may be followed. */
  follow(place: Required<Place>): boolean
}

const newReading = <Entry>(files: IncludedFiles): Reading<Entry> => {
  const reasons: Reason[] = []
  let followed = 0
  const refuse: Reading<Entry>['refuse'] = ({ path, line }, code = 'unparsable') => {
    if (reasons.length < 100) reasons.push({ code, path, line })
  }
  return {
    files,
    entries: [],
    wanted: [],
    reasons,
    refuse,
    follow(place) {
      if (followed++ === MOST_FOLLOWED) refuse(place, 'too-many')
      return followed <= MOST_FOLLOWED
    },
  }
}

interface Line {
  readonly fields: readonly (readonly HbaWord[])[]
  readonly place: Required<Place>
}

/** The lines that say something, those of included files in their place. */
function* linesOf<Entry>(path: string, reading: Reading<Entry>, depth: number): Generator<Line> {
  const text = reading.files.text(path)
  if (text === undefined) return
  let number = 0
  const physical = text.split('\n')
  while (number < physical.length) {
    const place = { path, line: number + 1 }
    let logical = withoutReturn(physical[number++]!)
    // A backslash at the end carries on with the next line.
    while (logical.endsWith('\\') && number < physical.length)
      logical = logical.slice(0, -1) + withoutReturn(physical[number++]!)
    const fields = fieldsOf(logical)
    if (fields.length === 0) continue
    if (reading.entries.length >= MOST_ENTRIES) return reading.refuse(place, 'too-many')
    const [first, second] = fields
    if (first!.length === 1 && !first![0]!.quoted && isInclude(first![0]!.text))
      yield* included(first![0]!.text, second?.[0]?.text, place, reading, depth)
    else yield { fields, place }
  }
}

const withoutReturn = (line: string) => (line.endsWith('\r') ? line.slice(0, -1) : line)

const isInclude = (word: string) => word === 'include' || word === 'include_if_exists' || word === 'include_dir'

function* included<Entry>(
  directive: string,
  named: string | undefined,
  place: Required<Place>,
  reading: Reading<Entry>,
  depth: number,
): Generator<Line> {
  if (named === undefined) return reading.refuse(place)
  if (depth >= DEEPEST) return reading.refuse(place, 'too-deep')
  if (!reading.follow(place)) return
  const path = absolute(named, place.path)
  if (directive === 'include_dir') {
    const pattern = `${literally(path)}/*.conf`
    reading.wanted.push({ pattern, place })
    for (const file of reading.files.paths(pattern)) if (reading.follow(place)) yield* linesOf(file, reading, depth + 1)
  } else {
    reading.wanted.push({ pattern: literally(path), place })
    yield* linesOf(path, reading, depth + 1)
  }
}

const absolute = (named: string, from: string) =>
  (named.startsWith('/') ? named : `${folderOf(from)}/${named}`).slice(0, 4096)

/** The fields of a line, each a list of words with commas between. `#` starts a comment wherever no quotes are open. */
const fieldsOf = (line: string): HbaWord[][] => {
  const fields: HbaWord[][] = []
  let at = 0
  while (at < line.length) {
    const field: HbaWord[] = []
    let more = true
    while (more) {
      while (at < line.length && (isBlank(line[at]!) || line[at] === ',')) at++
      if (at >= line.length || line[at] === '#') {
        at = line.length
        break
      }
      const quoted = line[at] === '"'
      let text = ''
      let inQuotes = false
      let wasQuote = false
      more = false
      for (; at < line.length && (inQuotes || !isBlank(line[at]!)); at++) {
        const unit = line[at]!
        if (unit === '#' && !inQuotes) {
          at = line.length
          break
        }
        if (unit === ',' && !inQuotes) {
          more = true
          at++
          break
        }
        if (unit !== '"' || wasQuote) text += unit
        wasQuote = inQuotes && unit === '"' ? !wasQuote : false
        if (unit === '"') inQuotes = !inQuotes
      }
      field.push({ text, quoted })
    }
    if (field.length > 0) fields.push(field)
  }
  return fields
}

const isBlank = (unit: string) => unit === ' ' || unit === '\t' || unit === '\r'

const TYPES = new Set(['local', 'host', 'hostssl', 'hostnossl', 'hostgssenc', 'hostnogssenc'])
const METHODS = new Set([
  'trust',
  'reject',
  'md5',
  'password',
  'scram-sha-256',
  'gss',
  'sspi',
  'ident',
  'peer',
  'pam',
  'bsd',
  'ldap',
  'cert',
  'radius',
  'oauth',
])

const ruleOf = ({ fields, place }: Line, reading: Reading<HbaRule>): HbaRule | undefined => {
  const [typeField, databaseField, userField, ...rest] = fields
  const type = only(typeField)
  if (type === undefined || !TYPES.has(type) || databaseField === undefined || userField === undefined) return undefined
  const address = type === 'local' ? undefined : only(rest.shift())
  if (type !== 'local' && address === undefined) return undefined
  // An address without its length is followed by its mask; a name is not.
  const isBare = address !== undefined && /^[0-9a-fA-F:.]+$/.test(address) && /[:.]/.test(address) && isAddress(address)
  const mask = isBare ? only(rest.shift()) : undefined
  if (isBare && (mask === undefined || !isAddress(mask))) return undefined
  const word = only(rest.shift())
  if (word === undefined || !METHODS.has(word)) return undefined
  const options = rest.flat().map(({ text }) => {
    const at = text.indexOf('=')
    return at === -1 ? undefined : { name: text.slice(0, at), value: text.slice(at + 1) }
  })
  if (options.includes(undefined)) return undefined
  return {
    type,
    databases: expanded(databaseField, place, reading),
    users: expanded(userField, place, reading),
    ...(address === undefined ? {} : { address: mask === undefined ? address : `${address} ${mask}` }),
    // The server takes the one for the other on a local socket.
    method: type === 'local' && word === 'ident' ? 'peer' : word,
    options: options.filter((option) => option !== undefined),
    place,
  }
}

const only = (field: readonly HbaWord[] | undefined) => (field?.length === 1 ? field[0]!.text : undefined)

const isAddress = (text: string) => /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text) || text.includes(':')

/** Words that name a file stand for the words in it. */
const expanded = (
  words: readonly HbaWord[],
  place: Required<Place>,
  reading: Reading<HbaRule>,
  from = place.path,
  depth = 0,
): HbaWord[] => {
  const result: HbaWord[] = []
  for (const word of words) {
    if (result.length >= MOST_WORDS) {
      reading.refuse(place, 'too-many')
      break
    }
    if (word.quoted || !word.text.startsWith('@') || word.text.length < 2) {
      result.push(word)
      continue
    }
    if (depth >= DEEPEST) {
      reading.refuse(place, 'too-deep')
      continue
    }
    if (!reading.follow(place)) break
    const path = absolute(word.text.slice(1), from)
    reading.wanted.push({ pattern: literally(path), place })
    const inside = (reading.files.text(path) ?? '').split('\n').flatMap((line) => fieldsOf(line).flat())
    result.push(...expanded(inside.slice(0, MOST_WORDS), place, reading, path, depth + 1))
  }
  return result.slice(0, MOST_WORDS)
}
