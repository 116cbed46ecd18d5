import { randomInt } from 'node:crypto'
import { Secret } from './secret.ts'

/** What passwords that are made for a target have to be like, so that it takes them and nobody guesses them. */
export interface PasswordPolicy {
  /** In characters: 8 to 128. */
  readonly length: number
  /** The fewest of each kind, up to 4. A kind that is absent is not used at all. */
  readonly atLeast: Readonly<Partial<Record<CharacterKind, number>>>
  /** Which symbols may be used: printable ASCII that is no letter, digit or space. */
  readonly symbols: string
  /** Characters that are not used, such as those that are easily taken for others. */
  readonly without: string
  /** So often the same character may follow itself, itself included. */
  readonly mostAlike: number
  readonly begins: 'anyhow' | 'with-letter'
}

export type CharacterKind = 'lower' | 'upper' | 'digit' | 'symbol'

/** Taken by nearly everything: letters and digits, and symbols that no shell, URL, or configuration file gives a meaning. */
export const DEFAULT_PASSWORD_POLICY: PasswordPolicy = {
  length: 32,
  atLeast: { lower: 1, upper: 1, digit: 1, symbol: 1 },
  symbols: '-_.',
  without: '0O1lI',
  mostAlike: 2,
  begins: 'with-letter',
}

/**
 * Makes passwords that the policy allows and that contain none of `unlike` (names of three letters and more, whatever their case): each that there is is as
 * likely as any other. Throws `RangeError` where `policyProblem` tells of one.
 */
export const passwordsOf = (policy: PasswordPolicy): ((unlike?: readonly string[]) => Secret) => {
  const problem = policyProblem(policy)
  if (problem !== undefined) throw new RangeError(problem)
  const alphabet = kindsOf(policy).flatMap(({ characters }) => characters.split(''))
  return (unlike = []) => {
    const names = unlike.filter((name) => name.length >= 3).map((name) => name.toLowerCase())
    // By what `policyProblem` allows, one in a hundred fits: ten thousand in vain are a mistake here, or names that forbid everything.
    for (let tries = 0; tries < 10_000; tries++) {
      const password = Array.from({ length: policy.length }, () => alphabet[randomInt(alphabet.length)]!).join('')
      if (fitsPolicy(password, policy) && !names.some((name) => password.toLowerCase().includes(name))) {
        return Secret.ofText(password)
      }
    }
    throw new RangeError('no password is unlike all those names')
  }
}

/** Whether the policy allows a password. */
export const fitsPolicy = (password: string, policy: PasswordPolicy): boolean => {
  const kinds = kindsOf(policy)
  const characters = password.split('')
  const kindAt = (character: string | undefined) => kinds.find((kind) => kind.characters.includes(character ?? ' '))
  return (
    characters.length === policy.length &&
    characters.every((character) => kindAt(character) !== undefined) &&
    kinds.every((kind) => characters.filter((each) => kindAt(each) === kind).length >= kind.fewest) &&
    longestRun(characters) <= policy.mostAlike &&
    (policy.begins === 'anyhow' || kindAt(characters[0])?.letter === true)
  )
}

/** Why no passwords can be made by the policy, or none that are worth it. Undefined where they can. */
export const policyProblem = (policy: PasswordPolicy): string | undefined => {
  const { length, symbols, mostAlike, atLeast } = policy
  if (!Number.isInteger(length) || length < 8 || length > 128) return 'passwords have 8 to 128 characters'
  if (!SYMBOLS.test(symbols)) return 'a symbol is a printable character of ASCII that is no letter, digit or space'
  if (!Number.isInteger(mostAlike) || mostAlike < 1 || mostAlike > 128)
    return 'a character may follow itself 1 to 128 times'
  const fewest = Object.values(atLeast)
  if (!fewest.every((count) => Number.isInteger(count) && count >= 0 && count <= 4))
    return 'of each kind 0 to 4 are asked for'
  if (fewest.reduce((sum, count) => sum + count, 0) > length)
    return 'more characters are asked for than the password has'
  const kinds = kindsOf(policy)
  if (kinds.some((kind) => kind.characters === '' && kind.fewest > 0))
    return 'of a kind that is asked for no character is left'
  const share = allowedShare(policy)
  if (share === 0) return 'there is no such password'
  if (share < 1 / 100) return 'it allows too few of the passwords of that length'
  const bits = passwordBits(policy)
  if (bits < FEWEST_BITS) return `its passwords could be guessed: ${Math.floor(bits)} bits, of ${FEWEST_BITS}`
  return undefined
}

