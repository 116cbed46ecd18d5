import type { FindingOf, Place, Reason } from '@rollcall/contract'
import { clipped, MAX_NAME, MAX_PATH } from '../formats/accounts/account-file.ts'
import { parseApache, parseEnvvars, type ApacheDirective } from '../formats/web/apache-conf.ts'
import { gatherIncluded, includedFiles, type AskedFiles, type IncludedFiles } from '../formats/included-files.ts'
import { parseNginx, type NginxDirective } from '../formats/web/nginx-conf.ts'
import { passwdOf } from '../formats/accounts/passwd.ts'
import { parseFpm, type FpmPool } from '../formats/web/php-fpm-conf.ts'
import type { HostFile } from '../host.ts'
import { exampleFile, hostProbe, textOf } from '../probe.ts'
import { folderOf } from '../posix-path.ts'

type Usage = FindingOf<'usage'>
type Needs = NonNullable<Usage['needs']>

interface Gathered {
  readonly files: readonly AskedFiles[]
  readonly passwd: HostFile | undefined
}

/** The first files of each server, and what they usually include: asking for that at once spares a round trip. */
const NGINX = [
  '/etc/nginx/nginx.conf',
  '/usr/local/nginx/conf/nginx.conf',
  '/usr/local/etc/nginx/nginx.conf',
  '/etc/openresty/nginx.conf',
  '/usr/local/openresty/nginx/conf/nginx.conf',
  '/etc/angie/angie.conf',
]
const APACHE = [
  '/etc/apache2/apache2.conf',
  '/etc/httpd/conf/httpd.conf',
  '/etc/apache2/httpd.conf',
  '/usr/local/apache2/conf/httpd.conf',
  '/usr/local/etc/apache24/httpd.conf',
]
const FPM = [
  '/etc/php/*/fpm/php-fpm.conf',
  '/etc/php-fpm.conf',
  '/etc/php*/php-fpm.conf',
  '/etc/opt/remi/php*/php-fpm.conf',
  '/usr/local/etc/php-fpm.conf',
]
const LIGHTTPD = [
  '/etc/lighttpd/lighttpd.conf',
  '/etc/lighttpd/conf-enabled/*.conf',
  '/usr/local/etc/lighttpd/lighttpd.conf',
]
const HAPROXY = ['/etc/haproxy/haproxy.cfg', '/usr/local/etc/haproxy.conf']
const ENVVARS = '/etc/apache2/envvars'
const USUAL = [
  '/etc/nginx/modules-enabled/*.conf',
  '/etc/nginx/conf.d/*.conf',
  '/etc/nginx/sites-enabled/*',
  '/etc/apache2/mods-enabled/*.load',
  '/etc/apache2/mods-enabled/*.conf',
  '/etc/apache2/conf-enabled/*.conf',
  '/etc/apache2/sites-enabled/*.conf',
  '/etc/httpd/conf.d/*.conf',
  '/etc/httpd/conf.modules.d/*.conf',
  '/etc/php/*/fpm/pool.d/*.conf',
  '/etc/php-fpm.d/*.conf',
]
const FIRST = [...NGINX, ...APACHE, ...FPM, ...LIGHTTPD, ...HAPROXY, ENVVARS, ...USUAL]
const MOST_NEEDS = 64

export default hostProbe<Gathered>({
  id: 'web-servers',
  title: 'Accounts that web servers and PHP pools run as, and the files and variables with secrets that they are given',
  needs: [
    {
      reads: 'the configuration of nginx, Apache, PHP-FPM, lighttpd and HAProxy, with what it includes',
      right: 'any-account',
      hides: 'the accounts that sites and pools run as; configurations that only root may read are said',
    },
    { reads: '/etc/passwd', right: 'any-account', hides: 'names of accounts that are given by number' },
  ],

  async gather(host) {
    const [files, [passwd]] = await Promise.all([
      gatherIncluded(host, FIRST, (read) => servers(read).flatMap(({ wanted }) => wanted)),
      host.read('/etc/passwd'),
    ])
    return { files, passwd }
  },

  parse({ files, passwd }) {
    const read = includedFiles(files)
    const names = new Map(passwdOf(passwd).entries.map(({ uid, name }) => [`${uid}`, name]))
    const all = servers(read)
    const usages = [...all.flatMap((server) => server.usages), ...simpleServers(files)]
    return {
      findings: usages.map((usage) => ({ ...usage, account: nameOf(usage.account, names) })),
      reasons: all.flatMap(({ reasons }) => reasons),
    }
  },

  examples: examples(),
})

