import { credentialFormat } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { secretOf } from '../dialects/secret-rules.ts'

export default credentialFormat({
  id: 'mysql-replica',
  title: 'Where a copy of MySQL or MariaDB logs in: `master.info`',
  files: ['master.info', 'master-*.info'],
  whole: true,

  *read({ text }) {
    const lines = []
    for (const line of linesOf(text)) {
      lines.push(line)
      if (lines.length === 8) break
    }
    // A first line of digits alone tells how many lines follow; older servers begin with the name of the log.
    const first = /^\d{1,3}$/.test(lines[0]?.text ?? '') ? 1 : 0
    const [, , host, user, password, port] = lines.slice(first)
    if (password === undefined || password.text === '' || !/^\d{1,5}$/.test(port?.text ?? '')) return
    yield secretOf(
      { text: password.text, at: password.at, length: password.text.length, quoted: false },
      { name: 'master_password', account: user?.text, system: `${host?.text}:${port?.text}`, service: 'mysql' },
    )
  },

  examples: [
    {
      title: 'host, account, password and port by their lines',
      path: '/var/lib/mysql/master.info',
      text: '33\nbinlog.000007\n1234\n192.0.2.1\ncopy\noak leaf 7\n3306\n60\n0\n',
      finds: [{ line: 6, account: 'copy', system: '192.0.2.1:3306' }],
    },
    { title: 'without a password', path: 'var/lib/mysql/master.info', text: '33\n\n4\n\n\n\n3306\n60\n', finds: [] },
  ],
})
