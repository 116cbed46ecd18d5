import { credentialFormat } from '../detector.ts'
import { secretsAmong } from '../names/secrets-among.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { xml } from '../syntaxes/xml.ts'

export default credentialFormat({
  id: 'xml',
  title: 'Settings in XML, told by the names of elements and attributes',
  files: ['*.xml', '*.config', '*.xsl', '*.plist', '*.rdf', '*.xmp', '*.pom', '*.csproj', '*.props', '*.targets'],
  begins: (head) => /^\s{0,64}<\?xml[\s?]/.test(head),
  unless: (head) => /<(?:html|svg|xsl:stylesheet|xs:schema|xsd:schema|book|article|refentry)[\s>]/i.test(head),
  named: true,
  whole: true,

  read: (file) => secretsAmong(entriesOf(file, xml), { means }),

  examples: [
    {
      title: 'attributes, elements, and pairs of a name and a value',
      path: '/opt/shop/conf.xml',
      text: `<?xml version="1.0"?>
<c>
  <Resource url="jdbc:mysql://db1/shop" username="shop" password="oak-leaf-7"/>
  <server><username>bob</username><password>rowan-19</password></server>
  <property name="ldap.password" value="birch-12x"/>
  <property name="hibernate.connection.password">elm.tree-3</property>
</c>
`,
      finds: [
        { line: 3, account: 'shop', system: 'jdbc:mysql://db1/shop' },
        { line: 4, account: 'bob' },
        { line: 5 },
        { line: 6 },
      ],
    },
    {
      title: 'a secret that says of itself that it is in clear, and the key of an account in a cloud',
      path: '/opt/wildfly/standalone.xml',
      text: '<c>\n<credential-reference clear-text="oak-leaf-7"/>\n<property><name>fs.azure.account.key.shop.blob.core.windows.net</name><value>Um93YW4tMTktYmlyY2gtMTJ4Cg==</value></property>\n</c>',
      finds: [{ line: 2 }, { line: 3, secret: 'token' }],
    },
    {
      title: 'what is commented out',
      path: '/opt/shop/conf.xml',
      text: '<c>\n<!--\n<user username="both" password="oak-leaf-7"/>\n-->\n</c>',
      finds: [{ line: 3, account: 'both', state: 'commented' }],
    },
    {
      title: 'nothing secret',
      path: '/opt/shop/conf.xml',
      text: '<c><property name="password.file" value="/etc/x"/><token>${env.TOKEN_TYPE}</token><key>name</key></c>',
      finds: [{ line: 1, is: 'reference', reference: '${env.TOKEN_TYPE}' }],
    },
    { title: 'no secret at all', path: '/opt/shop/a.xml', text: '<c a="password"/>', finds: [] },
  ],
})

const means = (keys: readonly string[]) =>
  keys.at(-1) === '@clear-text' && /credential/.test(keys.at(-2) ?? '') ? 'password' : undefined
