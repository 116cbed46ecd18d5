import { credentialFormat, type Entry, type SecretKind } from '../detector.ts'
import { sighting } from '../readers/sighting.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { INI, iniSyntax } from '../syntaxes/ini.ts'

export default credentialFormat({
  id: 'network-manager',
  title: 'Connections of NetworkManager, iwd and ConnMan: keys of wireless networks, logins of tunnels',
  files: [
    '*.nmconnection',
    'networkmanager/system-connections/*',
    'iwd/*.psk',
    'iwd/*.8021x',
    'connman/*.config',
    'connman/*/settings',
  ],
  whole: true,

  *read(file) {
    const entries = entriesOf(file, SYNTAX)
    const settings = new Map<string, string>()
    for (const { keys, value, commented } of entries)
      if (commented !== true && value !== '') settings.set(keys.slice(-2).join('.').toLowerCase(), value)
    const told = (...names: string[]) => {
      const name = names.find((one) => settings.has(one))
      return name === undefined ? undefined : settings.get(name)
    }
    const wireless = told('wifi.ssid', '802-11-wireless.ssid') ?? /iwd\/(.{1,64})\.(?:psk|8021x)$/.exec(file.path)?.[1]
    for (const entry of entries) {
      const field = fieldOf(entry)
      if (field === undefined || entry.value === '') continue
      const { keys, at, length, value, commented } = entry
      const section = keys.at(-2)!.toLowerCase()
      yield sighting({
        at,
        length,
        value,
        secret: field,
        name: `${section.startsWith('wireguard-peer') ? 'wireguard-peer' : section}.${keys.at(-1)!}`,
        account: told(
          '802-1x.identity',
          'security.eap-identity',
          'vpn.user',
          'vpn.username',
          'vpn.xauth username',
          'vpn.ipsec-id',
          'pppoe.username',
          'gsm.username',
          'cdma.username',
        ),
        system: section.startsWith('wireguard')
          ? undefined
          : (wireless ?? told('vpn.gateway', 'vpn.remote', 'vpn.ipsec gateway', 'pppoe.service')),
        service:
          section === 'wifi-security' || section === '802-11-wireless-security' || section === 'security'
            ? 'wifi'
            : undefined,
        commented,
        quoted: true,
        ...(field === 'symmetric-key' || field === 'private-key' ? { valueClass: 'key' as const } : {}),
      })
    }
  },

  examples: [
    {
      title: 'a wireless network, and one that asks who it is',
      path: '/etc/NetworkManager/system-connections/home.nmconnection',
      text: '[wifi]\nssid=home\n\n[wifi-security]\nkey-mgmt=wpa-psk\npsk=oak-leaf-7\n\n[802-1x]\nidentity=alice\npassword=rowan-19\nprivate-key=/etc/x.pem\n',
      finds: [
        { line: 6, name: 'wifi-security.psk', account: 'alice', system: 'home', service: 'wifi' },
        { line: 10, name: '802-1x.password', account: 'alice', system: 'home' },
      ],
    },
    {
      title: 'a tunnel',
      path: '/etc/NetworkManager/system-connections/work',
      text: '[vpn]\ngateway=vpn.example.org\nuser=alice\npassword-flags=0\n\n[vpn-secrets]\npassword=oak-leaf-7\n',
      finds: [{ line: 7, name: 'vpn-secrets.password', account: 'alice', system: 'vpn.example.org' }],
    },
    {
      title: 'kept by the desktop',
      path: '/etc/NetworkManager/system-connections/x.nmconnection',
      text: '[wifi-security]\nkey-mgmt=wpa-psk\npsk-flags=1\n',
      finds: [],
    },
  ],
})

const SYNTAX = iniSyntax({ ...INI, separators: '=', trailing: 'none', quotes: false })

const fieldOf = ({ keys, value }: Entry): SecretKind | undefined => {
  const section = keys.at(-2)?.toLowerCase() ?? ''
  const own = keys.at(-1)!.toLowerCase()
  if (section === 'vpn-secrets') return own.endsWith('-flags') ? undefined : 'password'
  if (section.startsWith('wireguard'))
    return own === 'private-key' ? 'private-key' : own === 'preshared-key' ? 'symmetric-key' : undefined
  if (/^(?:psk|passphrase|presharedkey|wep-key\d|leap-password|sae_password)$/.test(own)) return 'shared-secret'
  if (own === 'pin' && value !== '0') return 'password'
  return /^(?:password|phase2-private-key-password|private-key-password|ca-cert-password|eap-password|eap-ttls-phase2-password|eap-peap-phase2-password|privatekeypassphrase|http-proxy-password)$/.test(
    own,
  )
    ? 'password'
    : undefined
}
