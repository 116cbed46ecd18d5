import { credentialFormat } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { closing, quotedWord, type Word } from '../dialects/words.ts'
import { secretOf } from '../dialects/secret-rules.ts'

export default credentialFormat({
  id: 'freeradius-users',
  title: 'Accounts of FreeRADIUS with what they are checked against: `users`, `mods-config/files/authorize`',
  files: ['raddb/users', 'freeradius/users', 'freeradius/*/users', 'files/authorize', '*radius*users*'],
  announced: ['-password'],
  begins: (head) => ITEM.test(head) && /^[^\s#]+[ \t][^\n]{0,400}-Password[ \t]*:=/m.test(head),
  whole: true,

  *read({ text }) {
    let account: string | undefined
    for (const { text: line, at } of linesOf(text)) {
      const [, mark = '', name] = LINE.exec(line) ?? []
      // Lines that begin with a blank go on about the account above.
      if (name !== undefined) account = name === 'DEFAULT' ? undefined : name.replaceAll('"', '')
      for (const item of line.matchAll(ITEMS)) {
        const [whole, attribute = '', quote = ''] = item
        const from = item.index + whole.length - quote.length
        const word = valueAt(line, from)
        if (word === undefined) continue
        const scheme = SCHEMES[attribute.toLowerCase()]
        yield secretOf(
          { ...word, at: at + word.at },
          {
            name: attribute,
            commented: mark !== '',
            account,
            service: 'radius',
            ...(scheme === undefined ? {} : { valueClass: 'hash', scheme }),
          },
        )
      }
    }
  },

  examples: [
    {
      title: 'passwords as they are, and hashes of several kinds',
      path: 'etc/freeradius/3.0/mods-config/files/authorize',
      text: `#bob	Cleartext-Password := "hello"
#	Reply-Message := "Hello, %{User-Name}"
alice	Cleartext-Password := "oak-leaf-7"
	Service-Type = Framed-User
"John Doe"	NT-Password := 0x0123456789abcdef0123456789abcdef
carol	Auth-Type := Local, User-Password == rowan.19
DEFAULT	Framed-Protocol == PPP
	Framed-Protocol = PPP
`,
      finds: [
        { line: 1, account: 'bob', state: 'commented' },
        { line: 3, account: 'alice', name: 'Cleartext-Password' },
        { line: 5, is: 'hash', account: 'John Doe' },
        { line: 6, account: 'carol' },
      ],
    },
    {
      title: 'replies and what explains them',
      path: 'raddb/users',
      text: '# The Cleartext-Password attribute is used for all methods.\nDEFAULT Auth-Type = System\n\tFall-Through = 1\n',
      finds: [],
    },
  ],
})

const LINE = /^(#*)[ \t]{0,2}("[^"]{1,128}"|[^\s#"]{1,128})[ \t]/
const ITEMS =
  /\b((?:Cleartext|User|NT|LM|Crypt|MD5|SMD5|SHA1?|SHA2|SSHA|SSHA2|PBKDF2|Digest-HA1|CHAP)-?Password|Digest-HA1|Password-With-Header)[ \t]*(?::=|==|=|\+=)[ \t]*(["']?)(?=\S)/g
const ITEM = /-Password[ \t]*(?::=|==)/

const SCHEMES: Readonly<Record<string, string>> = {
  'nt-password': 'nt',
  'lm-password': 'lm',
  'md5-password': 'md5',
  'smd5-password': 'smd5',
  'sha-password': 'sha',
  'sha1-password': 'sha',
  'sha2-password': 'sha2',
  'ssha-password': 'ssha',
  'ssha2-password': 'ssha2',
  'crypt-password': 'crypt',
  'pbkdf2-password': 'pbkdf2',
  'digest-ha1': 'md5',
}

const valueAt = (line: string, at: number): Word | undefined => {
  if (line[at] === '"' || line[at] === "'") {
    const end = closing(line, at, line.length)
    return end < 0 ? undefined : quotedWord(line, at, end)
  }
  const text = /^[^\s,]*/.exec(line.slice(at))![0]
  return { text, at, length: text.length, quoted: false }
}
