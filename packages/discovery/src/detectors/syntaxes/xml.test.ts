import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seen } from './syntaxes.example.ts'
import { xml } from './xml.ts'

describe('XML', () => {
  test('has attributes and texts of elements', () => {
    const text = `<?xml version="1.0"?><a><user name='x' password="&lt;p&gt;"/><pw>s &amp; t</pw><p k="v"> w </p></a>`
    expect(seen(xml, text)).toEqual([
      ['a/user/@name', 'x', 'quoted'],
      ['a/user/@password', '<p>', 'quoted'],
      ['a/pw', 's & t', 'quoted'],
      ['a/p/@k', 'v', 'quoted'],
      ['a/p/#text', 'w', 'quoted'],
    ])
  })

  test('has elements in comments', () => {
    expect(seen(xml, '<a><!-- prose <user password="x"/> <pw>y</pw> --><b>1</b></a>')).toEqual([
      ['a/user/@password', 'x', 'quoted', 'commented'],
      ['a/pw', 'y', 'quoted', 'commented'],
      ['a/b', '1', 'quoted'],
    ])
  })

  test('replaces nothing that a document type declares', () => {
    const text = '<!DOCTYPE a [<!ENTITY b "&c;&c;"><!ENTITY c SYSTEM "file:///etc/passwd">]><a><b>&b;&c;</b></a>'
    expect(seen(xml, text)).toEqual([['a/b', '&b;&c;', 'quoted']])
  })

  test('has texts beside those of other elements in one group, and attributes in that of their element', () => {
    const [user, password, name] = [...xml('<s><user>u</user><password>p</password><x name="n"/></s>')]
    expect(user?.group).toBe(password?.group)
    expect(name?.outer?.[0]).toBe(user?.group)
  })
})

const PYTHON = `import xml.etree.ElementTree as E,json,sys
def flat(e,p):
  p=p+[e.tag]
  for k,v in e.attrib.items(): yield p+['@'+k,v]
  t=(e.text or '').strip()
  if len(e)==0 and not (t=='' and e.attrib): yield (p+['#text',t] if e.attrib else p+[t])
  for c in e: yield from flat(c,p)
print(json.dumps([list(flat(E.fromstring(t),[])) for t in json.load(sys.stdin)]))`

test.skipIf(!existsSync('/usr/bin/python3'))('agrees with ElementTree of Python', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9.-]{0,6}$/)
  const value = fc
    .array(fc.constantFrom('a', 'b c', '&amp;', '&#65;', '&#x42;', '&quot;', '>', "'"), { maxLength: 4 })
    .map((parts) => parts.join(''))
  const { element } = fc.letrec<{ element: string }>((tie) => ({
    element: fc
      .tuple(
        name,
        fc.dictionary(name, value, { maxKeys: 3 }),
        fc.oneof(
          { maxDepth: 4 },
          value.map((one) => `\n ${one} `),
          value.map((one) => `<![CDATA[${one}<]]>`),
          value.map((one) => `${one}<!-- z -->${one}`),
          fc.array(tie('element'), { maxLength: 3, minLength: 1 }).map((all) => all.join('\n')),
        ),
      )
      .map(([tag, attributes, inside]) => {
        const written = Object.entries(attributes).map(([key, one]) => ` ${key} = "${one}"`)
        return `<${tag}${written.join('')}>${inside}</${tag}>`
      }),
  }))
  const texts = fc.sample(element, { numRuns: 400, seed: 7 })
  const theirs = JSON.parse(
    execFileSync('python3', ['-c', PYTHON], { input: JSON.stringify(texts), encoding: 'utf8', maxBuffer: 1 << 28 }),
  ) as string[][][]
  for (const [index, text] of texts.entries())
    expect([text, [...xml(text)].map(({ keys, value: one }) => [...keys, one])]).toEqual([text, theirs[index]])
})
