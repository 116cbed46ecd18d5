import { credentialFormat, type Sighting } from '../detector.ts'
import { sighting } from '../readers/sighting.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { INI, iniSyntax } from '../syntaxes/ini.ts'

export default credentialFormat({
  id: 'wireguard',
  title: 'Keys of WireGuard: `wg0.conf`, those of systemd-networkd, files of one key',
  files: [
    'wireguard/*.conf',
    'wireguard/*/*.conf',
    'wg*.conf',
    '*.netdev',
    'wireguard/*.key',
    'wireguard/*private*',
    'wireguard/*.psk',
    'wireguard/*preshared*',
    'wireguard/*/*.key',
    '*wg*.key',
  ],
  announced: ['privatekey'],
  begins: (head) =>
    !head.startsWith('#!') && /^[ \t]*\[Interface\][ \t]*$/m.test(head) && /^[ \t]*PrivateKey[ \t]*=/m.test(head),
  whole: true,

  *read(file) {
    const alone = /^([A-Za-z0-9+/]{43}=)\s*$/.exec(file.text)
    if (alone !== null) {
      if (!/pub/i.test(nameOf(file.path)))
        yield sighting({
          at: 0,
          length: 44,
          secret: secretOf(/psk|shared/i.test(nameOf(file.path))),
          valueClass: 'key',
          service: 'wireguard',
        })
      return
    }
    let system: string | undefined
    const peers = new Map<number, { key?: string; endpoint?: string }>()
    const entries = entriesOf(file, SYNTAX)
    for (const { keys, value, group, commented } of entries) {
      if (commented === true) continue
      const name = keys.at(-1)!.toLowerCase()
      const peer = peers.get(group) ?? {}
      if (name === 'publickey') peers.set(group, { ...peer, key: value })
      else if (name === 'endpoint') peers.set(group, { ...peer, endpoint: value })
      else if (name === 'address' || name === 'name') system ??= value
    }
    for (const { keys, value, at, length, group, commented } of entries) {
      const name = keys.at(-1)!.toLowerCase()
      const place = { at, length, value, name: keys.at(-1)!, service: 'wireguard', commented }
      if (/^(?:privatekey|presharedkey|macseckey|key)$/.test(name)) {
        if (!WG_KEY.test(value)) {
          if (name !== 'key' && value !== '')
            yield sighting({ ...place, secret: secretOf(name === 'presharedkey'), system: peers.get(group)?.endpoint })
        } else if (name !== 'key' || /^(?:macsec|wireguard)/i.test(keys[0] ?? ''))
          yield sighting({
            ...place,
            secret: secretOf(name === 'presharedkey'),
            valueClass: 'key',
            account: peers.get(group)?.key,
            system: peers.get(group)?.endpoint ?? (name === 'privatekey' ? system : undefined),
          })
      } else if (/^(?:privatekeyfile|presharedkeyfile)$/.test(name) && value !== '')
        yield sighting({ ...place, secret: secretOf(name.startsWith('pre')), valueClass: 'reference' })
      else yield* setBy(value, at, length, commented)
    }
  },

  examples: [
    {
      title: 'the key of this side, and one shared with a peer, who is its public key and an address',
      path: '/etc/wireguard/wg0.conf',
      text: `[Interface]
Address = 10.0.0.1/24
PrivateKey = oAkLeaf7RowanBirch12AlderElm3Yew4Ash5Larch6=
[Peer]
PublicKey = pUbLicHazelWillow98CedarFir7Oak6Pine5Lime432=
PresharedKey = sHaRedRowanBirch12AlderElm3Yew4Ash5Larch678=
Endpoint = vpn.example.org:51820
AllowedIPs = 0.0.0.0/0
`,
      finds: [
        { line: 3, name: 'PrivateKey', is: 'key', secret: 'private-key', system: '10.0.0.1/24', service: 'wireguard' },
        {
          line: 6,
          name: 'PresharedKey',
          is: 'key',
          secret: 'shared-secret',
          account: 'pUbLicHazelWillow98CedarFir7Oak6Pine5Lime432=',
          system: 'vpn.example.org:51820',
        },
      ],
    },
    {
      title: 'a key in a file of its own, named by what sets it',
      path: '/etc/wireguard/wg1.conf',
      text: '[Interface]\nPostUp = wg set %i private-key /etc/wireguard/wg1.key\n',
      finds: [{ line: 2, name: 'private-key', is: 'reference', reference: '/etc/wireguard/wg1.key' }],
    },
    {
      title: 'such a file',
      path: '/etc/wireguard/wg1.key',
      text: 'oAkLeaf7RowanBirch12AlderElm3Yew4Ash5Larch6=\n',
      finds: [{ line: 1, is: 'key' }],
    },
    {
      title: 'the same in the words of systemd-networkd',
      path: '/etc/systemd/network/wg0.netdev',
      text: '[NetDev]\nName=wg0\nKind=wireguard\n[WireGuard]\nPrivateKeyFile=/etc/systemd/network/wg0.key\nListenPort=51820\n',
      finds: [{ line: 5, is: 'reference', reference: '/etc/systemd/network/wg0.key' }],
    },
    {
      title: 'public keys open nothing',
      path: '/etc/wireguard/public.key',
      text: 'pUbLicHazelWillow98CedarFir7Oak6Pine5Lime432=\n',
      finds: [],
    },
  ],
})

const SYNTAX = iniSyntax({ ...INI, separators: '=', trailing: 'any', quotes: false })
const WG_KEY = /^[A-Za-z0-9+/]{43}=$/

const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1)
const secretOf = (shared: boolean) => (shared ? 'shared-secret' : 'private-key')

/** Commands that set a key from a file when the interface comes up. */
function* setBy(value: string, at: number, length: number, commented: true | undefined): Generator<Sighting> {
  if (value.length !== length) return
  const match = /\b(private-key|preshared-key)[ \t]+(<\([^)]{1,512}\)|[^\s;&|]{1,512})/.exec(value)
  if (match === null) return
  const [whole, name = '', file = ''] = match
  yield sighting({
    at: at + match.index + whole.length - file.length,
    length: file.length,
    secret: secretOf(name.startsWith('pre')),
    valueClass: 'reference',
    name,
    service: 'wireguard',
    commented,
  })
}
