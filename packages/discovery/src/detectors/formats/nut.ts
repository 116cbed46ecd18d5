import { settingsFormat } from '../dialects/settings-format.ts'
import { heading, value } from '../dialects/secret-rules.ts'

export default settingsFormat({
  id: 'nut',
  title: 'Network UPS Tools: accounts of the server, and what monitors log in with',
  files: ['upsd.users', 'upsmon.conf', 'nut/*.conf', 'ups/*.conf'],
  whole: true,
  lines: { between: 'any', values: 'words', sections: true },
  secrets: [
    { names: ['password'], account: heading(0), service: 'nut' },
    {
      names: ['monitor'],
      word: 3,
      account: value(2),
      system: value(0),
      service: 'nut',
      when: (_, { values }) => values.length >= 4 && values[0]!.text.includes('@'),
    },
    {
      names: ['authpassword', 'privpassword', 'community'],
      system: heading(0),
      service: 'snmp',
      when: (text) => text !== 'public',
    },
  ],
  examples: [
    {
      title: 'accounts',
      path: '/etc/nut/upsd.users',
      text: '  [admin]\n\tpassword = oak-leaf-7\n\tactions = SET\n[monitor]\n\tpassword  = "rowan 19"\n\tupsmon primary\n#\t[bob]\n#\t\tpassword = elm-4\n',
      finds: [
        { line: 2, account: 'admin' },
        { line: 5, account: 'monitor' },
        { line: 8, account: 'bob', state: 'commented' },
      ],
    },
    {
      title: 'a monitor',
      path: 'etc/nut/upsmon.conf',
      text: '# MONITOR <system> <powervalue> <username> <password> ("primary"|"secondary")\nMONITOR myups@localhost 1 monitor oak-leaf-7 primary\nMINSUPPLIES 1\n',
      finds: [{ line: 2, account: 'monitor', system: 'myups@localhost' }],
    },
    {
      title: 'settings',
      path: 'etc/nut/upsd.conf',
      text: 'LISTEN 127.0.0.1 3493\n# password is not here\n',
      finds: [],
    },
  ],
})
