import { Buffer } from 'node:buffer'
import type { HostRequest } from '@rollcall/discovery'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { readAnswers } from './answers.ts'

const marks = { frame: 'f'.repeat(32), stat: 's'.repeat(32) }
const requests: HostRequest[] = [
  { kind: 'read', pattern: '/etc/*', maxFiles: 3, maxBytes: 50, stat: true },
  { kind: 'run', argv: ['id'], maxBytes: 50 },
  { kind: 'read', pattern: '/var/log/x', maxBytes: 8, tail: true },
]
const frame = (header: string, payload: Uint8Array | string = '') =>
  Buffer.concat([Buffer.from(`\n${marks.frame} ${header}\n`), Buffer.from(payload)])

/** What a host says to those requests, well-formed. */
const conversation = fc
  .record({
    files: fc.array(
      fc.record({ path: fc.uint8Array({ minLength: 1, maxLength: 30 }), bytes: fc.uint8Array({ maxLength: 80 }) }),
      { maxLength: 3 },
    ),
    output: fc.uint8Array({ maxLength: 80 }),
    exit: fc.nat(100),
    log: fc.uint8Array({ maxLength: 20 }),
  })
  .map((said) => ({
    said,
    bytes: Buffer.concat([
      frame('R 0'),
      ...said.files.flatMap(({ path, bytes }) => [frame('P', path), frame('D', bytes), frame('C 0')]),
      ...(said.files.length === 0 ? [frame('P', '/etc/*'), frame('W no-such-file')] : []),
      frame('R 2'),
      frame('P', '/var/log/x'),
      frame('D', said.log),
      frame('C 0'),
      frame('X 1'),
      frame('D', said.output),
      frame(`C ${said.exit}`),
      frame('E'),
    ]),
  }))

const heard = (bytes: Uint8Array, cuts: readonly number[] = []) => {
  const reader = readAnswers(requests, marks)
  let [from, state] = [0, 'open']
  for (const to of [...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]) {
    state = reader.push(bytes.subarray(from, to))
    from = to
  }
  return { state, answers: reader.answers('connection-lost') }
}

test('what a host says is heard byte for byte, cut at the limits', () => {
  fc.assert(
    fc.property(conversation, ({ said, bytes }) => {
      const { state, answers } = heard(bytes)
      expect(state).toBe('done')
      const [files, run, log] = answers
      const found = said.files.map((file) => ({
        state: 'read',
        truncated: file.bytes.length > 50,
        bytes: Buffer.from(file.bytes.subarray(0, 50)),
      }))
      expect(files).toMatchObject({ files: found.length > 0 ? found : [{ state: 'unread', why: 'no-such-file' }] })
      expect(run).toMatchObject({ result: { state: 'ran', exit: said.exit, truncated: said.output.length > 50 } })
      expect(log).toMatchObject({
        files: [{ bytes: Buffer.from(said.log.subarray(-8)), truncated: said.log.length > 8 }],
      })
    }),
  )
})

test('it does not matter in what pieces it arrives', () => {
  fc.assert(
    fc.property(conversation, fc.array(fc.nat(), { maxLength: 40 }), ({ bytes }, cuts) => {
      expect(heard(bytes, cuts)).toEqual(heard(bytes))
    }),
  )
})

test('any bytes, with and without marks, give an answer to each request and no exception', () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc
      .constantFrom(
        'R 0',
        'R 1',
        'X 1',
        'R 2',
        'P',
        'D',
        'C 0',
        'C open',
        'C late',
        'C 999',
        'W no-such-file',
        'W nonsense',
        'T',
        'E',
        '',
        'Z',
      )
      .map((header) => frame(header)),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), fc.array(fc.nat(), { maxLength: 10 }), (pieces, cuts) => {
      const { answers } = heard(Buffer.concat(pieces), cuts)
      expect(answers.map(({ kind }) => kind)).toEqual(['read', 'run', 'read'])
      for (const answer of answers) {
        if (answer.kind !== 'read') continue
        expect(answer.files.length).toBeGreaterThan(0)
        expect(answer.files.every((file) => file.state === 'unread' || file.bytes.length <= 50)).toBe(true)
      }
    }),
    { numRuns: 1000 },
  )
})

test('a conversation that breaks off keeps what was read and never says that the rest is not there', () => {
  fc.assert(
    fc.property(conversation, fc.nat(), ({ bytes }, at) => {
      const cut = at % bytes.length
      const { answers } = heard(bytes.subarray(0, cut))
      const whole = heard(bytes).answers
      for (const [index, answer] of answers.entries()) {
        if (answer.kind !== 'read') continue
        const complete = whole[index]!
        if (complete.kind !== 'read') continue
        const lost = answer.files.filter((file) => file.state === 'unread' && file.why === 'connection-lost')
        const rest = answer.files.filter((file) => !lost.includes(file))
        expect(rest).toEqual(complete.files.slice(0, rest.length))
        expect(rest.length === complete.files.length || lost.length === 1).toBe(true)
      }
    }),
  )
})

test('a host that names more files than it was asked for is cut off', () => {
  const many = Array.from({ length: 100 }, (_, index) => [
    frame('P', `/etc/${index}`),
    frame('D', 'x'),
    frame('C 0'),
  ]).flat()
  const { answers } = heard(Buffer.concat([frame('R 0'), ...many, frame('R 2')]))
  expect(answers[0]).toMatchObject({ files: [{}, {}, {}, {}, { path: '/etc/*', why: 'too-many' }] })
})

test('names that are not UTF-8 stay different', () => {
  const { answers } = heard(
    Buffer.concat([
      frame('R 0'),
      frame('P', Buffer.from([0x2f, 0xff])),
      frame('W io-error'),
      frame('P', Buffer.from([0x2f, 0xfe])),
      frame('W io-error'),
      frame('R 2'),
    ]),
  )
  expect(answers[0]).toMatchObject({ files: [{ path: String.raw`/\xff` }, { path: String.raw`/\xfe` }] })
})

test('stat lines are found by the mark, whatever the names hold', () => {
  const name = `/etc/a\n${'s'.repeat(31)} 644 0 0 0 /etc/b\n`
  const { answers } = heard(
    Buffer.concat([
      frame('R 0'),
      frame('P', name),
      frame('D', 'x'),
      frame('C 0'),
      frame('P', '/etc/b'),
      frame('D', 'x'),
      frame('C 0'),
      frame('R 2'),
      frame('P', '/x'),
      frame('W io-error'),
      frame('T', `${marks.stat} 600 7 8 86400 ${name}\n${marks.stat} 4755 0 0 0 /etc/b\n`),
      frame('X 1'),
      frame('C 0'),
      frame('E'),
    ]),
  )
  expect(answers[0]).toMatchObject({
    files: [
      { stat: { mode: 0o600, uid: 7, gid: 8, modified: '1970-01-02T00:00:00.000Z' } },
      { stat: { mode: 0o4755, uid: 0 } },
    ],
  })
})
