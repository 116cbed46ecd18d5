import { credentialFormat } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { secretOf } from '../dialects/secret-rules.ts'
import { wordsOf } from '../dialects/words.ts'

export default credentialFormat({
  id: 'squid',
  title: 'Squid: the password of its manager, logins to other caches and directories',
  files: ['squid*.conf', 'squid/*.conf', 'squid/*/*.conf', 'squid3/*.conf', 'tinyproxy*.conf'],
  whole: true,

  *read({ text }) {
    for (const { text: line, at } of linesOf(text)) {
      const mark = /^[ \t]*(?:#+[ \t]*)?/.exec(line)![0].length
      const commented = line.slice(0, mark).includes('#')
      const words = wordsOf(line, mark, line.length, '#').map((word) => ({ ...word, at: at + word.at }))
      const [first, second] = words
      if (first === undefined || second === undefined) continue
      const facts = { commented, name: first.text.toLowerCase() }
      if (facts.name === 'cachemgr_passwd') {
        if (
          words.length >= 3 &&
          second.text !== 'none' &&
          second.text !== 'disable' &&
          (!commented || words.length < 6)
        )
          yield secretOf(second, { ...facts, service: 'squid' })
      } else if (facts.name === 'cache_peer' || facts.name === 'basicauth') {
        const login = /^login=([^:@*]{1,128}):(.{1,512})$/.exec(
          words.find(({ text: word }) => word.startsWith('login='))?.text ?? '',
        )
        const word = words.find(({ text: one }) => one.startsWith('login='))
        if (facts.name === 'basicauth') {
          if (words.length === 3) yield secretOf(words[2]!, { ...facts, account: second.text, service: 'http' })
        } else if (login !== null && word !== undefined)
          yield secretOf(
            { text: login[2]!, at: word.at + word.length - login[2]!.length, length: login[2]!.length, quoted: false },
            { ...facts, name: 'cache_peer login', account: login[1], system: second.text, service: 'http' },
          )
      } else if (facts.name === 'auth_param' || facts.name === 'external_acl_type') {
        const option = (name: string) => words[words.findIndex(({ text: word }) => word === name) + 1]
        if (words.some(({ text: word }) => word === '-w')) {
          const password = option('-w')!
          yield secretOf(password, {
            ...facts,
            account: words.some(({ text: word }) => word === '-D') ? option('-D')?.text : undefined,
            system: words.some(({ text: word }) => word === '-h') ? option('-h')?.text : undefined,
            service: 'ldap',
          })
        }
      }
    }
  },

  examples: [
    {
      title: 'other caches and directories',
      path: '/etc/squid/squid.conf',
      text: 'cachemgr_passwd oak-leaf-7 shutdown\n# cachemgr_passwd secret shutdown\ncache_peer proxy.example.org parent 3128 0 no-query login=alice:rowan:19\nauth_param basic program /usr/lib/squid/basic_ldap_auth -D cn=proxy,dc=example -w elm-4 -h ldap.example.org\n',
      finds: [
        { line: 1 },
        { line: 2, state: 'commented' },
        { line: 3, account: 'alice', system: 'proxy.example.org' },
        { line: 4, account: 'cn=proxy,dc=example', system: 'ldap.example.org' },
      ],
    },
    {
      title: 'what passes logins on',
      path: 'squid.conf',
      text: 'cache_peer p parent 3128 0 login=PASS\ncachemgr_passwd none all\nauth_param basic program /usr/lib/squid/basic_ncsa_auth /etc/squid/passwd\n# TAG: cachemgr_passwd\n# Usage: cachemgr_passwd password action action ...\n',
      finds: [],
    },
  ],
})
