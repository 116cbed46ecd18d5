import type { CredentialFile, CredentialFormat, Sighting } from '../detector.ts'
import { encodingOf } from '../credential-file.ts'
import { ARMOR_WORDS, armoredKeyAt } from '../lines/armored-keys.ts'
import { mayGiveInCode } from '../lines/may-give.ts'
import { lineReader } from '../lines/read-lines.ts'
import { nameAroundIn, nameBegin, nameEnd as nameEndOf } from '../lines/name-around.ts'
import { secretNamed } from '../names/secret-name.ts'
import { mayBeToken, tokenAt, TOKEN_WORDS } from '../find-tokens.ts'
import { announcedBy, ANNOUNCING_WORDS } from './announced.ts'
import { placesInText } from './places-in-text.ts'
import { wordSearch, type WordSearch } from './word-search.ts'
import { LINE_WORDS, SPOKEN_WORDS } from './words.ts'

export interface LookedThrough {
  /** Whether anything at all announces one. */
  readonly any: boolean
  /** Whether the name of a secret or a URL is in it. */
  readonly named: boolean
  /** Whether it holds the name of a secret in an alphabet that no word is looked for in. */
  readonly spoken: boolean
  /** Whether a login may stand in a URL or a connection string. */
  readonly logins: boolean
  /** Where in the text what may be names of secrets begin and end, one after the other. */
  readonly names: () => readonly number[]
  /** The formats of which a word stands in its beginning that announces them. */
  readonly announced: ReadonlySet<CredentialFormat>
  /** What its lines tell, where they were read. */
  readonly lines: readonly Sighting[]
  /** Tokens and keys known by their own shape. */
  readonly shapes: readonly { readonly detector: string; readonly sighting: Sighting }[]
}

const MOST_SHAPES = 20_000

/** Of how many bytes the beginning is by which formats are told. */
const HEAD = 4096

/**
 * Looks once through the bytes of a text for everything that announces a secret: names, URLs, commands, hashes, beginnings of tokens and
 * keys. What stands around a word is read only where there is one, and the text is made of the bytes only where that says something.
 */
export const lookThrough = (file: CredentialFile, withLines: boolean): LookedThrough => {
  const looked = encodingOf(file) === 'utf-8' ? throughBytes(file, file.bytes, withLines) : undefined
  if (looked !== undefined) return looked
  const { text } = file
  const spoken = SPOKEN.test(text)
  const again = throughBytes(file, codesOf(text), withLines, (byte) => byte)!
  return { ...again, any: again.any || spoken, named: again.named || spoken, spoken: again.spoken || spoken }
}

/** Undefined where places in the bytes cannot be told in the text. */
const throughBytes = (
  file: CredentialFile,
  bytes: Uint8Array,
  withLines: boolean,
  placed?: (byte: number) => number,
): LookedThrough | undefined => {
  const reader = withLines ? lineReader(file) : undefined
  const shapes: { detector: string; sighting: Sighting }[] = []
  const announced = new Set<CredentialFormat>()
  const names: number[] = []
  let place = placed
  let placeless = false
  const isPlaced = () => {
    place ??= placesInText(file)
    placeless = place === undefined
    return !placeless
  }
  let any = false
  let named = false
  let spoken = false
  let logins = false
  let shapesEnd = 0
  let nameEnd = 0
  let called = NO_NAME
  let gives = true
  wordsSearched().search(bytes, (last, word) => {
    const begins = last + 1 - LENGTHS[word]!
    if (word >= ANNOUNCED_FROM) {
      if (begins < HEAD) announced.add(announcedBy(word - ANNOUNCED_FROM))
      return
    }
    if (word >= SPOKEN_FROM) {
      any = named = spoken = true
      return
    }
    any = true
    if (word < LINE_WORDS.length) {
      const looks = LINE_WORDS[word]![1]
      if (looks === 'name') {
        // Several words may stand in one name.
        if (begins >= nameEnd) {
          const { from, to, foreign } = nameAroundIn(bytes, begins, last + 1)
          nameEnd = to
          gives = true
          if (!foreign) {
            called = calledIn(bytes, from, to)
            const quick = called !== NO_NAME && reader?.isCode() === true && !HEADERS.has(LINE_WORDS[word]![0])
            if (quick) gives = mayGiveInCode(bytes, from, to)
          } else {
            if (!isPlaced()) return false
            const { text } = file
            const begin = nameBegin(text, place!(begins))
            const end = nameEndOf(text, place!(last + 1))
            called = calledBy(text.slice(begin, end))
          }
          named ||= called === NAME
          if (called !== NO_NAME) names.push(from, to)
        }
        if (!gives || (called !== NAME && !CONNECTS.has(bytes[nameEnd]!))) return
      } else {
        named ||= looks !== 'program'
        if (looks === 'url' && !isLogin(bytes, last + 1)) return
        logins ||= looks === 'url' || looks === 'dsn'
      }
      if (reader === undefined) return
      if (!isPlaced()) return false
      reader.found(looks, place!(begins), place!(last + 1))
    } else if (shapes.length < MOST_SHAPES && begins >= shapesEnd) {
      if (word >= TOKENS_FROM && !mayBeToken(bytes, begins, word - TOKENS_FROM)) return
      if (!isPlaced()) return false
      const { text } = file
      const at = place!(begins)
      const found = word < TOKENS_FROM ? armored(text, at) : tokenAt(text, at, word - TOKENS_FROM)
      if (found === undefined) return
      shapes.push(found)
      if (found.detector === ARMOR) shapesEnd = begins + found.sighting.length
    }
    return
  })
  if (placeless) return undefined
  const inText = () => {
    isPlaced()
    return placeless ? [] : names.map((byte) => place!(byte))
  }
  return { any, named, spoken, logins, names: inText, announced, lines: reader?.sightings() ?? [], shapes }
}

