import type { Finding, FindingOf, Reason } from '@rollcall/contract'
import { clipped } from '../formats/accounts/account-file.ts'
import { askFiles, includedFiles, type AskedFiles, type IncludedFiles } from '../formats/included-files.ts'
import { passwdOf } from '../formats/accounts/passwd.ts'
import { parsePostgresqlConf, type PostgresqlParameter } from '../formats/databases/postgresql-conf.ts'
import { parseHba, parseIdent, type HbaRule, type HbaWord } from '../formats/databases/postgresql-hba.ts'
import { parsePostgresql, psql, type PostgresqlServer } from '../formats/databases/postgresql-roles.ts'
import type { CommandResult, FindResult, HostFile } from '../host.ts'
import { exampleFile, exampleOutput, hostProbe, outputOf, textOf, type Gathering } from '../probe.ts'
import { folderOf } from '../posix-path.ts'

type Setting = FindingOf<'setting'>

interface AskedServer {
  readonly socket: string
  readonly port: string
  readonly result: CommandResult
}

interface Gathered {
  readonly files: readonly AskedFiles[]
  readonly sockets: FindResult
  readonly servers: readonly AskedServer[]
  /** Sockets whose owner is no local account: nobody to ask as. */
  readonly ownerless: readonly string[]
}

/** Where packages and people keep the configuration: its own folder on Debian, the data elsewhere. */
const CONFIGURATION = [
  '/etc/postgresql/*/*',
  '/etc/postgresql*',
  '/var/lib/postgresql/*/*',
  '/var/lib/postgresql/data',
  '/var/lib/pgsql/data',
  '/var/lib/pgsql/*/data',
  '/var/lib/postgres/data',
  '/var/db/postgres/data*',
  '/usr/local/pgsql/data',
].map((folder) => `${folder}/p[go]*.conf`)
const SOCKET_FOLDERS = ['/run/postgresql', '/var/run/postgresql', '/tmp']
const DEFAULT_PORT = '5432'
/** What a list for sudo can allow: the usual server on its usual socket. */
const USUAL = psql('/var/run/postgresql', DEFAULT_PORT, 'postgres')

const MOST_SERVERS = 16
const MOST_ROUNDS = 8
const MOST_FILES = 200

/**
 * Servers are asked over their local sockets only, as the account of the server where the scan is root's and as the scan's account
 * otherwise, in a session that can change nothing. No password is ever given.
 */
export default hostProbe<Gathered>({
  id: 'postgresql-accounts',
  title: 'Roles of PostgreSQL servers, and whom their pg_hba.conf lets in without or with what',
  needs: [
    {
      reads: 'pg_hba.conf, pg_ident.conf and postgresql.conf of each server',
      right: 'root',
      hides: 'who may log in without a password',
      grants: { read: CONFIGURATION },
    },
    {
      reads: 'roles, by psql over the local socket as the account of the server',
      right: 'root',
      hides: 'which roles there are, who of them is superuser, and how their passwords are kept',
      grants: { run: [USUAL] },
    },
  ],

  async gather(host) {
    const [first, sockets, [passwd], id] = await Promise.all([
      askFiles(host, CONFIGURATION),
      host.find({
        under: SOCKET_FOLDERS,
        maxDepth: 1,
        where: { types: ['socket'], names: ['.s.PGSQL.*'] },
        maxEntries: 100,
      }),
      host.read('/etc/passwd'),
      host.run('id', '-u'),
    ])
    const plan = serversToAsk(sockets, passwd, outputOf(id).trim() === '0')
    const files = [...first]
    let servers: readonly AskedServer[] = []
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const wanted = unasked(files, servers)
      const [answers, more] = await Promise.all([
        round === 0 ? Promise.all(plan.asks.map((one) => askServer(host, one))) : servers,
        askFiles(host, wanted.slice(0, MOST_FILES - files.length)),
      ])
      servers = answers
      files.push(...more)
      if (wanted.length === 0 && unasked(files, servers).length === 0) break
    }
    return { files, sockets, servers, ownerless: plan.ownerless }
  },

  parse({ files, sockets, servers, ownerless }) {
    const told = servers.map((server) => ({ ...server, told: answerOf(server) }))
    const configured = configurations(files)
    const reader = includedFiles(files)
    const findings: Finding[] = []
    const reasons: Reason[] = ownerless.map((path) => ({
      code: 'unsupported',
      path,
      detail: 'the account it belongs to is not local',
    }))
    for (const { socket, port, result, told: server } of told) {
      reasons.push(...unseen(socket, result, server))
      if (server === undefined) continue
      findings.push(...server.accounts, ...serverSettings(server, port, configured.get(port)))
    }
    const answered = new Set(told.filter(({ told: server }) => server !== undefined).map(({ port }) => port))
    for (const [port, { path, parameters }] of configured) {
      if (answered.has(port)) continue
      findings.push(...fileSettings(parameters, port))
      if (sockets.state === 'found' && !servers.some((server) => server.port === port))
        reasons.push({ code: 'unsupported', path, detail: 'the server does not run, so its roles are not seen' })
    }
    const rules = ruleSettings(files, servers, configured, reader)
    return {
      findings: [...findings, ...rules.findings],
      reasons: [...reasons, ...rules.reasons],
      nothingRead: answered.size === 0 && files.every((asked) => asked.files.every(({ state }) => state !== 'read')),
    }
  },

  examples: examples(),
})

