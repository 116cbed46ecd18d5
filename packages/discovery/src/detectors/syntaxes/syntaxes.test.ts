import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DOTENV, ENVIRONMENT, SHELL } from './assignments.ts'
import { hcl } from './hcl.ts'
import { CONFIGPARSER, GIT_CONFIG, INI, iniSyntax, MY_CNF } from './ini.ts'
import { json } from './json.ts'
import { properties } from './properties.ts'
import { PHP, PYTHON, RUBY, SCRIPT } from './source.ts'
import { toml } from './toml.ts'
import { xml } from './xml.ts'
import { yaml } from './yaml.ts'

const syntaxes = {
  ini: iniSyntax(INI),
  configparser: iniSyntax(CONFIGPARSER),
  git: iniSyntax(GIT_CONFIG),
  mysql: iniSyntax(MY_CNF),
  json,
  properties,
  yaml,
  xml,
  toml,
  hcl,
  shell: SHELL,
  dotenv: DOTENV,
  environment: ENVIRONMENT,
  php: PHP,
  python: PYTHON,
  ruby: RUBY,
  script: SCRIPT,
}

const SIGNS = [
  'a',
  'b: ',
  'c=',
  '"',
  "'",
  '"""',
  '\\',
  '\n',
  '\r\n',
  ' ',
  '  ',
  '\t',
  '- ',
  '#',
  '# d: e\n',
  '//',
  '/*',
  '*/',
  '{',
  '}',
  '[',
  ']',
  '(',
  ')',
  ',',
  ';',
  '=>',
  '&x ',
  '*x',
  '<<: ',
  '!t ',
  '|\n',
  '>\n',
  '<',
  '</',
  '/>',
  '>',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '{{',
  '}}',
  '{%',
  '---\n',
  '${',
  '$',
  '`',
  '<<E\n',
  '\uFFFD',
  'define(',
]

describe.each(Object.entries(syntaxes))('%s', (_, syntax) => {
  test('reads any text, and gives values that stand in it', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...SIGNS), { maxLength: 60 }), (parts) => {
        const text = parts.join('')
        for (const { keys, at, length } of syntax(text)) {
          expect(keys.length).toBeLessThan(200)
          expect(at).toBeGreaterThanOrEqual(0)
          expect(length).toBeGreaterThanOrEqual(0)
          expect(at + length).toBeLessThanOrEqual(text.length)
        }
      }),
      { numRuns: 500 },
    )
  })

  // Where one of these took more than linear time, the test would not end.
  test('reads what repeats one sign, or opens something again and again', () => {
    for (const sign of [
      ...SIGNS,
      'a: [\n',
      'a:\n ',
      "a: '\n",
      'k: "x\n',
      '{"a":',
      '<a b="',
      '<a>',
      'a = """\n',
      'a {',
      '[[a]]\n',
      "a('",
      '- - ',
      '[a\n',
      '{a: ',
      '"\\',
      '#a: b\n',
      '<!-- <a ',
      'a=<<E\n',
      'a="\n',
      "$a['b'] = ",
      "'a' => [",
    ]) {
      let count = 0
      for (const entry of syntax(sign.repeat(60_000 / sign.length))) count += entry.keys.length > 0 ? 1 : 0
      expect(count).toBeLessThan(250_000)
    }
  }, 20_000)
})
