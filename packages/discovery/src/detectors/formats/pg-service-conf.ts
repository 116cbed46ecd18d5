import { credentialFormat } from '../detector.ts'
import { secretFields } from '../readers/secret-fields.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { iniSyntax } from '../syntaxes/ini.ts'

export default credentialFormat({
  id: 'pg-service-conf',
  title: 'Services that PostgreSQL clients know: `.pg_service.conf`',
  files: ['.pg_service.conf', 'pg_service.conf', '*.pg_service.conf'],
  whole: true,

  // No quotes, no comments behind values: what stands behind the sign is the value.
  read: (file) =>
    secretFields(entriesOf(file, SYNTAX), [
      { key: /\/(?:password|sslpassword)$/, account: ['user'], system: ['host', 'hostaddr'], service: 'postgresql' },
      {
        key: /\/passfile$/,
        valueClass: 'reference',
        account: ['user'],
        system: ['host', 'hostaddr'],
        service: 'postgresql',
      },
    ]),

  examples: [
    {
      title: 'each service has its host and its login, which may stand in another file',
      path: '/home/a/.pg_service.conf',
      text: '# of the shop\n[shop]\nhost=db1\nuser=alice\npassword=oak-leaf-7 #x\n[log]\nhost=db2\nuser=bob\npassfile=/srv/log.pgpass\n',
      finds: [
        { line: 5, name: 'shop.password', account: 'alice', system: 'db1', service: 'postgresql' },
        { line: 9, is: 'reference', account: 'bob', system: 'db2', reference: '/srv/log.pgpass' },
      ],
    },
    { title: 'a service without a password', path: '/etc/pg_service.conf', text: '[x]\nhost=a\nuser=b\n', finds: [] },
  ],
})

const SYNTAX = iniSyntax({ separators: '=', comments: '#', trailing: 'none', quotes: false })