interface ServerToAsk {
  readonly socket: string
  readonly port: string
  readonly commands: readonly (readonly [string, ...string[]])[]
}

/** One socket for each port: a server may have several, and a folder several names. */
const serversToAsk = (sockets: FindResult, passwd: HostFile | undefined, root: boolean) => {
  const owners = new Map(passwdOf(passwd).entries.map(({ uid, name }) => [uid, name]))
  const asks = new Map<string, ServerToAsk>()
  const ownerless: string[] = []
  const all =
    sockets.state === 'found' ? sockets.entries.toSorted((one, other) => (one.path < other.path ? -1 : 1)) : []
  for (const { path, type, uid } of all) {
    const [, folder, port] = /^(\/.*)\/\.s\.PGSQL\.(\d{1,5})$/.exec(path) ?? []
    // The server refuses to run as root, so that what root owns is none.
    if (type !== 'socket' || folder === undefined || port === undefined || asks.has(port) || uid === 0) continue
    const owner = owners.get(uid)
    if (root && owner === undefined) ownerless.push(path)
    else if (asks.size < MOST_SERVERS)
      asks.set(port, {
        socket: path,
        port,
        commands: root ? [psql(folder, port, owner)] : [psql(folder, port), ...(port === DEFAULT_PORT ? [USUAL] : [])],
      })
  }
  return { asks: [...asks.values()], ownerless }
}

/** The answer of the first command that has one. */
const askServer = async (host: Gathering, { socket, port, commands }: ServerToAsk): Promise<AskedServer> => {
  const results = await Promise.all(commands.map((command) => host.run(...command)))
  return { socket, port, result: results.find((result) => outputOf(result) !== '') ?? results[0]! }
}

const answerOf = ({ socket, port, result }: AskedServer) => parsePostgresql(outputOf(result), port, { path: socket })

/** Files that others name and that nobody has asked for. */
const unasked = (files: readonly AskedFiles[], servers: readonly AskedServer[]) => {
  const known = new Set([
    ...files.map(({ pattern }) => pattern),
    ...files.flatMap((asked) => asked.files.map(({ path }) => path)),
  ])
  const reader = includedFiles(files)
  const wanted = ruleFiles(files, servers).flatMap(({ path, kind }) => {
    const { wanted: more } = kind === 'hba' ? parseHba(path, reader) : parseIdent(path, reader)
    return [path, ...more.map(({ pattern }) => pattern)]
  })
  return [...new Set(wanted)].filter((pattern) => !known.has(pattern))
}

interface RuleFile {
  readonly path: string
  readonly kind: 'hba' | 'ident'
  /** The server that says it is its own. */
  readonly port?: string
}

/** The files of rules: those that servers name, and those of the usual name. */
const ruleFiles = (files: readonly AskedFiles[], servers: readonly AskedServer[]): RuleFile[] => {
  const found = new Map<string, RuleFile>()
  for (const server of servers) {
    const { hba, ident } = answerOf(server)?.files ?? {}
    if (hba !== undefined) found.set(hba, { path: hba, kind: 'hba', port: server.port })
    if (ident !== undefined) found.set(ident, { path: ident, kind: 'ident', port: server.port })
  }
  for (const { path, state } of usualFiles(files)) {
    const kind = path.endsWith('/pg_hba.conf') ? 'hba' : path.endsWith('/pg_ident.conf') ? 'ident' : undefined
    if (state === 'read' && kind !== undefined && !found.has(path)) found.set(path, { path, kind })
  }
  return [...found.values()]
}

