import { credentialFormat } from '../detector.ts'
import { blockSettings } from '../dialects/block-settings.ts'
import { pairsIn } from '../dialects/pairs.ts'
import { beside, firstOf, heading, secretOf, secretRules, secretsAmong } from '../dialects/secret-rules.ts'

export default credentialFormat({
  id: 'dovecot',
  title: 'Dovecot: databases and directories that it asks, other servers, keys of certificates',
  files: ['dovecot*.conf*', 'dovecot/*.conf*', 'dovecot/conf.d/*', 'dovecot/*.ext'],
  whole: true,

  *read({ text }) {
    const settings = blockSettings(text, { newline: true, noSemicolon: true, single: true })
    yield* secretsAmong(settings, RULES)
    for (const { name, values, commented } of settings) {
      const [first] = values
      const last = values.at(-1)
      if (first === undefined || last === undefined || !CONNECTS.has(name)) continue
      const from = first.at
      const pairs = pairsIn(text, from, last.at + last.length)
      const password = pairs.get('password') ?? pairs.get('pass') ?? pairs.get('passwd')
      if (password === undefined) continue
      const host = pairs.get('host')?.text ?? pairs.get('hostaddr')?.text
      const database = pairs.get('dbname')?.text
      yield secretOf(password, {
        name: `${name}.password`,
        commented,
        account: pairs.get('user')?.text,
        system: host === undefined ? database : database === undefined ? host : `${host}/${database}`,
      })
    }
  },

  examples: [
    {
      title: 'a database',
      path: '/etc/dovecot/dovecot-sql.conf.ext',
      text: "# connect = host=localhost dbname=mails user=testuser password=pass\ndriver = mysql\nconnect = host=127.0.0.1 dbname=mailserver user=mail password=oak-leaf-7\ndefault_pass_scheme = SHA512-CRYPT\npassword_query = SELECT email as user, password FROM users WHERE email='%u'\n",
      finds: [
        { line: 1, account: 'testuser', system: 'localhost/mails', state: 'commented' },
        { line: 3, account: 'mail', system: '127.0.0.1/mailserver', name: 'connect.password' },
      ],
    },
    {
      title: 'a directory',
      path: 'etc/dovecot/dovecot-ldap.conf.ext',
      text: 'uris = ldaps://ldap.example.org\n#dnpass =\ndn = cn=mail,dc=example,dc=org\ndnpass = rowan.19\n',
      finds: [{ line: 4, account: 'cn=mail,dc=example,dc=org', system: 'ldaps://ldap.example.org' }],
    },
    {
      title: 'other servers and keys',
      path: 'etc/dovecot/conf.d/10-ssl.conf',
      text: 'ssl_key = </etc/dovecot/private/dovecot.pem\n#ssl_key_password = elm-4\ndoveadm_password = birch\nimapc_host = imap.example.org\nimapc_password = oak-leaf-7\npassdb {\n  driver = static\n  args = nologin=y password=rowan.19\n}\n',
      finds: [{ line: 2, state: 'commented' }, { line: 3 }, { line: 5, system: 'imap.example.org' }, { line: 8 }],
    },
    {
      title: 'settings about passwords',
      path: 'etc/dovecot/conf.d/10-auth.conf',
      text: '#auth_master_user_separator =\nauth_mechanisms = plain\npassdb {\n  driver = passwd-file\n  args = scheme=CRYPT username_format=%u /etc/dovecot/users\n}\nuserdb {\n args = uid=vmail\n}\n',
      finds: [],
    },
  ],
})

const CONNECTS = new Set(['connect', 'args'])

const RULES = secretRules([
  {
    names: ['dnpass', 'ldap_auth_dn_password'],
    account: beside('dn', 'ldap_auth_dn'),
    system: beside('uris', 'hosts', 'ldap_uris'),
    service: 'ldap',
  },
  { names: ['ssl_key_password', 'ssl_server_key_password', 'ssl_client_key_password'] },
  {
    names: ['doveadm_password', 'doveadm_api_key', 'auth_policy_server_api_header'],
    account: beside('doveadm_username'),
    service: 'dovecot',
  },
  {
    names: [/^(?:imapc|pop3c)_password$/],
    account: beside('imapc_user', 'pop3c_user', 'imapc_master_user'),
    system: beside('imapc_host', 'pop3c_host'),
  },
  {
    names: ['submission_relay_password'],
    account: beside('submission_relay_user'),
    system: beside('submission_relay_host'),
    service: 'smtp',
  },
  {
    names: ['mysql/password', 'pgsql/password', 'sqlite/password', 'mysql_password'],
    account: beside('user'),
    system: firstOf(beside('host'), heading()),
  },
  {
    names: ['oauth2_client_secret', 'client_secret'],
    secret: 'token',
    account: beside('client_id', 'oauth2_client_id'),
  },
])
