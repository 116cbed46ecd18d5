import { finding, type FindingKind } from '@rollcall/contract'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { views } from './views/index.ts'

/** The words that a field of a finding may be. */
const wordsOf = (kind: FindingKind, field: string): readonly string[] => {
  const shape = finding.options.find((option) => option.shape.kind.value === kind)!.shape as Record<string, z.ZodType>
  const type = shape[field]
  const inner = type instanceof z.ZodOptional ? type.unwrap() : type
  return inner instanceof z.ZodEnum ? inner.options.map(String) : []
}

test.each([
  ['keys', 'role', 'key', 'role'],
  ['keys', 'ineffective', 'key', 'ineffective'],
  ['keys', 'passphrase', 'key', 'passphrase'],
  ['grants', 'mechanism', 'grant', 'mechanism'],
  ['accounts', 'source', 'account', 'source'],
  ['service_accounts', 'service', 'service-account', 'service'],
  ['service_accounts', 'login', 'service-account', 'login'],
  ['service_accounts', 'superuser', 'service-account', 'superuser'],
  ['service_accounts', 'password', 'service-account', 'password'],
  ['service_accounts', 'strength', 'service-account', 'strength'],
  ['files', 'role', 'file', 'role'],
  ['files', 'type', 'file', 'type'],
  ['stored_credentials', 'secret', 'stored-credential', 'secret'],
  ['stored_credentials', 'value', 'stored-credential', 'value'],
  ['stored_credentials', 'in_force', 'stored-credential', 'state'],
  ['stored_credentials', 'evidence', 'stored-credential', 'evidence'],
  ['stored_credentials', 'confidence', 'stored-credential', 'confidence'],
  ['stored_credentials', 'length', 'stored-credential', 'length'],
] as const)('%s.%s knows every word that a finding may hold there', (id, column, kind, field) => {
  const words = wordsOf(kind, field)
  const known = views.find((view) => view.id === id)!.columns.find((one) => one.id === column)!.values
  expect(words.length).toBeGreaterThan(1)
  expect(known).toEqual(expect.arrayContaining([...words]))
})

test('changes knows every kind of finding', () => {
  const known = views.find(({ id }) => id === 'changes')!.columns.find(({ id }) => id === 'kind')!.values
  expect(known).toEqual(expect.arrayContaining(finding.options.map(({ shape }) => shape.kind.value)))
})
