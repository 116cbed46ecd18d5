import { credentialFormat, type Sighting } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { secretOf } from '../dialects/secret-rules.ts'
import { wordsOf, type Word } from '../dialects/words.ts'

export default credentialFormat({
  id: 'hostapd-tables',
  title: 'Tables of hostapd: users of EAP, keys of stations, clients of its RADIUS server',
  files: ['*eap_user*', '*.wpa_psk*', 'wpa_psk*', '*radius_clients*', '*.sae_password*', 'sae_passwords*'],
  whole: true,

  *read({ path, text }) {
    const table = path.toLowerCase()
    const read = table.includes('eap_user') ? eapUser : table.includes('radius_clients') ? radiusClient : stationKey
    for (const { text: line, at } of linesOf(text)) {
      const mark = /^[ \t]*(?:#+[ \t]*)?/.exec(line)![0].length
      const commented = line.slice(0, mark).includes('#')
      const words = wordsOf(line, mark, line.length, '#')
      const found = read(line, words, commented)
      if (found !== undefined) yield { ...found, at: at + found.at }
    }
  },

  examples: [
    {
      title: 'users with a password, a hash, or a certificate alone',
      path: 'etc/hostapd.eap_user',
      text: [
        '# Phase 1 users',
        '"alice"\tMD5\t"oak-leaf-7"',
        '"bob"\t\tMSCHAPV2\thash:000102030405060708090a0b0c0d0e0f',
        '*\t\tPEAP',
        '# Phase 2 (tunnelled within EAP-PEAP or EAP-TTLS) users',
        '"t-md5"\t\tMD5\t"rowan 19"\t[2]',
        '"carol"\tPSK\t0123456789abcdef0123456789abcdef',
        '',
      ].join('\n'),
      finds: [
        { line: 2, account: 'alice' },
        { line: 3, is: 'hash', account: 'bob' },
        { line: 6, account: 't-md5' },
        { line: 7, account: 'carol' },
      ],
    },
    {
      title: 'keys of stations, with options in front',
      path: 'etc/hostapd.wpa_psk',
      text: '# MAC address PSK\n00:00:00:00:00:00 oak leaf 7\nkeyid=alice vlanid=3 00:11:22:33:44:55 rowan.19\n',
      finds: [
        { line: 2, secret: 'shared-secret' },
        { line: 3, account: 'alice', system: '00:11:22:33:44:55' },
      ],
    },
    {
      title: 'clients with the secret that they share',
      path: 'etc/hostapd.radius_clients',
      text: '# RADIUS client configuration for the RADIUS server\n10.1.2.3\t\toak-leaf-7\n192.168.1.0/24\trowan.19\n',
      finds: [
        { line: 2, system: '10.1.2.3' },
        { line: 3, system: '192.168.1.0/24' },
      ],
    },
    { title: 'users with certificates', path: 'hostapd.eap_user', text: '"alice" TLS\n* PEAP,TTLS\n', finds: [] },
  ],
})

type ReadLine = (line: string, words: readonly Word[], commented: boolean) => Sighting | undefined

const eapUser: ReadLine = (_, [identity, methods, secret], commented) => {
  if (identity === undefined || secret === undefined || !/^[A-Z0-9,-]{2,100}$/.test(methods?.text ?? ''))
    return undefined
  const hash = secret.text.startsWith('hash:')
  if (!hash && !secret.quoted && !/^[0-9a-f]{8,}$/i.test(secret.text)) return undefined
  return secretOf(secret, {
    name: 'password',
    commented,
    account: identity.text.startsWith('*') ? undefined : identity.text,
    service: 'eap',
    ...(hash ? { valueClass: 'hash', scheme: 'nt' } : {}),
  })
}

const radiusClient: ReadLine = (_, [client, secret], commented) =>
  client === undefined || secret === undefined || !/^[\da-f.:]{3,45}(?:\/\d{1,3})?$/i.test(client.text)
    ? undefined
    : secretOf(secret, { name: 'secret', secret: 'shared-secret', commented, system: client.text, service: 'radius' })

/** Options, the address of a station, and the rest of the line; the address of nobody stands for all. */
const stationKey: ReadLine = (line, words, commented) => {
  const station = words.findIndex(({ text }) => /^(?:[\da-f]{2}:){5}[\da-f]{2}$/i.test(text))
  const [first] = words.slice(station + 1)
  const last = words.at(-1)
  if (station < 0 || first === undefined || last === undefined) return undefined
  if (words.slice(0, station).some(({ text }) => !text.includes('='))) return undefined
  const end = last.at + last.length
  const account = words
    .slice(0, station)
    .find(({ text }) => text.startsWith('keyid='))
    ?.text.slice(6)
  const address = words[station]!.text
  return secretOf(
    { text: line.slice(first.at, end), at: first.at, length: end - first.at, quoted: false },
    {
      name: 'psk',
      secret: 'shared-secret',
      commented,
      account,
      system: /^[0:]+$/.test(address) ? undefined : address,
      service: 'wifi',
    },
  )
}
