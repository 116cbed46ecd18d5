import { credentialFormat } from '../detector.ts'
import { besides } from '../readers/beside.ts'
import { sighting } from '../readers/sighting.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { yaml } from '../syntaxes/yaml.ts'

export default credentialFormat({
  id: 'netplan',
  title: 'Networks of netplan: keys of wireless networks and tunnels',
  files: ['etc/netplan/*.yaml', 'lib/netplan/*.yaml', 'run/netplan/*.yaml', 'network-config'],
  announced: ['network:'],
  begins: (head) => /^network:[ \t]*\n[ \t]+(?:version|renderer|ethernets|wifis|tunnels):/m.test(head),
  whole: true,

  *read(file) {
    const entries = entriesOf(file, yaml)
    const beside = besides(entries)
    for (const entry of entries) {
      const { keys, value, at, length, quoted, commented } = entry
      const own = keys.at(-1)!
      const index = keys.indexOf('access-points')
      const key = own === 'private' || own === 'shared' || (own === 'key' && keys.includes('tunnels'))
      if (
        (own !== 'password' &&
          !(own === 'pin' && keys.includes('modems')) &&
          own !== 'client-key-password' &&
          own !== 'psk' &&
          !key) ||
        value === ''
      )
        continue
      yield sighting({
        at,
        length,
        value,
        secret: own === 'private' ? 'private-key' : key ? 'symmetric-key' : index < 0 ? 'password' : 'shared-secret',
        name: keys
          .filter((_, position) => index < 0 || position !== index + 1)
          .slice(-3)
          .map((one) => (/^[\w-]{1,64}$/.test(one) ? one : '*'))
          .join('.'),
        account: beside(entry, 'identity'),
        system: index < 0 ? undefined : keys[index + 1],
        service: index < 0 ? undefined : 'wifi',
        commented,
        ...(quoted ? { quoted } : {}),
        ...(key ? (value.startsWith('/') ? { valueClass: 'reference' as const } : { valueClass: 'key' as const }) : {}),
      })
    }
  },

  examples: [
    {
      title: 'wireless networks',
      path: '/etc/netplan/50-cloud-init.yaml',
      text: 'network:\n  version: 2\n  wifis:\n    wlan0:\n      access-points:\n        "home net":\n          password: "oak-leaf-7"\n        work:\n          auth:\n            key-management: eap\n            identity: alice\n            password: rowan-19\n',
      finds: [
        { line: 7, secret: 'shared-secret', system: 'home net' },
        { line: 12, account: 'alice', system: 'work' },
      ],
    },
    {
      title: 'wires',
      path: '/etc/netplan/01.yaml',
      text: 'network:\n  ethernets:\n    eth0: {dhcp4: true}\n',
      finds: [],
    },
  ],
})
