import type { FindingOf } from '@rollcall/contract'
import type { KeyedDigest } from '../probe.ts'
import type { OfferHash } from '../stored-hash.ts'
import { formatChooser } from './choose-formats.ts'
import { credentialFile, encodingOf } from './credential-file.ts'
import type { CredentialFile, Embedded, Sighting } from './detector.ts'
import { formats } from './formats/index.ts'
import { judge, type Judged } from './judge.ts'
import { opensByDefault, type Hash } from './keystores/opens-by-default.ts'
import { isPublishedKey } from './keystores/published-key.ts'
import { isInterface, isProgramOrProse } from './lines/file-kind.ts'
import { keptApart, type WithValues } from './values/kept-apart.ts'
import { lookThrough } from './keywords/look-through.ts'

/** A stored credential as the engine tells it: all but the facts of the file around it. No field holds the value. */
export interface Detected extends Omit<FindingOf<'stored-credential'>, 'kind' | 'file' | 'place' | 'program'> {
  /** 1-based. */
  readonly line: number
  /** Where the value stands in `text` (in `bytes` of binary content), for masking it on this side. Not part of a report. */
  readonly at: number
  readonly span: number
}

export interface Detection {
  /** In the order of the file. */
  readonly found: readonly Detected[]
  /** How many more there were than are told. */
  readonly cut: number
}

export interface DetectTools {
  readonly keyedDigest: KeyedDigest
  /** Without it, keystores are not tried with the passwords that they are shipped with. */
  readonly hash?: Hash
  /** Takes every hash of a password that is told. */
  readonly offerHash?: OfferHash
}

const MOST_IN_A_FILE = 2000

/**
 * Finds the credentials in one file. The formats that its path or beginning tells read it; where none of them knows it whole, so does
 * the reader of lines; tokens are looked for in any. What several see at the same place is told once, by the one that knows most.
 *
 * Pure and total: any bytes, in time linear in their number. Values leave it as keyed digests only.
 */
export const detect = (path: string, bytes: Uint8Array, tools: DetectTools, truncated = false): Detection => {
  const file = credentialFile(path, bytes, truncated)
  const sightings = bestOf(sightingsIn(file))
  const place = placesIn(file)
  const secrets = new Set(
    sightings.map(({ sighting }) => valueOf(sighting, file)).filter(({ length }) => length >= TELLING),
  )
  const found: WithValues[] = []
  let cut = 0
  for (const best of sightings) {
    let opening: string | undefined
    const judgedOf = ({ sighting }: Seen) =>
      judge(withoutOthers(sighting, secrets, file), file, (value) => tools.keyedDigest((opening = value)))
    // Where what knows most is nothing to tell, what another saw there may be.
    let chosen: Seen = best
    let judged = judgedOf(best)
    for (const other of best.others ?? []) {
      if (judged !== undefined) break
      judged = judgedOf((chosen = other))
    }
    if (judged === undefined) continue
    const { sighting, detector } = chosen
    if (tools.offerHash !== undefined) offer(judged, valueOf(sighting, file), tools.offerHash)
    if (found.length >= MOST_IN_A_FILE) cut++
    else
      found.push({
        detected: { ...tried(judged, sighting, file, tools), detector, ...place(sighting) },
        values: valuesOf(sighting, file, opening),
      })
  }
  return { found: keptApart(found), cut }
}

const offer = ({ value, secret, account, service, scheme }: Judged, hash: string, offerHash: OfferHash) => {
  if (value !== 'hash' || secret !== 'password') return
  offerHash({
    reveal: () => hash,
    ...(account === undefined ? {} : { account }),
    ...(service === undefined ? {} : { service }),
    ...(scheme === undefined ? {} : { scheme }),
  })
}

/** A store that a password opens that everybody knows protects nothing; nor does a key that everybody has. */
const tried = (judged: Judged, sighting: Sighting, file: CredentialFile, { hash }: DetectTools): Judged => {
  const { secret, scheme, weaknesses = [] } = judged
  const { bytes, truncated } = file
  if (hash !== undefined && secret === 'private-key' && valueOf(sighting, file).includes('-----BEGIN'))
    return isPublishedKey(valueOf(sighting, file), hash) && !weaknesses.includes('publicly-known')
      ? { ...judged, weaknesses: [...weaknesses, 'publicly-known'] }
      : judged
  if (hash === undefined || secret !== 'store' || scheme === undefined || truncated) return judged
  return opensByDefault(bytes, scheme, hash) === true ? { ...judged, weaknesses: [...weaknesses, 'default'] } : judged
}

/** Shorter words are names of accounts more often than secrets. */
const TELLING = 8

const valueOf = ({ value, at, length }: Sighting, { text }: CredentialFile) => value ?? text.slice(at, at + length)

/** The secret itself, and as it is written where that differs by an encoding: formats may tell either in another place. */
const valuesOf = ({ value, at, length }: Sighting, { text }: CredentialFile, opening: string | undefined): string[] => {
  const written = text.slice(at, at + length)
  const own = opening ?? value ?? written
  // In what is longer by more than an encoding, other things stand as well.
  const encoded = value !== undefined && value !== written && written.length <= 3 * own.length + 8
  return encoded ? [own, written] : [own]
}

/** What is taken for the name of an account or system by names alone: where it is a secret elsewhere in the file, it is not told. */
const withoutOthers = (sighting: Sighting, secrets: ReadonlySet<string>, file: CredentialFile): Sighting => {
  if (sighting.by === 'format') return sighting
  const { account, system, ...rest } = sighting
  const isSecret = (text: string | undefined) =>
    text !== undefined && secrets.has(text) && text !== valueOf(sighting, file)
  if (!isSecret(account) && !isSecret(system)) return sighting
  return {
    ...rest,
    ...(account === undefined || isSecret(account) ? {} : { account }),
    ...(system === undefined || isSecret(system) ? {} : { system }),
  }
}

