import { credentialFormat, type Entry, type Sighting } from '../detector.ts'
import { secretsAmong } from '../names/secrets-among.ts'
import { secretNamed } from '../names/secret-name.ts'
import { sighting } from '../readers/sighting.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { INI, iniSyntax } from '../syntaxes/ini.ts'

export default credentialFormat({
  id: 'systemd-units',
  title: 'Units of systemd: variables and credentials that services are given',
  files: [
    '*.service',
    '*.service.d/*.conf',
    '*.socket',
    '*.mount',
    '*.timer',
    '*.container',
    '*.kube',
    '*.pod',
    '*.nspawn',
    'systemd/system.conf',
    'systemd/user.conf',
    '*.conf.d/*.conf',
  ],
  announced: ['[unit]', '[service]', '[container]'],
  begins: (head) => /^(?:[#;][^\n]*\n|\s){0,40}\[(?:Unit|Service|Container)\]\s/.test(head),

  *read(file) {
    const variables: Entry[] = []
    for (const entry of entriesOf(file, SYNTAX)) {
      const own = entry.keys.at(-1)!
      if (own === 'Environment' || own === 'DefaultEnvironment' || own === 'PodmanArgs')
        variables.push(...variablesOf(entry))
      else if (CREDENTIALS.has(own)) yield* credentialOf(own, entry)
    }
    yield* secretsAmong(variables)
  },

  examples: [
    {
      title: 'variables, of which several may stand on a line, each between quotes',
      path: '/etc/systemd/system/shop.service',
      text: `[Service]
Environment=DB_USER=shop "DB_PASSWORD=oak leaf 7" DB_HOST=db1
Environment='API_TOKEN=rowan-19x'
#Environment=OLD_PASSWORD=birch-12
ExecStart=/usr/bin/shop
`,
      finds: [
        { line: 2, name: 'DB_PASSWORD', account: 'shop', system: 'db1' },
        { line: 3, name: 'API_TOKEN' },
        { line: 4, name: 'OLD_PASSWORD', state: 'commented' },
      ],
    },
    {
      title: 'credentials in clear, encrypted, and in files',
      path: '/etc/systemd/system/shop.service.d/secret.conf',
      text: `[Service]
SetCredential=db:oak-leaf-7
SetCredentialEncrypted=api: k6iUCUh0RJCQyvL8k8q1UyAAAAABAAAADAAAABAAAAC
LoadCredential=tls:/etc/shop/tls.key
`,
      finds: [
        { line: 2, name: 'SetCredential.db' },
        { line: 3, name: 'SetCredentialEncrypted.api', is: 'encrypted' },
        { line: 4, name: 'LoadCredential.tls', is: 'reference', reference: '/etc/shop/tls.key' },
      ],
    },
    {
      title: 'nothing secret',
      path: '/etc/systemd/system/a.service',
      text: '[Service]\nEnvironment=LANG=C PATH=/bin\nExecStart=/bin/a\n',
      finds: [],
    },
  ],
})

const SYNTAX = iniSyntax({ ...INI, separators: '=', trailing: 'none', quotes: false, continues: 'backslash' })

const CREDENTIALS = new Set([
  'SetCredential',
  'SetCredentialEncrypted',
  'LoadCredential',
  'LoadCredentialEncrypted',
  'ImportCredential',
])

/** The variables of a line: words like `NAME=value`, of which quotes may enclose the whole or the value. */
function* variablesOf({ value, at, length, group, commented }: Entry): Iterable<Entry> {
  // Where lines were joined, places cannot be told: the value is as it is written all the same.
  for (const match of value.slice(0, 65_536).matchAll(VARIABLE)) {
    const [whole, double, single, bareName, bareValue] = match
    const quoted = double ?? single
    const [name = '', text = ''] = quoted === undefined ? [bareName, bareValue] : parted(quoted)
    if (name === '') continue
    const inner = /^"([^"]*)"$|^'([^']*)'$/.exec(text)
    const plain = inner === null ? text : (inner[1] ?? inner[2] ?? '')
    const from = match.index + whole.lastIndexOf(plain)
    yield {
      keys: [name],
      value: plain.replaceAll(/\\(["'\\ ])/g, '$1'),
      at: Math.min(at + from, at + length),
      length: Math.min(plain.length, Math.max(0, length - from)),
      quoted: quoted !== undefined,
      group,
      ...(commented ? { commented } : {}),
    }
  }
}

const VARIABLE =
  /"((?:[^"\\]|\\.){0,8192})"|'((?:[^'\\]|\\.){0,8192})'|([A-Za-z_]\w{0,127})=((?:"[^"\n]{0,8192}"|'[^'\n]{0,8192}'|\S){0,8192})/g

const parted = (text: string): [string, string] => {
  const sign = text.indexOf('=')
  return sign > 0 && /^[A-Za-z_]\w{0,127}$/.test(text.slice(0, sign))
    ? [text.slice(0, sign), text.slice(sign + 1)]
    : ['', '']
}

function* credentialOf(own: string, { value, at, commented }: Entry): Iterable<Sighting> {
  const match = /^([\w.@-]{1,128})(?::\s?(.*))?$/s.exec(value)
  if (match === null) return
  const [, name = '', rest] = match
  const secret = secretNamed(name)?.secret ?? 'shared-secret'
  const length = rest?.length ?? value.length
  const valueClass = own === 'SetCredentialEncrypted' ? 'encrypted' : own === 'SetCredential' ? undefined : 'reference'
  if (own === 'SetCredential' && (rest ?? '') === '') return
  yield sighting({
    at: at + value.length - length,
    length,
    value: rest ?? name,
    secret,
    name: `${own}.${name}`,
    commented,
    valueClass,
    ...(valueClass === 'encrypted' ? { scheme: 'systemd-creds' } : {}),
    ...(valueClass === undefined ? { quoted: true as const } : {}),
  })
}