const usualFiles = (files: readonly AskedFiles[]) =>
  files.flatMap(({ pattern, files: found }) => (CONFIGURATION.includes(pattern) ? found : []))

interface Configured {
  readonly path: string
  readonly parameters: ReadonlyMap<string, PostgresqlParameter>
}

/** The servers that are set up, by their port, whether or not they run. What ALTER SYSTEM wrote lies with the data and counts more. */
const configurations = (files: readonly AskedFiles[]): ReadonlyMap<string, Configured> => {
  const texts = new Map(
    usualFiles(files).flatMap((file) => (file.state === 'read' ? [[file.path, textOf(file)] as const] : [])),
  )
  const configured = new Map<string, Configured>()
  for (const [path, text] of texts) {
    if (!path.endsWith('/postgresql.conf')) continue
    const written = parsePostgresqlConf(text, path)
    const data = written.get('data_directory')?.value ?? folderOf(path)
    const altered = `${data}/postgresql.auto.conf`
    const parameters = new Map([...written, ...parsePostgresqlConf(texts.get(altered) ?? '', altered)])
    const port = parameters.get('port')?.value ?? DEFAULT_PORT
    if (!configured.has(port)) configured.set(port, { path, parameters })
  }
  return configured
}

const unseen = (socket: string, result: CommandResult, server: PostgresqlServer | undefined): Reason[] => {
  const path = socket.slice(0, 4096)
  // env(1) ends so where the program that it is to run is not there. All else that keeps one from running is a reason already.
  if (result.state === 'unread' ? result.why === 'tool-missing' : result.exit === 127)
    return [{ code: 'tool-missing', path, detail: 'psql or runuser, to see the roles' }]
  if (result.state === 'unread') return []
  if (server === undefined) return [{ code: 'not-permitted', path, detail: 'the server does not let the scan in' }]
  return [
    ...(server.accounts.length === 0 ? [{ code: 'not-permitted' as const, path, detail: 'roles' }] : []),
    ...(server.accounts.some(({ password }) => password === 'unknown')
      ? [{ code: 'not-permitted' as const, path, detail: 'how passwords of roles are kept' }]
      : []),
    ...(server.files.hba === undefined
      ? [{ code: 'not-permitted' as const, path, detail: 'where its files are' }]
      : []),
    ...(server.cut ? [{ code: 'too-many' as const, path, detail: 'roles' }] : []),
    ...(server.unread > 0 ? [{ code: 'unparsable' as const, path, count: server.unread }] : []),
  ]
}

const SETTINGS = ['listen_addresses', 'password_encryption', 'ssl']

const serverSettings = ({ settings }: PostgresqlServer, port: string, file: Configured | undefined): Setting[] =>
  settings.flatMap(([name, value]) =>
    SETTINGS.includes(name) ? [settingOf(name, value, port, file?.parameters.get(name))] : [],
  )

const fileSettings = (parameters: Configured['parameters'], port: string): Setting[] =>
  SETTINGS.flatMap((name) => {
    const parameter = parameters.get(name)
    return parameter === undefined ? [] : [settingOf(name, parameter.value, port, parameter)]
  })

const settingOf = (name: string, value: string, port: string, parameter: PostgresqlParameter | undefined): Setting => ({
  kind: 'setting',
  subject: 'postgresql',
  name,
  values: [clipped(value, 4096)],
  condition: `port ${port.slice(0, 100)}`,
  ...(parameter === undefined ? {} : { place: parameter.place }),
})

const ruleSettings = (
  files: readonly AskedFiles[],
  servers: readonly AskedServer[],
  configured: ReadonlyMap<string, Configured>,
  reader: IncludedFiles,
) => {
  const ports = new Map(Array.from(configured, ([port, { path }]) => [folderOf(path), port]))
  const findings: Setting[] = []
  const reasons: Reason[] = []
  for (const { path, kind, port = ports.get(folderOf(path)) } of ruleFiles(files, servers)) {
    const where = port === undefined ? folderOf(path) : `port ${port}`
    const parsed = kind === 'hba' ? parseHba(path, reader) : parseIdent(path, reader)
    for (const entry of parsed.entries)
      findings.push('method' in entry ? hbaSetting(entry, where) : identSetting(entry, where))
    reasons.push(...parsed.reasons)
  }
  return { findings, reasons }
}

