import { credentialFormat } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { wordsOf, type Word } from '../dialects/words.ts'
import { secretOf } from '../dialects/secret-rules.ts'

export default credentialFormat({
  id: 'monit',
  title: 'Monit: accounts of its web interface, mail servers and services that it logs in to',
  files: [
    'monitrc',
    '*.monitrc',
    'monit/*.conf',
    'monit/conf.d/*',
    'monit/conf-available/*',
    'monit/conf-enabled/*',
    'monit.d/*',
  ],

  *read({ text }) {
    let system: string | undefined
    for (const { text: line, at } of linesOf(text)) {
      const mark = /^[ \t]*(?:#+[ \t]*)?/.exec(line)![0].length
      const commented = line.slice(0, mark).includes('#')
      const words = wordsOf(line, mark, line.length, '#')
      const facts = { commented, service: 'monit' }
      const moved = (word: Word) => ({ ...word, at: at + word.at })
      for (const [index, { text: word, quoted }] of words.entries()) {
        if (quoted) continue
        const next = words[index + 1]
        if (next === undefined) continue
        const lower = word.toLowerCase()
        if (lower === 'mailserver' || lower === 'host') system = next.text.replace(/,$/, '')
        else if (lower === 'allow') {
          const login = /^([^\s:@/"]{1,64}):("?)([^"]{1,255})\2$/.exec(next.text)
          if (login === null || /^[\d.]+$|^(?:md5|crypt|pam|cleartext)$/.test(login[1]!)) continue
          const password = login[3]!
          const from = next.at + login[1]!.length + 1 + login[2]!.length
          yield secretOf(
            { text: password, at: at + from, length: password.length, quoted: login[2] !== '' || next.quoted },
            { ...facts, name: 'allow', account: login[1] },
          )
        } else if (lower === 'password' && index > 0 && (next.quoted || !commented))
          yield secretOf(moved(next), { commented, name: 'password', account: before(words, index), system })
      }
    }
  },

  examples: [
    {
      title: 'accounts of the interface',
      path: '/etc/monit/monitrc',
      text: 'set httpd port 2812 and\n    use address localhost\n    allow localhost\n    allow admin:oak-leaf-7\n    allow bob:"rowan 19" read-only\n#    allow carol:elm-4\n    allow @users\n    allow 10.0.0.0/8\n    allow md5 /etc/monit/htpasswd\n',
      finds: [
        { line: 4, account: 'admin' },
        { line: 5, account: 'bob' },
        { line: 6, account: 'carol', state: 'commented' },
      ],
    },
    {
      title: 'a mail server',
      path: 'etc/monit/conf.d/mail',
      text: 'set mailserver smtp.example.org port 587\n    username "alice" password "oak-leaf-7"\n    using tls\n',
      finds: [{ line: 2, account: 'alice', system: 'smtp.example.org' }],
    },
    {
      title: 'checks',
      path: 'etc/monit/conf-available/mysql',
      text: 'check process mysqld with pidfile /run/mysqld.pid\n if failed host localhost port 3306 protocol mysql then restart\n',
      finds: [],
    },
  ],
})

const before = (words: readonly Word[], index: number): string | undefined => {
  const at = words.slice(0, index).findLastIndex(({ text, quoted }) => !quoted && text.toLowerCase() === 'username')
  return at < 0 ? undefined : words[at + 1]?.text
}
