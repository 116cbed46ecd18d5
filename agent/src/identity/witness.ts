import { join } from 'node:path'
import { auditCheckpoint, type AuditCheckpointTold } from '@rollcall/contract/bus'
import { readPrivateFile, writePrivateFile } from '@rollcall/secret'
import type { Logger } from 'pino'
import { z } from 'zod'

/** Lies in an agent's data folder: where the collector's audit log ended, as it was told last. `rollcall audit verify --anchor` reads it. */
const WITNESS_FILE = 'audit-witness'

/** Remembers where the collector's audit log ended. A log that gets shorter, or another one at the same place, was changed. */
export interface AuditWitness {
  readonly newest: { readonly seq: number; readonly hash: string } | undefined
  told(checkpoint: AuditCheckpointTold): Promise<void>
}

const kept = z.object({ checkpoint: auditCheckpoint })

export const openWitness = async (folder: string, log: Logger): Promise<AuditWitness> => {
  const file = join(folder, WITNESS_FILE)
  let newest = await read(file)
  let alarmed = ''
  return {
    get newest() {
      return newest === undefined ? undefined : { seq: newest.seq, hash: newest.hash }
    },
    async told(checkpoint) {
      if (newest !== undefined && checkpoint.seq <= newest.seq) {
        if (checkpoint.seq === newest.seq && checkpoint.hash === newest.hash) return
        if (alarmed === checkpoint.hash) return
        alarmed = checkpoint.hash
        log.error(
          { told: checkpoint.seq, before: newest.seq },
          "the collector's audit log is shorter than it was, or another one: it was changed, or its database was set back. The end that was told before is kept",
        )
        return
      }
      await writePrivateFile(file, Buffer.from(JSON.stringify({ checkpoint })))
      newest = checkpoint
    },
  }
}

/** One that cannot be read is none: the collector is asked to be believed from here on. */
const read = async (file: string): Promise<AuditCheckpointTold | undefined> => {
  const bytes = await readPrivateFile(file)
  if (bytes === undefined) return undefined
  try {
    return kept.parse(JSON.parse(Buffer.from(bytes).toString('utf8'))).checkpoint
  } catch {
    // What is damaged is nothing to hold the collector to; the next it says is kept.
    return undefined
  }
}
