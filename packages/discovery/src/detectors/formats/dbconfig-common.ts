import { settingsFormat } from '../dialects/settings-format.ts'
import { beside, firstOf, joined } from '../dialects/secret-rules.ts'

export default settingsFormat({
  id: 'dbconfig-common',
  title: 'Databases that Debian set up for a package: `/etc/dbconfig-common`',
  files: ['dbconfig-common/*.conf', '*dbconfig*.conf'],
  announced: ['dbc_dbpass='],
  begins: (head) => /^dbc_dbpass=/m.test(head),
  whole: true,
  lines: {},
  secrets: [
    {
      names: ['dbc_dbpass', 'dbpass'],
      account: beside('dbc_dbuser', 'dbuser'),
      system: firstOf(
        joined('/', beside('dbc_dbserver', 'dbserver'), beside('dbc_dbname', 'dbname')),
        beside('dbc_dbname'),
      ),
      service: 'sql',
    },
    {
      names: ['dbc_dbadmpass', 'dbc_admpass'],
      account: beside('dbc_dbadmin'),
      system: beside('dbc_dbserver'),
      service: 'sql',
    },
  ],
  examples: [
    {
      title: 'a database',
      path: '/etc/dbconfig-common/wordpress.conf',
      text: "dbc_install='true'\ndbc_dbuser='wordpress'\n# dbc_dbpass: password to use with the above username when connecting\ndbc_dbpass='oak-leaf-7'\ndbc_dbserver='localhost'\ndbc_dbname='wp'\ndbc_dbadmin='root'\n",
      finds: [{ line: 4, account: 'wordpress', system: 'localhost/wp' }],
    },
    {
      title: 'one in a file',
      path: 'etc/dbconfig-common/x.conf',
      text: "dbc_dbtype='sqlite3'\ndbc_dbpass=''\n",
      finds: [],
    },
  ],
})
