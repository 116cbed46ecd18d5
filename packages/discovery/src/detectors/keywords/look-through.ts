import type { CredentialFile, Sighting } from '../detector.ts'
import { ARMOR_WORDS, armoredKeyAt } from '../lines/armored-keys.ts'
import { lineReader } from '../lines/read-lines.ts'
import { nameAround } from '../lines/name-around.ts'
import { secretNamed } from '../names/secret-name.ts'
import { tokenAt, TOKEN_WORDS } from '../find-tokens.ts'
import { automaton } from './automaton.ts'
import { LINE_WORDS } from './words.ts'

export interface LookedThrough {
  /** Whether anything at all announces one. */
  readonly any: boolean
  /** Whether the name of a secret or a URL is in it. */
  readonly named: boolean
  /** What its lines tell, where they were read. */
  readonly lines: readonly Sighting[]
  /** Tokens and keys known by their own shape. */
  readonly shapes: readonly { readonly detector: string; readonly sighting: Sighting }[]
}

const MOST_SHAPES = 20_000

/**
 * Looks once through a text for everything that announces a secret: names, URLs, commands, hashes, beginnings of tokens and keys. What
 * stands around a word is read only where there is one.
 */
export const lookThrough = (file: CredentialFile, withLines: boolean): LookedThrough => {
  const reader = withLines ? lineReader(file) : undefined
  const shapes: { detector: string; sighting: Sighting }[] = []
  let any = false
  const { codes, foreign } = codesOf(file)
  let named = foreign && SPOKEN.test(file.text)
  let shapesEnd = 0
  WORDS.search(codes, (last, words) => {
    any = true
    for (const word of words) {
      const begins = last + 1 - LENGTHS[word]!
      if (word < LINE_WORDS.length) {
        const looks = LINE_WORDS[word]![1]
        named ||= looks === 'name' ? isNameAt(file.text, begins, last + 1) : looks !== 'program'
        reader?.found(looks, begins, last + 1)
      } else if (shapes.length < MOST_SHAPES && begins >= shapesEnd) {
        const found = word < TOKENS_FROM ? armored(file.text, begins) : tokenAt(file.text, begins, word - TOKENS_FROM)
        if (found === undefined) continue
        shapes.push(found)
        if (found.detector === ARMOR) shapesEnd = begins + found.sighting.length
      }
    }
  })
  return { any: any || named, named, lines: reader?.sightings() ?? [], shapes }
}

/** Names of secrets in other alphabets, which no word of the automaton is a part of. */
const SPOKEN = /[Пп]арол|[Сс]екрет|[Тт]окен|ПАРОЛ|密[码碼]|口令|パスワ|暗証|비밀|암호|[şŞ]ifre|asło|ASŁO/

/** Whether the name around a word may be that of a secret, alone or in what it is a part of. */
const isNameAt = (text: string, begins: number, ends: number): boolean => {
  const [from, to] = nameAround(text, begins, ends)
  return secretNamed(text.slice(from, to)) !== undefined
}

const ARMOR = 'private-key'

const armored = (text: string, at: number) => {
  const sighting = armoredKeyAt(text, at)
  return sighting === undefined ? undefined : { detector: ARMOR, sighting }
}

const ALL_WORDS = [...LINE_WORDS.map(([word]) => word), ...ARMOR_WORDS, ...TOKEN_WORDS]
const TOKENS_FROM = LINE_WORDS.length + ARMOR_WORDS.length
const LENGTHS = ALL_WORDS.map(({ length }) => length)
const WORDS = automaton(ALL_WORDS)

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
