import { credentialFormat } from '../detector.ts'
import { secretOf } from '../dialects/secret-rules.ts'

export default credentialFormat({
  id: 'prosody-account',
  title: 'Accounts of Prosody with their passwords: `accounts/*.dat`',
  files: ['prosody/*/accounts/*.dat', 'accounts/*.dat'],
  begins: (head) => /^return \{[^]{0,2000}\["(?:password|stored_key|server_key)"\]/.test(head),
  whole: true,

  *read({ path, text }) {
    const [, host, name] = /(?:^|\/)([^/]{1,512})\/accounts\/([^/]{1,512})\.dat$/.exec(path) ?? []
    for (const match of text.matchAll(FIELD)) {
      const [whole, field = '', written = ''] = match
      yield secretOf(
        { text: written, at: match.index + whole.length - written.length - 1, length: written.length, quoted: true },
        {
          name: field,
          account: name === undefined ? undefined : decoded(name),
          system: host === undefined ? undefined : decoded(host),
          service: 'xmpp',
          ...(field === 'password' ? {} : { valueClass: 'hash', scheme: 'scram-sha-1' }),
        },
      )
    }
  },

  examples: [
    {
      title: 'a password as it is',
      path: '/var/lib/prosody/example%2eorg/accounts/alice.dat',
      text: 'return {\n\t["password"] = "oak-leaf-7";\n};\n',
      finds: [{ line: 2, account: 'alice', system: 'example.org' }],
    },
    {
      title: 'hashes',
      path: 'var/lib/prosody/example%2eorg/accounts/bob.dat',
      text: 'return {\n\t["iteration_count"] = 10000;\n\t["stored_key"] = "0123456789abcdef0123456789abcdef01234567";\n\t["salt"] = "f4c1b3a2-0000";\n\t["server_key"] = "89abcdef0123456789abcdef0123456701234567";\n};\n',
      finds: [
        { line: 3, is: 'hash', account: 'bob', system: 'example.org' },
        { line: 5, is: 'hash', account: 'bob', system: 'example.org' },
      ],
    },
    {
      title: 'an account without',
      path: 'var/lib/prosody/a/accounts/c.dat',
      text: 'return {\n\t["created"] = 1;\n};\n',
      finds: [],
    },
  ],
})

const FIELD = /\["(password|stored_key|server_key)"\][ \t]*=[ \t]*"((?:[^"\\\n]|\\.){1,1024})"/g

/** Letters other than those of names are written as `%` and two digits. */
const decoded = (text: string) =>
  text.replaceAll(/%([0-9a-f]{2})/gi, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
