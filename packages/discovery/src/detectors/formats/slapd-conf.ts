import { credentialFormat, type Sighting } from '../detector.ts'
import { lineSettings } from '../dialects/line-settings.ts'
import { pairsIn } from '../dialects/pairs.ts'
import { passwordField } from '../dialects/password-field.ts'
import { beside, secretOf } from '../dialects/secret-rules.ts'
import type { Setting } from '../dialects/setting.ts'

export default credentialFormat({
  id: 'slapd-conf',
  title: 'OpenLDAP servers: the root of a directory, logins to other ones for copies and for passing questions on',
  files: ['slapd*.conf', 'openldap/*.conf', 'ldap/slapd*.conf'],
  unless: (head) =>
    /^[ \t]*(?:BASE|URI|TLS_CACERT)[ \t]/m.test(head) && !/^[ \t]*(?:database|include)[ \t]/m.test(head),
  whole: true,

  *read({ text }) {
    // Neighbours may follow what they are of.
    const settings = Array.from(lineSettings(text, { between: ' ', values: 'words', indented: true }))
    for (const setting of settings) {
      const { name, values, commented } = setting
      const [first] = values
      if (first === undefined) continue
      if (name === 'rootpw' && (!commented || values.length === 1)) yield* root(setting)
      else if (name === 'dbpasswd' && (!commented || values.length === 1))
        yield secretOf(first, {
          name,
          commented,
          account: beside('dbuser')(setting),
          system: beside('dbhost', 'dbname')(setting),
          service: 'sql',
        })
      else if (BINDING.has(name)) {
        const last = values.at(-1)!
        const pairs = pairsIn(text, first.at - (first.quoted ? 1 : 0), last.at + last.length + (last.quoted ? 1 : 0))
        const credentials = pairs.get('credentials')
        if (credentials !== undefined)
          yield secretOf(credentials, {
            name: `${name}.credentials`,
            commented,
            account: pairs.get('binddn')?.text ?? pairs.get('authcid')?.text ?? pairs.get('authcdn')?.text,
            system: pairs.get('provider')?.text ?? pairs.get('uri')?.text ?? beside('uri')(setting),
            service: 'ldap',
          })
      } else if (name === 'bindpw' && values.length === 1)
        yield secretOf(first, {
          name,
          commented,
          account: beside('binddn')(setting),
          system: beside('uri', 'suffix')(setting),
          service: 'ldap',
        })
    }
  },

  examples: [
    {
      title: 'the root of a directory, as it is or hashed',
      path: '/etc/ldap/slapd.conf',
      text: 'database mdb\nsuffix "dc=example,dc=org"\nrootdn "cn=admin,dc=example,dc=org"\n# Cleartext passwords, especially for the rootdn, should be avoided.\nrootpw oak-leaf-7\n#rootpw {SSHA}0123456789abcdefghijABCDEFGHIJ01\n',
      finds: [
        { line: 5, account: 'cn=admin,dc=example,dc=org', system: 'dc=example,dc=org' },
        { line: 6, is: 'hash', account: 'cn=admin,dc=example,dc=org', system: 'dc=example,dc=org', state: 'commented' },
      ],
    },
    {
      title: 'a copy logs in to where it copies from, over several lines',
      path: 'etc/openldap/slapd.conf',
      text: 'database mdb\nsyncrepl rid=123\n  provider=ldap://provider.example.org:389\n  type=refreshAndPersist retry="5 5 300 5"\n  bindmethod=simple\n  binddn="cn=replicator,dc=example,dc=org"\n  credentials="rowan 19"\ndatabase sql\ndbuser ldap\ndbpasswd elm-4\ndbname LDAP\n',
      finds: [
        {
          line: 7,
          account: 'cn=replicator,dc=example,dc=org',
          system: 'ldap://provider.example.org:389',
          name: 'syncrepl.credentials',
        },
        { line: 10, account: 'ldap', system: 'LDAP' },
      ],
    },
    {
      title: 'where the password is in the directory itself',
      path: 'slapd.conf',
      text: 'include /etc/ldap/schema/core.schema\nrootdn "cn=admin,cn=config"\npassword-hash {SSHA}\nTLSCertificateKeyFile /etc/key.pem\n',
      finds: [],
    },
  ],
})

const BINDING = new Set([
  'syncrepl',
  'idassert-bind',
  'acl-bind',
  'updateref',
  'chain-idassert-bind',
  'replica',
  'syncprov-sessionlog',
])

function* root(setting: Setting): Iterable<Sighting> {
  const { values, commented, name } = setting
  const word = values[0]!
  const read = passwordField(word.text)
  if (read === undefined) return
  const from = word.text.length === word.length ? read.from : 0
  yield secretOf(
    { ...word, text: word.text.slice(read.from), at: word.at + from, length: word.length - from },
    {
      name,
      commented,
      account: beside('rootdn')(setting),
      system: beside('suffix', 'database')(setting),
      service: 'ldap',
      valueClass: read.valueClass,
      scheme: read.scheme,
    },
  )
}
