import { expect, describe, test } from 'vitest'
import { credentialFile } from './credential-file.ts'
import { detect } from './detect.ts'
import { formats } from './formats/index.ts'

const ENCODER = new TextEncoder()
const TOLD = ['name', 'account', 'system', 'service', 'reference', 'scheme', 'detector'] as const

const toldOf = (path: string, text: string | Uint8Array) => {
  const values: string[] = []
  const { found } = detect(path, typeof text === 'string' ? ENCODER.encode(text) : text, {
    keyedDigest: (value) => `${values.push(value) - 1}`,
  })
  return { found, values }
}

/** Words that anybody would try first are names of settings, too. */
const isWord = (value: string) => /^[a-z_.-]{1,15}$/i.test(value)

describe('no field tells a secret of the same file', () => {
  test.each(formats.map((format) => [format.id, format] as const))('%s', (_, { examples }) => {
    for (const { path, text } of examples) {
      const { found, values } = toldOf(path, text)
      const secrets = values.filter((value) => value.length >= 6 && !isWord(value))
      for (const one of found)
        for (const field of TOLD) for (const secret of secrets) expect(one[field] ?? '').not.toContain(secret)
    }
  })
})

/** Two halves, so that one of them is found where a value was cut in two. */
const HALVES = ['Zq7Kw9', 'Xv2Lm4'] as const
const [HALF, OTHER] = HALVES
const CANARIES = [
  ...['', '#', ':', ';', ',', '=', '|', '&', '?', '@', '$', 'é', '/', '%40', '-', '+', '.', '\\'].map((mark) =>
    HALVES.join(mark),
  ),
  ...['$', '%', '{', '(', '<', '`', '!', '~', '/', '//', '$(', '${', '{{ ', 'pass:'].map(
    (mark) => mark + HALVES.join(''),
  ),
  `{${HALF}${OTHER}}`,
  `\${X:-${HALF}${OTHER}}`,
  `\${x:${HALF}\${y}${OTHER}}`,
  `$(echo ${HALF}${OTHER})`,
  `\`mysql -p${HALF}${OTHER}\``,
  `{{ '${HALF}${OTHER}' }}`,
  `os.environ.get('X') or '${HALF}${OTHER}'`,
  `process.env.X || '${HALF}${OTHER}'`,
  `/run/secrets/x ${HALF}${OTHER}`,
]

const PLACES: readonly (readonly [string, string])[] = [
  ['/etc/app.conf', 'user = shop\npassword = %\nhost = db1\n'],
  ['/etc/app.yml', 'db:\n  username: shop\n  password: "%"\n'],
  ['/srv/.env', 'DB_USER=shop\nDB_PASSWORD=%\nDB_HOST=db1\n'],
  ['/srv/run.sh', "export DB_PASSWORD='%'\n"],
  ['/etc/app.ini', '[db]\nuser=shop\npassword=%\n'],
  ['/etc/app.properties', 'spring.datasource.username=shop\nspring.datasource.password=%\n'],
  ['/etc/app.json', '{"db":{"user":"shop","password":"%"}}\n'],
  ['/etc/app.xml', '<db><user>shop</user><password>%</password></db>\n'],
  ['/root/.netrc', 'machine db1 login shop password %\n'],
  ['/root/.my.cnf', '[client]\nuser=shop\npassword=%\n'],
  ['/root/.bash_history', "mysql -u shop --password='%' extra\n"],
  ['/etc/app.toml', '[db]\nurl = "postgres://shop:%@db1/shop"\n'],
  ['/proc/*/environ', 'PGUSER=shop\nPGPASSWORD=%\n'],
]

describe('a secret is told nowhere, however it is written', () => {
  test.each(PLACES)('%s', (path, text) => {
    for (const canary of CANARIES) {
      const { found } = toldOf(
        path,
        text.replace('%', () => canary),
      )
      const told = JSON.stringify(found)
      expect(told, canary).not.toContain(HALF)
      expect(told, canary).not.toContain(OTHER)
    }
  })
})

describe('a secret that stands elsewhere in the file as well is not told from there', () => {
  const secret = 'oak-leaf-7-rowan'
  test.each([
    ['as a key around it', '/etc/a.json', `{"${secret}":{"password":"${secret}"}}`],
    ['as a section', '/etc/a.ini', `[${secret}]\npassword=${secret}\n`],
    ['as the account', '/etc/a.ini', `[db]\nuser=${secret}\npassword=${secret}\n`],
    [
      'as the account of another',
      '/etc/a.yml',
      `a:\n  user: ${secret}\n  password: birch-19-elm\nb:\n  password: ${secret}\n`,
    ],
    ['as a part of a host', '/etc/a.yml', `a:\n  host: x.${secret}.example\n  password: ${secret}\n`],
    ['in a path', '/etc/a.yml', `a:\n  url: https://h/${secret}/x\n  password: ${secret}\n`],
    ['as a reference', '/etc/a.yml', `a:\n  password: ${secret}\nb:\n  password: \${${secret}}\n`],
    ['in other letters', '/etc/a.ini', `[${secret.toUpperCase()}]\npassword=${secret}\n`],
    ['in a URL as a key', '/etc/a.json', `{"https://u:${secret}@h/":{"password":"${secret}"}}`],
    ['in a section of git', '/root/.gitconfig', `[url "https://u:${secret}@h/"]\n\tinsteadOf = https://h/\n`],
  ])('%s', (_, path, text) => {
    const { found } = toldOf(path, text)
    expect(found.length).toBeGreaterThan(0)
    expect(JSON.stringify(found).toLowerCase()).not.toContain(secret)
  })
})

test.each([
  ['/etc/asterisk/sip.conf', '[general]\nregister => alice:oak@leaf-7@sip.example.org/12\n', 'sip.example.org'],
  ['/root/.muttrc', 'set smtp_url="smtps://alice:oak@leaf-7@smtp.example.org:465/"\n', 'smtp.example.org:465'],
  ['/srv/.env', 'DB=postgres://alice:oak@leaf-7@db1:5432/shop\n', 'db1:5432'],
])('an address ends a password at its last @: %s', (path, text, system) => {
  const { found, values } = toldOf(path, text)
  expect(found.map((one) => one.system)).toEqual([system])
  expect(values).toEqual(['oak@leaf-7'])
})

test('a plain word that is the name of the account as well is told as that name: the weakness says the same', () => {
  const { found } = toldOf('/etc/a.ini', '[db]\nuser=gerbera\npassword=gerbera\n')
  expect(found).toMatchObject([{ account: 'gerbera', weaknesses: ['same-as-account', 'short'] }])
})

test('a file that ends within a secret tells nothing of it', () => {
  for (const { path, text } of formats.flatMap(({ examples }) => examples)) {
    if (typeof text !== 'string') continue
    for (const one of toldOf(path, text).found) {
      const file = credentialFile(path, ENCODER.encode(text))
      const half = file.text.slice(0, one.at + Math.ceil(one.span / 2))
      const cut = file.text.slice(one.at, one.at + Math.ceil(one.span / 2))
      if (cut.length < 6 || isWord(cut) || !['literal', 'key'].includes(one.value)) continue
      const { found, values } = toldOf(path, half)
      if (!values.includes(cut)) continue
      for (const told of found) for (const field of TOLD) expect(told[field] ?? '').not.toContain(cut)
    }
  }
})
