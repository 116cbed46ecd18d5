import { credentialFormat, type Sighting } from '../detector.ts'
import { basicLogin } from '../readers/basic-login.ts'
import { sighting } from '../readers/sighting.ts'
import { urlLoginIn, type UrlLogin } from '../readers/url-login.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { GIT_CONFIG, iniSyntax } from '../syntaxes/ini.ts'

/**
 * Settings of Git: addresses that hold a login, headers that hold one, mail servers it sends with.
 */
export default credentialFormat({
  id: 'git-config',
  title: 'Settings of Git: logins in addresses and headers, mail servers',
  files: [
    '.gitconfig',
    '.git/config',
    '.config/git/config',
    'etc/gitconfig',
    '*.git/config',
    '.gitmodules',
    '.git/modules/*/config',
  ],
  whole: true,

  *read(file) {
    const entries = entriesOf(file, SYNTAX)
    const besides = new Map<number, Map<string, string>>()
    for (const { keys, value, group, commented } of entries) {
      const beside = besides.get(group) ?? new Map<string, string>()
      if (commented !== true) besides.set(group, beside.set(keys.at(-1)!.toLowerCase(), value))
    }
    for (const head of file.text.matchAll(
      /^[ \t]{0,32}([#;][ \t]{0,32})?\[(url|credential|http)[ \t]{1,32}"([^"\n]{8,2048})"\]/gim,
    )) {
      const login = urlLoginIn(head[3]!)
      if (login !== undefined)
        yield ofUrl(login, head.index + head[0].indexOf('"') + 1, head[2]!.toLowerCase(), head[1] !== undefined)
    }
    for (const { keys, value, at, length, group, commented } of entries) {
      if (keys.length < 2) continue
      const setting: Setting = {
        section: keys[0]!.toLowerCase(),
        detail: keys.length > 2 ? keys[1]! : '',
        name: keys.at(-1)!.toLowerCase(),
        value,
        at,
        length,
        commented: commented === true,
      }
      const seen = seenIn(setting, besides.get(group) ?? new Map())
      if (seen !== undefined) yield seen
    }
  },

  examples: [
    {
      title: 'a login in the address of a remote repository, or in one that stands for another',
      path: '/srv/app/.git/config',
      text: `[remote "origin"]
	url = https://deploy:oak-leaf-7@git.example.org/team/app.git
	fetch = +refs/heads/*:refs/remotes/origin/*
[url "https://bot:rowan-19@git.example.org/"]
	insteadOf = git@git.example.org:
`,
      finds: [
        { line: 2, name: 'remote.url', account: 'deploy', system: 'git.example.org' },
        { line: 4, name: 'url', account: 'bot', system: 'git.example.org' },
      ],
    },
    {
      title: 'a header with a login, as build runners leave it; the password of a mail server; tokens of forges',
      path: '/root/.gitconfig',
      text: `[http "https://git.example.org/"]
	extraheader = AUTHORIZATION: basic Ym90Om9hay1sZWFmLTc=
[sendemail]
	smtpServer = mail.example.org
	smtpUser = alice
	smtpPass = "birch # 12"
[github]
	user = alice
	token = 0123456789abcdef0123456789abcdef01234567
`,
      finds: [
        { line: 2, name: 'http.extraheader', account: 'bot', system: 'https://git.example.org/' },
        { line: 6, name: 'sendemail.smtppass', account: 'alice', system: 'mail.example.org' },
        { line: 9, name: 'github.token', secret: 'token', account: 'alice' },
      ],
    },
    {
      title: 'addresses without a password, helpers and keys to sign with are no secrets',
      path: '/root/.gitconfig',
      text: `[user]
	signingkey = 0x1234ABCD
[credential]
	helper = store --file ~/.secret
[remote "origin"]
	url = ssh://git@git.example.org/x
	url = https://alice@git.example.org/x
[core]
	askPass = /usr/bin/ksshaskpass
`,
      finds: [],
    },
  ],
})

const SYNTAX = iniSyntax(GIT_CONFIG)

interface Setting {
  readonly section: string
  readonly detail: string
  readonly name: string
  readonly value: string
  readonly at: number
  readonly length: number
  readonly commented: boolean
}

type Beside = ReadonlyMap<string, string>

const seenIn = (setting: Setting, beside: Beside): Sighting | undefined => {
  const { section, detail, name, value, at, length, commented } = setting
  const key = `${section}.${name}`
  if (name === 'extraheader') return ofHeader(setting)
  const kind = SECRETS.get(key)
  if (kind !== undefined)
    return value === ''
      ? undefined
      : sighting({
          at,
          length,
          value,
          name: key,
          commented,
          secret: kind.secret,
          account: beside.get(kind.account),
          system: detail !== '' && section !== 'sendemail' ? detail : beside.get(kind.system),
          service: kind.service,
        })
  const login = value.includes('://') && length === value.length ? urlLoginIn(value) : undefined
  return login === undefined ? undefined : ofUrl(login, at, key, commented)
}

const ofHeader = ({ detail, value, at, length, commented }: Setting): Sighting | undefined => {
  const header = /^([\w-]{1,64}):[ \t]*(?:(basic|bearer|token)[ \t]+)?(\S{1,4096})$/i.exec(value)
  if (header === null || !/auth|token|key/i.test(header[1]!)) return undefined
  const secret = header[3]!
  const login = header[2]?.toLowerCase() === 'basic' ? basicLogin(secret) : undefined
  const asWritten = length === value.length
  return sighting({
    at: asWritten ? at + value.length - secret.length : at,
    length: asWritten ? secret.length : length,
    value: login?.password ?? secret,
    name: 'http.extraheader',
    account: login?.account,
    system: detail,
    secret: login === undefined ? 'token' : 'password',
    service: 'git',
    commented,
  })
}

const SMTP = { secret: 'password', account: 'smtpuser', system: 'smtpserver', service: 'smtp' } as const
const FORGE = { secret: 'token', account: 'user', system: 'url', service: 'git' } as const

const SECRETS = new Map<
  string,
  { readonly secret: 'password' | 'token'; readonly account: string; readonly system: string; readonly service: string }
>([
  ['sendemail.smtppass', SMTP],
  ['imap.pass', { secret: 'password', account: 'user', system: 'host', service: 'imap' }],
  ['github.token', FORGE],
  ['github.oauth-token', FORGE],
  ['github.password', { ...FORGE, secret: 'password' }],
  ['gitlab.token', FORGE],
  ['hub.oauthtoken', FORGE],
  ['credential.password', { ...FORGE, secret: 'password', account: 'username' }],
  ['svn-remote.password', { ...FORGE, secret: 'password', account: 'username' }],
  ['git-p4.password', { secret: 'password', account: 'user', system: 'port', service: 'perforce' }],
  ['http.sslcertpassword', { ...FORGE, secret: 'password' }],
])

const ofUrl = (
  { account, system, password, at, length }: UrlLogin,
  base: number,
  name: string,
  commented: boolean,
): Sighting =>
  sighting({
    at: base + at,
    length,
    value: password,
    secret: 'password',
    name,
    account,
    system,
    service: 'git',
    evidence: 'url',
    commented,
  })
