import type { Reason } from '@rollcall/contract'
import { MAX_REASONS } from '@rollcall/contract/plain'

/** The same reason at the same place is told once, with its count; a flood is cut, and its last entry says how many there were. */
export const boundedReasons = (reasons: readonly Reason[]): Reason[] => {
  const byText = new Map<string, Reason>()
  for (const reason of reasons) {
    const key = JSON.stringify([reason.code, reason.path, reason.line, reason.detail])
    const seen = byText.get(key)
    byText.set(key, seen === undefined ? reason : { ...seen, count: (seen.count ?? 1) + (reason.count ?? 1) })
  }
  const all = [...byText.values()]
  if (all.length <= MAX_REASONS) return all
  return [
    ...all.slice(0, MAX_REASONS - 1),
    { code: 'too-many', detail: 'further reasons', count: all.length - MAX_REASONS + 1 },
  ]
}
