import type { Finding, FindingOf, Reason } from '@rollcall/contract'
import { clipped, MAX_NAME, MAX_PATH } from '../formats/accounts/account-file.ts'
import { mysql, parseMysql, type MysqlServer } from '../formats/databases/mysql-accounts.ts'
import { parseMysqlConf, type MysqlOption } from '../formats/databases/mysql-conf.ts'
import type { CommandResult, FindResult, HostFile } from '../host.ts'
import { exampleFile, exampleOutput, hostProbe, outputOf, textOf, type Gathering } from '../probe.ts'

interface Gathered {
  readonly files: readonly HostFile[]
  readonly sockets: FindResult
  readonly servers: readonly { readonly socket: string; readonly result: CommandResult }[]
}

const FILES = [
  '/etc/my.cnf',
  '/etc/my.cnf.d/*.cnf',
  '/etc/mysql/my.cnf',
  '/etc/mysql/conf.d/*.cnf',
  '/etc/mysql/*.conf.d/*.cnf',
  '/usr/local/etc/my.cnf',
  '/usr/local/etc/mysql/my.cnf',
] as const
const SOCKET_FOLDERS = ['/run/mysqld', '/run/mysql', '/run/mariadb', '/var/run/mysqld', '/var/lib/mysql', '/tmp']
const USUAL_SOCKETS = ['/run/mysqld/mysqld.sock', '/var/lib/mysql/mysql.sock'] as const
const MOST_SERVERS = 16

/**
 * Servers are asked over their local sockets only, as the account of the scan and without a password: a server that lets root in by
 * the socket answers, any other is denied. Files that hold a password for it are not used.
 */
export default hostProbe<Gathered>({
  id: 'mysql-accounts',
  title: 'Accounts of MySQL and MariaDB servers: from where, with what proof, and what they may on everything',
  needs: [
    {
      reads:
        'the accounts, by mysql over the local socket, where the server lets the account of the scan in without a password',
      right: 'root',
      hides: 'which accounts there are, who of them has no password, and who may do everything',
      grants: { run: USUAL_SOCKETS.map((socket) => mysql(socket)) },
    },
    { reads: FILES.join(', '), right: 'any-account', hides: 'whether the server asks for passwords at all' },
  ],

  async gather(host) {
    const [files, sockets] = await Promise.all([
      host.read(...FILES),
      host.find({
        under: SOCKET_FOLDERS,
        maxDepth: 1,
        where: { types: ['socket'], names: ['mysql*.sock', 'mariadb*.sock'] },
        maxEntries: 100,
      }),
    ])
    const servers = await Promise.all(
      socketsOf(sockets).map(async (socket) => ({ socket, result: await askServer(host, socket) })),
    )
    return { files, sockets, servers }
  },

  parse({ files, sockets, servers }) {
    const options = files.flatMap((file) => parseMysqlConf(textOf(file), clipped(file.path, MAX_PATH)))
    const findings: Finding[] = optionFindings(options)
    const reasons: Reason[] = []
    let answered = 0
    for (const { socket, result } of servers) {
      const path = clipped(socket, MAX_PATH)
      const server = parseMysql(outputOf(result), { path })
      reasons.push(...unseen(path, result, server))
      if (server === undefined) continue
      answered++
      findings.push(...(server.accounts ?? []))
      for (const [name, value] of server.settings)
        findings.push({
          kind: 'setting',
          subject: 'mysql',
          name,
          values: [value],
          condition: `server ${server.instance}`,
        })
    }
    const run = options.some(({ name, value }) => name === 'datadir' || (name === 'user' && value !== ''))
    if (servers.length === 0 && run && sockets.state === 'found')
      reasons.push({ code: 'unsupported', detail: 'no server is running, so its accounts are not seen' })
    return { findings, reasons, nothingRead: answered === 0 && options.length === 0 }
  },

  examples: examples(),
})

