import { credentialFormat, type Entry, type SecretKind } from '../detector.ts'
import { besides } from '../readers/beside.ts'
import { sighting } from '../readers/sighting.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { json } from '../syntaxes/json.ts'
import { yaml } from '../syntaxes/yaml.ts'

export default credentialFormat({
  id: 'kubeconfig',
  title: 'Logins to clusters of Kubernetes: kubeconfig',
  files: [
    '.kube/config',
    '*kubeconfig',
    '*.kubeconfig',
    'kubeconfig.*',
    'kubernetes/*.conf',
    'k3s/k3s.yaml',
    'rke2/rke2.yaml',
    'kube/*.conf',
    '.kube/*.yaml',
    '.kube/*.yml',
    '.kube/config.*',
  ],
  announced: ['apiversion: v1', 'kind: config'],
  begins: (head) =>
    /^(?:#[^\n]{0,200}\n|---[ \t]*\n|\s){0,20}(?:apiVersion: v1\n(?:clusters|kind: Config[ \t]*\n|contexts|current-context)|kind: Config\b)/.test(
      head,
    ),
  whole: true,

  *read(file) {
    const entries = entriesOf(file, file.text.trimStart().startsWith('{') ? json : yaml)
    const systems = systemsOf(entries)
    const names = namesOf(entries, 'users')
    const beside = besides(entries)
    for (const entry of entries) {
      const { keys, at, length, value, quoted, commented } = entry
      if (keys[0] !== 'users' || keys[2] !== 'user') continue
      const field =
        FIELDS[keys.slice(3).join('.')] ??
        (/^exec\.env\.\d+\.value$/.test(keys.slice(3).join('.')) ? 'token' : undefined)
      if (field === undefined || (field === 'token' && keys[3] === 'exec' && value.length < 16)) continue
      const user = names.get(keys[1]!)
      const file = keys.at(-1) === 'tokenFile' || keys.at(-1) === 'client-key'
      yield sighting({
        at,
        length,
        value,
        secret: field,
        name: `users.${keys.slice(3).join('.')}`,
        account: beside(entry, 'username') ?? user,
        system: user === undefined ? undefined : systems.get(user),
        service: 'kubernetes',
        ...(quoted ? { quoted } : {}),
        commented,
        ...(file
          ? { valueClass: 'reference' as const }
          : keys.at(-1) === 'client-key-data'
            ? { valueClass: 'key' as const }
            : {}),
      })
    }
  },

  examples: [
    {
      title: 'tokens, passwords and keys, each with the cluster that its context leads to',
      path: '/root/.kube/config',
      text: `apiVersion: v1
kind: Config
clusters:
- cluster:
    server: https://k8s.example.org:6443
  name: main
contexts:
- context: {cluster: main, user: ops}
  name: ops@main
users:
- name: ops
  user:
    client-key-data: LS0tLS1CRUdJTiBSU0E=
    token: oak-leaf-7rowan
- name: alice
  user: {username: al, password: "birch-12"}
`,
      finds: [
        {
          line: 13,
          name: 'users.client-key-data',
          secret: 'private-key',
          is: 'key',
          account: 'ops',
          system: 'https://k8s.example.org:6443',
        },
        { line: 14, name: 'users.token', secret: 'token', account: 'ops', system: 'https://k8s.example.org:6443' },
        { line: 16, name: 'users.password', account: 'al' },
      ],
    },
    {
      title: 'files that keys are in',
      path: '/etc/kubernetes/kubelet.conf',
      text: 'apiVersion: v1\nusers:\n- name: node\n  user:\n    client-certificate: /var/lib/kubelet/pki/a.pem\n    client-key: /var/lib/kubelet/pki/a.pem\n',
      finds: [
        { line: 6, is: 'reference', account: 'node', reference: '/var/lib/kubelet/pki/a.pem', secret: 'private-key' },
      ],
    },
    {
      title: 'nobody',
      path: '/root/.kube/config',
      text: 'apiVersion: v1\nkind: Config\nusers: []\nclusters: null\n',
      finds: [],
    },
  ],
})

const FIELDS: Readonly<Record<string, SecretKind>> = {
  token: 'token',
  tokenFile: 'token',
  password: 'password',
  'client-key': 'private-key',
  'client-key-data': 'private-key',
  'auth-provider.config.client-secret': 'shared-secret',
  'auth-provider.config.id-token': 'token',
  'auth-provider.config.refresh-token': 'token',
  'auth-provider.config.access-token': 'token',
}

const namesOf = (entries: readonly Entry[], list: string) =>
  new Map(
    entries
      .filter(({ keys }) => keys.length === 3 && keys[0] === list && keys[2] === 'name')
      .map(({ keys, value }) => [keys[1]!, value]),
  )

/** The server that a user's context leads to; of several the first. */
const systemsOf = (entries: readonly Entry[]): Map<string, string> => {
  const clusters = namesOf(entries, 'clusters')
  const servers = new Map<string, string>()
  const contexts = new Map<string, { user?: string; cluster?: string }>()
  for (const { keys, value } of entries) {
    if (keys[0] === 'clusters' && keys[3] === 'server') servers.set(clusters.get(keys[1]!) ?? '', value)
    if (keys[0] !== 'contexts' || keys[2] !== 'context') continue
    const context = contexts.get(keys[1]!) ?? {}
    if (keys[3] === 'user') context.user = value
    if (keys[3] === 'cluster') context.cluster = value
    contexts.set(keys[1]!, context)
  }
  const systems = new Map<string, string>()
  for (const { user, cluster } of contexts.values()) {
    const server = servers.get(cluster ?? '')
    if (user !== undefined && server !== undefined && !systems.has(user)) systems.set(user, server)
  }
  return systems
}
