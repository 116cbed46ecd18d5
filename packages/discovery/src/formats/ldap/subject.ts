import type { FindingOf } from '@rollcall/contract'
import type { DirectoryEntry } from '../../directory.ts'
import { clippedDn, rdnValue } from './dn.ts'

type Weakness = FindingOf<'directory-weakness'>
export type ObjectType = Weakness['objectType']

/** The entry that a finding is about. */
export interface Subject {
  readonly object: string
  readonly name: string
  readonly type: ObjectType
  readonly dn: string
}

/** Names of principals in findings. */
export const LONGEST_NAME = 256

/** What names an entry for good: the value of one attribute in lower case, else its DN. */
export const objectOf = (entry: Pick<DirectoryEntry, 'dn' | 'text'>, attribute: string): string => {
  const id = entry.text(attribute)
  return id !== undefined && id.length > 0 && id.length <= 128 ? id.toLowerCase() : clipped(entry.dn, 512)
}

export const clipped = (text: string, most: number): string => (text.length <= most ? text : text.slice(0, most))

/** What an entry is called: the first of some attributes that it has, else the value of its RDN. */
export const nameOf = (entry: Pick<DirectoryEntry, 'dn' | 'text'>, ...attributes: readonly string[]): string => {
  for (const attribute of attributes) {
    const name = entry.text(attribute)
    if (name !== undefined && name !== '') return clipped(name, LONGEST_NAME)
  }
  return clipped(rdnValue(entry.dn), LONGEST_NAME)
}

/** A weakness of an entry. Evidence never holds a secret. */
export const weaknessOf = (
  { object, name, type, dn }: Subject,
  weakness: Weakness['weakness'],
  severity: Weakness['severity'],
  ...evidence: readonly string[]
): Weakness => ({
  kind: 'directory-weakness',
  object,
  objectName: name,
  objectType: type,
  weakness,
  severity,
  evidence: evidence.slice(0, 32).map((text) => clipped(text, 512)),
  place: { path: clippedDn(dn) },
})
