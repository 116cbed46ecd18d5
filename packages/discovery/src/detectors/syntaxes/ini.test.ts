import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CONFIGPARSER, GIT_CONFIG, iniSyntax, MY_CNF } from './ini.ts'
import { seen } from './syntaxes.example.ts'

const ini = iniSyntax()
const git = iniSyntax(GIT_CONFIG)

describe('settings in sections', () => {
  test('have the names of their section and their own', () => {
    expect(seen(ini, 'a=1\n[db]\n user : root\npassword = oak-leaf-7\n')).toEqual([
      ['a', '1'],
      ['db/user', 'root'],
      ['db/password', 'oak-leaf-7'],
    ])
  })

  test('may stand in comments, with the section that is commented out', () => {
    expect(seen(ini, '[a]\nx=1\n#[b]\n;password = no\n# prose has: no name before\ny=2\n')).toEqual([
      ['a/x', '1'],
      ['b/password', 'no', 'commented'],
      ['a/y', '2'],
    ])
  })

  test('keep what stands between quotes, and lose comments between blanks', () => {
    expect(seen(ini, `a = "b # c" ; d\ne = x;y#z\nf = g # h\ni = 'k'\n`)).toEqual([
      ['a', 'b # c', 'quoted'],
      ['e', 'x;y#z'],
      ['f', 'g'],
      ['i', 'k', 'quoted'],
    ])
  })

  test('of git have subsections, escapes and lines that go on', () => {
    expect(seen(git, '[remote "a \\"b"]\n\turl = x\\\ny ; c\n k = "a b"" c\\t" \n')).toEqual([
      ['remote/a "b/url', 'xy'],
      ['remote/a "b/k', 'a b c\t'],
    ])
  })
})

let root: string
beforeAll(() => void (root = mkdtempSync(join(tmpdir(), 'rollcall-ini-'))))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const word = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/)
const file = (value: fc.Arbitrary<string>) =>
  fc.uniqueArray(fc.tuple(word, fc.uniqueArray(fc.tuple(word, value), { selector: ([name]) => name, maxLength: 5 })), {
    selector: ([name]) => name,
    maxLength: 4,
  })
const written = (sections: readonly [string, [string, string][]][], separator: string) =>
  sections
    .map(([name, pairs]) => `[${name}]\n${pairs.map(([key, value]) => `${key}${separator}${value}\n`).join('')}`)
    .join('\n')

describe('agrees with', () => {
  test.skipIf(!existsSync('/usr/bin/python3'))('configparser of Python', () => {
    const texts = fc.sample(
      fc
        .tuple(file(fc.stringMatching(/^[ -~]{0,12}( ?[;#] x)?(\n +[a-z]{1,4}( = z)?)?$/)), fc.constantFrom('=', ' : '))
        .map(([sections, separator]) => written(sections, separator)),
      { numRuns: 300, seed: 7 },
    )
    const script = `import configparser,json,sys
out=[]
for t in json.load(sys.stdin):
  c=configparser.RawConfigParser(strict=False); c.optionxform=str
  try:
    c.read_string(t); out.append([[s+'/'+k,v] for s in c.sections() for k,v in c.items(s)])
  except configparser.Error: out.append(None)
print(json.dumps(out))`
    const theirs = JSON.parse(
      execFileSync('/usr/bin/python3', ['-c', script], { input: JSON.stringify(texts), encoding: 'utf8' }),
    ) as ([string, string][] | null)[]
    const syntax = iniSyntax(CONFIGPARSER)
    let compared = 0
    for (const [index, text] of texts.entries()) {
      if (theirs[index] === null) continue
      compared++
      const ours = new Map(
        [...syntax(text)].filter(({ commented }) => !commented).map((e) => [e.keys.join('/'), e.value]),
      )
      expect([text, Object.fromEntries(ours)]).toEqual([text, Object.fromEntries(theirs[index]!)])
    }
    expect(compared).toBeGreaterThan(150)
  })

  test.skipIf(!existsSync('/usr/bin/git'))('git', () => {
    const value = fc
      .array(fc.constantFrom('a', 'b ', ' ', '"', '\\"', '\\\\', '\\t', '\\\n', ';', '#', "'", '='), { maxLength: 10 })
      .map((parts) => parts.join(''))
    let compared = 0
    for (const text of fc.sample(
      file(value).map((sections) => written(sections, ' = ').replaceAll('_', '')),
      {
        numRuns: 60,
        seed: 7,
      },
    )) {
      const path = join(root, 'config')
      writeFileSync(path, text)
      let theirs: string
      try {
        theirs = execFileSync('/usr/bin/git', ['config', '-z', '--list', '-f', path], {
          encoding: 'utf8',
          stdio: 'pipe',
        })
      } catch {
        continue
      }
      compared++
      const ours = [...git(text)].filter(({ commented }) => !commented).map((e) => `${e.keys.join('.')}\n${e.value}\0`)
      // Blanks before a line that goes on with nothing are kept by git of some versions.
      expect([text, ours.join('').replaceAll(/ +\0/g, '\0')]).toEqual([text, theirs.replaceAll(/ +\0/g, '\0')])
    }
    expect(compared).toBeGreaterThan(20)
  })

  test.skipIf(!existsSync('/usr/bin/my_print_defaults'))('programs of MariaDB', () => {
    const value = fc.constantFrom('a', '"a b"', "'x'", 'a # b', 'x"y', '"a # b"', "a'b", 'a;b')
    for (const text of fc.sample(
      fc
        .array(fc.tuple(word, value), { minLength: 1, maxLength: 4 })
        .map((pairs) => written([['client', pairs]], ' = ')),
      { numRuns: 60, seed: 7 },
    )) {
      const path = join(root, 'my.cnf')
      writeFileSync(path, text)
      const theirs = execFileSync('/usr/bin/my_print_defaults', [`--defaults-file=${path}`, 'client'], {
        encoding: 'utf8',
      })
      const ours = [...iniSyntax(MY_CNF)(text)].map((e) => `--${e.keys[1]}=${e.value}\n`).join('')
      expect([text, ours]).toEqual([text, theirs])
    }
  })
})
