import { credentialFormat, type CredentialFile, type Syntax } from '../detector.ts'
import { secretFields, type SecretField } from '../readers/secret-fields.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { CONFIGPARSER, INI, iniSyntax } from '../syntaxes/ini.ts'
import { json } from '../syntaxes/json.ts'
import { toml } from '../syntaxes/toml.ts'
import { yaml } from '../syntaxes/yaml.ts'

/** Where clients of clouds, forges and registries keep their logins, and what in these files tells whom they open. */
export default credentialFormat({
  id: 'cloud-logins',
  title: 'Logins of clients of clouds, forges and registries: Azure, AWS, Oracle, Terraform, GitHub, GitLab and others',
  files: [
    'gcloud/configurations/config_*',
    'configstore/firebase-tools.json',
    '.azure/accesstokens.json',
    '.azure/msal_token_cache.json',
    '.azure/service_principal_entries.json',
    '.azure/azureprofile.json',
    '.azure/credentials',
    '.aws/sso/cache/*.json',
    '.aws/cli/cache/*.json',
    '.oci/config',
    '.s3cfg',
    '*.s3cfg',
    's3cfg',
    '.linode-cli',
    'linode-cli',
    '.databrickscfg',
    '.bcloud/*',
    '.scw/config.yaml',
    'scw/config.yaml',
    '.ibmcloud/config.json',
    '.bluemix/config.json',
    '.aliyun/config.json',
    '.tccli/*.credential',
    '.vultr-cli.yaml',
    '.civo.json',
    '.exoscale/exoscale.toml',
    'upctl.yaml',
    '.ovh.conf',
    'ovh.conf',
    'doctl/config.yaml',
    'hcloud/cli.toml',
    '.terraform.d/credentials.tfrc.json',
    'credentials.tfrc.json',
    '.pulumi/credentials.json',
    '.cf/config.json',
    '.fly/config.yml',
    '.netlify/config.json',
    'netlify/config.json',
    'com.vercel.cli/auth.json',
    '.local/share/com.vercel.cli/auth.json',
    '.railway/config.json',
    '.heroku/config.json',
    'gh/hosts.yml',
    'gh/hosts.yaml',
    '.config/gh/hosts.yml',
    '.config/hub',
    'glab-cli/config.yml',
    '.config/tea/config.yml',
    '.config/*/hosts.yml',
    '.jira.d/config.yml',
    '.sentryclirc',
    '.travis/config.yml',
    '.circleci/cli.yml',
    'composer/auth.json',
    '.composer/auth.json',
    'auth.json',
    '.cargo/credentials',
    '.cargo/credentials.toml',
    'cargo/credentials.toml',
    '.yarnrc.yml',
    '.conan/.conanrc',
    '.condarc',
    '.netlifyrc',
    '.config/op/config',
    '.doppler/.doppler.yaml',
    '.config/argocd/config',
    '.argocd/config',
    '.helm/repository/repositories.yaml',
    'helm/repositories.yaml',
    '.snowflake/connections.toml',
    '.huggingface/token',
    '.kaggle/kaggle.json',
    '.anthropic/config.json',
    '.codex/auth.json',
    '.claude/.credentials.json',
    '.claude.json',
    '.openai/auth.json',
    'github-copilot/hosts.json',
    'github-copilot/apps.json',
  ],
  whole: true,

  read: (file) => secretFields(entriesOf(file, syntaxOf(file)), FIELDS),

  examples: [
    {
      title: 'accounts of a service in Azure',
      path: '/root/.azure/service_principal_entries.json',
      text: '[{"client_id": "11111111-2222-3333-4444-555555555555", "tenant": "66666666-2222-3333-4444-555555555555", "client_secret": "oak~leaf.7-rowan"}]',
      finds: [
        {
          line: 1,
          account: '11111111-2222-3333-4444-555555555555',
          system: '66666666-2222-3333-4444-555555555555',
          service: 'azure',
        },
      ],
    },
    {
      title: 'tokens by the host of a service of Terraform',
      path: '/root/.terraform.d/credentials.tfrc.json',
      text: '{\n "credentials": {\n  "app.terraform.io": {\n   "token": "oak-leaf-7-rowan"\n  }\n }\n}\n',
      finds: [{ line: 4, secret: 'token', system: 'app.terraform.io', service: 'terraform' }],
    },
    {
      title: 'forges by their host, with the people who use them',
      path: '/home/a/.config/gh/hosts.yml',
      text: 'github.com:\n    user: alice\n    oauth_token: oak-leaf-7-rowan\n    git_protocol: https\n',
      finds: [{ line: 3, secret: 'token', account: 'alice', system: 'github.com', service: 'git' }],
    },
    {
      title: 'registries by their name',
      path: '/root/.cargo/credentials.toml',
      text: '[registry]\ntoken = "oak-leaf-7-rowan"\n[registries.team]\ntoken = "birch-12-alder"\n',
      finds: [
        { line: 2, secret: 'token', system: 'crates.io', service: 'cargo' },
        { line: 4, secret: 'token', system: 'team' },
      ],
    },
    {
      title: 'what Composer asks registries with',
      path: '/root/.composer/auth.json',
      text: '{"http-basic": {"repo.example.org": {"username": "alice", "password": "oak-leaf-7"}},\n"github-oauth": {"github.com": "rowan-19-birch"}}',
      finds: [
        { line: 1, account: 'alice', system: 'repo.example.org', service: 'composer' },
        { line: 2, secret: 'token', system: 'github.com' },
      ],
    },
    {
      title: 'keys of an object store, with the passphrase of what is put there',
      path: '/root/.s3cfg',
      text: '[default]\naccess_key = OAKLEAF7\nsecret_key = rowan-19-birch\ngpg_passphrase = alder-3\nhost_base = s3.example.org\nuse_https = True\n',
      finds: [
        { line: 3, account: 'OAKLEAF7', system: 's3.example.org', service: 's3' },
        { line: 4, name: 'default.gpg_passphrase' },
      ],
    },
    {
      title: 'a file of a key, of Oracle Cloud',
      path: '/root/.oci/config',
      text: '[DEFAULT]\nuser=ocid1.user.oc1..aaaa\nfingerprint=0a:1b\nkey_file=~/.oci/key.pem\npass_phrase=oak-leaf-7\ntenancy=ocid1.tenancy.oc1..bbbb\n',
      finds: [
        {
          line: 4,
          is: 'reference',
          reference: '~/.oci/key.pem',
          account: 'ocid1.user.oc1..aaaa',
          system: 'ocid1.tenancy.oc1..bbbb',
        },
        { line: 5, account: 'ocid1.user.oc1..aaaa', system: 'ocid1.tenancy.oc1..bbbb' },
      ],
    },
    {
      title: 'nobody has logged in',
      path: '/root/.config/gh/hosts.yml',
      text: 'github.com:\n    git_protocol: ssh\n    user: alice\n',
      finds: [],
    },
  ],
})

