import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seen } from './syntaxes.example.ts'
import { yaml } from './yaml.ts'

describe('YAML', () => {
  test('has mappings and lists, each in the other', () => {
    expect(seen(yaml, 'db:\n  users:\n  - name: a\n    password: "x y"\n  - b\nport: 1 # c\n')).toEqual([
      ['db/users/0/name', 'a'],
      ['db/users/0/password', 'x y', 'quoted'],
      ['db/users/1', 'b'],
      ['port', '1'],
    ])
  })

  test('has settings in comments, nested as they are indented', () => {
    expect(
      seen(yaml, 'a:\n  b: 1\n  # auth:\n  #   password: "x"\n  # prose says: nothing here\n  #pw: y # z\nc: 2\n'),
    ).toEqual([
      ['a/b', '1'],
      ['a/auth/password', 'x', 'quoted', 'commented'],
      ['a/pw', 'y', 'commented'],
      ['c', '2'],
    ])
  })

  test('has values of other places by their anchors, and what a mapping takes over', () => {
    const text = 'base: &b\n  user: u\n  password: p\none:\n  <<: *b\n  user: v\ntwo: *b\nx: &pw s\ny: *pw\n'
    expect(seen(yaml, text)).toEqual([
      ['base/user', 'u'],
      ['base/password', 'p'],
      ['one/user', 'v'],
      ['one/password', 'p'],
      ['two/user', 'u'],
      ['two/password', 'p'],
      ['x', 's'],
      ['y', 's'],
    ])
  })

  test('may be made by templates', () => {
    const text =
      '{{- if .Values.x }}\npassword: {{ .Values.p | quote }}\n{{ name }}: "{{ a }}"\n{% for x in y %}\n- b: c\n{% endfor %}\n'
    expect(seen(yaml, text)).toEqual([
      ['password', '{{ .Values.p | quote }}'],
      ['{{ name }}', '{{ a }}', 'quoted'],
      ['{{ name }}/0/b', 'c'],
    ])
  })

  test('tells tags', () => {
    expect(seen(yaml, 'a: !vault |\n  $ANSIBLE\n  61\nb: !secret db\n')).toEqual([
      ['a', '$ANSIBLE\n61\n', 'quoted', '!vault'],
      ['b', 'db', '!secret'],
    ])
  })

  test('of aliases that stand for billions of values gives some thousands', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefghij'.split('').map((name, index) => `${name}: &${name} [${`*${'abcdefghij'[index]},`.repeat(9)}]`),
    ]
    expect([...yaml(bomb.join('\n'))].length).toBeLessThan(30_000)
  })
})

/** What PyYAML reads, with all plain words as text, and merges. */
const PYTHON = `import yaml,json,sys
class L(yaml.SafeLoader): pass
L.yaml_implicit_resolvers={'<':[(t,r) for t,r in yaml.SafeLoader.yaml_implicit_resolvers['<'] if 'merge' in t]}
L.add_multi_constructor('!', lambda l,s,n: l.construct_scalar(n) if isinstance(n,yaml.ScalarNode) else (l.construct_sequence(n,True) if isinstance(n,yaml.SequenceNode) else l.construct_mapping(n,True)))
def flat(v,p):
  if isinstance(v,dict):
    for k,x in v.items(): yield from flat(x,p+[str(k)])
  elif isinstance(v,list):
    for i,x in enumerate(v): yield from flat(x,p+[str(i)])
  else: yield p+['' if v is None else str(v)]
def dump(v,o):
  return yaml.dump_all(v if o.pop('many',False) else [v], allow_unicode=True, **o)
out=[]
for q in json.load(sys.stdin):
  t=q if isinstance(q,str) else dump(*q)
  try: out.append([t,[e for d in yaml.load_all(t,L) for e in flat(d,[]) if d is not None]])
  except (yaml.YAMLError,TypeError,ValueError,RecursionError): out.append([t,None])
print(json.dumps(out))`

const pyyaml = (questions: readonly unknown[]) =>
  JSON.parse(
    execFileSync('python3', ['-c', PYTHON], { input: JSON.stringify(questions), encoding: 'utf8', maxBuffer: 1 << 28 }),
  ) as [string, string[][] | null][]

const hasPython = (() => {
  if (!existsSync('/usr/bin/python3')) return false
  try {
    execFileSync('python3', ['-c', 'import yaml'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

const compare = (questions: readonly unknown[]): number => {
  let compared = 0
  for (const [text, theirs] of pyyaml(questions)) {
    // Names that are blocks themselves are none that settings have; a block below its name may be indented too little for PyYAML alone.
    if (theirs === null || /(?:^|[\s-])\? |\n +[|>]/.test(text)) continue
    compared++
    const ours = [...yaml(text)].filter(({ commented }) => !commented)
    const sorted = (all: readonly string[][]) => all.map((one) => one.join('\u0001')).toSorted()
    expect([text, sorted(ours.map(({ keys, value }) => [...keys, value]))]).toEqual([text, sorted(theirs)])
  }
  return compared
}

describe.skipIf(!hasPython)('agrees with PyYAML on', () => {
  const text = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc
      .array(
        fc.constantFrom('a', 'bc', ' ', '\n', ': ', ' #', '- ', '"', "'", '\\', '{', ',', '&', '*', '!', '%', '|'),
        { maxLength: 12 },
      )
      .map((parts) => parts.join('')),
  )
  const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      text,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.oneof(fc.stringMatching(/^[a-z][a-z _.-]{0,8}[a-z]$/), text), tie('value'), { maxKeys: 4 }),
    ),
  })).value
  const style = fc.record(
    {
      default_flow_style: fc.constantFrom(true, false, null),
      default_style: fc.constantFrom('"', "'", '|', '>', null),
      width: fc.constantFrom(10, 40, 1000),
      indent: fc.constantFrom(2, 4),
    },
    { requiredKeys: [] },
  )

  test('what it writes', { timeout: 60_000 }, () => {
    expect(compare(fc.sample(fc.tuple(value, style), { numRuns: 1500, seed: 11 }))).toBeGreaterThan(1000)
  })

  test('what people write', { timeout: 60_000 }, () => {
    const word = fc.constantFrom(
      'a',
      'b c',
      '"q r"',
      "'s'",
      '"t\\n"',
      '[u, v: w]',
      '{x: y, z}',
      '',
      '# e',
      'f # g',
      '|\n    h\n     i',
      '>-\n    j\n    k',
      '&n m',
      '!t o',
      'x:y',
      '"p\n    q"',
      'l\n    m',
    )
    const line = fc.tuple(
      fc.constantFrom('', '  ', '- ', '  - ', '    '),
      fc.constantFrom('k: ', '"k": ', '', '- k: '),
      word,
    )
    const lines = fc.array(
      line.map((parts) => parts.join('')),
      { minLength: 1, maxLength: 6 },
    )
    const compared = compare(
      fc.sample(
        lines.map((all) => `${all.map((one, index) => one.replace('k', `k${index}`)).join('\n')}\n`),
        { numRuns: 6000, seed: 11 },
      ),
    )
    expect(compared).toBeGreaterThan(300)
  })
})
