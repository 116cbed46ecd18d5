import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SCANNER_FLAGS } from '@rollcall/agent'
import { DEFAULT_DIRECTORY_LIMITS } from '@rollcall/reach'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  ber,
  done,
  entry,
  integer,
  intermediate,
  message,
  reference,
  startFakeServer,
  type FakeConnection,
  type FakeRequest,
} from './lab/directories/fake-server.ts'

/** What a hostile directory may make a look cost, beyond the process that looks. */
const MOST = 150 * 1024 * 1024

/** The machine may be busy with other things: what is measured here is memory. */
const PATIENT = 240_000

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-directory-memory-'))
  // What Node compiled is kept, as in the product: to compile takes memory of its own.
  await read(({ id }, connection) => connection.send(done(id)))
}, PATIENT)
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Read {
  readonly code?: string
  readonly entries?: number
  readonly values?: number
  readonly before: number
  readonly peak: number
}

type Answer = (request: FakeRequest, connection: FakeConnection) => void

/** A directory that behaves so, read in a process of its own. */
const read = async (answer: Answer, first = false): Promise<Read> => {
  await using server = await startFakeServer({
    script(request, connection) {
      if (first ? request.kind !== 'bind' : request.kind !== 'search' || request.base === '') return false
      answer(request, connection)
      return true
    },
  })
  const authority = join(folder, 'authority.pem')
  await writeFile(authority, server.authority)
  const script = fileURLToPath(new URL('lab/directories/read-one.ts', import.meta.url))
  const child = spawn(process.execPath, [...SCANNER_FLAGS, script, String(server.target.port), authority], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') },
  })
  let said = ''
  child.stdout.on('data', (data: Buffer) => (said += data.toString()))
  const code = await new Promise((resolve) => child.once('exit', resolve))
  expect(code).toBe(0)
  return JSON.parse(said) as Read
}

const endlessly = (connection: FakeConnection, next: (turn: number) => Uint8Array) => {
  let turn = 0
  const more = () => {
    if (!connection.closed) void connection.sent(next(turn++)).then(() => setImmediate(more))
  }
  more()
}

const many = (count: number, of: Uint8Array) => Buffer.alloc(count * of.length, of)
const MIB = 1024 * 1024
/** Just below what one message may have. */
const LARGEST = DEFAULT_DIRECTORY_LIMITS.messageBytes - MIB

describe('whatever a directory sends, the agent stays small and alive', () => {
  test.each<[string, Answer]>([
    ['tiny entries without end', ({ id }, connection) => endlessly(connection, () => many(10_000, entry(id, '', {})))],
    [
      'answers to nobody without end',
      ({ id }, connection) => endlessly(connection, () => many(500, entry(id - 1, 'uid=x', { uid: ['x'] }))),
    ],
    [
      'references without end',
      ({ id }, connection) => endlessly(connection, () => many(10_000, reference(id, 'ldap://x/'))),
    ],
    [
      'intermediate answers without end',
      ({ id }, connection) => endlessly(connection, () => many(50, intermediate(id, '1.2.3', Buffer.alloc(10_000)))),
    ],
    [
      'a message of 2 GiB',
      (_, connection) => {
        connection.send(Buffer.from([0x30, 0x84, 0x7f, 0xff, 0xff, 0xff]))
        endlessly(connection, () => Buffer.alloc(MIB))
      },
    ],
    [
      'messages as large as they may be, without end',
      ({ id }, connection) => {
        const large = entry(id, 'uid=x', { uid: [Buffer.alloc(LARGEST)] })
        endlessly(connection, () => large)
      },
    ],
    [
      'a message as large as it may be, byte by byte, then in pieces',
      ({ id }, connection) => {
        const large = entry(id, 'uid=x', { uid: [Buffer.alloc(LARGEST)] })
        endlessly(connection, (turn) =>
          turn < 200
            ? large.subarray(turn, turn + 1)
            : large.subarray(200 + (turn - 200) * 100, 300 + (turn - 200) * 100),
        )
      },
    ],
    [
      'values without end in one entry',
      ({ id }, connection) =>
        connection.send(
          message(
            id,
            ber(
              0x64,
              ber(0x04, 'uid=x'),
              ber(
                0x30,
                ber(0x30, ber(0x04, 'uid'), ber(0x31, many(Math.floor(LARGEST / 2), Buffer.from([0x04, 0x00])))),
              ),
            ),
          ),
          done(id),
        ),
    ],
    [
      'attributes without end in one entry',
      ({ id }, connection) => {
        const attribute = ber(0x30, ber(0x04, 'a'), ber(0x31))
        connection.send(message(id, ber(0x64, ber(0x04, 'uid=x'), ber(0x30, many(1_500_000, attribute)))), done(id))
      },
    ],
    [
      'names of attributes that are new each time',
      ({ id }, connection) =>
        endlessly(connection, (turn) =>
          Buffer.concat(
            Array.from({ length: 100 }, (_, at) =>
              entry(
                id,
                'uid=x',
                Object.fromEntries(Array.from({ length: 50 }, (_value, of) => [`a${turn}-${at}-${of}`, ['x']])),
              ),
            ),
          ),
        ),
    ],
    [
      'ranges without end',
      ({ id, base, attributes = [] }, connection) => {
        const from = Number(/range=(\d+)/.exec(attributes[0] ?? '')?.[1] ?? 0)
        const values = Array.from({ length: 1500 }, (_, at) =>
          `cn=member${from + at},dc=example,dc=org`.padEnd(200, 'x'),
        )
        connection.send(entry(id, base ?? 'cn=x', { [`member;range=${from}-${from + 1499}`]: values }), done(id))
      },
    ],
    [
      'elements in elements in elements',
      ({ id }, connection) => {
        let deep: Buffer = Buffer.alloc(0)
        for (let depth = 0; depth < 20_000; depth++)
          deep = depth % 100 === 0 ? ber(0x30, deep) : Buffer.concat([Buffer.from([0x30, 0x80]), deep])
        connection.send(message(id, ber(0x64, deep)), message(id, ber(0x65, deep)))
      },
    ],
    [
      'a notice in every byte',
      (_, connection) =>
        endlessly(connection, () => many(10_000, message(0, ber(0x78, integer(0, 0x0a), ber(0x04), ber(0x04))))),
    ],
  ])(
    '%s',
    async (_, answer) => {
      const { before, peak, code } = await read(answer)
      expect(code).toBeDefined()
      expect(peak - before).toBeLessThan(MOST)
      expect(peak).toBeLessThan(MOST + before)
    },
    PATIENT,
  )

  test(
    'a flood in answer to the login',
    async () => {
      const { before, peak, code } = await read(
        (_, connection) => endlessly(connection, () => Buffer.alloc(MIB, 0x30)),
        true,
      )
      expect(code).toBeDefined()
      expect(peak - before).toBeLessThan(MOST)
    },
    PATIENT,
  )
})
