import type { CredentialWeakness } from '@rollcall/contract'
import type { Sighting, ValueClass } from '../detector.ts'

export interface Classified {
  readonly value: ValueClass
  readonly confidence: 'high' | 'medium' | 'low'
  readonly reference?: string
  readonly scheme?: string
  readonly weaknesses: readonly CredentialWeakness[]
}

/**
 * What a written value is, by its shape and by how its reader knows of it. A reference with a default in clear, such as
 * `${PASSWORD:-…}`, is a literal. Undefined: nothing to tell.
 */
export const classify = (written: string, { by, valueClass }: Sighting): Classified | undefined => {
  const weaknesses: CredentialWeakness[] = []
  const confidence = by === 'format' ? 'high' : by === 'name' ? 'medium' : 'low'
  if (valueClass !== undefined) return { value: valueClass, confidence, weaknesses }
  if (written === '') return undefined
  return { value: 'literal', confidence, weaknesses }
}
