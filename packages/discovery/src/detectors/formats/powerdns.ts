import { settingsFormat } from '../dialects/settings-format.ts'
import { beside } from '../dialects/secret-rules.ts'

const backend = (name: string) => ({
  names: [new RegExp(`^${name}(?:-[\\w]{1,40})??-password$`)],
  account: beside(`${name}-user`),
  system: beside(`${name}-host`, `${name}-dbname`),
  service: name === 'gpgsql' ? 'postgresql' : 'mysql',
})

export default settingsFormat({
  id: 'powerdns',
  title: 'PowerDNS: its database, its web server and interface',
  files: ['pdns*.conf', 'pdns.d/*', 'powerdns/*.conf', 'recursor.conf', 'recursor.d/*'],
  whole: true,
  lines: {},
  secrets: [
    backend('gmysql'),
    backend('gpgsql'),
    {
      names: ['godbc-password', 'goracle-password', 'opendbx-password'],
      account: beside('godbc-username', 'goracle-user', 'opendbx-username'),
    },
    { names: ['ldap-secret'], account: beside('ldap-binddn'), system: beside('ldap-host'), service: 'ldap' },
    {
      names: ['api-key', 'webserver-api-key', 'experimental-api-key'],
      secret: 'token',
      service: 'powerdns',
      system: beside('webserver-address'),
    },
    { names: ['webserver-password'], service: 'powerdns', system: beside('webserver-address') },
    { names: ['tcp-control-secret'], service: 'powerdns', system: beside('tcp-control-address') },
  ],
  examples: [
    {
      title: 'a database and an interface',
      path: '/etc/powerdns/pdns.conf',
      text: 'launch=gmysql\ngmysql-host=db.example.org\ngmysql-user=pdns\ngmysql-password=oak-leaf-7\napi=yes\napi-key=rowan.19\n# webserver-password=\n#################################\n# webserver-password\tPassword required\n',
      finds: [
        { line: 4, account: 'pdns', system: 'db.example.org', service: 'mysql' },
        { line: 6, secret: 'token' },
      ],
    },
    { title: 'as it is shipped', path: 'recursor.conf', text: '# api-key=\nlocal-address=127.0.0.1\n', finds: [] },
  ],
})
