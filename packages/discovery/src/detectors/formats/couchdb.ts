import { settingsFormat } from '../dialects/settings-format.ts'

export default settingsFormat({
  id: 'couchdb',
  title: 'CouchDB: accounts of those who run it, secrets of cookies',
  files: ['couchdb*/*.ini', 'couchdb*/*/*.ini', 'couchdb*/*/*/*.ini'],
  lines: { comments: ';#', sections: true },
  secrets: [
    {
      names: ['couch_httpd_auth/secret', 'chttpd_auth/secret', 'replicator/password'],
      secret: 'shared-secret',
      service: 'couchdb',
    },
    {
      names: [/^[\w.-]{1,64}$/],
      account: ({ name }) => name,
      service: 'couchdb',
      valueClass: 'hash',
      scheme: 'pbkdf2',
      when: (text, { block }) => block.words[0] === 'admins' && /^-(?:pbkdf2|hashed)-/.test(text),
    },
    {
      names: [/^[\w.-]{1,64}$/],
      account: ({ name }) => name,
      service: 'couchdb',
      when: (text, { block }) => block.words[0] === 'admins' && text !== '',
    },
  ],
  examples: [
    {
      title: 'accounts with hashes or passwords',
      path: '/opt/couchdb/etc/local.ini',
      text: '[couchdb]\nuuid = 0123456789abcdef0123456789abcdef\n[admins]\nroot = -pbkdf2-0123456789abcdef0123456789abcdef01234567,0123456789abcdef,10\nalice = oak-leaf-7\n;admin = mysecretpassword\n[couch_httpd_auth]\nsecret = 0123456789abcdef\n',
      finds: [
        { line: 4, is: 'hash', account: 'root' },
        { line: 5, account: 'alice' },
        { line: 6, account: 'admin', state: 'commented' },
        { line: 8, secret: 'shared-secret' },
      ],
    },
    {
      title: 'settings',
      path: 'opt/couchdb/etc/default.ini',
      text: '[httpd]\nport = 5984\n[admins]\n[log]\nlevel = info\n',
      finds: [],
    },
  ],
})
