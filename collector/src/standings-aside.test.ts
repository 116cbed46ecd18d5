import type { Finding, Outcome } from '@rollcall/contract'
import { expect, test } from 'vitest'
import { standingsAside, type Standings } from './standings-aside.ts'

const complete: Outcome = { status: 'complete', reasons: [] }
const sight = {
  signals: { make: 'active-directory', id: 'S-1-5-21-1-2-3', suffix: 'DC=example,DC=com' } as const,
  scopes: ['directory-accounts', 'directory-groups', 'directory-rights'].map((probe) => ({ probe, outcome: complete })),
}
const place = (name: string) => ({ path: `CN=${name},DC=example,DC=com` })

const findings: Finding[] = [
  { kind: 'directory-group', object: 'g', name: 'admins', type: 'group', tier: 0, place: place('admins') },
  ...Array.from({ length: 700 }, (_, n): Finding[] => [
    { kind: 'directory-account', object: `u${n}`, name: `u${n}`, type: 'user', states: [], place: place(`u${n}`) },
    ...(n % 100 === 0
      ? [
          {
            kind: 'directory-member' as const,
            object: 'g',
            group: 'admins',
            member: `u${n}`,
            memberObject: `u${n}`,
            via: 'member',
            place: place('admins'),
          },
        ]
      : []),
  ]).flat(),
]

/** As pages are kept, one finding of which is gone. */
async function* pages() {
  for (let at = 0; at < findings.length; at += 100)
    yield [JSON.stringify(findings.slice(at, at + 100).map((finding, nth) => [`k${nth}`, finding, '2026-01-01']))]
  yield [JSON.stringify([['gone', { ...findings[1], object: 'gone' }, '2026-01-01', null, '2026-01-02']])]
}

const all = async (standings: Standings) => {
  const told: unknown[] = []
  while (true) {
    const { done, value } = await standings.next()
    told.push(value)
    if (done === true) return told
  }
}

test('what a thread says is what is worked out here', async () => {
  const there = await all(standingsAside(sight, pages(), Number.POSITIVE_INFINITY))
  expect(there).toEqual(await all(standingsAside(sight, pages(), findings.length)))
  expect(there).toHaveLength(5)
  expect(JSON.stringify(there).split('"yes"')).toHaveLength(9)
})

test('whoever stops asking leaves no thread behind, and pages that cannot be read are told', async () => {
  const standings = standingsAside(sight, pages(), Number.POSITIVE_INFINITY)
  await standings.next()
  await standings.return({ outside: [], unknownBecause: [] })
  async function* broken() {
    yield ['no page']
  }
  await expect(standingsAside(sight, broken(), Number.POSITIVE_INFINITY).next()).rejects.toThrow('JSON')
})
