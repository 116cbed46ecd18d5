import type { DirectorySignals } from '@rollcall/contract'
import type { DirectoryAccountDetail } from '@rollcall/contract/api'
import { hostRulesOf, machineAccounts, namesOnHosts } from '@rollcall/inventory'
import type { Store } from '@rollcall/store'

/** Of more hosts nothing is worked out: they are counted. */
const MOST_HOSTS = 50
const MOST_RULES = 200

interface Member {
  readonly directory: string
  readonly signals: DirectorySignals
  readonly name: string
  readonly groups: DirectoryAccountDetail['memberships']
  readonly now: Date
}

/** Ways to root on hosts by sudo rules that name a group of a directory's account, whether or not the hosts have listed it. */
export const rulesOnHosts = async (
  { directories, scopes, hosts }: Store,
  { directory, signals, name, groups, now }: Member,
): Promise<Pick<DirectoryAccountDetail, 'hostRules' | 'ruleHosts'>> => {
  if (groups.length === 0) return { hostRules: [], ruleHosts: 0 }
  const spelt = new Set(groups.flatMap((group) => namesOnHosts(group.name, signals).map((one) => `%${one}`)))
  const named = new Set(
    (await directories.rulesOfGroups())
      .filter(({ grantees }) => grantees.some((grantee) => spelt.has(grantee.toLowerCase())))
      .map(({ host }) => host),
  )
  const hostRules: DirectoryAccountDetail['hostRules'] = []
  for (const id of [...named].slice(0, MOST_HOSTS)) {
    const [host, findings, states] = await Promise.all([hosts.byId(id), scopes.current(id), scopes.of(id)])
    if (host === undefined) continue
    const computers = new Set<string>()
    for (const account of machineAccounts(findings))
      if (await directories.hasComputer(directory, account)) computers.add(account)
    const rules = hostRulesOf({ signals, name, groups, computers }, { findings, scopes: states, now })
    hostRules.push(
      ...rules.map((rule) => ({
        ...rule,
        host: { id, name: host.name },
        through: [...rule.through],
        unknownBecause: [...rule.unknownBecause],
      })),
    )
  }
  const certainFirst = hostRules.toSorted((one, other) => Number(other.root === 'yes') - Number(one.root === 'yes'))
  return { hostRules: certainFirst.slice(0, MOST_RULES), ruleHosts: named.size }
}
