import { credentialFormat } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { secretOf } from '../dialects/secret-rules.ts'

export default credentialFormat({
  id: 'rsync-secrets',
  title: 'Accounts of rsync and others that keep name and password with a colon between them: `rsyncd.secrets`',
  files: [
    '*rsyncd*.secrets',
    '*rsync*.secrets',
    'rsyncd*.scrt',
    '*.secrets',
    '*rsync*pass*',
    '*rsync*.pwd',
    'network_auth',
    'collectd.passwd',
    '*pcp.conf',
    '*pool_passwd*',
    'passwd.nntp',
  ],
  unless: (head) =>
    /:[ \t]*(?:PSK|RSA|ECDSA|EAP|XAUTH|PIN)[ \t]/.test(head) || head.includes('-----BEGIN') || head.startsWith('#!'),
  whole: true,

  *read({ path, text }) {
    const nntp = path.endsWith('passwd.nntp')
    const named = /passwd|pcp\.conf/.test(path)
    let alone = !/secrets|passwd|pcp\.conf/i.test(path)
    for (const { text: line, at } of linesOf(text)) {
      const match = (nntp ? NNTP : LINE).exec(line)
      if (match === null) {
        // The file that `--password-file` names holds a password alone.
        if (alone && /^\S{1,255}$/.test(line) && !/^[#;]/.test(line))
          yield secretOf({ text: line, at, length: line.length, quoted: false }, { name: 'password', service: 'rsync' })
        alone &&= line.trim() === '' || /^[#;]/.test(line)
        continue
      }
      alone = false
      // A name and a value with a blank between them are settings of something else.
      if (!RSYNC.test(path) && /:[ \t]/.test(match[1]!)) continue
      const [, before = '', mark = '', account = '', password = ''] = match
      if (mark !== '' && (/\s/.test(password) || account.length < 2)) continue
      const [system, name] = nntp ? account.split(':') : [undefined, account]
      yield secretOf(
        { text: password, at: at + before.length, length: password.length, quoted: false },
        {
          name: 'password',
          commented: mark !== '',
          account: account.startsWith('@') ? undefined : name,
          system,
          service: nntp ? 'nntp' : named ? undefined : 'rsync',
          ...(/^(?:md5)?[0-9a-f]{32}$/.test(password)
            ? { valueClass: 'hash', scheme: 'md5' }
            : /^\*$/.test(password)
              ? { valueClass: 'placeholder' }
              : {}),
        },
      )
    }
  },

  examples: [
    {
      title: 'accounts and groups',
      path: '/etc/rsyncd.secrets',
      text: '# user:password\nalice:oak-leaf-7\n@backup:rowan 19\n#bob:elm-4\n',
      finds: [
        { line: 1, account: 'user', state: 'commented', is: 'literal' },
        { line: 2, account: 'alice' },
        { line: 3 },
        { line: 4, account: 'bob', state: 'commented' },
      ],
    },
    { title: 'a password alone', path: 'root/rsync.pass', text: 'oak-leaf-7\n', finds: [{ line: 1 }] },
    {
      title: 'hashes of pgpool',
      path: 'etc/pgpool2/pool_passwd',
      text: 'alice:md50123456789abcdef0123456789abcdef\n',
      finds: [{ line: 1, is: 'hash', account: 'alice' }],
    },
    {
      title: 'news servers',
      path: 'etc/news/passwd.nntp',
      text: '#hostname:user:password:style\nnews.example.org:alice:oak-leaf-7:authinfo\n',
      finds: [{ line: 2, account: 'alice', system: 'news.example.org' }],
    },
    {
      title: 'settings of something else',
      path: 'srv/app/app.secrets',
      text: 'host: db.example.org\nuser: alice\n',
      finds: [],
    },
    { title: 'nothing but comments', path: 'etc/rsyncd.secrets', text: '# secrets of rsync\n\n', finds: [] },
  ],
})

const LINE = /^([ \t]*(?:(#+)[ \t]*)?([^\s:#=<>"']{1,128}):[ \t]*)(\S(?:.{0,1022}\S)?)[ \t]*$/
const RSYNC = /rsync|passwd|pcp|network_auth/i
const NNTP = /^([ \t]*()([\w.-]{1,255}:[^\s:]{1,128}):)([^\s:]{1,255})(?::\w*)?[ \t]*$/
