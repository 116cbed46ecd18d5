import { credentialFormat } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { wordsOf } from '../dialects/words.ts'
import { secretOf } from '../dialects/secret-rules.ts'

export default credentialFormat({
  id: 'redis',
  title: 'Redis, Valkey and Sentinel: passwords of the server, of accounts and for other servers',
  files: [
    'redis*.conf',
    'redis/*.conf',
    'valkey*.conf',
    'valkey/*.conf',
    'sentinel*.conf',
    'keydb*.conf',
    'users.acl',
    '*redis*.acl',
    '*valkey*.acl',
    'kvrocks*.conf',
  ],
  whole: true,

  *read({ text }) {
    let master: string | undefined
    for (const { text: line, at } of linesOf(text)) {
      const mark = /^[ \t]*(?:#+[ \t]*)?/.exec(line)![0].length
      const words = wordsOf(line, mark, line.length)
      const commented = line.slice(0, mark).includes('#')
      const name = words[0]?.text.toLowerCase()
      const [, first, second, third] = words
      if (name === undefined || first === undefined) continue
      const moved = (word: typeof first) => ({ ...word, at: at + word.at })
      const facts = { name, commented, service: 'redis' }
      if (name === 'replicaof' || name === 'slaveof')
        master ??= commented ? undefined : `${first.text}:${second?.text ?? '6379'}`
      else if (PASSWORDS.has(name) && words.length === 2)
        yield secretOf(moved(first), { ...facts, ...(name === 'masterauth' ? { system: master } : {}) })
      else if (name === 'sentinel' && third !== undefined && words.length === 4 && first.text === 'auth-pass')
        yield secretOf(moved(third), { ...facts, name: 'sentinel.auth-pass', system: second!.text })
      else if (name === 'sentinel' && first.text === 'sentinel-pass' && words.length === 3)
        yield secretOf(moved(second!), { ...facts, name: 'sentinel.sentinel-pass' })
      else if (name === 'user' && second !== undefined)
        for (const rule of words.slice(2)) {
          const kind = rule.text[0]
          const word = { ...rule, text: rule.text.slice(1), at: at + rule.at + 1, length: rule.length - 1 }
          if (rule.text.length < 2 || (commented && words.length > 24)) continue
          if (kind === '>') yield secretOf(word, { ...facts, account: first.text })
          else if (kind === '#' && /^[0-9a-f]{64}$/i.test(word.text))
            yield secretOf(word, { ...facts, account: first.text, valueClass: 'hash', scheme: 'sha256' })
          else if (rule.text === 'nopass' && !commented)
            yield secretOf({ ...rule, at: at + rule.at }, { ...facts, account: first.text, valueClass: 'empty' })
        }
    }
  },

  examples: [
    {
      title: 'the password of the server, and that of the one it copies',
      path: '/etc/redis/redis.conf',
      text: '# requirepass foobared\nrequirepass oak-leaf-7\nreplicaof 192.0.2.1 6379\nmasterauth "rowan 19"\nmasteruser copy\n#\n# requirepass is a compatibility layer on top of the new ACL system\n',
      finds: [{ line: 1, state: 'commented' }, { line: 2 }, { line: 4, system: '192.0.2.1:6379' }],
    },
    {
      title: 'accounts with passwords and hashes',
      path: 'etc/redis/users.acl',
      text: `user alice on >oak-leaf-7 ~app:* +@all\nuser bob on #${'0123456789abcdef'.repeat(4)} ~* &* +@all\nuser default on nopass ~* +@all\n`,
      finds: [
        { line: 1, account: 'alice' },
        { line: 2, is: 'hash', account: 'bob' },
        { line: 3, is: 'empty', account: 'default' },
      ],
    },
    {
      title: 'what Sentinel watches',
      path: 'sentinel.conf',
      text: 'sentinel monitor mymaster 127.0.0.1 6379 2\nsentinel auth-pass mymaster oak-leaf-7\n# sentinel auth-pass <master-name> <password>\n',
      finds: [
        { line: 2, system: 'mymaster' },
        { line: 3, is: 'placeholder', system: '<master-name>', state: 'commented' },
      ],
    },
    {
      title: 'without any',
      path: 'redis.conf',
      text: 'protected-mode yes\naclfile /etc/redis/users.acl\n# ACL LOG\n# user worker +@list +@connection ~jobs:*\n',
      finds: [],
    },
  ],
})

const PASSWORDS = new Set(['requirepass', 'masterauth', 'primaryauth', 'tls-key-file-pass', 'tls-client-key-file-pass'])
