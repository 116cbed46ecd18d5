import { credentialFormat } from '../detector.ts'
import { secretFields, type FromPlace, type SecretField } from '../readers/secret-fields.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { CONFIGPARSER, iniSyntax } from '../syntaxes/ini.ts'

export default credentialFormat({
  id: 'aws-credentials',
  title: 'Profiles of AWS clients: `.aws/credentials`, `.aws/config`, `.boto`',
  files: [
    '.aws/credentials',
    '.aws/config',
    '.boto',
    'etc/boto.cfg',
    'boto.cfg',
    '*.boto',
    '.aws/credentials.*',
    'aws/credentials',
    'aws_credentials',
  ],
  announced: ['aws_secret_access_key'],
  begins: (head) => /^[ \t]*aws_secret_access_key[ \t]*=/im.test(head) && /^[ \t]*\[[^\]\n]{1,128}\]/m.test(head),
  whole: true,

  read: (file) => secretFields(entriesOf(file, SYNTAX), FIELDS),

  examples: [
    {
      title: 'the key that a profile has is the account it opens',
      path: '/root/.aws/credentials',
      text: `[default]
aws_access_key_id = AKIAOAKLEAF7ROWAN19B
aws_secret_access_key = oAk1Leaf/Rowan9+birch2Alder3Elm4YewASH5x
[tmp]
aws_access_key_id=ASIAOAKLEAF7ROWAN19C
aws_secret_access_key=yEw1Leaf/Rowan9+birch2Alder3Elm4YewASH5x
aws_session_token=FwoGZXIvYXdzEOAK7
`,
      finds: [
        { line: 3, name: 'default.aws_secret_access_key', account: 'AKIAOAKLEAF7ROWAN19B', service: 'aws' },
        { line: 6, name: 'tmp.aws_secret_access_key', account: 'ASIAOAKLEAF7ROWAN19C' },
        { line: 7, name: 'tmp.aws_session_token', secret: 'token', account: 'ASIAOAKLEAF7ROWAN19C' },
      ],
    },
    {
      title: 'a program that is asked, and a commented key',
      path: '/root/.aws/config',
      text: `[profile shop]
region = eu-central-1
role_arn = arn:aws:iam::123456789012:role/shop
credential_process = /usr/local/bin/shop-login
# aws_secret_access_key = zEw1Leaf/Rowan9+birch2Alder3Elm4YewASH5x
`,
      finds: [
        {
          line: 4,
          name: 'profile shop.credential_process',
          reference: '/usr/local/bin/shop-login',
          is: 'reference',
          account: 'arn:aws:iam::123456789012:role/shop',
        },
        { line: 5, name: 'profile shop.aws_secret_access_key', state: 'commented' },
      ],
    },
    {
      title: 'secrets of the old tools of Google and of other services in the same file',
      path: '/root/.boto',
      text: '[Credentials]\ngs_access_key_id = GOOG1OAKLEAF\ngs_secret_access_key = oak-leaf-7-rowan-19\ngs_oauth2_refresh_token = 1//0-birch-12\n[Boto]\nproxy_user = carol\nproxy_pass = alder-3\nproxy = px.example.org\n',
      finds: [
        { line: 3, account: 'GOOG1OAKLEAF', service: 'gcp' },
        { line: 4, secret: 'token', service: 'gcp' },
        { line: 7, account: 'carol', system: 'px.example.org' },
      ],
    },
    {
      title: 'a profile that takes its rights from the host has no secret',
      path: '/root/.aws/config',
      text: '[default]\nregion=eu-west-1\noutput=json\ncredential_source = Ec2InstanceMetadata\nsso_start_url = https://x.awsapps.com/start\n',
      finds: [],
    },
  ],
})

const SYNTAX = iniSyntax({ ...CONFIGPARSER, separators: '=:' })

const KEY_ID: FromPlace = ['aws_access_key_id', 'access_key_id']

const FIELDS: readonly SecretField[] = [
  { key: /(?:^|\/)aws_secret_access_key$/, secret: 'token', account: KEY_ID, system: ['endpoint_url'], service: 'aws' },
  { key: /(?:^|\/)aws_(?:session|security)_token$/, secret: 'token', account: KEY_ID, service: 'aws' },
  {
    key: /(?:^|\/)(?:credential_process|source_profile|web_identity_token_file)$/,
    value: /./,
    secret: 'token',
    valueClass: 'reference',
    account: ['role_arn'],
    service: 'aws',
  },
  { key: /(?:^|\/)gs_secret_access_key$/, secret: 'token', account: ['gs_access_key_id'], service: 'gcp' },
  {
    key: /(?:^|\/)(?:gs_oauth2_refresh_token|gs_oauth2_client_secret|client_secret)$/,
    secret: 'token',
    service: 'gcp',
  },
  { key: /(?:^|\/)gs_service_key_file_password$/, service: 'gcp' },
  { key: /(?:^|\/)gs_service_key_file$/, secret: 'private-key', valueClass: 'reference', service: 'gcp' },
  { key: /(?:^|\/)proxy_pass$/, account: ['proxy_user'], system: ['proxy'] },
]
