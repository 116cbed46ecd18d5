import type { CredentialFile, CredentialFormat, Sighting } from '../detector.ts'
import { ARMOR_WORDS, armoredKeyAt } from '../lines/armored-keys.ts'
import { lineReader } from '../lines/read-lines.ts'
import { nameBegin, nameEnd as nameEndOf } from '../lines/name-around.ts'
import { secretNamed } from '../names/secret-name.ts'
import { tokenAt, TOKEN_WORDS } from '../find-tokens.ts'
import { announcedBy, ANNOUNCING_WORDS } from './announced.ts'
import { automaton } from './automaton.ts'
import { LINE_WORDS } from './words.ts'

export interface LookedThrough {
  /** Whether anything at all announces one. */
  readonly any: boolean
  /** Whether the name of a secret or a URL is in it. */
  readonly named: boolean
  /** Whether it holds the name of a secret in an alphabet that no word is looked for in. */
  readonly spoken: boolean
  /** Whether a login may stand in a URL or a connection string. */
  readonly logins: boolean
  /** Where what may be names of secrets begin and end, one after the other. */
  readonly names: readonly number[]
  /** The formats of which a word stands in its beginning that announces them. */
  readonly announced: ReadonlySet<CredentialFormat>
  /** What its lines tell, where they were read. */
  readonly lines: readonly Sighting[]
  /** Tokens and keys known by their own shape. */
  readonly shapes: readonly { readonly detector: string; readonly sighting: Sighting }[]
}

const MOST_SHAPES = 20_000

/** Of how many characters the beginning is by which formats are told. */
const HEAD = 4096

/**
 * Looks once through a text for everything that announces a secret: names, URLs, commands, hashes, beginnings of tokens and keys. What
 * stands around a word is read only where there is one.
 */
export const lookThrough = (file: CredentialFile, withLines: boolean): LookedThrough => {
  const reader = withLines ? lineReader(file) : undefined
  const shapes: { detector: string; sighting: Sighting }[] = []
  const announced = new Set<CredentialFormat>()
  const names: number[] = []
  const { text } = file
  let any = false
  const { codes, foreign } = codesOf(file)
  let named = foreign && SPOKEN.test(text)
  const spoken = named
  let logins = false
  let shapesEnd = 0
  let nameEnd = 0
  let called = false
  WORDS.search(codes, (last, words) => {
    for (const word of words) {
      const begins = last + 1 - LENGTHS[word]!
      if (word >= ANNOUNCED_FROM) {
        if (begins < HEAD) announced.add(announcedBy(word - ANNOUNCED_FROM))
        continue
      }
      any = true
      if (word < LINE_WORDS.length) {
        const looks = LINE_WORDS[word]![1]
        if (looks === 'name') {
          // Several words may stand in one name.
          if (begins >= nameEnd) {
            const from = nameBegin(text, begins)
            nameEnd = nameEndOf(text, last + 1)
            called = isCalled(text, from, nameEnd)
            named ||= called
            if (called || isPartCalled(text, from, nameEnd)) names.push(from, nameEnd)
          }
          if (!called && !CONNECTS.has(text.charCodeAt(nameEnd))) continue
        } else {
          named ||= looks !== 'program'
          if (looks === 'url') {
            LOGIN.lastIndex = last + 1
            if (!LOGIN.test(text)) continue
          }
          logins ||= looks === 'url' || looks === 'dsn'
        }
        reader?.found(looks, begins, last + 1)
      } else if (shapes.length < MOST_SHAPES && begins >= shapesEnd) {
        const found = word < TOKENS_FROM ? armored(text, begins) : tokenAt(text, begins, word - TOKENS_FROM)
        if (found === undefined) continue
        shapes.push(found)
        if (found.detector === ARMOR) shapesEnd = begins + found.sighting.length
      }
    }
  })
  return { any: any || named, named, spoken, logins, names, announced, lines: reader?.sightings() ?? [], shapes }
}

/** What a name, and a password, in front of a host may be. */
const LOGIN = /[^\s/?#@"'<>\\]{0,1540}@/y

/** What may stand behind a word that is no secret's name and yet gives one: `AccountKey=…`, `pass:…`. */
const CONNECTS: ReadonlySet<number> = new Set([0x3d, 0x3a])

/** Names of secrets in other alphabets, which no word of the automaton is a part of. */
const SPOKEN = /[Пп]арол|[Сс]екрет|[Тт]окен|ПАРОЛ|密[码碼]|口令|パスワ|暗証|비밀|암호|[şŞ]ifre|asło|ASŁO/

/** Whether a name may be that of a secret, alone or in what it is a part of. */
const isCalled = (text: string, from: number, to: number): boolean => {
  const name = text.slice(from, to)
  return secretNamed(name) !== undefined || (name.startsWith('D', DASHES.exec(name)![0].length) && isDefined(name))
}

const isPartCalled = (text: string, from: number, to: number): boolean => {
  const name = text.slice(from, to)
  return name.includes('.') && name.split('.').some((part) => secretNamed(part) !== undefined)
}

/** `-Dpassword=…` */
const isDefined = (name: string): boolean => secretNamed(name.replace(DEFINES, '')) !== undefined
const DASHES = /^[-.@]{0,3}/
const DEFINES = /^[-.@]{0,3}D(?=[a-z])/

const ARMOR = 'private-key'

const armored = (text: string, at: number) => {
  const sighting = armoredKeyAt(text, at)
  return sighting === undefined ? undefined : { detector: ARMOR, sighting }
}

const ALL_WORDS = [...LINE_WORDS.map(([word]) => word), ...ARMOR_WORDS, ...TOKEN_WORDS, ...ANNOUNCING_WORDS]
const TOKENS_FROM = LINE_WORDS.length + ARMOR_WORDS.length
const ANNOUNCED_FROM = TOKENS_FROM + TOKEN_WORDS.length
const LENGTHS = ALL_WORDS.map(({ length }) => length)

/** Finds every word that announces something. */
export const WORDS = automaton(ALL_WORDS)

/**
 * The characters of a text as bytes, at the same places, all beyond ASCII as 255; and whether there are letters of an alphabet in which
 * secrets have names that no word of the automaton is a part of.
 */
const codesOf = ({ text, bytes }: CredentialFile): { readonly codes: Uint8Array; readonly foreign: boolean } => {
  if (bytes.length === text.length) return { codes: bytes, foreign: false }
  const codes = new Uint8Array(text.length)
  let foreign = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    codes[at] = code < 128 ? code : 255
    if (code > 0x13f && (code < 0x500 || (code > 0x3000 && code < 0xd800))) foreign = true
  }
  return { codes, foreign }
}
