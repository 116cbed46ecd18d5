import type { FindingOf, Place } from '@rollcall/contract'
import { clipped, MAX_NAME } from '../accounts/account-file.ts'

type ServiceAccount = FindingOf<'service-account'>

const MOST_ACCOUNTS = 10_000

/** The privileges on everything, in the order that their columns are asked for. All versions since 5.5 have these. */
const COLUMNS = [
  ['Super', 'SUPER'],
  ['Grant', 'GRANT OPTION'],
  ['Create_user', 'CREATE USER'],
  ['File', 'FILE'],
  ['Process', 'PROCESS'],
  ['Reload', 'RELOAD'],
  ['Shutdown', 'SHUTDOWN'],
  ['Repl_slave', 'REPLICATION SLAVE'],
  ['Select', 'SELECT'],
  ['Insert', 'INSERT'],
  ['Update', 'UPDATE'],
  ['Delete', 'DELETE'],
  ['Create', 'CREATE'],
  ['Drop', 'DROP'],
  ['Alter', 'ALTER'],
  ['Execute', 'EXECUTE'],
  ['Trigger', 'TRIGGER'],
  ['Event', 'EVENT'],
  ['Create_tablespace', 'CREATE TABLESPACE'],
] as const

/** How many of them, from the first, are worth telling where not all are given. */
const TOLD = 8

/** What is kept of a password. MariaDB had it in another column before; MySQL too, of which those versions say nothing. */
const HASH = "COALESCE(NULLIF(authentication_string, '') /*M!50500 , Password */, '')"

/** Only whether there is a password leaves the server, never what is kept of it. */
const KEPT = `CASE WHEN VERSION() REGEXP '^5[.][0-6][.]' AND VERSION() NOT LIKE '%MariaDB%' THEN 'unknown'
  WHEN ${HASH} = '' THEN 'empty'
  WHEN ${HASH} LIKE '%THISISACOMBINATIONOFINVALIDSALT%' OR ${HASH} LIKE '*THISISNOTAVALID%'
    OR (plugin IN ('', 'mysql_native_password') AND ${HASH} NOT REGEXP '^([*][0-9A-Fa-f]{40}|[0-9a-f]{16})$') THEN 'none'
  ELSE 'set' END`

/*
 * A line for each fact, its kind first. The client gives up a line of statements at the first that fails, so what a version does not
 * know stands in comments that only others run: `M!` in MariaDB, `!` with a version of 5.7 or later in MySQL.
 */
const STATEMENTS = [
  'SET SESSION TRANSACTION READ ONLY',
  "SELECT 'server', @@port, VERSION()",
  "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('bind_address', 'skip_networking', 'require_secure_transport', 'local_infile')",
  `SELECT 'user', User, Host, plugin, ${KEPT}, CONCAT(${COLUMNS.map(([column]) => `${column}_priv`).join(', ')}) FROM mysql.user ORDER BY User, Host LIMIT ${MOST_ACCOUNTS + 1}`,
  // Whoever writes to the tables of accounts makes accounts.
  "SELECT 'writes', User, Host FROM mysql.db WHERE 'mysql' LIKE Db AND (Insert_priv = 'Y' OR Update_priv = 'Y')",
  "SELECT 'locked' /*!50706 , User, Host FROM mysql.user WHERE account_locked = 'Y' */",
  "SELECT 'member' /*!80000 , TO_USER, TO_HOST, FROM_USER FROM mysql.role_edges LIMIT 50000 */",
  "SELECT 'dynamic' /*!80000 , USER, HOST, PRIV FROM mysql.global_grants WHERE PRIV IN ('SYSTEM_USER', 'SYSTEM_VARIABLES_ADMIN', 'ROLE_ADMIN', 'SET_USER_ID', 'SET_ANY_DEFINER', 'CLONE_ADMIN') LIMIT 50000 */",
  "SELECT 'role' /*M!100005 , User, Host FROM mysql.user WHERE is_role = 'Y' */",
  "SELECT 'member' /*M!100005 , User, Host, Role FROM mysql.roles_mapping LIMIT 50000 */",
  "SELECT 'locked' /*M!100400 , User, Host FROM mysql.global_priv WHERE JSON_VALUE(Priv, '$.account_locked') IN ('1', 'true') */",
  "SELECT 'also' /*M!100400 , User, Host, JSON_EXTRACT(Priv, '$.auth_or[*].plugin') FROM mysql.global_priv WHERE JSON_EXISTS(Priv, '$.auth_or') */",
]

/**
 * Asks the server behind a local socket as the account of the scan, in a session that changes nothing. No password is given and no
 * file of options is read, since such files hold some.
 */
export const mysql = (socket: string, program = 'mysql'): readonly [string, ...string[]] => [
  'env',
  'MYSQL_PWD=',
  program,
  '--no-defaults',
  '--batch',
  '--skip-column-names',
  '--force',
  '--connect-timeout=5',
  '--protocol=socket',
  `--socket=${socket}`,
  '--default-character-set=utf8',
  `--execute=${STATEMENTS.map((statement) => statement.replaceAll(/\s+/g, ' ')).join('; ')}`,
]

/** What a server told of itself. */
export interface MysqlServer {
  /** Its port, or its socket where it has none. */
  readonly instance: string
  readonly settings: readonly (readonly [name: string, value: string])[]
  /** Undefined where the account of the scan may not read them. */
  readonly accounts: readonly ServiceAccount[] | undefined
  readonly cut: boolean
}

