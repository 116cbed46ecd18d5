import { formatTarget, parseTargetSet, targetsOfRange, type TargetSet } from '@rollcall/contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { leftOf, partsOf } from './scan-parts.ts'

/** Every single target of sets, before any directory is asked. */
const targetsOf = (sets: readonly TargetSet[]): string[] =>
  sets.flatMap((set) => {
    const read = parseTargetSet(set)
    if ('problems' in read) throw new Error(JSON.stringify(read.problems))
    const { hosts, ranges, excluded } = read.parsed
    return [...hosts, ...ranges.flatMap((range) => [...targetsOfRange(range, excluded)])].map(formatTarget)
  })

const host = fc.integer({ min: 1, max: 60 }).map((number) => `10.0.0.${number}`)
const entry = fc.oneof(
  host,
  fc.integer({ min: 1, max: 40 }).map((number) => `db${number}:2222`),
  fc.constantFrom('10.0.0.0/27', '10.0.0.20-10.0.0.50', 'scan@10.1.0.0/22:2022', '10.0.0.8/29'),
)
const set = fc.record({
  include: fc.array(entry, { minLength: 1, maxLength: 30 }),
  exclude: fc.array(fc.oneof(host, fc.constant('10.0.0.16/28')), { maxLength: 4 }),
})

test('parts are what the sets are, whoever divides them among how many', () => {
  fc.assert(
    fc.property(fc.array(set, { minLength: 1, maxLength: 3 }), fc.integer({ min: 0, max: 9 }), (sets, agents) => {
      const parts = partsOf(sets, agents)
      const named = parts.flatMap(targetsOf)
      expect(new Set(named)).toEqual(new Set(targetsOf(sets)))
      expect(parts.every((part) => part.every(({ include }) => include.length > 0))).toBe(true)
    }),
  )
})

test('a great range is in parts of which each is told in one order what is done', () => {
  const parts = partsOf([{ include: ['10.0.0.0/12'], exclude: [] }], 2)
  expect(parts).toHaveLength(256)
  expect(Math.max(...parts.map((part) => targetsOf(part).length))).toBe(4096)
})

test('many hosts of long names are in parts that an order has room for, and few are shared all the same', () => {
  const include = Array.from({ length: 20_000 }, (_, index) => `${'a'.repeat(60)}.${'b'.repeat(60)}.host${index}`)
  const parts = partsOf([{ include, exclude: [] }], 1)
  for (const part of parts) expect(JSON.stringify(part).length).toBeLessThan(250_000)
  expect(partsOf([{ include: include.slice(0, 16), exclude: [] }], 2)).toHaveLength(2)
})

test('a question to a directory is a part by itself, with what its answer is compared with', () => {
  const question = 'computers of ldaps://dc.example.com'
  expect(partsOf([{ include: ['db1', question, '10.0.0.0/30'], exclude: ['10.0.0.1'] }], 1)).toEqual([
    [{ include: ['ssh://db1:22', '10.0.0.2-10.0.0.2:22'], exclude: [] }],
    [{ include: [question], exclude: ['10.0.0.1'] }],
  ])
})

test('what is left of a part names no host that is done, and of ranges says which are', () => {
  const part = [{ include: ['db1', 'db2', '10.0.0.1-10.0.0.9'], exclude: [] }]
  expect(leftOf(part, ['ssh://db1:22', 'ssh://10.0.0.5:22', 'ssh://10.9.9.9:22'])).toEqual({
    sets: [{ include: ['db2', '10.0.0.1-10.0.0.9'], exclude: [] }],
    done: ['ssh://10.0.0.5:22'],
  })
  expect(leftOf([{ include: ['db1'], exclude: [] }], ['ssh://db1:22'])).toEqual({ sets: [], done: [] })
  const question = [{ include: ['computers of ldaps://dc'], exclude: [] }]
  expect(leftOf(question, ['computers of ldaps://dc:636', 'ssh://db1:22'])).toEqual({
    sets: question,
    done: ['ssh://db1:22'],
  })
})
