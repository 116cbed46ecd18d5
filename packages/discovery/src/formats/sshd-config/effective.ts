import type { Place } from '@rollcall/contract'
import type { SshdAccount } from './accounts.ts'
import { allAlgorithms, type SshdDefaults } from './defaults.ts'
import { isPrintedByLine } from './keywords.ts'
import { conditionHolds, type MatchCondition, type SshdContext } from './match.ts'
import { assembledAlgorithms } from './values.ts'
import type { SshdBlock, SshdConfig, SshdDirective } from './config.ts'

/** A keyword with its values as `sshd -T` prints them; without a place it is the default. */
export interface EffectiveSetting {
  readonly name: string
  readonly values: readonly string[]
  readonly place?: Place
}

/** By keyword. */
export type EffectiveSettings = ReadonlyMap<string, EffectiveSetting>

/** What a configuration amounts to. */
export interface SshdEvaluation {
  /** What `sshd -T` prints: what holds for whoever meets no criterion of any Match line but `all`. */
  readonly general: EffectiveSettings
  /** What `sshd -T -C` prints for a login. What the context leaves out meets no criterion. */
  for(context: SshdContext): EffectiveSettings
  /** What one block sets, and nothing else. */
  of(block: SshdBlock): EffectiveSettings
}

/**
 * Evaluates a configuration the way sshd does, in two passes: first what stands outside of Match blocks and in `Match all`,
 * then the Match blocks that hold, whose settings replace those of the first pass. Within a pass the first line counts for
 * most keywords, the last for some, all for others.
 */
export const evaluateSshdConfig = ({ blocks }: SshdConfig, defaults: SshdDefaults): SshdEvaluation => {
  const first: State = new Map()
  for (const block of blocks)
    if (block.conditions.every(({ criteria }) => criteria.length === 0)) apply(first, block, defaults)
  const matched = blocks.filter(({ conditions }) => conditions.length > 0)
  const overlay = (chosen: readonly SshdBlock[]) => {
    const second: State = new Map()
    for (const block of chosen) apply(second, block, defaults)
    return new Map([...second].filter(([, { inMatch }]) => inMatch))
  }
  const known = new Map<string, EffectiveSettings>()
  const settingsFor = (context: SshdContext) => {
    const held = new Map<MatchCondition, boolean>()
    const holds = (condition: MatchCondition) => {
      const answer = held.get(condition) ?? conditionHolds(condition, context)
      held.set(condition, answer)
      return answer
    }
    const chosen = matched.flatMap(({ conditions }, index) => (conditions.every(holds) ? [index] : []))
    const key = chosen.join(',')
    const settings =
      known.get(key) ?? effective(new Map([...first, ...overlay(chosen.map((index) => matched[index]!))]), defaults)
    if (known.size < MOST_KNOWN) known.set(key, settings)
    return settings
  }
  return {
    general: settingsFor({}),
    for: settingsFor,
    of(block) {
      const set = overlay([block])
      const names = new Set([...set.keys()].map((slot) => slot.split(' ', 1)[0]!))
      return new Map([...effective(new Map([...first, ...set]), defaults)].filter(([name]) => names.has(name)))
    },
  }
}

/** The lines `sshd -T` prints for some settings, in any order of keywords. */
export const sshdLines = (settings: EffectiveSettings): string[] =>
  [...settings.values()].flatMap(({ name, values }) =>
    isPrintedByLine(name) ? values.map((value) => `${name} ${value}`) : [`${name} ${values.join(' ')}`],
  )

/** As many accounts, from the first on, as can be held against all Match lines in bounded time. */
export const affordableAccounts = (
  { blocks }: SshdConfig,
  accounts: readonly SshdAccount[],
): readonly SshdAccount[] => {
  const conditions = new Set(blocks.flatMap((block) => block.conditions))
  const perCharacter = [...conditions].reduce((sum, { written }) => sum + written.length, 1)
  let left = MOST_COMPARED
  const end = accounts.findIndex(({ name, groups }) => {
    left -= groups.reduce((sum, group) => sum + group.length + 1, name.length) * perCharacter
    return left < 0
  })
  return end < 0 ? accounts : accounts.slice(0, end)
}

/** Characters of names times characters of patterns that are compared at most. */
const MOST_COMPARED = 100_000_000

const MOST_KNOWN = 1000

interface Slot {
  readonly values: readonly string[]
  readonly place: Place
  readonly inMatch: boolean
}

/** What is set so far, by keyword; RekeyLimit has a second slot for its interval. */
type State = Map<string, Slot>

/** Releases from 9.8 on, told by a keyword that came with it, count the first line where earlier ones by mistake count the last. */
const isModern = ({ settings }: SshdDefaults) => settings.has('persourcepenalties')

const apply = (state: State, { directives }: SshdBlock, defaults: SshdDefaults) => {
  for (const directive of directives) applyLine(state, directive, isModern(defaults))
}

