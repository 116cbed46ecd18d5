import { credentialFormat } from '../detector.ts'
import { secretFields, type SecretField } from '../readers/secret-fields.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { iniSyntax, MY_CNF } from '../syntaxes/ini.ts'

export default credentialFormat({
  id: 'my-cnf',
  title: 'Option files of MySQL and MariaDB, with logins of clients and of replication',
  files: [
    '.my.cnf',
    '*.my.cnf',
    'my.cnf',
    'etc/mysql/*.cnf',
    'etc/mysql/*/*.cnf',
    'etc/my.cnf.d/*.cnf',
    'mysql/*.cnf',
    '*mysql*.cnf',
    '*mysqldump*.cnf',
    '*mariadb*.cnf',
    'debian.cnf',
    '.mytop',
    '*.mysql.conf',
  ],
  announced: ['[client', '[mysql', '[mariadb-client'],
  begins: (head) => /^[ \t]*\[(?:client|mysql|mysqldump|mysqladmin|client-mariadb|mariadb-client)\][ \t]*$/m.test(head),
  whole: true,

  read: (file) => secretFields(entriesOf(file, SYNTAX), FIELDS),

  examples: [
    {
      title: 'sections of clients, each with its account and host; `#` ends a value unless quoted',
      path: '/root/.my.cnf',
      text: `[client]
user = alice
password = "oak#leaf 7" # of the shop
host=db1.example.org

[mysqldump]
user=backup
password=rowan-19 # birch
`,
      finds: [
        { line: 3, name: 'client.password', account: 'alice', system: 'db1.example.org', service: 'mysql' },
        { line: 8, name: 'mysqldump.password', account: 'backup' },
      ],
    },
    {
      title: 'how a server used to be told whom it replicates from, and a comment',
      path: '/etc/mysql/mysql.conf.d/replica.cnf',
      text: '[mysqld]\nmaster-host = db0.example.org\nmaster-user = repl\nmaster-password = oak-leaf-7\n\n[client]\n#password = birch-12\n',
      finds: [
        { line: 4, name: 'mysqld.master-password', account: 'repl', system: 'db0.example.org' },
        { line: 7, name: 'client.password', state: 'commented' },
      ],
    },
    {
      title: 'a name without a value asks for the password; files of keys and plugins are no secrets',
      path: '/etc/mysql/my.cnf',
      text: '[client]\npassword\nport = 3306\nssl-key=/etc/mysql/key.pem\n[mysqld]\nvalidate_password_policy = LOW\ndefault_password_lifetime=0\n',
      finds: [],
    },
  ],
})

const SYNTAX = iniSyntax(MY_CNF)

const FIELDS: readonly SecretField[] = [
  {
    key: /(?:^|\/)(?:loose[-_])?(?:password[123]?|pass|database[-_]pass(?:word)?)$/,
    account: ['user', 'username'],
    system: ['host', 'hostname', 'socket'],
    service: 'mysql',
  },
  {
    key: /(?:^|\/)master[-_]password$/,
    account: ['master-user', 'master_user'],
    system: ['master-host', 'master_host'],
    service: 'mysql',
  },
  {
    key: /(?:^|\/)(?:report[-_]password)$/,
    account: ['report-user', 'report_user'],
    system: ['report-host', 'report_host'],
    service: 'mysql',
  },
  {
    key: /(?:^|\/)wsrep[-_]sst[-_]auth$/,
    value: /^[^:]+:./,
    account: (_, beside) => (beside('wsrep_sst_auth') ?? beside('wsrep-sst-auth'))?.split(':')[0],
    service: 'mysql',
  },
]
