import type { Finding, FindingOf, Place, Reason } from '@rollcall/contract'
import { clipped, MAX_NAME, MAX_PATH } from '../formats/accounts/account-file.ts'
import { gatherIncluded, includedFiles, type AskedFiles, type IncludedFiles } from '../formats/included-files.ts'
import { parseRedisConf, redisUsers, type RedisDirective, type RedisUser } from '../formats/databases/redis-conf.ts'
import { exampleFile, hostProbe } from '../probe.ts'

type ServiceAccount = FindingOf<'service-account'>

interface Gathered {
  readonly files: readonly AskedFiles[]
}

const FILES = [
  '/etc/redis.conf',
  '/etc/redis/*.conf',
  '/etc/valkey/*.conf',
  '/etc/valkey.conf',
  '/etc/keydb/*.conf',
  '/usr/local/etc/redis.conf',
  '/usr/local/etc/valkey.conf',
]
/** Where files of users usually are, so that they need no further round trip. */
const USERS = ['/etc/redis/users.acl', '/etc/valkey/users.acl']

/**
 * Files only: what a running server tells of its users holds hashes of their passwords, and asking it may take one. What was changed
 * in a running server and not written down is not seen.
 */
export default hostProbe<Gathered>({
  id: 'redis-accounts',
  title: 'Users of Redis and Valkey servers, and whether anybody gets in without a password',
  needs: [
    {
      reads: `${FILES.join(', ')}, the files they include and the files of users they name`,
      right: 'root',
      hides: 'users of Redis, and servers that ask for no password',
      grants: { read: [...FILES, ...USERS] },
    },
  ],

  gather: async (host) => ({
    files: await gatherIncluded(host, [...FILES, ...USERS], (read) =>
      mains(read).flatMap((path) => serverOf(path, read).wanted),
    ),
  }),

  parse({ files }) {
    const read = includedFiles(files)
    const findings: Finding[] = []
    const reasons: Reason[] = []
    for (const path of mains(read)) {
      const server = serverOf(path, read)
      findings.push(...accountsOf(server, path), ...settingsOf(server))
      if (server.unseen !== undefined)
        reasons.push({ code: 'unsupported', ...server.unseen, detail: 'the file of users that it names was not read' })
      if (server.tooDeep) reasons.push({ code: 'too-deep', path: clipped(path, MAX_PATH) })
    }
    return { findings, reasons }
  },

  examples: examples(),
})

/** The files of servers; those of Sentinel are of something else. */
const mains = (read: IncludedFiles) => [
  ...new Set(FILES.flatMap((pattern) => read.paths(pattern)).filter((path) => !/sentinel[^/]*$/.test(path))),
]

interface Server {
  readonly port: string
  readonly directives: readonly RedisDirective[]
  readonly users: readonly RedisUser[]
  readonly wanted: readonly string[]
  readonly unseen?: Place
  readonly tooDeep: boolean
}

const DEEPEST = 8
const MOST_FILES = 200

const serverOf = (main: string, read: IncludedFiles): Server => {
  const directives: RedisDirective[] = []
  const wanted: string[] = []
  let visited = 0
  let tooDeep = false
  const follow = (path: string, depth: number) => {
    if (depth > DEEPEST || visited++ > MOST_FILES) {
      tooDeep = true
      return
    }
    for (const directive of parseRedisConf(read.text(path) ?? '', clipped(path, MAX_PATH))) {
      const [named] = directive.words
      if (directive.name === 'include' && named?.startsWith('/')) {
        wanted.push(named)
        for (const one of read.paths(named)) follow(one, depth + 1)
      } else directives.push(directive)
    }
  }
  follow(main, 0)
  const users = directives.findLast(({ name, words }) => name === 'aclfile' && words[0]?.startsWith('/'))
  const file = users?.words[0]
  if (file !== undefined) wanted.push(file)
  const text = file === undefined ? undefined : read.text(file)
  return {
    port: valueOf(directives, 'port') ?? '6379',
    directives,
    users: redisUsers(text === undefined ? directives : parseRedisConf(text, clipped(file!, MAX_PATH))),
    wanted,
    ...(users !== undefined && text === undefined ? { unseen: users.place } : {}),
    tooDeep,
  }
}

const valueOf = (directives: readonly RedisDirective[], wanted: string) =>
  directives.findLast(({ name }) => name === wanted)?.words[0]

const accountsOf = (server: Server, main: string): ServiceAccount[] => {
  const required = server.directives.findLast(({ name, words }) => name === 'requirepass' && words.length > 0)
  const told = server.users.map((user) => accountOf(user, server.port))
  if (server.users.some(({ name }) => name === 'default') || server.unseen !== undefined) return told
  // Whoever names no user is this one, and may do everything.
  const { password, ...base } = accountOf(
    {
      name: 'default',
      on: true,
      password: required === undefined || required.words[0] === '' ? 'empty' : 'set',
      commands: 'all',
      allKeys: true,
      place: required?.place ?? { path: clipped(main, MAX_PATH), line: 1 },
    },
    server.port,
  )
  const place = required?.place ?? { path: clipped(main, MAX_PATH) }
  return [
    { ...base, password, ...(password === 'set' ? { scheme: 'plain', strength: 'weak' as const } : {}), place },
    ...told,
  ]
}

