import { rootThroughSudo } from '@rollcall/contract/sudo'
import { enteredBy } from './containers.ts'
import { ruledAccount, waysByRules } from './rules.ts'
import { NOTHING, type KindOfWay } from './way.ts'

/** What the sudo rules of a host let an account do, as root or as others. */
export const sudoWays: KindOfWay = {
  // Defaults of a directory change how a rule applies; they give nothing by themselves.
  restsOn: [{ probe: 'sudo-rules', bears: ({ path }) => path !== '/etc/sssd/sssd.conf' }],
  ways: (account, facts) =>
    facts.grants.some(({ mechanism }) => mechanism === 'sudo')
      ? waysByRules(
          'sudo',
          account,
          rootThroughSudo(ruledAccount(account, facts), facts.grants, facts.sudoDefaults, facts.now, enteredBy(facts)),
          facts,
        )
      : NOTHING,
}
