import { settingsFormat } from '../dialects/settings-format.ts'
import { beside } from '../dialects/secret-rules.ts'

export default settingsFormat({
  id: 'hostapd',
  title: 'Wireless networks that hostapd offers: `hostapd.conf`',
  files: ['*hostapd*.conf', '*hostapd*.cfg', 'etc/hostapd/*.conf'],
  announced: ['wpa_passphrase='],
  begins: (head) => /^wpa_passphrase=/m.test(head),
  whole: true,
  lines: {},
  secrets: [
    {
      names: ['wpa_passphrase', 'wpa_psk', 'sae_password', /^wep_key[0-3]$/, 'psk', 'mka_cak'],
      secret: 'shared-secret',
      system: beside('ssid', 'ssid2', 'mka_ckn'),
      service: 'wifi',
    },
    {
      names: ['auth_server_shared_secret'],
      secret: 'shared-secret',
      system: beside('auth_server_addr'),
      service: 'radius',
    },
    {
      names: ['acct_server_shared_secret'],
      secret: 'shared-secret',
      system: beside('acct_server_addr'),
      service: 'radius',
    },
    { names: ['private_key_passwd'], system: beside('private_key') },
    { names: ['ap_pin'], system: beside('ssid'), service: 'wifi', when: (text) => /^\d{4,8}$/.test(text) },
    {
      names: ['pac_opaque_encr_key', 'eap_fast_a_id_key'],
      secret: 'symmetric-key',
      system: beside('ssid'),
      service: 'wifi',
    },
  ],
  examples: [
    {
      title: 'the key of a network may hold blanks; each server has its own secret',
      path: '/etc/hostapd/hostapd.conf',
      text: `interface=wlan0
ssid=example
#wpa_psk=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
wpa_passphrase=oak leaf 7
auth_server_addr=10.0.0.1
auth_server_port=1812
auth_server_shared_secret=rowan.19
#acct_server_addr=10.0.0.2
#acct_server_shared_secret=elm-4
bss=wlan0_0
ssid=guests
wpa_passphrase=birch#2
`,
      finds: [
        { line: 3, system: 'example', state: 'commented' },
        { line: 4, system: 'example', name: 'wpa_passphrase' },
        { line: 7, system: '10.0.0.1', service: 'radius' },
        { line: 9, system: '10.0.0.2', state: 'commented' },
        { line: 12, system: 'guests' },
      ],
    },
    {
      title: 'settings beside keys, and what explains them',
      path: 'hostapd.conf',
      text: 'wpa=2\nwpa_key_mgmt=WPA-PSK\nwpa_psk_file=/etc/hostapd.wpa_psk\n# The wpa_passphrase is a string of 8 to 63 characters\nwpa_group_rekey=600\n',
      finds: [],
    },
  ],
})
