import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseDoasConf, type DoasRule } from './doas-conf.ts'

test('a rule is read with all it may say, and values of variables are left out', () => {
  expect(
    parseDoasConf(
      'permit nopass keepenv setenv { -ENV PS1=$DOAS_PS1 TOKEN=hush PATH } :wheel as www cmd /bin/ls args -l "a b"\n',
    ),
  ).toEqual({
    rules: [
      {
        permit: true,
        options: ['nopass', 'keepenv'],
        variables: ['-ENV', 'PS1=$', 'TOKEN=', 'PATH'],
        identity: ':wheel',
        target: 'www',
        command: '/bin/ls',
        args: ['-l', 'a b'],
        line: 1,
      },
    ],
    faults: [],
  })
})

test('a last line without its end is a fault, a comment there is none', () => {
  expect(parseDoasConf('permit ann\npermit bob').faults).toEqual([2])
  expect(parseDoasConf('permit ann\n# bob')).toMatchObject({ rules: [{ identity: 'ann' }], faults: [] })
})

test('a line goes on behind a backslash, and the next one is counted from its end', () => {
  const { rules } = parseDoasConf('permit \\\n  ann as root\ndeny bob\n')
  expect(rules.map(({ line }) => line)).toEqual([1, 3])
})

test('whatever the text, there is an answer, and every line of it is looked at once', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'permit as{}"\\#\n\0x'.split('')) }), (text) => {
      const { rules, faults } = parseDoasConf(text)
      const lines = text.split('\n').length
      for (const line of [...rules.map((rule) => rule.line), ...faults]) {
        expect(line).toBeGreaterThan(0)
        expect(line).toBeLessThanOrEqual(lines)
      }
    }),
  )
})

const able = spawnSync('/usr/bin/doas', ['-C', '/dev/null']).status === 0
if (!able) console.warn('Skipped: comparing with doas takes the Debian package doas')

const word = fc.constantFrom(
  'root',
  '0',
  ':root',
  ':0',
  'daemon',
  'nobody',
  '"root"',
  'ro\\ot',
  'cmd',
  '"as"',
  '""',
  'as',
)
const target = fc.constantFrom('', '', ' as root', ' as 0', ' as daemon', ' as nosuch', ' as')
const command = fc.constantFrom(
  '',
  '',
  ' cmd ls',
  ' cmd /bin/ls',
  ' cmd ls args',
  ' cmd ls args -l',
  ' cmd ls args -l "a b"',
  ' cmd ls args -l a\\ b',
  ' cmd',
  ' cmd ls {',
  ' args x',
)
const option = fc.constantFrom(
  '',
  '',
  ' nopass',
  ' persist',
  ' keepenv',
  ' nolog',
  ' setenv { A=b -C "D=x y" }',
  ' setenv {}',
  ' setenv { A',
  ' setenv A',
  ' nopass nopass',
)
const rule = fc
  .tuple(
    fc.constantFrom('permit', 'permit', 'permit', 'deny', 'deny nopass', 'allow'),
    option,
    option,
    word,
    target,
    command,
  )
  .map(([action, one, other, who, as, what]) => `${action}${one}${other} ${who}${as}${what}`)
const separator = fc.constantFrom('\n', '\n', '\n', '\n\n', ' # note\n', ' \\\n', ' \\\n ', '', '\r\n')
const conf = fc
  .array(
    fc.tuple(rule, separator).map((parts) => parts.join('')),
    { minLength: 1, maxLength: 3 },
  )
  .map((lines) => lines.join(''))

const QUESTIONS = [
  { as: 'root', argv: ['ls'] },
  { as: 'root', argv: ['/bin/ls'] },
  { as: 'root', argv: ['ls', '-l'] },
  { as: 'root', argv: ['ls', '-l', 'a b'] },
  { as: 'daemon', argv: ['ls'] },
]

test.skipIf(!able)('what may be run is what doas itself says', () => {
  const folder = mkdtempSync(join(tmpdir(), 'doas-conf-'))
  try {
    const path = join(folder, 'doas.conf')
    for (const text of fc.sample(conf, 300)) {
      writeFileSync(path, text)
      chmodSync(path, 0o600)
      for (const { as, argv } of QUESTIONS) {
        const { stdout } = spawnSync('/usr/bin/doas', ['-C', path, '-u', as, ...argv], { encoding: 'utf8' })
        expect(answer(text, as, argv), text).toBe(stdout.trim())
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

/** What `doas -C` prints for root; nothing where it refuses the file. */
const answer = (text: string, as: string, argv: readonly string[]): string => {
  const { rules, faults } = parseDoasConf(text)
  if (faults.length > 0) return ''
  const last = rules.findLast((one) => isRoot(one) && targets(one, as) && runs(one, argv))
  return last?.permit !== true ? 'deny' : last.options.includes('nopass') ? 'permit nopass' : 'permit'
}

const isRoot = ({ identity }: DoasRule) => ['root', '0', ':root', ':0'].includes(identity)
const targets = ({ target }: DoasRule, as: string) =>
  target === undefined || target === as || (as === 'root' && target === '0')
const runs = ({ command, args }: DoasRule, [program, ...given]: readonly string[]) =>
  command === undefined || (command === program && (args === undefined || args.join('\0') === given.join('\0')))
