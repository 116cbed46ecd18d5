import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { aciRights, leftByDenials, parseAci, type AciDenial, type AciSubject } from './aci.ts'
import { GroupMembers } from './group-members.ts'

test('targets, names, rights and who holds them are read', () => {
  const aci = parseAci(
    '(target = "ldap:///cn=users,cn=accounts,dc=example,dc=org")(targetattr = "userPassword || krbPrincipalKey")(targetfilter = "(!(memberOf=cn=admins,dc=x))") (version 3.0;acl "permission:Change User password";allow (write) groupdn = "ldap:///cn=Change User password,cn=permissions,cn=pbac,dc=example,dc=org";)',
  )
  expect(aci).toEqual({
    name: 'permission:Change User password',
    target: 'cn=users,cn=accounts,dc=example,dc=org',
    attributes: ['userpassword', 'krbprincipalkey'],
    filter: '(!(memberOf=cn=admins,dc=x))',
    rules: [
      {
        allow: true,
        rights: new Set(['write']),
        subjects: [{ type: 'group', who: 'cn=change user password,cn=permissions,cn=pbac,dc=example,dc=org' }],
        conditional: false,
      },
    ],
  })
  expect(aciRights(aci!, aci!.rules[0]!.rights)).toEqual(['write-password'])
})

test.each([
  ['userdn = "ldap:///self"', ['self'], false],
  ['userdn="ldap:///anyone"', ['anyone'], false],
  ['userdn = "ldap:///uid=a,dc=x || ldap:///uid=b,dc=x"', ['user', 'user'], false],
  ['roledn = "ldap:///cn=r,dc=x" and ip = "10.0.0.*"', ['role'], true],
  ['userattr = "manager#USERDN"', ['attribute'], false],
  ['(groupdn = "ldap:///cn=a,dc=x" or userdn = "ldap:///self")', ['group', 'self'], false],
  ['userdn = "ldap:///ou=p,dc=x??sub?(title=a)"', ['filter'], false],
  ['userdn != "ldap:///uid=a,dc=x"', ['anyone'], true],
])('the bind rule %s', (rule, types, conditional) => {
  const [read] = parseAci(`(targetattr="*")(version 3.0; acl "x"; allow (all) ${rule};)`)!.rules
  expect([read!.subjects.map(({ type }) => type), read!.conditional]).toEqual([types, conditional])
})

test('all of it is told by what it lets somebody take over', () => {
  expect(aciRights({ attributes: ['*'] }, new Set(['all']))).toEqual(['full-control'])
  expect(aciRights({ attributes: ['cn'], except: true }, new Set(['write']))).toEqual(['write-all'])
  expect(aciRights({ attributes: ['cn'] }, new Set(['read', 'search']))).toEqual([])
  expect(aciRights({}, new Set(['add', 'delete']))).toEqual(['create-child'])
  expect(aciRights({}, new Set(['proxy']))).toEqual(['proxy'])
})

test('any text is read or refused', () => {
  const words = fc.constantFrom(
    '(',
    ')',
    '"',
    'targetattr',
    '=',
    '*',
    'version 3.0;',
    'acl "x";',
    'allow',
    '(all)',
    'userdn',
    'ldap:///',
    ' and ',
    ';',
    '\\',
    '||',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(words, fc.string({ maxLength: 8 })), { maxLength: 40 }), (parts) => {
      expect(() => parseAci(parts.join(''))).not.toThrow()
    }),
  )
  for (const unit of ['(', '"', '(version 3.0;acl "', 'userdn="', '||', '\\'])
    expect(parseAci(unit.repeat(20_000))).toBeUndefined()
})

const denial = (base: string, text: string): AciDenial => {
  const aci = parseAci(text)!
  return { base, aci, rule: aci.rules[0]! }
}
const left = (denials: readonly AciDenial[], subject: AciSubject = { type: 'group', who: 'cn=help,dc=x' }) =>
  leftByDenials(
    { right: 'write-password', aci: { attributes: ['userpassword', 'cn'] }, subject, over: 'ou=people,dc=x' },
    denials,
    groups(),
  )

/** `help` has ann and those of `inner`, which has bob; `other` has cid, `both` bob and cid; who is in `found` a search says. */
const groups = () => {
  const members = new GroupMembers()
  const take = (name: string, ...values: readonly string[]) =>
    members.take(`cn=${name},dc=x`, {
      group: {
        kind: 'directory-group',
        object: name,
        name,
        type: 'group',
        security: false,
        states: [],
        ...(values.length === 0 ? { dynamic: '(cn=*)' } : {}),
        place: { path: name },
      },
      members: [{ via: 'member', form: 'dn', values }],
    })
  take('help', 'uid=ann,dc=x', 'CN=inner, dc=x')
  take('inner', 'uid=bob,dc=x')
  take('other', 'uid=cid,dc=x')
  take('both', 'uid=bob,dc=x', 'uid=cid,dc=x')
  take('found')
  return members
}

