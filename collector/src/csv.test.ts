import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { csvLine } from './csv.ts'

const cell = (value: Parameters<typeof csvLine>[0][number]) => csvLine(['x', value]).slice('"x",'.length, -2)

test.each([
  ['=1+1', `"'=1+1"`],
  ['+1', `"'+1"`],
  ['-1', `"'-1"`],
  ['@SUM(A1)', `"'@SUM(A1)"`],
  ['\t=1', `"'\t=1"`],
  ['\r=1', `"'\r=1"`],
  ['\n=1', `"'\n=1"`],
  [`'=1`, `"''=1"`],
  ['"=1', `"""=1"`],
  ['＝1+1', `"'＝1+1"`],
  ['＋1', `"'＋1"`],
  ['－1', `"'－1"`],
  ['＠x', `"'＠x"`],
  ['a"b', '"a""b"'],
  ['a,b', '"a,b"'],
  ['a;b', '"a;b"'],
  ['one\ntwo\r\nthree', '"one\ntwo\r\nthree"'],
  ['\0=1', `"'\\u0000=1"`],
  ['a\u0007b\u001B[31m', '"a\\u0007b\\u001B[31m"'],
  ['a\u2028b\u2029', '"a\\u2028b\\u2029"'],
  ['\uD83D', '"\\uD83D"'],
  ['x\uDE00y', '"x\\uDE00y"'],
  ['\u202Etxt.exe', '"\u202Etxt.exe"'],
  ['  spaced  ', '"  spaced  "'],
  ['00123', '"00123"'],
  ['1E5', '"1E5"'],
  ['2026-01-31', '"2026-01-31"'],
  ['1-2', '"1-2"'],
  ['👩‍💻', '"👩‍💻"'],
  ["O'Neil", `"O'Neil"`],
  ['', '""'],
])('the text %j is written %j', (text, written) => {
  expect(cell(text)).toBe(written)
})

test('a number is written as a number, negative ones too', () => {
  expect([cell(-1), cell(0), cell(1.5)]).toEqual(['"-1"', '"0"', '"1.5"'])
})

test('an unknown cell is empty without quotes, which an empty text is not', () => {
  expect(csvLine(['a', null, '', null])).toBe('"a",,"",\r\n')
})

test('a line of one unknown cell is not an empty line', () => {
  expect(csvLine([null])).toBe('""\r\n')
})

test('lists are joined, and an empty list is the word none', () => {
  expect([cell(['a', 'b;c']), cell([]), cell(['=1', 'x'])]).toEqual(['"a; b;c"', '"none"', `"'=1; x"`])
})

test('a cell longer than a spreadsheet shows is written whole', () => {
  expect(cell('x'.repeat(32_768))).toHaveLength(32_770)
})

/** RFC 4180, section 2, read strictly: anything else is an error. */
const parse = (text: string): (string | null)[][] => {
  const records: (string | null)[][] = []
  let record: (string | null)[] = []
  for (let at = 0; at < text.length;) {
    if (text[at] === '"') {
      const quoted = /"((?:[^"]|"")*)"(?=,|\r\n)/y
      quoted.lastIndex = at
      const match = quoted.exec(text)
      if (!match) throw new Error(`no closing quote from ${at}`)
      record.push(match[1]!.replaceAll('""', '"'))
      at += match[0].length
    } else record.push(null)
    if (text[at] === ',') at++
    else if (text.startsWith('\r\n', at)) {
      at += 2
      records.push(record)
      record = []
      continue
    } else throw new Error(`neither comma nor line end at ${at}`)
    // A comma before the line end leaves one more, empty, cell.
    if (text.startsWith('\r\n', at)) {
      record.push(null)
      at += 2
      records.push(record)
      record = []
    }
  }
  return records
}

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...`'"=+-@,;\t\r\n\0＝＋－＠ab\u2028\uD83D\u202E`.split('')) }),
)
const WRITTEN_AS_ESCAPES = /[\0-\x08\x0B\x0C\x0E-\x1F\u2028\u2029]|\p{Surrogate}/u

test('what is read back is what was written, less the one apostrophe', () => {
  const value = fc.oneof(
    anyText.filter((text) => !WRITTEN_AS_ESCAPES.test(text)),
    fc.integer(),
    fc.constant(null),
  )
  fc.assert(
    fc.property(fc.array(fc.array(value, { minLength: 2, maxLength: 2 })), (rows) => {
      const read = parse(rows.map(csvLine).join('')).map((row) =>
        row.map((cell) => (cell !== null && /^'+[=+\-@\t\r\n＝＋－＠]/.test(cell) ? cell.slice(1) : cell)),
      )
      expect(read).toEqual(rows.map((row) => row.map((cell) => (typeof cell === 'number' ? String(cell) : cell))))
    }),
    { numRuns: 2000 },
  )
})

test('no text begins a formula, holds a control character, or leaves its cell', () => {
  fc.assert(
    fc.property(anyText, anyText, (first, second) => {
      const written = csvLine([first, second])
      const [record, ...others] = parse(written)
      expect(others).toEqual([])
      expect(record).toHaveLength(2)
      for (const cell of record!) expect(cell).not.toMatch(/^[=+\-@\t\r\n\0＝＋－＠]/)
      expect(written).not.toMatch(/[\0-\x08\x0B\x0C\x0E-\x1F\u2028\u2029]/)
      expect(written.isWellFormed()).toBe(true)
    }),
    { numRuns: 2000 },
  )
})
