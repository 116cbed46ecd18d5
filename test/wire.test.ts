import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as bus from '@rollcall/contract/bus'
import { expect, test } from 'vitest'

const FOLDER = join(import.meta.dirname, '../packages/contract/fixtures')
const fixtures = readdirSync(FOLDER).filter((name) => name.endsWith('.json'))
const messages = [
  bus.scanReport,
  bus.reportPart,
  bus.digestBatch,
  bus.reportAck,
  bus.spoolAck,
  bus.scanOrder,
  bus.cancelOrder,
  bus.scanProgress,
  bus.enrolRequest,
  bus.enrolAnswer,
  bus.renewRequest,
  bus.renewAnswer,
  bus.requestRefused,
  bus.loginAttempt,
  bus.loginAttemptAnswer,
  bus.loginResult,
  bus.loginResultAnswer,
  bus.heartbeat,
  bus.heartbeatAnswer,
  bus.hostKeysOrder,
  bus.resyncOrder,
  bus.policyOrder,
  bus.signedOrder,
  bus.orderRefused,
  bus.leaseRequest,
  bus.leaseAnswer,
  bus.leaseEnd,
  bus.leaseEnded,
  bus.trustSeen,
  bus.trustOrder,
  bus.hostKeysProgress,
]

const contentOf = (name: string) => readFileSync(join(FOLDER, name), 'utf8')

test.each(fixtures)('%s, released once, is still read', (name) => {
  const raw = JSON.parse(contentOf(name)) as { type: string; body: object }
  const message = messages.find(({ type }) => type === raw.type)
  expect(message, `nobody reads ${raw.type}`).toBeDefined()
  const read = message!.read(raw)
  // Nothing of what was written may be dropped on the way in, apart from what newer versions renamed.
  if (name.includes(`.v${message!.version}.`)) expect(read).toEqual(raw.body)
})

test('no released message has changed', () => {
  const sums = fixtures
    .map((name) => `${createHash('sha256').update(contentOf(name)).digest('hex')}  ${name}`)
    .join('\n')
  expect(`${sums}\n`).toBe(readFileSync(join(FOLDER, 'SHA256SUMS'), 'utf8'))
})

test.each(messages.map((message) => [message.type, message.version] as const))(
  '%s version %i has a fixture',
  (type, version) => {
    expect(fixtures.some((name) => name.startsWith(`${type}.v${version}.`))).toBe(true)
  },
)
