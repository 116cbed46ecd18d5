import { base64Bytes } from '../../formats/ssh-keys/public-key.ts'
import { credentialFormat, type CredentialFile, type Embedded, type Entry, type Sighting } from '../detector.ts'
import { neighbourNamed } from '../names/neighbour-name.ts'
import { secretNamed } from '../names/secret-name.ts'
import { base64Text } from '../readers/basic-login.ts'
import { sighting } from '../readers/sighting.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { json } from '../syntaxes/json.ts'
import { yaml } from '../syntaxes/yaml.ts'

/** Everything in a Secret is one, whatever it is called: values are base64 in `data` and plain in `stringData`. */
export default credentialFormat({
  id: 'kubernetes-secrets',
  title: 'Secrets of Kubernetes, sealed ones, and files in them',
  files: ['*.yaml', '*.yml', '*.json'],
  announced: ['secret'],
  begins: (head) => SECRET.test(head),
  named: true,

  *read(file) {
    if (!SECRET.test(file.text)) return
    for (const { entry, decoded, names, account, system } of secretsIn(file)) {
      if (entry.value === '' || holdsFile(entry, decoded)) continue
      const own = names.at(-1)!
      const plain = decoded ?? entry.value
      const told = secretNamed(own)
      if (told === undefined && (neighbourNamed(own) !== undefined || NOT_SECRET.test(own) || plain.length > 4096))
        continue
      const { at, length, quoted, commented } = entry
      yield sighting({
        at,
        length,
        value: plain,
        secret: told?.secret ?? (/PRIVATE KEY/.test(plain) ? 'private-key' : 'shared-secret'),
        name: names.join('.'),
        account,
        system,
        service: 'kubernetes',
        quoted: quoted || decoded !== undefined ? (true as const) : undefined,
        commented,
        by: told === undefined && !/PRIVATE KEY/.test(plain) ? 'name' : 'format',
      })
    }
    yield* sealed(file)
  },

  *holds(file): Iterable<Embedded> {
    if (!SECRET.test(file.text)) return
    for (const { entry, decoded, names } of secretsIn(file)) {
      if (!holdsFile(entry, decoded)) continue
      const { at, length } = entry
      const own = names.at(-1)!
      const path = /^\.?dockerconfigjson$|^\.dockercfg$/.test(own) ? '.docker/config.json' : own
      yield { path, text: decoded ?? entry.value, place: () => ({ at, length }) }
    }
  },

  examples: [
    {
      title: 'values in base64 and plain, with the account beside them',
      path: '/srv/k8s/secret.yaml',
      text: `apiVersion: v1
kind: Secret
metadata:
  name: db
data:
  username: c2hvcA==
  password: b2FrLWxlYWYtNw==
stringData:
  api-token: rowan-19x
type: Opaque
`,
      finds: [
        { line: 7, name: 'db.password', account: 'shop' },
        { line: 9, name: 'db.api-token', account: 'shop' },
      ],
    },
    {
      title: 'in a list in JSON',
      path: '/root/dump.json',
      text: '{"kind":"List","items":[{"kind":"Secret","metadata":{"name":"x"},\n"data":{"password":"b2FrLWxlYWYtNw=="}}]}',
      finds: [{ line: 2, name: 'x.password' }],
    },
    {
      title: 'what is sealed for one cluster, and what is only named',
      path: '/srv/k8s/sealed.yaml',
      text: `kind: SealedSecret
spec:
  encryptedData:
    password: AgBy3i4OJSWK+PiTySYZZA9rO43cGDEq
---
kind: Pod
spec:
  secretName: db
# not a: kind: Secret
`,
      finds: [{ line: 4, is: 'encrypted', name: 'password' }],
    },
    {
      title: 'no Secret',
      path: '/srv/k8s/map.yaml',
      text: 'kind: ConfigMap\ndata:\n  password_policy: strict\n',
      finds: [],
    },
  ],
})

const SECRET = /\bkind"?[ \t]{0,8}:[ \t]{0,8}"?(?:Sealed)?Secret(?:List)?\b/

