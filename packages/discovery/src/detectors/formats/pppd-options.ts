import { settingsFormat } from '../dialects/settings-format.ts'
import { beside } from '../dialects/secret-rules.ts'

export default settingsFormat({
  id: 'pppd-options',
  title: 'Dial-out and tunnels of pppd, xl2tpd, wvdial and vpnc: `peers`, `options`, `wvdial.conf`',
  files: [
    'ppp/peers/*',
    'ppp/options*',
    'options.xl2tpd*',
    'options.l2tpd*',
    'options.pptp*',
    'wvdial*.conf',
    '*.wvdialrc',
    'xl2tpd*.conf',
    'vpnc/*.conf',
    'vpnc.conf',
    'openfortivpn/config*',
    'chat/*',
  ],
  whole: true,
  lines: { between: 'any', values: 'words', sections: true, comments: '#;' },
  secrets: [
    {
      names: ['password'],
      account: beside('user', 'username', 'name'),
      system: beside('remotename', 'phone', 'host', 'pptp'),
      service: 'ppp',
    },
    // Names of two words.
    {
      names: ['ipsec'],
      word: 1,
      secret: 'shared-secret',
      when: (_, { values }) => values[0]?.text.toLowerCase() === 'secret',
      service: 'ipsec',
    },
    {
      names: ['xauth'],
      word: 1,
      when: (_, { values }) => values[0]?.text.toLowerCase() === 'password',
      service: 'ipsec',
    },
    { names: ['lns'], word: 1, when: (_, { values }) => values[0]?.text.toLowerCase() === 'secret' },
  ],
  examples: [
    {
      title: 'a provider',
      path: '/etc/ppp/peers/provider',
      text: 'user "alice@example.org"\npassword "oak-leaf-7"\nremotename provider\nhide-password\nnoauth\n',
      finds: [{ line: 2, account: 'alice@example.org', system: 'provider' }],
    },
    {
      title: 'a modem',
      path: 'etc/wvdial.conf',
      text: '[Dialer Defaults]\nPhone = 123456\nUsername = alice\nPassword = oak-leaf-7\n[Dialer other]\n; Password = <password>\n',
      finds: [
        { line: 4, account: 'alice', system: '123456' },
        { line: 6, is: 'placeholder', state: 'commented' },
      ],
    },
    {
      title: 'a tunnel',
      path: 'etc/vpnc/office.conf',
      text: 'IPSec gateway vpn.example.org\nIPSec ID staff\nIPSec secret oak-leaf-7\nXauth username alice\nXauth password rowan.19\n',
      finds: [{ line: 3, secret: 'shared-secret' }, { line: 5 }],
    },
    {
      title: 'options',
      path: 'etc/ppp/options',
      text: '# Use the password in chap-secrets\nrequire-mschap-v2\nlogin\n-chap\nasyncmap 0\n',
      finds: [],
    },
  ],
})
