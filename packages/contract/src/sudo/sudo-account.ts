import type { FindingOf, Grantee, GrantedCommand } from '../index.ts'
import { areApart, covers } from './sudo-command.ts'

/** An account as sudo sees it, with all groups it belongs to. */
export interface SudoAccount {
  readonly name: string
  readonly uid: number
  readonly groups: readonly { readonly name: string; readonly gid: number }[]
}

export type Certainty = 'yes' | 'no' | 'unknown'

/** Whether a list names an account: the last member that matches decides. Names are compared as sudo does by default, without case. */
export const granteesMatch = (grantees: readonly Grantee[], account: SudoAccount): Certainty => {
  const possible = new Set<'yes' | 'no'>()
  for (let index = grantees.length - 1; index >= 0; index--) {
    const grantee = grantees[index]!
    const matches = granteeMatches(grantee, account)
    if (matches === 'no') continue
    possible.add(grantee.negated === true ? 'no' : 'yes')
    if (matches === 'yes') return only(possible)
  }
  return only(possible.add('no'))
}

const only = (possible: ReadonlySet<'yes' | 'no'>): Certainty => (possible.size === 1 ? [...possible][0]! : 'unknown')

const granteeMatches = ({ type, name }: Grantee, account: SudoAccount): Certainty => {
  const same = (other: string) => other === name || other.toLowerCase() === name.toLowerCase()
  switch (type) {
    case 'all':
      return 'yes'
    case 'user':
      return same(account.name) ? 'yes' : 'no'
    case 'uid':
      return Number(name) === account.uid ? 'yes' : 'no'
    case 'group':
      return account.groups.some((group) => same(group.name)) ? 'yes' : 'no'
    case 'gid':
      return account.groups.some(({ gid }) => gid === Number(name)) ? 'yes' : 'no'
    case 'netgroup':
    case 'external-group':
      return 'unknown'
  }
}

/** What is run and as whom; of others than root the list that says as whom. */
export interface SudoRun {
  readonly command: GrantedCommand
  readonly as: 'root' | 'itself' | readonly Grantee[]
}

/** The Defaults that hold when an account runs something; without that, those that may decide as whom it does. */
export const settingsFor = (account: SudoAccount, settings: readonly FindingOf<'setting'>[], run?: SudoRun) => {
  const holding = settings
    .filter(({ subject }) => subject === 'sudo')
    .map((setting) => ({ setting, holds: conditionHolds(setting.condition, account, run) }))
    .filter(({ holds }) => holds !== 'no')
    .toSorted((a, b) => placeInOrder(a.setting) - placeInOrder(b.setting))
  const ofName = (name: string) => holding.filter(({ setting }) => setting.name === name)
  return {
    /** A flag, with what it is when nothing sets it. */
    flag(name: string, byDefault: boolean): Certainty {
      let possible = new Set([byDefault])
      for (const { setting, holds } of ofName(name)) {
        const value = setting.values[0] !== 'false'
        possible = holds === 'yes' ? new Set([value]) : possible.add(value)
      }
      return possible.size === 2 ? 'unknown' : possible.has(true) ? 'yes' : 'no'
    },
    /** The last value that surely holds. */
    text: (name: string): string | undefined =>
      ofName(name).findLast(({ holds }) => holds === 'yes')?.setting.values[0],
    /** What a list holds beyond sudo's own: added, or set, and not taken away again. */
    list(name: string): readonly { readonly value: string; readonly sure: boolean }[] {
      const known = new Map<string, boolean>()
      for (const { setting, holds } of ofName(name)) {
        const whole = setting.values.every((value) => !/^[+-]/.test(value))
        if (whole && holds === 'yes') known.clear()
        for (const value of setting.values) {
          if (!value.startsWith('-')) known.set(value.replace(/^\+/, ''), holds === 'yes')
          else if (holds === 'yes') known.delete(value.slice(1))
        }
      }
      return [...known].map(([value, sure]) => ({ value, sure }))
    },
    /** What is taken away from sudo's own list. */
    removed: (name: string): readonly string[] =>
      ofName(name).flatMap(({ setting: { values } }) =>
        values.filter((value) => value.startsWith('-')).map((value) => value.slice(1)),
      ),
  }
}

