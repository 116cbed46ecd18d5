import type { FindingOf, Grant, Grantee, GrantedCommand, Reason } from '@rollcall/contract'
import type { Expansion } from './expansion.ts'
import { hostListMatches, type ThisHost } from './hosts.ts'
import type { Policy } from './policy.ts'
import type {
  CommandMember,
  CommandSpec,
  Defaults,
  DefaultsBinding,
  DefaultsParameter,
  Member,
  UserSpec,
} from './syntax.ts'

/** Limits of the contract's shapes. */
const MAX_GRANTEES = 4096
const MAX_RUN_AS = 1024
const MAX_COMMANDS = 4096
const MAX_DIGESTS = 16
const MAX_NAME = 256
const MAX_COMMAND = 4096
const MAX_OPTION = 256
const MAX_VALUES = 1024
const MAX_CONDITION = 1024

export interface Read<T> {
  readonly findings: T[]
  readonly reasons: Reason[]
  readonly notes: Reason[]
}

/** The rules of a policy that hold on this host or may do so, in the order in which sudo reads them; numbered from `first`. */
export const grantsOf = (policy: Policy, resolve: Expansion, host: ThisHost, first: number): Read<Grant> => {
  const read: Read<Grant> = { findings: [], reasons: [], notes: [] }
  for (const spec of policy.userSpecs) {
    for (const privilege of spec.privileges) {
      const hosts = resolve.hosts(privilege.hosts)
      const here = hosts === undefined ? 'unknown' : hostListMatches(hosts, host)
      if (hosts === undefined) read.reasons.push({ code: 'too-many', ...spec.at })
      if (here === 'no') continue
      const grantees = granteesOf(spec, resolve, read)
      if (grantees.length === 0) continue
      for (const group of groupsOf(privilege.commands)) {
        const commands = commandsOf(group, resolve, read)
        const runAs = runAsOf(group[0]!, resolve, read)
        if (runAs === undefined) continue
        for (let at = 0; at < commands.length; at += MAX_COMMANDS) {
          for (const some of grantees) {
            read.findings.push({
              kind: 'grant',
              mechanism: 'sudo',
              order: first + read.findings.length,
              grantees: some,
              here,
              runAs,
              commands: commands.slice(at, at + MAX_COMMANDS),
              tags: group[0]!.tags,
              options: optionsOf(group[0]!, read),
              place: spec.at,
            })
          }
        }
      }
    }
  }
  return read
}

/** The list of a rule in parts that the contract can hold. A list with negations cannot be parted without changing what it says. */
const granteesOf = (spec: UserSpec, resolve: Expansion, read: Read<Grant>): Grantee[][] => {
  const members = resolve.users(spec.users, 'user')
  if (members === undefined || (members.length > MAX_GRANTEES && members.some(({ negated }) => negated))) {
    read.reasons.push({ code: 'too-many', ...spec.at })
    return []
  }
  const grantees = named(members, read)
  return Array.from({ length: Math.ceil(grantees.length / MAX_GRANTEES) }, (_, part) =>
    grantees.slice(part * MAX_GRANTEES, (part + 1) * MAX_GRANTEES),
  )
}

const named = (members: readonly Member[], read: Read<unknown>): Grantee[] =>
  members.flatMap(({ type, name, negated, at }): Grantee[] => {
    if (type === 'self' || type === 'alias') return []
    if (name.length > MAX_NAME) {
      read.reasons.push({ code: 'too-large', ...at })
      return []
    }
    return [{ type, name, ...(negated ? { negated: true } : {}) }]
  })

/** Neighbours that are run as the same and with the same tags and options. */
const groupsOf = (specs: readonly CommandSpec[]): CommandSpec[][] => {
  const groups: CommandSpec[][] = []
  let before: string | undefined
  for (const spec of specs) {
    const key = JSON.stringify([spec.runAs, spec.tags, spec.options])
    if (key === before) groups.at(-1)!.push(spec)
    else groups.push([spec])
    before = key
  }
  return groups
}

