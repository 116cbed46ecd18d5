import { credentialFormat, type Sighting } from '../detector.ts'
import { besides } from '../readers/beside.ts'
import { sighting } from '../readers/sighting.ts'
import { embedded } from '../syntaxes/embedded.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { yaml } from '../syntaxes/yaml.ts'

export default credentialFormat({
  id: 'cloud-init',
  title: 'What a machine is set up with at first boot: passwords of cloud-init',
  files: [
    'user-data',
    'user-data.*',
    'user_data',
    'cloud.cfg',
    'cloud.cfg.d/*.cfg',
    'vendor-data',
    'cloud-config.txt',
    'user-data.txt*',
    '*.cloud-config',
    'cloud-init*.y*ml',
  ],
  announced: ['#cloud-config'],
  begins: (head) => /^#cloud-config\b/m.test(head),

  *read(file) {
    if (!/^(?:\s*#|chpasswd|users|password|\w+:)/m.test(file.text.slice(0, 65_536))) return
    const entries = entriesOf(file, yaml)
    const beside = besides(entries)
    for (const entry of entries) {
      const { keys, value, at, length, quoted, commented } = entry
      const own = keys.at(-1)!
      if (value === '') continue
      const seen = (account: string | undefined, more: Partial<Parameters<typeof sighting>[0]> = {}): Sighting =>
        sighting({
          at,
          length,
          value,
          secret: 'password',
          name: keys.filter((key) => !/^\d+$/.test(key)).join('.'),
          account,
          service: 'local',
          commented,
          ...(quoted ? { quoted } : {}),
          ...more,
        })
      if (keys[0] === 'chpasswd' && keys[1] === 'list') {
        for (const line of value.matchAll(/^[ \t]*([\w.-]{1,64}):(\S[^\r\n]{0,512})$/gm)) {
          const [all, account = '', password = ''] = line
          if (/^(?:R|RANDOM)$/.test(password)) continue
          const place = embedded(file.text, entry, '').place(line.index + all.length - password.length, password.length)
          yield seen(account, { ...place, value: password, name: 'chpasswd.list' })
        }
      } else if (keys[0] === 'chpasswd' && keys[1] === 'users' && own === 'password') yield seen(beside(entry, 'name'))
      else if (
        keys[0] === 'users' &&
        /^(?:passwd|hashed_passwd|plain_text_passwd|hashed-passwd|plain-text-passwd)$/.test(own)
      )
        yield seen(beside(entry, 'name'))
      else if (keys.length === 1 && own === 'password') yield seen(undefined)
    }
  },

  examples: [
    {
      title: 'accounts with passwords plain and hashed',
      path: '/var/lib/cloud/instance/user-data.txt',
      text: `#cloud-config
password: oak-leaf-7
chpasswd:
  expire: false
  list: |
    root:rowan-19
    ops:RANDOM
users:
  - name: alice
    passwd: $6$salt$abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrstuv
  - name: bob
    plain_text_passwd: birch-12
`,
      finds: [
        { line: 2, name: 'password' },
        { line: 6, name: 'chpasswd.list', account: 'root' },
        { line: 10, account: 'alice', is: 'hash' },
        { line: 12, account: 'bob' },
      ],
    },
    {
      title: 'keys only',
      path: '/var/lib/cloud/user-data',
      text: '#cloud-config\nusers:\n- name: a\n  lock_passwd: true\nssh_pwauth: false\n',
      finds: [],
    },
  ],
})
