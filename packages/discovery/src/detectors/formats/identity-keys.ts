import { credentialFormat } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { secretOf } from '../dialects/secret-rules.ts'

export default credentialFormat({
  id: 'identity-keys',
  title:
    'Keys that two sides share, by who the other one is: those of stunnel, racoon, mosquitto and other users of TLS-PSK',
  files: [
    'racoon/psk.txt',
    '*psk.txt',
    '*psk.secrets',
    'stunnel*/*psk*',
    'stunnel/*secrets*',
    'mosquitto/*psk*',
    '*psk_file',
    '*pskfile',
    '*.psk',
    'psk.conf',
    '*.pskfile',
  ],
  whole: true,

  *read({ path, text }) {
    let lines = 0
    for (const { text: line, at } of linesOf(text)) {
      if (line.trim() === '') continue
      const alone = /^[ \t]*([0-9a-f]{32,1024})[ \t]*$/i.exec(line)
      if (alone !== null && lines++ === 0) {
        // A key alone is what agents of Zabbix and GnuTLS take from a file.
        const name = alone[1]!
        yield secretOf(
          { text: name, at: at + line.indexOf(name), length: name.length, quoted: false },
          { name: 'psk', secret: 'shared-secret', service: /zabbix/i.test(path) ? 'zabbix' : undefined },
        )
        continue
      }
      const match =
        /^([ \t]*(?:(#+)[ \t]*)?([^\s:#]{1,255}|[\da-f:]{3,45})(?::[ \t]*|[ \t]+))(\S(?:.{0,1022}\S)?)[ \t]*$/i.exec(
          line,
        )
      if (match === null) continue
      const [, before = '', mark = '', account, key = ''] = match
      if (mark !== '' && (/\s/.test(key) || !/\d/.test(key))) continue
      yield secretOf(
        { text: key, at: at + before.length, length: key.length, quoted: false },
        {
          name: 'psk',
          secret: 'shared-secret',
          commented: mark !== '',
          account: /^[\d.:a-f]*[.:][\d.:a-f]*$/i.test(account!) ? undefined : account,
          ...(/^[\d.:a-f]*[.:][\d.:a-f]*$/i.test(account!) ? { system: account } : {}),
        },
      )
    }
  },

  examples: [
    {
      title: 'by name, as stunnel has it',
      path: '/etc/stunnel/psk.txt',
      text: 'client1:oak-leaf-7-oak-leaf-7\nclient2:0123456789abcdef0123456789abcdef\n',
      finds: [
        { line: 1, account: 'client1', secret: 'shared-secret' },
        { line: 2, account: 'client2' },
      ],
    },
    {
      title: 'by address, as racoon has it',
      path: 'etc/racoon/psk.txt',
      text: '# IPv4/v6 addresses\n192.0.2.1\toak-leaf-7\nalice@example.org  rowan 19\n# 10.160.94.3\tmekmitasdigoat1\n',
      finds: [
        { line: 2, system: '192.0.2.1' },
        { line: 3, account: 'alice@example.org' },
        { line: 4, system: '10.160.94.3', state: 'commented' },
      ],
    },
    {
      title: 'the key of an agent',
      path: 'etc/zabbix/zabbix_agentd.psk',
      text: '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n',
      finds: [{ line: 1, service: 'zabbix' }],
    },
    {
      title: 'comments alone',
      path: 'etc/racoon/psk.txt',
      text: '# file for pre-shared keys used for IKE authentication\n# format is:  identifier key\n',
      finds: [],
    },
  ],
})