const PLAIN = iniSyntax(INI)
const PYTHON = iniSyntax(CONFIGPARSER)

const syntaxOf = ({ path, text }: CredentialFile): Syntax => {
  const name = path.toLowerCase()
  if (name.endsWith('.json') || /^\s{0,64}[{[]\s{0,64}["{]/.test(text)) return json
  if (/\.ya?ml$|\.condarc$|argocd\/config$|\.config\/hub$/.test(name)) return yaml
  if (/\.toml$|cargo\/credentials$/.test(name)) return toml
  return /s3cfg$|linode-cli$|databrickscfg$/.test(name) ? PYTHON : PLAIN
}

const part =
  (index: number) =>
  (keys: readonly string[]): string | undefined =>
    keys.at(index)

/** The first of its names that is a host's. */
const hostAmong = (keys: readonly string[]) =>
  keys.find((key) =>
    /^(?:https?:\/\/\S{1,255}|[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}(?::\d{1,5})?(?:\/\S{0,200})?)$/.test(key),
  )

const AZURE = {
  account: ['userid', 'client_id', 'clientid', 'serviceprincipalid', 'home_account_id', 'user', '_clientid'],
  system: ['tenant', 'tenantid', 'realm', 'environment', '_authority', 'resource', 'target'],
  service: 'azure',
} as const

const FORGE = {
  secret: 'token',
  account: (keys, beside) => beside('user') ?? beside('username') ?? (keys[1] === 'users' ? keys[2] : undefined),
  system: hostAmong,
  service: 'git',
} as const satisfies Partial<SecretField>

/** The first that fits decides. Names are joined by `/`, in lower case. */
const FIELDS: readonly SecretField[] = [
  // Azure
  {
    key: /^(?:\d+\/)?(?:accesstoken|refreshtoken|client_secret|certificatefile|serviceprincipalkey)$/,
    secret: 'token',
    ...AZURE,
  },
  { key: /^(?:accesstoken|refreshtoken|idtoken)\/[^/]*\/secret$/, secret: 'token', ...AZURE },
  // AWS
  {
    key: /^credentials\/secretaccesskey$|^credentials\/sessiontoken$/,
    secret: 'token',
    account: ['accesskeyid'],
    service: 'aws',
  },
  {
    key: /^(?:accesstoken|clientsecret)$/,
    secret: 'token',
    account: ['clientid'],
    system: ['starturl'],
    service: 'aws',
  },
  // Terraform, Pulumi
  { key: /^credentials\/[^/]*\/token$/, secret: 'token', system: part(1), service: 'terraform' },
  {
    key: /^(?:accesstokens|accounts)\/.*(?:accesstoken|https?:\/\/[^ ]*)$/,
    secret: 'token',
    system: hostAmong,
    service: 'pulumi',
  },
  // Forges
  {
    key: /(?:^|\/)(?:oauth_token|access_token|api_token|job_token|refresh_token|auth_token|token)$/,
    value: /^(?!keyring|true|false).{4,}$/,
    ...FORGE,
    system: (keys, beside) =>
      registryOf(keys) ?? hostAmong(keys) ?? beside('api-url') ?? beside('url') ?? beside('api_host'),
    service: (keys) => (registryOf(keys) === undefined ? (hostAmong(keys) === undefined ? undefined : 'git') : 'cargo'),
  },
  { key: /(?:^|\/)access-token$/, value: /.{8,}/, secret: 'token', service: 'digitalocean' },
  // Registries
  {
    key: /^http-basic\/[^/]*\/password$|^bitbucket-oauth\/[^/]*\/consumer-secret$/,
    account: ['username', 'consumer-key'],
    system: part(1),
    service: 'composer',
  },
  {
    key: /^(?:github-oauth|gitlab-token|gitlab-oauth|bearer)\/[^/]*$/,
    secret: 'token',
    system: part(1),
    service: 'composer',
  },
  {
    key: /(?:^|\/)npmauthtoken$/,
    secret: 'token',
    system: (keys, beside) => hostAmong(keys) ?? beside('npmregistryserver'),
    service: 'npm',
  },
  {
    key: /(?:^|\/)npmauthident$/,
    value: /:/,
    account: (_, beside) => beside('npmauthident')?.split(':')[0],
    system: (keys, beside) => hostAmong(keys) ?? beside('npmregistryserver'),
    service: 'npm',
  },
  // Object stores and other clouds
  {
    key: /(?:^|\/)(?:secret_key|secret-key|secretkey)$/,
    secret: 'token',
    account: ['access_key', 'access-key', 'accesskey', 'access_key_id'],
    system: ['host_base', 'endpoint', 'api_url'],
    service: (_, beside) => (beside('host_base') === undefined ? undefined : 's3'),
  },
  { key: /(?:^|\/)gpg_passphrase$/, value: /./ },
  { key: /(?:^|\/)proxy_password$/ },
  { key: /(?:^|\/)(?:pass_phrase|passphrase)$/, account: ['user'], system: ['tenancy'], service: 'oci' },
  {
    key: /(?:^|\/)key_file$/,
    value: /./,
    secret: 'private-key',
    valueClass: 'reference',
    account: ['user'],
    system: ['tenancy'],
    service: 'oci',
  },
  {
    key: /(?:^|\/)(?:application_secret|consumer_key)$/,
    secret: 'token',
    account: ['application_key'],
    system: ['endpoint'],
    service: 'ovh',
  },
  {
    key: /(?:^|\/)(?:access_key_secret|accesskeysecret|secretkey|sts_token)$/,
    secret: 'token',
    account: ['access_key_id', 'accesskeyid', 'secretid'],
  },
  { key: /(?:^|\/)key$/, value: /^[0-9a-f]{32}$/, secret: 'token', account: ['username'], system: () => 'kaggle.com' },
  {
    key: /(?:^|\/)(?:password|api_key|apikey|openai_api_key|accesstoken|refreshtoken|id_token|secret_access_key|auth-token)$/,
    value: /.{4,}/,
    secret: 'token',
    account: ['username', 'user', 'email', 'account', 'account_id'],
    system: ['url', 'host', 'server', 'account', 'endpoint'],
  },
]

const registryOf = (keys: readonly string[]) =>
  keys[0] === 'registry' ? 'crates.io' : keys[0] === 'registries' ? keys[1] : undefined