interface Seen {
  readonly sighting: Sighting
  readonly detector: string
  /** What others saw at the same place and know less of. */
  readonly others?: readonly Seen[]
}

const MOST_OTHERS = 8

/** How deep files are looked for in each other's values, and how many there. */
const DEEPEST = 2
const MOST_EMBEDDED = 2000

const sightingsIn = (file: CredentialFile, depth = 0): Seen[] => {
  let begins: string | undefined
  const head = () => (begins ??= headOf(file))
  const byName = chooseFormats(file.path, head, 'none')
  const known = byName.some(({ whole }) => whole)
  const binary = encodingOf(file) === 'binary'
  const looked = binary ? undefined : lookThrough(file, !known)
  const keyword = looked?.named ?? true
  // Where no word announces anything, and in programs and documentation, no format is told by its beginning.
  const asked = looked?.any !== false && !isProgramOrProse(file.path)
  const all = asked ? chooseFormats(file.path, head, looked?.announced) : byName
  // Where a format knows the file whole, names alone mean nothing.
  const wholly = all.some(({ whole, named }) => whole === true && named !== true)
  const chosen = wholly ? all.filter(({ named }) => named !== true) : all
  const seen: Seen[] = []
  const take = (detector: string, sightings: Iterable<Sighting>) => {
    let left = 10 * MOST_IN_A_FILE
    for (const sighting of sightings) {
      seen.push({ sighting, detector })
      if (--left === 0) break
    }
  }
  for (const format of chosen) {
    const readable = format.content === 'any' || (format.content === 'binary') === binary
    if (!readable || (format.named === true && isInterface(file.path))) continue
    const silent =
      looked !== undefined && !looked.spoken && !looked.logins && format.gives?.(file, looked.names()) === false
    if (format.named !== true || (keyword && !silent)) take(format.id, format.read(file))
    // In a script that is a value, a command may be what takes a secret.
    if (format.holds !== undefined && looked?.any === true && depth < DEEPEST)
      for (const one of sightingsInside(file, format.holds(file), depth)) seen.push(one)
  }
  if (looked === undefined) return seen
  if (!chosen.some(({ whole }) => whole)) take('lines', looked.lines)
  for (const { detector, sighting } of looked.shapes) take(detector, [sighting])
  return seen
}

/** What is in files that are values of another, at their places in that one. */
function* sightingsInside(file: CredentialFile, all: Iterable<Embedded>, depth: number): Iterable<Seen> {
  let left = MOST_EMBEDDED
  for (const { path, text, place } of all) {
    if (left-- === 0) return
    const inner = { path, text, bytes: ENCODER.encode(text), truncated: file.truncated }
    for (const { sighting, detector } of sightingsIn(inner, depth + 1)) {
      const { at, length, value = text.slice(at, at + length) } = sighting
      yield { sighting: { ...sighting, value, ...place(at, length) }, detector }
    }
  }
}

const chooseFormats = formatChooser(formats)

/** As latin1 where it may be the magic number of something: that is dear. */
const headOf = ({ bytes }: CredentialFile) => {
  const head = bytes.subarray(0, 4096)
  return head.subarray(0, 4).every((byte) => byte < 0x80) ? UTF8.decode(head) : String.fromCharCode(...head)
}

const UTF8 = new TextDecoder()

const RANK = { format: 3, name: 2, shape: 1 } as const

const rank = ({ by, account, system, name }: Sighting) =>
  RANK[by] * 8 + (account === undefined ? 0 : 4) + (system === undefined ? 0 : 2) + (name === undefined ? 0 : 1)

/** Of sightings whose values overlap the one that knows most; in the order of the file. */
const bestOf = (seen: readonly Seen[]): Seen[] => {
  const kept: Seen[] = []
  for (const one of seen.toSorted((a, b) => a.sighting.at - b.sighting.at || b.sighting.length - a.sighting.length)) {
    const last = kept.at(-1)
    if (last === undefined || !overlap(last.sighting, one.sighting)) kept.push(one)
    else {
      const [better, other] = rank(one.sighting) > rank(last.sighting) ? [one, last] : [last, one]
      const { sighting, detector } = better
      kept[kept.length - 1] = { sighting, detector, others: [...(last.others ?? []), other].slice(0, MOST_OTHERS) }
    }
  }
  return kept
}

/** Empty values overlap only with those at the same place. */
const overlap = (one: Sighting, other: Sighting) => other.at === one.at || other.at < one.at + one.length

/** Gives lines and byte offsets of places that are asked for in the order of the file. */
const placesIn = ({ text, bytes, path: _ }: CredentialFile) => {
  const binary = text === ''
  const ascii = bytes.length === text.length
  let line = 1
  let byte = 0
  let done = 0
  let nextLine = text.indexOf('\n')
  const advance = (to: number) => {
    for (; nextLine >= 0 && nextLine < to; nextLine = text.indexOf('\n', nextLine + 1)) line++
    done = to
  }
  return ({ at, length }: Sighting): Pick<Detected, 'line' | 'endLine' | 'offset' | 'at' | 'span'> => {
    if (binary) return { line: 1, offset: at, at, span: length }
    const from = done
    advance(at)
    byte += ascii ? at - from : ENCODER.encode(text.slice(from, at)).length
    const begins = line
    let ends = line
    for (let index = at; index < at + length; index++) if (text.charCodeAt(index) === 10) ends++
    return { line: begins, ...(ends > begins ? { endLine: ends } : {}), offset: byte, at, span: length }
  }
}

const ENCODER = new TextEncoder()
