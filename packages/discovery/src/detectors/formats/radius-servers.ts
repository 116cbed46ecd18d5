import { credentialFormat } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { wordsOf } from '../dialects/words.ts'
import { secretOf } from '../dialects/secret-rules.ts'

export default credentialFormat({
  id: 'radius-servers',
  title:
    'RADIUS servers that programs ask, with the secret they share: `pam_radius_auth.conf`, `radius.conf`, `radiusclient/servers`',
  files: [
    'pam_radius_auth*.conf',
    'pam_radius*.conf',
    'raddb/server',
    'radiusclient*/servers',
    'radcli/servers',
    'radius/servers',
    'radius.conf',
  ],
  whole: true,

  *read({ text }) {
    for (const { text: line, at } of linesOf(text)) {
      const mark = /^[ \t]*(?:#+[ \t]*)?/.exec(line)![0].length
      const commented = line.slice(0, mark).includes('#')
      const words = wordsOf(line, mark, line.length, '#')
      // libradius has the kind of server in front.
      const kind = /^(?:auth|acct)$/.test(words[0]?.text ?? '') ? 1 : 0
      const server = words[kind]
      const secret = words[kind + 1]
      if (server === undefined || secret === undefined || !SERVER.test(server.text)) continue
      const rest = words.slice(kind + 2)
      if (
        commented
          ? !/[\d.[]/.test(server.text) || rest.some(({ text: word }) => !/^[\d.:/]+$/.test(word))
          : rest.length > 4
      )
        continue
      yield secretOf(
        { ...secret, at: at + secret.at },
        { name: 'secret', secret: 'shared-secret', commented, system: server.text, service: 'radius' },
      )
    }
  },

  examples: [
    {
      title: 'servers with ports and addresses',
      path: '/etc/pam_radius_auth.conf',
      text: '# server[:port]	shared_secret      timeout (s)  source_ip\n127.0.0.1	oak-leaf-7             3\nradius.example.org:1812 rowan.19 3\n[2001:0db8:85a3::4]:1812 elm-4 3\n#other-server.example    birch-2           5\n',
      finds: [
        { line: 2, system: '127.0.0.1', secret: 'shared-secret' },
        { line: 3, system: 'radius.example.org:1812' },
        { line: 4, system: '[2001:0db8:85a3::4]:1812' },
        { line: 5, system: 'other-server.example', state: 'commented' },
      ],
    },
    {
      title: 'comments alone',
      path: 'pam_radius_auth.conf',
      text: '#  pam_radius_auth configuration file.  Copy to: /etc/raddb/server\n#  The timeout field controls how many seconds\n#require_message_authenticator\n',
      finds: [],
    },
  ],
})

const SERVER =
  /^(?:\[[\da-fA-F:.]{2,45}\]|[A-Za-z0-9_.-]{1,255}|[\da-fA-F:]{3,45})(?::[\w-]{1,20})?(?:\/[\w.:-]{1,255})?$/
