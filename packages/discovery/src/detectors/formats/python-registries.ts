import { credentialFormat } from '../detector.ts'
import { nameOf, secretFields } from '../readers/secret-fields.ts'
import { sighting } from '../readers/sighting.ts'
import { urlLoginsIn } from '../readers/url-login.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { CONFIGPARSER, iniSyntax } from '../syntaxes/ini.ts'

export default credentialFormat({
  id: 'python-registries',
  title: 'Logins for package registries of Python: `.pypirc`, `pip.conf`, those of Poetry',
  files: [
    '.pypirc',
    '*.pypirc',
    'pip.conf',
    'pip.ini',
    '.pip/pip.conf',
    'pypoetry/auth.toml',
    'uv.toml',
    '.pydistutils.cfg',
  ],
  whole: true,

  *read(file) {
    const entries = entriesOf(file, SYNTAX)
    yield* secretFields(entries, [
      {
        key: /(?:^|\/)(?:password|token)$/,
        account: ['username'],
        system: (keys, beside) =>
          beside('repository') ?? REGISTRIES.get(keys[0] ?? '') ?? keys[0]?.replace(/^http-basic\./, ''),
        service: 'python-registry',
      },
    ])
    for (const { keys, value, at, length, commented } of entries) {
      if (!value.includes('://')) continue
      for (const login of urlLoginsIn(file.text.slice(at, at + length)))
        yield sighting({
          at: at + login.at,
          length: login.length,
          value: login.password,
          secret: 'password',
          name: nameOf(keys),
          account: login.account,
          system: login.system,
          service: 'python-registry',
          evidence: 'url',
          commented,
        })
    }
  },

  examples: [
    {
      title: 'each registry that packages are sent to has its login',
      path: '/root/.pypirc',
      text: `[distutils]
index-servers =
    pypi
    team

[pypi]
username = __token__
password = oak-leaf-7

[team]
repository: https://pypi.example.org/simple
username: alice
password: 100%rowan
`,
      finds: [
        { line: 8, name: 'pypi.password', account: '__token__', system: 'pypi.org', service: 'python-registry' },
        { line: 13, name: 'team.password', account: 'alice', system: 'https://pypi.example.org/simple' },
      ],
    },
    {
      title: 'addresses to install from may hold a login',
      path: '/etc/pip.conf',
      text: `[global]
index-url = https://alice:oak-leaf-7@pypi.example.org/simple
extra-index-url =
    https://bob:rowan-19@other.example.org/simple
    https://pypi.org/simple
`,
      finds: [
        { line: 2, name: 'global.index-url', account: 'alice', system: 'pypi.example.org' },
        { line: 4, name: 'global.extra-index-url', account: 'bob', system: 'other.example.org' },
      ],
    },
    {
      title: 'an open registry',
      path: '/etc/pip.conf',
      text: '[global]\nindex-url = https://pypi.org/simple\n',
      finds: [],
    },
  ],
})

const SYNTAX = iniSyntax({ ...CONFIGPARSER, quotes: true })

const REGISTRIES = new Map([
  ['pypi', 'pypi.org'],
  ['testpypi', 'test.pypi.org'],
  ['server-login', 'pypi.org'],
])
