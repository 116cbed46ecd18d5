import { settingsFormat } from '../dialects/settings-format.ts'
import { heading, value } from '../dialects/secret-rules.ts'

export default settingsFormat({
  id: 'proftpd',
  title: 'ProFTPD: databases, directories and RADIUS servers that it asks',
  files: ['proftpd*.conf', 'proftpd/*.conf', 'proftpd/*/*.conf', 'proftpd.d/*'],
  whole: true,
  lines: { between: ' ', values: 'words', tags: true },
  secrets: [
    { names: ['sqlconnectinfo'], word: 2, account: value(1), system: value(0), service: 'sql' },
    { names: ['sqlnamedconnectinfo'], word: 4, account: value(3), system: value(2), service: 'sql' },
    { names: ['ldapbinddn'], word: 1, account: value(0), service: 'ldap' },
    { names: ['ldapdninfo'], word: 1, account: value(0), service: 'ldap' },
    {
      names: ['radiusacctserver', 'radiusauthserver', 'radiusserver'],
      word: 1,
      secret: 'shared-secret',
      system: value(0),
      service: 'radius',
    },
    { names: ['userpassword', 'grouppassword'], word: 1, account: value(0), valueClass: 'hash', service: 'ftp' },
    { names: ['snmpcommunity'], secret: 'shared-secret', service: 'snmp' },
    { names: ['redisserver'], word: 1, system: value(0), service: 'redis' },
    { names: ['tlspkcs12file'], word: 1, system: heading() },
  ],
  examples: [
    {
      title: 'a database, a directory and RADIUS',
      path: '/etc/proftpd/sql.conf',
      text: `<IfModule mod_sql.c>
SQLBackend	mysql
#SQLConnectInfo proftpd@sql.example.com proftpd_user proftpd_password
SQLConnectInfo ftp@127.0.0.1:3306 ftp oak-leaf-7
LDAPBindDN "cn=admin,dc=example,dc=org" "rowan 19"
RadiusAuthServer 192.0.2.1:1812 elm-4 5
UserPassword alice $1$abcdefgh$0123456789abcdefghijkl
</IfModule>
`,
      finds: [
        { line: 3, account: 'proftpd_user', system: 'proftpd@sql.example.com', state: 'commented', is: 'literal' },
        { line: 4, account: 'ftp', system: 'ftp@127.0.0.1:3306' },
        { line: 5, account: 'cn=admin,dc=example,dc=org' },
        { line: 6, system: '192.0.2.1:1812', secret: 'shared-secret' },
        { line: 7, is: 'hash', account: 'alice' },
      ],
    },
    {
      title: 'settings about passwords',
      path: 'etc/proftpd/proftpd.conf',
      text: 'AuthUserFile /etc/ftpd.passwd\nRequireValidShell off\nAnonRequirePassword off\n<Anonymous ~ftp>\n</Anonymous>\n',
      finds: [],
    },
  ],
})
