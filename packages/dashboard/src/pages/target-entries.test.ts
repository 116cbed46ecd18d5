import { expect, test } from 'vitest'
import { entriesOf, entryAt } from './target-entries.ts'

test('one entry per line; what begins with ! is left out; comments and repetition are nothing', () => {
  expect(
    entriesOf(
      'db01.example.com  # the old one\r\n\n# all of it\n10.0.4.0/24\n!10.0.4.1\n! 10.0.4.2\ndb01.example.com\n!',
    ),
  ).toEqual({
    include: ['db01.example.com', '10.0.4.0/24'],
    exclude: ['10.0.4.1', '10.0.4.2'],
  })
})

test('what the server says of an entry is told with the entry', () => {
  const asked = { include: ['a', 'not a host'], exclude: ['b'] }
  expect([
    entryAt('/include/1', asked),
    entryAt('/exclude/0', asked),
    entryAt('/include/9', asked),
    entryAt('/inventory/text', asked),
  ]).toEqual(['not a host', 'b', undefined, undefined])
})
