import { isInBlock, parseAddress, parseBlock } from './address.ts'
import { configArguments, nextWord } from './words.ts'

/**
 * What is known of a login, as `sshd -T -C` takes it. A criterion that asks for what is absent does not match. `groups` are
 * those of an existing account; without them no group matches.
 */
export interface SshdContext {
  readonly user?: string
  readonly groups?: readonly string[]
  readonly host?: string
  readonly address?: string
  readonly localAddress?: string
  readonly localPort?: number
  readonly rdomain?: string
  /** Whether `user` is not an account of the host. */
  readonly invalidUser?: boolean
}

const ATTRIBUTES = ['user', 'group', 'host', 'address', 'localaddress', 'localport', 'rdomain', 'invalid-user'] as const
type Attribute = (typeof ATTRIBUTES)[number]

/** One Match line. No criteria: `Match all`. */
export interface MatchCondition {
  /** The criteria as written, without a comment behind them. */
  readonly written: string
  readonly criteria: readonly { readonly attribute: Attribute; readonly pattern: string }[]
}

/** Whether the criteria ask for more than who logs in. */
export const dependsOnConnection = ({ criteria }: MatchCondition): boolean =>
  criteria.some(({ attribute }) => attribute !== 'user' && attribute !== 'group')

/** Reads what follows `Match`. Undefined when sshd would refuse it. */
export const parseMatch = (text: string): MatchCondition | undefined => {
  const words = matchWords(text)
  if (words === undefined || words.length === 0) return undefined
  const written = words.join(' ')
  if (words[0]!.toLowerCase() === 'all') return words.length === 1 ? { written, criteria: [] } : undefined
  const criteria: { attribute: Attribute; pattern: string }[] = []
  for (let at = 0; at < words.length; at++) {
    const attribute = ATTRIBUTES.find((name) => name === words[at]!.toLowerCase())
    if (attribute === undefined) return undefined
    const pattern = attribute === 'invalid-user' ? '' : words[++at]
    if (pattern === undefined || !isPattern(attribute, pattern)) return undefined
    criteria.push({ attribute, pattern })
  }
  return { written, criteria }
}

/** Whether all criteria of a Match line hold (sshd_config(5), Match). */
export const conditionHolds = ({ criteria }: MatchCondition, context: SshdContext): boolean =>
  criteria.every(({ attribute, pattern }) => criterionHolds(attribute, pattern, context))

/** Whether a text matches a pattern of `*` and `?` (ssh_config(5), PATTERNS), in time linear in the product of their lengths. */
export const matchesPattern = (text: string, pattern: string): boolean => {
  let [at, to, star, mark] = [0, 0, -1, 0]
  while (at < text.length) {
    if (pattern[to] === '*') [star, mark] = [to++, at]
    else if (to < pattern.length && (pattern[to] === '?' || pattern[to] === text[at])) [at, to] = [at + 1, to + 1]
    else if (star >= 0) [to, at] = [star + 1, ++mark]
    else return false
  }
  while (pattern[to] === '*') to++
  return to === pattern.length
}

/** Matches a comma-separated list in which `!` negates: `negated` when a negated pattern matched, whatever else did. */
export const matchesPatternList = (text: string, list: string): boolean | 'negated' => {
  if (list === '') return false
  if (!/[,!]/.test(list)) return list.length < LONGEST_PATTERN && matchesPattern(text, list)
  let matched = false
  for (const item of list.split(',')) {
    const negated = item.startsWith('!')
    const pattern = negated ? item.slice(1) : item
    if (pattern.length >= LONGEST_PATTERN) return false
    if (!matchesPattern(text, pattern)) continue
    if (negated) return 'negated'
    matched = true
  }
  return matched
}

/** Whether sshd takes a list of addresses, blocks and wildcards. */
export const isAddressList = (list: string): boolean =>
  list.split(',').every((item) => {
    const pattern = item.startsWith('!') ? item.slice(1) : item
    return pattern !== '' && parseBlock(pattern) !== 'inconsistent'
  })

/** sshd copies a pattern into a buffer of this size and matches nothing when it does not fit. */
const LONGEST_PATTERN = 1023

const matchWords = (text: string): string[] | undefined => {
  const words: string[] = []
  for (let rest: string | undefined = text; rest !== undefined && rest !== '';) {
    const next = nextWord(rest)
    // Releases from 9.9 on split this line like any other, so what the older way cannot read may still be well formed.
    if (next === undefined) return configArguments(text)
    if (next.word === '' || next.word.startsWith('#')) break
    words.push(next.word)
    rest = next.rest
  }
  return words
}

const isPattern = (attribute: Attribute, pattern: string) => {
  if (attribute === 'invalid-user') return true
  if (attribute === 'localport') return /^\d{1,5}$/.test(pattern) && Number(pattern) <= 65_535
  return attribute === 'address' || attribute === 'localaddress' ? isAddressList(pattern) : pattern !== ''
}

const criterionHolds = (attribute: Attribute, pattern: string, context: SshdContext): boolean => {
  switch (attribute) {
    case 'user':
      return context.user !== undefined && matchesPatternList(context.user, pattern) === true
    case 'group':
      return groupsMatch(context.groups ?? [], pattern)
    case 'host':
      return (
        context.host !== undefined && matchesPatternList(context.host.toLowerCase(), pattern.toLowerCase()) === true
      )
    case 'address':
      return context.address !== undefined && matchesAddressList(context.address, pattern)
    case 'localaddress':
      return context.localAddress !== undefined && matchesAddressList(context.localAddress, pattern)
    case 'localport':
      return context.localPort === Number(pattern)
    case 'rdomain':
      return context.rdomain !== undefined && matchesPatternList(context.rdomain, pattern) === true
    case 'invalid-user':
      return context.invalidUser === true
    default:
      return attribute satisfies never
  }
}

const groupsMatch = (groups: readonly string[], pattern: string) => {
  const results = new Set(groups.map((group) => matchesPatternList(group, pattern)))
  return results.has(true) && !results.has('negated')
}

const matchesAddressList = (text: string, list: string) => {
  const address = parseAddress(text)
  if (address === undefined) return false
  let matched = false
  for (const item of list.split(',')) {
    const negated = item.startsWith('!')
    const pattern = negated ? item.slice(1) : item
    const block = parseBlock(pattern)
    if (block === 'inconsistent') return false
    if (!(block === undefined ? matchesPattern(text, pattern) : isInBlock(address, block))) continue
    if (negated) return false
    matched = true
  }
  return matched
}
