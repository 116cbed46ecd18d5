import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { isWithinDn, normalDn, parentDn, rdnValue } from './dn.ts'

test.each([
  ['UID=Ann, OU=People,DC=x', 'uid=ann,ou=people,dc=x'],
  [String.raw`cn=Smith\, Ann,dc=x`, String.raw`cn=smith\, ann,dc=x`],
  [String.raw`cn=Smith\2C Ann,dc=x`, String.raw`cn=smith\, ann,dc=x`],
  ['cn="Smith, Ann",dc=x', String.raw`cn=smith\, ann,dc=x`],
  ['uid=b+cn=a,dc=x', 'cn=a+uid=b,dc=x'],
  [String.raw`cn=L\C3\A9a,dc=x`, 'cn=léa,dc=x'],
  ['', ''],
])('%s is compared as %s', (dn, normal) => {
  expect(normalDn(dn)).toBe(normal)
  expect(normalDn(normal)).toBe(normal)
})

test('the parts of a DN', () => {
  expect(rdnValue(String.raw`cn=Smith\, Ann,dc=x`)).toBe('Smith, Ann')
  expect(parentDn(String.raw`cn=Smith\, Ann, dc=x`)).toBe('dc=x')
  expect(isWithinDn('uid=a,dc=x', 'dc=x')).toBe(true)
  expect(isWithinDn('uid=a,ou=adc=x', 'dc=x')).toBe(false)
})

test('the normal form of any text is normal', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), (text) => {
      const dn = `cn=${text.replaceAll(/[\\",;+=<>#\0]/g, (unit) => `\\${unit}`)},dc=x`
      expect(normalDn(normalDn(dn))).toBe(normalDn(dn))
    }),
  )
  for (const unit of ['\\', ',', '+', '"', 'a=']) expect(() => normalDn(unit.repeat(20_000))).not.toThrow()
})
