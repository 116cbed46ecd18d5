import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { readConfig } from './config.ts'

const lines = (...lines: string[]) => lines.join('\n')

test('what is not said is filled in', () => {
  expect(readConfig(undefined)).toEqual({ config: { listen: { host: '127.0.0.1', port: 7878 }, publicUrls: [] } })
})

test('options win over the file, field by field', () => {
  const file =
    '{"listen": {"host": "0.0.0.0", "port": 80}, "schedule": {"expression": "0 3 * * *", "timeZone": "Europe/Berlin"}}'
  expect(readConfig(file, { listen: { port: 8080 } })).toEqual({
    config: {
      listen: { host: '0.0.0.0', port: 8080 },
      publicUrls: [],
      schedule: { expression: '0 3 * * *', timeZone: 'Europe/Berlin' },
    },
  })
})

test('every mistake is told with its line, its field and what was expected', () => {
  const text = lines(
    '{',
    '  "listen": {',
    '    "host": "127.0.0.1",',
    '    "port": 99999',
    '  },',
    '  "publicUrls": ["https://a.example/path"],',
    '  "schedule": {',
    '    "expression": "every day"',
    '  },',
    '  "colour": "red"',
    '}',
  )
  expect(readConfig(text)).toEqual({
    problems: expect.arrayContaining([
      { line: 4, field: 'listen.port', expected: expect.stringContaining('65535') },
      { line: 6, field: 'publicUrls.0', expected: expect.stringContaining('without path') },
      { line: 7, field: 'schedule', expected: expect.stringContaining('cron expression') },
      {
        line: 10,
        field: 'colour',
        expected: expect.stringContaining('there is no such setting; there are listen, publicUrls, tls, schedule'),
      },
    ]),
  })
})

test('a time zone that nobody has is a mistake', () => {
  expect(readConfig('{"schedule": {"expression": "0 3 * * *", "timeZone": "Mars/Olympus"}}')).toMatchObject({
    problems: [{ field: 'schedule', expected: expect.stringContaining('IANA') }],
  })
})

test('what is no JSON is told by its line', () => {
  expect(readConfig(lines('{', '  "listen": oops', '}'))).toEqual({
    problems: [{ line: 2, field: '', expected: 'expected JSON' }],
  })
  expect(readConfig('[]')).toEqual({ problems: [{ line: 1, field: '', expected: 'expected an object' }] })
})

test('any text gives a configuration or problems, which repeat nothing of it', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      const read = readConfig(text)
      expect('config' in read || read.problems.length > 0).toBe(true)
    }),
    { numRuns: 1000 },
  )
})
