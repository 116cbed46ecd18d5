import { credentialFormat } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { sighting } from '../readers/sighting.ts'

/** Settings with which hosts and programs look accounts up in a directory. */
export default credentialFormat({
  id: 'ldap-clients',
  title:
    'Logins with which a host asks its directory: nslcd, pam_ldap, libnss-ldap, sudo-ldap, their files of one secret',
  files: [
    'nslcd.conf',
    'pam_ldap.conf',
    'libnss-ldap.conf',
    'nss_ldap.conf',
    'etc/ldap.conf',
    'ldap/ldap.conf',
    'openldap/ldap.conf',
    '.ldaprc',
    'ldaprc',
    'sudo-ldap.conf',
    'autofs_ldap_auth.conf',
    'ldap.secret',
    'pam_ldap.secret',
    'libnss-ldap.secret',
    'nss_ldap.secret',
    'ldapscripts.passwd',
    'ldapscripts/*.passwd',
    '.ldap_passwd',
  ],
  whole: true,

  *read({ text, path }) {
    if (/\.(?:secret|passwd)$|_passwd$/i.test(path)) {
      const value = /^[^\r\n]{1,1024}/.exec(text)?.[0]
      if (value !== undefined && value.trim() !== '')
        yield sighting({ at: 0, length: value.length, secret: 'password', service: 'ldap' })
      return
    }
    if (path.toLowerCase().endsWith('autofs_ldap_auth.conf')) {
      const value = /\bsecret[ \t\n]*=[ \t\n]*"([^"]{1,1024})"/.exec(text)
      if (value !== null)
        yield sighting({
          at: value.index + value[0].length - 1 - value[1]!.length,
          length: value[1]!.length,
          secret: 'password',
          name: 'secret',
          account: /\buser[ \t\n]*=[ \t\n]*"([^"]{1,256})"/.exec(text)?.[1],
          service: 'ldap',
        })
      return
    }
    const accounts = new Map<string, string>()
    let system: string | undefined
    const found: { readonly at: number; readonly value: string; readonly name: string; readonly commented: boolean }[] =
      []
    for (const line of linesOf(text)) {
      const match = /^[ \t]*(#[ \t]*)?([A-Za-z_]{3,32})[ \t]+(\S.*?)[ \t]*$/.exec(line.text)
      if (match === null) continue
      const [, comment, name = '', value = ''] = match
      const key = name.toLowerCase()
      const commented = comment !== undefined
      if (/^(?:bindpw|rootpwmodpw|rootbindpw|tls_reqpw)$/.test(key)) {
        // In prose behind `#` more words follow.
        if ((!commented || !/\s/.test(value)) && found.length < 100)
          found.push({ at: line.at + line.text.lastIndexOf(value), value, name, commented })
      } else if (commented) continue
      else if (/^(?:uri|host)$/.test(key)) system ??= value.split(/\s/)[0]
      else if (/^(?:binddn|rootbinddn|rootpwmoddn)$/.test(key)) accounts.set(key, value)
    }
    for (const { at, value, name, commented } of found)
      yield sighting({
        at,
        length: value.length,
        secret: 'password',
        name,
        account: accounts.get(`${name.toLowerCase().slice(0, -2)}dn`),
        system,
        service: 'ldap',
        commented,
      })
  },

  examples: [
    {
      title: 'the password of the name that is bound with, and that of the one that changes passwords',
      path: '/etc/nslcd.conf',
      text: 'uri ldap://ldap.example.org/ ldap://ldap2.example.org/\nbinddn cn=reader,dc=example,dc=org\nbindpw oak-leaf-7\n#bindpw secret\nrootpwmoddn cn=admin,dc=example,dc=org\nrootpwmodpw rowan-19\n# The credentials to bind with.\n',
      finds: [
        {
          line: 3,
          name: 'bindpw',
          account: 'cn=reader,dc=example,dc=org',
          system: 'ldap://ldap.example.org/',
          service: 'ldap',
        },
        { line: 4, state: 'commented', account: 'cn=reader,dc=example,dc=org', system: 'ldap://ldap.example.org/' },
        { line: 6, account: 'cn=admin,dc=example,dc=org', system: 'ldap://ldap.example.org/' },
      ],
    },
    { title: 'a file of one secret', path: '/etc/libnss-ldap.secret', text: 'oak-leaf-7\n', finds: [{ line: 1 }] },
    {
      title: 'how the automounter asks',
      path: '/etc/autofs_ldap_auth.conf',
      text: '<?xml version="1.0" ?>\n<autofs_ldap_sasl_conf usetls="no"\n authtype="PLAIN" user="cn=am" secret="oak-leaf-7"\n/>\n',
      finds: [{ line: 3, account: 'cn=am' }],
    },
    {
      title: 'a directory that anybody may ask',
      path: '/etc/ldap/ldap.conf',
      text: '# See ldap.conf(5)\nBASE dc=example,dc=org\nURI ldap://ldap.example.org\nTLS_CACERT /etc/ssl/ca.pem\n# bindpw is not read here\n',
      finds: [],
    },
  ],
})
