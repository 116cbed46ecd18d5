import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seen } from './syntaxes.example.ts'
import { toml } from './toml.ts'

describe('TOML', () => {
  test('has tables, lists of tables, dotted names and lists', () => {
    const text = `a.b = "x"\n[t]\nk = ['1', {c = "2"},\n 3]\n[[u]]\nn = 1\n[[u]]\nn = 2\n[u.v]\nw = """\nlong\n"""\n`
    expect(seen(toml, text)).toEqual([
      ['a/b', 'x', 'quoted'],
      ['t/k/0', '1', 'quoted'],
      ['t/k/1/c', '2', 'quoted'],
      ['t/k/2', '3'],
      ['u/0/n', '1'],
      ['u/1/n', '2'],
      ['u/1/v/w', 'long\n', 'quoted'],
    ])
  })

  test('has settings in comments', () => {
    expect(seen(toml, '[a]\n# password = "x" # y\n## prose = is no value that matters\n# a prose = none\n')).toEqual([
      ['a/password', 'x', 'quoted', 'commented'],
      ['a/prose', 'is no value that matters', 'commented'],
    ])
  })
})

const PYTHON = `import tomllib,json,sys
def flat(v,p):
  if isinstance(v,dict):
    for k,x in v.items(): yield from flat(x,p+[str(k)])
  elif isinstance(v,list):
    for i,x in enumerate(v): yield from flat(x,p+[str(i)])
  else: yield p+[v if isinstance(v,str) else json.dumps(v)]
out=[]
for t in json.load(sys.stdin):
  try: out.append(list(flat(tomllib.loads(t),[])))
  except tomllib.TOMLDecodeError: out.append(None)
print(json.dumps(out))`

test.skipIf(!existsSync('/usr/bin/python3'))('agrees with tomllib of Python', () => {
  const name = fc.constantFrom('a', 'b', 'c-d', '"e f"', "'g.h'", 'i.j', 'k . l')
  const { value } = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(
        '"x"',
        "'y\\z'",
        '1',
        'true',
        '"\\u0041\\n\\"q"',
        '"""\nlong "q"\n"""',
        "'''raw\n \\n'''",
        '"""a \\\n   b"""',
        '""',
      ),
      fc
        .tuple(fc.array(tie('value'), { maxLength: 3 }), fc.constantFrom(', ', ' ,\n # c ]\n '))
        .map(([all, comma]) => `[ ${all.join(comma)} ]`),
      fc
        .uniqueArray(fc.tuple(fc.constantFrom('m', 'n', '"o p"'), tie('value')), {
          selector: ([key]) => key,
          maxLength: 3,
        })
        .map((pairs) => `{ ${pairs.map(([key, one]) => `${key} = ${one}`).join(', ')} }`),
    ),
  }))
  const line = fc.oneof(
    { weight: 3, arbitrary: fc.tuple(name, value).map(([key, one]) => `${key} = ${one} # end`) },
    { weight: 1, arbitrary: fc.tuple(name, fc.boolean()).map(([key, list]) => (list ? `[[${key}]]` : ` [ ${key} ]`)) },
  )
  const texts = fc.sample(
    fc.array(line, { maxLength: 6 }).map((lines) => lines.join('\n')),
    { numRuns: 2000, seed: 7 },
  )
  const theirs = JSON.parse(
    execFileSync('python3', ['-c', PYTHON], { input: JSON.stringify(texts), encoding: 'utf8', maxBuffer: 1 << 28 }),
  ) as (string[][] | null)[]
  let compared = 0
  for (const [index, text] of texts.entries()) {
    const their = theirs[index]
    if (!their) continue
    compared++
    const sorted = (all: readonly string[][]) => all.map((one) => one.join('\u0001')).toSorted()
    expect([text, sorted([...toml(text)].map(({ keys, value: one }) => [...keys, one]))]).toEqual([text, sorted(their)])
  }
  expect(compared).toBeGreaterThan(400)
})