test.each([
  ['none', 'dc=x', '(targetattr="userPassword")', 'deny (write) groupdn="ldap:///cn=help,dc=x"'],
  ['none', 'ou=people,dc=x', '(targetattr="*")', 'deny (all) userdn="ldap:///anyone"'],
  ['none', 'dc=x', '(targetattr!="mail")', 'deny (write) userdn="ldap:///all"'],
  ['all', 'dc=x', '(targetattr="mail")', 'deny (write) userdn="ldap:///all"'],
  ['all', 'dc=x', '(targetattr="*")', 'deny (read) userdn="ldap:///all"'],
  ['all', 'ou=hosts,dc=x', '(targetattr="*")', 'deny (all) userdn="ldap:///all"'],
  ['all', 'dc=x', '(target="ldap:///ou=hosts,dc=x")(targetattr="*")', 'deny (all) userdn="ldap:///all"'],
  ['all', 'dc=x', '(targetattr="*")', 'deny (all) groupdn="ldap:///cn=other,dc=x"'],
  ['all', 'dc=x', '(targetattr="*")(targetscope="base")', 'deny (all) userdn="ldap:///all"'],
  ['unsure', 'dc=x', '(targetattr="*")(targetfilter="(title=a)")', 'deny (all) userdn="ldap:///all"'],
  ['unsure', 'dc=x', '(targetattr="*")', 'deny (all) userdn="ldap:///all" and ip="10.*"'],
])('a right is left to %s where %s has %s%s', (expected, base, targets, rule) => {
  expect(left([denial(base, `${targets}(version 3.0; acl "d"; ${rule};)`)])).toBe(expected)
})

test('what everybody who logged in is denied is left to whoever did not', () => {
  const denied = [denial('dc=x', '(targetattr="*")(version 3.0; acl "d"; deny (all) userdn="ldap:///all";)')]
  expect(left(denied, { type: 'anyone', who: 'anyone' })).toBe('all')
})

describe('denials of groups and of those who are in them', () => {
  const user = (name: string): AciSubject => ({ type: 'user', who: `uid=${name},dc=x` })
  const group = (name: string): AciSubject => ({ type: 'group', who: `cn=${name},dc=x` })
  test.each([
    ['none', user('ann'), 'groupdn="ldap:///cn=help,dc=x"'],
    ['none', user('bob'), 'groupdn="ldap:///cn=help,dc=x"'],
    ['all', user('cid'), 'groupdn="ldap:///cn=help,dc=x"'],
    ['unsure', user('cid'), 'groupdn="ldap:///cn=found,dc=x"'],
    ['unsure', user('cid'), 'groupdn="ldap:///cn=unseen,dc=x"'],
    ['unsure', user('ann'), 'roledn="ldap:///cn=role,dc=x"'],
    ['unsure', user('ann'), 'userattr="manager#USERDN"'],
    ['unsure', user('ann'), 'userdn="ldap:///ou=p,dc=x??sub?(title=a)"'],
    ['none', user('ann'), 'userdn="ldap:///uid=ann,dc=x || ldap:///uid=cid,dc=x"'],
    ['all', user('ann'), 'userdn="ldap:///self"'],
    ['none', group('inner'), 'groupdn="ldap:///cn=help,dc=x"'],
    ['all', group('other'), 'groupdn="ldap:///cn=help,dc=x"'],
    ['unsure', group('both'), 'groupdn="ldap:///cn=help,dc=x"'],
    ['unsure', group('help'), 'groupdn="ldap:///cn=inner,dc=x"'],
    ['unsure', group('help'), 'userdn="ldap:///uid=bob,dc=x"'],
    ['all', group('help'), 'userdn="ldap:///uid=cid,dc=x"'],
    ['unsure', group('help'), 'groupdn="ldap:///cn=other,dc=x" and timeofday>"1800"'.replace('other', 'help')],
    ['unsure', user('ann'), 'ip="10.0.0.*"'],
    ['unsure', user('ann'), 'authmethod="simple"'],
  ])('%s is left of what %o has', (expected, subject, rule) => {
    expect(left([denial('dc=x', `(targetattr="*")(version 3.0; acl "d"; deny (write) ${rule};)`)], subject)).toBe(
      expected,
    )
  })
})

test('attributes that are left out take the rights with them that they stand for', () => {
  expect(aciRights({ attributes: ['userpassword', 'mail'], except: true }, new Set(['write']))).not.toContain(
    'write-all',
  )
  expect(aciRights({ attributes: ['mail'], except: true }, new Set(['write']))).toEqual(['write-all'])
})
