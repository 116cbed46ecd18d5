import { credentialFormat } from '../detector.ts'
import { secretFields } from '../readers/secret-fields.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { xml } from '../syntaxes/xml.ts'

export default credentialFormat({
  id: 'maven-settings',
  title: 'Logins of Maven to its servers and proxies, and the password that it encrypts them with',
  files: ['.m2/settings*.xml', 'maven*/settings.xml', 'conf/settings.xml', 'settings-security.xml'],
  announced: ['<settings'],
  begins: (head) => /<settings(?:Security)?[\s>]/.test(head),

  read: (file) =>
    secretFields(entriesOf(file, xml), [
      {
        key: /(?:^|\/)server\/(?:password|passphrase)$/,
        value: /./,
        service: 'maven',
        account: ['username'],
        system: ['id'],
      },
      { key: /(?:^|\/)proxy\/password$/, value: /./, service: 'proxy', account: ['username'], system: ['host'] },
      { key: /^settingssecurity\/master$/, value: /./, service: 'maven' },
    ]),

  examples: [
    {
      title: 'a server in clear and one encrypted',
      path: '/root/.m2/settings.xml',
      text: `<settings><servers>
<server><id>nexus</id><username>ci</username><password>oak-leaf-7</password></server>
<server><id>other</id><username>ci</username><password>{COQLCE6DU6GtcS5P5COQLCE6DU6GtcS5P5=}</password></server>
</servers></settings>`,
      finds: [
        { line: 2, account: 'ci', system: 'nexus' },
        { line: 3, account: 'ci', system: 'other', is: 'encrypted' },
      ],
    },
    {
      title: 'no server',
      path: '/root/.m2/settings.xml',
      text: '<settings><localRepository>/x</localRepository></settings>',
      finds: [],
    },
  ],
})
