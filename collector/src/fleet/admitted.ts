import type { SpoolKnown } from '@rollcall/store'

/** A range of numbers of a spool, both ends included. */
export type Range = readonly [from: number, to: number]

export type Admitted = Pick<SpoolKnown, 'upTo' | 'beyond'>

export const NOTHING_ADMITTED: Admitted = { upTo: 0, beyond: [] }

/** Whether a number is committed. */
export const isAdmitted = ({ upTo, beyond }: Admitted, seq: number): boolean =>
  seq <= upTo || beyond.some(([from, to]) => seq >= from && seq <= to)

/** What is committed when ranges are as well. */
export const withAdmitted = (admitted: Admitted, ranges: readonly Range[]): Admitted => {
  let upTo = admitted.upTo
  const beyond: [number, number][] = []
  for (const [from, to] of [...admitted.beyond, ...ranges].toSorted(([one], [other]) => one - other)) {
    if (to < from || to <= upTo) continue
    const last = beyond.at(-1)
    if (beyond.length === 0 && from <= upTo + 1) upTo = to
    else if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to)
    else beyond.push([from, to])
  }
  return { upTo, beyond }
}