const hbaSetting = (rule: HbaRule, where: string): Setting => ({
  kind: 'setting',
  subject: 'postgresql',
  name: 'hba',
  values: [rule.method, ...rule.options.map(optionText)],
  condition: clipped(
    [`${where}:`, rule.type, list(rule.databases), list(rule.users), rule.address ?? ''].join(' ').trimEnd(),
    1024,
  ),
  place: rule.place,
})

const identSetting = (
  { map, system, role, place }: ReturnType<typeof parseIdent>['entries'][number],
  where: string,
): Setting => ({
  kind: 'setting',
  subject: 'postgresql',
  name: 'ident',
  values: [clipped(role, 4096)],
  condition: clipped(`${where}: map ${map}, system user ${system}`, 1024),
  place,
})

/** What an option says decides who gets in; of others only the name is told, since some hold passwords. */
const TOLD_OPTIONS = new Set([
  'map',
  'clientcert',
  'clientname',
  'include_realm',
  'krb_realm',
  'compat_realm',
  'upn_username',
])

const optionText = ({ name, value }: HbaRule['options'][number]) =>
  clipped(TOLD_OPTIONS.has(name) ? `${name}=${value}` : name, 256)

const list = (words: readonly HbaWord[]) => words.map(({ text, quoted }) => (quoted ? `"${text}"` : text)).join(',')

