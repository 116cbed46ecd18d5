import { settingsFormat } from '../dialects/settings-format.ts'
import { beside, firstOf, heading, joined } from '../dialects/secret-rules.ts'

export default settingsFormat({
  id: 'bacula',
  title:
    'Bacula and Bareos: what directors, storages, clients and consoles know each other by; the database of the catalogue',
  files: [
    'bacula*.conf',
    'bareos*.conf',
    'bconsole*.conf',
    'bat.conf',
    'tray-monitor*.conf',
    'bacula/*.conf',
    'bareos/*.conf',
    'bareos/*/*/*.conf',
    'bareos/*/*.conf',
    'bacula/*/*.conf',
  ],
  whole: true,
  blocks: { newline: true, spaced: true },
  secrets: [
    {
      names: ['catalog/dbpassword', 'catalog/password', 'dbpassword'],
      account: beside('dbuser', 'user'),
      system: firstOf(joined('/', beside('dbaddress'), beside('dbname')), beside('dbname')),
      service: 'sql',
    },
    {
      names: ['password', 'keyencryptionkey'],
      account: firstOf(beside('username', 'name'), heading(0)),
      system: beside('address', 'fdaddress', 'sdaddress', 'diraddress', 'directoraddress'),
      service: 'bacula',
    },
  ],
  examples: [
    {
      title: 'a director, whom it asks, and the catalogue',
      path: '/etc/bacula/bacula-dir.conf',
      text: `Director {                            # define myself
  Name = host-dir
  DIRport = 9101
  Password = "oak-leaf-7"         # Console password
}
Client {
  Name = host-fd
  Address = 192.0.2.7
  Password = "rowan 19"          # password for FileDaemon
  File Retention = 60 days
}
Catalog {
  Name = MyCatalog
  dbname = "bacula"; DB Address = "localhost"; dbuser = "backup"; dbpassword = "elm-4"
}
# Storage {
#  Name = File1
#  Password = birch
# }
`,
      finds: [
        { line: 4, account: 'host-dir' },
        { line: 9, account: 'host-fd', system: '192.0.2.7' },
        { line: 14, account: 'backup', system: 'localhost/bacula' },
        { line: 18, account: 'File1', state: 'commented' },
      ],
    },
    {
      title: 'jobs',
      path: 'etc/bacula/bacula-fd.conf',
      text: 'Messages {\n  Name = Standard\n  director = host-dir = all, !skipped, !restored\n}\n# Password for nobody\n',
      finds: [],
    },
  ],
})
