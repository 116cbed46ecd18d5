import { credentialFormat, type Sighting } from '../detector.ts'
import { linesOf, type Line } from '../readers/lines-of.ts'
import { secretOf } from '../dialects/secret-rules.ts'

export default credentialFormat({
  id: 'openvpn',
  title: 'Logins of OpenVPN: name and password in a file of two lines, or within the configuration',
  files: [
    '*.ovpn',
    'openvpn/*.conf',
    'openvpn/*/*.conf',
    'openvpn/*auth*',
    'openvpn/*/*auth*',
    'openvpn/*pass*',
    'openvpn/*/*pass*',
    'openvpn/*cred*',
    'openvpn/*/*cred*',
    'openvpn/*login*',
    'openvpn/*/*login*',
  ],

  *read({ path, text }) {
    const configuration = /\.(?:ovpn|conf)(?:[.~-][^/]*)?$/i.test(path)
    const lines = linesOf(text)
    let remote: string | undefined
    if (!configuration) {
      yield* twoLines([...firstOf(lines)], undefined)
      return
    }
    let inside: Line[] | undefined
    for (const line of lines) {
      const words = line.text.trim().split(/\s+/, 3)
      if (words[0] === 'remote') remote ??= words[1]
      if (/^<(?:auth-user-pass|http-proxy-user-pass)>$/.test(line.text.trim())) inside = []
      else if (line.text.trimStart().startsWith('</') && inside !== undefined) {
        yield* twoLines(inside, remote)
        inside = undefined
      } else if (inside !== undefined) {
        if (inside.length < 4) inside.push(line)
      } else if (REFERS.has(words[0]!) && words[1] !== undefined && !/^[#;]/.test(words[1])) {
        const file = words[1]
        const at = line.at + line.text.indexOf(file)
        yield secretOf(
          { text: file, at, length: file.length, quoted: false },
          { name: words[0], system: remote, service: 'openvpn', valueClass: 'reference' },
        )
      }
    }
  },

  examples: [
    {
      title: 'a name and a password',
      path: '/etc/openvpn/client/auth.txt',
      text: 'alice\noak-leaf-7\n',
      finds: [{ line: 2, account: 'alice' }],
    },
    {
      title: 'within the configuration',
      path: 'home/a/office.ovpn',
      text: 'client\nremote vpn.example.org 1194\n<auth-user-pass>\nalice\nrowan 19\n</auth-user-pass>\n',
      finds: [{ line: 5, account: 'alice', system: 'vpn.example.org' }],
    },
    {
      title: 'where they are taken from',
      path: 'etc/openvpn/client.conf',
      text: 'remote vpn.example.org\nauth-user-pass /etc/openvpn/login.txt\naskpass pass.txt\n;auth-user-pass other\n',
      finds: [
        { line: 2, is: 'reference', system: 'vpn.example.org', reference: '/etc/openvpn/login.txt' },
        { line: 3, is: 'reference', system: 'vpn.example.org', reference: 'pass.txt' },
      ],
    },
    { title: 'asked for', path: 'etc/openvpn/client.conf', text: 'auth-user-pass\nremote x\nca ca.crt\n', finds: [] },
    { title: 'a script of this name', path: 'etc/openvpn/auth.sh', text: '#!/bin/sh\nexit 0\n', finds: [] },
  ],
})

const REFERS = new Set(['auth-user-pass', 'askpass', 'http-proxy-user-pass', 'management-client-auth-file'])

function* firstOf(lines: Iterable<Line>): Iterable<Line> {
  let left = 4
  for (const line of lines) {
    yield line
    if (--left === 0) return
  }
}

function* twoLines(lines: readonly Line[], system: string | undefined): Iterable<Sighting> {
  const [name, password, ...rest] = lines
  const account = name?.text.trim()
  if (account === undefined || password === undefined || rest.some(({ text }) => text.trim() !== '')) return
  const written = password.text.trimEnd()
  if (!/^[^\s#<=]{1,255}$/.test(account) || account.startsWith('-----') || written === '') return
  yield secretOf(
    { text: written, at: password.at, length: written.length, quoted: false },
    { name: 'password', account, system, service: 'openvpn' },
  )
}
