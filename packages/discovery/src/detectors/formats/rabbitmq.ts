import { credentialFormat, type Sighting } from '../detector.ts'
import { secretFields } from '../readers/secret-fields.ts'
import { sighting } from '../readers/sighting.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { INI, iniSyntax } from '../syntaxes/ini.ts'
import { json } from '../syntaxes/json.ts'

export default credentialFormat({
  id: 'rabbitmq',
  title: 'Accounts of RabbitMQ: configuration in both forms, exported definitions',
  files: [
    'rabbitmq.conf',
    'rabbitmq/conf.d/*.conf',
    'rabbitmq.config',
    'advanced.config',
    'rabbitmq*.config',
    '*definitions*.json',
    'rabbit*.json',
  ],
  unless: (head) => /^\s*\{/.test(head) && !/"(?:rabbit_version|rabbitmq_version|users|vhosts)"/.test(head),

  *read(file) {
    if (/^\s*\{/.test(file.text)) {
      yield* secretFields(entriesOf(file, json), [
        {
          key: /(?:^|\/)users\/\d+\/password_hash$/,
          value: /./,
          valueClass: 'hash',
          scheme: 'rabbitmq-sha256',
          service: 'rabbitmq',
          account: ['name'],
        },
        { key: /(?:^|\/)users\/\d+\/password$/, value: /./, service: 'rabbitmq', account: ['name'] },
      ])
    } else if (file.path.toLowerCase().endsWith('.config') || /^\s*(?:%[^\n]*\n\s*)*\[/.test(file.text.slice(0, 4096)))
      yield* terms(file.text)
    else
      yield* secretFields(entriesOf(file, SYNTAX), [
        { key: /^default_pass$/, value: /./, service: 'rabbitmq', account: ['default_user'] },
        {
          key: /^default_users\.[\w-]+\.password$/,
          value: /./,
          service: 'rabbitmq',
          account: (keys) => keys[0]!.split('.')[1],
        },
        { key: /^(?:ssl_options|listeners\.ssl|management\.ssl)[\w.]*\.password$/, value: /./ },
        {
          key: /^auth_ldap\.dn_lookup_bind\.password$/,
          value: /./,
          service: 'ldap',
          account: ['auth_ldap.dn_lookup_bind.user_dn'],
        },
        {
          key: /^auth_ldap\.other_bind\.password$/,
          value: /./,
          service: 'ldap',
          account: ['auth_ldap.other_bind.user_dn'],
        },
        {
          key: /^(?:cluster_formation\.consul\.acl_token|management\.oauth_client_secret|cluster_formation\.aws\.secret_key|erlang_cookie)$/,
          value: /./,
          secret: 'token',
        },
      ])
  },

  examples: [
    {
      title: 'the account that is made first',
      path: '/etc/rabbitmq/rabbitmq.conf',
      text: 'default_user = shop\ndefault_pass = oak-leaf-7\n# auth_ldap.dn_lookup_bind.password = rowan-19\n',
      finds: [
        { line: 2, account: 'shop', service: 'rabbitmq' },
        { line: 3, state: 'commented' },
      ],
    },
    {
      title: 'terms of Erlang',
      path: '/etc/rabbitmq/advanced.config',
      text: '[{rabbit, [\n  {default_user, <<"shop">>},\n  {default_pass, <<"oak-leaf-7">>},\n  {ssl_options, [{password, "rowan-19"}]}\n]}].\n',
      finds: [
        { line: 3, name: 'default_pass', account: 'shop' },
        { line: 4, name: 'password' },
      ],
    },
    {
      title: 'exported definitions',
      path: '/srv/backup/definitions.json',
      text: '{"rabbit_version": "3.12", "users": [{"name": "shop", "password_hash": "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR", "hashing_algorithm": "rabbit_password_hashing_sha256"}]}',
      finds: [{ line: 1, is: 'hash', account: 'shop' }],
    },
    {
      title: 'nothing secret',
      path: '/etc/rabbitmq/rabbitmq.conf',
      text: 'listeners.tcp.default = 5672\nloopback_users.guest = true\n',
      finds: [],
    },
  ],
})

const SYNTAX = iniSyntax({ ...INI, separators: '=' })

/** Pairs of a name and a string: `{default_pass, <<"…">>}`. */
function* terms(text: string): Iterable<Sighting> {
  const all = [...text.slice(0, 4 << 20).matchAll(TERM)]
  for (const [index, term] of all.entries()) {
    const [whole, name = '', value = ''] = term
    if (!/^(?:default_pass|password|secret|secret_key|acl_token|cookie|passphrase)$/.test(name) || value === '')
      continue
    const end = whole.lastIndexOf('"')
    const before = all[index - 1]
    const account =
      before !== undefined && /^(?:default_user|user|username|user_dn)$/.test(before[1]!) ? before[2] : undefined
    yield sighting({
      at: term.index + end - value.length,
      length: value.length,
      secret: 'password',
      name,
      account,
      service: name === 'default_pass' ? 'rabbitmq' : undefined,
      commented: COMMENT.test(text.slice(Math.max(0, term.index - 256), term.index)),
      quoted: true,
    })
  }
}

const TERM = /\{[ \t]{0,16}([a-z_]{1,64})[ \t]{0,16},\s{0,64}(?:<<)?"([^"\n]{0,4096})"(?:>>)?/g

/** Whether a comment has begun on the line that ends here. */
const COMMENT = /%[^\n"]*$/
