import type { Sighting } from './detector.ts'
import { tokens } from './tokens/index.ts'

export interface FoundToken {
  readonly detector: string
  readonly sighting: Sighting
}

const BEGINNINGS = tokens.flatMap((family) =>
  family.kinds.flatMap((kind) => kind.begins.map((begin) => ({ family, kind, begin }))),
)

/** How tokens begin, in lower case, in the order in which `tokenAt` knows them. */
export const TOKEN_WORDS: readonly string[] = BEGINNINGS.map(({ begin }) => begin.toLowerCase())

/** The token of one beginning at a place of a text, if it is one. */
export const tokenAt = (text: string, at: number, beginning: number): FoundToken | undefined => {
  const { family, kind, begin } = BEGINNINGS[beginning]!
  if (!text.startsWith(begin, at)) return undefined
  const { pattern, check, tells } = kind
  pattern.lastIndex = at
  const token = pattern.exec(text)?.[0]
  if (token === undefined || check?.(token) === false) return undefined
  const { id, service, secret } = family
  return {
    detector: id,
    sighting: { at, length: token.length, secret, service, evidence: 'shape', by: 'shape', ...tells?.(token) },
  }
}
