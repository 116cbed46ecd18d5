import fc from 'fast-check'
import { expect, test } from 'vitest'
import { packSecrets, unpackSecrets } from './packed-secrets.ts'
import { Secret } from './secret.ts'

test('what is packed comes out again, whatever it is called and holds', () => {
  const name = fc.stringMatching(/^[a-zA-Z]{1,40}$/).filter((text) => !(text in {}))
  fc.assert(
    fc.property(fc.dictionary(name, fc.uint8Array({ maxLength: 300 })), (values) => {
      const given = Object.fromEntries(Object.entries(values).map(([key, bytes]) => [key, Secret.ofBytes(bytes)]))
      const found = unpackSecrets(Secret.ofBytes(packSecrets(given)))
      expect(Object.keys(found!)).toEqual(Object.keys(values))
      for (const [key, bytes] of Object.entries(values)) expect(found![key]!.revealBytes()).toEqual(bytes)
    }),
  )
})

test('any bytes are either such a pack or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const found = unpackSecrets(Secret.ofBytes(bytes))
      if (found !== undefined) expect(packSecrets(found)).toHaveLength(bytes.length)
    }),
  )
})

test('a secret that was wiped holds zeros', () => {
  const secret = Secret.ofText('hunter2')
  secret.wipe()
  expect([...secret.revealBytes()]).toEqual([0, 0, 0, 0, 0, 0, 0])
})
