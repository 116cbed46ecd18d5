import { credentialFormat } from '../detector.ts'
import { secretFields } from '../readers/secret-fields.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { xml } from '../syntaxes/xml.ts'

export default credentialFormat({
  id: 'tomcat-users',
  title: 'Accounts of Tomcat, and of applications that keep theirs as it does',
  files: ['tomcat-users.xml', 'tomcat-users*.xml'],
  announced: ['<tomcat-users'],
  begins: (head) => /<tomcat-users[\s>]/.test(head),
  whole: true,

  read: (file) =>
    secretFields(entriesOf(file, xml), [
      { key: /(?:^|\/)user\/@(?:password|pass)$/, value: /./, service: 'tomcat', account: ['@username', '@name'] },
    ]),

  examples: [
    {
      title: 'accounts with their passwords, and one in a comment',
      path: '/etc/tomcat10/tomcat-users.xml',
      text: `<tomcat-users>
  <user username="admin" password="oak-leaf-7" roles="manager-gui"/>
  <!-- <user name="tomcat" password="s3cret" roles="tomcat"/> -->
</tomcat-users>
`,
      finds: [
        { line: 2, account: 'admin', service: 'tomcat' },
        { line: 3, state: 'commented' },
      ],
    },
    {
      title: 'roles alone',
      path: '/etc/tomcat10/tomcat-users.xml',
      text: '<tomcat-users><role rolename="password"/></tomcat-users>',
      finds: [],
    },
  ],
})
