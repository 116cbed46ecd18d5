import { settingsFormat } from '../dialects/settings-format.ts'
import { beside, firstOf, heading } from '../dialects/secret-rules.ts'

const BASES = ['raddb', 'freeradius', 'freeradius/*']

export default settingsFormat({
  id: 'freeradius',
  title: 'FreeRADIUS: clients, other servers, modules and sites',
  files: BASES.flatMap((base) => [
    `${base}/*.conf`,
    `${base}/mods-available/*`,
    `${base}/mods-enabled/*`,
    `${base}/sites-available/*`,
    `${base}/sites-enabled/*`,
    `${base}/modules/*`,
    `${base}/sql/*/*.conf`,
  ]).concat(['raddb/policy.d/*', 'radiusd.conf']),
  announced: ['client ', 'client\t', 'home_server'],
  begins: (head) => /^[ \t]*(?:client|home_server)[ \t]+[\w.:/-]+[ \t]*\{[^}]{0,2000}\bsecret[ \t]*=/m.test(head),
  whole: true,
  blocks: { newline: true, single: true, noSemicolon: true, between: [':=', '+=', '==', '='] },
  secrets: [
    {
      names: ['secret'],
      secret: 'shared-secret',
      system: firstOf(beside('ipaddr', 'ipv4addr', 'ipv6addr', 'virtual_server'), heading()),
      service: 'radius',
    },
    {
      names: ['password', 'pass'],
      account: beside('identity', 'login', 'username', 'user'),
      system: firstOf(beside('server', 'hostname', 'host', 'uri', 'connect_uri'), heading(0)),
    },
    { names: ['private_key_password', 'certificate_password'], system: beside('private_key_file', 'certificate_file') },
    {
      names: [/^&?(?:[a-z]{1,10}[:.])?(?:cleartext-password|user-password|totp-secret|password\.cleartext)$/],
      account: beside('user-name', '&user-name'),
      service: 'radius',
    },
    { names: [/^&?(?:[a-z]{1,10}[:.])?(?:freeradius-client-secret)$/], secret: 'shared-secret', service: 'radius' },
    {
      names: ['api_key', 'key'],
      secret: 'token',
      when: (text, { block }) => block.words[0] === 'yubikey' && text.length > 8,
    },
    { names: ['community'], secret: 'shared-secret', service: 'snmp', system: beside('agent', 'server') },
  ],
  examples: [
    {
      title: 'clients and servers share a secret',
      path: '/etc/freeradius/3.0/clients.conf',
      text: `client localhost {
	ipaddr = 127.0.0.1
	#  The secret
	secret		= oak-leaf-7
}
#client private-network-1 {
#	ipaddr		= 192.0.2.0/24
#	secret		= rowan-19
#}
client 10.1.0.0/16 {
	secret = "elm 4" # of the switches
	shortname = switches
}
`,
      finds: [
        { line: 4, system: '127.0.0.1', secret: 'shared-secret' },
        { line: 8, system: '192.0.2.0/24', state: 'commented' },
        { line: 11, system: '10.1.0.0/16' },
      ],
    },
    {
      title: 'modules log in to directories and databases',
      path: 'etc/raddb/mods-available/ldap',
      text: `ldap {
	server = 'ldap.example.org'
	identity = 'cn=admin,dc=example,dc=org'
	password = oak-leaf-7
	user { filter = "(uid=%{User-Name})" }
	tls {
		# private_key_file = \${certdir}/server.key
		# private_key_password = rowan
	}
}
sql {
	login = "radius"
	password = "radpass"
	radius_db = "radius"
}
`,
      finds: [
        { line: 4, account: 'cn=admin,dc=example,dc=org', system: 'ldap.example.org' },
        { line: 8, system: '${certdir}/server.key', state: 'commented' },
        { line: 13, account: 'radius', system: 'sql' },
      ],
    },
    {
      title: 'settings whose names only sound like it',
      path: 'etc/freeradius/3.0/mods-enabled/pap',
      text: 'pap {\n\t# passwords are in Cleartext-Password\n\tnormalise = yes\n}\nlog { auth_badpass = no\n auth_goodpass = no }\n',
      finds: [],
    },
  ],
})
