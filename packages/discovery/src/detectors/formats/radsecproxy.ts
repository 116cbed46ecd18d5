import { settingsFormat } from '../dialects/settings-format.ts'
import { beside, firstOf, heading } from '../dialects/secret-rules.ts'

export default settingsFormat({
  id: 'radsecproxy',
  title: 'radsecproxy: clients and servers with the secret they share, keys of certificates',
  files: ['radsecproxy*.conf', 'radsecproxy.d/*'],
  whole: true,
  blocks: { newline: true, noSemicolon: true, single: true },
  secrets: [
    {
      names: ['secret', 'pskkey'],
      secret: 'shared-secret',
      system: firstOf(beside('host'), heading()),
      service: 'radius',
    },
    { names: ['certificatekeypassword'], system: beside('certificatekeyfile') },
  ],
  examples: [
    {
      title: 'with or without a sign between name and value',
      path: 'etc/radsecproxy.conf',
      text: `tls default {
	CertificateKeyFile /etc/key.pem
	#CertificateKeyPassword	"follow the white rabbit"
}
client 10.0.0.1 {
	type	udp
	secret	oak-leaf-7
}
server radius.example.org {
	host = 192.0.2.1
	secret = "rowan 19"
}
`,
      finds: [
        { line: 3, system: '/etc/key.pem', state: 'commented' },
        { line: 7, system: '10.0.0.1' },
        { line: 11, system: '192.0.2.1' },
      ],
    },
    {
      title: 'without a secret that is told',
      path: 'radsecproxy.conf',
      text: 'client all { host 0.0.0.0/0\n type TLS\n}\nrealm * { server x }\n',
      finds: [],
    },
  ],
})
