import { credentialFormat } from '../detector.ts'
import { secretsAmong } from '../names/secrets-among.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { properties } from '../syntaxes/properties.ts'

export default credentialFormat({
  id: 'properties',
  title: 'Properties of Java programs, those of Spring, Kafka and Gradle among them, told by their names',
  files: ['*.properties', '*.properties.*', '*.props'],
  named: true,
  whole: true,

  read: (file) => secretsAmong(entriesOf(file, properties)),

  examples: [
    {
      title: 'a secret, and beside it whose it is and where',
      path: '/opt/shop/application.properties',
      text: 'spring.datasource.url=jdbc:postgresql://db1:5432/shop\nspring.datasource.username=shop\nspring.datasource.password=oak\\=leaf7\n',
      finds: [
        {
          line: 3,
          name: 'spring.datasource.password',
          account: 'shop',
          system: 'jdbc:postgresql://db1:5432/shop',
          service: 'postgresql',
        },
      ],
    },
    {
      title: 'what a variable gives, and what it is without it',
      path: '/opt/shop/application.properties',
      text: 'a.password=${DB_PASSWORD}\nb.password=${DB_PASSWORD:oak-leaf-7}\n',
      finds: [
        { line: 1, is: 'reference', reference: '${DB_PASSWORD}' },
        { line: 2, name: 'b.password' },
      ],
    },
    {
      title: 'a key that is called so only by several words',
      path: '/opt/shop/shop.properties',
      text: 'shop.sensitive.props.key=oakLeaf7Rowan19Birch\nshop.items.sort.key=created\n',
      finds: [{ line: 1, secret: 'symmetric-key' }],
    },
    {
      title: 'texts of a user interface',
      path: '/opt/shop/messages.properties',
      text: 'login.password.label=Your password\npassword.too.short=The password is too short\n',
      finds: [],
    },
  ],
})
