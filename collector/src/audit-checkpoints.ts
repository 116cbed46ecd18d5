import { join } from 'node:path'
import {
  keyId,
  keyPairOf,
  makePrivateFile,
  newKeyPair,
  publicKeyOf,
  readPrivateFile,
  Secret,
  signBytes,
  SignatureError,
  verifiedBytes,
  type KeyPair,
} from '@rollcall/secret'
import { auditHash, FIRST_LINK, type AuditCheckpoint, type AuditLink, type Store } from '@rollcall/store'
import type { Logger } from 'pino'
import { z } from 'zod'
import type { Witness } from './fleet/fleet.ts'

/*
 * The audit log is a chain, and every so often the collector signs where it ends. Whoever has such a checkpoint, as agents do, can tell a
 * log that is shorter or another one. It shows that something was changed behind the last checkpoint that is kept elsewhere, not that what was
 * written was true.
 */

const CONTEXT = 'rollcall audit checkpoint 1'
const MOST_ROWS = 1000
const MOST_MS = 5 * 60_000
const LOOKED_EVERY_MS = 30_000

const signed = z.object({ seq: z.int().positive(), hash: z.string().regex(/^[0-9a-f]{64}$/), at: z.iso.datetime() })

/** The key that checkpoints are signed with: made at the first start, in a folder of its own. Throws KeyFileError. */
export const openAuditKey = async (folder: string): Promise<KeyPair> => {
  const file = join(folder, 'audit.key')
  const known = await readPrivateFile(file)
  if (known !== undefined) return keyPairOf('sign', Secret.ofBytes(known))
  await makePrivateFile(file, newKeyPair('sign').seed.revealBytes())
  return keyPairOf('sign', Secret.ofBytes((await readPrivateFile(file))!))
}

export const signCheckpoint = (key: KeyPair, about: Pick<AuditCheckpoint, 'seq' | 'hash' | 'at'>): AuditCheckpoint => {
  const { seq, hash, at } = about
  const signature = signBytes(key, CONTEXT, Buffer.from(JSON.stringify({ seq, hash, at })))
  return { seq, hash, at, key: text(key.public), signature: text(signature) }
}

/** Whether a checkpoint is by the key that it names, and says what it says. */
export const isCheckpoint = ({ seq, hash, at, key, signature }: AuditCheckpoint): boolean => {
  try {
    const bytes = Buffer.from(key, 'base64url')
    const [open, id] = [publicKeyOf('sign', bytes), keyId(bytes)]
    const said = verifiedBytes(
      (signer) => (signer === id ? open : undefined),
      CONTEXT,
      Buffer.from(signature, 'base64url'),
    )
    const read = signed.safeParse(JSON.parse(Buffer.from(said).toString('utf8')))
    return read.success && read.data.seq === seq && read.data.hash === hash && read.data.at === at
  } catch (error) {
    if (error instanceof SignatureError || error instanceof SyntaxError || error instanceof Error) return false
    throw error
  }
}

export interface AuditCheckpoints extends AsyncDisposable {
  /** The newest there is. */
  readonly newest: AuditCheckpoint | undefined
  /** Signs the end of the log now, if it has one that is not signed. */
  sign(): Promise<void>
  /** Whether what somebody has seen is part of this log. False: this log is shorter, or another one. */
  agrees(seen: { readonly seq: number; readonly hash: string }): Promise<boolean>
}

export interface AuditCheckpointTools {
  readonly store: Store
  readonly key: KeyPair
  readonly now: () => Date
  readonly log: Logger
}

/** Signs every thousand entries, or every five minutes in which there were some, and when it ends. */
export const auditCheckpoints = async ({ store, key, now, log }: AuditCheckpointTools): Promise<AuditCheckpoints> => {
  let newest = await store.audit.newestCheckpoint()

  const sign = async () => {
    const tip = await store.audit.tip()
    if (tip === undefined || tip.seq <= (newest?.seq ?? 0)) return
    const checkpoint = signCheckpoint(key, { seq: tip.seq, hash: tip.hash, at: now().toISOString() })
    await store.audit.addCheckpoint(checkpoint)
    newest = checkpoint
  }
  const look = async () => {
    const tip = await store.audit.tip()
    const rows = (tip?.seq ?? 0) - (newest?.seq ?? 0)
    const age = newest === undefined ? Infinity : now().getTime() - Date.parse(newest.at)
    if (rows >= MOST_ROWS || (rows > 0 && age >= MOST_MS)) await sign()
  }
  await look()
  let working = Promise.resolve()
  const timer = setInterval(() => {
    working = working
      .then(look)
      .catch((error: unknown) => log.error({ err: error }, 'the end of the audit log could not be signed'))
  }, LOOKED_EVERY_MS)
  timer.unref()
  return {
    get newest() {
      return newest
    },
    sign,
    async agrees({ seq, hash }) {
      return (await store.audit.link(seq))?.hash === hash
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await working
      await sign()
    },
  }
}

