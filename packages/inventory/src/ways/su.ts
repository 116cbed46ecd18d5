import type { FindingOf, Grant, Grantee } from '@rollcall/contract'
import type { PrivilegePath } from '@rollcall/contract/api'
import { granteesMatch, type SudoAccount } from '@rollcall/contract/sudo'
import type { HostFacts } from '../host-facts.ts'
import { passwordOf } from '../login.ts'
import { accountsIn, ruledAccount } from './rules.ts'
import type { Becoming, KindOfWay, Ways } from './way.ts'

/**
 * What su gives. That somebody who knows root's password becomes root by it is no privilege of theirs: a way is told where no password
 * is asked, where root's is empty, and, as less than root, where the rules single an account out to be let at it at all.
 */
export const suWays: KindOfWay = {
  restsOn: ['su-rules'],
  ways(account, facts) {
    const rules = rulesOf(facts)
    const ruled = rules.length === 0 ? undefined : ruledAccount(account, facts)
    const each = rules.map((service) => waysBy(service, account, ruled!, facts))
    return {
      paths: each.flatMap(({ paths }) => paths),
      unsure: each.flatMap(({ unsure }) => unsure),
      becomes: each.flatMap(({ becomes = [] }) => becomes),
    }
  },
}

/** The rules of su, and of `su -` where they differ. */
interface Service {
  readonly asRoot: readonly Grant[]
  readonly asOthers: readonly Grant[]
}

const rulesOf = (facts: HostFacts): readonly Service[] => {
  const known = services.get(facts)
  if (known !== undefined) return known
  const all = facts.grants.filter(({ mechanism }) => mechanism === 'su')
  const found = [...Map.groupBy(all, ({ options }) => options.service ?? 'su').values()].map((rules) => ({
    asRoot: rules.filter(({ runAs }) => granteesMatch(runAs.users ?? [], ROOT) !== 'no'),
    asOthers: rules.filter(({ runAs }) => runAs.users?.some(({ type }) => type === 'all') === true),
  }))
  services.set(facts, found)
  return found
}

const services = new WeakMap<HostFacts, readonly Service[]>()
const ROOT: SudoAccount = { name: 'root', uid: 0, groups: [{ name: 'root', gid: 0 }] }

const waysBy = (
  { asRoot, asOthers }: Service,
  account: FindingOf<'account'>,
  ruled: SudoAccount,
  facts: HostFacts,
): Ways => {
  const rule = decisive(asRoot, ruled)
  const others = decisive(asOthers, ruled)
  const freely = others?.sure === true && others.grant.tags.passwd === false
  return {
    paths: rule?.sure === true ? pathBy(rule.grant, account, facts) : [],
    unsure:
      rule !== undefined && !rule.sure
        ? [{ code: 'unsupported', ...rule.grant.place, detail: 'whether su asks it for a password is not known' }]
        : [],
    becomes: freely ? [becomingBy(others.grant, account, facts)] : [],
  }
}

/** Of the rules that name an account the last decides; one that may name it leaves it open. */
const decisive = (rules: readonly Grant[], ruled: SudoAccount): { grant: Grant; sure: boolean } | undefined => {
  for (const grant of rules.toReversed()) {
    const matches = granteesMatch(grant.grantees, ruled)
    if (matches === 'no') continue
    if (grant.commands[0]?.negated === true) return matches === 'yes' ? undefined : { grant, sure: false }
    return { grant, sure: matches === 'yes' && grant.here === 'yes' }
  }
  return undefined
}

const pathBy = (grant: Grant, { name }: FindingOf<'account'>, facts: HostFacts): PrivilegePath[] => {
  const step = (sentence: string) => [{ sentence, place: grant.place }]
  const path = (effect: 'root' | 'limited', password: 'none' | 'target', sentence: string): PrivilegePath => ({
    via: 'su',
    effect,
    password,
    sentence: `By su it ${sentence}.`,
    steps: step(`su lets ${whom(grant, name)}: ${name} ${sentence}`),
  })
  if (grant.tags.passwd === false) return [path('root', 'none', 'becomes root and is asked for no password')]
  const root = facts.firstOfName.get('root')
  const { state, field } = root === undefined ? { state: undefined, field: undefined } : passwordOf(root, facts)
  if (state === 'empty' && grant.tags.nullok === true) {
    const free = path('root', 'none', 'becomes root, whose password is empty')
    return [
      {
        ...free,
        steps: [
          ...free.steps,
          ...(field === undefined ? [] : [{ sentence: 'root has no password', place: field.place }]),
        ],
      },
    ]
  }
  if (state === 'none' || state === 'locked' || grant.grantees.every(isEverybody)) return []
  return [path('limited', 'target', 'may become root with the password of root')]
}

const isEverybody = ({ type }: Grantee) => type === 'all'
const whom = ({ grantees }: Grant, name: string) =>
  grantees.some(isEverybody)
    ? 'everybody through'
    : grantees.some(({ type }) => type === 'group' || type === 'gid')
      ? `members of ${grantees
          .map((one) => one.name)
          .slice(0, 3)
          .join(', ')} through`
      : `${name} through`

const becomingBy = (grant: Grant, { name }: FindingOf<'account'>, facts: HostFacts): Becoming => ({
  via: 'su',
  accounts: accountsIn({ users: grant.runAs.users ?? [], except: [] }, facts),
  password: 'none',
  sentence: 'By su it becomes any other account and is asked for no password.',
  steps: [{ sentence: `su lets ${whom(grant, name)}: ${name} becomes any other account`, place: grant.place }],
})
