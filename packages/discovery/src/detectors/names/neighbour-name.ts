import { wordsOfName } from './name-words.ts'
import { ownText } from './own-text.ts'

/** What something beside a secret tells of it: whose it is, where that is, and what kind of service. */
export type NeighbourRole = 'account' | 'address' | 'host' | 'port' | 'service'

export interface NeighbourName {
  readonly role: NeighbourRole
  /** What stands before it in the name, as for the secret's own. */
  readonly stem: string
  /** The lower, the better it tells its role. */
  readonly rank: number
}

/** What a name tells beside a secret: `DB_USER` the account of stem `db`, `bindDN` that of `bind`, `jdbcUrl` an address. */
export const neighbourNamed = (name: string): NeighbourName | undefined => {
  if (name.length > LONGEST_NAME) return undefined
  const known = remembered.get(name)
  if (known !== undefined || remembered.has(name)) return known
  if (remembered.size >= MOST_REMEMBERED) remembered.clear()
  const own = ownText(name)
  const read = readName(own)
  remembered.set(own, read)
  return read
}

const LONGEST_NAME = 128
const MOST_REMEMBERED = 4096
const remembered = new Map<string, NeighbourName | undefined>()

const readName = (name: string): NeighbourName | undefined => {
  const words = wordsOfName(name)
  if (words.length === 0 || words.length > 8) return undefined
  const joined = words.join('_')
  for (const [rank, [role, ending]] of ENDINGS.entries()) {
    const found = ending.exec(joined)
    if (found !== null) return { role, stem: joined.slice(0, found.index).replaceAll('_', ''), rank }
  }
  return undefined
}

const ENDINGS: readonly (readonly [NeighbourRole, RegExp])[] = [
  [
    'account',
    /(?:user_?name|user|usr|login|login_?name|user_?id|bind_?dn|root_?dn|admin_?dn|user_?dn|account|account_?name|acct)$/,
  ],
  [
    'account',
    /(?:client|app|application|consumer|access_?key|secret_?key|access|key|role|tenant)_?id$|(?:^|(?<!secret)_)(?:access|consumer|api)_?key$/,
  ],
  [
    'account',
    /(?:principal|identity|benutzer(?:name)?|utilisateur|usuario|usuário|identifiant|användare|utente|gebruiker|kunde)$/,
  ],
  [
    'account',
    /(?:^|_)(?:uid|dn|login_?email|email|mail_?address|sender|name|who|peer|eap_?identity|jid|nick|nickname|sec_?name|security_?name)$/,
  ],
  ['address', /(?:jdbc_?url|url|uri|endpoint|dsn|connection_?string|data_?source|base_?url|connection)s?$/],
  [
    'host',
    /(?:host|host_?name|host_?addr|server|server_?name|servers|hosts|address|addr|machine|broker|bootstrap_?servers|relay_?host|smart_?host|registry|remote_?host)$/,
  ],
  ['host', /(?:^|_)(?:ip|ip_?addr|node|remote|site|ssid|domain|gateway|realm|target|poll)$/],
  ['port', /(?:^|_)port$/],
  [
    'service',
    /(?:^|_)(?:type|driver|driver_?class(?:_?name)?|engine|adapter|dialect|protocol|scheme|backend|client|db_?type)$/,
  ],
]
