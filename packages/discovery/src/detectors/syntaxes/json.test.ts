import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { json } from './json.ts'
import { seen } from './syntaxes.example.ts'

/** Values of a parsed document by their keys. */
const flat = (value: unknown, path: readonly string[] = []): string[][] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, one]) => flat(one, [...path, key]))
    : [[...path, String(value)]]

describe('JSON', () => {
  test('gives what JSON.parse gives', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        const ours = [...json(text)]
        expect(
          ours.map((entry) => [...entry.keys, entry.quoted ? entry.value : String(JSON.parse(entry.value))]),
        ).toEqual(flat(JSON.parse(text)))
        for (const { at, length, quoted } of ours) {
          const written = text.slice(at - (quoted ? 1 : 0), at + length + (quoted ? 1 : 0))
          expect(typeof JSON.parse(written)).toBe(quoted ? 'string' : typeof JSON.parse(text.slice(at, at + length)))
        }
      }),
    )
  })

  test('may have comments, commas too many, bare names and single quotes', () => {
    expect(seen(json, `{\n// "password": "old",\n  user: 'a', /* token: x */ "n": [1, {b: true},],\n}`)).toEqual([
      ['password', 'old', 'quoted', 'commented'],
      ['user', 'a', 'quoted'],
      ['token', 'x', 'commented'],
      ['n/0', '1'],
      ['n/1/b', 'true'],
    ])
  })

  test('may be one value on each line', () => {
    expect(seen(json, '{"a":"1"}\n{"a":"2"}\n')).toEqual([
      ['a', '1', 'quoted'],
      ['a', '2', 'quoted'],
    ])
  })

  test('tells what stands in one object, and in which others that is', () => {
    const [a, b, c] = [...json('{"a":1,"b":{"b":2},"c":3}')]
    expect([c?.group, b?.outer]).toEqual([a?.group, [a?.group]])
  })
})
