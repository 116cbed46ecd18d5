import type { SpoolKnown } from '@rollcall/store'
import { expect, test } from 'vitest'
import { spoolGaps } from './spool-gaps.ts'

const known = (more: Partial<SpoolKnown>): SpoolKnown => ({
  agent: 'a',
  epoch: 'e'.repeat(32),
  upTo: 4,
  beyond: [],
  forgotten: 0,
  gapSince: null,
  lastAt: '2026-01-01T00:00:00Z',
  ...more,
})

test('a gap is told once when it lasts, with how much is missing', () => {
  let at = '2026-01-01T00:01:00Z'
  const told: unknown[] = []
  const gaps = spoolGaps(
    () => new Date(at),
    (about) => told.push(about),
  )
  const gap = known({
    beyond: [
      [7, 7],
      [9, 10],
    ],
    gapSince: '2026-01-01T00:00:00Z',
  })
  gaps(known({}))
  gaps(gap)
  expect(told).toEqual([])
  at = '2026-01-01T00:10:00Z'
  gaps(gap)
  gaps(gap)
  expect(told).toEqual([{ agent: 'a', missing: 3, since: '2026-01-01T00:00:00Z' }])
})

test('what was forgotten is told', () => {
  const told: unknown[] = []
  spoolGaps(
    () => new Date(),
    (about) => told.push(about),
  )(known({ forgotten: 5 }))
  expect(told).toEqual([{ agent: 'a', missing: 5, isForgotten: true }])
})
