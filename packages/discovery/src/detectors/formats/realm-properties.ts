import { credentialFormat } from '../detector.ts'
import { sighting } from '../readers/sighting.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { properties } from '../syntaxes/properties.ts'

export default credentialFormat({
  id: 'realm-properties',
  title: 'Realms of Jetty and of what is built on it (Rundeck, ActiveMQ): accounts, what they show, and their roles',
  files: [
    'realm.properties',
    '*-realm.properties',
    'realm-*.properties',
    'jetty-users.properties',
    'tokens.properties',
  ],
  whole: true,

  *read(file) {
    const tokens = file.path.toLowerCase().endsWith('tokens.properties')
    for (const { keys, value, at, length, commented } of entriesOf(file, properties)) {
      const account = keys.join('.')
      const secret = value.split(',', 1)[0]!.trim()
      // Samples and explanations show how an account is written.
      if (!/^[\w.@$+-]{1,128}$/.test(account) || secret === '' || /\s/.test(secret) || commented === true) continue
      const plain = value.startsWith(secret) && length >= value.length
      const scheme = /^(MD5|CRYPT|OBF|BCRYPT):/i.exec(secret)?.[1]?.toLowerCase()
      yield sighting({
        at,
        length: plain ? secret.length : length,
        value: secret,
        secret: tokens ? 'token' : 'password',
        account,
        service: 'jetty',
        ...(scheme === undefined
          ? {}
          : scheme === 'obf'
            ? { valueClass: 'encrypted' as const, scheme: 'jetty-obfuscated' }
            : { valueClass: 'hash' as const, scheme }),
      })
    }
  },

  examples: [
    {
      title: 'accounts with their passwords, or hashes of them',
      path: '/etc/jetty/realm.properties',
      text: '# name: password[,role]\nadmin: oak-leaf-7, admin\nops: MD5:0f3c9a5be1d247789ae1c0ffee425d31,user\nbob=OBF:1v2j1uum1xtv1zej,user\n',
      finds: [
        { line: 2, account: 'admin' },
        { line: 3, account: 'ops', is: 'hash' },
        { line: 4, account: 'bob', is: 'encrypted' },
      ],
    },
    {
      title: 'tokens',
      path: '/etc/rundeck/tokens.properties',
      text: 'ci: oakLeaf7Rowan19, api_token_group\n',
      finds: [{ line: 1, account: 'ci', secret: 'token' }],
    },
    { title: 'nothing but comments', path: 'realm.properties', text: '# admin: admin, admin\n', finds: [] },
  ],
})
