import type { DirectorySignals } from '@rollcall/contract'
import type { DirectoryAccountDetail } from '@rollcall/contract/api'
import { hostRulesOf, isWinbindId, machinePrincipals, namesOnHosts, winbindIds } from '@rollcall/inventory'
import type { AccountOnHost, Store } from '@rollcall/store'
import { empty, is } from './coverage.ts'

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
    for (const { account } of machinePrincipals(findings))
      if (await hasComputer(directories, directory, account)) computers.add(account)
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

const hasComputer = (directories: Store['directories'], directory: string, account: string) =>
  account.startsWith('host/')
    ? directories.hasComputerCalled(directory, account.slice('host/'.length))
    : directories.hasComputer(directory, account)

/** An entry of a directory, as the store holds it. */
type Entry = NonNullable<Awaited<ReturnType<Store['directories']['account']>>>

/** Of these names of a computer, at most so many are looked for. */
const MOST_NAMES = 20

/**
 * The host that a computer of a directory is: one that goes by its name in DNS or by one of its services, unless its keytab says that it is another
 * computer there; or one that goes by its short name and whose keytab says that it is this one.
 */
export const computerHost = async (
  { relations, scopes }: Store,
  { name, dns_name, spns, principals }: Entry,
  signals: DirectorySignals | undefined,
): Promise<DirectoryAccountDetail['isHost']> => {
  const realm = signals?.domain?.toLowerCase()
  const account = name.toLowerCase()
  const full = new Set([
    ...(dns_name === null ? [] : [dns_name.toLowerCase()]),
    ...[...listed(spns), ...listed(principals)].flatMap(
      (one) => /^(?:host|restrictedkrbhost)\/([^/:@]+\.[^/:@]+)/i.exec(one)?.[1]?.toLowerCase() ?? [],
    ),
  ])
  const short = account.replace(/\$$/, '').split('.')[0]!
  const told: { host: { id: string; name: string }; by: 'keytab' | 'name' }[] = []
  for (const called of [...full, short].slice(0, MOST_NAMES)) {
    const { rows } = await relations.page({
      relation: 'hosts',
      where: [is('host', called)],
      sort: { column: 'id', descending: false },
      limit: 5,
    })
    for (const row of rows) {
      if (told.some(({ host }) => host.id === row.id)) continue
      const own = machinePrincipals(await scopes.current(row.id)).filter((one) => one.realm === realm)
      const isThis = own.some((one) => one.account === account || full.has(one.account.replace(/^host\//, '')))
      if (isThis || (own.length === 0 && full.has(called)))
        told.push({ host: { id: row.id, name: String(row['host']) }, by: isThis ? 'keytab' : 'name' })
    }
  }
  const sure = told.filter(({ by }) => by === 'keytab')
  const [one, another] = sure.length > 0 ? sure : told
  if (one === undefined || another !== undefined) return null
  const sentence =
    one.by === 'keytab' ? 'Its keytab says that it is this computer.' : 'It goes by the name of this computer.'
  return { ...one.host, sentence }
}

/** Accounts of hosts that winbind gave their uid by what smb.conf says there, where nothing else says who they are. */
export const winbindAccounts = async (
  { directories, scopes }: Store,
  { login, sid, uid }: Entry,
  signals: DirectorySignals | undefined,
  known: ReadonlySet<string>,
): Promise<(Omit<AccountOnHost, 'by'> & { by: 'winbind' | 'winbind-maybe' })[]> => {
  const domain = signals?.flatName
  if (domain === undefined) return []
  const candidates = (await directories.namedOnHosts(login)).filter(({ id }) => !known.has(id))
  const found: Awaited<ReturnType<typeof winbindAccounts>> = []
  for (const one of candidates.slice(0, MOST_HOSTS)) {
    const settings = (await scopes.current(one.host)).flatMap(({ finding }) =>
      finding.kind === 'setting' ? [finding] : [],
    )
    const id = winbindIds(settings, domain)?.({ sid, uid })
    const answer = id === undefined ? 'no' : isWinbindId(id, one.uid)
    if (answer !== 'no') found.push({ ...one, by: answer === 'yes' ? 'winbind' : 'winbind-maybe' })
  }
  return found
}

const MOST_KEYS = 50

/** SSH keys of an account of a directory, and where else each of them is found. */
export const keysElsewhere = async (
  { relations }: Store,
  directory: string,
  account: string,
): Promise<NonNullable<DirectoryAccountDetail['keys']>> => {
  const order = { sort: { column: 'id', descending: false }, limit: MOST_KEYS } as const
  const present = [empty('gone_since')]
  const { rows } = await relations.page({
    relation: 'keys',
    where: [is('host_id', directory), is('account', account), ...present],
    ...order,
  })
  const told: NonNullable<DirectoryAccountDetail['keys']> = []
  for (const row of rows) {
    const fingerprint = row['fingerprint']
    if (fingerprint === null || fingerprint === undefined) continue
    const where = [is('fingerprint', String(fingerprint)), { ...is('host_id', directory), negated: true }, ...present]
    const [{ rows: places }, placeCount] = await Promise.all([
      relations.page({ relation: 'keys', where, ...order }),
      relations.count('keys', where),
    ])
    told.push({
      id: row.id,
      fingerprint: String(fingerprint),
      algorithm: String(row['algorithm'] ?? ''),
      places: places.map((place) => ({
        id: place.id,
        host: { id: String(place['host_id']), name: String(place['host']) },
        account: place['account'] === null || place['account'] === undefined ? null : String(place['account']),
        role: String(place['role'] ?? ''),
      })),
      placeCount,
    })
  }
  return told
}

/** The items of a list cell. */
const listed = (text: string): string[] => text.split('\n').filter((item) => item !== '')
