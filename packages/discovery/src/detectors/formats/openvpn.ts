import { credentialFormat, type Sighting } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { sighting } from '../readers/sighting.ts'
import { wordsOf } from '../readers/words-of.ts'

export default credentialFormat({
  id: 'openvpn',
  title: 'Keys and logins of OpenVPN: written in its settings or in files that they name, static keys',
  files: [
    '*.ovpn',
    'openvpn/*.conf',
    'openvpn/*/*.conf',
    'openvpn/*.key',
    'openvpn/*/*.key',
    'openvpn/*auth*',
    'openvpn/*login*',
    'openvpn/*pass*',
    'openvpn/*cred*',
    'openvpn/*/*auth*',
    'openvpn/*/*pass*',
    'openvpn/*up',
  ],
  begins: (head) =>
    head.includes(STATIC_KEY) ||
    (/^[ \t]*(?:client|tls-client|remote[ \t]+\S+[^\n]*)\s*$/m.test(head) &&
      /^[ \t]*(?:dev[ \t]+(?:tun|tap)|auth-user-pass|<(?:ca|tls-auth|tls-crypt|auth-user-pass)>)/m.test(head)),
  whole: true,

  *read({ text }) {
    const system = /^[ \t]*remote[ \t]+([^\s"]{1,255})(?:[ \t]+(\d{1,5}))?/m.exec(text)
    const where = system === null ? undefined : `${system[1]}${system[2] === undefined ? '' : `:${system[2]}`}`
    if (!DIRECTIVE.test(text) && !text.includes(STATIC_KEY)) {
      yield* loginFile(text, 0, undefined)
      return
    }
    for (const match of text.matchAll(STATIC_BLOCK))
      yield sighting({
        at: match.index,
        length: match[0].length,
        secret: 'symmetric-key',
        valueClass: 'key',
        system: where,
        service: 'openvpn',
      })
    for (const match of text.matchAll(/^<auth-user-pass>[ \t]*\r?\n([^<]{1,2048})^<\/auth-user-pass>/gm))
      yield* loginFile(match[1]!, match.index + match[0].indexOf(match[1]!), where)
    for (const line of linesOf(text)) {
      const match =
        /^[ \t]*([#;][ \t]*)?(auth-user-pass|askpass|secret|tls-auth|tls-crypt|tls-crypt-v2|key|pkcs12|http-proxy-user-pass|http-proxy|socks-proxy|auth-gen-token-secret|management)[ \t]+(\S.*)$/.exec(
          line.text,
        )
      if (match === null) continue
      const [whole, comment, name = '', tail = ''] = match
      const words = wordsOf(tail.replace(/[ \t][#;].*$/, ''), line.at + whole.length - tail.length)
      const word = FILE_AT[name] === undefined ? undefined : words[FILE_AT[name]]
      if (word === undefined || /^(?:\[inline\]|stdin|auto|basic|ntlm|none)/.test(word.word)) continue
      if (comment !== undefined && words.length > FILE_AT[name]! + 2) continue
      yield sighting({
        ...word,
        value: word.word,
        secret: SECRETS[name] ?? 'password',
        valueClass: 'reference',
        name,
        system: name.includes('proxy') ? words[0]!.word : where,
        service: 'openvpn',
        commented: comment !== undefined,
        quoted: undefined,
      })
    }
  },

  examples: [
    {
      title: 'files of keys and logins',
      path: '/etc/openvpn/client/work.conf',
      text: 'client\ndev tun\nremote vpn.example.org 1194\nauth-user-pass /etc/openvpn/work.login\n;tls-auth ta.key 1\nkey "work key.pem"\n',
      finds: [
        {
          line: 4,
          name: 'auth-user-pass',
          is: 'reference',
          reference: '/etc/openvpn/work.login',
          system: 'vpn.example.org:1194',
          service: 'openvpn',
        },
        {
          line: 5,
          name: 'tls-auth',
          is: 'reference',
          reference: 'ta.key',
          system: 'vpn.example.org:1194',
          state: 'commented',
        },
        { line: 6, name: 'key', is: 'reference', reference: 'work key.pem', system: 'vpn.example.org:1194' },
      ],
    },
    {
      title: 'such a file: the account and its password on two lines',
      path: '/etc/openvpn/work-auth.txt',
      text: 'alice\noak leaf 7\n',
      finds: [{ line: 2, account: 'alice' }],
    },
    {
      title: 'a login and a static key among the settings',
      path: '/home/a/work.ovpn',
      text: `client
dev tun
remote vpn.example.org
<auth-user-pass>
bob
rowan-19
</auth-user-pass>
<tls-crypt>
-----BEGIN OpenVPN Static key V1-----
${'0123456789abcdef'.repeat(2)}
${'fedcba9876543210'.repeat(2)}
-----END OpenVPN Static key V1-----
</tls-crypt>
`,
      finds: [
        { line: 6, account: 'bob', system: 'vpn.example.org' },
        { line: 9, endLine: 12, is: 'key', secret: 'symmetric-key', system: 'vpn.example.org' },
      ],
    },
    {
      title: 'a login that is asked for',
      path: '/etc/openvpn/client.conf',
      text: 'client\nremote vpn.example.org\nauth-user-pass\nca ca.crt\n',
      finds: [],
    },
  ],
})

const STATIC_KEY = '-----BEGIN OpenVPN '
const STATIC_BLOCK =
  /-----BEGIN OpenVPN (?:Static key V1|tls-crypt-v2 (?:client|server) key)-----[^-]{32,8192}-----END/g
const DIRECTIVE = /^[ \t]*(?:client|server|dev|remote|proto|port|persist-key|ca|cert|ifconfig|<)/m

/** Which word behind the name is the file. */
const FILE_AT: Readonly<Record<string, number>> = {
  'auth-user-pass': 0,
  askpass: 0,
  secret: 0,
  'tls-auth': 0,
  'tls-crypt': 0,
  'tls-crypt-v2': 0,
  key: 0,
  pkcs12: 0,
  'http-proxy-user-pass': 0,
  'http-proxy': 2,
  'socks-proxy': 2,
  'auth-gen-token-secret': 0,
  management: 2,
}

const SECRETS: Readonly<Record<string, Sighting['secret']>> = {
  secret: 'symmetric-key',
  'tls-auth': 'symmetric-key',
  'tls-crypt': 'symmetric-key',
  'tls-crypt-v2': 'symmetric-key',
  'auth-gen-token-secret': 'symmetric-key',
  key: 'private-key',
  pkcs12: 'store',
}

/** Two lines, the account and its password; nothing else but blank lines behind them. */
function* loginFile(text: string, at: number, system: string | undefined): Generator<Sighting> {
  const match = /^(?!\s*[#<-])([^\s\0][^\r\n]{0,255})\r?\n([^\r\n]{1,256})(?:\r?\n\s*)?$/.exec(text)
  if (match === null || /[=(){};$]/.test(match[1]!)) return
  yield sighting({
    at: at + text.indexOf('\n') + 1,
    length: match[2]!.length,
    secret: 'password',
    account: match[1]!.trim(),
    system,
    service: 'openvpn',
  })
}
