import { spawnSync } from 'node:child_process'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  composeServices,
  containerFindings,
  dockerContainer,
  quadletContainer,
  rootOfContainer,
  runtimeContainer,
  storedNames,
} from './container-definitions.ts'
import { parseYaml, type YamlNode } from './yaml-subset.ts'

const plain = (node: YamlNode): unknown =>
  node.kind === 'map'
    ? Object.fromEntries(Array.from(node.entries, ([key, value]) => [key, plain(value)]))
    : node.kind === 'list'
      ? node.items.map(plain)
      : node.kind === 'text'
        ? node.text
        : null

/** What PyYAML makes of it with every word left as text. */
const byPython = (texts: readonly string[]): unknown[] => {
  const program =
    'import sys, json, yaml; print(json.dumps([yaml.load(t, Loader=yaml.BaseLoader) for t in json.load(sys.stdin)]))'
  const { stdout } = spawnSync('python3', ['-c', program], { input: JSON.stringify(texts), encoding: 'utf8' })
  return JSON.parse(stdout) as unknown[]
}
const hasPython = spawnSync('python3', ['-c', 'import yaml']).status === 0

describe.skipIf(!hasPython)('beside PyYAML (package ansible-core)', () => {
  const word = fc.constantFrom(
    'a',
    'b-c',
    '"d e"',
    "'it''s'",
    'x:y',
    '1',
    'nginx:1.25',
    '/srv/a b',
    '80:80',
    'a#b',
    '"#"',
    'true',
  )
  const key = fc.constantFrom('user', 'env_file', '"k k"', 'a.b', 'x-y', '-z')
  const document = fc.letrec<{ node: string[]; map: string[]; list: string[] }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small' },
      fc.tuple(word, fc.constantFrom('', '  # why')).map(([text, comment]) => [` ${text}${comment}`]),
      fc.array(word, { maxLength: 3 }).map((words) => [` [${words.filter((one) => !one.includes('#')).join(', ')}]`]),
      tie('map').map((lines) => ['', ...lines.map((line) => `  ${line}`)]),
      tie('list').map((lines) => ['', ...lines.map((line) => `  ${line}`)]),
      tie('list').map((lines) => ['', ...lines]),
    ),
    map: fc
      .uniqueArray(fc.tuple(key, tie('node')), { minLength: 1, maxLength: 3, selector: ([name]) => name })
      .map((entries) => entries.flatMap(([name, [first, ...rest]]) => [`${name}:${first}`, ...rest])),
    list: fc
      .array(
        fc.oneof(
          word.map((text) => [text]),
          tie('map'),
        ),
        { minLength: 1, maxLength: 3 },
      )
      .map((items) => items.flatMap(([first, ...rest]) => [`- ${first}`, ...rest.map((line) => `  ${line}`)])),
  }))

  test('what is understood means the same', () => {
    const texts = fc.sample(document.map, 300).map((lines) => `${lines.join('\n')}\n`)
    const theirs = byPython(texts)
    for (const [index, text] of texts.entries()) {
      const { root, unread } = parseYaml(text)
      expect([text, unread, plain(root)]).toEqual([text, [], theirs[index]])
    }
  })
})

