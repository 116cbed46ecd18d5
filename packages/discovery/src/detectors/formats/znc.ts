import { credentialFormat } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { secretOf } from '../dialects/secret-rules.ts'

export default credentialFormat({
  id: 'znc',
  title: 'ZNC: accounts with their hashes, logins to networks',
  files: ['znc.conf', 'znc/*/*.conf', 'configs/znc.conf*'],
  announced: ['<user '],
  begins: (head) => /^[ \t]*<User [^>\n]{1,64}>/m.test(head) && /\bPass\b/.test(head),
  whole: true,

  *read({ text }) {
    let account: string | undefined
    let method: string | undefined
    for (const { text: line, at } of linesOf(text)) {
      const user = /^[ \t]*<User ([^>]{1,64})>/.exec(line)
      if (user !== null) account = user[1]
      method = /^[ \t]*Method[ \t]*=[ \t]*(\w{1,20})/i.exec(line)?.[1]?.toLowerCase() ?? method
      const hash = /^[ \t]*(?:Hash|Pass)[ \t]*=[ \t]*(\S{1,512})/i.exec(line)
      const server = /^[ \t]*Server[ \t]*=[ \t]*(\S{1,255})[ \t]+\+?(\d{1,5})[ \t]+(\S{1,512})/i.exec(line)
      const found = hash?.[1] ?? server?.[3]
      if (found === undefined) continue
      const plain = found.startsWith('plain#') ? 6 : 0
      yield secretOf(
        {
          text: found.slice(plain),
          at: at + line.lastIndexOf(found) + plain,
          length: found.length - plain,
          quoted: false,
        },
        server === null
          ? {
              name: 'pass',
              account,
              service: 'irc',
              ...(plain > 0 || method === 'plain'
                ? {}
                : {
                    valueClass: 'hash',
                    scheme: method ?? /^(md5|sha256|sha512|argon2id)#/i.exec(found)?.[1] ?? 'sha256',
                  }),
            }
          : { name: 'server', system: `${server[1]}:${server[2]}`, service: 'irc' },
      )
    }
  },

  examples: [
    {
      title: 'accounts and networks',
      path: '/var/lib/znc/configs/znc.conf',
      text: '<User alice>\n\tAdmin = true\n\t<Pass password>\n\t\tHash = 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n\t\tMethod = SHA256\n\t\tSalt = abcdefghijklmnopqrst\n\t</Pass>\n\t<Network n>\n\t\tServer = irc.example.org +6697 oak-leaf-7\n\t</Network>\n</User>\n<User bob>\n\tPass = md5#0123456789abcdef0123456789abcdef#rowan#\n</User>\n',
      finds: [
        { line: 4, is: 'hash', account: 'alice' },
        { line: 9, system: 'irc.example.org:6697' },
        { line: 13, account: 'bob', is: 'hash' },
      ],
    },
    {
      title: 'listeners',
      path: 'znc.conf',
      text: 'Version = 1.8.2\n<Listener l>\n\tPort = 6667\n</Listener>\n',
      finds: [],
    },
  ],
})