/** Whether what is run decides which Defaults hold. */
export const dependsOnRun = ({ condition }: FindingOf<'setting'>): boolean =>
  condition !== undefined && '>!'.includes(condition.charAt('Defaults'.length))

/** Where the finding does not say it: what binds to nothing first, what binds to commands last. */
const placeInOrder = ({ order, condition }: FindingOf<'setting'>) =>
  order ?? (condition === undefined ? 0 : 1 + BINDINGS.indexOf(condition.charAt('Defaults'.length)))

const BINDINGS = ['@', ':', '>', '!']

const conditionHolds = (condition: string | undefined, account: SudoAccount, run: SudoRun | undefined): Certainty => {
  if (condition === undefined) return 'yes'
  const list = condition.slice('Defaults'.length + 1)
  switch (condition.charAt('Defaults'.length)) {
    case ':':
      return granteesMatch(readGrantees(list), account)
    case '>':
      return runAsMatch(readGrantees(list), account, run?.as ?? 'root')
    case '!':
      return run === undefined ? 'unknown' : commandsMatch(readMembers(list), run.command)
    default:
      return 'unknown'
  }
}

const ROOT: SudoAccount = { name: 'root', uid: 0, groups: [{ name: 'root', gid: 0 }] }

/** Of another account only the name is known, and of several nothing that all of them have. */
const runAsMatch = (grantees: readonly Grantee[], account: SudoAccount, as: SudoRun['as']): Certainty => {
  if (as === 'root') return granteesMatch(grantees, ROOT)
  if (as === 'itself') return granteesMatch(grantees, account)
  const [user, ...more] = as
  const name = user?.type === 'user' && user.negated !== true && more.length === 0 ? user.name : undefined
  const possible = new Set<'yes' | 'no'>()
  for (const grantee of grantees.toReversed()) {
    const sure = grantee.type === 'all' || (grantee.type === 'user' && name !== undefined)
    if (sure && grantee.type === 'user' && grantee.name.toLowerCase() !== name?.toLowerCase()) continue
    possible.add(grantee.negated === true ? 'no' : 'yes')
    if (sure) return only(possible)
  }
  return only(possible.add('no'))
}

/** Whether a list of commands names one, or everything that a pattern stands for: the last member that does decides. */
const commandsMatch = (members: readonly string[], command: GrantedCommand): Certainty => {
  const possible = new Set<'yes' | 'no'>()
  for (const member of members.toReversed()) {
    const negated = member.startsWith('!')
    const [path = '', ...words] = member.slice(negated ? 1 : 0).split(' ')
    const named = { command: resolved(path), ...(words.length === 0 ? {} : { arguments: resolved(words.join(' ')) }) }
    const sure = covers(named, command)
    if (!sure && areApart(named, command)) continue
    possible.add(negated ? 'no' : 'yes')
    if (sure) return only(possible)
  }
  return only(possible.add('no'))
}

/** Reads a list as conditions write it: members behind commas, `\` before what is meant as it stands. */
const readMembers = (list: string): readonly string[] => list.match(/(?:[^\\,]|\\.)+/gs) ?? []

const resolved = (text: string) => text.replaceAll(/\\([\\,])/g, '$1')

const readGrantees = (list: string): Grantee[] =>
  readMembers(list).map((text) => {
    const [, bang, prefix, name] = /^(!?)(%:|%#|%|#|\+)?(.*)$/s.exec(text) as unknown as [
      string,
      string,
      string | undefined,
      string,
    ]
    const type = prefix === undefined ? (name === 'ALL' ? 'all' : 'user') : TYPES[prefix]!
    return {
      type,
      name: type === 'all' ? '' : name.replaceAll(/\\(.)/gs, '$1'),
      ...(bang === '!' ? { negated: true } : {}),
    }
  })

const TYPES: Readonly<Record<string, Grantee['type']>> = {
  '%:': 'external-group',
  '%#': 'gid',
  '%': 'group',
  '#': 'uid',
  '+': 'netgroup',
}