test('no value of a variable is ever told, however it is quoted', () => {
  const secret = 'S3CRET'
  const quadlet = `[Container]\nEnvironment="A=x ${secret}=y" B="z ${secret}=w" 'C=${secret} ${secret}=v'\nEnvironment=D=${secret}\n`
  const compose = `services:\n  a:\n    environment:\n      - "E=${secret} ${secret}=x"\n      - F=${secret}\n    command: --password ${secret}\n  b:\n    environment: {G: ${secret}}\n  c:\n    environment:\n      H: |\n        ${secret}\n        ${secret}: x\n`
  const docker = dockerContainer(
    JSON.stringify({ Name: '/x', Config: { Env: [`I=${secret}`, secret], Cmd: [secret] } }),
    '',
    '/p',
  )
  const all = [
    ...containerFindings(quadletContainer(quadlet, '/q')!, new Map()),
    ...composeServices(compose, '/c').definitions.flatMap((one) => containerFindings(one, new Map())),
    ...containerFindings(docker!, new Map()),
  ]
  expect(JSON.stringify(all)).not.toContain(secret)
  expect(JSON.stringify(all).match(/"[A-I]"|variable [A-I]"/g)?.length).toBe(8)
})

test('any text is read without an exception', () => {
  const text = fc
    .array(
      fc.oneof(
        fc.constantFrom('a', ':', ' ', '  ', '\n', '- ', '"', "'", '[', '{', '#', '|', '&', 'services'),
        fc.string(),
      ),
    )
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(text, (content) => {
      composeServices(`services:\n  a:\n${content}`, '/c')
      parseYaml(content)
      quadletContainer(`[Container]\n${content}`, '/q')
      dockerContainer(content, content, '/d')
      runtimeContainer(content, '/r/config.json', storedNames(content))
    }),
  )
})

test('any JSON is read without an exception', () => {
  const json = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(null, true, 0, '', '/', 'bind', 'TRUE', 'CAP_SYS_ADMIN'),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(
        fc.constantFrom(
          'process',
          'user',
          'uid',
          'mounts',
          'linux',
          'namespaces',
          'annotations',
          'args',
          'Name',
          'Config',
          'Labels',
          'MountPoints',
          'Source',
          'type',
          'source',
          'destination',
          'uidMappings',
          'names',
          'id',
        ),
        tie('value'),
        { maxKeys: 4 },
      ),
    ),
  })).value
  fc.assert(
    fc.property(json, (value) => {
      const text = JSON.stringify(value)
      const definitions = [
        dockerContainer(text, text, '/d'),
        runtimeContainer(text, '/r/config.json', storedNames(text)),
      ]
      for (const definition of definitions)
        if (definition !== undefined) expect(Array.isArray(containerFindings(definition, new Map()))).toBe(true)
    }),
  )
})

test.each([
  ['is root here', ['privileged']],
  ['is root here', ['mount /']],
  ['is root here', ['mount / read-only']],
  ['is root here', ['mount /run/docker.sock']],
  ['is root here', ['device /dev/sda']],
  ['is root here', ['capability SYS_MODULE']],
  ['is root here', ['mount /proc']],
  ['may be root here', ['mount /sys']],
  ['may be root here', ['mount /var read-only']],
  ['may be root here', ['mount /home']],
  ['may be root here', ['capability SYS_ADMIN']],
  ['may be root here', ['process ids of the host', 'capability SYS_PTRACE']],
  [undefined, ['capability SYS_PTRACE']],
  [undefined, ['process ids of the host']],
  [undefined, ['mount /proc read-only', 'mount /sys read-only', 'mount /usr read-only']],
  [undefined, []],
])('root of a container %s with: %j', (answer, powers) => {
  expect(rootOfContainer(powers)).toBe(answer)
})

test('a script of the host that a container runs is where the mount brings it from, also from its working folder', () => {
  const runs = (Args: readonly string[], WorkingDir: string, RW: boolean) =>
    dockerContainer(
      JSON.stringify({
        Name: '/x',
        Path: Args[0],
        Args: Args.slice(1),
        Config: { WorkingDir },
        MountPoints: { '/app': { Source: '/srv/app', RW }, '/app/bin': { Source: '/srv/tools/', RW: true } },
      }),
      '{}',
      '/d',
    )?.runs
  expect(runs(['/app/start', '--token', 'x'], '/', true)).toEqual([{ path: '/srv/app/start', writable: true }])
  expect(runs(['python3', './job.py'], '/app', false)).toEqual([{ path: '/srv/app/job.py', writable: false }])
  expect(runs(['sh', '-c', 'exec /app/bin/run --all'], '/', true)).toEqual([{ path: '/srv/tools/run', writable: true }])
  expect(runs(['/usr/bin/nginx'], '/', true)).toEqual([])
})