interface Secret {
  readonly entry: Entry
  /** What base64 stands for. */
  readonly decoded: string | undefined
  readonly names: readonly string[]
  readonly account: string | undefined
  readonly system: string | undefined
}

/** What is in the data of each Secret, by the place of its `kind`. */
function* secretsIn(file: CredentialFile): Iterable<Secret> {
  const entries = entriesOf(file, /^\s{0,64}[{[]/.test(file.text) ? json : yaml)
  const secrets = new Map<number, { name?: string; account?: string; system?: string }>()
  for (const { keys, value, group } of entries) if (keys.at(-1) === 'kind' && value === 'Secret') secrets.set(group, {})
  const ofSecret = ({ outer, keys }: Entry) =>
    DATA.test(keys.at(-2) ?? '') || keys.at(-2) === 'metadata' ? secrets.get(outer?.[0] ?? -1) : undefined
  for (const entry of entries) {
    const secret = ofSecret(entry)
    const own = entry.keys.at(-1)!
    if (secret === undefined || entry.value.length > 512) continue
    if (entry.keys.at(-2) === 'metadata') {
      if (own === 'name' && /^[\w.-]{1,253}$/.test(entry.value)) secret.name = entry.value
      continue
    }
    const role = neighbourNamed(own)?.role
    const value = decodedOf(entry) ?? entry.value
    if (role === 'account') secret.account ??= value
    if (role === 'host' || role === 'address') secret.system ??= value
  }
  for (const entry of entries) {
    const secret = ofSecret(entry)
    if (secret === undefined || entry.keys.at(-2) === 'metadata' || entry.length === 0) continue
    const own = entry.keys.at(-1)!
    const names = [...(secret.name === undefined ? [] : [secret.name]), /^[\w.-]{1,128}$/.test(own) ? own : '*']
    yield { entry, decoded: decodedOf(entry), names, account: secret.account, system: secret.system }
  }
}

const DATA = /^(?:data|stringData|binaryData)$/

const decodedOf = ({ keys, value }: Entry): string | undefined => {
  if (keys.at(-2) === 'stringData') return undefined
  const written = value.replaceAll(/\s/g, '')
  return base64Text(written) ?? base64Lines(written)
}

/** Text of several lines, such as a key or a file. */
const base64Lines = (written: string): string | undefined => {
  if (written.length > 1 << 20 || !/^[A-Za-z0-9+/]{4,}={0,2}$/.test(written)) return undefined
  const bytes = base64Bytes(written)
  if (bytes === undefined) return undefined
  const text = new TextDecoder().decode(bytes)
  return /[\0-\u0008\u000e-\u001f\ufffd]/.test(text) ? undefined : text
}

/** Whether a value is a whole file: settings that are read as such. */
const holdsFile = ({ value, keys }: Entry, decoded: string | undefined): boolean => {
  const text = decoded ?? value
  if (text.trimStart().startsWith('-----BEGIN ')) return false
  return text.includes('\n')
    ? text.trim().includes('\n')
    : /^\.docker(?:configjson|cfg)$/.test(keys.at(-1)!) && text.startsWith('{')
}

/** What in a Secret is public, or says only what it is. */
const NOT_SECRET =
  /(?:\.crt|\.pem|\.pub|\.cer|^ca(?:\.crt|-cert)?|namespace|^type|^tls\.crt|certificate|\.ya?ml|\.json|\.conf|\.properties|\.xml|expiration|usage-.*|description|scopes?|auth-extra-groups)$/i

function* sealed(file: CredentialFile): Iterable<Sighting> {
  if (!file.text.includes('encryptedData')) return
  for (const { keys, at, length, quoted } of entriesOf(file, /^\s{0,64}[{[]/.test(file.text) ? json : yaml)) {
    const own = keys.at(-1)!
    if (keys.at(-2) !== 'encryptedData' || length < 16 || !/^[\w.-]{1,128}$/.test(own)) continue
    yield sighting({
      at,
      length,
      secret: 'shared-secret',
      name: own,
      ...(quoted ? { quoted } : {}),
      valueClass: 'encrypted',
      scheme: 'sealed-secret',
      service: 'kubernetes',
    })
  }
}
