import type { Grant } from '@rollcall/contract'
import { rootThroughSudo } from '@rollcall/contract/sudo'
import type { HostFacts } from '../host-facts.ts'
import { enteredBy } from './containers.ts'
import { ruledAccount, waysByRules } from './rules.ts'
import { NOTHING, type KindOfWay } from './way.ts'

/** What the doas rules of a host let an account do, as root or as others. Of those that match the last decides, as in sudo. */
export const doasWays: KindOfWay = {
  restsOn: ['doas-rules'],
  ways(account, facts) {
    const rules = rulesOf(facts)
    return rules.length === 0
      ? NOTHING
      : waysByRules(
          'doas',
          account,
          rootThroughSudo(ruledAccount(account, facts), rules, [], undefined, enteredBy(facts)),
          facts,
        )
  },
}

/** The rules in the terms of sudo: which tags say what differs, which rule decides and what a command gives does not. */
const rulesOf = (facts: HostFacts): readonly Grant[] => {
  const known = rules.get(facts)
  if (known !== undefined) return known
  const found = facts.grants.filter(({ mechanism }) => mechanism === 'doas').map(inTermsOfSudo)
  rules.set(facts, found)
  return found
}

const rules = new WeakMap<HostFacts, readonly Grant[]>()

const inTermsOfSudo = (grant: Grant): Grant => ({
  ...grant,
  mechanism: 'sudo',
  tags: {
    ...(grant.tags.nopass === true ? { passwd: false } : {}),
    ...(grant.tags.keepenv === true ? { keepenv: true } : {}),
  },
})
