import type { Finding } from '@rollcall/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import services, { PLANTED_SECRET } from './lab/hosts/services.ts'
import { startLab, type Lab } from './lab/lab.ts'
import { differenceFrom, type Expected } from './lab/truth.ts'
import { scanOf, type ScanLine } from './rollcall.ts'

/*
 * What a scan says that a host starts by itself, and as whom: all that was planted, nothing that only looks like it, and no secret.
 */

const PROBES = ['systemd-units', 'cron-jobs', 'init-services']

let lab: Lab
let printed = ''
let lines: readonly ScanLine[] = []

beforeAll(async () => {
  lab = await startLab([services])
  if (!lab.capabilities.ownHosts) return
  const scanned = await scanOf(lab, lab.host('services'))
  printed = scanned.stdout + scanned.stderr
  lines = scanned.lines
})

afterAll(async () => {
  await lab?.[Symbol.asyncDispose]()
})

const made = (context: { skip: (note: string) => never }) => {
  if (!lab.capabilities.ownHosts) context.skip(lab.capabilities.lacks.join('; '))
}

const planted = new Set<string>([
  ...services.files.flatMap(({ path }) => path),
  ...services.furtherTruth.flatMap((one) => ('place' in one && one.place !== undefined ? one.place.path : [])),
])

test('everything that was planted is found, with its account, file and line, and nothing that only looks like it', (context) => {
  made(context)
  const found = lines.filter(
    ({ probe, kind }) => PROBES.includes(probe ?? '') && kind !== 'outcome',
  ) as unknown as Finding[]
  const told = found.filter(({ place }) => place !== undefined && planted.has(place.path))
  const expected = services.furtherTruth.map((finding): Expected => ({ finding, readableBy: 'root' }))
  expect(differenceFrom(expected, told, ['usage', 'file'])).toEqual({ missing: [], unexpected: [], wrong: [] })
})

test('nothing that is printed holds a secret', (context) => {
  made(context)
  expect(printed.length).toBeGreaterThan(10_000)
  expect(printed).not.toContain(PLANTED_SECRET)
})

test('each of them is complete: what cron and systemd pass over hides nothing', (context) => {
  made(context)
  const outcomes = lines.filter(({ kind, probe }) => kind === 'outcome' && PROBES.includes(probe ?? ''))
  expect(outcomes.map(({ probe, status }) => [probe, status])).toEqual(
    PROBES.toSorted().map((probe) => [probe, 'complete']),
  )
})
