import { expect, test } from 'vitest'
import { directoryLogin, mappedUid } from './host-account.ts'

// As libsss_idmap of Debian 12 gives them.
test.each([
  ['S-1-5-21-1004336348-1177238915-682003330-1105', 266_801_105],
  ['S-1-5-21-3623811015-3361044348-30300820-1105', 674_001_105],
])('%s has the uid that SSSD gives it', (sid, uid) => {
  expect(mappedUid(sid)).toBe(uid)
})

test('a SID of no domain, or beyond the slice, has no uid', () => {
  for (const sid of ['S-1-5-32-544', 'S-1-5-21-1-2-3-200000', 'S-1-5-11', 'nobody', ''])
    expect(mappedUid(sid)).toBeUndefined()
})

test('a name is the same with and without its domain, in any case', () => {
  for (const name of ['jdoe', 'JDoe', 'jdoe@example.com', 'EXAMPLE\\jdoe']) expect(directoryLogin(name)).toBe('jdoe')
  expect(directoryLogin('web1$')).toBe('web1$')
  expect(directoryLogin('@x')).toBe('@x')
})
