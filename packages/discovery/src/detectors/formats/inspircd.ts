import { credentialFormat } from '../detector.ts'
import { secretOf, type SecretFacts } from '../dialects/secret-rules.ts'

export default credentialFormat({
  id: 'inspircd',
  title: 'InspIRCd: operators, links, databases and what connecting takes',
  files: ['inspircd*.conf', 'inspircd/*.conf', 'inspircd/*/*.conf'],
  announced: ['<oper', '<link', '<power', '<connect'],
  begins: (head) => /^[ \t]*<(?:oper|link|power|connect)[ \t\r\n][^>]{0,800}(?:password|sendpass|diepass)=/m.test(head),
  whole: true,

  *read({ text }) {
    for (const tag of tagsIn(text)) {
      const { attributes, commented, name } = tag
      const value = (key: string) => attributes.find((one) => one.key === key)?.value
      const hashed = value('hash')
      for (const attribute of attributes) {
        const { key, value: written, at } = attribute
        if (!SECRETS.has(key) || written === '' || (key === 'key' && name !== 'cloak')) continue
        const link = key === 'sendpass' || key === 'recvpass' || key === 'key'
        const facts: SecretFacts = {
          name: `${name}.${key}`,
          secret: link ? 'shared-secret' : 'password',
          commented,
          account:
            name === 'connect' ? undefined : (value('user') ?? value('username') ?? (link ? undefined : value('name'))),
          system: link ? (value('name') ?? value('ipaddr')) : (value('host') ?? value('hostname')),
          service: 'irc',
        }
        const hash = key === 'password' && hashed !== undefined && hashed !== 'plaintext'
        yield secretOf(
          { text: written, at, length: written.length, quoted: true },
          hash ? { ...facts, valueClass: 'hash', scheme: hashed } : facts,
        )
      }
    }
  },

  examples: [
    {
      title: 'operators and links over several lines',
      path: '/etc/inspircd/inspircd.conf',
      text: `<power hash="" diepass="oak-leaf-7" restartpass="">
<oper name="alice"
      hash="bcrypt"
      password="$2a$10$abcdefghijklmnopqrstuv0123456789abcdefghijklmnopqrstu"
      host="*@localhost"
      type="NetAdmin">
<link name="hub.example.org"
      ipaddr="192.0.2.3"
      sendpass="rowan 19"
      recvpass="elm-4">
#<oper name="bob" password="birch">
<connect allow="*" timeout="60">
`,
      finds: [
        { line: 1, name: 'power.diepass' },
        { line: 4, is: 'hash', account: 'alice', system: '*@localhost' },
        { line: 9, system: 'hub.example.org' },
        { line: 10, system: 'hub.example.org' },
        { line: 11, account: 'bob', state: 'commented' },
      ],
    },
    {
      title: 'modules',
      path: 'inspircd/modules.conf',
      text: '<module name="m_md5.so">\n# <password> is hashed\n<admin name="a" nick="b" email="c@example.org">\n',
      finds: [],
    },
  ],
})

const SECRETS = new Set([
  'password',
  'pass',
  'diepass',
  'restartpass',
  'sendpass',
  'recvpass',
  'bindauth',
  'key',
  'keypass',
])

interface Tag {
  readonly name: string
  readonly commented: boolean
  readonly attributes: { readonly key: string; readonly value: string; readonly at: number }[]
}

/** Tags with what stands in them; a tag in a comment begins and ends in its line. */
function* tagsIn(text: string): Iterable<Tag> {
  let tag: Tag | undefined
  for (const match of text.matchAll(PART)) {
    const [whole, mark = '', name, key, value = ''] = match
    if (name !== undefined) {
      if (tag !== undefined) yield tag
      tag = { name: name.toLowerCase(), commented: mark !== '', attributes: [] }
    } else if (key !== undefined && tag !== undefined && tag.attributes.length < 100)
      tag.attributes.push({ key: key.toLowerCase(), value, at: match.index + whole.length - value.length - 1 })
  }
  if (tag !== undefined) yield tag
}

const PART = /(?<![^\n])[ \t]*(?:(#+)[ \t]*)?<(\w{1,40})|([\w-]{1,40})[ \t]*=[ \t]*"([^"]{0,1024})"/g
