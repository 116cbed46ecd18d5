import type { FindingOf, Place } from '@rollcall/contract'
import { clipped, MAX_NAME } from '../accounts/account-file.ts'

type ServiceAccount = FindingOf<'service-account'>

/** The roles that reach the operating system with the rights of the server, and so whatever it has. */
const POWERFUL = ['pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files']

const MOST_ROLES = 10_000

/*
 * Nothing of what a database holds is trusted: names are looked for in pg_catalog only (see the options), so that no function or
 * operator that somebody put into another schema is run. One JSON object for each line, its kind in `k`.
 */
const SERVER = `SELECT pg_catalog.row_to_json(x) FROM (SELECT 'server' AS k, current_setting('server_version') AS version,
  current_setting('password_encryption') AS encryption, current_setting('listen_addresses') AS listens,
  current_setting('ssl') AS ssl) x`

const FILES = `SELECT pg_catalog.row_to_json(x) FROM (SELECT 'files' AS k, current_setting('hba_file') AS hba,
  current_setting('ident_file') AS ident) x`

const ROLES = `SELECT pg_catalog.row_to_json(x) FROM (SELECT 'role' AS k, r.rolname AS name, r.rolsuper AS super,
  r.rolcanlogin AS login, r.rolcreaterole AS createrole, r.rolcreatedb AS createdb, r.rolreplication AS replication,
  r.rolbypassrls AS bypassrls,
  CASE WHEN isfinite(r.rolvaliduntil)
    THEN to_char(r.rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') END AS expires,
  ARRAY(SELECT g.rolname::text FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles g ON g.oid = m.roleid
    WHERE m.member = r.oid ORDER BY 1 LIMIT 257) AS groups,
  ARRAY(SELECT g.rolname::text FROM pg_catalog.pg_roles g WHERE NOT r.rolsuper AND g.oid <> r.oid
    AND (g.rolsuper OR g.rolname IN (${POWERFUL.map((name) => `'${name}'`).join(', ')}))
    AND pg_has_role(r.oid, g.oid, 'MEMBER') ORDER BY NOT g.rolsuper, 1 LIMIT 20) AS powers
  FROM pg_catalog.pg_roles r WHERE r.rolname !~ '^pg_' ORDER BY r.rolname LIMIT ${MOST_ROLES + 1}) x`

/** Only of what kind a password is kept leaves the server, never what is kept. */
const PASSWORDS = `SELECT pg_catalog.row_to_json(x) FROM (SELECT 'password' AS k, rolname AS name,
  CASE WHEN rolpassword IS NULL THEN 'none'
    WHEN rolpassword IN ('', 'md5' || md5(rolname)) THEN 'empty'
    WHEN rolpassword ~ '^md5[0-9a-f]{32}$' THEN 'md5'
    WHEN rolpassword LIKE 'SCRAM-SHA-256$%' THEN 'scram-sha-256'
    ELSE 'plain' END AS scheme
  FROM pg_catalog.pg_authid WHERE rolname !~ '^pg_' ORDER BY rolname LIMIT ${MOST_ROLES + 1}) x`

/**
 * Asks the server behind a local socket, in a session that can change nothing, gives up soon, reads no file of passwords and never
 * asks for one. What the account may not see fails by itself; the other answers come all the same.
 */
export const psql = (folder: string, port: string, account?: string): readonly [string, ...string[]] => {
  const command = [
    'env',
    'PGPASSFILE=/dev/null',
    'PGCONNECT_TIMEOUT=5',
    'PGAPPNAME=rollcall',
    'PGCLIENTENCODING=UTF8',
    'PGSSLMODE=disable',
    'PGOPTIONS=-c search_path=pg_catalog -c default_transaction_read_only=on -c statement_timeout=5000 -c lock_timeout=1000',
    'psql',
    '-XAtqw',
    ...(account === undefined ? [] : ['-U', account]),
    `-h${folder}`,
    `-p${port}`,
    '-dpostgres',
    ...[SERVER, FILES, ROLES, PASSWORDS].flatMap((query) => ['-c', query.replaceAll(/\s+/g, ' ')]),
  ] as const
  // From root's shell, the account of the server is let in by the server's own file (peer), without a password.
  return account === undefined ? command : ['runuser', '-u', account, '--', ...command]
}

