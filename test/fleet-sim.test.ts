import { expect, test } from 'vitest'
import { simulate } from './fleet-sim/simulate.ts'
import { natsPrograms } from './lab/nats/server.ts'

const [program] = natsPrograms()

test.skipIf(program === undefined)(
  'a fleet whose agents, broker and collector die and repeat themselves is known in the end as it is (needs nats-server)',
  async () => {
    const told: string[] = []
    const {
      faults,
      looks,
      accounts,
      examples,
      seconds: _,
      rate: __,
      ...wrong
    } = await simulate({
      program: program!,
      hosts: 400,
      agents: 4,
      rounds: 2,
      processes: 2,
      faultsMs: 300,
      tell: (sentence) => void told.push(sentence),
    })
    expect({ ...wrong, examples }, told.join('\n')).toEqual({
      lost: 0,
      doubled: 0,
      falseAbsences: 0,
      stale: 0,
      gaps: 0,
      refused: 0,
      quarantined: 0,
      examples: [],
    })
    expect(looks).toBeGreaterThan(1000)
    expect(accounts).toBeGreaterThan(1000)
    expect(Object.keys(faults).length).toBeGreaterThan(1)
  },
  180_000,
)
