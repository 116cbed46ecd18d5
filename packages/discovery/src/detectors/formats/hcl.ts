import { credentialFormat } from '../detector.ts'
import { secretsAmong } from '../names/secrets-among.ts'
import { embeddedIn } from '../syntaxes/embedded.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { hcl } from '../syntaxes/hcl.ts'

export default credentialFormat({
  id: 'hcl',
  title: 'Settings in HCL: Terraform, Consul, Vault, Nomad, Packer',
  files: [
    '*.tf',
    '*.tfvars',
    '*.hcl',
    '*.nomad',
    '*.terraformrc',
    'terraform.rc',
    '.tfbackend',
    '*.tfbackend',
    '*.workflow',
  ],
  named: true,
  whole: true,

  read: (file) => secretsAmong(entriesOf(file, hcl), { means }),
  holds: (file) => embeddedIn(file, entriesOf(file, hcl)),

  examples: [
    {
      title: 'variables, what they are without being told, and whose they are',
      path: '/srv/infra/main.tf',
      text: `variable "db_password" {
  default = "oak-leaf-7"
}
resource "aws_db_instance" "main" {
  username = "shop"
  password = "rowan-19" # of the shop
}
`,
      finds: [{ line: 2 }, { line: 6, account: 'shop' }],
    },
    {
      title: 'the key that members of a cluster speak with, and their tokens',
      path: '/etc/consul.d/consul.hcl',
      text: 'encrypt = "3lg9DxVfKNzI8O+IQ5Ek+Q=="\nacl {\n  tokens {\n    agent = "a5d2f0c1-5b7e-4c33-9d0e-1f2a3b4c5d6e"\n  }\n}\n',
      finds: [
        { line: 1, name: 'encrypt', secret: 'symmetric-key', is: 'key' },
        { line: 4, secret: 'token' },
      ],
    },
    {
      title: 'references, and what only has to do with secrets',
      path: '/srv/infra/db.tf',
      text: 'password = var.db_password\nsecret_id = aws_secretsmanager_secret.db.id\ntoken_ttl = "1h"\n',
      finds: [{ line: 1, is: 'reference', reference: 'var.db_password' }],
    },
    {
      title: 'nothing secret',
      path: '/srv/infra/net.tf',
      text: 'resource "aws_key_pair" "main" {\n  name = "key"\n}\n',
      finds: [],
    },
  ],
})

/** The gossip key of Consul, Nomad and Serf, and the tokens of Consul's agents, which are called by what they are for. */
const means = (keys: readonly string[]) => {
  const own = keys.at(-1) ?? ''
  if (own === 'encrypt' || own === 'encrypt_key') return 'symmetric-key'
  return keys.at(-2) === 'tokens' && keys.includes('acl') ? 'token' : undefined
}
