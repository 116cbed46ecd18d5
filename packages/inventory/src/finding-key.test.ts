import type { Finding, FindingOf } from '@rollcall/contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findingKeys, thingOf } from './finding-key.ts'

const account = (name: string, line = 1): Finding => ({
  kind: 'account',
  name,
  uid: 1,
  gid: 1,
  home: '/',
  shell: '/bin/sh',
  interactiveShell: true,
  place: { path: '/etc/passwd', line },
})

const rule: FindingOf<'grant'> = {
  kind: 'grant',
  mechanism: 'sudo',
  order: 0,
  grantees: [{ type: 'user', name: 'alice' }],
  here: 'yes',
  runAs: {},
  commands: [{ command: 'ALL' }],
  tags: {},
  options: {},
  place: { path: '/etc/sudoers', line: 3 },
}

test('a rule that moves to another line keeps its key', () => {
  expect(findingKeys([{ ...rule, order: 7, place: { path: '/etc/sudoers', line: 99 } }])).toEqual(findingKeys([rule]))
})

test('a rule that grants something else has another key', () => {
  expect(findingKeys([{ ...rule, commands: [{ command: '/bin/ls' }] }])).not.toEqual(findingKeys([rule]))
  expect(findingKeys([{ ...rule, tags: { passwd: false } }])).not.toEqual(findingKeys([rule]))
})

test('the same name twice gives two keys, told apart by order', () => {
  const [first, second] = findingKeys([account('toor', 1), account('toor', 9)])
  expect(second).toBe(`${first}#2`)
})

test('a name cannot look like another name and an ordinal', () => {
  const keys = findingKeys([account('a'), account('a'), account('a#2')])
  expect(new Set(keys).size).toBe(3)
})

test('names that differ only in what a database would lose stay apart', () => {
  const keys = findingKeys([account('a\ud800'), account('a\ud801'), account('a\u0000'), account('a')])
  expect(new Set(keys.map((key) => key.replace(/#\d+$/, ''))).size).toBe(4)
})

test('whatever names there are, keys are short printable text, one for each finding', () => {
  const name = fc.string({ unit: 'binary', maxLength: 256 })
  fc.assert(
    fc.property(fc.array(fc.tuple(name, name), { maxLength: 20 }), (pairs) => {
      const findings = pairs.map(([account, group]): Finding => ({
        kind: 'membership',
        account,
        group,
        gid: 1,
        role: 'member',
        place: { path: '/etc/group' },
      }))
      const keys = findingKeys(findings)
      expect(new Set(keys).size).toBe(findings.length)
      for (const key of keys) expect(key).toMatch(/^[\x21-\x7e ]{1,200}$/)
    }),
  )
})

test('every kind of finding has a name that a person understands', () => {
  expect(thingOf(account('root'))).toBe('account root')
  expect(thingOf(rule)).toBe('sudo rule for alice: ALL')
})