/** An account that is given by its number, as `33` or `#33`. */
const nameOf = (account: string, names: ReadonlyMap<string, string>) => {
  const number = /^#?(\d{1,10})$/.exec(account)?.[1]
  return clipped((number === undefined ? undefined : names.get(number)) ?? account, MAX_NAME)
}

interface Server {
  readonly usages: readonly Usage[]
  readonly wanted: readonly string[]
  readonly reasons: readonly Reason[]
}

const servers = (read: IncludedFiles): Server[] => [
  ...NGINX.filter((path) => read.text(path) !== undefined).map((path) => nginx(path, read)),
  ...APACHE.filter((path) => read.text(path) !== undefined).map((path) => apache(path, read)),
  ...FPM.flatMap((pattern) => read.paths(pattern)).map((path) => fpm(path, read)),
]

/** Directives that name a file which holds a secret, or protects one. */
const SECRET_OF_NGINX =
  /^(?:\w+_)?(?:certificate_key|password_file)$|^auth_(?:basic_user_file|jwt_key_file)$|^ssl_session_ticket_key$/

const nginx = (path: string, read: IncludedFiles): Server => {
  const { directives, wanted, reasons } = parseNginx(path, read)
  const user = directives.find(({ name, depth, words }) => name === 'user' && depth === 0 && words.length > 0)
  const needs = needsOf(directives.flatMap((directive) => nginxNeeds(directive)))
  // Without the directive it is what nginx was built with, which for nginx itself is nobody.
  const place = user?.place ?? { path }
  return { usages: [webServer(user?.words[0] ?? 'nobody', 'nginx', place, needs)], wanted, reasons }
}

const nginxNeeds = ({ name, words: [first], depth }: NginxDirective): Needs => {
  if (first === undefined) return []
  if (name === 'env' && depth === 0) return [{ type: 'variable', name: first.split('=', 1)[0]! }]
  return SECRET_OF_NGINX.test(name) && !first.startsWith('data:') ? [{ type: 'file', name: first }] : []
}

const SECRET_OF_APACHE = new Set([
  'sslcertificatekeyfile',
  'sslproxymachinecertificatefile',
  'authuserfile',
  'authdbduserpwquery',
  'gssapicredstore',
  'krb5keytab',
  'oidccryptopassphrase',
  'oidcclientsecret',
  'authldapbindpassword',
])
const NAMES_A_FILE = new Set([
  'sslcertificatekeyfile',
  'sslproxymachinecertificatefile',
  'authuserfile',
  'gssapicredstore',
  'krb5keytab',
])

const apache = (path: string, read: IncludedFiles): Server => {
  const variables = parseEnvvars(read.text(`${folderOf(path)}/envvars`) ?? '')
  const { directives, wanted, reasons } = parseApache(path, read, variables)
  const user = directives.findLast(({ name, host, words }) => name === 'user' && host === 0 && words.length > 0)
  const hosts = Map.groupBy(directives, ({ host }) => host)
  const usages = user === undefined ? [] : [webServer(user.words[0]!, 'apache', user.place, apacheNeeds(directives))]
  for (const [host, own] of hosts) {
    const server = host === 0 ? undefined : own.find(({ name }) => name === 'servername')?.words[0]
    for (const { account, of, place } of own.flatMap(runAs))
      usages.push(
        webServer(
          account,
          ['apache', of, server].filter((part) => part !== undefined).join(' '),
          place,
          host === 0 ? [] : apacheNeeds(own),
        ),
      )
  }
  return { usages, wanted, reasons }
}

