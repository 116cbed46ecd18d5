import { credentialFormat } from '../detector.ts'
import { secretOf } from '../dialects/secret-rules.ts'

export default credentialFormat({
  id: 'cluster-authkeys',
  title: 'What the members of a Heartbeat cluster know each other by: `authkeys`',
  files: ['ha.d/authkeys', 'heartbeat/authkeys', 'authkeys'],
  whole: true,

  *read({ text }) {
    for (const match of text.matchAll(LINE)) {
      const [whole, mark, key = ''] = match
      yield secretOf(
        { text: key, at: match.index + whole.length - key.length, length: key.length, quoted: false },
        { name: 'authkey', secret: 'shared-secret', commented: mark !== undefined, service: 'heartbeat' },
      )
    }
  },

  examples: [
    {
      title: 'keys by number',
      path: '/etc/ha.d/authkeys',
      text: 'auth 1\n1 sha1 oak-leaf-7\n#3 md5 rowan.19\n2 crc\n',
      finds: [
        { line: 2, secret: 'shared-secret' },
        { line: 3, state: 'commented' },
      ],
    },
    { title: 'without a key', path: 'etc/ha.d/authkeys', text: 'auth 2\n2 crc\n', finds: [] },
  ],
})

const LINE = /^(?:(#)[ \t]{0,8})?\d{1,3}[ \t]{1,20}(?:sha1|md5|sha256)[ \t]{1,20}(\S{1,512})/gm
