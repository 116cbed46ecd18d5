import { finding } from '@rollcall/contract'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DirectoryEntry } from '../../directory.ts'
import { normalDn } from './dn.ts'
import { entryFilter } from './entry-filter.ts'
import { GROUP_ATTRIBUTES, readGroup } from './groups.ts'
import { accessFindings, IPA_ACCESS_ATTRIBUTES, IPA_SUDO_ATTRIBUTES, readIpaSudoRule } from './ipa-rules.ts'
import { setHolds } from './olc-set.ts'
import { POLICY_ATTRIBUTES, policyFindings, readPolicy } from './password-policy.ts'
import { posixExpression } from './posix-expression.ts'
import { readSchemaTree } from './schema-tree.ts'
import { readSubschema } from './subschema.ts'
import type { Subject } from './subject.ts'
import { commandOf, granteeOf, readSudoRole, SUDO_ATTRIBUTES, sudoFindings } from './sudo-role.ts'
import { instantOf, instantOfDay, later } from './times.ts'

/* Entries that mean harm: whatever their attributes hold becomes findings of the contract or nothing, and never an exception. */

const odd = fc.oneof(
  { weight: 3, arbitrary: fc.string({ maxLength: 40, unit: 'binary' }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'ALL',
      '!ALL',
      'all',
      'TRUE',
      'FALSE',
      '0',
      '-1',
      '1e999',
      '99999999999999999999',
      '\0',
      '__proto__',
      '%#',
      '!!!',
      '+',
      'sha256:',
      'cn=,',
      '20200101000000Z',
      '00000101000000Z',
      '=',
      '!authenticate',
    ),
  },
  { weight: 1, arbitrary: fc.string({ minLength: 3000, maxLength: 9000 }) },
)
const entryOf = (attributes: readonly string[]) =>
  fc
    .record({
      dn: fc.oneof(fc.string({ maxLength: 60, unit: 'binary' }), fc.constant('cn=x,dc=y'), fc.constant('')),
      values: fc.dictionary(fc.constantFrom(...attributes), fc.array(odd, { maxLength: 6 })),
    })
    .map(({ dn, values }): DirectoryEntry => {
      const texts = (name: string) => (Object.hasOwn(values, name) ? values[name]! : [])
      return {
        dn,
        names: Object.keys(values),
        texts,
        text: (name) => texts(name)[0],
        values: (name) => texts(name).map((text) => new TextEncoder().encode(text)),
      }
    })
const subjectOf = (dn: string): Subject => ({ object: 'o', name: 'n', type: 'policy', dn })
const NOW = '2026-11-22T00:00:00Z'

describe('any entry', () => {
  test('is a rule of sudo that the contract takes', () => {
    fc.assert(
      fc.property(fc.array(entryOf(SUDO_ATTRIBUTES), { maxLength: 4 }), (entries) => {
        const read = entries.map((entry) => readSudoRole(entry, subjectOf(entry.dn)))
        const rules = read.filter((one) => 'users' in one)
        for (const told of [
          ...read.flatMap((one) => ('users' in one ? [] : one)),
          ...sudoFindings(rules, [], NOW).findings,
        ])
          expect(finding.safeParse(told).error).toBeUndefined()
      }),
    )
  })

  test('is a rule of FreeIPA that the contract takes', () => {
    const known = { commands: new Map([['cn=x,dc=y', '/bin/sh']]), groups: new Map([['cn=,', ['cn=x,dc=y', 'cn=,']]]) }
    fc.assert(
      fc.property(entryOf([...IPA_SUDO_ATTRIBUTES, ...IPA_ACCESS_ATTRIBUTES]), (entry) => {
        const subject = subjectOf(entry.dn)
        for (const told of [
          ...sudoFindings([readIpaSudoRule(entry, subject, known)], [], NOW).findings,
          ...accessFindings(entry, subject),
        ])
          expect(finding.safeParse(told).error).toBeUndefined()
      }),
    )
  })

  test('is a policy that the contract takes', () => {
    fc.assert(
      fc.property(entryOf(POLICY_ATTRIBUTES), (entry) => {
        const policy = readPolicy(entry, subjectOf(entry.dn))
        for (const told of policy === undefined ? [] : policyFindings(policy))
          expect(finding.safeParse(told).error).toBeUndefined()
      }),
    )
  })

  test('is a group that the contract takes', () => {
    fc.assert(
      fc.property(entryOf(GROUP_ATTRIBUTES), (entry) => {
        expect(finding.safeParse(readGroup(entry, 'entryuuid').group).error).toBeUndefined()
      }),
    )
  })

  test('is a schema, or none', () => {
    const words = fc.constantFrom(
      '(',
      ')',
      'NAME',
      'SUP',
      'MUST',
      'MAY',
      "'a'",
      "'b'",
      'a',
      'b',
      '$',
      '1.2.3',
      'EQUALITY',
      'DESC',
      "'",
      ' ',
    )
    const text = fc
      .array(fc.oneof(words, fc.string({ maxLength: 5 })), { maxLength: 30 })
      .map((parts) => parts.join(' '))
    fc.assert(
      fc.property(fc.array(text, { maxLength: 8 }), (texts) => {
        readSubschema({ texts: () => texts })
        const tree = readSchemaTree({ texts: () => texts })
        // Circles among what is above what end somewhere.
        for (const name of ['a', 'b', '1.2.3']) {
          expect(tree?.lineOf(name).length ?? 0).toBeLessThan(64)
          tree?.attributesOf(name)
          tree?.classesWith(name)
          tree?.isClassWithin(name, 'zzz')
          tree?.equalityOf(name)
        }
      }),
    )
  })
})

