import { describeReason, type ReasonCode } from '@rollcall/contract'
import type { KeyCollection } from '@rollcall/contract/api'
import {
  describeOrderRefusal,
  hostKeysProgress,
  type HostKeysProgress,
  type OrderRefusal,
} from '@rollcall/contract/bus'
import type { KeyCollectionRow } from '@rollcall/store'

/** So long nothing is heard of one that goes on before it counts as lost. */
const LOST_MS = 3_600_000

/** How asking for keys goes, as its agent told last. */
export const collectionOf = (row: KeyCollectionRow, now: Date): KeyCollection => {
  const { failed = [], at = row.startedAt, ...told } = kept(row) ?? NOTHING
  const isLost = row.endedAt === null && now.getTime() - Date.parse(at) > LOST_MS
  return {
    id: row.id,
    segment: row.segment,
    startedAt: row.startedAt,
    startedBy: row.startedBy,
    targets: row.targets,
    endedAt: row.endedAt,
    state: row.endedAt !== null ? 'done' : isLost ? 'lost' : row.progress === null ? 'waiting' : 'running',
    asked: told.asked,
    fresh: told.fresh,
    known: told.known,
    changed: told.changed,
    silent: told.silent,
    failed: failed.map(({ code, count, examples }) => ({
      code,
      sentence: examples.length === 0 && told.sentence !== undefined ? told.sentence : describeReason(code),
      count,
      examples: [...examples],
    })),
  }
}

/** One that ended without its agent saying so. */
export const endedBy = (
  row: KeyCollectionRow,
  code: Extract<ReasonCode, 'interrupted' | 'order-refused'>,
  at: string,
  refusal?: OrderRefusal,
): KeyCollectionRow => {
  const before = kept(row) ?? NOTHING
  const failed = [...(before.failed ?? []), { code, count: 1, examples: [] }]
  const sentence = refusal === undefined ? {} : { sentence: describeOrderRefusal(refusal) }
  return {
    ...row,
    endedAt: at,
    progress: JSON.stringify({ ...before, ...sentence, failed, run: row.id, at, over: true }),
  }
}

type Kept = Omit<HostKeysProgress, 'run' | 'over' | 'at' | 'failed'> &
  Partial<Pick<HostKeysProgress, 'at' | 'failed'>> & { readonly sentence?: string }

const NOTHING: Kept = { asked: 0, fresh: 0, known: 0, changed: 0, silent: 0 }

/** What was told was checked when it came; a version before this one may have written it otherwise. */
const kept = ({ progress }: KeyCollectionRow): Kept | undefined => {
  if (progress === null) return undefined
  try {
    const body = JSON.parse(progress) as { sentence?: unknown }
    const told = hostKeysProgress.read({ type: hostKeysProgress.type, version: hostKeysProgress.version, body })
    return typeof body.sentence === 'string' ? { ...told, sentence: body.sentence } : told
  } catch {
    // Of an older version; the next that is told takes its place.
    return undefined
  }
}
