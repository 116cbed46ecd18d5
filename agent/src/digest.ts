import { hash } from 'node:crypto'
import type { Finding } from '@rollcall/contract'

/**
 * The digest of what a probe found, in hexadecimal: SHA-256 over the findings, one a line as JSON, the lines in order. The order in
 * which a host lists things does not matter. That of a finding's own fields does: a probe always writes them alike, and where another
 * version writes them otherwise the findings travel once more.
 */
export const digestOf = (findings: readonly Finding[]): string =>
  hash(
    'sha256',
    findings
      .map((finding) => JSON.stringify(finding))
      .sort()
      .join('\n'),
    'hex',
  )
