import { settingsFormat } from '../dialects/settings-format.ts'
import { beside } from '../dialects/secret-rules.ts'
import { credentialFormat } from '../detector.ts'
import { connectionLogin } from '../readers/connection-string.ts'
import { sighting } from '../readers/sighting.ts'

const settings = settingsFormat({
  id: 'courier-auth',
  title: 'Databases and directories that Courier and pure-ftpd ask: `authmysqlrc`, `authldaprc`, `pureftpd-mysql.conf`',
  files: [
    'auth*rc',
    'pureftpd*.conf',
    'pure-ftpd*.conf',
    'pure-ftpd/*/*.conf',
    'pure-ftpd/conf/*',
    'mysql.conf',
    'postgresql.conf',
    'ldap.conf',
  ],
  unless: (head) =>
    !/\b(?:MYSQL|PGSQL|LDAP)_?(?:SERVER|HOST|USER|PASS|BIND|CRYPT|BASE|SOCKET|GET|PORT|DATABASE|URI|CONNECTION)/i.test(
      head,
    ),
  whole: true,
  lines: { between: ' ' },
  secrets: [
    {
      names: ['mysql_password', 'mysqlpassword'],
      account: beside('mysql_username', 'mysqluser'),
      system: beside('mysql_server', 'mysqlserver', 'mysql_socket', 'mysqlsocket'),
      service: 'mysql',
    },
    {
      names: ['pgsql_password', 'pgsqlpassword'],
      account: beside('pgsql_username', 'pgsqluser'),
      system: beside('pgsql_host', 'pgsqlserver'),
      service: 'postgresql',
    },
    {
      names: ['ldap_bindpw', 'ldapbindpw'],
      account: beside('ldap_binddn', 'ldapbinddn'),
      system: beside('ldap_uri', 'ldap_server', 'ldapserver'),
      service: 'ldap',
    },
  ],
  examples: [
    {
      title: 'Courier',
      path: '/etc/courier/authmysqlrc',
      text: '##NAME: LOCATION:0\nMYSQL_SERVER\t\tdb.example.org\nMYSQL_USERNAME\t\tmail\nMYSQL_PASSWORD\t\toak-leaf-7\nMYSQL_CRYPT_PWFIELD\tcrypt\n# MYSQL_CLEAR_PWFIELD clear\n',
      finds: [{ line: 4, account: 'mail', system: 'db.example.org', service: 'mysql' }],
    },
    {
      title: 'pure-ftpd',
      path: 'etc/pure-ftpd/db/mysql.conf',
      text: 'MYSQLSocket /run/mysqld/mysqld.sock\n#MYSQLServer localhost\nMYSQLUser root\nMYSQLPassword rowan.19\nMYSQLGetPW SELECT Password FROM users WHERE User="\\L"\n',
      finds: [{ line: 4, account: 'root', system: '/run/mysqld/mysqld.sock' }],
    },
    {
      title: 'a connection, written over several lines',
      path: '/etc/courier/authpgsqlrc',
      text: 'PGSQL_CONNECTION host=db1 \\\n\t  user=mail\n\t  password=oak-leaf-7\nPGSQL_OPT x\n',
      finds: [{ line: 3, account: 'mail', system: 'db1' }],
    },
    { title: 'queries', path: 'authpgsqlrc', text: 'PGSQL_HOST x\nPGSQL_CRYPT_PWFIELD crypt\n', finds: [] },
  ],
})

export default credentialFormat({
  ...settings,

  *read(file) {
    yield* settings.read(file)
    for (const match of file.text.matchAll(CONNECTION)) {
      const [whole, name = ''] = match
      const login = connectionLogin(whole.slice(name.length))
      if (login !== undefined)
        yield sighting({
          at: match.index + name.length + login.at,
          length: login.length,
          value: login.password,
          secret: 'password',
          name: name.trim().toLowerCase(),
          account: login.account,
          system: login.system,
          service: 'postgresql',
        })
    }
  },
})

/** A setting with the indented lines behind it, which go on with it. */
const CONNECTION = /^(PGSQL_CONNECTION[ \t]+)[^\n]{0,1000}(?:\n[ \t]+[^\s#][^\n]{0,1000}){0,20}/gm
