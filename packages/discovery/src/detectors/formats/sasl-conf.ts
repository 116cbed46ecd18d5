import { settingsFormat } from '../dialects/settings-format.ts'
import { beside } from '../dialects/secret-rules.ts'

export default settingsFormat({
  id: 'sasl-conf',
  title: 'Databases and directories that Cyrus SASL and Cyrus IMAP ask: `smtpd.conf`, `saslauthd.conf`, `imapd.conf`',
  files: [
    'sasl/*.conf',
    'sasl2/*.conf',
    'saslauthd*.conf',
    'imapd*.conf',
    'imapd/*.conf',
    'cyrus*.conf',
    'pkcs11_inspector.conf',
  ],
  whole: true,
  lines: { between: ':' },
  secrets: [
    {
      names: ['sql_passwd', 'sasl_sql_passwd'],
      account: beside('sql_user', 'sasl_sql_user'),
      system: beside('sql_hostnames', 'sasl_sql_hostnames', 'sql_database'),
      service: 'sql',
    },
    {
      names: ['ldap_password', 'ldap_bind_pw', 'sasl_ldapdb_pw', 'ldapdb_pw'],
      account: beside('ldap_bind_dn', 'ldapdb_id', 'sasl_ldapdb_id'),
      system: beside('ldap_servers', 'ldap_uri', 'ldapdb_uri', 'sasl_ldapdb_uri'),
      service: 'ldap',
    },
    {
      names: ['mupdate_password'],
      account: beside('mupdate_username', 'mupdate_authname'),
      system: beside('mupdate_server'),
    },
    {
      names: ['sync_password', 'proxy_password', /^[\w.-]{1,60}_password$/],
      account: beside('sync_authname', 'proxy_authname'),
      system: beside('sync_host'),
    },
  ],
  examples: [
    {
      title: 'a database',
      path: '/etc/postfix/sasl/smtpd.conf',
      text: 'pwcheck_method: auxprop\nauxprop_plugin: sql\nsql_engine: mysql\nsql_hostnames: 127.0.0.1\nsql_user: postfix\nsql_passwd: oak-leaf-7\nsql_select: SELECT password FROM users\n',
      finds: [{ line: 6, account: 'postfix', system: '127.0.0.1' }],
    },
    {
      title: 'a directory',
      path: 'etc/saslauthd.conf',
      text: 'ldap_servers: ldap://ldap.example.org\nldap_bind_dn: cn=sasl\n#ldap_bind_pw: rowan\nldap_password: elm-4\n',
      finds: [
        { line: 3, account: 'cn=sasl', system: 'ldap://ldap.example.org', state: 'commented' },
        { line: 4, account: 'cn=sasl', system: 'ldap://ldap.example.org' },
      ],
    },
    {
      title: 'as it is shipped',
      path: 'etc/imapd.conf',
      text: 'admins: cyrus\nallowplaintext: yes\nsasl_pwcheck_method: saslauthd\n# sasl_minimum_layer: 0\n',
      finds: [],
    },
  ],
})
