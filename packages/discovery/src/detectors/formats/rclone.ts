import { credentialFormat } from '../detector.ts'
import { secretFields, type SecretField } from '../readers/secret-fields.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { iniSyntax } from '../syntaxes/ini.ts'

export default credentialFormat({
  id: 'rclone',
  title: 'Remotes of rclone: `rclone.conf`',
  files: ['rclone.conf', '.rclone.conf', '*.rclone.conf', 'rclone/*.conf'],
  whole: true,

  *read(file) {
    const locked = LOCKED.exec(file.text)
    if (locked !== null) {
      yield {
        at: locked.index + locked[0].length - locked[1]!.length,
        length: locked[1]!.length,
        secret: 'store',
        valueClass: 'encrypted',
        scheme: 'rclone',
        service: 'rclone',
        evidence: 'format',
        by: 'format',
      }
      return
    }
    yield* secretFields(entriesOf(file, SYNTAX), FIELDS)
  },

  examples: [
    {
      title: 'passwords are obscured with a key that is the same everywhere; keys and tokens are not',
      path: '/root/.config/rclone/rclone.conf',
      text: `[nas]
type = sftp
host = nas.example.org
user = alice
pass = x0Nk5_pYHdqmZ4tqvqnm7yQd1oJ7ZSb8
[s3]
type = s3
access_key_id = OAKLEAF7
secret_access_key = rowan-19-birch
[drive]
type = drive
token = {"access_token":"oak-leaf-7","refresh_token":"x","expiry":"2026-01-01"}
`,
      finds: [
        { line: 5, name: 'nas.pass', is: 'encrypted', account: 'alice', system: 'nas.example.org', service: 'sftp' },
        { line: 9, account: 'OAKLEAF7', service: 's3' },
        { line: 12, secret: 'token', service: 'drive' },
      ],
    },
    {
      title: 'a file that is encrypted as a whole is a store',
      path: '/root/.config/rclone/rclone.conf',
      text: '# Encrypted rclone configuration File\n\nRCLONE_ENCRYPT_V0:\nb2FrLWxlYWYtNw==\n',
      finds: [{ line: 4, is: 'encrypted', secret: 'store' }],
    },
    {
      title: 'remotes that need no login',
      path: '/root/.rclone.conf',
      text: '[here]\ntype = alias\nremote = /srv\n[s3]\ntype=s3\nenv_auth = true\n',
      finds: [],
    },
  ],
})

const LOCKED = /^RCLONE_ENCRYPT_V0:\s{1,4}(\S{1,65536})/m
const SYNTAX = iniSyntax({ separators: '=:', comments: '#;', trailing: 'none', quotes: false })

const ACCOUNT = [
  'user',
  'username',
  'access_key_id',
  'account',
  'client_id',
  'email',
  'key_id',
  'app_key',
  'project_number',
  'apple_id',
] as const
const SYSTEM = ['host', 'url', 'endpoint', 'auth', 'domain', 'remote', 'provider'] as const

const field = (key: RegExp, more: Partial<SecretField> = {}): SecretField => ({
  key,
  account: ACCOUNT,
  system: SYSTEM,
  service: (_, beside) => beside('type'),
  ...more,
})

/** Fields that rclone's own listing of options marks as passwords are obscured; all others are written as they are. */
const FIELDS: readonly SecretField[] = [
  field(
    /\/(?:pass|password2?|key_file_pass|2fa|mailbox_password|api_password|hasher_password|file_password|folder_password)$/,
    {
      value: /^[A-Za-z0-9_-]{22,}$/,
      valueClass: 'encrypted',
      scheme: 'rclone-obscure',
    },
  ),
  field(/\/(?:pass|password2?|key_file_pass|mailbox_password|api_password)$/),
  field(/\/(?:secret_access_key|key|secret|api_key|app_key|application_key|account_key|app_secret)$/, {
    secret: 'token',
    value: /^[^/].{5,}$/,
  }),
  field(
    /\/(?:token|bearer_token|access_token|refresh_token|auth_token|session_token|client_secret|sas_url|service_account_credentials|key_pem|application_credential_secret|access_grant|api_token|user_token)$/,
    { secret: 'token' },
  ),
  field(/\/(?:service_account_file|key_file|bearer_token_command|pass_command)$/, {
    secret: 'private-key',
    valueClass: 'reference',
    value: /./,
  }),
]
