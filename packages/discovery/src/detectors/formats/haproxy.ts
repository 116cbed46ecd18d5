import { credentialFormat } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { crypted } from '../dialects/password-field.ts'
import { secretOf } from '../dialects/secret-rules.ts'
import { wordsOf } from '../dialects/words.ts'

export default credentialFormat({
  id: 'haproxy',
  title: 'HAProxy: lists of users, the login of its statistics',
  files: ['haproxy*.cfg', 'haproxy/*.cfg', 'haproxy/*/*.cfg', 'haproxy.conf', 'hapee*.cfg'],

  *read({ text }) {
    let list: string | undefined
    for (const { text: line, at } of linesOf(text)) {
      const mark = /^[ \t]*(?:#+[ \t]*)?/.exec(line)![0].length
      const commented = line.slice(0, mark).includes('#')
      const words = wordsOf(line, mark, line.length, '#').map((word) => ({ ...word, at: at + word.at }))
      const [first, second, third] = words
      if (first === undefined || second === undefined) continue
      if (first.text === 'userlist') list = second.text
      else if (first.text === 'user' && words.length >= 4) {
        const index = words.findIndex(({ text: word }) => word === 'password' || word === 'insecure-password')
        const value = words[index + 1]
        if (index < 2 || value === undefined) continue
        const hashed = words[index]!.text === 'password'
        yield secretOf(value, {
          name: words[index]!.text,
          commented,
          account: second.text,
          system: list,
          service: 'haproxy',
          ...(hashed ? { valueClass: 'hash', scheme: crypted(value.text) ?? 'descrypt' } : {}),
        })
      } else if (first.text === 'stats' && second.text === 'auth' && third !== undefined) {
        const colon = third.text.indexOf(':')
        if (colon <= 0) continue
        yield secretOf(
          {
            text: third.text.slice(colon + 1),
            at: third.at + colon + 1,
            length: third.length - colon - 1,
            quoted: third.quoted,
          },
          { name: 'stats auth', commented, account: third.text.slice(0, colon), service: 'haproxy' },
        )
      }
    }
  },

  examples: [
    {
      title: 'users and statistics',
      path: '/etc/haproxy/haproxy.cfg',
      text: 'userlist staff\n  group G1 users alice\n  user alice password $6$k6y3o.eP$JlKBx9za9667qe4xHSwRv6J groups G1\n  user bob insecure-password oak-leaf-7\nlisten stats\n  stats auth admin:rowan:19\n  # stats auth carol:elm-4\n',
      finds: [
        { line: 3, is: 'hash', account: 'alice', system: 'staff' },
        { line: 4, account: 'bob', system: 'staff' },
        { line: 6, account: 'admin' },
        { line: 7, account: 'carol', state: 'commented' },
      ],
    },
    {
      title: 'servers',
      path: 'haproxy.cfg',
      text: 'global\n  user haproxy\n  stats socket /run/haproxy/admin.sock mode 660\nbackend b\n  server s1 192.0.2.1:80 check\n',
      finds: [],
    },
  ],
})