/** Reads what `mysql` printed; undefined when the server did not let the scan in. */
export const parseMysql = (text: string, place: Place): MysqlServer | undefined => {
  const rows = text.split('\n').map((line) => line.split('\t').map(unescaped))
  const server = rows.find(([kind]) => kind === 'server')
  if (server === undefined) return undefined
  // Without networking it has none.
  const port = /^[1-9]\d{0,4}$/.exec(server[1] ?? '')?.[0]
  const instance = port ?? clipped(place.path, 256)
  const of = (wanted: string) => {
    const found = new Map<string, string[]>()
    for (const [kind, name = '', host, value = ''] of rows)
      if (kind === wanted && host !== undefined)
        found.set(keyOf(name, host), [...(found.get(keyOf(name, host)) ?? []).slice(0, 256), value])
    return found
  }
  const facts = {
    locked: of('locked'),
    roles: of('role'),
    also: of('also'),
    members: of('member'),
    dynamic: of('dynamic'),
    writes: of('writes'),
  }
  const users = rows.filter(([kind, , , , , privileges]) => kind === 'user' && privileges !== undefined)
  return {
    instance,
    settings: rows.flatMap(([name = '', value]) =>
      SETTINGS.has(name) && value !== undefined ? [[name, clipped(value, 4096)] as const] : [],
    ),
    accounts:
      users.length === 0
        ? undefined
        : users.slice(0, MOST_ACCOUNTS).map((row) => accountOf(row, facts, instance, place)),
    cut: users.length > MOST_ACCOUNTS,
  }
}

const SETTINGS = new Set(['bind_address', 'skip_networking', 'require_secure_transport', 'local_infile'])

const unescaped = (field: string) =>
  field.replaceAll(/\\(.)/g, (whole, unit: string) => ({ n: '\n', t: '\t', '0': '\0', '\\': '\\' })[unit] ?? whole)

const keyOf = (name: string, host: string) => JSON.stringify([name, host])

type Facts = Readonly<
  Record<'locked' | 'roles' | 'also' | 'members' | 'dynamic' | 'writes', ReadonlyMap<string, readonly string[]>>
>

const accountOf = (row: readonly string[], facts: Facts, instance: string, place: Place): ServiceAccount => {
  const [, name = '', host = '', plugin = '', kept = '', flags = ''] = row
  const key = keyOf(name, host)
  const given = COLUMNS.flatMap(([, privilege], index) => (flags[index] === 'Y' ? [privilege] : []))
  const all = given.length === COLUMNS.length
  const dynamic = facts.dynamic.get(key) ?? []
  const privileges = [
    ...(all
      ? ['ALL PRIVILEGES']
      : given.filter((privilege) => COLUMNS.findIndex(([, one]) => one === privilege) < TOLD)),
    ...dynamic,
    ...(facts.writes.has(key) ? ['writes to mysql.*'] : []),
  ].slice(0, 64)
  const others = pluginsIn(facts.also.get(key)?.[0] ?? '')
  const password = passwordOf(plugin, kept, others)
  const role = facts.roles.has(key)
  const memberOf = facts.members.get(key)?.map((group) => clipped(group, MAX_NAME))
  return {
    kind: 'service-account',
    service: 'mysql',
    instance,
    name: clipped(name, MAX_NAME),
    ...(host === '' && role ? {} : { scope: clipped(host, 256) }),
    login: role || facts.locked.has(key) || password.password === 'none' ? 'no' : 'yes',
    superuser: given.includes('SUPER') || all ? 'yes' : 'no',
    ...(role ? { password: 'none' as const } : password),
    ...(privileges.length === 0 ? {} : { privileges: privileges.map((one) => clipped(one, 256)) }),
    ...(memberOf === undefined ? {} : { memberOf: memberOf.slice(0, 256) }),
    place,
  }
}

const pluginsIn = (json: string): string[] => Array.from(json.matchAll(/"(\w{1,64})"/g), ([, plugin]) => plugin!)

/** Plugins that ask something else than the server's own tables. */
const EXTERNAL =
  /^(?:unix_socket|auth_socket|auth_pam|auth_pam_compat|pam|gssapi|named_pipe|authentication_(?:pam|ldap\w*|kerberos|windows|fido|webauthn\w*|openid\w*))$/
const STRONG = /^(?:ed25519|parsec)$/
const ACCEPTABLE = /^(?:caching_sha2_password|sha256_password)$/

const passwordOf = (
  plugin: string,
  kept: string,
  others: readonly string[],
): Pick<ServiceAccount, 'password' | 'scheme' | 'strength'> => {
  const scheme = plugin === '' ? 'mysql_native_password' : clipped(plugin, 64)
  if (EXTERNAL.test(scheme)) return { password: 'external', scheme }
  if (kept === 'empty') return { password: 'empty', strength: 'weak' }
  if (kept === 'set')
    return {
      password: 'set',
      scheme,
      strength: STRONG.test(scheme) ? 'strong' : ACCEPTABLE.test(scheme) ? 'acceptable' : 'weak',
    }
  const other = others.find((one) => EXTERNAL.test(one))
  if (other !== undefined) return { password: 'external', scheme: other }
  return { password: kept === 'none' ? 'none' : 'unknown' }
}
