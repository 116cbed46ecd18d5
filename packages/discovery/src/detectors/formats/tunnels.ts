import { settingsFormat } from '../dialects/settings-format.ts'
import { beside } from '../dialects/secret-rules.ts'

export default settingsFormat({
  id: 'tunnels',
  title: 'Tunnels: what both ends share, of dns2tcp, n2n, fastd, udp2raw, iodine, hans and what is like them',
  files: [
    'dns2tcp*',
    '.dns2tcp*',
    'n2n/*.conf',
    'default/n2n*',
    'default/iodine',
    'default/hans*',
    'default/ptunnel*',
    'udp2raw*.conf',
    'fastd.conf',
    'fastd/*/*.conf',
    'speederv2*.conf',
    'kcptun*.conf',
    'nps/*.conf',
    'npc*.conf',
  ],
  lines: { between: 'any', comments: '#;' },
  secrets: [
    {
      names: ['key', '-k', 'n2n_key', 'iodined_password', 'iodine_password', 'password', 'secret', 'vkey', 'auth_key'],
      secret: 'shared-secret',
      system: beside('server', 'supernode', 'n2n_supernode', 'remote', 'server_addr'),
      when: (text, { commented, values }) => !(commented && values.length > 1) && !/^[$/]/.test(text),
    },
    { names: ['web_password'], account: beside('web_username') },
  ],
  examples: [
    {
      title: 'both ends of a tunnel',
      path: '/etc/dns2tcpd.conf',
      text: 'listen = 0.0.0.0\nport = 53\nkey = oak-leaf-7\ndomain = dns2tcp.example.org\nresources = ssh:127.0.0.1:22\n',
      finds: [{ line: 3, secret: 'shared-secret' }],
    },
    {
      title: 'what starts it',
      path: '/etc/default/n2n',
      text: 'N2N_COMMUNITY="shop"\nN2N_KEY="rowan-19"\nN2N_SUPERNODE="supernode.example.org"\n',
      finds: [{ line: 2, system: 'supernode.example.org' }],
    },
    {
      title: 'nothing shared',
      path: '/etc/dns2tcpd.conf',
      text: 'listen = 0.0.0.0\n#key =\ndebug_level = 1\n',
      finds: [],
    },
  ],
})