const accountOf = ({ name, on, password, commands, allKeys, place }: RedisUser, port: string): ServiceAccount => {
  const privileges = [
    ...(commands === 'all' ? ['all commands'] : commands === 'admin' ? ['administrative commands'] : []),
    ...(allKeys ? ['all keys'] : []),
  ]
  return {
    kind: 'service-account',
    service: 'redis',
    instance: clipped(port, 256),
    name: clipped(name, MAX_NAME),
    login: on && password !== 'none' ? 'yes' : 'no',
    superuser: commands === 'some' ? 'no' : 'yes',
    password,
    // Kept as a digest without salt, or in clear text.
    ...(password === 'none' ? {} : { strength: 'weak' }),
    ...(privileges.length === 0 ? {} : { privileges }),
    place,
  }
}

/** What decides who reaches it at all. */
const TOLD = [
  'bind',
  'protected-mode',
  'port',
  'unixsocket',
  'unixsocketperm',
  'enable-debug-command',
  'enable-module-command',
]

const settingsOf = ({ directives, port }: Server): FindingOf<'setting'>[] =>
  TOLD.flatMap((wanted) => {
    const found = directives.findLast(({ name }) => name === wanted)
    return found === undefined
      ? []
      : [
          {
            kind: 'setting',
            subject: 'redis',
            name: wanted,
            values: found.words.slice(0, 64).map((word) => clipped(word, 256)),
            condition: `port ${clipped(port, 100)}`,
            place: found.place,
          },
        ]
  })

function examples() {
  const main = '/etc/redis/redis.conf'
  const asked = (files: Readonly<Record<string, string>>): Gathered => ({
    files: Object.entries(files).map(([path, text]) => ({
      pattern: path === main ? FILES[1]! : path,
      files: [exampleFile(path, text)],
    })),
  })
  const account = {
    kind: 'service-account' as const,
    service: 'redis' as const,
    instance: '6379',
    name: 'default',
    login: 'yes' as const,
    superuser: 'yes' as const,
    password: 'empty' as const,
    strength: 'weak' as const,
    privileges: ['all commands', 'all keys'],
    place: { path: main },
  }
  const setting = (name: string, line: number, ...values: readonly string[]) => ({
    kind: 'setting' as const,
    subject: 'redis' as const,
    name,
    values: [...values],
    condition: 'port 6379',
    place: { path: main, line },
  })
  return [
    {
      title: 'without requirepass and users, whoever reaches the port may do everything',
      gathered: asked({ [main]: '# as shipped\nbind 127.0.0.1 -::1\nprotected-mode yes\nport 6379\n' }),
      finds: [
        account,
        setting('bind', 2, '127.0.0.1', '-::1'),
        setting('protected-mode', 3, 'yes'),
        setting('port', 4, '6379'),
      ],
    },
    {
      title: 'one password for everybody, in clear text in the file; it is not told',
      gathered: asked({ [main]: 'requirepass "not told"\n' }),
      finds: [{ ...account, password: 'set' as const, scheme: 'plain', place: { path: main, line: 1 } }],
    },
    {
      title: 'users with rules: on or off, with a password, with none needed, with none that fits, and what they may',
      gathered: asked({
        [main]:
          'user default off\nuser admin on >not-told ~* &* +@all\nuser guest on nopass ~public:* -@all +get\nuser ops on #0123 ~* +@all -@dangerous +config|get\nuser empty on +@read\n',
      }),
      finds: [
        {
          ...account,
          login: 'no' as const,
          superuser: 'no' as const,
          password: 'none' as const,
          place: { path: main, line: 1 },
          strength: undefined,
          privileges: undefined,
        },
        { ...account, name: 'admin', password: 'set' as const, place: { path: main, line: 2 } },
        {
          ...account,
          name: 'guest',
          superuser: 'no' as const,
          privileges: undefined,
          place: { path: main, line: 3 },
        },
        {
          ...account,
          name: 'ops',
          password: 'set' as const,
          privileges: ['administrative commands', 'all keys'],
          place: { path: main, line: 4 },
        },
        {
          ...account,
          name: 'empty',
          login: 'no' as const,
          superuser: 'no' as const,
          password: 'none' as const,
          strength: undefined,
          privileges: undefined,
          place: { path: main, line: 5 },
        },
      ].map(defined),
    },
    {
      title: 'users in a file of their own, which takes the place of those in the configuration',
      gathered: asked({
        [main]: 'include /etc/redis/more.conf\nuser old on nopass +@all\n',
        '/etc/redis/more.conf': 'aclfile /etc/redis/users.acl\n',
        '/etc/redis/users.acl': 'user default on #abcd ~* &* +@all\n',
      }),
      finds: [{ ...account, password: 'set' as const, place: { path: '/etc/redis/users.acl', line: 1 } }],
    },
    {
      title: 'a file of users that was not read hides them; the server is not said to be open',
      gathered: asked({ [main]: 'aclfile /etc/redis/users.acl\n' }),
      finds: [],
      reasons: [
        {
          code: 'unsupported' as const,
          path: main,
          line: 1,
          detail: 'the file of users that it names was not read',
        },
      ],
    },
    { title: 'a host without Redis has nothing of it', gathered: { files: [] }, finds: [] },
  ]
}

/** Without what is undefined. */
function defined(account: object): ServiceAccount {
  return Object.fromEntries(Object.entries(account).filter(([, value]) => value !== undefined)) as ServiceAccount
}
