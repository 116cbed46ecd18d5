import { credentialFormat } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { sighting } from '../readers/sighting.ts'

export default credentialFormat({
  id: 'pgpass',
  title: 'Logins of PostgreSQL clients: `.pgpass`',
  files: ['.pgpass', '*.pgpass', 'pgpass.conf', 'pgpass'],
  whole: true,

  *read({ text }) {
    for (const line of linesOf(text)) {
      const commented = /^[ \t]*#[ \t]*/.exec(line.text)
      const from = commented?.[0].length ?? 0
      const fields = FIELDS.exec(line.text.slice(from))
      if (fields === null) continue
      const [before = '', host = '', port = '', , user = ''] = fields
      // Prose after `#` may hold colons as well; a line that was a login has a port.
      if (commented !== null && !/^(?:\d{1,5}|\*)$/.test(port)) continue
      const at = line.at + from + before.length
      const written = line.text.slice(from + before.length)
      if (commented !== null && /[ \t]/.test(written)) continue
      const system = host === '*' ? undefined : `${plain(host)}${/^\d+$/.test(port) ? `:${port}` : ''}`
      yield sighting({
        at,
        length: written.length,
        value: plain(written),
        secret: 'password',
        name: 'password',
        account: user === '*' ? undefined : plain(user),
        system,
        service: 'postgresql',
        commented: commented !== null,
      })
    }
  },

  examples: [
    {
      title: 'host, port, database, user, password; the last goes to the end of its line, backslashes taken away',
      path: '/root/.pgpass',
      text: String.raw`db1.example.org:5432:shop:alice:oak-leaf-7
*:*:*:postgres:rowan\:19\\x:y
`,
      finds: [
        { line: 1, account: 'alice', system: 'db1.example.org:5432', service: 'postgresql' },
        { line: 2, account: 'postgres' },
      ],
    },
    {
      title: 'a login behind `#` is a comment, prose is nothing',
      path: '/var/lib/postgresql/.pgpass',
      text: '# hostname:port:database:username:password\n#old:5432:*:bob:birch-12\n',
      finds: [{ line: 2, account: 'bob', system: 'old:5432', state: 'commented' }],
    },
    {
      title: 'lines of fewer fields are none',
      path: '/root/.pgpass',
      text: 'localhost:5432:db:user\n\n:\n',
      finds: [],
    },
  ],
})

const FIELD = String.raw`((?:[^:\\]|\\.){1,1024}):`
const FIELDS = new RegExp(`^${FIELD}${FIELD}${FIELD}${FIELD}(?=.)`)

const plain = (field: string) => field.replaceAll(/\\(.)/g, '$1')
