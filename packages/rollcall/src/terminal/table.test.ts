import { expect, test } from 'vitest'
import { textTable } from './table.ts'

const ROWS = [['web1', 'root']]

test('columns are aligned, and the last one is not padded', () => {
  expect(
    textTable(
      ['HOST', 'A'],
      [
        ['web1.example.com', 'root'],
        ['db', 'x'],
      ],
    ),
  ).toBe('HOST              A\nweb1.example.com  root\ndb                x\n')
})

test('a terminal that does not know its width gets whole lines', () => {
  expect(textTable(['HOST', 'ACCOUNT'], ROWS, 0)).toBe(textTable(['HOST', 'ACCOUNT'], ROWS))
  expect(textTable(['HOST', 'ACCOUNT'], ROWS, 6)).toBe('HOST\nweb1\n')
})

test('what a host says neither moves the cursor nor turns the line around', () => {
  expect(textTable(['A'], [['\u001b[2Jx\u202ey\u0000\nz']])).toBe('A\n\\u001b[2Jx\\u202ey\\u0000\\u000az\n')
})
