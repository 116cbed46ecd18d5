import { Buffer } from 'node:buffer'
import type { FileType, FindRequest, FindResult, FoundEntry, Unread } from '@rollcall/discovery'
import { mostEntries, startsOf, type Walk } from './walk.ts'

/** What find(1) said in one walk. */
export interface Printed {
  readonly dialect: 'n' | 'l'
  readonly records: { readonly bytes: Uint8Array; readonly cut: boolean }
  readonly messages: { readonly bytes: Uint8Array; readonly cut: boolean }
}

type Unsearched = Extract<FindResult, { state: 'found' }>['unsearched'][number]
type Silence = Extract<Extract<FindResult, { state: 'unread' }>['why'], Unread>

/** The result of each search of a walk. `silence` is why the walk was not heard to its end. */
export const readFound = (
  walk: Walk,
  { dialect, records, messages }: Printed,
  starts: readonly Unsearched[],
  silence: Silence | undefined,
): FindResult[] => {
  const { found, unnamed } = dialect === 'n' ? readRecords(records.bytes) : readLines(records.bytes)
  const told = readMessages(messages, startOf(walk))
  const flooded = records.cut || records.bytes.length >= walk.bytes || lines(records.bytes) > walk.records
  const unsearched = [...starts, ...told.unsearched]
  if (silence !== undefined && silence !== 'timed-out') unsearched.push({ path: startOf(walk), why: silence })
  const results = walk.searches.map((search, index): Extract<FindResult, { state: 'found' }> => {
    const most = mostEntries(search)
    const entries = [...(found.get(index)?.values() ?? [])]
    const cut =
      flooded || entries.length > most ? 'too-many' : told.late || silence === 'timed-out' ? 'timed-out' : undefined
    return {
      state: 'found',
      entries: entries.slice(0, most),
      unsearched,
      unnamed: unnamed.get(index) ?? unnamed.get('all') ?? 0,
      ...(cut === undefined ? {} : { cut }),
    }
  })
  if (walk.parts === undefined) return results
  const named = new Set(startsOf(walk.searches[0]!))
  const [whole] = results
  const all = new Map(whole!.entries.map((entry) => [entry.path, entry]))
  return walk.parts.map((part) => partOf(part, whole!, all, named))
}

/** What of a walk concerns one of the searches that share it; what nobody named concerns all. */
const partOf = (
  part: FindRequest,
  { unsearched, unnamed, cut }: Extract<FindResult, { state: 'found' }>,
  all: ReadonlyMap<string, FoundEntry>,
  named: ReadonlySet<string>,
): FindResult => {
  const own = startsOf(part)
  const found = own.flatMap((path) => all.get(path) ?? [])
  const most = mostEntries(part)
  const cutHere = found.length > most ? 'too-many' : cut
  return {
    state: 'found',
    entries: found.slice(0, most),
    unsearched: unsearched.filter(({ path }) => own.includes(path) || !named.has(path)),
    unnamed: part.under.some((path) => path.includes('\n')) ? unnamed : 0,
    ...(cutHere === undefined ? {} : { cut: cutHere }),
  }
}

const startOf = (walk: Walk) => walk.searches[0]?.under[0] ?? '/'

interface Found {
  /** By search, then by path: folders that lie in each other give an entry twice. */
  readonly found: ReadonlyMap<number, ReadonlyMap<string, FoundEntry>>
  readonly unnamed: ReadonlyMap<number | 'all', number>
}

/** Records of GNU find: NUL, the facts and the path, NUL, where a link points, newline. One that was cut off is dropped. */
const readRecords = (bytes: Uint8Array): Found => {
  const pieces = latin1(bytes).split('\0')
  const found = new Map<number, Map<string, FoundEntry>>()
  const unnamed = new Map<number, number>()
  for (let at = 1; at + 1 < pieces.length; at += 2) {
    const target = pieces[at + 1]!
    const record = RECORD.exec(pieces[at]!)
    if (record === null || !target.endsWith('\n')) continue
    const index = Number(record[1])
    if (record[10]!.includes('\n')) {
      unnamed.set(index, (unnamed.get(index) ?? 0) + 1)
      continue
    }
    remember(found, index, entryOf(record, target.slice(0, -1)))
  }
  return { found, unnamed }
}

