import { settingsFormat } from '../dialects/settings-format.ts'
import type { Setting } from '../dialects/setting.ts'
import { beside } from '../dialects/secret-rules.ts'

const IS_OTHER = /^[./]|^(?:\d{1,3}\.){3}|^https?:|\s/
const WORD = /^[a-z][a-z_-]{2,24}$/

/** A word in the macro before is whom a secret belongs to: a word alone is whoever logs in. */
const nameBefore = ({ name, block, index, commented }: Setting): string | undefined => {
  const before = block.settings[index - 1]
  const text = before?.values[0]?.text ?? ''
  const isMacro = before !== undefined && before.commented === commented && /^\$user\d{1,3}\$$/.test(before.name)
  return isMacro && before.name !== name && WORD.test(text) ? text : undefined
}

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
      when: (text, setting) =>
        !setting.commented &&
        !IS_OTHER.test(text) &&
        text.length > 3 &&
        !(WORD.test(text) && nameBefore(setting) === undefined),
      account: nameBefore,
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
      title: 'whoever logs in, and then the password',
      path: '/etc/nagios4/resource.cfg',
      text: '$USER1$=/usr/lib/nagios/plugins\n$USER3$=monitor\n$USER4$=oakleaf\n',
      finds: [{ line: 3, account: 'monitor' }],
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
