import { credentialFormat } from '../detector.ts'
import { lineSettings } from '../dialects/line-settings.ts'
import { pairsIn } from '../dialects/pairs.ts'
import { beside, secretOf } from '../dialects/secret-rules.ts'

export default credentialFormat({
  id: 'coturn',
  title: 'coturn: secrets that are shared with users of the relay, their accounts, databases',
  files: ['turnserver*.conf', 'coturn*.conf', 'coturn/*.conf', 'turnuserdb.conf', 'turnadmin.conf'],
  whole: true,

  *read({ text }) {
    const settings = Array.from(lineSettings(text, {}))
    for (const setting of settings) {
      const { name, values, commented } = setting
      const [word] = values
      if (word === undefined || word.text === '') continue
      const facts = { name, commented, service: 'turn' }
      if (name === 'user') {
        const colon = word.text.indexOf(':')
        if (colon <= 0) continue
        const key = word.text.slice(colon + 1)
        yield secretOf(
          { text: key, at: word.at + colon + 1, length: key.length, quoted: false },
          {
            ...facts,
            account: word.text.slice(0, colon),
            system: beside('realm')(setting),
            ...(/^0x[0-9a-f]{32}$/i.test(key) ? { valueClass: 'hash', scheme: 'md5' } : {}),
          },
        )
      } else if (name === 'static-auth-secret' || name === 'oauth-key')
        yield secretOf(word, { ...facts, secret: 'shared-secret', system: beside('realm')(setting) })
      else if (name === 'cli-password')
        yield secretOf(word, {
          ...facts,
          ...(word.text.startsWith('$5$') ? { valueClass: 'hash', scheme: 'turn' } : {}),
        })
      else if (name === 'pkey-pwd' || name === 'secret-key')
        yield secretOf(word, {
          ...facts,
          secret: name === 'pkey-pwd' ? 'password' : 'symmetric-key',
          system: beside('pkey')(setting),
        })
      else if (/^(?:psql|mysql|redis)-(?:userdb|statsdb)$/.test(name)) {
        const pairs = pairsIn(text, word.at, word.at + word.length)
        const password = pairs.get('password')
        if (password !== undefined)
          yield secretOf(password, {
            ...facts,
            name: `${name}.password`,
            account: pairs.get('user')?.text,
            system: pairs.get('host')?.text ?? pairs.get('ip')?.text,
            service: 'sql',
          })
      }
    }
  },

  examples: [
    {
      title: 'a shared secret, accounts, a database',
      path: '/etc/turnserver.conf',
      text: 'realm=example.org\nuse-auth-secret\nstatic-auth-secret=oak-leaf-7\nuser=alice:rowan.19\n#user=bob:0xbc807ee29df3c9ffa736523fb2c4e8ee\nmysql-userdb="host=db.example.org dbname=coturn user=turn password=elm-4 port=3306"\ncli-password=birch\n',
      finds: [
        { line: 3, system: 'example.org', secret: 'shared-secret' },
        { line: 4, account: 'alice', system: 'example.org' },
        { line: 5, is: 'hash', account: 'bob', system: 'example.org', state: 'commented' },
        { line: 6, account: 'turn', system: 'db.example.org' },
        { line: 7 },
      ],
    },
    {
      title: 'as it is shipped',
      path: 'turnserver.conf',
      text: '# Be aware that static-auth-secret is used\nlt-cred-mech\nuserdb=/var/db/turndb\n#user=\n',
      finds: [],
    },
  ],
})
