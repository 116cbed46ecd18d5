import { credentialFormat } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { pairsIn } from '../dialects/pairs.ts'
import { secretOf } from '../dialects/secret-rules.ts'

export default credentialFormat({
  id: 'dynamic-dns',
  title: 'Logins with which a host has its name set: ddclient, inadyn, ez-ipupdate',
  files: [
    'ddclient*.conf',
    'ddclient/*',
    'inadyn*.conf',
    'inadyn/*.conf',
    'ez-ipupdate*.conf',
    'ez-ipupdate/*',
    'ddns-updater/*.conf',
  ],
  whole: true,

  *read({ text }) {
    const lines = Array.from(linesOf(text))
    let account: string | undefined
    let system: string | undefined
    for (const [index, { text: line, at }] of lines.entries()) {
      const mark = /^[ \t]*(?:#+[ \t]*)?/.exec(line)![0].length
      const commented = line.slice(0, mark).includes('#')
      const heading = /^(?:system|provider|custom)[ \t]+"?([\w.@:-]{1,100})/.exec(line.slice(mark))
      if (heading !== null) {
        system = heading[1]
        account = undefined
      }
      const pairs = pairsIn(line, mark, line.length, ', \t;')
      const old =
        /^(?:username|password)[ \t]+(?!=)/.test(line.slice(mark)) && !commented ? blank(line, mark) : undefined
      const value = (...names: string[]) =>
        names
          .map((name) => pairs.get(name) ?? (old?.name === name ? old.word : undefined))
          .find((word) => word !== undefined)
      if (pairs.size > 0 && !/\\[ \t]*$/.test(lines[index - 1]?.text ?? '')) {
        if (value('protocol') !== undefined) account = undefined
      }
      account = value('login', 'username', 'email')?.text ?? account
      system = value('server', 'service', 'service-type')?.text ?? system
      const user = value('user')
      if (user !== undefined) {
        const colon = user.text.indexOf(':')
        if (colon > 0)
          yield secretOf(
            {
              text: user.text.slice(colon + 1),
              at: at + user.at + colon + 1,
              length: user.length - colon - 1,
              quoted: user.quoted,
            },
            { name: 'user', commented, account: user.text.slice(0, colon), system, service: 'dynamic-dns' },
          )
        else account = user.text
      }
      const password = value('password', 'apikey', 'token')
      if (password !== undefined && password.text !== '')
        yield secretOf(
          { ...password, at: at + password.at },
          { name: 'password', commented, account: account ?? after(lines, index), system, service: 'dynamic-dns' },
        )
    }
  },

  examples: [
    {
      title: 'ddclient, on one line or several',
      path: '/etc/ddclient.conf',
      text: "protocol=dyndns2\nserver=members.example.org\nlogin=alice\npassword='oak leaf, 7'\nmyhost.example.org\n# login=bob, password=rowan.19 \\\nprotocol=noip, login=carol, password=elm-4 other.example.org\n",
      finds: [
        { line: 4, account: 'alice', system: 'members.example.org' },
        { line: 6, account: 'bob', system: 'members.example.org', state: 'commented' },
        { line: 7, account: 'carol', system: 'members.example.org' },
      ],
    },
    {
      title: 'inadyn',
      path: 'etc/inadyn.conf',
      text: 'period = 300\nprovider default@no-ip.com {\n    username    = alice\n    password    = oak-leaf-7\n    hostname    = my.example.org\n}\n',
      finds: [{ line: 4, account: 'alice', system: 'default@no-ip.com' }],
    },
    {
      title: 'ez-ipupdate',
      path: 'etc/ez-ipupdate/default.conf',
      text: 'service-type=dyndns\nuser=alice:oak-leaf-7\n',
      finds: [{ line: 2, account: 'alice', system: 'dyndns' }],
    },
    {
      title: 'without a login',
      path: 'etc/ddclient.conf',
      text: 'daemon=300\nuse=web\nssl=yes\n# password: see the manual\n',
      finds: [],
    },
  ],
})

const blank = (line: string, from: number) => {
  const match = /^(username|password)[ \t]+(["']?)([^\s"';]{1,255})\2/.exec(line.slice(from))
  if (match === null) return undefined
  const text = match[3]!
  return {
    name: match[1]!,
    word: {
      text,
      at: from + match[0].length - text.length - match[2]!.length,
      length: text.length,
      quoted: match[2] !== '',
    },
  }
}

/** The name may follow its password. */
const after = (lines: readonly { readonly text: string }[], index: number): string | undefined => {
  for (const { text } of lines.slice(index + 1, index + 3)) {
    const match = /^[ \t]*(?:login|username|user)[ \t]*=[ \t]*["']?([^\s"',]{1,128})/.exec(text)
    if (match !== null) return match[1]
  }
  return undefined
}