/** What nobody tries out, with a hash at hand that was made for speed. */
const FEWEST_BITS = 80

/** How many passwords the policy allows, as a power of two. */
export const passwordBits = (policy: PasswordPolicy): number => {
  const size = kindsOf(policy).reduce((sum, { characters }) => sum + characters.length, 0)
  return policy.length * Math.log2(size) + Math.log2(allowedShare(policy))
}

const SYMBOLS = /^[!-/:-@[-`{-~]*$/

interface Kind {
  readonly characters: string
  readonly fewest: number
  readonly letter: boolean
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'

const kindsOf = ({ atLeast, symbols, without }: PasswordPolicy): Kind[] =>
  (
    [
      ['lower', LETTERS],
      ['upper', LETTERS.toUpperCase()],
      ['digit', '0123456789'],
      ['symbol', symbols],
    ] as const
  ).flatMap(([kind, all]) => {
    const fewest = atLeast[kind]
    if (fewest === undefined) return []
    const used = all
      .split('')
      .filter((character, index) => !without.includes(character) && all.indexOf(character) === index)
    const characters = used.join('')
    return [{ characters, fewest, letter: kind === 'lower' || kind === 'upper' }]
  })

const longestRun = (characters: readonly string[]): number => {
  let [longest, run] = [0, 0]
  characters.forEach((character, index) => {
    run = index > 0 && characters[index - 1] === character ? run + 1 : 1
    longest = Math.max(longest, run)
  })
  return longest
}

/**
 * Of all words of that length over the alphabet, the share that the policy allows: exactly, character by character, by how many of each kind are still missing,
 * which kind was last and how often its character followed itself.
 */
const allowedShare = (policy: PasswordPolicy): number => {
  const kinds = kindsOf(policy)
  const size = kinds.reduce((sum, { characters }) => sum + characters.length, 0)
  if (size === 0) return 0
  const runs = Math.min(policy.mostAlike, policy.length)
  let shares = new Map<string, { missing: readonly number[]; last: number; run: number; share: number }>()
  const add = (into: typeof shares, missing: readonly number[], last: number, run: number, share: number) => {
    if (share === 0) return
    const key = `${missing.join()} ${last} ${run}`
    const there = into.get(key)
    if (there === undefined) into.set(key, { missing, last, run, share })
    else there.share += share
  }
  const lessOne = (missing: readonly number[], index: number) => missing.with(index, Math.max(0, missing[index]! - 1))
  kinds.forEach(({ characters, letter }, index) => {
    if (policy.begins === 'with-letter' && !letter) return
    add(
      shares,
      lessOne(
        kinds.map(({ fewest }) => fewest),
        index,
      ),
      index,
      1,
      characters.length / size,
    )
  })
  for (let at = 1; at < policy.length; at++) {
    const next: typeof shares = new Map()
    for (const { missing, last, run, share } of shares.values()) {
      kinds.forEach(({ characters }, index) => {
        const others = characters.length - (index === last ? 1 : 0)
        add(next, lessOne(missing, index), index, 1, (share * others) / size)
      })
      if (run < runs) add(next, lessOne(missing, last), last, run + 1, share / size)
    }
    shares = next
  }
  return [...shares.values()]
    .filter(({ missing }) => missing.every((count) => count === 0))
    .reduce((sum, { share }) => sum + share, 0)
}
