import { expect, test } from 'vitest'
import { parseTarget } from './target.ts'
import { mayBeUsedOn, scanCredential, type ScanCredentialKind } from './scan-credential.ts'

const covers = (pattern: string, target: string, kind: ScanCredentialKind = 'password') =>
  mayBeUsedOn({ kind, user: 'scan', segments: ['local'], targets: [pattern] }, 'local', parseTarget(target)!)

test.each([
  ['*', 'web.example.com', true],
  ['*', '10.0.0.1', true],
  ['*.example.com', 'web.example.com', true],
  ['*.example.com', 'example.com', false],
  ['web*.example.com', 'web07.example.com', true],
  ['*a*a*', 'banana', true],
  ['a*a', 'a', false],
  ['10.0.0.0/8', '10.255.0.1', true],
  ['10.0.0.0/8', '11.0.0.1', false],
  ['0.0.0.0/0', '203.0.113.9', true],
  ['10.0.0.5-10.0.0.9', '10.0.0.9', true],
  ['10.0.0.5-10.0.0.9', '10.0.0.10', false],
  ['10.*', '10.0.0.1', false],
  ['10.0.0.0/8', 'ten.example.com', false],
  ['10.0.0.1:2222', '10.0.0.1:2222', true],
  ['10.0.0.1:2222', '10.0.0.1', false],
  ['[2001:db8::1]', '[2001:db8::1]', true],
])('%s is said to cover %s: %s', (pattern, target, expected) => {
  expect(covers(pattern, target)).toBe(expected)
})

test('what binds to directories logs in to no host, and the other way round', () => {
  expect(covers('*', 'ldaps://dc.example.com')).toBe(false)
  expect(covers('*', 'ldaps://dc.example.com', 'ldap-bind')).toBe(true)
  expect(covers('*', 'dc.example.com', 'ldap-bind')).toBe(false)
})

test('a target that names its account is only for the credential of that account', () => {
  expect(covers('*', 'scan@web')).toBe(true)
  expect(covers('*', 'root@web')).toBe(false)
})

test('another segment is not covered, nor is the machine that an agent runs on', () => {
  expect(covers('*', 'local')).toBe(false)
  expect(
    mayBeUsedOn(
      { kind: 'password', user: 'scan', segments: ['dmz'], targets: ['*'] },
      'local',
      parseTarget('web.example.com')!,
    ),
  ).toBe(false)
})

test('a block with a port is one of these patterns, and a sentence is none', () => {
  const one = { id: crypto.randomUUID(), name: 'x', kind: 'password', user: 'scan' }
  expect(scanCredential.safeParse({ ...one, targets: ['10.0.0.0/8:22', '*.example.com'] }).success).toBe(true)
  expect(scanCredential.safeParse({ ...one, targets: ['all my hosts'] }).success).toBe(false)
})
