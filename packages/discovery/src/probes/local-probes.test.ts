import { describe, expect, test } from 'vitest'
import { exampleHost, exampleTools } from '../testing/example-host.ts'
import type { Unread } from '../host.ts'
import { scanHost } from '../scan.ts'
import lastLogins from './last-logins.ts'
import localAccounts from './local-accounts.ts'
import localPasswords from './local-passwords.ts'

const files: Record<string, string> = {
  '/etc/passwd': 'root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n',
  '/etc/group': 'root:x:0:\nalice:x:1000:\n',
}

/** A host without lastlog and wtmp, where the shadow files are unread for one reason. */
const outcomes = async (why: Unread, more: Record<string, string> = {}) => {
  const shadow = Object.fromEntries(
    ['/etc/shadow', '/etc/gshadow'].map((path) => [path, { path, state: 'unread', why } as const]),
  )
  const { host } = exampleHost({ files: { ...files, ...shadow, ...more }, rights: 'user' })
  const { sections } = await scanHost(host, [localAccounts, localPasswords, lastLogins], exampleTools)
  return Object.fromEntries(sections.map(({ probe, outcome }) => [probe, outcome.status]))
}

describe('without root', () => {
  test('the list of accounts and memberships is complete, and the passwords are denied rather than read in part', async () => {
    expect(await outcomes('not-permitted')).toMatchObject({ 'local-accounts': 'complete', 'local-passwords': 'denied' })
  })
})

test('a host without shadow files has no passwords there, and that is all there is to know', async () => {
  expect(await outcomes('no-such-file')).toMatchObject({ 'local-passwords': 'complete' })
})

test('one file of the two that is denied makes it partial', async () => {
  expect(await outcomes('not-permitted', { '/etc/shadow': 'root:*:1:2:3:4:::\n' })).toMatchObject({
    'local-passwords': 'partial',
  })
})

test('a host that keeps no log of logins says nothing about them, and in particular not never', async () => {
  expect(await outcomes('not-permitted')).toMatchObject({ 'last-logins': 'absent' })
})
