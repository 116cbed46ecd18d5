import { format, inspect } from 'node:util'
import { expect, test } from 'vitest'
import { Secret } from './secret.ts'

const VALUE = 'correct horse battery staple'
const secret = Secret.ofText(VALUE)

test.each([
  ['a template', () => `${secret}`],
  ['JSON', () => JSON.stringify({ secret })],
  ['inspection at any depth', () => inspect({ a: { b: [secret] } }, { depth: 9, showHidden: true })],
  ['a format string', () => format('%s %o %j', secret, secret, secret)],
  [
    'an error',
    () => String(new Error('x', { cause: secret }).stack) + inspect(new Error(`${secret}`, { cause: secret })),
  ],
  [
    'enumeration of its properties',
    () => JSON.stringify(Object.getOwnPropertyDescriptors(secret)) + Object.keys(secret).join(','),
  ],
])('a secret does not show in %s', (_, print) => {
  expect(print()).not.toContain('horse')
})

test('a secret gives its value only when asked', () => {
  expect(secret.reveal()).toBe(VALUE)
  expect(Secret.ofBytes(new TextEncoder().encode(VALUE)).revealBytes()).toEqual(secret.revealBytes())
})

test('wiping the bytes that a secret was made of does not change it', () => {
  const bytes = new TextEncoder().encode(VALUE)
  const kept = Secret.ofBytes(bytes)
  bytes.fill(0)
  expect(kept.reveal()).toBe(VALUE)
})
