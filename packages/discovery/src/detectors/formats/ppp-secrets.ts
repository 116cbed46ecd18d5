import { credentialFormat } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { secretOf } from '../dialects/secret-rules.ts'
import { wordsOf } from '../dialects/words.ts'

export default credentialFormat({
  id: 'ppp-secrets',
  title: 'Secrets of dial-in and tunnels: `chap-secrets`, `pap-secrets`, `l2tp-secrets` and accounts of PPTP and L2TP',
  files: [
    '*chap-secrets*',
    '*pap-secrets*',
    '*chapsecrets*',
    '*papsecrets*',
    '*srp-secrets*',
    '*l2tp-secrets*',
    'etc/ppp/*secrets*',
  ],
  whole: true,

  *read({ path, text }) {
    const l2tp = /l2tp-secrets/i.test(path)
    for (const { text: line, at } of linesOf(text)) {
      const mark = /^[ \t]*(#*)[ \t]*/.exec(line)!
      const words = wordsOf(line, mark[0].length, line.length, '#')
      const [client, server, secret] = words
      if (client === undefined || server === undefined || secret === undefined) continue
      const commented = mark[1] !== ''
      // Headings and sentences stand in comments too: what is meant as a line of secrets shows it by a sign.
      if (commented && (words.length > 6 || !words.some(({ text: word, quoted }) => quoted || ADDRESS.test(word))))
        continue
      if (secret.text === '*' || (commented && /^(?:client|us|secret)$/i.test(client.text))) continue
      yield secretOf(
        { ...secret, at: at + secret.at },
        {
          name: 'secret',
          secret: l2tp ? 'shared-secret' : 'password',
          commented,
          account: l2tp || client.text === '*' ? undefined : client.text,
          system: server.text === '*' ? undefined : server.text,
          service: l2tp ? 'l2tp' : 'ppp',
          // `@` in front of it names the file that the secret is read from.
          ...(secret.text.startsWith('@/') ? { valueClass: 'reference' } : {}),
        },
      )
    }
  },

  examples: [
    {
      title: 'client, server, secret and addresses',
      path: '/etc/ppp/chap-secrets',
      text: '# client\tserver\tsecret\t\t\tIP addresses\nalice * oak-leaf-7 *\n"EX\\\\bob" vpn1 "rowan 19" 10.0.0.2\n*\tprovider\t\'elm.4\'\n#carol * "birch-2" *\n',
      finds: [
        { line: 2, account: 'alice' },
        { line: 3, account: 'EX\\bob', system: 'vpn1' },
        { line: 4, system: 'provider' },
        { line: 5, account: 'carol', state: 'commented' },
      ],
    },
    {
      title: 'tunnels are opened by hosts, not by accounts',
      path: 'etc/xl2tpd/l2tp-secrets',
      text: '# Secrets for authenticating l2tp tunnels\n# us\tthem\tsecret\n# *\t\tmarko blah2\n*\t*\toak-leaf-7\n',
      finds: [
        { line: 3, system: 'marko', state: 'commented' },
        { line: 4, secret: 'shared-secret' },
      ],
    },
    {
      title: 'a secret that is in a file of its own, empty ones, and what describes the file',
      path: 'etc/ppp/pap-secrets',
      text: '#\n# /etc/ppp/pap-secrets\n# This is a pap-secrets file to be used with the AUTO_PPP function of mgetty.\n# INBOUND connections\n\n# Every regular user can use PPP and has to use passwords from /etc/passwd\n*\thostname\t""\t*\n# UserIDs that cannot use PPP at all. Check your /etc/passwd and add any\nguest\thostname\t"*"\t-\n',
      finds: [],
    },
    {
      title: 'no line has a secret',
      path: 'etc/ppp/chap-secrets',
      text: '# Secrets for authentication using CHAP\n# client\tserver\tsecret\t\t\tIP addresses\n',
      finds: [],
    },
  ],
})

const ADDRESS = /^(?:\*|-|!?\d{1,3}\.[\d./]+)$/
