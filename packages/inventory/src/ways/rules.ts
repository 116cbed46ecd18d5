import type { FindingOf, Grantee, Place, Reason } from '@rollcall/contract'
import type { PrivilegePath } from '@rollcall/contract/api'
import { granteesMatch, type RootThroughSudo, type SudoAccount, type SudoPath } from '@rollcall/contract/sudo'
import type { HostFacts } from '../host-facts.ts'
import { passwordOf as passwordOfAccount } from '../login.ts'
import type { Becoming, Ways } from './way.ts'

type Account = FindingOf<'account'>

/** As a person would name what has the rules. */
const NAMES = { sudo: 'sudo', doas: 'doas', rbac: 'pfexec' } as const

/** Rules that travel with one account at most. */
const MOST_RULES = 50

/** An account with its groups, as rules see it. */
export const ruledAccount = ({ name, uid }: Account, facts: HostFacts): SudoAccount => ({
  name,
  uid,
  groups: (facts.memberships.get(name) ?? [])
    .filter(({ role }) => role !== 'administrator')
    .map(({ group, gid }) => ({ name: group, gid })),
})

/** What rules of sudo or doas give an account, in the words of paths. */
export const waysByRules = (
  via: 'sudo' | 'doas' | 'rbac',
  { name }: Account,
  { answer, paths, unsure }: RootThroughSudo,
  facts: HostFacts,
): Ways => {
  const open = paths.filter(({ effect, applies }) => effect === 'root' && applies === 'unknown')
  const at = ({ path, line }: Place) => `${path}:${line}`
  const asked = new Set(unsure.map(({ place }) => at(place)))
  const reasons = [...unsure, ...open.filter(({ place }) => !asked.has(at(place)))].map(openQuestion)
  const told = paths.slice(0, MOST_RULES)
  return {
    paths: told.filter(({ applies }) => applies === 'yes').map((path) => privilegePath(via, name, path, facts)),
    unsure: answer === 'no' ? [] : reasons.slice(0, MOST_RULES),
    becomes: told.flatMap((path) => becoming(via, name, path, facts) ?? []),
  }
}

const openQuestion = ({ sentence, place }: { readonly sentence: string; readonly place: Place }): Reason => ({
  code: 'unsupported',
  ...place,
  detail: sentence.slice(0, 500),
})

const privilegePath = (
  via: 'sudo' | 'doas' | 'rbac',
  name: string,
  { effect, sentence, place, asksFor, ...path }: SudoPath,
  facts: HostFacts,
): PrivilegePath => {
  const closed = asksFor === undefined ? undefined : unmatchable(asksFor, facts)
  return {
    via,
    effect,
    password: passwordOf(path),
    sentence: `By ${NAMES[via]} it ${sentence}${closed === undefined ? '' : ', which no password matches: the rule gives nothing as things are'}.`,
    steps: [{ sentence: `a ${NAMES[via]} rule says that ${name} ${sentence}`, place }, ...(closed ?? [])],
  }
}

/** That an account's password is known to be one that nothing matches. */
const unmatchable = (name: string, facts: HostFacts): PrivilegePath['steps'] | undefined => {
  const account = facts.firstOfName.get(name)
  if (account === undefined) return undefined
  const { state, field } = passwordOfAccount(account, facts)
  if (state !== 'none' && state !== 'locked') return undefined
  const sentence = state === 'locked' ? `the password of ${name} is locked` : `no password of ${name} matches`
  return [{ sentence, ...(field === undefined ? {} : { place: field.place }) }]
}

const becoming = (
  via: 'sudo' | 'doas' | 'rbac',
  name: string,
  { becomes, applies, sentence, place, ...path }: SudoPath,
  facts: HostFacts,
): Becoming | undefined => {
  if (becomes === undefined) return undefined
  const accounts = accountsIn(becomes, facts)
  if (accounts.length === 0) return undefined
  return {
    via,
    accounts,
    password: passwordOf(path),
    sentence: `By ${NAMES[via]} it ${sentence}.`,
    steps: [{ sentence: `a ${NAMES[via]} rule says that ${name} ${sentence}`, place }],
    ...(applies === 'yes' ? {} : { doubt: openQuestion({ sentence, place }) }),
  }
}

const passwordOf = ({ password, whose }: Pick<SudoPath, 'password' | 'whose'>): PrivilegePath['password'] =>
  PASSWORDS[password] ?? (whose === 'own' ? 'own' : 'target')

const PASSWORDS: Partial<Record<SudoPath['password'], PrivilegePath['password']>> = {
  'not-needed': 'none',
  unknown: 'unknown',
}

type Become = NonNullable<SudoPath['becomes']>

/** The accounts of the host that a run-as list names for sure. Equal lists give the same array, so that it is made and followed once. */
export const accountsIn = (become: Become, facts: HostFacts): readonly Account[] => {
  const known = lists.get(facts) ?? new Map<string, readonly Account[]>()
  lists.set(facts, known)
  const key = JSON.stringify([become.users, become.except])
  const before = known.get(key)
  if (before !== undefined) return before
  const found = candidates(become.users, facts).filter((account) => {
    const ruled = ruledAccount(account, facts)
    return (
      granteesMatch(become.users, ruled) === 'yes' && become.except.every((one) => granteesMatch(one, ruled) === 'no')
    )
  })
  known.set(key, found)
  return found
}

const lists = new WeakMap<HostFacts, Map<string, readonly Account[]>>()

/** A list of plain names needs no look at all other accounts. */
const candidates = (users: readonly Grantee[], facts: HostFacts): readonly Account[] =>
  users.every(({ type }) => type === 'user' || type === 'uid')
    ? [
        ...new Set(
          users.flatMap(({ type, name }) =>
            type === 'uid'
              ? (facts.accountsByUid.get(Number(name)) ?? []).filter((one) => facts.firstOfName.get(one.name) === one)
              : (facts.firstOfName.get(name) ?? []),
          ),
        ),
      ]
    : [...facts.firstOfName.values()]
