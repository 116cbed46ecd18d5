import { credentialFormat } from '../detector.ts'
import { basicLogin } from '../readers/basic-login.ts'
import { sighting } from '../readers/sighting.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { json } from '../syntaxes/json.ts'

export default credentialFormat({
  id: 'docker-config',
  title: 'Logins to registries of container images: docker, podman, buildah, skopeo, kubelet',
  files: [
    '.docker/config.json',
    '.dockercfg',
    '.dockerconfigjson',
    'containers/auth.json',
    'docker/config.json',
    '.config/helm/registry/config.json',
    'registry/config.json',
    'kubelet/config.json',
    '*dockerconfig.json',
    '*dockerconfigjson',
    'kaniko/.docker/config.json',
  ],
  begins: (head) => /^\s{0,64}\{\s{0,64}"auths"\s{0,16}:/.test(head),
  whole: true,

  *read(file) {
    const entries = entriesOf(file, json)
    const accounts = new Map<string, string>()
    for (const { keys, value } of entries)
      if (keys.at(-1) === 'username') accounts.set(keys.slice(0, -1).join('\0'), value)
    for (const { keys, value, at, length } of entries) {
      const own = keys.at(-1)!
      const registry = keys[0] === 'auths' ? keys[1] : keys.at(-2)
      const seen = { at, length, system: registry, service: 'container-registry', quoted: true } as const
      if (own === 'auth' && keys.length >= 2) {
        const login = basicLogin(value)
        const part = login ?? (value === '' ? undefined : { account: undefined, password: value })
        if (part !== undefined)
          yield sighting({
            ...seen,
            value: part.password,
            account: part.account,
            secret: 'password',
            name: 'auths.auth',
          })
      } else if (own === 'identitytoken' || own === 'registrytoken')
        yield sighting({
          ...seen,
          value,
          secret: 'token',
          name: `auths.${own}`,
          account: accounts.get(keys.slice(0, -1).join('\0')),
        })
      else if (own === 'password' && keys.length >= 2)
        yield sighting({
          ...seen,
          value,
          secret: 'password',
          name: 'auths.password',
          account: accounts.get(keys.slice(0, -1).join('\0')),
        })
      else if ((keys[0] === 'credHelpers' || own === 'credsStore') && value !== '')
        yield sighting({
          at,
          length,
          value,
          secret: 'store',
          name: keys[0] === 'credHelpers' ? 'credHelpers' : 'credsStore',
          system: keys[0] === 'credHelpers' ? own : undefined,
          service: 'container-registry',
          valueClass: 'reference',
        })
      else if (keys[0] === 'proxies' || keys[0] === 'HttpHeaders') {
        const proxy = /^\w+:\/\/([^:@/\s]+):([^@/\s]+)@([^/\s]+)/.exec(value)
        if (proxy !== null)
          yield sighting({
            ...seen,
            value: proxy[2]!,
            account: proxy[1]!,
            system: proxy[3]!,
            secret: 'password',
            name: `proxies.${own}`,
            service: 'proxy',
          })
      }
    }
  },

  examples: [
    {
      title: 'name and password in base64, tokens, and programs that keep the rest',
      path: '/root/.docker/config.json',
      text: `{
  "auths": {
    "registry.example.org": { "auth": "YWxpY2U6b2FrLWxlYWYtNw==" },
    "ghcr.io": { "identitytoken": "rowan-19birch" }
  },
  "credHelpers": { "quay.io": "secretservice" }
}
`,
      finds: [
        { line: 3, account: 'alice', system: 'registry.example.org', secret: 'password' },
        { line: 4, system: 'ghcr.io', secret: 'token' },
        { line: 6, is: 'reference', system: 'quay.io', reference: 'secretservice' },
      ],
    },
    {
      title: 'the older form, without what is around it',
      path: '/root/.dockercfg',
      text: '{"https://index.docker.io/v1/": {"auth": "YWxpY2U6b2FrLWxlYWYtNw==", "email": "a@example.org"}}',
      finds: [{ line: 1, account: 'alice', system: 'https://index.docker.io/v1/' }],
    },
    {
      title: 'no login',
      path: '/root/.docker/config.json',
      text: '{"auths": {"registry.example.org": {}}, "psFormat": "x"}',
      finds: [],
    },
  ],
})
