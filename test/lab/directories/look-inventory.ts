import type { Finding } from '@rollcall/contract'
import { findingKeyer, reconcileChanges, reconcileSome, type KnownFinding } from '@rollcall/inventory'
import type { Look } from './look-at.ts'

/** What is known of a directory after some looks, as the collector has it, all of them taken for complete. */
export class LookInventory {
  readonly #scopes = new Map<string, KnownFinding[]>()

  take({ findings, outcomes, changed }: Look): void {
    for (const probe of Object.keys(outcomes)) {
      const keyOf = findingKeyer()
      const seen = new Map(
        findings
          .filter((finding) => finding.probe === probe)
          .map(({ probe: _, ...finding }) => [keyOf(finding), finding]),
      )
      const known = this.#scopes.get(probe) ?? []
      const look: Parameters<typeof reconcileSome>[2] = {
        outcome: { status: 'complete', reasons: [] },
        privilege: 'user',
      }
      const scope: Parameters<typeof reconcileChanges>[0] = { strongest: 'user' }
      const { changes } =
        changed[probe] === undefined
          ? reconcileSome(scope, known, look, seen)
          : reconcileChanges(scope, known, look, seen, new Set(changed[probe]))
      const after = new Map(known.map((one) => [one.key, one]))
      for (const { type, key, finding } of changes)
        if (type === 'vanished') after.delete(key)
        else after.set(key, { key, finding, firstSeen: '', changedAt: '', goneSince: null })
      this.#scopes.set(probe, [...after.values()])
    }
  }

  /** Every finding of every scope as a line, in order. */
  lines(): string[] {
    return [...this.#scopes]
      .flatMap(([probe, known]) => known.map(({ finding }) => `${probe} ${JSON.stringify(sorted(finding))}`))
      .toSorted()
  }
}

const sorted = (finding: Finding): unknown =>
  JSON.parse(
    JSON.stringify(finding, (_, part: unknown) =>
      typeof part === 'object' && part !== null && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).toSorted(([one], [other]) => (one < other ? -1 : 1)))
        : part,
    ),
  )
