import { createECDH, generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { publicPoint } from './public-point.ts'

test('of Ed25519 it is the public half of the seed', () => {
  for (let round = 0; round < 20; round++) {
    const { d = '', x = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
    const found = publicPoint('ed25519', Buffer.from(d, 'base64url'))
    expect(Buffer.from(found ?? []).toString('base64url')).toBe(x)
  }
})

test.each([
  ['nistp256', 'prime256v1', 65],
  ['nistp384', 'secp384r1', 97],
  ['nistp521', 'secp521r1', 133],
] as const)('of %s it is both coordinates', (curve, name, length) => {
  const pair = createECDH(name)
  pair.generateKeys()
  const found = publicPoint(curve, pair.getPrivateKey())
  expect(found).toHaveLength(length)
  expect(Buffer.from(found ?? [])).toEqual(pair.getPublicKey())
})

test('of what is no private number there is none', () => {
  expect(publicPoint('ed25519', new Uint8Array(31))).toBeUndefined()
  expect(publicPoint('nistp256', new Uint8Array(32))).toBeUndefined()
  expect(publicPoint('nistp384', new Uint8Array(48).fill(255))).toBeUndefined()
  expect(publicPoint('nistp521', new Uint8Array())).toBeUndefined()
})
