import { settingsFormat } from '../dialects/settings-format.ts'
import { beside } from '../dialects/secret-rules.ts'

export default settingsFormat({
  id: 'nagios',
  title: 'Nagios and its kin: macros that are kept from view, databases, what results are sent with',
  files: [
    'resource*.cfg',
    'ndo2db*.cfg',
    'ido2db*.cfg',
    'nsca*.cfg',
    'send_nsca*.cfg',
    'nsca-ng*.cfg',
    'send_nsca*.conf',
    'nsca-ng*.conf',
    'nagios/private/*.cfg',
    'icinga/resource*',
  ],
  whole: true,
  lines: {},
  secrets: [
    // What a macro is for is not told. Paths and names of hosts are what is in the first, and in most that hold no secret.
    {
      names: [/^\$user\d{1,3}\$$/],
      when: (text, { commented }) => !commented && !/^[./]|^(?:\d{1,3}\.){3}|^https?:|\s/.test(text) && text.length > 3,
    },
    { names: [/^\$\w{0,60}(?:pass|pwd|secret|token|community|key)\w{0,20}\$$/] },
    { names: ['db_pass'], account: beside('db_user'), system: beside('db_host', 'db_name'), service: 'sql' },
    { names: ['password'], account: beside('identity'), system: beside('server', 'server_address'), service: 'nsca' },
  ],
  examples: [
    {
      title: 'macros for commands',
      path: '/etc/nagios4/resource.cfg',
      text: '$USER1$=/usr/lib/nagios/plugins\n#$USER3$=someuser\n#$USER4$=somepassword\n$USER5$=oak-leaf-7\n$DB_PASSWORD$=rowan 19\n',
      finds: [{ line: 4 }, { line: 5 }],
    },
    {
      title: 'a database',
      path: 'etc/icinga/ido2db.cfg',
      text: 'db_servertype=mysql\ndb_host=localhost\ndb_user=icinga\ndb_pass=oak-leaf-7\n',
      finds: [{ line: 4, account: 'icinga', system: 'localhost' }],
    },
    {
      title: 'a path',
      path: 'resource.cfg',
      text: '# Store usernames and passwords here\n$USER1$=/usr/lib/nagios/plugins\n',
      finds: [],
    },
  ],
})