/** A name, and a password, in front of a host: up to what can be neither. Bytes of longer characters may be part of them. */
const isLogin = (bytes: Uint8Array, from: number): boolean => {
  const most = Math.min(bytes.length, from + 3 * 1540)
  let at = from
  while (at < most && ENDS_LOGIN[bytes[at]!] === 0) at++
  return bytes[at] === 0x40
}

const ENDS_LOGIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(byte < 128 && /[\s/?#@"'<>\\]/.test(String.fromCharCode(byte))),
)

/** Names of what has the secret in it, behind its scheme. */
const HEADERS: ReadonlySet<string> = new Set(['authoriz', 'bearer'])

/** What may stand behind a word that is no secret's name and yet gives one: `AccountKey=…`, `pass:…`. */
const CONNECTS: ReadonlySet<number> = new Set([0x3d, 0x3a])

/** Names of secrets in other alphabets, where words cannot be looked for. */
const SPOKEN = new RegExp(SPOKEN_WORDS.join('|'))

/** Whether a name is that of a secret, alone or in what it is a part of. */
const NO_NAME = 0
const PART = 1
const NAME = 2

const calledBy = (name: string): number => (isCalled(name) ? NAME : isPartCalled(name) ? PART : NO_NAME)

/** The same of a name in bytes: most are those of a few thousand, and need not be made a text of. */
const calledIn = (bytes: Uint8Array, from: number, to: number): number => {
  let slot = 0
  for (let at = from; at < to; at++) slot = (Math.imul(slot, 31) + bytes[at]!) & (REMEMBERED - 1)
  const known = NAMES[slot]!
  let same = known.length === to - from
  for (let at = from; same && at < to; at++) same = known.charCodeAt(at - from) === bytes[at]
  if (same) return CALLED[slot]!
  const name = String.fromCharCode(...bytes.subarray(from, to))
  NAMES[slot] = name
  return (CALLED[slot] = calledBy(name))
}

const REMEMBERED = 1 << 13
const NAMES = Array.from({ length: REMEMBERED }, () => '')
const CALLED = new Uint8Array(REMEMBERED)

const isCalled = (name: string): boolean =>
  secretNamed(name) !== undefined || (name.startsWith('D', DASHES.exec(name)![0].length) && isDefined(name))

const isPartCalled = (name: string): boolean =>
  name.includes('.') && name.split('.').some((part) => secretNamed(part) !== undefined)

/** `-Dpassword=…` */
const isDefined = (name: string): boolean => secretNamed(name.replace(DEFINES, '')) !== undefined
const DASHES = /^[-.@]{0,3}/
const DEFINES = /^[-.@]{0,3}D(?=[a-z])/

const ARMOR = 'private-key'

const armored = (text: string, at: number) => {
  const sighting = armoredKeyAt(text, at)
  return sighting === undefined ? undefined : { detector: ARMOR, sighting }
}

/** As words are searched for: their bytes, letters of ASCII in lower case. */
const inBytes = (words: readonly string[]) =>
  words.map((word) =>
    String.fromCharCode(...new TextEncoder().encode(word.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase()))),
  )

const ALL_WORDS = [
  ...LINE_WORDS.map(([word]) => word),
  ...ARMOR_WORDS,
  ...TOKEN_WORDS,
  ...inBytes(SPOKEN_WORDS),
  ...ANNOUNCING_WORDS,
]
const TOKENS_FROM = LINE_WORDS.length + ARMOR_WORDS.length
const SPOKEN_FROM = TOKENS_FROM + TOKEN_WORDS.length
const ANNOUNCED_FROM = SPOKEN_FROM + SPOKEN_WORDS.length
const LENGTHS = ALL_WORDS.map(({ length }) => length)

let made: WordSearch | undefined

/** Finds every word that announces something. Made with the first text: who looks through none needs none of its room. */
export const wordsSearched = (): WordSearch => (made ??= wordSearch(ALL_WORDS))

/** The characters of a text as bytes, at the same places, all beyond ASCII as 255. */
const codesOf = (text: string): Uint8Array => {
  const codes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    codes[at] = code < 128 ? code : 255
  }
  return codes
}
