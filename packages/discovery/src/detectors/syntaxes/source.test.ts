import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PHP, PYTHON, RUBY, SCRIPT } from './source.ts'
import { seen } from './syntaxes.example.ts'

describe('source code', () => {
  test('of PHP gives names values', () => {
    const text = `<?php // it's prose
define('DB_PASSWORD', 'oak\\'leaf');
// define( "AUTH_KEY", "old" );
$databases['default']['default'] = array('user' => 'u', 'password' => "p", 'x' => getenv('X'));
$db->password = 'a' . 'b';
return ['host' => 'h', 'deep' => ['secret' => 's']];
class C { public $pw = 'q'; const K = 'v'; function f() { return foo('not', 'these'); } }
`
    expect(seen(PHP, text)).toEqual([
      ['DB_PASSWORD', "oak'leaf", 'quoted'],
      ['AUTH_KEY', 'old', 'quoted', 'commented'],
      ['databases/default/default/user', 'u', 'quoted'],
      ['databases/default/default/password', 'p', 'quoted'],
      ['databases/default/default/x', "getenv('X')"],
      ['host', 'h', 'quoted'],
      ['deep/secret', 's', 'quoted'],
      ['pw', 'q', 'quoted'],
      ['K', 'v', 'quoted'],
    ])
  })

  test('of Python, Ruby and JavaScript does too', () => {
    expect(
      seen(
        PYTHON,
        `DATABASES = {\n  'default': {\n    'USER': "u", # don't\n    'PASSWORD': 'p',\n  }\n}\nKEY = 'k'\nx = f(password='q', y=1)\n`,
      ),
    ).toEqual([
      ['DATABASES/default/USER', 'u', 'quoted'],
      ['DATABASES/default/PASSWORD', 'p', 'quoted'],
      ['KEY', 'k', 'quoted'],
      ['password', 'q', 'quoted'],
      ['y', '1'],
    ])
    expect(
      seen(
        RUBY,
        `gitlab_rails['db_password'] = "p"\n# gitlab_rails['x'] = 'c'\nuser 'u'\nhash = { :password => 'q', token: 't' }\n`,
      ),
    ).toEqual([
      ['gitlab_rails/db_password', 'p', 'quoted'],
      ['gitlab_rails/x', 'c', 'quoted', 'commented'],
      ['user', 'u', 'quoted'],
      ['hash/password', 'q', 'quoted'],
      ['hash/token', 't', 'quoted'],
    ])
    expect(
      seen(SCRIPT, `module.exports = {\n  db: { password: 'p', user: env.USER }, // x\n}\nconst token = "t"\n`),
    ).toEqual([
      ['module/exports/db/password', 'p', 'quoted'],
      ['module/exports/db/user', 'env.USER'],
      ['token', 't', 'quoted'],
    ])
  })
})

test.skipIf(!existsSync('/usr/bin/php'))('agrees with PHP on arrays that it writes', () => {
  const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.stringMatching(/^[ -~]{0,12}$/),
      fc.dictionary(fc.stringMatching(/^[a-z][a-z_' ]{0,8}$/), tie('value'), { maxKeys: 4 }),
    ),
  })).value
  const values = fc.sample(fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), value, { minKeys: 1, maxKeys: 3 }), {
    numRuns: 200,
    seed: 7,
  })
  const script = 'foreach (json_decode(stream_get_contents(STDIN), true) as $v) { var_export($v); echo "\\0"; }'
  const texts = execFileSync('/usr/bin/php', ['-r', script], { input: JSON.stringify(values), encoding: 'utf8' }).split(
    '\0',
  )
  const flat = (one: unknown, path: readonly string[]): string[][] =>
    typeof one === 'object' && one !== null
      ? Object.entries(one).flatMap(([key, inner]) => flat(inner, [...path, key]))
      : [[...path, String(one)]]
  for (const [index, one] of values.entries()) {
    const text = `<?php\nreturn ${texts[index]};\n`
    expect([text, [...PHP(text)].map(({ keys, value: is }) => [...keys, is])]).toEqual([text, flat(one, [])])
  }
})