const applyLine = (
  state: State,
  { keyword: { name, counts, inMatch }, values, place }: SshdDirective,
  modern: boolean,
) => {
  const set = (slot: string, given: readonly string[]) =>
    void state.set(slot, { values: given, place: state.get(slot)?.place ?? place, inMatch })
  const replace = (given: readonly string[]) => void state.set(name, { values: given, place, inMatch })
  const before = state.get(name)?.values
  if (values.length === 0) return
  if (name === 'rekeylimit') {
    const [bytes = '0', interval = ''] = values
    if (before === undefined) set(name, [bytes])
    if (interval !== '' && !state.has(REKEY_INTERVAL)) set(REKEY_INTERVAL, [interval])
  } else if (name === 'maxstartups') {
    if (modern && before !== undefined) return
    const [begin, rate, full] = values[0]!.split(':')
    const [oldBegin = '10', oldRate = '30'] = before?.[0]?.split(':') ?? []
    replace([rate === '' ? `${modern ? oldBegin : begin}:${oldRate}:${full}` : values[0]!])
  } else if (name === 'authorizedprincipalscommand' && !modern) {
    // Before 9.4 this keyword looks whether AuthorizedKeysCommand is set, not whether it is itself.
    if (!state.has('authorizedkeyscommand')) replace(values)
  } else if (name === 'unusedconnectiontimeout' && values[0] === 'none') replace(values)
  else if (name === 'subsystem') {
    const called = values[0]!.split(' ', 1)[0]
    if (!before?.some((value) => value.split(' ', 1)[0] === called)) set(name, [...(before ?? []), ...values])
  } else if (counts === 'all') set(name, before === undefined ? values : [...before, ...values])
  else if (counts === 'last') replace(values)
  else if (before === undefined) set(name, values)
}

const BUILT_IN = /^(?:kerberos|gssapi)|^(?:usepam|printlastlog|rdomain)$/

const REKEY_INTERVAL = 'rekeylimit interval'

const effective = (state: State, defaults: SshdDefaults): EffectiveSettings => {
  const names = new Set([...defaults.settings.keys(), ...state.keys()])
  names.delete(REKEY_INTERVAL)
  const settings = new Map<string, EffectiveSetting>()
  for (const name of names) {
    const standard = defaults.settings.get(name)
    // An sshd that was built without one of these takes the line, ignores it and does not print it.
    if (standard === undefined && defaults.fromHost && BUILT_IN.test(name)) continue
    const values = valuesOf(name, state, defaults)
    const place = state.get(name)?.place ?? (name === 'rekeylimit' ? state.get(REKEY_INTERVAL)?.place : undefined)
    settings.set(name, { name, values, ...(place === undefined ? {} : { place }) })
  }
  return settings
}

const valuesOf = (name: string, state: State, defaults: SshdDefaults): readonly string[] => {
  const standard = defaults.settings.get(name) ?? []
  if (name === 'listenaddress') return listenAddresses(state, defaults)
  const set = state.get(name)?.values
  if (name === 'rekeylimit') {
    const [bytes = '0', interval = '0'] = standard[0]?.split(' ') ?? []
    return [`${set?.[0] ?? bytes} ${state.get(REKEY_INTERVAL)?.values[0] ?? interval}`]
  }
  if (set === undefined) return standard
  if (ALGORITHM_LISTS.has(name))
    return [assembledAlgorithms(set[0] ?? '', standard[0] ?? '', allAlgorithms(name)) ?? standard[0] ?? '']
  return set
}

const ALGORITHM_LISTS = new Set([
  'ciphers',
  'macs',
  'kexalgorithms',
  'gssapikexalgorithms',
  'hostkeyalgorithms',
  'hostbasedacceptedalgorithms',
  'pubkeyacceptedalgorithms',
  'casignaturealgorithms',
])

/** Each address with each port, unless it has one of its own; those of one routing domain together. */
const listenAddresses = (state: State, defaults: SshdDefaults): readonly string[] => {
  const ports = state.get('port')?.values ?? defaults.settings.get('port') ?? ['22']
  const family = (state.get('addressfamily')?.values ?? defaults.settings.get('addressfamily'))?.[0]
  const listed = state.get('listenaddress')?.values
  if (listed === undefined) {
    const anywhere = (defaults.settings.get('listenaddress') ?? []).map((line) => line.replace(/:\d+$/, ''))
    const addresses = anywhere.filter((address) => family === 'any' || (family === 'inet6') === address.startsWith('['))
    return ports.flatMap((port) => addresses.map((address) => `${address}:${port}`))
  }
  const byDomain = Map.groupBy(
    listed.map((line) => line.split(' ')),
    ([, , domain = '']) => domain,
  )
  return [...byDomain].flatMap(([domain, entries]) =>
    entries.flatMap(([address = '', port = '']) =>
      (port === '' ? ports : [port]).map((each) => `${address}:${each}${domain === '' ? '' : ` rdomain ${domain}`}`),
    ),
  )
}
