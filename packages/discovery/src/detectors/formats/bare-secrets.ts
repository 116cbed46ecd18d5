import { credentialFormat, type SecretKind } from '../detector.ts'
import { sighting } from '../readers/sighting.ts'

/** Files that hold one secret and nothing else; what it is for, their name says. */
export default credentialFormat({
  id: 'bare-secrets',
  title:
    'Files of one secret: tokens of Vault, cookies of Erlang, passwords of vaults of Ansible, of directories, clusters and swarms',
  files: [
    '.vault-token',
    '.vault_token',
    'vault-token',
    '.vault_pass',
    '.vault_pass.txt',
    '.vault_password',
    '.vault-password',
    '.vault-pass',
    '.vaultpass',
    'vault_pass.txt',
    'vault-password.txt',
    'vault_password.txt',
    '.ansible_vault',
    '.ansible_vault_pass',
    '.ansible_vault_password',
    'vault.pass',
    '.vault-pass.txt',
    '.vault_passwd',
    '.erlang.cookie',
    'rabbitmq.cookie',
    'ldap.secret',
    'pam_ldap.secret',
    'libnss-ldap.secret',
    'nss_ldap.secret',
    'ldapscripts.passwd',
    'ldapscripts/*.passwd',
    'serviceaccount/token',
    'kubernetes.io/serviceaccount/token',
    'k3s/server/token',
    'k3s/server/node-token',
    'k3s/server/agent-token',
    'rke2/server/token',
    'rke2/server/node-token',
    'run/secrets/*',
    'var/run/secrets/*',
    'run/credentials/*/*',
    'credstore/*',
    '*.pass',
    '*.passwd.txt',
    '*.password',
    '*_password.txt',
    '*-password.txt',
    'password.txt',
    'passwd.txt',
    'initialadminpassword',
    'initial_root_password',
    '.initial-password',
    'config/master.key',
    'credentials/*.key',
    '*keyfile',
    '*mongo*.key',
    '*mongo*.keyfile',
    'jenkins*/secrets/master.key',
    'sshpass*.txt',
    '.sshpass',
    '*_pass.txt',
    '*-pass.txt',
    'pass.txt',
    '.sudo_as_admin_password',
    'munge/munge.key',
    '.digitalocean-token',
    '.cloudflare-token',
    '.pgadmin_password',
    '.my_password',
    '.rpcauth',
    'bitcoin/.cookie',
    '.bitcoin/.cookie',
    'jupyter_cookie_secret',
    'notebook_cookie_secret',
    'consul/*.token',
    'nomad/*.token',
    '*.token',
    '*_token.txt',
    '.token',
    'secret_key',
    'secret_key.txt',
    'django_secret_key',
    'secret_key_base',
    'etc/machine-secret',
    'grub.passwd',
    'multipathd.secret',
    'openvswitch/*.secret',
    '.password-store-key',
    '.pass',
    '.passwd',
    '.secret',
    'etc/*.secret',
    'etc/*/*.secret',
    'cryptkeys/*.pass',
    'mailman/data/*.pw',
    'mailman/adm.pw',
    'mailman/creator.pw',
  ],
  unless: (head) => /^(?:-----|[^\n]{0,64}(?:\$ANSIBLE_VAULT|<|\{|#!))/.test(head),
  whole: true,

  *read({ text, path }) {
    const lines = KEY_OF_LINES.test(path.toLowerCase()) ? LINES_OF_KEY.exec(text) : null
    if (lines !== null)
      return yield sighting({
        at: lines[0].indexOf(lines[1]!),
        length: lines[1]!.length,
        secret: 'symmetric-key',
        service: 'mongodb',
        valueClass: 'key',
      })
    const match = /^\s{0,4}([^\s#][^\r\n]{0,4095}?)[ \t]{0,64}(?:\r?\n\s{0,256})?$/.exec(text)
    if (match === null) return
    const value = match[1]!
    const lower = path.toLowerCase()
    // These have formats of their own.
    if (/rsync|vnc/.test(lower)) return
    const kind = KINDS.find(({ file }) => file.test(lower))
    // A sentence, a list, a login or a setting is not one secret.
    if (kind === undefined && (/[ \t:=]/.test(value) || value.length < 4)) return
    const { secret = 'password', service } = kind ?? (/token$|token\.txt$/.test(lower) ? TOKEN : PASSWORD)
    const name = /([\w.-]{1,64})$/.exec(path)?.[1]
    yield sighting({ at: match[0].indexOf(value), length: value.length, secret, name, service, quoted: true })
  },

  examples: [
    {
      title: 'the token of a client of Vault',
      path: '/root/.vault-token',
      text: 'oak-leaf-7-rowan',
      finds: [{ line: 1, secret: 'token', service: 'vault' }],
    },
    {
      title: 'what nodes of Erlang know each other by',
      path: '/var/lib/rabbitmq/.erlang.cookie',
      text: 'OAKLEAFROWANBIRCHALDER\n',
      finds: [{ line: 1, secret: 'shared-secret', service: 'erlang' }],
    },
    {
      title: 'the password that opens vaults of Ansible',
      path: '/root/.vault_pass',
      text: 'oak leaf 7\n',
      finds: [{ line: 1, service: 'ansible' }],
    },
    {
      title: 'that of a directory',
      path: '/etc/libnss-ldap.secret',
      text: 'oak-leaf-7\r\n',
      finds: [{ line: 1, service: 'ldap' }],
    },
    {
      title: 'a secret that a container is given',
      path: '/run/secrets/db_password',
      text: 'rowan-19\n',
      finds: [{ line: 1, name: 'db_password' }],
    },
    {
      title: 'what a replica set of MongoDB shares, in several lines',
      path: '/etc/mongo.key',
      text: 'oAkLeafRowanBirch\nAlderElmYewAshLarch=\n',
      finds: [{ line: 1, endLine: 2, is: 'key', secret: 'symmetric-key', service: 'mongodb' }],
    },
    {
      title: 'what Jenkins enciphers its secrets with',
      path: '/var/lib/jenkins/secrets/master.key',
      text: '0123456789abcdef0123456789abcdef',
      finds: [{ line: 1, is: 'key', secret: 'symmetric-key', service: 'jenkins' }],
    },
    {
      title: 'several lines are something else',
      path: '/root/.vault_pass',
      text: '#!/bin/sh\npass show vault\n',
      finds: [],
    },
    { title: 'so are settings and sentences', path: '/etc/app.secret', text: 'see the handbook\n', finds: [] },
    { title: 'an empty file', path: '/etc/ldap.secret', text: '\n', finds: [] },
  ],
})

/** What members of a replica set of MongoDB know each other by: text of base64, over several lines. */
const KEY_OF_LINES = /keyfile$|mongo[^/]*\.key$/
const LINES_OF_KEY = /^\s{0,16}([A-Za-z0-9+/=][A-Za-z0-9+/=\s]{4,2046}[A-Za-z0-9+/=])\s{0,64}$/

interface Kind {
  readonly secret?: SecretKind
  readonly service?: string
}

const TOKEN: Kind = { secret: 'token' }
const PASSWORD: Kind = {}

const KINDS: readonly (Kind & { readonly file: RegExp })[] = [
  { file: /vault[-_]token$/, secret: 'token', service: 'vault' },
  { file: /vault[-_.]?pass(?:word|wd)?(?:\.txt)?$|ansible_vault/, service: 'ansible' },
  { file: /(?:\.erlang|rabbitmq)\.cookie$/, secret: 'shared-secret', service: 'erlang' },
  { file: /ldap[\w.-]*\.(?:secret|passwd)$|ldapscripts\/[^/]*passwd$/, service: 'ldap' },
  { file: /serviceaccount\/token$|(?:k3s|rke2)\/server\/(?:\w+-)?token$/, secret: 'token', service: 'kubernetes' },
  { file: /jenkins[^/]*\/secrets\/master\.key$/, secret: 'symmetric-key', service: 'jenkins' },
  { file: /sshpass/, service: 'ssh' },
  { file: /config\/master\.key$|credentials\/[^/]+\.key$/, secret: 'symmetric-key', service: 'rails' },
  { file: /mailman\/[^\n]*\.pw$/, service: 'mailman' },
  { file: /munge\.key$/, secret: 'symmetric-key', service: 'munge' },
  { file: /(?:initialadminpassword)$/, service: 'jenkins' },
]