/** One for each server: the same folder may have two names, and the extended protocol has a socket of its own. */
const socketsOf = (found: FindResult): string[] => {
  const all =
    found.state === 'found' ? found.entries.flatMap(({ path, type }) => (type === 'socket' ? [path] : [])) : []
  const own = all.filter((path) => !/\/mysqlx[^/]*$/.test(path)).toSorted()
  return [...new Map(own.map((path) => [path.replace(/^\/var\/run\//, '/run/'), path])).keys()].slice(0, MOST_SERVERS)
}

/** The client has another name where MariaDB came without the old one. */
const askServer = async (host: Gathering, socket: string): Promise<CommandResult> => {
  const result = await host.run(...mysql(socket))
  return isMissing(result) ? host.run(...mysql(socket, 'mariadb')) : result
}

/** env(1) ends with 127 where the program that it is to run is not there. */
const isMissing = (result: CommandResult) =>
  result.state === 'unread' ? result.why === 'tool-missing' : result.exit === 127

const unseen = (path: string, result: CommandResult, server: MysqlServer | undefined): Reason[] => {
  if (isMissing(result)) return [{ code: 'tool-missing', path, detail: 'mysql or mariadb, to see the accounts' }]
  if (result.state === 'unread') return []
  if (server === undefined) return [{ code: 'not-permitted', path, detail: 'the server does not let the scan in' }]
  return [
    ...(server.accounts === undefined ? [{ code: 'not-permitted' as const, path, detail: 'accounts' }] : []),
    ...(server.cut ? [{ code: 'too-many' as const, path, detail: 'accounts' }] : []),
  ]
}

/** Options that decide who gets in; where there are several of a name, the last of each file. */
const TOLD = new Set([
  'skip_grant_tables',
  'bind_address',
  'skip_networking',
  'require_secure_transport',
  'plugin_load_add',
  'init_file',
  'old_passwords',
])

const optionFindings = (options: readonly MysqlOption[]): Finding[] =>
  options.flatMap(({ name, value, place }): FindingOf<'setting' | 'usage'>[] => {
    if (name === 'user' && value !== '')
      return [{ kind: 'usage', account: clipped(value, MAX_NAME), consumer: 'database', name: 'mysqld', place }]
    if (!TOLD.has(name)) return []
    const values = value === '' ? ['on'] : [clipped(value, MAX_PATH)]
    return [{ kind: 'setting', subject: 'mysql', name, values, condition: `file ${clipped(place.path, 1000)}`, place }]
  })

function examples() {
  const socket = '/run/mysqld/mysqld.sock'
  const sockets = (...paths: readonly string[]): FindResult => ({
    state: 'found',
    entries: paths.map((path) => ({
      path,
      type: 'socket',
      mode: 0o777,
      uid: 106,
      gid: 113,
      size: 0,
      modified: '2026-03-01T12:00:00.000Z',
    })),
    unsearched: [],
    unnamed: 0,
  })
  const lines = (...rows: readonly (readonly string[])[]) =>
    exampleOutput(rows.map((row) => `${row.join('\t')}\n`).join(''))
  const user = (name: string, host: string, plugin: string, kept: string, flags = '') => [
    'user',
    name,
    host,
    plugin,
    kept,
    flags.padEnd(19, 'N'),
  ]
  const account = {
    kind: 'service-account' as const,
    service: 'mysql' as const,
    instance: '3306',
    login: 'yes' as const,
    superuser: 'no' as const,
    place: { path: socket },
  }
  const server = ['server', '3306', '10.11.6-MariaDB']
  const none = { files: [], sockets: sockets(), servers: [] }
  return [
    {
      title: 'accounts by name and host: what proves who they are, and what they may on everything',
      gathered: {
        ...none,
        sockets: sockets(socket),
        servers: [
          {
            socket,
            result: lines(
              server,
              ['bind_address', '127.0.0.1'],
              user('root', 'localhost', 'mysql_native_password', 'none', 'Y'.repeat(19)),
              user('app', '10.%', 'caching_sha2_password', 'set', 'NNNY'),
              user('old', '%', 'mysql_native_password', 'set'),
              ['also', 'root', 'localhost', '["unix_socket"]'],
              ['member', 'app', '10.%', 'readers'],
              ['locked', 'old', '%'],
            ),
          },
        ],
      },
      finds: [
        {
          ...account,
          name: 'root',
          scope: 'localhost',
          superuser: 'yes' as const,
          password: 'external' as const,
          scheme: 'unix_socket',
          privileges: ['ALL PRIVILEGES'],
        },
        {
          ...account,
          name: 'app',
          scope: '10.%',
          password: 'set' as const,
          scheme: 'caching_sha2_password',
          strength: 'acceptable' as const,
          privileges: ['FILE'],
          memberOf: ['readers'],
        },
        {
          ...account,
          name: 'old',
          scope: '%',
          login: 'no' as const,
          password: 'set' as const,
          scheme: 'mysql_native_password',
          strength: 'weak' as const,
        },
        {
          kind: 'setting' as const,
          subject: 'mysql' as const,
          name: 'bind_address',
          values: ['127.0.0.1'],
          condition: 'server 3306',
        },
      ],
    },
    {
      title: 'an account without a password, and one without a name, which is everybody',
      gathered: {
        ...none,
        sockets: sockets(socket),
        servers: [
          { socket, result: lines(server, user('', 'localhost', '', 'empty'), user('test', '%', '', 'empty')) },
        ],
      },
      finds: [
        { ...account, name: '', scope: 'localhost', password: 'empty' as const, strength: 'weak' as const },
        { ...account, name: 'test', scope: '%', password: 'empty' as const, strength: 'weak' as const },
      ],
    },
    {
      title: 'a role is no login, whatever it may; whoever writes to the tables of accounts makes accounts',
      gathered: {
        ...none,
        sockets: sockets(socket),
        servers: [
          {
            socket,
            result: lines(
              server,
              user('dba', '', '', 'empty', 'Y'),
              user('wr', '%', 'ed25519', 'set'),
              ['role', 'dba', ''],
              ['writes', 'wr', '%'],
            ),
          },
        ],
      },
      finds: [
        {
          ...account,
          name: 'dba',
          login: 'no' as const,
          superuser: 'yes' as const,
          password: 'none' as const,
          privileges: ['SUPER'],
        },
        {
          ...account,
          name: 'wr',
          scope: '%',
          password: 'set' as const,
          scheme: 'ed25519',
          strength: 'strong' as const,
          privileges: ['writes to mysql.*'],
        },
      ],
    },
    {
      title: 'a server that asks nobody for a password says so in its file; sections of clients are passed over',
      gathered: {
        ...none,
        files: [
          exampleFile(
            '/etc/mysql/my.cnf',
            '[client]\nuser = root\npassword = not-told\n[mysqld]\nuser = mysql # its own\nskip-grant-tables\nbind-address=0.0.0.0\n',
          ),
        ],
        servers: [{ socket, result: exampleOutput('', 1) }],
      },
      finds: [
        {
          kind: 'usage' as const,
          account: 'mysql',
          consumer: 'database' as const,
          name: 'mysqld',
          place: { path: '/etc/mysql/my.cnf', line: 5 },
        },
        ...[['skip_grant_tables', 'on', 6] as const, ['bind_address', '0.0.0.0', 7] as const].map(
          ([name, value, line]) => ({
            kind: 'setting' as const,
            subject: 'mysql' as const,
            name,
            values: [value],
            condition: 'file /etc/mysql/my.cnf',
            place: { path: '/etc/mysql/my.cnf', line },
          }),
        ),
      ],
      reasons: [{ code: 'not-permitted' as const, path: socket, detail: 'the server does not let the scan in' }],
    },
    {
      title: 'a server whose accounts the scan may not read is not a server without accounts',
      gathered: { ...none, sockets: sockets(socket), servers: [{ socket, result: lines(server) }] },
      finds: [],
      reasons: [{ code: 'not-permitted' as const, path: socket, detail: 'accounts' }],
    },
    {
      title: 'a host without MySQL has nothing of it',
      gathered: none,
      finds: [],
    },
  ]
}
