import { credentialFormat } from '../detector.ts'
import { sighting } from '../readers/sighting.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { json } from '../syntaxes/json.ts'

/** What Terraform remembers of what it made holds outputs that are sensitive and secrets that it invented itself, in clear. */
export default credentialFormat({
  id: 'terraform-state',
  title: 'Secrets in the state of Terraform: sensitive outputs, passwords and keys that it made',
  files: ['*.tfstate', '*.tfstate.backup', 'terraform.tfstate.d/*/*.tfstate'],
  begins: (head) => /^\s{0,64}\{\s{0,64}"version": \d,\s{0,64}"terraform_version"/.test(head),

  *read(file) {
    const entries = entriesOf(file, json)
    const sensitive = new Set<number>()
    const types = new Map<string, string>()
    for (const { keys, value, group } of entries) {
      if (keys[0] === 'outputs' && keys.length === 3 && keys[2] === 'sensitive' && value === 'true')
        sensitive.add(group)
      if (keys[0] === 'resources' && keys.length === 3 && keys[2] === 'type') types.set(keys[1]!, value)
    }
    for (const { keys, value, at, length, group, quoted, outer } of entries) {
      if (value === '' || !quoted) continue
      const own = keys.at(-1)!
      if (
        keys[0] === 'outputs' &&
        keys[2] === 'value' &&
        (sensitive.has(group) || outer?.some((one) => sensitive.has(one)))
      ) {
        const name = /^[\w.-]{1,128}$/.test(keys[1]!) ? keys[1]! : '*'
        const key = /PRIVATE KEY/.test(value.slice(0, 64))
        yield sighting({
          at,
          length,
          value,
          secret: key ? 'private-key' : 'shared-secret',
          name: `outputs.${name}`,
          quoted,
          by: keys.length === 3 ? 'format' : 'name',
        })
      } else if (keys[0] === 'resources' && keys[4] !== undefined && keys[5] !== undefined) {
        const made = MADE[types.get(keys[1]!) ?? '']
        if (made?.test(own))
          yield sighting({
            at,
            length,
            value,
            secret: /private_key/.test(own) ? 'private-key' : 'password',
            name: `${types.get(keys[1]!)!}.${own}`,
            quoted,
          })
      }
    }
  },

  examples: [
    {
      title: 'an output that is sensitive, one that is not, and a password that was made',
      path: '/srv/infra/terraform.tfstate',
      text: `{"version": 4, "terraform_version": "1.6.0", "outputs": {
"db": {"value": "oak-leaf-7", "type": "string", "sensitive": true},
"url": {"value": "https://example.org", "type": "string"}},
"resources": [{"mode": "managed", "type": "random_password", "name": "a", "instances": [{"attributes": {
"result": "rowan-19", "length": 8}}]}]}`,
      finds: [
        { line: 2, name: 'outputs.db' },
        { line: 5, name: 'random_password.result', secret: 'password' },
      ],
    },
    {
      title: 'nothing secret',
      path: '/srv/infra/terraform.tfstate',
      text: '{"version": 4, "outputs": {"a": {"value": "b"}}}',
      finds: [],
    },
  ],
})

const MADE: Readonly<Record<string, RegExp>> = {
  random_password: /^result$/,
  tls_private_key: /^private_key_(?:pem|openssh|pem_pkcs8)$/,
  aws_iam_access_key: /^(?:secret|ses_smtp_password_v4)$/,
  google_service_account_key: /^private_key$/,
  azuread_application_password: /^value$/,
  azuread_service_principal_password: /^value$/,
  vault_token: /^client_token$/,
  digitalocean_database_user: /^password$/,
}
