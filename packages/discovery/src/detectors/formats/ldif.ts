import { credentialFormat, type Sighting } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { base64Text } from '../readers/basic-login.ts'
import { pairsIn } from '../dialects/pairs.ts'
import { passwordField } from '../dialects/password-field.ts'

export default credentialFormat({
  id: 'ldif',
  title: 'Entries of directories with their passwords, among them the configuration of OpenLDAP: LDIF',
  files: ['*.ldif', '*.ldif.txt'],
  announced: ['dn: ', 'dn:: '],
  begins: (head) => /^dn::? [a-z]+=/im.test(head),
  whole: true,

  *read({ text }) {
    let entry: Attribute[] = []
    for (const attribute of attributesOf(text)) {
      if (attribute === undefined || attribute.name === 'dn') {
        yield* secretsOf(text, entry)
        entry = []
      }
      if (attribute !== undefined && entry.length < MOST_ATTRIBUTES) entry.push(attribute)
    }
    yield* secretsOf(text, entry)
  },

  examples: [
    {
      title: 'the root of a directory, and where a copy logs in',
      path: '/etc/ldap/slapd.d/cn=config/olcDatabase={1}mdb.ldif',
      text: `dn: olcDatabase={1}mdb
objectClass: olcMdbConfig
olcSuffix: dc=example,dc=org
olcRootDN: cn=admin,dc=example,dc=org
olcRootPW:: e1NTSEF9MDEyMzQ1Njc4OWFiY2RlZmdoaWpBQkNERUZHSElK
olcSyncrepl: {0}rid=001 provider=ldap://a.example.org binddn="cn=copy,dc=examp
 le,dc=org" bindmethod=simple credentials=oak-leaf-7 searchbase="dc=example"
`,
      finds: [
        { line: 5, is: 'hash', account: 'cn=admin,dc=example,dc=org', system: 'dc=example,dc=org' },
        { line: 7, account: 'cn=copy,dc=example,dc=org', system: 'ldap://a.example.org' },
      ],
    },
    {
      title: 'people with their passwords',
      path: 'root/people.ldif',
      text: 'dn: uid=alice,ou=people,dc=example,dc=org\nuid: alice\nuserPassword: rowan.19\n\ndn: uid=bob,ou=people,dc=example,dc=org\nuserPassword: {CRYPT}$6$abcdefgh$0123456789abcdef\nsambaNTPassword: 0123456789ABCDEF0123456789ABCDEF\n\ndn: cn=carol\nuserPassword: {SASL}carol@EXAMPLE.ORG\n',
      finds: [
        { line: 3, account: 'uid=alice,ou=people,dc=example,dc=org' },
        { line: 6, is: 'hash', account: 'uid=bob,ou=people,dc=example,dc=org' },
        { line: 7, is: 'hash', account: 'uid=bob,ou=people,dc=example,dc=org' },
        { line: 10, is: 'reference', account: 'cn=carol', reference: 'carol@EXAMPLE.ORG' },
      ],
    },
    {
      title: 'access rules and schemas name attributes',
      path: 'a.ldif',
      text: "dn: olcDatabase={1}mdb,cn=config\nolcAccess: {0}to attrs=userPassword by self write by anonymous auth by * none\nolcPasswordHash: {SSHA}\nolcAttributeTypes: ( 2.5.4.35 NAME 'userPassword' )\n",
      finds: [],
    },
  ],
})

interface Attribute {
  readonly name: string
  readonly at: number
  readonly end: number
  readonly encoded: boolean
  readonly commented: boolean
}

const MOST_ATTRIBUTES = 500

/** The attributes of a file with those lines that continue them; undefined between entries. */
function* attributesOf(text: string): Iterable<Attribute | undefined> {
  let begun: { -readonly [Key in keyof Attribute]: Attribute[Key] } | undefined
  for (const { text: line, at } of linesOf(text)) {
    if (begun !== undefined && line.startsWith(' ') && at + line.length - begun.at < LONGEST) {
      begun.end = at + line.length
      continue
    }
    if (begun !== undefined) yield begun
    begun = undefined
    const match = ATTRIBUTE.exec(line)
    if (match !== null)
      begun = {
        name: match[2]!.toLowerCase(),
        at: at + match[0].length,
        end: at + line.length,
        encoded: match[3] === '::',
        commented: match[1] !== '',
      }
    else if (line === '') yield undefined
  }
  if (begun !== undefined) yield begun
}

