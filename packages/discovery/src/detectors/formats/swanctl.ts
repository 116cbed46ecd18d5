import { settingsFormat } from '../dialects/settings-format.ts'
import { beside, firstOf, heading } from '../dialects/secret-rules.ts'
import type { Setting } from '../dialects/setting.ts'

const id = (setting: Setting) =>
  setting.block.settings
    .slice(Math.max(0, setting.index - 20), setting.index + 20)
    .find(({ name, commented }) => name.startsWith('id') && commented === setting.commented)?.values[0]?.text

export default settingsFormat({
  id: 'swanctl',
  title: 'strongSwan: secrets of `swanctl.conf`, those of RADIUS servers, tokens and databases in `strongswan.conf`',
  files: [
    'swanctl*.conf',
    'swanctl/*.conf',
    'swanctl/conf.d/*',
    'strongswan*.conf',
    'strongswan.d/*.conf',
    'strongswan.d/*/*.conf',
    'charon*.conf',
  ],
  whole: true,
  blocks: { newline: true, noSemicolon: true },
  secrets: [
    {
      names: [/^secret$/],
      account: (setting) => (/^(?:eap|xauth|ntlm)/.test(setting.block.words[0] ?? '') ? id(setting) : undefined),
      system: (setting) =>
        /^(?:eap|xauth|ntlm)/.test(setting.block.words[0] ?? '')
          ? undefined
          : firstOf(beside('file', 'address', 'handle'), id, heading(0))(setting),
      service: 'ipsec',
    },
    { names: ['pin', 'password'], account: beside('username', 'user'), system: heading(0) },
  ],
  examples: [
    {
      title: 'secrets of accounts, of gateways and of keys',
      path: '/etc/swanctl/swanctl.conf',
      text: `connections {
  home { local { auth = psk } }
}
secrets {
  eap-alice {
    id = alice
    secret = oak-leaf-7
  }
  ike-gw {
    id-1 = gw.example.org
    secret = "rowan 19"
  }
  # rsa { file = a.pem
  #  secret = elm-4
  # }
}
`,
      finds: [
        { line: 7, account: 'alice' },
        { line: 11, system: 'gw.example.org' },
        { line: 14, system: 'a.pem', state: 'commented' },
      ],
    },
    {
      title: 'a RADIUS server',
      path: 'etc/strongswan.d/charon/eap-radius.conf',
      text: 'eap-radius {\n  # Shared secret\n  # secret =\n  servers {\n    primary {\n      address = 192.0.2.1\n      secret = oak-leaf-7\n    }\n  }\n}\n',
      finds: [{ line: 7, system: '192.0.2.1' }],
    },
    {
      title: 'as it is shipped',
      path: 'etc/strongswan.conf',
      text: 'charon {\n\tload_modular = yes\n\tplugins {\n\t\tinclude strongswan.d/charon/*.conf\n\t}\n}\n',
      finds: [],
    },
  ],
})
