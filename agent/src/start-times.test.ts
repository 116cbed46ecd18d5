import fc from 'fast-check'
import { expect, test } from 'vitest'
import { scanRoom } from './scan-room.ts'
import { inTheirTime, startTimes } from './start-times.ts'

const at = (text: string) => Date.parse(`2026-03-29T${text}:00.000Z`)
const iso = (text: string) => new Date(at(text)).toISOString()
const key = Buffer.alloc(32, 7).toString('base64url')
const clockAt = (text: string) => () => new Date(at(text))
const spans: [string, string][] = [
  [iso('01:00'), iso('02:00')],
  [iso('03:00'), iso('04:00')],
]
const never = new AbortController().signal

test('a target has the same time in every run, within the spans, and many are spread evenly', () => {
  const times = startTimes({ key, spans, quiet: [] }, clockAt('00:30'))
  const starts = Array.from({ length: 2000 }, (_, index) => times.of(`ssh://host${index}:22`))
  for (const start of starts)
    expect((start >= at('01:00') && start < at('02:00')) || (start >= at('03:00') && start < at('04:00'))).toBe(true)
  const inFirst = starts.filter((start) => start < at('02:00')).length
  expect(inFirst).toBeGreaterThan(900)
  expect(inFirst).toBeLessThan(1100)
  const later = startTimes({ key, spans, quiet: [] }, clockAt('00:59'))
  expect(later.of('ssh://host1:22')).toBe(starts[1])
  const other = startTimes({ key: Buffer.alloc(32, 8).toString('base64url'), spans, quiet: [] }, clockAt('00:30'))
  expect(other.of('ssh://host1:22')).not.toBe(starts[1])
})

test('what had its turn before the order came adds at most as many again to any time after', () => {
  const name = fc.integer({ min: 0, max: 1e6 }).map((number) => `ssh://host${number}:22`)
  const received = at('01:40')
  const [early, late] = [
    startTimes({ key, spans: [spans[0]!], quiet: [] }, clockAt('00:00')),
    startTimes({ key, spans: [spans[0]!], quiet: [] }, () => new Date(received)),
  ]
  fc.assert(
    fc.property(name, (target) => {
      const [meant, is] = [early.of(target), late.of(target)]
      expect(is).toBe(meant >= received ? meant : received + (meant - at('01:00')))
    }),
  )
})

test('nothing is open in a quiet time or after the end, and a wait ends with its run', async () => {
  const times = (text: string) =>
    startTimes({ key, spans, quiet: [[iso('02:00'), iso('03:00')]], until: iso('04:00') }, clockAt(text))
  expect([await times('01:59').open(never), await times('03:00').open(never)]).toEqual([true, true])
  expect(await times('03:30').open(never)).toBe(true)
  expect(await times('04:00').open(never)).toBe(false)
  const ended = new AbortController()
  const waiting = times('02:30').open(ended.signal)
  ended.abort()
  expect(await waiting).toBe(false)
  expect(await startTimes(undefined, clockAt('02:30')).open(never)).toBe(true)
})

test('items come in the order of their times, also those found after others had begun to wait', async () => {
  const found = async function* () {
    yield* [40, 20]
    await new Promise((resolve) => setTimeout(resolve, 5))
    yield* [30, 10]
  }
  const started = Date.now()
  const given: number[] = []
  for await (const item of inTheirTime(
    found(),
    (item) => started + item,
    () => new Date(),
    never,
  ))
    given.push(item)
  expect(given).toEqual([10, 20, 30, 40])
})

test('a fault in finding items is told once those found were given, and an end of the run ends the wait', async () => {
  const failing = async function* () {
    yield 1
    throw new Error('on purpose')
  }
  const given: number[] = []
  const all = (async () => {
    for await (const item of inTheirTime(
      failing(),
      () => 0,
      () => new Date(),
      never,
    ))
      given.push(item)
  })()
  await expect(all).rejects.toThrow('on purpose')
  expect(given).toEqual([1])
  const ended = new AbortController()
  const forever = inTheirTime(
    (async function* () {
      yield 1
    })(),
    () => Number.POSITIVE_INFINITY,
    () => new Date(),
    ended.signal,
  )
  const next = forever.next()
  ended.abort()
  expect(await next).toEqual({ done: true, value: undefined })
})

test('there is room for so many looks, and for one at a target, whatever runs they are of', async () => {
  const room = scanRoom(2)
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  const look = (target: string, name: string) =>
    room.within(target, () => {
      begun.push(name)
      return new Promise<void>((resolve) => void ends.set(name, resolve))
    })
  const all = [look('a', 'a1'), look('a', 'a2'), look('b', 'b1'), look('c', 'c1')]
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  await turn()
  expect(begun).toEqual(['a1', 'b1'])
  ends.get('b1')!()
  await turn()
  expect(begun).toEqual(['a1', 'b1', 'c1'])
  ends.get('a1')!()
  await turn()
  expect(begun).toEqual(['a1', 'b1', 'c1', 'a2'])
  for (const end of ends.values()) end()
  await Promise.all(all)
})
