import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseOlcAccess, type AccessRule } from './olc-access.ts'
import { evaluateAccess } from './olc-evaluate.ts'
import { accessRights } from './olc-rights.ts'

const rules = (...clauses: readonly string[]): AccessRule[] => clauses.map((clause) => parseOlcAccess(clause)!)
const may = (clauses: readonly string[], dn: string | undefined, entry: string, attribute: string, isIn = false) => {
  const held = evaluateAccess(rules(...clauses), dn === undefined ? {} : { dn, isIn: () => isIn }, {
    dn: entry,
    attribute,
  })
  const letters = ['d', 'x', 'c', 's', 'r', 'a', 'z', 'm'] as const
  return letters.some((letter) => held.has(letter) === undefined)
    ? 'unknown'
    : letters.filter((letter) => held.has(letter) === true).join('')
}

test('targets, holders, levels and what follows are read', () => {
  expect(
    parseOlcAccess(
      '{3}to dn.subtree="ou=People, dc=Example" attrs=userPassword,@person by group/groupOfNames/member.exact="cn=a,dc=x" =wrscdx by self read continue by * break',
    ),
  ).toEqual({
    what: { dn: { style: 'subtree', pattern: 'ou=people,dc=example' }, attributes: ['userpassword', '@person'] },
    to: 'to dn.subtree="ou=People, dc=Example" attrs=userPassword,@person',
    by: [
      {
        who: [
          { type: 'group', pattern: 'cn=a,dc=x', expanded: false, objectClass: 'groupofnames', attribute: 'member' },
        ],
        access: { sign: '=', privileges: new Set('azrscdx'), self: false },
        control: 'stop',
        by: 'by group/groupOfNames/member.exact="cn=a,dc=x" =wrscdx',
      },
      {
        who: [{ type: 'self', level: 0 }],
        access: { sign: '=', privileges: new Set('dxcsr'), self: false },
        control: 'continue',
        by: 'by self read continue',
      },
      {
        who: [{ type: 'all' }],
        access: { sign: '+', privileges: new Set(), self: false },
        control: 'break',
        by: 'by * break',
      },
    ],
  })
})

test('what is none is refused', () => {
  for (const text of [
    '',
    'to',
    'by * read',
    'to nothing by * read',
    'to * by',
    'to dn.what="x" by * read',
    'to * by * read "',
  ])
    expect(parseOlcAccess(text)).toBeUndefined()
})

describe('the first rule that applies decides', () => {
  const CLAUSES = ['to attrs=userPassword by self write by anonymous auth by * none', 'to * by users read by * none']
  test.each([
    [undefined, 'userpassword', 'dx'],
    [undefined, 'cn', ''],
    ['uid=a,dc=x', 'userpassword', ''],
    ['uid=b,dc=x', 'userpassword', 'dxcsraz'],
    ['uid=a,dc=x', 'cn', 'dxcsr'],
  ])('%s to %s', (dn, attribute, held) => {
    expect(may(CLAUSES, dn, 'uid=b,dc=x', attribute)).toBe(held)
  })
})

test('behind every rule stands one that gives nobody anything, unless it is passed by', () => {
  expect(may(['to attrs=cn by self write', 'to * by * read'], 'uid=a,dc=x', 'uid=b,dc=x', 'cn')).toBe('')
  expect(may(['to attrs=cn by self write by * break', 'to * by * read'], 'uid=a,dc=x', 'uid=b,dc=x', 'cn')).toBe(
    'dxcsr',
  )
  expect(may(['to * by users +r continue by * +s'], 'uid=a,dc=x', 'uid=b,dc=x', 'cn')).toBe('sr')
})

test('what cannot be evaluated is not known, but where it does not apply', () => {
  expect(may(['to filter=(uid=a) by * read', 'to * by * none'], 'uid=a,dc=x', 'uid=b,dc=x', 'cn')).toBe('unknown')
  expect(may(['to * by peername.ip=10.0.0.1 write by * read'], 'uid=a,dc=x', 'uid=b,dc=x', 'cn')).toBe('unknown')
  expect(may(['to dn.base="" by set="x" read', 'to * by * read'], 'uid=a,dc=x', 'uid=b,dc=x', 'cn')).toBe('dxcsr')
})

test('rights that an earlier rule decides are not told', () => {
  const told = (...clauses: readonly string[]) =>
    accessRights(rules(...clauses)).map(({ right, holder }) => `${holder.type} ${right}`)
  // What one rule keeps back, another does not give.
  expect(told('to attrs=userPassword by group="cn=a" write by * none', 'to * by users write')).toEqual([
    'group write-password',
    'users add-member',
    'users write-bound-keys',
    'users write-account-control',
    'users write-rules',
    'users create-child',
  ])
  expect(told('to attrs=userPassword by group="cn=a" write by users read by * break', 'to * by users write')).toContain(
    'users write-rules',
  )
  expect(told('to attrs=userPassword by self write by * break', 'to * by users write')).toEqual([
    'self write-password',
    'users write-all',
  ])
  expect(told('to * by * read', 'to attrs=userPassword by users write')).toEqual([])
  expect(told('to attrs=member by * none by users write')).toEqual([])
  expect(told('to dn.subtree="ou=a" by users manage', 'to dn.base="cn=b,ou=a" by * write')).toEqual([
    'users full-control',
  ])
})

test('any text is read or refused, in time', () => {
  const words = fc.constantFrom(
    'to',
    'by',
    '*',
    'dn=',
    'dn.subtree="',
    '"',
    'attrs=',
    'users',
    'self',
    'read',
    '=rw',
    'break',
    'group/',
    '\\',
    ' ',
    '{0}',
    'ou=a,dc=b',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(words, fc.string({ maxLength: 6 })), { maxLength: 40 }), (parts) => {
      const rule = parseOlcAccess(parts.join(' '))
      if (rule === undefined) return
      expect(() => accessRights([rule, rule])).not.toThrow()
      expect(() => evaluateAccess([rule], { dn: 'uid=a' }, { dn: 'uid=b', attribute: 'cn' })).not.toThrow()
    }),
  )
})
