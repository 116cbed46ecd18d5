import type { FindingOf } from '@rollcall/contract'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { isWinbindId, winbindIds, type WinbindId } from './winbind-ids.ts'

const settings = (...lines: readonly string[]): FindingOf<'setting'>[] =>
  lines.map((line) => {
    const [name = '', value = ''] = line.split(' = ')
    return { kind: 'setting', subject: 'realm', name: `idmap config ${name}`, values: [value], condition: 'samba' }
  })
const SID = 'S-1-5-21-1004336348-1177238915-682003330'
const idOf = (lines: readonly string[], rid: number, uid: number | null = null, domain = 'CORP') =>
  winbindIds(settings(...lines), domain)?.({ sid: `${SID}-${rid}`, uid })

// As source3/winbindd/idmap_rid.c, idmap_autorid.c and idmap_ad.c of Samba 4.17 work them out.
test.each<[string, readonly string[], number, WinbindId]>([
  ['rid', ['corp : backend = rid', 'corp : range = 10000-999999'], 1105, { uid: 11_105 }],
  [
    'rid with a base',
    ['corp : backend = rid', 'corp : range = 10000-999999', 'corp : base_rid = 1000'],
    1105,
    { uid: 10_105 },
  ],
  [
    'autorid',
    ['* : backend = autorid', '* : range = 1000000-1999999'],
    1105,
    { first: 1_001_105, every: 100_000, last: 1_999_999 },
  ],
  [
    'autorid beyond one range, and a rest that is no whole range',
    ['* : backend = autorid', '* : range = 100000-354999', '* : rangesize = 50000'],
    51_105,
    { first: 101_105, every: 50_000, last: 349_999 },
  ],
])('%s computes a uid', (_, lines, rid, id) => {
  expect(idOf(lines, rid)).toEqual(id)
})

test('ad takes the uidNumber of the entry, within the range', () => {
  const lines = ['corp : backend = ad', 'corp : range = 10000-20000']
  expect(idOf(lines, 1105, 10_007)).toEqual({ uid: 10_007 })
  expect(idOf(lines, 1105, 500)).toEqual({ because: '500 is outside of the range 10000-20000' })
  expect(idOf(lines, 1105)).toEqual({ because: 'its entry has no uidNumber' })
})

test('a domain has its own ranges, and those of all others where it has none', () => {
  const lines = [
    '* : backend = tdb',
    '* : range = 3000-7999',
    'corp : backend = rid',
    'corp : range = 10000-19999',
    'lab : backend = rid',
    'lab : range = 20000-29999',
  ]
  expect(idOf(lines, 1105, null, 'Corp')).toEqual({ uid: 11_105 })
  expect(idOf(lines, 1105, null, 'LAB')).toEqual({ uid: 21_105 })
  expect(idOf(lines, 1105, null, 'OTHER')).toMatchObject({ because: expect.stringContaining('tdb') as string })
})

test.each(['tdb', 'tdb2', 'ldap', 'nss', 'hash', 'script', 'rfc2307'])(
  '%s cannot be computed, and says why',
  (backend) => {
    expect(idOf([`corp : backend = ${backend}`, 'corp : range = 1-99'], 50)).toMatchObject({
      because: expect.stringContaining(backend) as string,
    })
  },
)

test('nothing is concluded without a range, a SID or any mapping', () => {
  expect(idOf(['corp : backend = rid'], 50)).toMatchObject({ because: expect.stringContaining('range') as string })
  expect(idOf(['corp : backend = rid', 'corp : range = 9-1'], 50)).toMatchObject({
    because: expect.any(String) as string,
  })
  expect(
    winbindIds(settings('* : backend = rid', '* : range = 1-9'), 'X')?.({ sid: 'S-1-5-32-544', uid: null }),
  ).toMatchObject({
    because: expect.stringContaining('SID') as string,
  })
  expect(winbindIds([], 'CORP')).toBeUndefined()
})

test('whatever range autorid gave a domain, the uid may be the account, and that of its neighbour may not', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 500_000 }), fc.integer({ min: 0, max: 8 }), (rid, range) => {
      const id = idOf(['* : backend = autorid', '* : range = 1000000-1999999'], rid)!
      const uid = 1_000_000 + range * 100_000 + (rid % 100_000)
      expect(isWinbindId(id, uid)).toBe('maybe')
      expect(isWinbindId(id, uid + 1)).toBe('no')
    }),
  )
})
