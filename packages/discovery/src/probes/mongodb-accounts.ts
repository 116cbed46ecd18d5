import type { FindingOf, Place, Reason } from '@rollcall/contract'
import { clipped, MAX_PATH } from '../formats/accounts/account-file.ts'
import { parseYaml, yamlAt, type YamlNode } from '../formats/yaml-subset.ts'
import type { HostFile } from '../host.ts'
import { exampleFile, hostProbe, textOf } from '../probe.ts'

type Setting = FindingOf<'setting'>

interface Gathered {
  readonly files: readonly HostFile[]
}

const FILES = [
  '/etc/mongod.conf',
  '/etc/mongodb.conf',
  '/etc/mongod/*.conf',
  '/etc/mongos.conf',
  '/usr/local/etc/mongod.conf',
] as const

/**
 * The configuration only: users of MongoDB lie in its database, which is not asked, so that a host with a server is never complete.
 * Without authorization there is no need to ask: whoever reaches the server may do everything.
 */
export default hostProbe<Gathered>({
  id: 'mongodb-accounts',
  title: 'Whether MongoDB servers ask who somebody is, and from where they are reached',
  needs: [
    {
      reads: FILES.join(', '),
      right: 'any-account',
      hides: 'servers that let everybody do everything. Users in the database itself are not seen in any case',
    },
  ],

  gather: async (host) => ({ files: await host.read(...FILES) }),

  parse({ files }) {
    const findings: Setting[] = []
    const reasons: Reason[] = []
    for (const file of files) {
      if (file.state !== 'read') continue
      const path = clipped(file.path, MAX_PATH)
      const { options, unread } = optionsOf(textOf(file), path)
      findings.push(...settingsOf(options, path))
      reasons.push(...unread.map((line): Reason => ({ code: 'unsupported', path, line })), {
        code: 'unsupported',
        path,
        detail: 'users are kept in the database, which is not asked',
      })
    }
    return { findings, reasons }
  },

  examples: examples(),
})

interface Option {
  readonly value: string
  readonly place: Place
}

/** By their names in the newer form; the older one is lines of `name = value`. */
const OLD_NAMES: Readonly<Record<string, string>> = {
  auth: 'security.authorization',
  keyFile: 'security.keyFile',
  bind_ip: 'net.bindIp',
  bind_ip_all: 'net.bindIpAll',
  port: 'net.port',
  unixSocketPrefix: 'net.unixDomainSocket.pathPrefix',
  setParameter: '',
}
const TOLD = [
  'security.authorization',
  'security.keyFile',
  'security.clusterAuthMode',
  'security.transitionToAuth',
  'net.bindIp',
  'net.bindIpAll',
  'net.port',
  'net.tls.mode',
  'net.ssl.mode',
  'setParameter.enableLocalhostAuthBypass',
]

const optionsOf = (text: string, path: string) => {
  const options = new Map<string, Option>()
  if (/^[ \t]*[A-Za-z_]+[ \t]*=/m.test(text)) {
    for (const [index, raw] of text.split('\n').entries()) {
      const [, name = '', value = ''] = /^\s*([A-Za-z_]+)\s*=\s*([^#]*)/.exec(raw.slice(0, 4096)) ?? []
      const known = OLD_NAMES[name]
      if (known)
        options.set(known, {
          value: name === 'auth' ? (value.trim() === 'true' ? 'enabled' : 'disabled') : value.trim(),
          place: { path, line: index + 1 },
        })
    }
    return { options, unread: [] }
  }
  const { root, unread } = parseYaml(text)
  for (const name of TOLD) {
    const node = yamlAt(root, ...name.split('.'))
    const value = valueOf(node)
    if (node !== undefined && value !== undefined) options.set(name, { value, place: { path, line: node.line } })
  }
  return { options, unread }
}

const valueOf = (node: YamlNode | undefined) =>
  node?.kind === 'text'
    ? node.text
    : node?.kind === 'list'
      ? node.items.flatMap((item) => (item.kind === 'text' ? [item.text] : [])).join(',')
      : undefined

const settingsOf = (options: ReadonlyMap<string, Option>, path: string): Setting[] => {
  const condition = `file ${clipped(path, 1000)}`
  const told = TOLD.flatMap((name): Setting[] => {
    const option = options.get(name)
    return option === undefined
      ? []
      : [
          {
            kind: 'setting',
            subject: 'mongodb',
            name: name.toLowerCase(),
            values: [clipped(option.value, 4096)],
            condition,
            place: option.place,
          },
        ]
  })
  // A key file turns authorization on; without either nobody is asked who they are.
  return options.has('security.authorization') || options.has('security.keyFile')
    ? told
    : [
        { kind: 'setting', subject: 'mongodb', name: 'security.authorization', values: ['disabled'], condition },
        ...told,
      ]
}

function examples() {
  const path = FILES[0]
  const setting = (name: string, value: string, line?: number): Setting => ({
    kind: 'setting',
    subject: 'mongodb',
    name,
    values: [value],
    condition: `file ${path}`,
    ...(line === undefined ? {} : { place: { path, line } }),
  })
  const unasked = { code: 'unsupported' as const, path, detail: 'users are kept in the database, which is not asked' }
  const given = (text: string) => ({ files: [exampleFile(path, text)] })
  return [
    {
      title: 'as it is shipped: nobody is asked who they are, and only this host reaches it',
      gathered: given('storage:\n  dbPath: /var/lib/mongodb\nnet:\n  port: 27017\n  bindIp: 127.0.0.1\n#security:\n'),
      finds: [
        setting('security.authorization', 'disabled'),
        setting('net.bindip', '127.0.0.1', 5),
        setting('net.port', '27017', 4),
      ],
      reasons: [unasked],
    },
    {
      title: 'with authorization',
      gathered: given('security:\n  authorization: enabled\nnet:\n  bindIp: "0.0.0.0"\n'),
      finds: [setting('security.authorization', 'enabled', 2), setting('net.bindip', '0.0.0.0', 4)],
      reasons: [unasked],
    },
    {
      title: 'a key file for the members of a set turns authorization on',
      gathered: given('security:\n  keyFile: /etc/mongo.key\n'),
      finds: [setting('security.keyfile', '/etc/mongo.key', 2)],
      reasons: [unasked],
    },
    {
      title: 'the older form of lines',
      gathered: given('# old\nbind_ip = 0.0.0.0\nauth = true # on\n'),
      finds: [setting('security.authorization', 'enabled', 3), setting('net.bindip', '0.0.0.0', 2)],
      reasons: [unasked],
    },
    { title: 'a host without MongoDB has nothing of it', gathered: { files: [] }, finds: [] },
  ]
}
