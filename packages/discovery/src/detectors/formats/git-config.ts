import { credentialFormat, type Sighting } from '../detector.ts'
import { basicLogin } from '../readers/basic-login.ts'
import { linesOf } from '../readers/lines-of.ts'
import { sighting } from '../readers/sighting.ts'
import { urlLoginIn, type UrlLogin } from '../readers/url-login.ts'

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

  *read({ text }) {
    let section = ''
    let detail = ''
    let beside = new Map<string, string>()
    let waiting: Setting[] = []
    const settled = function* () {
      for (const one of waiting) {
        const seen = seenIn(one, beside)
        if (seen !== undefined) yield seen
      }
      waiting = []
      beside = new Map()
    }
    for (const { text: line, at } of linesOf(text)) {
      const head = /^[ \t]*([#;][ \t]*)?\[([\w.-]{1,64})(?:[ \t]+"((?:[^"\\]|\\.){0,2048})")?\]/.exec(line)
      if (head !== null) {
        yield* settled()
        section = head[2]!.toLowerCase()
        detail = head[3] ?? ''
        const login =
          section === 'url' || section === 'credential' || section === 'http' ? urlLoginIn(detail) : undefined
        if (login !== undefined) yield ofUrl(login, at + line.indexOf('"') + 1, section, head[1] !== undefined)
      }
      const rest = head === null ? line : line.slice(head[0].length)
      const setting = /^[ \t]*([#;][ \t]*)?([A-Za-z][\w-]{0,63})[ \t]*=[ \t]*(.*)$/.exec(rest)
      if (setting === null || waiting.length > 10_000) continue
      const [, comment, key = '', tail = ''] = setting
      const from = at + line.length - tail.length
      const value = valueOf(tail)
      const name = key.toLowerCase()
      if (comment === undefined) beside.set(name, value.text)
      waiting.push({
        section,
        detail,
        name,
        value: value.text,
        at: from + value.at,
        length: value.length,
        commented: comment !== undefined,
      })
    }
    yield* settled()
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

interface Setting {
  readonly section: string
  readonly detail: string
  readonly name: string
  readonly value: string
  readonly at: number
  readonly length: number
  readonly commented: boolean
}

/** Up to a comment, without quotes around it; quotes within are rare enough to stay. */
const valueOf = (tail: string) => {
  const quoted = /^"((?:[^"\\]|\\.){0,8192})"/.exec(tail)
  if (quoted !== null) return { text: quoted[1]!.replaceAll(/\\(.)/g, '$1'), at: 1, length: quoted[1]!.length }
  const text = tail.replace(/[#;].*$/s, '').trimEnd()
  return { text, at: 0, length: text.length }
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
