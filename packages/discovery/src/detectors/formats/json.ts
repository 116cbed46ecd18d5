import { credentialFormat } from '../detector.ts'
import { secretsAmong } from '../names/secrets-among.ts'
import { embeddedIn } from '../syntaxes/embedded.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { json } from '../syntaxes/json.ts'

export default credentialFormat({
  id: 'json',
  title: 'Settings in JSON, told by their names, and scripts and files in them',
  files: ['*.json', '*.json5', '*.jsonc', '*.ndjson', '*.jsonl', '*.tfstate', '*.webmanifest', '*.postman_collection'],
  begins: (head) => /^\s{0,64}(?:\{\s{0,64}"[^"\n]{1,128}"\s{0,16}:|\[\s{0,64}\{\s{0,64}")/.test(head),
  named: true,
  whole: true,

  read: (file) => secretsAmong(entriesOf(file, json), { means }),
  holds: (file) => embeddedIn(file, entriesOf(file, json)),

  examples: [
    {
      title: 'a secret, and beside it whose it is and where',
      path: '/opt/shop/config.json',
      text: '{\n  // of the shop\n  "db": {\n    "host": "db1", "user": "shop",\n    "password": "oak-leaf-7"\n  }\n}\n',
      finds: [{ line: 5, name: 'db.password', account: 'shop', system: 'db1' }],
    },
    {
      title: 'pairs of a name and a value; a login in a URL',
      path: '/opt/shop/task.json',
      text: '{"environment": [{"name": "DB_PASSWORD", "value": "oak-leaf-7"},\n{"name": "X", "value": "amqp://shop:rowan-19@mq1/"}]}',
      finds: [
        { line: 1, name: 'environment.0.DB_PASSWORD' },
        { line: 2, account: 'shop', system: 'mq1' },
      ],
    },
    {
      title: 'references, names of what only has to do with secrets, schemas',
      path: '/opt/shop/schema.json',
      text: '{"password": "${DB_PASSWORD}", "passwordFile": "/run/secrets/x", "properties": {"token": {"type": "string"}}}',
      finds: [{ line: 1, is: 'reference', reference: '${DB_PASSWORD}' }],
    },
    {
      title: 'nothing secret',
      path: '/opt/shop/package.json',
      text: '{"name": "tokenizer", "keywords": ["password"], "dependencies": {"minipass": "^7.1.2"}}',
      finds: [],
    },
  ],
})

/** Names of packages are nothing that a secret has. */
const means = (keys: readonly string[]) => (PACKAGES.test(keys.at(-2) ?? '') ? null : undefined)

const PACKAGES =
  /^(?:\w*[dD]ependencies(?:Meta)?|requires|engines|resolutions|overrides|require(?:-dev)?|suggest|packages)$/
