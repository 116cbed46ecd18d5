import type { ScanSummary } from '@rollcall/contract/api'
import { expect, test } from 'vitest'
import { startedBy, timeLeft } from './scan-words.ts'

const scan: ScanSummary = {
  id: 's',
  trigger: 'person',
  schedule: null,
  by: 'amelia',
  state: 'running',
  startedAt: '2026-11-22T00:00:00Z',
  finishedAt: null,
  planned: 100,
  complete: 15,
  partial: 3,
  failed: 2,
  running: 4,
  queued: 76,
  swept: 0,
  silent: 0,
}

test('the time left follows from what is done', () => {
  expect(timeLeft(scan, 20_000)).toBe(80_000)
})
test('before a tenth is done nobody says how long it takes', () => {
  expect(timeLeft({ ...scan, complete: 4 }, 20_000)).toBeUndefined()
})
test('a scan that is over takes no more time', () => {
  expect(timeLeft({ ...scan, state: 'cancelled' }, 20_000)).toBeUndefined()
})
test('a scan that nobody started says what did', () => {
  expect([startedBy(scan), startedBy({ ...scan, trigger: 'schedule', by: null })]).toEqual(['by amelia', 'by schedule'])
})
