import { credentialFormat } from '../detector.ts'
import { closing } from '../dialects/words.ts'
import { linesOf } from '../readers/lines-of.ts'
import { secretOf } from '../dialects/secret-rules.ts'

export default credentialFormat({
  id: 'ipsec-secrets',
  title: 'Secrets of IPsec: `ipsec.secrets` of strongSwan and Libreswan',
  files: ['*ipsec*.secrets', 'ipsec.d/*.secrets', 'swan*.secrets', 'strongswan.secrets'],
  announced: ['psk ', 'psk\t', 'xauth ', 'xauth\t', 'eap ', 'eap\t'],
  begins: (head) => LINE_OF_ONE.test(head),
  whole: true,

  *read({ text }) {
    for (const { text: line, at } of linesOf(text)) {
      const match = SECRET.exec(line)
      if (match === null) continue
      const [, mark = '', selectors = ''] = /^[ \t]*(#*)[ \t]*([^]*)$/.exec(line.slice(0, Math.min(match.index, 600)))!
      if (selectors.includes('#') || match.index >= 600) continue
      const kind = match[1]!.toUpperCase()
      const commented = mark !== ''
      const [first = '', second] = selectors.trim().split(/\s+/)
      const names = selectors.trim() === '' ? [] : [first, ...(second === undefined ? [] : [second])]
      let from = match.index + match[0].length
      let name = kind.toLowerCase()
      if (FILED.has(kind)) {
        // The file of a key, then the phrase that opens it.
        const file = /^(?:"[^"]{0,255}"|\S{1,255})[ \t]*/.exec(line.slice(from))
        if (file === null) continue
        names.unshift(file[0].trim().replaceAll('"', ''))
        from += file[0].length
        name = `${name}.passphrase`
        if (line.startsWith('%prompt', from)) continue
      }
      const quote = line[from]
      const end = quote === '"' || quote === "'" ? closing(line, from, line.length) : -1
      const at_ = end < 0 ? from : from + 1
      const written = end < 0 ? (/^[^\s#{]*/.exec(line.slice(from))?.[0] ?? '') : line.slice(from + 1, end)
      if (written === '' || (commented && end < 0 && !/^0[sx]/.test(written))) continue
      const person = kind === 'XAUTH' || kind === 'EAP' || kind === 'NTLM'
      const plain = names.filter((one) => !one.startsWith('%any') && one !== '0.0.0.0' && one !== '::')
      yield secretOf(
        { text: written, at: at + at_, length: written.length, quoted: end >= 0 },
        {
          name,
          secret: kind === 'PSK' || kind === 'PPK' ? 'shared-secret' : 'password',
          commented,
          service: 'ipsec',
          ...(person
            ? { account: plain.at(-1)?.replace(/^@/, '') }
            : { system: plain.length === 0 ? undefined : plain.slice(0, 2).join(' ') }),
          ...(kind === 'NTLM' ? { valueClass: 'hash', scheme: 'nt' } : {}),
        },
      )
    }
  },

  examples: [
    {
      title: 'secrets that are shared with others, and those of accounts',
      path: '/etc/ipsec.secrets',
      text: `# This file holds shared secrets or RSA private keys for authentication.
: PSK "oak-leaf-7"
192.0.2.1 @gw.example.org : PSK 'rowan 19'
%any 198.51.100.7: PSK 0sFpZAZqEN6Ti9sqt4ZP5EWcqx
alice : EAP "elm-4"
@gateway bob : XAUTH birch.2
: RSA server.key "hazel-5"
#carol %any : EAP "alder"
include /etc/ipsec.d/*.secrets
`,
      finds: [
        { line: 2, secret: 'shared-secret' },
        { line: 3, system: '192.0.2.1 @gw.example.org' },
        { line: 4, system: '198.51.100.7' },
        { line: 5, account: 'alice' },
        { line: 6, account: 'bob' },
        { line: 7, system: 'server.key', name: 'rsa.passphrase' },
        { line: 8, account: 'carol', state: 'commented' },
      ],
    },
    {
      title: 'keys in files that nothing locks',
      path: 'etc/ipsec.secrets',
      text: '# RSA private key for this host, authenticating it to any other host\n: RSA moonKey.pem\n: ECDSA server.pem %prompt\n: PIN %smartcard:50 %prompt\ninclude /var/lib/strongswan/ipsec.secrets.inc\n',
      finds: [],
    },
  ],
})

const SECRET = /:[ \t]*(PSK|PPK|RSA|ECDSA|BLISS|PKCS8|P12|PIN|EAP|XAUTH|NTLM)[ \t]+/i
const LINE_OF_ONE = /^[^#\n:]{0,200}:[ \t]*(?:PSK|XAUTH|EAP)[ \t]+(?:"|'|0[sx])/m
const FILED = new Set(['RSA', 'ECDSA', 'BLISS', 'PKCS8', 'P12', 'PIN'])
