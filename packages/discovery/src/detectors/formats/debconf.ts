import { credentialFormat } from '../detector.ts'
import { secretOf } from '../dialects/secret-rules.ts'

export default credentialFormat({
  id: 'debconf',
  title: 'Passwords that were answered to questions of Debian packages: `passwords.dat`, `config.dat`, `questions.dat`',
  files: ['debconf/*.dat', 'debconf/*.dat-old', 'cdebconf/*.dat', 'questions.dat', 'passwords.dat', 'config.dat'],
  unless: (head) => !/^Name: /m.test(head),
  whole: true,

  *read({ path, text }) {
    const all = /passwords\.dat/i.test(path)
    for (const match of text.matchAll(RECORD)) {
      const [, before = '', name = '', between = '', value = ''] = match
      if (!all && !SECRET.test(name)) continue
      const at = match.index + before.length + name.length + between.length
      yield secretOf(
        { text: value, at, length: value.length, quoted: false },
        {
          name,
          account: /(?:^|[/_-])root[_-]?pass/.test(name) ? 'root' : undefined,
          service: 'debconf',
          ...(name.endsWith('crypted') ? { valueClass: 'hash' } : {}),
        },
      )
    }
  },

  examples: [
    {
      title: 'answers that are kept',
      path: '/var/cache/debconf/passwords.dat',
      text: 'Name: mysql-server/root_password\nTemplate: mysql-server/root_password\nValue: oak leaf 7\nOwners: mysql-server\nFlags: seen\n\nName: passwd/user-password\nTemplate: passwd/user-password\nValue: \n\n',
      finds: [{ line: 3, account: 'root', name: 'mysql-server/root_password' }],
    },
    {
      title: 'among others',
      path: 'var/cache/debconf/config.dat',
      text: 'Name: wordpress/mysql/app-pass\nTemplate: wordpress/mysql/app-pass\nValue: rowan.19\nOwners: wordpress\n\nName: locales/default\nTemplate: locales/default\nValue: None\n',
      finds: [{ line: 3 }],
    },
    {
      title: 'none',
      path: 'var/cache/debconf/config.dat',
      text: 'Name: ssh/password-authentication\nValue: true\n\nName: adduser/homedir\nValue: false\n',
      finds: [],
    },
  ],
})

const RECORD = /^(Name: )([^\n]{1,200})(\n(?:(?!Name: |Value: |\n)[^\n]{0,4096}\n){0,12}Value: )(\S[^\n]{0,1023})/gm
const SECRET =
  /(?:password|passwd|passphrase|app-pass|admin-pass|_pass|secret|-pass)(?:-crypted|-again|_again|-confirm)?$/i