/** Tells agents the end of the log, and people when an agent was told another one: then somebody changed it, or set the database back. */
export const witness = (
  checkpoints: Pick<AuditCheckpoints, 'newest' | 'agrees'>,
  { store, now, log }: Omit<AuditCheckpointTools, 'key'>,
): Witness => {
  const alarmed = new Set<string>()
  const look = async (agent: string, end: { readonly seq: number; readonly hash: string }) => {
    if (alarmed.has(`${agent} ${end.hash}`) || (await checkpoints.agrees(end))) return
    alarmed.add(`${agent} ${end.hash}`)
    log.error(
      { agent, entry: end.seq },
      'the audit log is not the one that an agent was told of: it was changed, or the database was set back',
    )
    const detail = `entry ${end.seq} was told to it as ${end.hash}`
    await store.audit.append({
      at: now().toISOString(),
      actor: `agent:${agent}`,
      action: 'audit-disputed',
      object: 'audit',
      detail,
    })
  }
  return {
    newest: () => checkpoints.newest,
    seen(agent, end) {
      look(agent, end).catch((error: unknown) =>
        log.error({ err: error }, 'what an agent was told of the audit log could not be compared'),
      )
    },
  }
}

const link = z.object({
  seq: z.int().positive(),
  at: z.string(),
  actor: z.string(),
  action: z.string(),
  object: z.string(),
  detail: z.string().nullable(),
  prev: z.string(),
  hash: z.string(),
})
const checkpointShape = z.object({
  seq: z.int(),
  hash: z.string(),
  at: z.string(),
  key: z.string(),
  signature: z.string(),
})

/** What was exported, line by line: the log's entries and, where they belong, checkpoints. */
export const auditLine = z.union([z.object({ entry: link }), z.object({ checkpoint: checkpointShape })])

/** The log as lines of JSON, whole. */
export async function* auditLines(store: Store): AsyncGenerator<string> {
  const checkpoints = await store.audit.checkpoints(0, 1_000_000)
  let next = 0
  for (let after = 0; ;) {
    const links = await store.audit.links(after, 1000)
    for (const entry of links) {
      yield `${JSON.stringify({ entry })}\n`
      for (; checkpoints[next]?.seq === entry.seq; next++)
        yield `${JSON.stringify({ checkpoint: checkpoints[next] })}\n`
    }
    if (links.length < 1000) return
    after = links.at(-1)!.seq
  }
}

export interface AuditVerdict {
  readonly entries: number
  readonly checkpoints: number
  /** The last entry that a checkpoint vouches for. */
  readonly vouched: number
  /** Fingerprint-less public keys that signed, as base64url. */
  readonly keys: readonly string[]
  /** The first thing that is wrong, as a sentence with the number of its entry. */
  readonly problem: string | undefined
}

export interface AuditAnchor {
  /** Only this key may have signed. */
  readonly key?: string
  /** What was seen elsewhere, as by an agent: the log has to hold it. */
  readonly seen?: { readonly seq: number; readonly hash: string }
}

/** Judges an exported log, without anything but its lines and what is known from elsewhere. */
export const verifyAudit = async (
  lines: AsyncIterable<string> | Iterable<string>,
  { key, seen }: AuditAnchor = {},
): Promise<AuditVerdict> => {
  const keys = new Set<string>()
  let [entries, checkpoints, vouched, prev] = [0, 0, 0, FIRST_LINK]
  let problem: string | undefined
  let found = seen === undefined
  const wrong = (sentence: string) => (problem ??= sentence)
  const entryCame = (entry: AuditLink) => {
    const expected = entries + 1
    if (entry.seq !== expected) return wrong(`entry ${expected} is missing: entry ${entry.seq} stands in its place`)
    if (entry.prev !== prev) return wrong(`entry ${entry.seq} does not follow on the one before it`)
    if (auditHash(entry.seq, entry, entry.prev) !== entry.hash) return wrong(`entry ${entry.seq} was changed`)
    if (seen?.seq === entry.seq) {
      found = true
      if (seen.hash !== entry.hash) return wrong(`entry ${entry.seq} is another one than was seen elsewhere`)
    }
    entries = entry.seq
    prev = entry.hash
    return undefined
  }
  const checkpointCame = (checkpoint: AuditCheckpoint) => {
    if (!isCheckpoint(checkpoint)) return wrong(`the signature at entry ${checkpoint.seq} does not fit`)
    if (key !== undefined && checkpoint.key !== key) return wrong(`entry ${checkpoint.seq} is signed by another key`)
    if (checkpoint.seq !== entries || checkpoint.hash !== prev)
      return wrong(`what was signed as entry ${checkpoint.seq} is another one`)
    checkpoints++
    vouched = entries
    keys.add(checkpoint.key)
    return undefined
  }
  for await (const line of lines) {
    if (line === '' || problem !== undefined) continue
    let read: z.ZodSafeParseResult<z.output<typeof auditLine>>
    try {
      read = auditLine.safeParse(JSON.parse(line))
    } catch {
      // Said with the place, which is all that is known of it.
      wrong(`what follows entry ${entries} is no line of an audit log`)
      continue
    }
    if (!read.success) wrong(`what follows entry ${entries} is no line of an audit log`)
    else if ('entry' in read.data) entryCame(read.data.entry)
    else checkpointCame(read.data.checkpoint)
  }
  if (!found && problem === undefined)
    problem = `the log ends with entry ${entries}, and entry ${seen!.seq} was seen elsewhere: what was behind is gone`
  return { entries, checkpoints, vouched, keys: [...keys], problem }
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')
