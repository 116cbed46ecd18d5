import { settingsFormat } from '../dialects/settings-format.ts'
import { beside } from '../dialects/secret-rules.ts'

export default settingsFormat({
  id: 'ldap-client',
  title: 'How a host and its programs log in to a directory: `nslcd.conf`, `ldap.conf`, `pam_ldap.conf`',
  files: [
    'nslcd.conf',
    'ldap.conf',
    'pam_ldap.conf',
    'libnss-ldap.conf',
    'nss_ldap.conf',
    'sudo-ldap.conf',
    'ldap_*.conf',
    'smbldap_bind.conf',
  ],
  whole: true,
  lines: { between: 'any', values: 'words' },
  secrets: [
    { names: ['bindpw'], account: beside('binddn'), system: beside('uri', 'host', 'base'), service: 'ldap' },
    { names: ['rootpwmodpw'], account: beside('rootpwmoddn'), system: beside('uri', 'host', 'base'), service: 'ldap' },
    { names: ['masterpw'], account: beside('masterdn'), service: 'ldap' },
    { names: ['slavepw'], account: beside('slavedn'), service: 'ldap' },
  ],
  examples: [
    {
      title: 'the account that looks names up, and the one that changes passwords',
      path: '/etc/nslcd.conf',
      text: 'uri ldaps://ldap.example.org/\nbase dc=example,dc=org\nbinddn cn=lookup,dc=example,dc=org\nbindpw oak-leaf-7\n#rootpwmoddn cn=admin,dc=example,dc=org\n#rootpwmodpw rowan\n',
      finds: [
        { line: 4, account: 'cn=lookup,dc=example,dc=org', system: 'ldaps://ldap.example.org/' },
        { line: 6, account: 'cn=admin,dc=example,dc=org', system: 'ldaps://ldap.example.org/', state: 'commented' },
      ],
    },
    {
      title: 'an account without a name is asked for nothing',
      path: 'etc/ldap/ldap.conf',
      text: '#BASE dc=example,dc=com\nURI ldap://ldap.example.org\nTLS_CACERT /etc/ssl/certs/ca-certificates.crt\n# The credentials to bind with. bindpw is optional\n',
      finds: [],
    },
  ],
})
