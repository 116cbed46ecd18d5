import { finding } from '@rollcall/contract'
import { describe, expect, test } from 'vitest'
import { exampleContext, exampleHost, exampleTools } from '../testing/example-host.ts'
import type { HostProbe } from '../probe.ts'
import { scanHost } from '../scan.ts'
import doasRules from './doas-rules.ts'
import polkitRules from './polkit-rules.ts'
import suRules from './su-rules.ts'

const scan = async (probe: HostProbe, world: Parameters<typeof exampleHost>[0]) => {
  const { host, trips } = exampleHost(world)
  const { sections } = await scanHost(host, [probe], exampleTools)
  return { ...sections[0]!, trips: trips.length }
}

const probes: readonly HostProbe[] = [doasRules, suRules, polkitRules]

describe.each(probes)('$id', (probe) => {
  test.each(probe.examples.map((example) => [example.title, example] as const))('%s', (_, example) => {
    const {
      findings,
      reasons = [],
      notes = [],
    } = probe.parse(example.gathered, {
      ...exampleContext,
      ...example.context,
    })
    expect(findings).toEqual(example.finds)
    expect(reasons).toEqual(example.reasons ?? [])
    expect(notes).toEqual(example.notes ?? [])
    for (const one of findings) finding.parse(one)
  })
})

test('a host without doas is complete, one whose doas.conf may not be read is not', async () => {
  expect(await scan(doasRules, {})).toMatchObject({ outcome: { status: 'complete' }, findings: [] })
  const denied = { path: '/etc/doas.conf', state: 'unread', why: 'not-permitted' } as const
  expect(await scan(doasRules, { files: { '/etc/doas.conf': denied } })).toMatchObject({
    outcome: { status: 'denied', reasons: [{ code: 'not-permitted', path: '/etc/doas.conf' }] },
  })
})

test('everything that doas is asked for travels at once', async () => {
  const { trips, findings } = await scan(doasRules, {
    files: { '/etc/doas.conf': 'permit ann\n' },
    programs: { doas: '' },
  })
  expect(findings).toHaveLength(1)
  // The second is what the host is told by.
  expect(trips).toBeLessThanOrEqual(2)
})
