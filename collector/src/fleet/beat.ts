import { heartbeat, type Heartbeat } from '@rollcall/contract/bus'
import type { AgentRow } from '@rollcall/store'

/** What an agent said of itself last, where it can still be read. */
export const beatOf = ({ heartbeat: kept }: Pick<AgentRow, 'heartbeat'>): Heartbeat | undefined => {
  if (kept === null) return undefined
  try {
    return heartbeat.read({ type: heartbeat.type, version: heartbeat.version, body: JSON.parse(kept) as unknown })
  } catch {
    // A version before this one wrote it; the next heartbeat takes its place.
    return undefined
  }
}