/** Parts of a server that run as an account of their own: programs under suexec, virtual hosts, daemons of modules. */
const runAs = ({ name, words, place }: ApacheDirective) => {
  const told = (account: string | undefined, of?: string) =>
    account === undefined || account === '' ? [] : [{ account, of, place }]
  switch (name) {
    case 'suexecusergroup':
      return told(words[0], 'suexec')
    case 'assignuserid':
      return told(words[0])
    case 'ruidgid':
      return told(words[0])
    case 'passengeruser':
    case 'passengerdefaultuser':
      return told(words[0], 'passenger')
    case 'wsgidaemonprocess':
      return told(words.find((word) => word.startsWith('user='))?.slice('user='.length), `wsgi ${words[0] ?? ''}`)
    default:
      return []
  }
}

const apacheNeeds = (directives: readonly ApacheDirective[]): Needs =>
  needsOf(
    directives.flatMap(({ name, words }): Needs => {
      const [first] = words
      if (first === undefined) return []
      if (name === 'setenv' || name === 'passenv')
        return (name === 'setenv' ? [first] : words).map((variable) => ({ type: 'variable', name: variable }))
      if (!SECRET_OF_APACHE.has(name)) return []
      return NAMES_A_FILE.has(name)
        ? [{ type: 'file', name: name === 'gssapicredstore' ? first.replace(/^\w+:/, '') : first }]
        : [{ type: 'credential', name }]
    }),
  )

const fpm = (path: string, read: IncludedFiles): Server => {
  const { pools, wanted, cut } = parseFpm(path, read)
  return {
    // A pool without a user runs as whom the master was started as.
    usages: pools.flatMap((pool) => (pool.user === undefined ? [] : [fpmPool(pool, pool.user)])),
    wanted,
    reasons: cut ? [{ code: 'too-many', path: clipped(path, MAX_PATH) }] : [],
  }
}

const fpmPool = ({ name, listen, variables }: FpmPool, user: NonNullable<FpmPool['user']>): Usage => ({
  kind: 'usage',
  account: user.name,
  consumer: 'php-fpm-pool',
  name: clipped(name, 256),
  ...(listen === undefined ? {} : { listens: [clipped(listensOn(listen), 256)] }),
  ...(variables.length === 0 ? {} : { needs: variables.map((variable) => ({ type: 'variable', name: variable })) }),
  place: { path: clipped(user.place.path, MAX_PATH), line: user.place.line },
})

const listensOn = (listen: string) =>
  listen.startsWith('/') ? `unix ${listen}` : /^\d+$/.test(listen) ? `tcp *:${listen}` : `tcp ${listen}`

/** Servers whose account stands on one line. */
const simpleServers = (files: readonly AskedFiles[]): Usage[] =>
  files.flatMap(({ pattern, files: found }) => {
    const server = LIGHTTPD.includes(pattern) ? 'lighttpd' : HAPROXY.includes(pattern) ? 'haproxy' : undefined
    if (server === undefined) return []
    return found.flatMap((file) => {
      const user = server === 'lighttpd' ? lastLine(file, LIGHTTPD_USER) : haproxyUser(file)
      return user === undefined ? [] : [webServer(user.name, server, { path: file.path, line: user.line }, [])]
    })
  })

const LIGHTTPD_USER = /^\s*server\.username\s*:?=\s*"([^"]{1,256})"/

const lastLine = (file: HostFile, wanted: RegExp) => {
  let last: { name: string; line: number } | undefined
  for (const [index, line] of textOf(file).split('\n').entries()) {
    const name = wanted.exec(line.slice(0, 1024))?.[1]
    if (name !== undefined) last = { name, line: index + 1 }
  }
  return last
}

