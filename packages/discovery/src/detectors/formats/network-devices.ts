import { credentialFormat, type SecretKind, type ValueClass } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { secretOf } from '../dialects/secret-rules.ts'

export default credentialFormat({
  id: 'network-devices',
  title: 'Configurations of routers, switches and firewalls, and of routing programs that are written like them',
  files: [
    'frr*.conf',
    'frr/*.conf',
    'quagga/*.conf',
    'zebra.conf',
    'bgpd.conf',
    'ospfd.conf',
    'ospf6d.conf',
    'ripd.conf',
    'isisd.conf',
    'ldpd.conf',
    'vtysh.conf',
    '*-confg',
    '*-config',
    '*.cisco',
    '*running-config*',
    '*startup-config*',
    'rancid/*/configs/*',
    'oxidized/*/*',
    'tftpboot/*',
    '*.rsc',
    'bird*.conf',
    'bird/*.conf',
  ],
  announced: [
    'enable secret',
    'enable password',
    'snmp-server community',
    'username ',
    'set system host-name',
    'set groups',
    '#config-version=',
    '## last c',
    'by routeros',
  ],
  begins: (head) => DEVICE.test(head),

  *read({ text }) {
    let account: string | undefined
    let server: string | undefined
    for (const { text: line, at } of linesOf(text)) {
      if (!INTERESTING.test(line)) {
        if (SERVER.test(line)) server = SERVER.exec(line)![1]
        continue
      }
      const beside = SERVER.exec(line)
      if (beside !== null) server = beside[1]
      for (const form of FORMS) {
        const match = form.pattern.exec(line)
        const groups = match?.groups
        if (match === null || groups === undefined) continue
        const value = groups['value'] ?? ''
        if (value === '' || value === '<removed>' || /^(?:;|\*+|#+)$/.test(value)) break
        if (groups['account'] !== undefined) account = groups['account']
        const type = groups['type']
        const { valueClass, scheme } = form.fixed ?? classOf(type, value)
        const quoted = value.startsWith('"') && value.endsWith('"') && value.length > 2
        const text_ = quoted ? value.slice(1, -1) : value.replace(/;$/, '')
        yield secretOf(
          {
            text: text_,
            at: at + match.index + match[0].length - value.length + (quoted ? 1 : 0),
            length: text_.length,
            quoted,
          },
          {
            name: form.name,
            secret: form.secret ?? 'password',
            account:
              form.account === false
                ? undefined
                : (groups['account'] ?? (form.account === 'before' ? account : undefined)),
            system: groups['system'] ?? (form.system ? server : undefined),
            service: form.service,
            valueClass,
            scheme,
          },
        )
        break
      }
    }
  },

  examples: [
    {
      title: 'Cisco IOS',
      path: '/var/lib/rancid/core/configs/r1',
      text: `version 15.2
enable secret 5 $1$mERr$hx5rVt7rPNoS4wqbXKX7m0
enable password oak-leaf-7
username alice privilege 15 secret 9 $9$nhEmQVczB7dqsO$X.HsgL6x1il0RxkOSSvyQYwucySCt7qFm4v7pqCxkKM
username bob password 7 0822455D0A16
snmp-server community rowan19 RO 10
snmp-server host 192.0.2.9 version 2c elm-4
tacacs-server key 7 13061E010803
radius-server host 192.0.2.8 key birch-2
line vty 0 4
 password 7 110A1016141D
 neighbor 192.0.2.1 password hazel-5
 ip ospf message-digest-key 1 md5 alder-6
crypto isakmp key willow-8 address 198.51.100.1
service password-encryption
`,
      finds: [
        { line: 2, is: 'hash', account: 'enable' },
        { line: 3, account: 'enable' },
        { line: 4, is: 'hash', account: 'alice' },
        { line: 5, is: 'encrypted', account: 'bob' },
        { line: 6, secret: 'shared-secret' },
        { line: 7, system: '192.0.2.9' },
        { line: 8, is: 'encrypted' },
        { line: 9, system: '192.0.2.8' },
        { line: 11, is: 'encrypted' },
        { line: 12, system: '192.0.2.1' },
        { line: 13 },
        { line: 14, system: '198.51.100.1' },
      ],
    },
    {
      title: 'Juniper, Fortinet, MikroTik',
      path: 'rancid/x/configs/fw',
      text: 'set system root-authentication encrypted-password "$6$abcdefgh$0123456789abcdef"\n    secret "$9$dTbgJikPT3/"; ## SECRET-DATA\n        set password ENC SH2nlSm9QL9tapcHPXIqAXvX7vBJuuqu22hpa0JX0sBuKIo7z2g0Kz\nset psksecret ENC abcdefghijklmnop\n/ppp secret add name=alice password=oak-leaf-7 service=l2tp\n',
      finds: [
        { line: 1, is: 'hash' },
        { line: 2, is: 'encrypted' },
        { line: 3, is: 'encrypted' },
        { line: 4, is: 'encrypted' },
        { line: 5, account: 'alice' },
      ],
    },
    {
      title: 'FRR and BIRD',
      path: 'etc/frr/frr.conf',
      text: 'hostname r1\npassword zebra\nenable password oak-leaf-7\nrouter bgp 65000\n neighbor 192.0.2.1 password rowan.19\n',
      finds: [{ line: 2 }, { line: 3, account: 'enable' }, { line: 5, system: '192.0.2.1' }],
    },
    {
      title: 'what turns things on',
      path: 'etc/frr/bgpd.conf',
      text: '! -*- bgp -*-\nhostname bgpd\n!password zebra\nno enable password\nservice password-encryption\nip ssh key-exchange\n',
      finds: [],
    },
  ],
})

const DEVICE =
  /^(?:enable (?:secret|password) |snmp-server community |username \S{1,64} (?:privilege \d{1,2} )?(?:password|secret) \d |set (?:system host-name|groups) |#config-version=|## Last (?:changed|commit): |# \w{3}\/\d\d\/\d{4} .{0,40} by RouterOS)/m
const INTERESTING = /pass|secret|key|community|md5|snmp/i
const SERVER =
  /^[ \t]{0,8}(?:(?:address ipv[46]|host|server|server-private|radius server|tacacs server|ip address|set server)[ \t]{1,4})"?([\w.:-]{1,128})/

interface Form {
  readonly name: string
  readonly pattern: RegExp
  readonly secret?: SecretKind
  readonly service?: string
  readonly account?: 'before' | false
  readonly system?: true
  readonly fixed?: { readonly valueClass?: ValueClass; readonly scheme?: string }
}

const TYPE = String.raw`(?:(?<type>\d)[ \t]+)?`
const VALUE = String.raw`(?<value>"[^"\n]{1,512}"|[^\s"]{1,512})`
const form = (name: string, pattern: string, more: Omit<Form, 'name' | 'pattern'> = {}): Form => ({
  name,
  pattern: new RegExp(pattern, 'i'),
  ...more,
})

const FORMS: readonly Form[] = [
  form(
    'enable',
    String.raw`^[ \t]{0,8}(?<account>enable)[ \t]+(?:secret|password)[ \t]+(?:level[ \t]+\d{1,2}[ \t]+)?(?:(?:sha512|pbkdf2)[ \t]+)?${TYPE}${VALUE}`,
  ),
  form(
    'username',
    String.raw`^[ \t]{0,8}username[ \t]+"?(?<account>[^\s"]{1,64})"?[ \t]+(?:[\w-]{1,20}[ \t]+(?!secret|password)[\w-]{1,20}[ \t]+){0,3}(?:nopassword[ \t]+)?(?:secret|password)[ \t]+(?:sha512[ \t]+)?${TYPE}${VALUE}`,
  ),
  form('snmp-server community', String.raw`^[ \t]{0,8}snmp-server[ \t]+community[ \t]+${TYPE}${VALUE}`, {
    secret: 'shared-secret',
    service: 'snmp',
  }),
  form(
    'snmp-server host',
    String.raw`^[ \t]{0,8}snmp-server[ \t]+host[ \t]+(?:[A-Za-z][\w-]{0,20}[ \t]+(?=\d))?(?<system>[\w.:-]{3,128})[ \t]+(?:(?:traps|informs|community|vrf[ \t]+\S{1,40})[ \t]+){0,2}(?:version[ \t]+(?:1|2c)[ \t]+)?(?!version|vrf|traps|informs|udp-port|poll)${VALUE}`,
    { secret: 'shared-secret', service: 'snmp' },
  ),
  form(
    'snmp-server user',
    String.raw`^[ \t]{0,8}snmp-server[ \t]+user[ \t]+(?<account>\S{1,64})[ \t]+\S{1,64}[ \t]+v3[ \t]+(?:encrypted[ \t]+)?auth[ \t]+(?:md5|sha)[ \t]+${VALUE}`,
    { service: 'snmp' },
  ),
  form(
    'server key',
    String.raw`^[ \t]{0,8}(?:tacacs-server|radius-server|aaa[ \t]+group)[ \t]+(?:host[ \t]+(?<system>[\w.:-]{3,128})[ \t]+(?:[\w-]{1,20}[ \t]+\d{1,6}[ \t]+){0,5})?key[ \t]+${TYPE}${VALUE}`,
    { secret: 'shared-secret', service: 'aaa' },
  ),
  form('neighbor', String.raw`^[ \t]{0,8}neighbor[ \t]+(?<system>[\w.:-]{1,128})[ \t]+password[ \t]+${TYPE}${VALUE}`, {
    secret: 'shared-secret',
    service: 'bgp',
  }),
  form(
    'message-digest-key',
    String.raw`(?:message-digest-key[ \t]+\d{1,3}[ \t]+md5|ospf[ \t]+authentication-key|isis[ \t]+password(?:[ \t]+(?:clear|md5))?|(?:area|domain)-password[ \t]+(?:clear|md5)|key-string|ntp[ \t]+authentication-key[ \t]+\d{1,10}[ \t]+\w{1,20}|standby[ \t]+\d{1,4}[ \t]+authentication(?:[ \t]+(?:text|md5[ \t]+key-string))?|vrrp[ \t]+\d{1,4}[ \t]+authentication[ \t]+text)[ \t]+${TYPE}${VALUE}`,
    { secret: 'shared-secret' },
  ),
  form(
    'isakmp key',
    String.raw`^[ \t]{0,8}crypto[ \t]+isakmp[ \t]+key[ \t]+(?:(?<type>[06])[ \t]+)?${VALUE}(?=[ \t]+(?:address|hostname)(?:[ \t]+(?:ipv6[ \t]+)?(?<system>[\w.:/-]{1,128}))?)`,
    { secret: 'shared-secret', service: 'ipsec' },
  ),
  form(
    'pre-shared-key',
    String.raw`(?:pre-shared-key|pre-shared-secret|psksecret(?![ \t]+ENC)|psk-secret|wpa-psk(?:[ \t]+ascii)?)[ \t]+(?:ascii-text[ \t]+|hexadecimal[ \t]+)?(?:ascii[ \t]+)?(?:[06][ \t]+)?${VALUE}`,
    { secret: 'shared-secret' },
  ),
  form('encrypted-password', String.raw`\bencrypted-password[ \t]+${VALUE}`, { fixed: { valueClass: 'hash' } }),
  form('plaintext-password', String.raw`\bplaintext-password[ \t]+${VALUE}`),
  form(
    'set password',
    String.raw`^[ \t]{0,16}set[ \t]+(?:passwd|password|secret|key|psksecret|private-key-password|auth-pwd|priv-pwd|ppp?oe?-password|passphrase)[ \t]+ENC[ \t]+${VALUE}`,
    { fixed: { valueClass: 'encrypted', scheme: 'fortios' } },
  ),
  form(
    'secret',
    String.raw`\b(?:secret|authentication-key|simple-password|md5[ \t]+\d{1,3}[ \t]+key|authentication-password|privacy-password|key)[ \t]+(?<value>"\$9\$[^"\n]{1,512}")`,
    { system: true, fixed: { valueClass: 'encrypted', scheme: 'juniper-9' } },
  ),
  form('password', String.raw`\bname="?(?<account>[^\s"]{1,64})"?[ \t].{0,200}?\bpassword=${VALUE}`),
  form(
    'password',
    String.raw`^[ \t]{0,8}(?:neighbor[ \t]+.{0,80}?)?password[ \t]+(?:sha512[ \t]+)?${TYPE}${VALUE}[ \t]*;?[ \t]*(?=$)`,
  ),
  form('key', String.raw`^[ \t]{1,8}key[ \t]+(?<type>[0567])[ \t]+${VALUE}`, { secret: 'shared-secret', system: true }),
]

/** Types of Cisco, and what values say themselves. Type 7 is turned back by anybody, 6 with a key that is in the device. */
const classOf = (
  type: string | undefined,
  value: string,
): { readonly valueClass?: ValueClass; readonly scheme?: string } => {
  const bare = value.replaceAll(/^"|"$/g, '')
  if (bare.startsWith('$9$') && type !== '9') return { valueClass: 'encrypted', scheme: 'juniper-9' }
  if (type === '7') return { valueClass: 'encrypted', scheme: 'cisco-7' }
  if (type === '6') return { valueClass: 'encrypted', scheme: 'cisco-6' }
  if (type === '4') return { valueClass: 'hash', scheme: 'sha256' }
  if (type === '8') return { valueClass: 'hash', scheme: 'pbkdf2' }
  if (type === '9') return { valueClass: 'hash', scheme: 'scrypt' }
  if (type === '5' && bare.startsWith('$'))
    return { valueClass: 'hash', scheme: bare.startsWith('$6$') ? 'sha512crypt' : 'md5crypt' }
  if (/^\$(?:1|5|6)\$[^$]{0,40}\$/.test(bare)) return { valueClass: 'hash' }
  return {}
}
