import { credentialFormat, type CredentialFile, type Syntax } from '../detector.ts'
import { secretFields, type SecretField } from '../readers/secret-fields.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { CONFIGPARSER, iniSyntax } from '../syntaxes/ini.ts'

/** Programs that keep logins in sections of settings under names of their own. */
export default credentialFormat({
  id: 'ini-logins',
  title: 'Logins in sections of settings: Mercurial, SSSD, ODBC, FreeTDS, Cassandra, Snowflake, offlineimap, getmail',
  files: [
    '.hgrc',
    'hgrc',
    '.hg/hgrc',
    'etc/mercurial/*.rc',
    'mercurial.ini',
    'sssd.conf',
    'sssd/conf.d/*.conf',
    '.odbc.ini',
    'odbc.ini',
    'odbcinst.ini',
    'freetds.conf',
    '.freetds.conf',
    'cqlshrc',
    '.cassandra/credentials',
    'credentials.cql',
    '.snowsql/config',
    'snowsql.cnf',
    'remmina.pref',
    '.offlineimaprc',
    'offlineimaprc',
    'offlineimap/config',
    '.getmailrc',
    'getmailrc',
    '.getmail/*',
    '.config/getmail/*',
    '.passwd.py',
    '.dputrc',
    '.dput.cf',
    'dput.cf',
    '.bugzillarc',
    'python-bugzilla/bugzillarc',
    '.reviewboardrc',
    'supervisorctl.conf',
    '.pgloader',
    '.ldapvirc',
    'lircrc',
    '.isync',
    '.vdirsyncer/config',
    'vdirsyncer/config',
    '.todoman.conf',
    '.ldapscripts',
    '.taskrc',
    '.irssi-otr',
    'profanity/accounts',
    '.mcabber/mcabberrc',
    '.finch',
    '.config/mpv/login.conf',
    '.weechat/sec.conf',
    'weechat/sec.conf',
    'weechat/irc.conf',
  ],
  whole: true,

  read: (file) => secretFields(entriesOf(file, syntaxOf(file)), FIELDS),

  examples: [
    {
      title: 'Mercurial: logins by a name of their own',
      path: '/root/.hgrc',
      text: '[auth]\nwork.prefix = hg.example.org/team\nwork.username = alice\nwork.password = oak-leaf-7\n[smtp]\nhost = smtp.example.org\nusername = bob\npassword = rowan-19\n',
      finds: [
        { line: 4, name: 'auth.work.password', account: 'alice', system: 'hg.example.org/team', service: 'mercurial' },
        { line: 8, account: 'bob', system: 'smtp.example.org' },
      ],
    },
    {
      title: 'SSSD: the login to a directory, which may be obfuscated with what anybody can undo',
      path: '/etc/sssd/sssd.conf',
      text: '[domain/one]\nldap_uri = ldap://ldap.example.org\nldap_default_bind_dn = cn=sssd,dc=example\nldap_default_authtok_type = password\nldap_default_authtok = oak-leaf-7\n[domain/two]\nldap_default_bind_dn = cn=two\nldap_default_authtok_type = obfuscated_password\nldap_default_authtok = AAAQABagVAjf9KgUyIxTw3A+HUfbig7N1+L0qtY4xAULt2GYHFc1B3CBWGAE9ArooklBkpxQtROiyCGDQH+VzLHYmiIAAQID\n',
      finds: [
        { line: 5, account: 'cn=sssd,dc=example', system: 'ldap://ldap.example.org', service: 'ldap' },
        { line: 9, is: 'encrypted', account: 'cn=two' },
      ],
    },
    {
      title: 'ODBC: sources of data by name, spelled as each driver likes',
      path: '/root/.odbc.ini',
      text: '[shop]\nDriver = PostgreSQL\nServername = db1\nUID = alice\nPWD = oak-leaf-7\n[log]\nServer=db2\nUser=bob\nPassword=rowan-19\n',
      finds: [
        { line: 5, account: 'alice', system: 'db1' },
        { line: 9, account: 'bob', system: 'db2' },
      ],
    },
    {
      title: 'the key that Remmina enciphers passwords with',
      path: '/home/a/.config/remmina/remmina.pref',
      text: '[remmina_pref]\nsecret=oAkLeaf7RowanBirch12AlderElm3Yew4Ash5Larch6=\nsave_view_mode=true\n',
      finds: [{ line: 2, is: 'key', secret: 'symmetric-key' }],
    },
    {
      title: 'offlineimap: programs and files give passwords as well',
      path: '/home/a/.offlineimaprc',
      text: '[Repository work]\nremotehost = imap.example.org\nremoteuser = alice\nremotepass = 100%oak\n[Repository home]\nremoteuser = bob\nremotepasseval = get_pass("home")\n[Repository more]\nremotepassfile = ~/.more\n',
      finds: [
        { line: 4, account: 'alice', system: 'imap.example.org', service: 'imap' },
        { line: 7, is: 'reference', account: 'bob' },
        { line: 9, is: 'reference', reference: '~/.more' },
      ],
    },
    {
      title: 'no secrets',
      path: '/root/.hgrc',
      text: '[ui]\nusername = Alice\n[auth]\nx.prefix = *\n[trusted]\nusers = root\n',
      finds: [],
    },
  ],
})

