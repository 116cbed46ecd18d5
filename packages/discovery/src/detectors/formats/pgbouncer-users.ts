import { credentialFormat } from '../detector.ts'
import { secretOf } from '../dialects/secret-rules.ts'
import { passwordField } from '../dialects/password-field.ts'

export default credentialFormat({
  id: 'pgbouncer-users',
  title: 'Accounts of PgBouncer with hashes or passwords: `userlist.txt`',
  files: ['userlist.txt', '*userlist*.txt', 'pgbouncer/*.txt', 'pgbouncer/*.auth'],
  announced: ['" "md5', '" "scram-sha-256'],
  begins: (head) => /^"[^"\n]{1,64}" "(?:md5[0-9a-f]{32}|SCRAM-SHA-256\$)/m.test(head),
  whole: true,

  *read({ text }) {
    for (const match of text.matchAll(LINE)) {
      const [whole, mark, account = '', written = ''] = match
      const password = written.replaceAll('""', '"')
      const read = passwordField(password)
      if (read === undefined) continue
      yield secretOf(
        { text: password, at: match.index + whole.length - written.length - 1, length: written.length, quoted: true },
        {
          name: 'password',
          commented: mark === ';' || mark === '#',
          account: account.replaceAll('""', '"'),
          service: 'postgresql',
          valueClass: read.valueClass,
          scheme: read.scheme,
        },
      )
    }
  },

  examples: [
    {
      title: 'hashes and passwords',
      path: '/etc/pgbouncer/userlist.txt',
      text: '"alice" "oak ""leaf"" 7"\n"bob" "md50123456789abcdef0123456789abcdef"\n"carol" "SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy"\n;"dave" "elm-4"\n',
      finds: [
        { line: 1, account: 'alice' },
        { line: 2, is: 'hash', account: 'bob' },
        { line: 3, is: 'hash', account: 'carol' },
        { line: 4, account: 'dave', state: 'commented' },
      ],
    },
    { title: 'an account without', path: 'userlist.txt', text: '"alice" ""\n; users\n', finds: [] },
  ],
})

const LINE = /^(?:([;#])[ \t]{0,8})?"((?:[^"\n]|""){1,128})"[ \t]{1,8}"((?:[^"\n]|""){1,1024})"/gm
