import { finding } from '@rollcall/contract'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { credentialFile } from './credential-file.ts'
import { detect, type Detected } from './detect.ts'
import type { CredentialExample, CredentialFormat } from './detector.ts'
import { formats } from './formats/index.ts'

const bytesOf = (text: string | Uint8Array) => (typeof text === 'string' ? new TextEncoder().encode(text) : text)

/** What one format finds in a file, as its examples tell it. */
const foundBy = ({ id }: CredentialFormat, { path, text }: Pick<CredentialExample, 'path' | 'text'>) =>
  detect(path, bytesOf(text), { keyedDigest: () => 'd' }).found.filter(({ detector }) => detector === id)

const told = (found: Detected, { finds }: CredentialExample, index: number) => {
  const asked = finds[index] ?? {}
  const { line, endLine, value, secret, name, account, system, service, reference, state } = found
  const all = { line, endLine, is: value, secret, name, account, system, service, reference, state }
  const always = new Set(['line', 'endLine', 'is', 'account', 'system', 'reference'])
  return Object.fromEntries(
    Object.entries(all).filter(([key, one]) => one !== undefined && (key in asked || always.has(key))),
  )
}

describe.each(formats.map((format) => [format.id, format] as const))('%s', (id, format) => {
  test('says what it is, which files it is for, and shows examples of which at least one finds nothing', () => {
    expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
    expect(format.title.length).toBeGreaterThan(5)
    expect(format.files.length > 0 || format.begins !== undefined).toBe(true)
    expect(format.examples.some(({ finds }) => finds.length > 0)).toBe(true)
    expect(format.examples.some(({ finds }) => finds.length === 0)).toBe(true)
    expect(new Set(format.examples.map(({ title }) => title)).size).toBe(format.examples.length)
  })

  test.each(format.examples.map((example) => [example.title, example] as const))('%s', (_, example) => {
    const found = foundBy(format, example)
    expect(found.map((one, index) => told(one, example, index))).toEqual(
      example.finds.map(({ is = 'literal', ...rest }) => ({ ...rest, is })),
    )
  })

  test('gives nothing that the contract does not allow, and sees nothing outside of the file', () => {
    fc.assert(
      fc.property(fc.constantFrom(...format.examples), mutation, (example, mutate) => {
        const bytes = mutate(bytesOf(example.text))
        const { text } = credentialFile(example.path, bytes)
        for (const { at, length } of format.read(credentialFile(example.path, bytes))) {
          expect(at).toBeGreaterThanOrEqual(0)
          expect(length).toBeGreaterThanOrEqual(0)
          expect(at + length).toBeLessThanOrEqual(text === '' ? bytes.length : text.length)
        }
        for (const { line, at: _at, span: _span, ...one } of detect(example.path, bytes, { keyedDigest: () => 'd' })
          .found)
          expect(
            finding.safeParse({ kind: 'stored-credential', ...one, place: { path: example.path, line } }).error,
          ).toBeUndefined()
      }),
      { numRuns: 150 },
    )
  })
})

const mutation: fc.Arbitrary<(bytes: Uint8Array) => Uint8Array> = fc.oneof(
  fc.tuple(fc.nat(), fc.nat({ max: 255 })).map(
    ([at, value]) =>
      (bytes: Uint8Array) =>
        bytes.map((byte, index) => (index === at % bytes.length ? value : byte)),
  ),
  fc.nat().map((at) => (bytes: Uint8Array) => bytes.subarray(0, at % (bytes.length + 1))),
  fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 200 })).map(([at, added]) => (bytes: Uint8Array) => {
    const middle = at % (bytes.length + 1)
    return new Uint8Array([...bytes.subarray(0, middle), ...added, ...bytes.subarray(middle)])
  }),
  fc
    .tuple(fc.constantFrom('"', "'", '{', '[', '<', '\\', ':', '=', ' ', '\n', '$', '&a', '#'), fc.nat({ max: 3000 }))
    .map(
      ([unit, times]) =>
        (bytes: Uint8Array) =>
          new Uint8Array([...bytes, ...new TextEncoder().encode(unit.repeat(times)), ...bytes]),
    ),
)