const PYTHON = iniSyntax({ ...CONFIGPARSER, separators: '=:' })
const PLAIN = iniSyntax({ separators: '=', comments: '#;', trailing: 'none', quotes: true })

const syntaxOf = ({ path }: CredentialFile): Syntax =>
  /offlineimap|getmail|dput|bugzilla/i.test(path) ? PYTHON : PLAIN

const own = (suffix: string) => (keys: readonly string[], beside: (name: string) => string | undefined) =>
  beside(`${(keys.at(-1) ?? '').toLowerCase().replace(/\.[^.]*$/, '')}.${suffix}`)

const USERS = [
  'username',
  'user',
  'uid',
  'userid',
  'login',
  'remoteuser',
  'logonid',
  'auth_username',
  'accountname',
  'jid',
] as const
const HOSTS = [
  'server',
  'servername',
  'host',
  'hostname',
  'remotehost',
  'address',
  'database',
  'accountname',
  'url',
  'dsn',
  'gateway_server',
] as const

const SSSD = { account: ['ldap_default_bind_dn'], system: ['ldap_uri'], service: 'ldap' } as const

const FIELDS: readonly SecretField[] = [
  // What Remmina enciphers passwords with.
  { key: /^remmina_pref\/secret$/, secret: 'symmetric-key', valueClass: 'key', service: 'remmina' },
  {
    key: /^server(?:_default)?\/(?:[^/]*\.)?(?:sasl_)?password$/,
    account: own('sasl_username'),
    system: own('addresses'),
    service: 'irc',
  },
  { key: /^auth\/[^/]*\.password$/, account: own('username'), system: own('prefix'), service: 'mercurial' },
  {
    key: /^auth\/[^/]*\.key$/,
    value: /./,
    secret: 'private-key',
    valueClass: 'reference',
    system: own('prefix'),
    service: 'mercurial',
  },
  // What `sss_obfuscate` writes begins with the number of its only method.
  {
    key: /\/ldap_default_authtok$/,
    value: /^AAAQA[A-Za-z0-9+/]{20,}={0,2}$/,
    valueClass: 'encrypted',
    scheme: 'sss-obfuscate',
    ...SSSD,
  },
  { key: /\/ldap_default_authtok$/, ...SSSD },
  {
    key: /\/krb5_keytab$|\/ldap_krb5_keytab$/,
    value: /./,
    secret: 'symmetric-key',
    valueClass: 'reference',
    service: 'kerberos',
  },
  { key: /\/remotepasseval$/, value: /./, valueClass: 'reference', account: USERS, system: HOSTS, service: 'imap' },
  {
    key: /\/(?:remotepassfile|password_command|passfile|password\.fetch)$/,
    value: /./,
    valueClass: 'reference',
    account: USERS,
    system: HOSTS,
  },
  { key: /\/remotepass$/, account: USERS, system: HOSTS, service: 'imap' },
  {
    key: /(?:^|\/)(?:password|pwd|passwd|pass|private_key_passphrase|api_key|ssl_client_key_password|mfa_passcode|auth_password)$/,
    account: USERS,
    system: HOSTS,
  },
  { key: /(?:^|\/)(?:token|secret)$/, value: /^.{6,}$/, secret: 'token', account: USERS, system: HOSTS },
]
