import type { FindingOf } from '@rollcall/contract'
import { clippedDn } from './dn.ts'
import { clipped, type Subject } from './subject.ts'

export type Right = FindingOf<'directory-right'>

/** A right over an entry, told at the DN of what gives it. */
export const rightOf = (
  over: Pick<Subject, 'object' | 'name' | 'type'>,
  right: Right['right'],
  trustee: string,
  evidence: string,
  place: string,
  more: Partial<Right> = {},
): Right => ({
  kind: 'directory-right',
  object: over.object,
  objectName: clipped(over.name, 256),
  objectType: over.type,
  right,
  trustee: clipped(trustee, 2048),
  ...more,
  evidence: clipped(evidence, 2048),
  place: { path: clippedDn(place) },
})
