import { spawnSync } from 'node:child_process'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { composeServices, containerFindings, dockerContainer, quadletContainer } from './container-definitions.ts'
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
    }),
  )
})
