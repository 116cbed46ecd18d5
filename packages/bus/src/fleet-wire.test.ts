import { keyId, newKeyPair, publicKeyOf } from '@rollcall/secret'
import { expect, test } from 'vitest'
import { agentWire, collectorWire, type KnownAgent } from './fleet-wire.ts'

const order = newKeyPair('sign')
const [a, b] = [newKeyPair('sign'), newKeyPair('sign')]
const agents = new Map<string, KnownAgent>([
  ['a', { state: 'active', signingKey: a.public }],
  ['b', { state: 'active', signingKey: b.public }],
  ['q', { state: 'quarantined', signingKey: a.public }],
  ['r', { state: 'revoked', signingKey: a.public }],
  ['w', { state: 'waiting', signingKey: a.public }],
])
const collector = collectorWire({ key: order, agent: (id) => agents.get(id) })
const of = (key: typeof a) =>
  agentWire({
    key,
    collectorKey: (id) => (id === keyId(order.public) ? publicKeyOf('sign', order.public) : undefined),
  })
const note = { type: 'note', version: 1, body: { text: 'hello '.repeat(100) } }

const refusal = (work: () => unknown) => {
  try {
    work()
  } catch (error) {
    return (error as { code?: string }).code
  }
  return undefined
}

test('collector and agent believe each other', () => {
  const bytes = of(a).write('rollcall.report.a', note)
  expect(bytes.length).toBeLessThan(JSON.stringify(note).length)
  expect(collector.read('rollcall.report.a', bytes)).toEqual(note)
  expect(of(a).read('rollcall.control.a', collector.write('rollcall.control.a', note))).toEqual(note)
})

test('an agent does not speak for another, nor on another subject', () => {
  const bytes = of(a).write('rollcall.report.a', note)
  expect(refusal(() => collector.read('rollcall.report.b', of(a).write('rollcall.report.b', note)))).toBe('unknown-key')
  expect(refusal(() => collector.read('rollcall.report.b', bytes))).toBe('unknown-key')
  expect(refusal(() => collector.read('rollcall.progress.a', bytes))).toBe('bad-signature')
})

test('one agent does not take for its own what the collector said to another', () => {
  const bytes = collector.write('rollcall.control.a', note)
  expect(refusal(() => of(b).read('rollcall.control.b', bytes))).toBe('bad-signature')
})

test('a question that is sent back is no answer', () => {
  const bytes = of(a).write('rollcall.request.a', note)
  expect(refusal(() => of(a).read('rollcall.request.a', bytes))).toBe('unknown-key')
})

test.each(['q', 'r', 'w'])('nothing that agent %s reports is taken, and its questions are heard, to say why', (id) => {
  const state = agents.get(id)!.state
  expect(refusal(() => collector.read(`rollcall.report.${id}`, of(a).write(`rollcall.report.${id}`, note)))).toBe(state)
  expect(refusal(() => collector.read(`rollcall.progress.${id}`, of(a).write(`rollcall.progress.${id}`, note)))).toBe(
    state,
  )
  expect(collector.read(`rollcall.heartbeat.${id}`, of(a).write(`rollcall.heartbeat.${id}`, note))).toEqual(note)
  expect(refusal(() => collector.read(`rollcall.heartbeat.${id}`, of(b).write(`rollcall.heartbeat.${id}`, note)))).toBe(
    'unknown-key',
  )
})

test('who is not known is not believed, and what is not signed neither', () => {
  expect(refusal(() => collector.read('rollcall.report.x', of(a).write('rollcall.report.x', note)))).toBe(
    'unknown-agent',
  )
  const plain = Buffer.from(JSON.stringify(note))
  expect(refusal(() => collector.read('rollcall.report.a', plain))).toBe('not-signed')
  expect(refusal(() => of(a).read('rollcall.control.a', plain))).toBe('not-signed')
})

test('any byte that another put there is refused', () => {
  const bytes = of(a).write('rollcall.report.a', note)
  for (let at = 0; at < bytes.length; at++) {
    const changed = Uint8Array.from(bytes)
    changed[at]! ^= 4
    expect(
      refusal(() => collector.read('rollcall.report.a', changed)),
      `byte ${at}`,
    ).toBeDefined()
  }
})

test('somebody who wants to be let in has no key yet', () => {
  const plain = Buffer.from(JSON.stringify(note))
  expect(collector.read('rollcall.enrol.t', plain)).toEqual(note)
  expect(JSON.parse(Buffer.from(collector.write('rollcall.enrol.t', note)).toString())).toEqual(note)
})