const commandsOf = (group: readonly CommandSpec[], resolve: Expansion, read: Read<Grant>): GrantedCommand[] =>
  group.flatMap(({ command, at }) => {
    const members = resolve.commands([command])
    if (members === undefined) {
      read.reasons.push({ code: 'too-many', ...at })
      return []
    }
    if (members.length === 0)
      read.notes.push({ code: 'unparsable', ...at, detail: 'a command alias that is not defined' })
    return members.flatMap((member) => granted(member, read))
  })

const granted = (
  { command, arguments: given, negated, digests, at }: CommandMember,
  read: Read<Grant>,
): GrantedCommand[] => {
  if (command.length > MAX_COMMAND || (given?.length ?? 0) > MAX_COMMAND || digests.length > MAX_DIGESTS) {
    read.reasons.push({ code: 'too-large', ...at })
    return []
  }
  return [
    {
      command,
      ...(given === undefined ? {} : { arguments: given }),
      ...(negated ? { negated: true } : {}),
      ...(digests.length === 0 ? {} : { digests: [...digests] }),
    },
  ]
}

/** No `users`: the default; empty `users`: only the invoking user, as `()` says. */
const runAsOf = ({ runAs, at }: CommandSpec, resolve: Expansion, read: Read<Grant>): Grant['runAs'] | undefined => {
  const [users, groups] = [runAs.users, runAs.groups].map((members) =>
    members === undefined ? undefined : resolve.users(members, 'runas'),
  )
  const lost = (written: unknown, resolved: readonly Member[] | undefined) =>
    written !== undefined && (resolved === undefined || resolved.length > MAX_RUN_AS)
  if (lost(runAs.users, users) || lost(runAs.groups, groups)) {
    read.reasons.push({ code: 'too-many', ...at })
    return undefined
  }
  return {
    ...(users === undefined ? {} : { users: named(users, read) }),
    // Words in a list of groups are groups, also where an alias brings them.
    ...(groups === undefined
      ? {}
      : {
          groups: named(
            groups.map((member) => ({
              ...member,
              type: member.type === 'user' ? 'group' : member.type === 'uid' ? 'gid' : member.type,
            })),
            read,
          ),
        }),
  }
}

const optionsOf = ({ options, at }: CommandSpec, read: Read<Grant>) => {
  const long = Object.values(options).some((value) => value.length > MAX_OPTION)
  if (!long) return options
  read.reasons.push({ code: 'too-large', ...at })
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value.length <= MAX_OPTION))
}

type Setting = FindingOf<'setting'>

/**
 * The Defaults of a policy that hold on this host, one finding for each parameter and condition, the entries of a file folded
 * in the order in which sudo applies them. Values of a list that is added to are written `+NAME`, those taken away `-NAME`;
 * a flag is `true` or `false`.
 */
export const settingsOf = (
  policies: readonly { readonly defaults: readonly Defaults[]; readonly resolve: Expansion }[],
  host: ThisHost,
): Read<Setting> => {
  const read: Read<Setting> = { findings: [], reasons: [], notes: [] }
  const known = new Map<string, Setting>()
  const all = policies.flatMap(({ defaults, resolve }) => defaults.map((entry) => ({ entry, resolve })))
  // sudo takes them in the order in which they stand, but those that bind to commands behind all others.
  for (const late of [false, true]) {
    for (const { entry, resolve } of all) {
      if ((entry.binding.type === 'command') !== late) continue
      for (const condition of conditionsOf(entry, resolve, host, read)) {
        for (const parameter of entry.parameters) {
          const key = JSON.stringify([condition, parameter.name])
          const values = folded(known.get(key)?.values ?? [], parameter)
          if (
            parameter.name.length > 128 ||
            values.length > MAX_VALUES ||
            values.some((value) => value.length > MAX_COMMAND)
          ) {
            read.reasons.push({ code: 'too-large', ...parameter.at })
            continue
          }
          // The place of the last word, in the order of the last words.
          known.delete(key)
          known.set(key, {
            kind: 'setting',
            subject: 'sudo',
            name: parameter.name,
            values,
            ...(condition === undefined ? {} : { condition }),
            place: parameter.at,
          })
        }
      }
    }
  }
  read.findings.push(...inOrder([...known.values()]))
  return read
}

