import { expect, test } from 'vitest'
import type { SearchRequest } from '../directory.ts'
import { exampleDirectory, type ExampleDirectory } from './example-directory.ts'

const DAVE = 'CN=Dave\\, Old,OU=Staff,DC=example,DC=com'
const ENTRIES = [
  { dn: 'DC=example,DC=com', attributes: { objectClass: 'domainDNS' } },
  { dn: 'OU=Staff,DC=example,DC=com', attributes: { objectClass: 'organizationalUnit', ou: 'Staff' } },
  {
    dn: DAVE,
    attributes: {
      objectClass: ['top', 'user'],
      objectCategory: 'CN=Person,CN=Schema,DC=example,DC=com',
      cn: 'Dave, Old',
      userAccountControl: '4194816',
      objectSid: Uint8Array.of(1, 0, 0xff),
      memberOf: '+ is not for it',
      nTSecurityDescriptor: Uint8Array.of(1),
    },
  },
]

const found = async (asked: Partial<SearchRequest>, world: Partial<ExampleDirectory> = {}) => {
  const { directory } = exampleDirectory({ entries: ENTRIES, operational: ['memberof'], ...world })
  const dns: string[] = []
  const names: string[][] = []
  const request = {
    base: 'dc=Example, dc=com',
    scope: 'sub' as const,
    filter: '(objectClass=*)',
    attributes: [],
    ...asked,
  }
  const end = await directory.search(
    request,
    (entries) => {
      for (const entry of entries) {
        dns.push(entry.dn)
        names.push([...entry.names])
      }
    },
    new AbortController().signal,
  )
  return { dns, names, end }
}

test('a search is answered by its base and scope', async () => {
  expect((await found({ scope: 'base' })).dns).toEqual(['DC=example,DC=com'])
  expect((await found({ scope: 'one' })).dns).toEqual(['OU=Staff,DC=example,DC=com'])
  expect((await found({})).dns).toHaveLength(3)
  expect((await found({ base: 'OU=Staff,DC=example,DC=com', scope: 'one' })).dns).toEqual([DAVE])
})

test.each([
  ['(&(objectCategory=person)(objectClass=USER))', 1],
  ['(|(ou=staff)(cn=dave*old))', 2],
  ['(!(objectClass=user))', 2],
  ['(userAccountControl:1.2.840.113556.1.4.803:=4194304)', 1],
  ['(userAccountControl:1.2.840.113556.1.4.803:=2)', 0],
  ['(userAccountControl>=4194816)', 1],
  ['(userAccountControl<=4194815)', 0],
  [String.raw`(objectSid=\01\00\ff)`, 1],
  [String.raw`(cn=dave\2c old)`, 1],
  ['(nothing=*)', 0],
])('the filter %s finds %i', async (filter, count) => {
  expect((await found({ filter })).dns).toHaveLength(count)
})

test('operational attributes and access control lists come only when they are asked for', async () => {
  const of = async (...attributes: string[]) => (await found({ filter: '(cn=*)', attributes })).names[0]
  expect(await of()).not.toContain('memberof')
  expect(await of('*', '+')).toContain('memberof')
  expect(await of('CN', 'nTSecurityDescriptor')).toEqual(['cn', 'ntsecuritydescriptor'])
})

test('what an identity may not see is neither told nor found by it', async () => {
  const hidden = (dn: string, attribute?: string) => dn === DAVE && attribute === 'cn'
  expect((await found({ filter: '(cn=*)' }, { hidden })).dns).toEqual([])
  expect((await found({ filter: '(objectClass=user)' }, { hidden })).names[0]).not.toContain('cn')
  expect((await found({}, { hidden: (dn) => dn.startsWith('OU=Staff') })).dns).toEqual(['DC=example,DC=com'])
})

test('a limit, a missing base and an answer of its own end a search as servers do', async () => {
  expect((await found({}, { sizeLimit: 2 })).end).toMatchObject({ entries: 2, reason: { code: 'size-limit' } })
  expect((await found({ base: 'DC=other' })).end.reason).toEqual({ code: 'no-such-entry' })
  const answer = () => ({ entries: [], end: { result: 50, reason: { code: 'not-permitted' as const } } })
  expect((await found({}, { answer })).end).toMatchObject({ entries: 0, result: 50, reason: { code: 'not-permitted' } })
})
