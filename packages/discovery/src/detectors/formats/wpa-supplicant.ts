import { settingsFormat } from '../dialects/settings-format.ts'
import { beside } from '../dialects/secret-rules.ts'

export default settingsFormat({
  id: 'wpa-supplicant',
  title: 'Wireless and wired networks that wpa_supplicant joins: `wpa_supplicant.conf`',
  files: ['*wpa_supplicant*.conf', '*wpa-supplicant*.conf', 'wpa-*.conf', 'wpa_*.conf'],
  announced: ['network=', 'network ', 'network\t'],
  begins: (head) => /^[ \t]*network[ \t]*=[ \t]*\{/m.test(head),
  whole: true,
  blocks: { newline: true, noSemicolon: true },
  secrets: [
    {
      names: ['psk', 'sae_password', /^wep_key[0-3]$/, 'mka_cak'],
      secret: 'shared-secret',
      system: beside('ssid', 'bssid', 'mka_ckn'),
      service: 'wifi',
      // A file or a store elsewhere keeps it.
      when: (text) => !text.startsWith('ext:'),
    },
    {
      names: ['password', 'machine_password'],
      account: beside('identity', 'username', 'anonymous_identity'),
      system: beside('ssid', 'realm', 'domain'),
      service: 'wifi',
      when: (text) => !text.startsWith('hash:') && !text.startsWith('ext:'),
    },
    {
      names: ['password'],
      account: beside('identity', 'username'),
      system: beside('ssid', 'realm'),
      service: 'wifi',
      valueClass: 'hash',
      scheme: 'nt',
    },
    {
      names: [/^private_key2?_passwd$/, /^machine_private_key_passwd$/, 'pin', 'pin2', 'machine_pin'],
      account: beside('identity'),
      system: beside('private_key', 'ssid'),
      when: (text) => text !== '-' && !text.startsWith('ext:'),
    },
  ],
  examples: [
    {
      title: 'each network with its own key, as text or in hexadecimal, or with an account',
      path: '/etc/wpa_supplicant/wpa_supplicant.conf',
      text: `ctrl_interface=/run/wpa_supplicant
network={
	ssid="home upstairs"
	#psk="oak-leaf-7"
	psk=1b9a8f0e6e6f0d0a8c1a9b3c55f7c2d41b9a8f0e6e6f0d0a8c1a9b3c55f7c2d4
}
network={
	ssid="example"
	key_mgmt=WPA-EAP
	identity="alice@example.org"
	password="rowan {19}"
	private_key="/etc/cert/user.prv"
	private_key_passwd="elm-4"
}
network={
	ssid=636166c3a9
	wep_key0="birch"
	password=hash:0123456789abcdef0123456789abcdef
	identity="bob"
}
`,
      finds: [
        { line: 4, system: 'home upstairs', state: 'commented' },
        { line: 5, system: 'home upstairs', secret: 'shared-secret' },
        { line: 11, account: 'alice@example.org', system: 'example' },
        { line: 13, account: 'alice@example.org', system: '/etc/cert/user.prv' },
        { line: 17, system: '636166c3a9' },
        { line: 18, is: 'hash', account: 'bob', system: '636166c3a9' },
      ],
    },
    {
      title: 'a key that another program keeps, and open networks',
      path: 'wpa_supplicant-wlan0.conf',
      text: 'network={\n\tssid="a"\n\tpsk=ext:home\n\tkey_mgmt=NONE\n}\n# psk is the preshared key; password for the account\n',
      finds: [],
    },
  ],
})