/** What a server told of itself. */
export interface PostgresqlServer {
  readonly settings: readonly (readonly [name: string, value: string])[]
  readonly files: { readonly hba?: string; readonly ident?: string }
  readonly accounts: readonly ServiceAccount[]
  /** Whether there were more roles than are told, and lines that are none of ours. */
  readonly cut: boolean
  readonly unread: number
}

/** Reads what `psql` printed; undefined when it did not even say who it is. */
export const parsePostgresql = (text: string, instance: string, place: Place): PostgresqlServer | undefined => {
  const rows: Row[] = []
  let unread = 0
  for (const line of text.split('\n')) {
    if (line === '') continue
    const row = rowOf(line)
    if (row === undefined) unread++
    else rows.push(row)
  }
  const server = rows.find(({ k }) => k === 'server')
  if (server === undefined) return undefined
  const schemes = new Map(rows.flatMap(({ k, name, scheme }) => (k === 'password' ? [[name, scheme] as const] : [])))
  const roles = rows.filter(({ k, name }) => k === 'role' && typeof name === 'string' && name !== '')
  const files = rows.find(({ k }) => k === 'files')
  return {
    settings: SETTINGS.flatMap(([column, name]) => {
      const value = server[column]
      return typeof value === 'string' ? [[name, clipped(value, 4096)] as const] : []
    }),
    files: { ...pathIn(files, 'hba'), ...pathIn(files, 'ident') },
    accounts: roles.slice(0, MOST_ROLES).map((row) => accountOf(row, schemes.get(row['name']), instance, place)),
    cut: roles.length > MOST_ROLES,
    unread,
  }
}

type Row = Readonly<Record<string, unknown>>

const SETTINGS = [
  ['version', 'server_version'],
  ['encryption', 'password_encryption'],
  ['listens', 'listen_addresses'],
  ['ssl', 'ssl'],
] as const

const rowOf = (line: string): Row | undefined => {
  if (!line.startsWith('{') || line.length > 200_000) return undefined
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Row) : undefined
  } catch {
    return undefined
  }
}

const pathIn = (row: Row | undefined, name: 'hba' | 'ident') => {
  const path = row?.[name]
  return typeof path === 'string' && path.startsWith('/') && path.length <= 4096 ? { [name]: path } : {}
}

const accountOf = (row: Row, scheme: unknown, instance: string, place: Place): ServiceAccount => {
  const groups = texts(row['groups'], 256)
  const powers = texts(row['powers'], 20)
  const superuser = row['super'] === true
  const privileges = [
    ...(superuser ? ['SUPERUSER'] : []),
    ...powers.map((name) => (POWERFUL.includes(name) ? name : clipped(`may become ${name}`, 256))),
    ...FLAGS.filter((flag) => row[flag] === true).map((flag) => flag.toUpperCase()),
  ]
  const expires = instantOf(row['expires'])
  return {
    kind: 'service-account',
    service: 'postgresql',
    instance,
    name: clipped(String(row['name']), MAX_NAME),
    login: row['login'] === true ? 'yes' : 'no',
    superuser: superuser ? 'yes' : 'no',
    ...passwordOf(scheme),
    ...(expires === undefined ? {} : { expires }),
    ...(privileges.length === 0 ? {} : { privileges }),
    ...(groups.length === 0 ? {} : { memberOf: groups }),
    place,
  }
}

const FLAGS = ['createrole', 'replication', 'bypassrls', 'createdb'] as const

const instantOf = (value: unknown): string | undefined => {
  if (typeof value !== 'string' || !/^\d{4}-[\d-]{5}T[\d:]{8}Z$/.test(value)) return undefined
  const time = Date.parse(value)
  return Number.isNaN(time) ? undefined : new Date(time).toISOString()
}

const passwordOf = (scheme: unknown): Pick<ServiceAccount, 'password' | 'scheme' | 'strength'> => {
  switch (scheme) {
    case 'none':
      return { password: 'none' }
    case 'empty':
      return { password: 'empty', strength: 'weak' }
    case 'scram-sha-256':
      return { password: 'set', scheme, strength: 'strong' }
    case 'md5':
    case 'plain':
      return { password: 'set', scheme, strength: 'weak' }
    default:
      return { password: 'unknown' }
  }
}

const texts = (value: unknown, most: number): string[] =>
  Array.isArray(value)
    ? value.slice(0, most).flatMap((one) => (typeof one === 'string' && one !== '' ? [clipped(one, MAX_NAME)] : []))
    : []
