import { BerWriter, FilterParser } from 'ldapts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { filterValue } from './filter-value.ts'
import { parseFilter } from './filter.ts'

const encoded = (filter: { write(writer: BerWriter): void }) => {
  const writer = new BerWriter()
  filter.write(writer)
  return writer.buffer.toString('hex')
}

test.each([
  '(objectClass=*)',
  'uid=alice',
  '(&(objectCategory=person)(!(userAccountControl:1.2.840.113556.1.4.803:=2)))',
  '(|(cn=a*)(cn=*b)(cn=*c*)(cn=a*b*c*d))',
  '(uSNChanged>=17)',
  '(modifyTimestamp<=20260101000000Z)',
  '(cn~=jon)',
  '(member:dn:1.2.840.113556.1.4.1941:=cn=admins,dc=example)',
  '(:caseExactMatch:=x)',
  '(cn=\\2a\\28\\29)',
])('%s is what ldapts makes of it', (text) => {
  expect(encoded(parseFilter(text))).toBe(encoded(FilterParser.parseString(text)))
})

test('escaped bytes are those bytes', () => {
  expect(encoded(parseFilter('(objectSid=\\01\\05\\80\\ff)'))).toBe(
    'a3110409' + Buffer.from('objectSid').toString('hex') + '0404010580ff',
  )
})

test('attributes may have options and numbers, lists may be empty', () => {
  for (const text of ['(userCertificate;binary=*)', '(2.5.4.3=x)', '(&)', '(|)'])
    expect(() => encoded(parseFilter(text))).not.toThrow()
})

test('any text is a value once it is escaped', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const hex = Buffer.from(text).toString('hex')
      expect(encoded(parseFilter(`(cn=${filterValue(text)}x)`)).endsWith(`${hex}78`)).toBe(true)
    }),
  )
})

test.each([
  '',
  '(',
  '()',
  '(cn)',
  '(cn=a',
  '(cn=a)(sn=b)',
  '(&cn=a)',
  '(cn=a(b)',
  '(cn=\\4)',
  '(cn:=',
  '(:=x)',
  '(!(a=b)(c=d))',
  '('.repeat(10_000),
])('%s is no filter', (text) => {
  expect(() => parseFilter(text)).toThrow(TypeError)
})

test('whatever it is given, it is a filter or says that it is none', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'( ) & | ! = * \\ : ; < > ~ a 1 2 .'.split(' '), ' '), maxLength: 40 }),
      (text) => {
        try {
          encoded(parseFilter(text))
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError)
        }
      },
    ),
  )
})