/** Which of several of one name comes later matters where their conditions differ. */
const inOrder = (settings: readonly Setting[]) => {
  const times = new Map<string, number>()
  for (const { name } of settings) times.set(name, (times.get(name) ?? 0) + 1)
  return settings.map((setting, order) => (times.get(setting.name) === 1 ? setting : { ...setting, order }))
}

const LISTS = new Set(['env_keep', 'env_check', 'env_delete', 'log_servers'])

const folded = (before: readonly string[], { name, operator, value = '' }: DefaultsParameter): string[] => {
  const words = value.split(/[ \t]+/).filter((word) => word !== '')
  switch (operator) {
    case 'on':
      return ['true']
    case 'off':
      return LISTS.has(name) ? [] : ['false']
    case '=':
      return LISTS.has(name) ? words : [value]
    case '+=':
    case '-=': {
      const [sign, opposite] = operator === '+=' ? ['+', '-'] : ['-', '+']
      const others = before.filter(
        (known) => !words.some((word) => known === word || known === `+${word}` || known === `-${word}`),
      )
      // Behind `=` the list is known as a whole, so that nothing needs a sign.
      const whole = before.length > 0 && before.every((known) => !known.startsWith('+') && !known.startsWith('-'))
      if (whole) return sign === '+' ? [...others, ...words] : others
      return [...others, ...words.map((word) => sign + word)].filter((word) => word !== opposite)
    }
  }
}

/** The condition in sudo's own words, aliases resolved, in as many parts as the contract needs; none where it cannot hold here. */
const conditionsOf = (
  entry: Defaults,
  resolve: Expansion,
  host: ThisHost,
  read: Read<Setting>,
): (string | undefined)[] => {
  const { binding, at } = entry
  if (binding.type === 'everyone') return [undefined]
  const members = resolved(binding, resolve)
  if (members === undefined) {
    read.reasons.push({ code: 'too-many', ...at })
    return []
  }
  const matches = binding.type === 'host' ? hostListMatches(resolve.hosts(binding.members) ?? [], host) : 'unknown'
  if (binding.type === 'host' && matches !== 'unknown') return matches === 'yes' ? [undefined] : []
  const whole = `Defaults${SIGNS[binding.type]}${members.join(',')}`
  if (whole.length <= MAX_CONDITION) return [whole]
  if (members.some((member) => member.startsWith('!') || member.length > MAX_CONDITION - 9)) {
    read.reasons.push({ code: 'too-large', ...at })
    return []
  }
  return members.map((member) => `Defaults${SIGNS[binding.type]}${member}`)
}

const SIGNS = { user: ':', runas: '>', host: '@', command: '!' } as const

const resolved = (
  binding: Exclude<DefaultsBinding, { type: 'everyone' }>,
  resolve: Expansion,
): string[] | undefined => {
  switch (binding.type) {
    case 'host':
      return resolve
        .hosts(binding.members)
        ?.map(
          ({ type, name, negated }) =>
            sign(negated) + (type === 'all' ? 'ALL' : type === 'netgroup' ? `+${escaped(name)}` : escaped(name)),
        )
    case 'command':
      return resolve
        .commands(binding.members)
        ?.map(
          ({ command, arguments: given, negated }) =>
            sign(negated) + escaped(given === undefined ? command : `${command} ${given}`),
        )
    case 'user':
    case 'runas':
      return resolve
        .users(binding.members, binding.type)
        ?.map(({ type, name, negated }) => sign(negated) + (type === 'all' ? 'ALL' : PREFIXES[type] + escaped(name)))
  }
}

const PREFIXES = {
  user: '',
  uid: '#',
  group: '%',
  gid: '%#',
  netgroup: '+',
  'external-group': '%:',
  alias: '',
  self: '',
} as const
const sign = (negated: boolean) => (negated ? '!' : '')
/** As sudo would read it again: no name that looks like something else. */
const escaped = (name: string) => name.replaceAll(/[\\,]/g, '\\$&').replace(/^(?:[!#%+"]|ALL$)/, '\\$&')