const ATTRIBUTE = /^(#? ?)([A-Za-z][\w;-]{0,80})(::?)[ \t]*/
const LONGEST = 65_536

const SECRETS: Readonly<
  Record<string, { readonly account: string; readonly system: string; readonly scheme?: string }>
> = {
  userpassword: { account: 'dn', system: '' },
  olcrootpw: { account: 'olcrootdn', system: 'olcsuffix' },
  olcdbpasswd: { account: 'olcdbuser', system: 'olcdbname' },
  unicodepwd: { account: 'dn', system: '' },
  clearpassword: { account: 'dn', system: '' },
  authpassword: { account: 'dn', system: '', scheme: 'authpassword' },
  sambantpassword: { account: 'dn', system: '', scheme: 'nt' },
  sambalmpassword: { account: 'dn', system: '', scheme: 'lm' },
  sambapreviousclear: { account: 'dn', system: '' },
  ipanthash: { account: 'dn', system: '', scheme: 'nt' },
  'nsslapd-rootpw': { account: 'nsslapd-rootdn', system: 'dn' },
  nsds5replicacredentials: { account: 'nsds5replicabinddn', system: 'nsds5replicahost' },
  nsmultiplexorcredentials: { account: 'nsmultiplexorbinddn', system: 'nsfarmserverurl' },
}
const BINDING = new Set(['olcsyncrepl', 'olcdbidassertbind', 'olcdbaclbind', 'olcdbchainuri'])

function* secretsOf(text: string, entry: readonly Attribute[]): Iterable<Sighting> {
  const value = (name: string) => {
    const found = entry.find((one) => one.name === name)
    return found === undefined ? undefined : meant(text, found)
  }
  for (const attribute of entry) {
    const { name, at, end, commented } = attribute
    const length = end - at
    const bare = name.replace(/;.*/s, '')
    const secret = SECRETS[bare]
    if (secret === undefined && !BINDING.has(bare)) continue
    const written = meant(text, attribute)
    if (written === undefined || written === '') continue
    const sighting = {
      secret: 'password',
      service: 'ldap',
      evidence: 'format',
      by: 'format',
      ...(commented ? { commented } : {}),
    } as const
    if (secret === undefined) {
      const pairs = pairsIn(written, 0, written.length)
      const credentials = pairs.get('credentials')
      if (credentials === undefined) continue
      // Only where nothing is folded or encoded is it where it seems to be.
      const found = text.indexOf(credentials.text, at)
      const inside = found >= 0 && found + credentials.text.length <= end
      yield {
        ...sighting,
        at: inside ? found : at,
        length: inside ? credentials.text.length : length,
        ...(inside ? {} : { value: credentials.text }),
        name: `${bare}.credentials`,
        ...told(
          pairs.get('binddn')?.text ?? pairs.get('authcid')?.text,
          pairs.get('provider')?.text ?? value('olcdburi'),
        ),
      }
      continue
    }
    const context = told(value(secret.account), secret.system === '' ? undefined : value(secret.system))
    if (secret.scheme !== undefined)
      yield { ...sighting, at, length, name: bare, ...context, valueClass: 'hash', scheme: secret.scheme }
    else if (/^\{SASL\}/i.test(written))
      yield { ...sighting, at, length, value: written.slice(6), name: bare, ...context, valueClass: 'reference' }
    else {
      const read = passwordField(written)
      if (read === undefined) continue
      const { from, valueClass, scheme } = read
      const moved = written.length === length ? from : 0
      yield {
        ...sighting,
        at: at + moved,
        length: length - moved,
        ...(written.length === length ? {} : { value: written.slice(from) }),
        name: bare,
        ...context,
        ...(valueClass === undefined ? {} : { valueClass }),
        ...(scheme === undefined ? {} : { scheme }),
      }
    }
  }
}

const told = (account: string | undefined, system: string | undefined) => ({
  ...(account === undefined ? {} : { account }),
  ...(system === undefined ? {} : { system }),
})

/** What an attribute holds: unfolded, and decoded where it is encoded. */
const meant = (text: string, { at, end, encoded }: Attribute): string | undefined => {
  const written = text
    .slice(at, end)
    .replaceAll(/\r?\n /g, '')
    .trimEnd()
  return encoded ? base64Text(written) : written
}
