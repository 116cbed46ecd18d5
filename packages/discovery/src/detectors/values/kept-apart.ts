import type { Detected } from '../detect.ts'

/** What was found, with the values that stand there: as written, and as the program uses it. */
export interface WithValues {
  readonly detected: Detected
  readonly values: readonly string[]
}

const FIELDS = ['name', 'account', 'system', 'service', 'reference'] as const
const LONGEST_VALUE = 65_536
const PART = 8
const SHORT = [6, 7] as const

/**
 * What is told of credentials without the secrets of the same file: whatever a format took for a name, an account or an address, a
 * field that holds a secret, or eight characters of one that are no plain words, is not told. Compared without regard to case, since
 * some formats tell names in lower case. Plain words stay, as passwords such as `postgres` are names of services, accounts and hosts as
 * well: a field that told nothing there would tell just that. So does the account whose name is its password, if it is a plain word;
 * `same-as-account` says so.
 */
export const keptApart = (all: readonly WithValues[]): Detected[] => {
  const parts = partsOf(all)
  if (parts.size === 0) return all.map(({ detected }) => detected)
  const secret: Secret = { parts: new Set(), wholes: new Set() }
  for (const { detected, values } of all)
    if (HOLDS_SECRET.has(detected.value))
      for (const value of values)
        note(secret, parts, value, detected.weaknesses?.some((one) => GUESSED.has(one)) === true)
  if (secret.parts.size === 0 && secret.wholes.size === 0) return all.map(({ detected }) => detected)
  return all.map(({ detected }) => without(detected, secret))
}

interface Secret {
  /** Stretches of values. */
  readonly parts: Set<string>
  /** Values that are made of words and numbers, as names and addresses are: only all of one together tells it. */
  readonly wholes: Set<string>
}

/** What anybody would try first: such words are in names of settings, too. */
const GUESSED: ReadonlySet<string> = new Set(['default', 'common'])

const HOLDS_SECRET: ReadonlySet<string> = new Set(['literal', 'key', 'hash', 'encrypted'])

/** Every stretch of the fields that is as long as what may not be in them. */
const partsOf = (all: readonly WithValues[]): ReadonlySet<string> => {
  const parts = new Set<string>()
  const seen = new Set<string>()
  for (const { detected } of all)
    for (const field of FIELDS) {
      const text = detected[field]
      if (text === undefined || seen.has(text)) continue
      seen.add(text)
      const lower = text.toLowerCase()
      for (const length of [...SHORT, PART])
        for (let at = 0; at + length <= lower.length; at++) parts.add(lower.slice(at, at + length))
    }
  return parts
}

const note = (secret: Secret, parts: ReadonlySet<string>, value: string, guessed: boolean) => {
  const lower = value.slice(0, LONGEST_VALUE).toLowerCase()
  if (lower.length < SHORT[0]) return
  const end = lower.slice(-PART)
  const told = parts.has(end) && parts.has(lower.slice(0, PART))
  if (told && !guessed && !WORD.test(lower) && lower.length <= LONGEST_FIELD) secret.wholes.add(lower)
  for (let at = 0; at + PART <= lower.length; at++) {
    const part = lower.slice(at, at + PART)
    if (parts.has(part) && !PLAIN.test(part)) secret.parts.add(part)
  }
}

const LONGEST_FIELD = 1024
const WORD = /^[a-z]{1,15}$|^[a-z_.-]{1,11}$/

/** Words, and parts of names and addresses. */
const PLAIN = /^[a-z_./@: -]*$|^[\d.:/ -]{1,8}$|^[a-z_./@: -]*\d{1,5}[a-z_./@: -]*$/

const without = (detected: Detected, secret: Secret): Detected => {
  let told = detected
  for (const field of FIELDS) {
    const text = told[field]
    if (text === undefined || !holds(text, secret)) continue
    const { [field]: _, ...rest } = told
    told = field === 'name' ? { ...rest, name: nameWithout(text, secret) } : rest
  }
  return told
}

const nameWithout = (name: string, secret: Secret): string => {
  const told = name
    .split('.')
    .map((part) => (holds(part, secret) ? '*' : part))
    .join('.')
  return holds(told, secret) ? '*' : told
}

const holds = (text: string, { parts, wholes }: Secret): boolean => {
  const lower = text.toLowerCase()
  for (const whole of wholes) if (lower.includes(whole)) return true
  for (let at = 0; at + PART <= lower.length; at++) if (parts.has(lower.slice(at, at + PART))) return true
  return false
}
