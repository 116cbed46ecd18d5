import { describe, expect, test } from 'vitest'
import { credentialFile } from './credential-file.ts'
import { lookThrough } from './keywords/look-through.ts'
import { tokens } from './tokens/index.ts'

const familiesIn = (text: string) =>
  lookThrough(credentialFile('x', new TextEncoder().encode(text)), false).shapes.map(
    ({ detector, sighting }) => `${detector} ${text.slice(sighting.at, sighting.at + sighting.length)}`,
  )

describe.each(tokens.map((family) => [family.id, family] as const))('%s', (id, { kinds }) => {
  test.each(kinds.map((kind) => [kind.begins.join(' '), kind] as const))('%s', (_, kind) => {
    expect(kind.examples.length).toBeGreaterThan(0)
    expect(kind.counterexamples.length).toBeGreaterThan(0)
    expect(kind.pattern.flags).toContain('y')
    for (const example of kind.examples) {
      const written = example.join('')
      const token =
        kind.apart === true ? written.slice(kind.begins.find((one) => written.startsWith(one))!.length) : written
      expect(familiesIn(`x = ${written}`)).toContain(`${id} ${token}`)
      expect(familiesIn(`{"x":"${written}"}`)).toContain(`${id} ${token}`)
    }
    for (const counterexample of kind.counterexamples)
      expect(familiesIn(` ${counterexample.join('')} `).filter((one) => one.startsWith(`${id} `))).toEqual([])
  })
})
