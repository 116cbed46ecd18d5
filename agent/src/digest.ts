import { createHash } from 'node:crypto'
import type { Finding } from '@rollcall/contract'

/**
 * The digest of what a probe found, in hexadecimal: SHA-256 over the findings in canonical order. The order in which a host
 * lists things does not matter, except where it is a fact of the finding itself.
 */
export const digestOf = (findings: readonly Finding[]): string => {
  const hash = createHash('sha256')
  for (const line of findings.map((finding) => JSON.stringify(sorted(finding))).sort()) hash.update(line).update('\n')
  return hash.digest('hex')
}

/** The same value with the fields of every object in order of name. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  )
}
