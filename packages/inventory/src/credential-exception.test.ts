import { describe, expect, test } from 'vitest'
import { exceptionOf, type CredentialPlace, type ExceptedBy } from './credential-exception.ts'

const NOW = '2026-05-01T00:00:00.000Z'
const place: CredentialPlace = {
  id: 'h1-~x',
  host: 'db1.example.org',
  path: '/etc/app/db.ini',
  name: 'mysql.password',
  account: 'app',
  detector: 'ini',
  digest: 'd1',
}
const holds = (match: ExceptedBy, expires: string | null = null) =>
  exceptionOf([{ id: 'e', match, expires }], place, NOW) !== undefined

describe('an exception', () => {
  test('by secret holds wherever that secret lies, by place only there', () => {
    expect(holds({ by: 'secret', digest: 'd1' })).toBe(true)
    expect(holds({ by: 'secret', digest: 'd2' })).toBe(false)
    expect(holds({ by: 'place', id: 'h1-~x' })).toBe(true)
    expect(holds({ by: 'place', id: 'h1-~y' })).toBe(false)
  })

  test('by pattern holds where all that it names matches, whatever the case', () => {
    expect(holds({ by: 'pattern', path: '/ETC/app/*' })).toBe(true)
    expect(holds({ by: 'pattern', path: '/etc/app/*', host: 'db?.example.org', name: '*password' })).toBe(true)
    expect(holds({ by: 'pattern', path: '/etc/app/*', account: 'root' })).toBe(false)
    expect(
      exceptionOf([{ id: 'e', match: { by: 'pattern', name: 'x*' }, expires: null }], { ...place, name: null }, NOW),
    ).toBe(undefined)
  })

  test('holds up to the instant at which it ends, and not at it', () => {
    expect(holds({ by: 'place', id: place.id }, '2026-05-01T00:00:00.001Z')).toBe(true)
    expect(holds({ by: 'place', id: place.id }, NOW)).toBe(false)
  })

  test('that holds longest is the one that counts', () => {
    const match: ExceptedBy = { by: 'place', id: place.id }
    const known = [
      { id: 'soon', match, expires: '2026-05-02T00:00:00.000Z' },
      { id: 'later', match, expires: '2026-06-01T00:00:00.000Z' },
    ]
    expect(exceptionOf(known, place, NOW)?.id).toBe('later')
    expect(exceptionOf([...known, { id: 'always', match, expires: null }], place, NOW)?.id).toBe('always')
  })
})

test('of several that hold equally long the one that holds already goes on', () => {
  const place = { id: 'c1', host: 'h', path: '/p', name: null, account: null, detector: 'd', digest: null }
  for (const expires of [null, '2027-01-01T00:00:00.000Z']) {
    const two = ['one', 'other'].map((id) => ({ id, match: { by: 'place', id: 'c1' } as const, expires }))
    expect(exceptionOf(two, place, '2026-01-01T00:00:00.000Z', 'other')?.id).toBe('other')
    expect(exceptionOf(two, place, '2026-01-01T00:00:00.000Z', 'gone')?.id).toBe('one')
  }
})
