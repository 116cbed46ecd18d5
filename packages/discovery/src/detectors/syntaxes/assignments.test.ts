import { execFileSync } from 'node:child_process'
import * as fc from 'fast-check'
import { parseEnv } from 'node:util'
import { describe, expect, test } from 'vitest'
import { DOTENV, ENVIRONMENT, SHELL } from './assignments.ts'
import { seen } from './syntaxes.example.ts'

describe('assignments', () => {
  test('of a shell are words of which any part may be quoted', () => {
    expect(
      seen(SHELL, `export A="x y"'z'\nB=\${C:-d} # e\n#F="g"\n# prose = of words\nif x; then\n  readonly H=$'i\\n'\n`),
    ).toEqual([
      ['A', 'x yz'],
      ['B', '${C:-d}'],
      ['F', 'g', 'quoted', 'commented'],
      ['H', 'i\n'],
    ])
  })

  test('of .env files go on to the end of the line', () => {
    expect(seen(DOTENV, `A=x y # z\nB="p#q" # r\nC = 's'\n#D=t\nE="a\nb"\nF=u#v\n`)).toEqual([
      ['A', 'x y'],
      ['B', 'p#q', 'quoted'],
      ['C', 's', 'quoted'],
      ['D', 't', 'commented'],
      ['E', 'a\nb', 'quoted'],
      ['F', 'u#v'],
    ])
  })

  test('of systemd go on behind backslashes and have no comments at their end', () => {
    expect(seen(ENVIRONMENT, 'A=x \\\n y # z\nB=c\n')).toEqual([
      ['A', 'x  y # z'],
      ['B', 'c'],
    ])
  })

  test('agree with the shell', () => {
    const part = fc.constantFrom('a', 'b-c', '"d e"', "'f g'", '"h\\"i"', '\\ ', '"$"', "'$x'", '""', '"\\$y"', '#')
    const values = fc
      .sample(fc.array(part, { minLength: 1, maxLength: 5 }), { numRuns: 300, seed: 7 })
      .map((all) => all.join(''))
    const text = values.map((value, index) => `V${index}=${value} # end\n`).join('')
    const theirs = execFileSync(
      '/bin/sh',
      ['-c', `${text}${values.map((_, index) => `printf '%s\\0' "$V${index}"`).join('\n')}`],
      { encoding: 'utf8' },
    )
    expect([...SHELL(text)].map(({ value }) => value).join('\0')).toEqual(theirs.slice(0, -1))
  })

  test('agree with parseEnv of Node', () => {
    const part = fc.constantFrom('a', ' b', '"c d"', "'e f'", '"g#h"', '=', 'x', '"a\nb"')
    for (const value of fc.sample(part, { numRuns: 100, seed: 7 })) {
      const text = `A=${value}\nB=1\n`
      const theirs = parseEnv(text)
      expect([text, Object.fromEntries([...DOTENV(text)].map((one) => [one.keys[0], one.value]))]).toEqual([
        text,
        theirs,
      ])
    }
  })
})