describe('times', () => {
  test('any text is an instant that can be written, or none', () => {
    fc.assert(
      fc.property(
        fc.oneof(odd, fc.stringMatching(/^\d{8,14}(?:[.,]\d{0,3})?(?:Z|[+-]\d{2,4})?$/)),
        fc.integer(),
        (text, seconds) => {
          for (const instant of [instantOf(text), instantOfDay(text)]) {
            if (instant === undefined) continue
            expect(instant).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z$/)
            expect(Number.isNaN(Date.parse(instant))).toBe(false)
            expect(later(instant, seconds) ?? instant).toMatch(/^(?:\d{4}|-\d{6})-/)
          }
        },
      ),
    )
  })

  test('an instant that is written as a generalized time is read as what it was', () => {
    const when = fc.date({ min: new Date('0101-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    fc.assert(
      fc.property(when, (date) => {
        const iso = `${date.toISOString().slice(0, 19)}Z`
        expect(instantOf(iso.replaceAll(/[-:T]/g, ''))).toBe(iso)
      }),
    )
  })
})

test('whom and what a rule of sudo names is what was written', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9_.-]{0,20}$/)
  fc.assert(
    fc.property(name, fc.boolean(), fc.stringMatching(/^\/[a-z/]{1,20}$/), name, (who, negated, path, word) => {
      const sign = negated ? '!' : ''
      const not = negated ? { negated: true } : {}
      for (const [prefix, type] of [
        ['', 'user'],
        ['%', 'group'],
        ['+', 'netgroup'],
        ['%:', 'external-group'],
      ] as const)
        expect(granteeOf(`${sign}${prefix}${who}`)).toEqual({ type, name: who, ...not })
      expect(commandOf(`${sign}${path} ${word}`)).toEqual({ command: path, arguments: word, ...not })
    }),
  )
})

test('an expression matches what one of JavaScript does, where both mean the same', () => {
  const atoms = fc.constantFrom(
    'a',
    'b',
    '.',
    '[ab]',
    '[^a]',
    '(a)',
    '(ab|b)',
    '(a*b)',
    'a*',
    'b+',
    '(a|b)?',
    '^',
    '$',
    'a{1,2}',
    '[[:alpha:]]',
  )
  fc.assert(
    fc.property(fc.array(atoms, { maxLength: 7 }), fc.stringMatching(/^[abc]{0,10}$/), (parts, text) => {
      const pattern = parts.join('')
      const mine = posixExpression(pattern)?.match(text)
      const theirs = new RegExp(pattern.replaceAll('[[:alpha:]]', '[a-z]'), 'i').exec(text)
      expect([pattern, text, mine !== null]).toEqual([pattern, text, theirs !== null])
    }),
  )
})

test('any text is an expression, a filter and a set, or none, and none takes long', () => {
  const words = fc.constantFrom(
    '(',
    ')',
    '[',
    ']',
    '*',
    '+',
    '?',
    '{1,255}',
    '|',
    '&',
    '!',
    '=',
    '\\',
    '^',
    '$',
    'a',
    'user',
    'this',
    '/',
    '-1',
    '->',
    'cn=x',
    '(a*)*',
    ' ',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(words, fc.string({ maxLength: 4, unit: 'binary' })), { maxLength: 60 }), (parts) => {
      const text = parts.join('')
      posixExpression(text)?.match('a'.repeat(200))
      entryFilter(text)?.matches((name) => (name === 'cn' ? ['x'] : undefined), undefined)
      const holds = setHolds(text, {
        user: 'cn=u',
        target: 'cn=t',
        values: (dn) => [`cn=${dn.length},${dn}`.slice(0, 200)],
      })
      expect([true, false, undefined]).toContain(holds)
      expect(normalDn(normalDn(text))).toBe(normalDn(text))
    }),
  )
  for (const unit of ['(', '(a*)*', '[a', 'a{9}', '(|', '(!', '[x]|', 'this/a*'])
    for (const read of [
      posixExpression,
      entryFilter,
      (text: string) => setHolds(text, { user: 'u', target: 't', values: () => ['u', 't'] }),
    ])
      expect(() => read(unit.repeat(4000))).not.toThrow()
})
