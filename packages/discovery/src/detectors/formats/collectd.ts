import { settingsFormat } from '../dialects/settings-format.ts'
import { beside, heading } from '../dialects/secret-rules.ts'

export default settingsFormat({
  id: 'collectd',
  title: 'collectd: logins of its plugins',
  files: ['collectd*.conf', 'collectd/*.conf', 'collectd.d/*.conf', 'collectd.conf.d/*'],
  whole: true,
  lines: { between: ' ', values: 'words', tags: true },
  secrets: [
    {
      names: ['password', 'pass', 'mysqlpassword'],
      account: beside('user', 'username', 'login', 'account'),
      system: beside('host', 'url', 'serviceurl', 'server', 'address', 'connectionurl'),
    },
    { names: ['password'], system: heading() },
    { names: ['community'], secret: 'shared-secret', system: beside('address'), service: 'snmp' },
    {
      names: ['authpassphrase', 'privacypassphrase'],
      account: beside('username'),
      system: beside('address'),
      service: 'snmp',
    },
    { names: ['authfile'], valueClass: 'reference' },
    { names: ['sslkeypassword', 'keypassword'], system: beside('keyfile') },
    { names: ['token', 'apikey'], secret: 'token', system: beside('url', 'host') },
  ],
  examples: [
    {
      title: 'plugins with their logins',
      path: '/etc/collectd/collectd.conf',
      text: `<Plugin mysql>
	<Database main>
		Host "db.example.org"
		User "monitor"
		Password "oak-leaf-7"
	</Database>
</Plugin>
#<Plugin "network">
#	<Server "203.0.113.42" "25826">
#		SecurityLevel Encrypt
#		Username "user"
#		Password "secret"
#	</Server>
#</Plugin>
<Plugin snmp>
	<Host "r1">
		Address "192.0.2.1"
		Community "rowan.19"
	</Host>
</Plugin>
`,
      finds: [
        { line: 5, account: 'monitor', system: 'db.example.org' },
        { line: 12, account: 'user', state: 'commented' },
        { line: 18, system: '192.0.2.1', secret: 'shared-secret' },
      ],
    },
    {
      title: 'plugins without',
      path: 'collectd.conf',
      text: 'Interval 10\nLoadPlugin cpu\n<Plugin df>\n FSType rootfs\n</Plugin>\n',
      finds: [],
    },
  ],
})