function examples() {
  const folder = '/etc/postgresql/15/main'
  const socket = '/run/postgresql/.s.PGSQL.5432'
  const sockets = (...paths: readonly string[]): FindResult => ({
    state: 'found',
    entries: paths.map((path) => ({
      path,
      type: 'socket',
      mode: 0o777,
      uid: 105,
      gid: 111,
      size: 0,
      modified: '2026-03-01T12:00:00.000Z',
    })),
    unsearched: [],
    unnamed: 0,
  })
  const configuration = (files: Readonly<Record<string, string>>): AskedFiles[] => [
    {
      pattern: CONFIGURATION[0]!,
      files: Object.entries(files).map(([name, text]) => exampleFile(`${folder}/${name}`, text)),
    },
  ]
  const lines = (...rows: readonly object[]) => exampleOutput(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  const server = { k: 'server', version: '15.8', encryption: 'scram-sha-256', listens: 'localhost', ssl: 'on' }
  const filesRow = { k: 'files', hba: `${folder}/pg_hba.conf`, ident: `${folder}/pg_ident.conf` }
  const role = (name: string, more: object = {}) => ({
    k: 'role',
    name,
    super: false,
    login: true,
    createrole: false,
    createdb: false,
    replication: false,
    bypassrls: false,
    expires: null,
    groups: [],
    powers: [],
    ...more,
  })
  const account = {
    kind: 'service-account' as const,
    service: 'postgresql' as const,
    instance: '5432',
    login: 'yes' as const,
    superuser: 'no' as const,
    place: { path: socket },
  }
  const setting = (name: string, value: string): Setting => ({
    kind: 'setting',
    subject: 'postgresql',
    name,
    values: [value],
    condition: 'port 5432',
  })
  const serverSays = [
    setting('password_encryption', 'scram-sha-256'),
    setting('listen_addresses', 'localhost'),
    setting('ssl', 'on'),
  ]
  const hba = (line: number, condition: string, ...values: readonly string[]): Setting => ({
    kind: 'setting',
    subject: 'postgresql',
    name: 'hba',
    values: [...values],
    condition: `port 5432: ${condition}`,
    place: { path: `${folder}/pg_hba.conf`, line },
  })
  const none = { files: configuration({}), sockets: sockets(), servers: [], ownerless: [] }
  return [
    {
      title: 'roles as the server tells them: how a password is kept, what they may, and what they may become',
      gathered: {
        files: configuration({ 'pg_hba.conf': 'local all postgres peer\n', 'pg_ident.conf': '' }),
        sockets: sockets(socket),
        servers: [
          {
            socket,
            port: '5432',
            result: lines(
              server,
              filesRow,
              role('app', { groups: ['readers', 'pg_read_server_files'], powers: ['dba', 'pg_read_server_files'] }),
              role('dba', { super: true, login: false, createdb: true }),
              role('old', { expires: '2020-01-31T00:00:00Z' }),
              { k: 'password', name: 'app', scheme: 'scram-sha-256' },
              { k: 'password', name: 'dba', scheme: 'none' },
              { k: 'password', name: 'old', scheme: 'md5' },
            ),
          },
        ],
        ownerless: [],
      },
      finds: [
        {
          ...account,
          name: 'app',
          password: 'set' as const,
          scheme: 'scram-sha-256',
          strength: 'strong' as const,
          privileges: ['may become dba', 'pg_read_server_files'],
          memberOf: ['readers', 'pg_read_server_files'],
        },
        {
          ...account,
          name: 'dba',
          login: 'no' as const,
          superuser: 'yes' as const,
          password: 'none' as const,
          privileges: ['SUPERUSER', 'CREATEDB'],
        },
        {
          ...account,
          name: 'old',
          password: 'set' as const,
          scheme: 'md5',
          strength: 'weak' as const,
          expires: '2020-01-31T00:00:00.000Z',
        },
        ...serverSays,
        hba(1, 'local all postgres', 'peer'),
      ],
    },
    {
      title: 'each line of pg_hba.conf with its method; options that may hold a password are told by name alone',
      gathered: {
        ...none,
        files: configuration({
          'postgresql.conf': "port = 5432 # the usual\nlisten_addresses = '*'\n",
          'pg_hba.conf': `# who gets in
local   all             all                                     trust
host    app,"all"       +admins         10.0.0.0/8              md5
host    all             /^svc_          192.168.1.0 255.255.255.0 password
hostssl all             all             samenet  ldap ldapserver=ad ldapbindpasswd="secret 1" map=ad
`,
          'pg_ident.conf': 'ad  /^(.*)@EXAMPLE$  \\1\n',
        }),
      },
      finds: [
        { ...setting('listen_addresses', '*'), place: { path: `${folder}/postgresql.conf`, line: 2 } },
        hba(2, 'local all all', 'trust'),
        hba(3, 'host app,"all" +admins 10.0.0.0/8', 'md5'),
        hba(4, 'host all /^svc_ 192.168.1.0 255.255.255.0', 'password'),
        hba(5, 'hostssl all all samenet', 'ldap', 'ldapserver', 'ldapbindpasswd', 'map=ad'),
        {
          kind: 'setting' as const,
          subject: 'postgresql' as const,
          name: 'ident',
          values: ['\\1'],
          condition: 'port 5432: map ad, system user /^(.*)@EXAMPLE$',
          place: { path: `${folder}/pg_ident.conf`, line: 1 },
        },
      ],
      reasons: [
        {
          code: 'unsupported' as const,
          path: `${folder}/postgresql.conf`,
          detail: 'the server does not run, so its roles are not seen',
        },
      ],
    },
    {
      title: 'an account of the scan that is let in but is no superuser sees roles and no passwords',
      gathered: {
        ...none,
        sockets: sockets(socket),
        servers: [{ socket, port: '5432', result: lines(server, role('postgres', { super: true })) }],
      },
      context: { privilege: 'user' as const },
      finds: [
        {
          ...account,
          name: 'postgres',
          superuser: 'yes' as const,
          password: 'unknown' as const,
          privileges: ['SUPERUSER'],
        },
        ...serverSays,
      ],
      reasons: [
        { code: 'not-permitted' as const, path: socket, detail: 'how passwords of roles are kept' },
        { code: 'not-permitted' as const, path: socket, detail: 'where its files are' },
      ],
    },
    {
      title: 'a server that lets the scan not in hides its roles; that is not the same as having none',
      gathered: {
        ...none,
        files: [],
        sockets: sockets(socket),
        servers: [{ socket, port: '5432', result: exampleOutput('', 2) }],
      },
      finds: [],
      reasons: [
        {
          code: 'not-permitted' as const,
          path: socket,
          detail: 'the server does not let the scan in',
        },
      ],
    },
    {
      title: 'a host without PostgreSQL has nothing of it, and that is all there is to know',
      gathered: { ...none, files: [] },
      finds: [],
    },
    {
      title: 'words that name files stand for what is in them, and a line that the server refuses is told',
      gathered: {
        ...none,
        files: [
          ...configuration({ 'pg_hba.conf': 'local @apps all peer\nlocal all all magic\n' }),
          { pattern: `${folder}/apps`, files: [exampleFile(`${folder}/apps`, 'shop # the shop\nwiki, "all"\n')] },
        ],
      },
      finds: [{ ...hba(1, '', 'peer'), condition: `${folder}: local shop,wiki,"all" all` }],
      reasons: [{ code: 'unparsable' as const, path: `${folder}/pg_hba.conf`, line: 2 }],
    },
  ]
}
