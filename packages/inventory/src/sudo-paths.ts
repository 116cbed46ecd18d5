import type { FindingOf, Grant, Grantee, Reason } from '@rollcall/contract'
import type { PrivilegePath, YesNoUnknown } from '@rollcall/contract/api'
import type { HostFacts } from './host-facts.ts'

type Account = FindingOf<'account'>

/** What the sudo rules of a host let an account do as root. */
export interface SudoReading {
  readonly paths: readonly PrivilegePath[]
  /** What keeps rules from being judged. */
  readonly unsure: readonly Reason[]
}

const MOST_LIMITED = 50

/** Of several rules that match, the last decides (sudoers(5)): a later `!ALL` takes away what an earlier `ALL` gave. */
export const sudoPaths = (account: Account, facts: HostFacts): SudoReading => {
  const unsure: Reason[] = []
  let everything: PrivilegePath | undefined
  let limited: PrivilegePath[] = []
  if (account.uid === 0) return { paths: [], unsure }
  for (const grant of facts.grants) {
    if (grant.mechanism !== 'sudo') continue
    const speaks = listNames(grant.grantees, account, facts)
    if (speaks === 'no') continue
    const asRoot = runsAsRoot(grant)
    if (asRoot === 'no') continue
    const sure = speaks === 'yes' && asRoot === 'yes' && grant.here === 'yes'
    if (!sure) {
      unsure.push({
        code: 'unsupported',
        ...grant.place,
        detail: 'whether this rule applies is decided outside the host',
      })
      continue
    }
    for (const { command, negated } of grant.commands) {
      if (command === 'ALL' && negated === undefined) everything = pathOf(grant, 'root', 'any command', facts)
      else if (command === 'ALL') {
        everything = undefined
        limited = []
      } else if (negated === undefined && command !== 'list') {
        limited.push(pathOf(grant, 'limited', command, facts))
        unsure.push({
          code: 'unsupported',
          ...grant.place,
          detail: 'whether this command can be used to get a root shell is not judged',
        })
      }
    }
  }
  return {
    paths: [...(everything === undefined ? [] : [everything]), ...limited.slice(-MOST_LIMITED)],
    unsure: unsure.slice(-MOST_LIMITED),
  }
}

const pathOf = (grant: Grant, effect: 'root' | 'limited', what: string, facts: HostFacts): PrivilegePath => ({
  via: 'sudo',
  effect,
  password: grant.tags['passwd'] === false ? 'none' : passwordAsked(facts),
  sentence:
    effect === 'root' ? 'sudo lets it run any command as root.' : `sudo lets it run ${what.slice(0, 200)} as root.`,
  steps: [
    {
      sentence:
        effect === 'root' ? 'a sudo rule allows every command as root' : 'a sudo rule allows this command as root',
      place: grant.place,
    },
  ],
})

const passwordAsked = ({ settings }: HostFacts): PrivilegePath['password'] => {
  const names = new Set(settings.filter(({ subject }) => subject === 'sudo').map(({ name }) => name))
  if (names.has('targetpw') || names.has('rootpw') || names.has('runaspw')) return 'target'
  return names.has('!authenticate') || names.has('authenticate') ? 'unknown' : 'own'
}

/** The last entry that matches decides. */
const listNames = (grantees: readonly Grantee[], account: Account, facts: HostFacts): YesNoUnknown => {
  let answer: YesNoUnknown = 'no'
  for (const grantee of grantees) {
    const matches = names(grantee, account, facts)
    if (matches === 'yes') answer = grantee.negated === true ? 'no' : 'yes'
    else if (matches === 'unknown' && answer !== (grantee.negated === true ? 'no' : 'yes')) answer = 'unknown'
  }
  return answer
}

const names = ({ type, name }: Grantee, account: Account, { memberships }: HostFacts): YesNoUnknown => {
  const groups = (memberships.get(account.name) ?? []).filter(({ role }) => role !== 'administrator')
  switch (type) {
    case 'all':
      return 'yes'
    case 'user':
      return name === account.name ? 'yes' : 'no'
    case 'uid':
      return Number(name) === account.uid ? 'yes' : 'no'
    case 'group':
      return groups.some(({ group }) => group === name) ? 'yes' : 'no'
    case 'gid':
      return groups.some(({ gid }) => gid === Number(name)) ? 'yes' : 'no'
    case 'netgroup':
    case 'external-group':
      return 'unknown'
  }
}

const runsAsRoot = ({ runAs: { users, groups } }: Grant): YesNoUnknown => {
  if (users === undefined) return groups === undefined ? 'yes' : 'no'
  let answer: YesNoUnknown = 'no'
  for (const { type, name, negated } of users) {
    const matches = type === 'all' || (type === 'user' && name === 'root') || (type === 'uid' && Number(name) === 0)
    if (matches) answer = negated === true ? 'no' : 'yes'
    else if (type !== 'user' && type !== 'uid' && answer === 'no' && negated === undefined) answer = 'unknown'
  }
  return answer
}
