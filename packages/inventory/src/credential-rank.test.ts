import type { FindingOf } from '@rollcall/contract'
import { expect, test } from 'vitest'
import { credentialRank, severityOf } from './credential-rank.ts'

const stored = (facts: Partial<FindingOf<'stored-credential'>>): FindingOf<'stored-credential'> => ({
  kind: 'stored-credential',
  secret: 'password',
  value: 'literal',
  state: 'active',
  detector: 'ini',
  evidence: 'name',
  confidence: 'high',
  place: { path: '/etc/app.ini', line: 1 },
  ...facts,
})
const rank = (facts: Partial<FindingOf<'stored-credential'>>) => credentialRank(stored(facts))

test('a secret in clear, in force, that anybody has or may read is critical; one that only root may read is high', () => {
  expect(severityOf(rank({ weaknesses: ['readable-by-others'] }))).toBe('critical')
  expect(severityOf(rank({ weaknesses: ['default'] }))).toBe('critical')
  expect(severityOf(rank({}))).toBe('high')
})

test('each of less certainty, less force, more protection makes it less urgent', () => {
  for (const less of [
    { confidence: 'medium' },
    { state: 'commented' },
    { state: 'template' },
    { state: 'backup' },
    { value: 'hash' },
    { value: 'encrypted' },
  ] as const)
    expect(rank(less)).toBeLessThan(rank({}))
})

test('whom it opens counts: root and the like more than others', () => {
  for (const account of ['root', 'Administrator', 'CORP\\administrator', 'sa', 'admin@example.org', 'cn=admin,dc=x'])
    expect(rank({ account })).toBeGreaterThan(rank({ account: 'app' }))
})

test('where no secret lies there is nothing to rank, whatever else is said', () => {
  expect(rank({ value: 'reference', weaknesses: ['readable-by-others'] })).toBe(0)
  expect(severityOf(rank({ value: 'placeholder' }))).toBe('none')
  expect(rank({ value: 'encrypted', state: 'template', confidence: 'low' })).toBeGreaterThan(0)
})
