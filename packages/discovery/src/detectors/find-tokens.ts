import type { Sighting, TokenKind } from './detector.ts'
import { tokens } from './tokens/index.ts'

export interface FoundToken {
  readonly detector: string
  readonly sighting: Sighting
}

/** What has to stand around a beginning, as its pattern says: no part of a word before it, and so many signs of a kind behind it. */
interface Needs {
  readonly alone: boolean
  readonly signs: Uint8Array
  readonly least: number
}

const needs = ({ pattern: { source } }: TokenKind, begin: string): Needs => {
  const alone = source.startsWith(ALONE)
  const rest = alone ? source.slice(ALONE.length) : source
  const literal = begin.replaceAll(/[.$]/g, '\\$&').replaceAll('/', '\\/')
  const group = /^\(\?:([^()]*)\)/.exec(rest)
  const begun = rest.startsWith(literal) ? literal : group?.[1]?.split('|').includes(literal) === true ? group[0] : ''
  const [, signs = '', least = '0'] = begun === '' ? [] : (RUN.exec(rest.slice(begun.length)) ?? [])
  if (signs === '') return { alone, signs: NONE, least: 0 }
  const pattern = new RegExp(signs)
  const matching = Uint8Array.from({ length: 256 }, (_, byte) => Number(pattern.test(String.fromCharCode(byte))))
  return { alone, signs: matching, least: Number(least) }
}

const ALONE = '(?<![\\w-])'
const RUN = /^(\[[^\]^]+\]|\\d)\{(\d{1,4})[,}]/
const NONE = new Uint8Array(256)

const BEGINNINGS = tokens.flatMap((family) =>
  family.kinds.flatMap((kind) => kind.begins.map((begin) => ({ family, kind, begin, ...needs(kind, begin) }))),
)

/** How tokens begin, in lower case, in the order in which `tokenAt` knows them. */
export const TOKEN_WORDS: readonly string[] = BEGINNINGS.map(({ begin }) => begin.toLowerCase())

/** A quick look at the bytes around one beginning: says yes rather than no. */
export const mayBeToken = (bytes: Uint8Array, at: number, beginning: number): boolean => {
  const { begin, alone, signs, least } = BEGINNINGS[beginning]!
  for (let index = 0; index < begin.length; index++) if (bytes[at + index] !== begin.charCodeAt(index)) return false
  if (alone && at > 0 && IN_WORDS[bytes[at - 1]!] === 1) return false
  const from = at + begin.length
  for (let index = from; index < from + least; index++) if (signs[bytes[index] ?? 0] !== 1) return false
  return true
}

const IN_WORDS = Uint8Array.from({ length: 256 }, (_, byte) => Number(/[\w-]/.test(String.fromCharCode(byte))))
const LONGEST_LEAD = 34

/** The token of one beginning at a place of a text, if it is one. */
export const tokenAt = (text: string, at: number, beginning: number): FoundToken | undefined => {
  const { family, kind, begin } = BEGINNINGS[beginning]!
  if (!text.startsWith(begin, at)) return undefined
  const { pattern, check, tells, before, apart } = kind
  const lead = before === undefined ? 0 : before.exec(text.slice(Math.max(0, at - LONGEST_LEAD), at))?.[0].length
  if (lead === undefined) return undefined
  const from = apart === true ? at + begin.length : at - lead
  pattern.lastIndex = from
  const token = pattern.exec(text)?.[0]
  if (token === undefined || check?.(token) === false) return undefined
  const { id, service, secret } = family
  return {
    detector: id,
    sighting: { at: from, length: token.length, secret, service, evidence: 'shape', by: 'shape', ...tells?.(token) },
  }
}