/** Lines of stat(1): the facts and the path. `l` begins two lines of a link, `n` how many names are left out. */
const readLines = (bytes: Uint8Array): Found => {
  const said = latin1(bytes).split('\n')
  const found = new Map<number, Map<string, FoundEntry>>()
  const targets = new Map<string, string>()
  let unnamed = 0
  for (let at = 0; at + 1 < said.length; at++) {
    const line = said[at]!
    if (line.startsWith('n')) unnamed += Math.min(Number(line.slice(1)) || 0, 1_000_000)
    else if (line.startsWith('l')) targets.set(hostText(line.slice(1)), said[++at]!)
    else {
      const record = RECORD.exec(line.replace('=', ' '))
      if (record !== null) remember(found, Number(record[1]), entryOf(record, ''))
    }
  }
  for (const entries of found.values())
    for (const [path, entry] of entries) {
      const target = entry.type === 'link' ? targets.get(path) : undefined
      if (target !== undefined) entries.set(path, { ...entry, target: hostText(target) })
    }
  return { found, unnamed: new Map([['all', unnamed]]) }
}

/** Search; letter of the type and mode, or both in hexadecimal; uid, gid, size, seconds, stamp, path. */
const RECORD =
  /^(\d{1,4}) (?:([a-zA-Z]) ([0-7]{1,6})|([0-9a-f]{4,8})) (\d{1,10}) (\d{1,10}) (\d{1,20}) (-?\d{1,20})(?:\.\d*)?(?:;(\d{1,20}:-?\d{1,20}(?:\.\d{1,10})?))? (\/[^]*)$/

const remember = (found: Map<number, Map<string, FoundEntry>>, index: number, entry: FoundEntry) => {
  const known = found.get(index)
  if (known === undefined) found.set(index, new Map([[entry.path, entry]]))
  else known.set(entry.path, entry)
}

const entryOf = (record: RegExpExecArray, target: string): FoundEntry => {
  const [, , letter, octal, hexadecimal, uid, gid, size, seconds, stamp, path] = record
  const mode = hexadecimal === undefined ? Number.parseInt(octal!, 8) : Number.parseInt(hexadecimal, 16)
  const type = hexadecimal === undefined ? LETTERS[letter!] : FORMATS[mode >> 12]
  return {
    path: hostText(path!),
    type: type ?? 'other',
    size: Number(size),
    mode: mode & 0o7777,
    uid: Number(uid),
    gid: Number(gid),
    modified: instantOf(Number(seconds)),
    ...(type === 'link' && target !== '' ? { target: hostText(target) } : {}),
    ...(stamp === undefined ? {} : { stamp }),
  }
}

const LETTERS: Readonly<Record<string, FileType>> = {
  f: 'file',
  d: 'folder',
  l: 'link',
  s: 'socket',
  p: 'fifo',
  b: 'device',
  c: 'device',
}

/** The upper bits of st_mode. */
const FORMATS: Readonly<Record<number, FileType>> = {
  8: 'file',
  4: 'folder',
  10: 'link',
  12: 'socket',
  1: 'fifo',
  6: 'device',
  2: 'device',
}

/**
 * What find(1), grep(1) and stat(1) complain about. The last line is the exit status of find. What vanished while it looked is
 * not there; a complaint that is not understood is told of the folder where the walk began.
 */
