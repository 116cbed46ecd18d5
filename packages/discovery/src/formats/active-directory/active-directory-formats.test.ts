import fc from 'fast-check'
import { expect, test } from 'vitest'
import { boundKey } from './key-credential.ts'
import { dirSyncAnswer, dirSyncRequest } from './dir-sync.ts'
import { heuristics, policyLinks, trustAttributes } from './settings.ts'
import { filterBytes, filterGuid, filterText, guidText, sidBytes, sidText, splitSid } from './identifiers.ts'
import { rightsOf, securityDescriptor } from './security-descriptor.ts'
import { sddlOf } from './sddl.ts'
import { filetime, generalizedTime, interval } from './times.ts'

const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'))

test('a security identifier is read from its bytes and written back', () => {
  const bytes = hex('01 05 000000000005 15000000 dcf4dc3b 833d2b46 828ba628 00020000')
  expect(sidText(bytes)).toBe('S-1-5-21-1004336348-1177238915-682003330-512')
  expect(sidBytes('S-1-5-21-1004336348-1177238915-682003330-512')).toEqual(bytes)
  expect(splitSid('S-1-5-32-544')).toEqual({ domain: 'S-1-5-32', rid: 544 })
  expect(sidText(bytes.subarray(0, 20))).toBeUndefined()
  expect(sidText(hex('01 10 000000000005'))).toBeUndefined()
  expect(sidText(hex('01 00 123400000000'))).toBe('S-1-0x123400000000')
})

test('a GUID is read with its first fields little-endian, and asked for in the same bytes', () => {
  const bytes = hex('70952900 6d24 d011 a768 00aa006e0529')
  expect(guidText(bytes)).toBe('00299570-246d-11d0-a768-00aa006e0529')
  expect(filterGuid('00299570-246d-11d0-a768-00aa006e0529')).toBe(filterBytes(bytes))
})

test('a text is escaped for a filter', () => {
  expect(filterText('a*(b)\\\0')).toBe('a\\2a\\28b\\29\\5c\\00')
})

test('a FILETIME is an instant, or none where it means never', () => {
  expect(filetime('133500000000000000')).toEqual(new Date('2024-01-17T21:20:00.000Z'))
  expect(filetime('0')).toBe('none')
  expect(filetime('9223372036854775807')).toBe('none')
  expect(filetime('soon')).toBeUndefined()
  expect(interval('-36288000000000')).toBe(42 * 86_400)
  expect(interval('-9223372036854775808')).toBe('none')
  expect(generalizedTime('20261122155630.0Z')).toEqual(new Date('2026-11-22T15:56:30Z'))
  expect(generalizedTime('20261322155630.0Z')).toBeUndefined()
})

test('a descriptor without a list, though it has one, lets everybody do everything', () => {
  expect(securityDescriptor(hex('0100 0480 00000000 00000000 00000000 00000000'))?.dacl).toBe('everyone')
  expect(securityDescriptor(hex('0100 0080 00000000 00000000 00000000 00000000'))?.dacl).toBeUndefined()
})

test('generic rights stand for those of a directory', () => {
  const ace = { type: 'allow', flags: 0, mask: 0x1000_0000, sid: 'S-1-1-0' } as const
  expect(rightsOf(ace)).toBe(0xf01ff)
  expect(sddlOf({ ...ace, mask: 0x8000_0100, conditional: true, flags: 0x1a })).toBe('(XA;CIIOID;CRGR;;;S-1-1-0)')
})

test('any bytes are a descriptor or none, and never a fault', () => {
  const header = fc
    .tuple(fc.constantFrom(0x04, 0x14, 0x04), fc.nat(60), fc.nat(60), fc.nat(60))
    .map(([control, owner, group, list]) => {
      const bytes = new Uint8Array(20)
      bytes.set([1, 0, control, 0x80])
      new DataView(bytes.buffer).setUint32(4, owner, true)
      new DataView(bytes.buffer).setUint32(8, group, true)
      new DataView(bytes.buffer).setUint32(16, list, true)
      return bytes
    })
  const small = fc.uint8Array({ maxLength: 300 }).map((bytes) => bytes.map((byte) => (byte > 200 ? byte : byte % 20)))
  fc.assert(
    fc.property(fc.oneof(header, fc.constant(new Uint8Array())), small, (start, rest) => {
      const read = securityDescriptor(new Uint8Array([...start, ...rest]))
      if (read?.dacl !== undefined && read.dacl !== 'everyone')
        for (const ace of read.dacl) expect(sddlOf(ace)).toMatch(/^\(.*\)$/)
    }),
    { numRuns: 2000 },
  )
})

test('any bytes and texts are identifiers and times or none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(90), fc.string(), (bytes, at, text) => {
      const sid = sidText(bytes, at)
      if (sid !== undefined && !sid.includes('0x')) expect(sidBytes(sid)).toBeDefined()
      guidText(bytes, at)
      for (const read of [filetime, interval, generalizedTime]) read(text)
      sidBytes(text)
    }),
  )
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (ticks) => {
      const read = filetime(String(ticks))
      if (read instanceof Date) expect(read.toISOString()).toMatch(/^\d{4}-/)
    }),
  )
})

test('the rest of what a directory sends is read or not, and never a fault', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), fc.string(), fc.integer(), (bytes, text, bits) => {
      const hexadecimal = Buffer.from(bytes).toString('hex')
      boundKey(text)
      boundKey(`B:${hexadecimal.length}:${hexadecimal}:CN=x`)
      boundKey(`B:${hexadecimal.length + 8}:00020000${hexadecimal}:CN=x`)
      dirSyncAnswer(bytes)
      dirSyncAnswer(Uint8Array.from([0x30, bytes.length, ...bytes]))
      heuristics(text)
      policyLinks(`[LDAP://${text};0]${text}`)
      trustAttributes(bits)
    }),
    { numRuns: 1000 },
  )
})

test('a cookie of changes comes back as it was given', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5000 }), (cookie) => {
      // A request and an answer differ only in what their numbers mean.
      expect(dirSyncAnswer(dirSyncRequest(cookie))).toEqual({ more: true, cookie })
    }),
  )
})

test('a bound key tells its device and when it was made', () => {
  const entry = (id: number, content: string) =>
    `${(content.length / 2).toString(16).padStart(2, '0')}00${id.toString(16).padStart(2, '0')}${content}`
  const value = `00020000${entry(4, '01')}${entry(6, '70952900 6d24 d011 a768 00aa006e0529'.replaceAll(' ', ''))}`
  expect(boundKey(`B:${value.length}:${value}:CN=x`)).toEqual({
    usage: 1,
    device: '00299570-246d-11d0-a768-00aa006e0529',
  })
  expect(boundKey('B:3:00:CN=x')).toBeUndefined()
})
