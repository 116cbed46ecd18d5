import { credentialFormat } from '../detector.ts'
import { secretsAmong } from '../names/secrets-among.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { INI, iniSyntax } from '../syntaxes/ini.ts'

export default credentialFormat({
  id: 'ini',
  title: 'Settings in sections, told by their names',
  files: ['*.ini', '*.cfg', '*.desktop', '*.reg', '*.inf'],
  begins: (head) => SECTIONS.test(head),
  named: true,

  read: (file) => secretsAmong(entriesOf(file, SYNTAX)),

  examples: [
    {
      title: 'a secret in its section, and one in a comment',
      path: '/etc/shop/shop.ini',
      text: '[database]\nhost = db1\nuser = shop\npassword = "oak;leaf" ; old\n;secret_key = birch-12x\n',
      finds: [
        { line: 4, name: 'database.password', account: 'shop', system: 'db1' },
        { line: 5, name: 'database.secret_key', account: 'shop', system: 'db1', state: 'commented' },
      ],
    },
    {
      title: 'a file of another name that begins with a section',
      path: '/etc/shop/shop.conf',
      text: '# of the shop\n[DEFAULT]\nauth_url = rabbit://shop:oak-leaf-7@mq1:5672/\n',
      finds: [{ line: 3, account: 'shop', system: 'mq1:5672' }],
    },
    {
      title: 'nothing secret',
      path: '/etc/shop/shop.ini',
      text: '[auth]\npassword_min_length = 8\nkey_mgmt = WPA-PSK\npassword_file = /etc/shop/secret\n',
      finds: [],
    },
  ],
})

const SYNTAX = iniSyntax(INI)

/** Lines of comment, and then a section in which a setting or another comment follows. */
const SECTIONS = /^(?:[ \t]*(?:[#;][^\n]*)?\r?\n){0,200}[ \t]*\[[\w .:"/@-]{1,100}\][ \t]*\r?\n/
