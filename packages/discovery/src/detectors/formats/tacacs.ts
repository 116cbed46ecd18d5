import { settingsFormat } from '../dialects/settings-format.ts'
import { heading } from '../dialects/secret-rules.ts'

export default settingsFormat({
  id: 'tacacs',
  title: 'TACACS+ servers: the secret of their clients, accounts and what they are checked against',
  files: ['tac_plus*.conf', 'tac_plus*.cfg', 'tacplus*.conf', 'tac-plus*.conf'],
  whole: true,
  blocks: { newline: true, noSemicolon: true, single: true },
  secrets: [
    { names: ['key'], secret: 'shared-secret', system: heading(1, 'host'), service: 'tacacs+' },
    {
      names: ['login', 'pap', 'chap', 'enable', 'ms-chap', 'mschap', 'arap', 'opap', 'global', 'password'],
      word: 1,
      account: heading(1, 'user'),
      service: 'tacacs+',
      when: (_, { values }) => /^(?:cleartext|clear)$/.test(values[0]?.text ?? ''),
    },
    {
      names: ['login', 'pap', 'enable', 'global', 'password'],
      word: 1,
      account: heading(1, 'user'),
      service: 'tacacs+',
      valueClass: 'hash',
      when: (_, { values }) => /^(?:des|crypt)$/.test(values[0]?.text ?? ''),
    },
    {
      names: ['enable'],
      service: 'tacacs+',
      when: (text, { values, block }) => values.length === 1 && block.words[0] === 'host' && text !== 'nopassword',
    },
  ],
  examples: [
    {
      title: 'keys of hosts and passwords of accounts',
      path: 'etc/tacacs+/tac_plus.conf',
      text: `key = "oak-leaf-7"
host = 192.0.2.1 {
	key = rowan.19
}
user = alice {
	default service = permit
	login = cleartext "elm 4"
	enable = des mEX027bHtzTlQ
}
user = bob { login = PAM
}
#user = carol { login = cleartext birch
#}
`,
      finds: [
        { line: 1, secret: 'shared-secret' },
        { line: 3, system: '192.0.2.1' },
        { line: 7, account: 'alice' },
        { line: 8, is: 'hash', account: 'alice' },
        { line: 12, account: 'carol', state: 'commented' },
      ],
    },
    {
      title: 'accounts that are kept elsewhere',
      path: 'tac_plus.conf',
      text: 'accounting file = /var/log/tac_plus.acct\nuser = DEFAULT {\n login = file /etc/passwd\n}\nuser = bob {\n login = nopassword\n}\n',
      finds: [],
    },
  ],
})
