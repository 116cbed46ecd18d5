import { credentialFormat, type Sighting } from '../detector.ts'
import { base64Text } from '../readers/basic-login.ts'
import { linesOf } from '../readers/lines-of.ts'
import { pairsIn } from '../dialects/pairs.ts'
import { secretOf, type SecretFacts } from '../dialects/secret-rules.ts'
import { wordsOf, type Word } from '../dialects/words.ts'

export default credentialFormat({
  id: 'web-server',
  title:
    'Apache, nginx and lighttpd: logins to directories, databases and servers behind them, secrets of modules, files of accounts',
  files: [
    'apache2/*.conf',
    'apache2/*/*.conf',
    'apache2/*/*',
    'httpd/*/*.conf',
    'httpd.conf',
    '.htaccess',
    'httpd/*.conf',
    'nginx/*.conf',
    'nginx/*/*',
    'nginx*.conf',
    'lighttpd*.conf',
    'lighttpd/*/*.conf',
    '*vhost*.conf',
    'fastcgi_params',
  ],
  announced: ['<virtualhost', 'server ', 'server\t', 'server{', '<ifmodule'],
  begins: (head) => /^[ \t]*(?:<VirtualHost[ \t>]|server[ \t]*\{|<IfModule[ \t])/m.test(head),

  *read({ text }) {
    let dn: string | undefined
    let url: string | undefined
    for (const { text: line, at } of linesOf(text)) {
      if (!INTERESTING.test(line)) continue
      const mark = /^[ \t]*(?:#+[ \t]*)?/.exec(line)![0].length
      const commented = line.slice(0, mark).includes('#')
      const ends = /;[ \t]*(?:#[^]*)?$/.exec(line)?.index ?? line.length
      const words = wordsOf(line.slice(0, ends), mark, ends).map((word) => ({ ...word, at: at + word.at }))
      if (words[1]?.text === '=' && !words[1].quoted) words.splice(1, 1)
      const [directive, first, second] = words
      if (directive === undefined || first === undefined) continue
      const name = directive.text
      const lower = name.toLowerCase()
      const say = (word: Word, facts: Partial<SecretFacts>) => secretOf(word, { name: lower, commented, ...facts })
      if (lower === 'authldapurl') url = first.text
      else if (lower === 'authldapbinddn') dn = first.text
      else if (lower === 'authldapbindpassword') {
        if (!commented || words.length === 2)
          yield say(first, {
            account: dn,
            system: url,
            service: 'ldap',
            ...(first.text.startsWith('exec:') ? { valueClass: 'reference' } : {}),
          })
      } else if (ONE.has(lower)) {
        if (!commented || words.length === 2)
          yield say(first, { secret: SHARED.test(lower) ? 'shared-secret' : 'password' })
      } else if (FILES.has(lower)) {
        if (!commented && first.text !== 'off') yield say(first, { valueClass: 'reference' })
      } else if (lower === 'dbdparams') {
        const pairs = pairsIn(text, first.at, first.at + first.length, first.text.includes(',') ? ',' : '')
        const password = pairs.get('pass') ?? pairs.get('password')
        if (password !== undefined)
          yield say(password, {
            account: pairs.get('user')?.text,
            system: pairs.get('host')?.text ?? pairs.get('dbname')?.text,
            service: 'sql',
          })
      } else if (
        lower === 'setenv' ||
        lower === 'env' ||
        lower === 'fastcgi_param' ||
        lower === 'uwsgi_param' ||
        lower === 'passenger_env_var' ||
        lower === 'php_admin_value' ||
        lower === 'php_value'
      ) {
        if (second !== undefined && SECRET_NAME.test(first.text) && (!commented || words.length === 3))
          yield say(second, { name: first.text.slice(0, 128) })
      } else yield* authorization(words, commented)
    }
  },

  examples: [
    {
      title: 'Apache',
      path: '/etc/apache2/sites-available/000-default.conf',
      text: `<VirtualHost *:80>
	AuthLDAPURL "ldap://ldap.example.org/dc=example,dc=org?uid"
	AuthLDAPBindDN "cn=web,dc=example,dc=org"
	AuthLDAPBindPassword "oak-leaf-7"
	DBDParams "host=127.0.0.1 dbname=web user=web pass=rowan.19"
	SetEnv DB_PASSWORD elm-4
	AuthUserFile /etc/apache2/.htpasswd
	RequestHeader set Authorization "Basic YWxpY2U6YmlyY2gtMg=="
	#OIDCCryptoPassphrase hazel-5
	SSLPassPhraseDialog exec:/usr/share/apache2/ask-for-passphrase
</VirtualHost>
`,
      finds: [
        { line: 4, account: 'cn=web,dc=example,dc=org', system: 'ldap://ldap.example.org/dc=example,dc=org' },
        { line: 5, account: 'web', system: '127.0.0.1' },
        { line: 6, name: 'DB_PASSWORD' },
        { line: 7, is: 'reference', reference: '/etc/apache2/.htpasswd' },
        { line: 8, account: 'alice' },
        { line: 9, state: 'commented' },
      ],
    },
    {
      title: 'nginx',
      path: 'etc/nginx/sites-enabled/default',
      text: 'server {\n  auth_basic_user_file /etc/nginx/htpasswd;\n  location / {\n    proxy_set_header Authorization "Basic YWxpY2U6b2FrLWxlYWYtNw==";\n    fastcgi_param APP_SECRET rowan19;\n    secure_link_secret elm-4;\n    proxy_set_header Authorization $http_authorization;\n  }\n}\n',
      finds: [
        { line: 2, is: 'reference', reference: '/etc/nginx/htpasswd' },
        { line: 4, account: 'alice' },
        { line: 5, name: 'APP_SECRET' },
        { line: 6, secret: 'shared-secret' },
      ],
    },
    {
      title: 'lighttpd',
      path: 'etc/lighttpd/lighttpd.conf',
      text: 'auth.backend.ldap.bind-dn = "cn=web"\nauth.backend.ldap.bind-pw = "oak-leaf-7"\n',
      finds: [{ line: 2 }],
    },
    {
      title: 'settings',
      path: 'etc/nginx/nginx.conf',
      text: 'http {\n  ssl_session_tickets off;\n  auth_basic off;\n  # password protected\n  proxy_pass http://127.0.0.1:8080;\n}\n',
      finds: [],
    },
  ],
})

const INTERESTING = /pass|secret|auth|token|key|dbdparams/i
const SECRET_NAME =
  /(?:PASS(?:WORD|WD)?|PWD|SECRET|TOKEN|API_?KEY|ACCESS_KEY|ENCRYPTION_KEY|APP_KEY|SECRET_KEY(?:_BASE)?|CREDENTIALS?)\d?$/i

const ONE = new Set([
  'sessioncryptopassphrase',
  'oidcclientsecret',
  'oidccryptopassphrase',
  'oidcoauthclientsecret',
  'secure_link_secret',
  'sslproxymachinecertificatekeypassphrase',
  'auth.backend.ldap.bind-pw',
  'nssdbpassword',
  'authformsessionsecret',
  'authcookiesecret',
  'authtktsecret',
  'tktauthsecret',
  'authdigestsecret',
  'wsgi_secret',
])
const SHARED = /secret|passphrase$/
const FILES = new Set([
  'authuserfile',
  'authdigestfile',
  'authgroupfilepassword',
  'auth_basic_user_file',
  'ssl_password_file',
  'auth.backend.htpasswd.userfile',
  'auth.backend.plain.userfile',
  'auth.backend.htdigest.userfile',
  'authdbmuserfile',
])

/** A login that is sent on: the header of HTTP's basic authentication, or a token. */
function* authorization(words: readonly Word[], commented: boolean): Iterable<Sighting> {
  const index = words.findIndex(({ text }) => /^(?:proxy-)?authorization:?$/i.test(text))
  const value = index < 0 ? undefined : words[index + 1]
  const match = value === undefined ? null : /^(Basic|Bearer|Token)[ \t]+([\w+/=.~-]{4,4096})$/i.exec(value.text)
  if (match === null || value === undefined) return
  const written = match[2]!
  const at = value.at + value.length - written.length
  const facts = { name: 'authorization', commented, service: 'http' } as const
  if (match[1]!.toLowerCase() !== 'basic') {
    yield secretOf({ text: written, at, length: written.length, quoted: true }, { ...facts, secret: 'token' })
    return
  }
  const login = base64Text(written)
  const colon = login?.indexOf(':') ?? -1
  if (login === undefined || colon < 0) return
  yield secretOf(
    { text: login.slice(colon + 1), at, length: written.length, quoted: true },
    { ...facts, account: login.slice(0, colon) },
  )
}
