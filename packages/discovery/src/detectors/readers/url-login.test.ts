import { expect, test } from 'vitest'
import { urlLoginsIn } from './url-login.ts'

const logins = (text: string) =>
  [...urlLoginsIn(text)].map(({ account, system, at, length }) => [account, system, text.slice(at, at + length)])

test('a login is found with its place, whatever stands around the URL', () => {
  expect(logins('see https://alice:oak%2Fleaf@git.example.org:8443/x, and ("amqp://bob:rowan@mq/")')).toEqual([
    ['alice', 'git.example.org:8443', 'oak%2Fleaf'],
    ['bob', 'mq', 'rowan'],
  ])
})

test('a password without a name is one, a name without a password is none', () => {
  expect(logins('redis://:oak-leaf@cache/0 https://alice@git.example.org/')).toEqual([[undefined, 'cache', 'oak-leaf']])
})

test('a long name with digits stands for a token', () => {
  expect(
    logins('https://0123456789abcdef0123456789@git.example.org/ https://tok3n567890123456789:x-oauth-basic@h/'),
  ).toEqual([
    [undefined, 'git.example.org', '0123456789abcdef0123456789'],
    [undefined, 'h', 'tok3n567890123456789'],
  ])
})

test('an address of a mailbox behind a path is none', () => {
  expect(logins('https://example.org/a:b@c http://x/?q=a:b@c')).toEqual([])
})
