import type { FindingOf, Grant, Reason } from '@rollcall/contract'
import type { PrivilegePath } from '@rollcall/contract/api'
import { effectiveSudo, rootThroughSudo } from '@rollcall/contract/sudo'
import type { HostFacts } from '../host-facts.ts'
import { accountsIn, ruledAccount, waysByRules } from './rules.ts'
import { NOTHING, type Becoming, type KindOfWay } from './way.ts'

/** What roles, rights profiles and authorizations of Solaris and illumos give. */
export const rbacWays: KindOfWay = {
  restsOn: ['solaris-rbac'],
  ways(account, facts) {
    const { roles, profiles, authorizations } = rulesOf(facts)
    if (roles.length + profiles.length + authorizations.length === 0) return NOTHING
    const ruled = ruledAccount(account, facts)
    const assumed = effectiveSudo(ruled, roles)
    const byProfiles =
      profiles.length === 0 ? NOTHING : waysByRules('rbac', account, rootThroughSudo(ruled, profiles, []), facts)
    return {
      paths: [...byProfiles.paths, ...assumed.flatMap(({ grant }) => rolePath(account.name, grant, facts) ?? [])],
      unsure: [
        ...byProfiles.unsure,
        ...authorizations
          .filter((one) => one.account === undefined || one.account === account.name)
          .flatMap((one) => doubtOf(one) ?? []),
      ],
      becomes: [
        ...(byProfiles.becomes ?? []),
        ...assumed.flatMap(({ grant }) => becoming(account.name, grant, facts) ?? []),
      ],
    }
  },
}

interface Rules {
  readonly roles: readonly Grant[]
  /** In the terms of sudo: which tags say what differs, which rule decides and what a command gives does not. */
  readonly profiles: readonly Grant[]
  readonly authorizations: readonly FindingOf<'setting'>[]
}

const rulesOf = (facts: HostFacts): Rules => {
  const known = rules.get(facts)
  if (known !== undefined) return known
  const all = facts.grants.filter(({ mechanism }) => mechanism === 'rbac')
  const found: Rules = {
    roles: all.filter(({ options }) => options.role !== undefined).map((grant) => ({ ...grant, mechanism: 'sudo' })),
    profiles: all
      .filter(({ options }) => options.role === undefined)
      .map((grant) => ({ ...grant, mechanism: 'sudo', options: {} })),
    authorizations: facts.authorizations,
  }
  rules.set(facts, found)
  return found
}

const rules = new WeakMap<HostFacts, Rules>()

/** That somebody who knows the password of a role becomes it is no privilege of theirs; that they may try is told. */
const rolePath = (name: string, { options, place }: Grant, facts: HostFacts): PrivilegePath | undefined => {
  const { role = '', roleauth } = options
  const isRoot = role === 'root' || facts.firstOfName.get(role)?.uid === 0
  if (roleauth === 'user' && !isRoot) return undefined
  const by = roleauth === 'user' ? 'its own password' : 'the password of the role'
  return {
    via: 'rbac',
    effect: isRoot && roleauth === 'user' ? 'root' : 'limited',
    password: roleauth === 'user' ? 'own' : 'target',
    sentence: `It may assume the role ${role}, for which ${by} is asked.`,
    steps: [{ sentence: `the role ${role} is assigned to ${name}`, place }],
  }
}

const becoming = (name: string, { runAs, options, place }: Grant, facts: HostFacts): Becoming | undefined => {
  const { role = '', roleauth } = options
  const accounts = accountsIn({ users: runAs.users ?? [], except: [] }, facts)
  return roleauth !== 'user' || accounts.every(({ uid }) => uid === 0)
    ? undefined
    : {
        via: 'rbac',
        password: 'own',
        accounts,
        sentence: `It may assume the role ${role} with its own password.`,
        steps: [{ sentence: `the role ${role} is assigned to ${name}`, place }],
      }
}

/** Authorizations whose holders decide about passwords, roles, profiles or what services run: which programs heed them is not known. */
const MIGHTY =
  /^solaris\.(?:\*|grant|passwd\.(?:\*|assign)|role\.(?:\*|assign|write)|profmgr\.(?:\*|assign|write|execattr\.write)|profile\.(?:\*|assign)|user\.(?:\*|manage)|admin\.usermgr\.(?:\*|pswd|write)|smf\.(?:\*|modify(?:\..*)?))$/

const doubtOf = ({ values, place }: FindingOf<'setting'>): Reason | undefined => {
  const mighty = values.filter((one) => MIGHTY.test(one))
  return mighty.length === 0
    ? undefined
    : { code: 'unsupported', ...place, detail: `what the authorizations ${mighty.slice(0, 5).join(', ')} give` }
}
