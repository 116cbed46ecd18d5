import { credentialFormat, type Sighting } from '../detector.ts'
import { base64Text, basicLogin } from '../readers/basic-login.ts'
import { linesOf } from '../readers/lines-of.ts'
import { sighting } from '../readers/sighting.ts'
import { urlLoginIn } from '../readers/url-login.ts'

export default credentialFormat({
  id: 'npmrc',
  title: 'Logins for package registries of npm, pnpm and the first Yarn: `.npmrc`, `.yarnrc`',
  files: ['.npmrc', '*.npmrc', 'npmrc', '.yarnrc', '.pnpmrc', '.config/pnpm/rc'],
  whole: true,

  *read({ text }) {
    const settings: Setting[] = []
    for (const line of linesOf(text)) {
      const match = SETTING.exec(line.text)
      if (match === null || settings.length > 10_000) continue
      const [whole, comment, quotedKey, bareKey = '', tail = ''] = match
      const at = line.at + whole.length - tail.length
      settings.push({ key: quotedKey ?? bareKey, ...valueOf(tail, at), commented: comment !== undefined })
    }
    const accounts = new Map(
      settings.flatMap(({ key, value, commented }) => {
        const { registry, name } = partsOf(key)
        return name === 'username' && !commented ? [[registry, value] as const] : []
      }),
    )
    for (const setting of settings) {
      const { registry, name } = partsOf(setting.key)
      const seen = seenIn(setting, name, accounts.get(registry))
      if (seen === undefined) continue
      yield { ...seen, ...(registry === '' || seen.system !== undefined ? {} : { system: registry }) }
    }
  },

  examples: [
    {
      title: 'a token of each registry; a user name with a password in base64; both in one',
      path: '/root/.npmrc',
      text: `registry=https://npm.example.org/
//npm.example.org/:_authToken=6d1f2a-oak-leaf-7
@team:registry=https://npm.team.example/
//npm.team.example/:_password="b2FrLWxlYWYtNw=="
//npm.team.example/:username=alice
//old.example/repo/:_auth=Ym9iOnJvd2FuLTE5
`,
      finds: [
        { line: 2, name: '_authToken', secret: 'token', system: 'npm.example.org', service: 'npm' },
        { line: 4, name: '_password', account: 'alice', system: 'npm.team.example' },
        { line: 6, name: '_auth', account: 'bob', system: 'old.example/repo' },
      ],
    },
    {
      title: 'variables are references, commented lines are comments, a proxy has its login in its address',
      path: '/srv/app/.npmrc',
      text: `//registry.npmjs.org/:_authToken=\${NPM_TOKEN}
;//registry.npmjs.org/:_authToken=rowan-19-birch
https-proxy=http://carol:oak-leaf-7@proxy.example.org:3128
always-auth=true
`,
      finds: [
        { line: 1, is: 'reference', system: 'registry.npmjs.org', reference: '${NPM_TOKEN}' },
        { line: 2, system: 'registry.npmjs.org', state: 'commented' },
        { line: 3, name: 'https-proxy', account: 'carol', system: 'proxy.example.org:3128' },
      ],
    },
    {
      title: 'what Yarn 1 writes is parted by a blank',
      path: '/root/.yarnrc',
      text: '# yarn lockfile v1\n"//npm.example.org/:_authToken" "oak-leaf-7-rowan"\nregistry "https://npm.example.org/"\n',
      finds: [{ line: 2, secret: 'token', system: 'npm.example.org' }],
    },
    {
      title: 'no secrets: files of keys, flags, empty values',
      path: '/root/.npmrc',
      text: 'keyfile=/etc/ssl/private/npm.key\n_authToken=\nalways-auth=true\nemail=a@example.org\n',
      finds: [],
    },
  ],
})

interface Setting {
  readonly key: string
  readonly value: string
  readonly at: number
  readonly length: number
  readonly commented: boolean
}

const SETTING = /^[ \t]*([;#][ \t]*)?(?:"([^"\s]{1,1024})"|([^\s"=;#][^\s"=]{0,1023}))(?:[ \t]*=[ \t]*|[ \t]+)(\S.*)$/

const valueOf = (tail: string, at: number) => {
  const quoted = /^(["'])(.{0,16384}?)\1[ \t]*$/.exec(tail)
  const value = quoted === null ? tail.trimEnd() : quoted[2]!
  return { value, at: quoted === null ? at : at + 1, length: value.length }
}

/** `//registry/path/:name`: the registry and the name of the setting. */
const partsOf = (key: string) => {
  const match = /^\/\/(\S{1,512}?)\/?:([\w-]{1,64})$/.exec(key)
  return match === null ? { registry: '', name: key } : { registry: match[1]!, name: match[2]! }
}

const seenIn = (
  { value, at, length, commented }: Setting,
  name: string,
  account: string | undefined,
): Sighting | undefined => {
  const place = { at, length, name, account, service: 'npm', commented }
  switch (name) {
    case '_authToken':
    case 'npmAuthToken':
      return sighting({ ...place, secret: 'token' })
    case '_password':
      return sighting({ ...place, value: base64Text(value) ?? value, secret: 'password' })
    case '_auth': {
      const login = basicLogin(value)
      return login === undefined
        ? sighting({ ...place, secret: 'token' })
        : sighting({ ...place, value: login.password, account: login.account, secret: 'password' })
    }
    case 'key':
      return value.includes('PRIVATE KEY')
        ? sighting({ ...place, secret: 'private-key', valueClass: 'key' })
        : undefined
  }
  const login = urlLoginIn(value)
  return login === undefined
    ? undefined
    : sighting({
        ...place,
        name: /^[\w@:-]{1,64}$/.test(name) ? name : 'registry',
        at: at + login.at,
        length: login.length,
        value: login.password,
        account: login.account,
        system: login.system,
        secret: 'password',
        evidence: 'url',
      })
}
