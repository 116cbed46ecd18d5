import type { FindingOf, Place, Reason } from '@rollcall/contract'
import type { PrivilegePath } from '@rollcall/contract/api'
import type { HostFacts } from '../host-facts.ts'
import { rootThroughSudo, type SudoPath } from '../sudo.ts'
import { NOTHING, type KindOfWay, type Ways } from './way.ts'

/** What the sudo rules of a host let an account do as root. */
export const sudoWays: KindOfWay = { restsOn: ['sudo-rules'], ways: (account, facts) => sudoPaths(account, facts) }

/** Rules that travel with one account at most. */
const MOST_RULES = 50

const sudoPaths = ({ name, uid }: FindingOf<'account'>, facts: HostFacts): Ways => {
  if (facts.grants.length === 0) return NOTHING
  const memberships = (facts.memberships.get(name) ?? []).filter(({ role }) => role !== 'administrator')
  const groups = memberships.map(({ group, gid }) => ({ name: group, gid }))
  const { answer, paths, unsure } = rootThroughSudo({ name, uid, groups }, facts.grants, facts.sudoDefaults)
  const open = paths.filter(({ effect, applies }) => effect === 'root' && applies === 'unknown')
  const reasons = [...unsure, ...open].map(openQuestion)
  return {
    paths: paths
      .filter(({ applies }) => applies === 'yes')
      .slice(0, MOST_RULES)
      .map((path) => privilegePath(name, path)),
    unsure: answer === 'no' ? [] : reasons.slice(0, MOST_RULES),
  }
}

const openQuestion = ({ sentence, place }: { readonly sentence: string; readonly place: Place }): Reason => ({
  code: 'unsupported',
  ...place,
  detail: sentence.slice(0, 500),
})

const privilegePath = (name: string, { effect, sentence, password, whose, place }: SudoPath): PrivilegePath => ({
  via: 'sudo',
  effect,
  password: PASSWORDS[password] ?? (whose === 'own' ? 'own' : 'target'),
  sentence: `By sudo it ${sentence}.`,
  steps: [{ sentence: `a sudo rule says that ${name} ${sentence}`, place }],
})

const PASSWORDS: Partial<Record<SudoPath['password'], PrivilegePath['password']>> = {
  'not-needed': 'none',
  unknown: 'unknown',
}