const haproxyUser = (file: HostFile) => {
  let section = ''
  for (const [index, line] of textOf(file).split('\n').entries()) {
    const [keyword = '', value] = line.slice(0, 1024).trim().split(/\s+/, 2)
    if (/^(?:global|defaults|frontend|backend|listen|userlist|peers|resolvers|program|cache)$/.test(keyword))
      section = keyword
    if (section === 'global' && (keyword === 'user' || keyword === 'uid') && value !== undefined)
      return { name: value, line: index + 1 }
  }
  return undefined
}

const webServer = (account: string, name: string, place: Place, needs: Needs): Usage => ({
  kind: 'usage',
  account,
  consumer: 'web-server',
  name: clipped(name, 256),
  ...(needs.length === 0 ? {} : { needs }),
  place: { ...place, path: clipped(place.path, MAX_PATH) },
})

/** Each once, in the order they are named. */
const needsOf = (all: Needs): Needs =>
  [
    ...new Map(
      all.map(({ type, name }) => [`${type} ${name}`, { type, name: clipped(name, MAX_PATH) }] as const),
    ).values(),
  ].slice(0, MOST_NEEDS)

function examples() {
  const asked = (files: Readonly<Record<string, string>>): AskedFiles[] => {
    const paths = Object.entries(files)
    const matches = (path: string, pattern: string) =>
      new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`).test(path)
    return FIRST.map((pattern) => ({
      pattern,
      files: paths.filter(([path]) => matches(path, pattern)).map(([path, text]) => exampleFile(path, text)),
    })).filter(({ files: found }) => found.length > 0)
  }
  const passwd = exampleFile('/etc/passwd', 'root:x:0:0::/root:/bin/sh\nwww-data:x:33:33::/var/www:/usr/sbin/nologin\n')
  const usage = (name: string, account: string, path: string, line?: number, needs?: Needs): Usage => ({
    kind: 'usage',
    account,
    consumer: 'web-server',
    name,
    ...(needs === undefined ? {} : { needs }),
    place: line === undefined ? { path } : { path, line },
  })
  const main = '/etc/nginx/nginx.conf'
  const debian = '/etc/apache2/apache2.conf'
  return [
    {
      title: 'nginx: the account of its workers, and the files with secrets that its sites name',
      gathered: {
        passwd,
        files: asked({
          [main]:
            'user www-data;\nenv API_TOKEN=not-told;\nevents { worker_connections 7; }\nhttp {\n  user other;\n  include /etc/nginx/sites-enabled/*;\n}\n',
          '/etc/nginx/sites-enabled/shop':
            'server {\n  listen 443 ssl;\n  ssl_certificate_key "/etc/ssl/private/shop.key"; # ours\n  location /admin { auth_basic_user_file admins; }\n}\n',
        }),
      },
      finds: [
        usage('nginx', 'www-data', main, 1, [
          { type: 'variable', name: 'API_TOKEN' },
          { type: 'file', name: '/etc/ssl/private/shop.key' },
          { type: 'file', name: 'admins' },
        ]),
      ],
    },
    {
      title: 'nginx without the directive runs as whom it was built for; quotes, comments and braces do not confuse',
      gathered: {
        passwd,
        files: asked({
          [main]: '# user root;\nhttp {\n  log_format x "user root; {";\n  map $a $b { default "${a}user"; }\n}\n',
        }),
      },
      finds: [usage('nginx', 'nobody', main)],
    },
    {
      title: 'Apache on Debian: the account comes from its environment, and virtual hosts have others',
      gathered: {
        passwd,
        files: asked({
          '/etc/apache2/envvars':
            'unset HOME\nexport APACHE_RUN_USER=www-data\nexport APACHE_RUN_DIR=/run/apache2$SUFFIX\n',
          [debian]:
            'ServerRoot "/etc/apache2"\nUser ${APACHE_RUN_USER}\nGroup ${APACHE_RUN_GROUP}\nIncludeOptional sites-enabled/*.conf\n',
          '/etc/apache2/sites-enabled/a.conf':
            '<VirtualHost *:443>\n  ServerName shop.example.org\n  AssignUserID shop \\\n    shop\n  SSLCertificateKeyFile /etc/ssl/shop.key\n  SetEnv DB_PASSWORD not-told\n</VirtualHost>\n<VirtualHost *:80>\n  SuexecUserGroup "#33" www\n  ServerName cgi.example.org\n  WSGIDaemonProcess wiki user=wiki threads=5\n</VirtualHost>\n',
        }),
      },
      finds: [
        usage('apache', 'www-data', debian, 2, [
          { type: 'file', name: '/etc/ssl/shop.key' },
          { type: 'variable', name: 'DB_PASSWORD' },
        ]),
        usage('apache shop.example.org', 'shop', '/etc/apache2/sites-enabled/a.conf', 3, [
          { type: 'file', name: '/etc/ssl/shop.key' },
          { type: 'variable', name: 'DB_PASSWORD' },
        ]),
        usage('apache suexec cgi.example.org', 'www-data', '/etc/apache2/sites-enabled/a.conf', 9),
        usage('apache wsgi wiki cgi.example.org', 'wiki', '/etc/apache2/sites-enabled/a.conf', 11),
      ],
    },
    {
      title: 'pools of PHP-FPM, with where they listen and the names of what they are given',
      gathered: {
        passwd,
        files: asked({
          '/etc/php/8.2/fpm/php-fpm.conf': '[global]\npid = /run/php.pid\ninclude=/etc/php/8.2/fpm/pool.d/*.conf\n',
          '/etc/php/8.2/fpm/pool.d/www.conf':
            '; a comment\n[www]\nuser = www-data\nlisten = /run/php/$pool.sock\nenv[DB_PASSWORD] = not-told\n[api]\nuser = api ; its own\nlisten = 9000\n[none]\nlisten = 9001\n',
        }).concat([
          {
            pattern: '/etc/php/8.2/fpm/pool.d/*.conf',
            files: asked({
              '/etc/php/8.2/fpm/pool.d/www.conf':
                '; a comment\n[www]\nuser = www-data\nlisten = /run/php/$pool.sock\nenv[DB_PASSWORD] = not-told\n[api]\nuser = api ; its own\nlisten = 9000\n[none]\nlisten = 9001\n',
            })[0]!.files,
          },
        ]),
      },
      finds: [
        {
          kind: 'usage' as const,
          account: 'www-data',
          consumer: 'php-fpm-pool' as const,
          name: 'www',
          listens: ['unix /run/php/www.sock'],
          needs: [{ type: 'variable' as const, name: 'DB_PASSWORD' }],
          place: { path: '/etc/php/8.2/fpm/pool.d/www.conf', line: 3 },
        },
        {
          kind: 'usage' as const,
          account: 'api',
          consumer: 'php-fpm-pool' as const,
          name: 'api',
          listens: ['tcp *:9000'],
          place: { path: '/etc/php/8.2/fpm/pool.d/www.conf', line: 7 },
        },
      ],
    },
    {
      title: 'lighttpd and HAProxy: one line each',
      gathered: {
        passwd,
        files: asked({
          '/etc/lighttpd/lighttpd.conf': 'server.port = 80\nserver.username             = "www-data"\n',
          '/etc/haproxy/haproxy.cfg':
            'global\n\tlog /dev/log local0\n\tuser haproxy\ndefaults\n\tmode http\nuserlist L1\n\tuser admin insecure-password x\n',
        }),
      },
      finds: [
        usage('lighttpd', 'www-data', '/etc/lighttpd/lighttpd.conf', 2),
        usage('haproxy', 'haproxy', '/etc/haproxy/haproxy.cfg', 3),
      ],
    },
    {
      title: 'a host without web servers has none',
      gathered: { passwd, files: [] },
      finds: [],
    },
  ]
}