const readMessages = ({ bytes, cut }: Printed['messages'], start: string) => {
  const said = latin1(bytes).replace(/\n$/, '').split('\n')
  const status = /^=(\d{1,3})$/.exec(said.at(-1) ?? '')?.[1]
  const unsearched = new Map<string, Unsearched>()
  const complaints = said.slice(cut ? 1 : 0, -1).filter((line) => !/^=\d+$/.test(line))
  for (const line of complaints) {
    const told = complaint(line)
    if (told === 'harmless' || unsearched.size >= MOST_TOLD) continue
    const one = told ?? { path: start, why: 'io-error' as const }
    unsearched.set(one.path, one)
  }
  // It may not even have understood what it was asked.
  if (complaints.length === 0 && status !== undefined && status !== '0' && !CUT_OFF.has(status))
    unsearched.set(start, { path: start, why: 'io-error' })
  return { unsearched: [...unsearched.values()], late: status === undefined ? bytes.length > 0 : LATE.has(status) }
}

const MOST_TOLD = 200

/** Exit statuses of what timeout(1) ended and of what nobody listened to any more, as shells and timeout(1) count them. */
const LATE = new Set(['124', '137', '143', '271'])
const CUT_OFF = new Set([...LATE, '141', '269'])

/** `find: '/a/b': Permission denied`, in the forms of GNU, BusyBox and the BSDs. */
const complaint = (line: string): Unsearched | 'harmless' | undefined => {
  if (/warning|loop detected|terminated by signal|broken pipe|write error/i.test(line)) return 'harmless'
  const begins = line.indexOf('/')
  const ends = line.lastIndexOf(': ')
  const why = line.slice(ends + 2)
  if (/^(no such file or directory|not a directory)$/i.test(why)) return 'harmless'
  if (begins < 0 || ends <= begins || ends - begins > 4200) return undefined
  const quote = line[begins - 1]
  const written = line.slice(begins, ends)
  const path = (quote === "'" || quote === '`') && written.endsWith("'") ? unescaped(written.slice(0, -1)) : written
  if (path.includes('\n')) return 'harmless'
  return { path: hostText(path), why: /denied|not permitted/i.test(why) ? 'not-permitted' : 'io-error' }
}

/** As GNU writes names between quotes in the language C. */
const unescaped = (written: string) =>
  written.replaceAll(/\\([0-7]{3}|[abfnrtv]|[^])/g, (_, code: string) =>
    /^[0-7]{3}$/.test(code)
      ? String.fromCharCode(Number.parseInt(code, 8) & 0xff)
      : (({ a: '\u0007', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' } as Record<string, string>)[code] ??
        code),
  )

const lines = (bytes: Uint8Array) => {
  let count = 0
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) count++
  return count
}

export const latin1 = (bytes: Uint8Array) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')

const EARLIEST = Date.parse('0000-01-01T00:00:00Z')
const LATEST = Date.parse('9999-12-31T23:59:59Z')

/** An instant as ISO 8601. Clocks of hosts say anything: what has no four-digit year is the nearest that has one. */
export const instantOf = (seconds: number): string => {
  const known = INSTANTS.get(seconds)
  if (known !== undefined) return known
  const instant = new Date(Math.min(Math.max(seconds * 1000, EARLIEST), LATEST)).toISOString()
  if (INSTANTS.size >= MOST_INSTANTS) INSTANTS.clear()
  INSTANTS.set(seconds, instant)
  return instant
}

/** Most files of a host have the time of a few installations. */
const INSTANTS = new Map<number, string>()
const MOST_INSTANTS = 4096

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A path as text. Bytes that are not UTF-8 are written `\xHH`, so that different files keep different names. */
export const hostPath = (bytes: Uint8Array): string => {
  const plain = latin1(bytes)
  if (ASCII.test(plain)) return plain
  try {
    return strictUtf8.decode(bytes)
  } catch {
    return Array.from(bytes, (byte) => (byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`)).join('')
  }
}

/** The same for bytes that are held as Latin-1. */
export const hostText = (text: string) => (ASCII.test(text) ? text : hostPath(Buffer.from(text, 'latin1')))

const ASCII = /^[\0-\x7f]*$/
