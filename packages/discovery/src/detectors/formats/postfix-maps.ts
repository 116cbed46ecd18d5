import { settingsFormat } from '../dialects/settings-format.ts'
import { beside, joined, firstOf } from '../dialects/secret-rules.ts'

export default settingsFormat({
  id: 'postfix-maps',
  title: 'Databases and directories that Postfix asks: `mysql-*.cf`, `pgsql-*.cf`, `ldap-*.cf`',
  files: ['postfix/*.cf', 'postfix/*/*.cf', 'mysql*.cf', 'pgsql*.cf', 'ldap*.cf', '*virtual*.cf'],
  unless: (head) => /^(?:smtp|pickup)[ \t]+(?:inet|unix|fifo)[ \t]/m.test(head),
  whole: true,
  lines: { indented: true },
  secrets: [
    {
      names: ['password', 'dbpassword', 'dbpasswd'],
      account: beside('user', 'dbuser'),
      system: firstOf(joined('/', beside('hosts', 'dbhost'), beside('dbname')), beside('hosts')),
    },
    { names: ['bind_pw'], account: beside('bind_dn'), system: beside('server_host'), service: 'ldap' },
    { names: [/^[\w-]{1,60}_bind_pw$/], service: 'ldap' },
    { names: [/^[a-z]\w{0,40}_password$/] },
    // Where mail servers take their logins from is told; `static:` has one in it.
    {
      names: [/_sasl_password_maps$/],
      valueClass: 'reference',
      when: (text) => /^(?!static:)[a-z]{2,12}:\S/.test(text),
      service: 'smtp',
    },
  ],
  examples: [
    {
      title: 'a database',
      path: '/etc/postfix/mysql-virtual-alias-maps.cf',
      text: "user = mail\npassword = oak-leaf-7\nhosts = 127.0.0.1\ndbname = mailserver\nquery = SELECT destination FROM aliases WHERE source='%s'\n",
      finds: [{ line: 2, account: 'mail', system: '127.0.0.1/mailserver' }],
    },
    {
      title: 'a directory',
      path: 'etc/postfix/ldap/accounts.cf',
      text: 'server_host = ldaps://ldap.example.org\nbind = yes\nbind_dn = cn=postfix,dc=example,dc=org\n#bind_pw = elm-4\nbind_pw = rowan.19\n',
      finds: [
        { line: 4, account: 'cn=postfix,dc=example,dc=org', system: 'ldaps://ldap.example.org', state: 'commented' },
        { line: 5, account: 'cn=postfix,dc=example,dc=org', system: 'ldaps://ldap.example.org' },
      ],
    },
    {
      title: 'where logins are taken from',
      path: 'etc/postfix/main.cf',
      text: 'smtp_sasl_auth_enable = yes\nsmtp_sasl_password_maps = hash:/etc/postfix/sasl_passwd\n',
      finds: [{ line: 2, is: 'reference', reference: 'hash:/etc/postfix/sasl_passwd' }],
    },
    {
      title: 'settings without secrets',
      path: 'etc/postfix/main.cf',
      text: 'myhostname = mx.example.org\nsmtpd_tls_key_file = /etc/key.pem\nsmtp_sasl_password_maps =\n',
      finds: [],
    },
  ],
})
