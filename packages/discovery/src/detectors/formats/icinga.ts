import { settingsFormat } from '../dialects/settings-format.ts'
import { beside, firstOf, joined } from '../dialects/secret-rules.ts'

export default settingsFormat({
  id: 'icinga',
  title: 'Icinga 2: accounts of its interface, databases that it writes to, the salt of its tickets',
  files: ['icinga2/*.conf', 'icinga2/*/*.conf', 'icinga2/*/*/*.conf', 'icinga2*.conf'],
  blocks: { newline: true, comments: ['//', '#'], enclosed: true, between: ['+=', '='] },
  secrets: [
    {
      names: ['password'],
      account: firstOf(
        (setting) => (setting.block.words[1] === 'ApiUser' ? setting.block.words[2] : undefined),
        beside('user', 'username'),
      ),
      system: firstOf(joined('/', beside('host'), beside('database')), beside('host', 'database')),
    },
    {
      names: ['const'],
      word: -1,
      secret: 'shared-secret',
      service: 'icinga',
      when: (_, { values }) => values[0]?.text === 'TicketSalt',
    },
    {
      names: ['ticket_salt'],
      secret: 'shared-secret',
      service: 'icinga',
      when: (_, { values }) => values[0]?.quoted === true,
    },
    { names: ['auth_token', 'api_token', 'organization_token'], secret: 'token', system: beside('host') },
    { names: [/^vars\.\w{0,60}(?:password|passwd|_pass|secret|community|token)$/] },
  ],
  examples: [
    {
      title: 'an account of the interface',
      path: '/etc/icinga2/conf.d/api-users.conf',
      text: 'object ApiUser "root" {\n  password = "oak-leaf-7"\n  // client_cn = ""\n\n  permissions = [ "*" ]\n}\n',
      finds: [{ line: 2, account: 'root' }],
    },
    {
      title: 'a database, and the salt',
      path: 'etc/icinga2/features-available/ido-mysql.conf',
      text: 'object IdoMysqlConnection "ido-mysql" {\n  user = "icinga2",\n  password = "rowan 19",\n  host = "localhost",\n  database = "icinga2"\n}\nconst TicketSalt = "0123456789abcdef"\n/* object ApiUser "old" {\n  password = "elm-4"\n} */\n',
      finds: [
        { line: 3, account: 'icinga2', system: 'localhost/icinga2' },
        { line: 7, secret: 'shared-secret' },
        { line: 9, account: 'old', state: 'commented' },
      ],
    },
    {
      title: 'as it is shipped',
      path: 'etc/icinga2/constants.conf',
      text: 'const PluginDir = "/usr/lib/nagios/plugins"\nconst TicketSalt = ""\nconst ZoneName = NodeName\n',
      finds: [],
    },
  ],
})
