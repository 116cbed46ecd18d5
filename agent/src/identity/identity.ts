import { join } from 'node:path'
import {
  agentId,
  agentState,
  fleetRefusal,
  POLICY_CONTEXT,
  policyStatement,
  publicKeyText,
  segmentName,
  type FleetRefusal,
  type PolicyStatement,
} from '@rollcall/contract/bus'
import {
  keyId,
  keyPairOf,
  makePrivateFile,
  newKeyPair,
  publicKeyOf,
  readPrivateFile,
  Secret,
  verifiedBytes,
  writePrivateFile,
  type KeyPair,
} from '@rollcall/secret'
import { z } from 'zod'

/** The keys of an agent. Made where it runs, and never sent but for their public halves. */
export interface AgentKeyRing {
  /** What the broker knows it by: whatever the broker's client makes of it. */
  readonly transport: { readonly seed: Secret; readonly public: string }
  readonly signing: KeyPair
  readonly sealing: KeyPair
}

/** How a transport key is made: that is the broker's own kind. */
export type NewTransportKey = () => { readonly seed: Uint8Array; readonly public: string }

/** Who an agent is, in a file of its own that is written whole or not at all. */
export interface Identity {
  readonly agent: string
  readonly name: string
  readonly segment: string
  readonly generation: number
  readonly keys: AgentKeyRing
  /** What it shows the broker, and until when. */
  readonly permit: string
  readonly permitUntil: string
  /** Where the broker is. */
  readonly servers: readonly string[]
  readonly pin?: string
  readonly rootKey: Uint8Array
  /** As the root key signed it. */
  readonly policy: Uint8Array
  readonly enrolledAt: string
  readonly renewedAt?: string
  /** The renewal that was asked for and not answered yet: asked again with the same words. */
  readonly renewing?: { readonly generation: number; readonly nonce: string }
  /** What the collector said last; `active` when it lets the agent work. */
  readonly state: z.output<typeof agentState>
  /** Why it is not answered, as it was told last; null: it is. */
  readonly refusal?: FleetRefusal | null
}

const seedText = z.string().regex(/^[\w-]{43}$/)
const ring = z.object({
  transport: z.object({ seed: z.string().max(200), public: z.string().max(128) }),
  signing: seedText,
  sealing: seedText,
})
const kept = z.object({
  format: z.literal(1),
  agent: agentId,
  name: z.string(),
  segment: segmentName,
  generation: z.int().positive(),
  keys: ring,
  permit: z.string(),
  permitUntil: z.string(),
  servers: z.array(z.string()),
  pin: z.string().optional(),
  rootKey: publicKeyText,
  policy: z.string(),
  enrolledAt: z.string(),
  renewedAt: z.string().optional(),
  renewing: z.object({ generation: z.int().positive(), nonce: z.string() }).optional(),
  state: agentState,
  refusal: fleetRefusal.nullish(),
})
const begun = z.object({ format: z.literal(1), token: z.string(), keys: ring })

/** Why there is no identity to use. */
export class IdentityError extends Error {
  override readonly name = 'IdentityError'
}

export interface IdentityFile {
  /** Undefined where this is no agent yet. Throws KeyFileError for a file that others can read, IdentityError for a damaged one. */
  read(): Promise<Identity | undefined>
  write(identity: Identity): Promise<void>
  /** The keys for a token: those that were made for it before, if that did not come to an end, or new ones, on the disk before they are used. */
  keysFor(token: string, newTransport: NewTransportKey): Promise<AgentKeyRing>
}

/** The identity kept in a data folder. */
export const identityIn = (folder: string): IdentityFile => {
  const file = join(folder, 'identity')
  const joining = join(folder, 'joining')
  return {
    async read() {
      const bytes = await readPrivateFile(file)
      if (bytes === undefined) return undefined
      const { keys, rootKey, policy, format: _, ...rest } = parsed(kept, bytes, file)
      return {
        ...rest,
        keys: ringOf(keys),
        rootKey: Buffer.from(rootKey, 'base64url'),
        policy: Buffer.from(policy, 'base64url'),
      } as Identity
    },
    write: ({ keys, rootKey, policy, ...rest }) =>
      writePrivateFile(
        file,
        jsonOf({ format: 1, ...rest, keys: textsOf(keys), rootKey: text(rootKey), policy: text(policy) }),
      ),
    async keysFor(token, newTransport) {
      const before = await readPrivateFile(joining)
      if (before !== undefined) {
        const known = begun.safeParse(json(before))
        if (known.success && known.data.token === token) return ringOf(known.data.keys)
      }
      const transport = newTransport()
      const keys: AgentKeyRing = {
        transport: { seed: Secret.ofBytes(transport.seed), public: transport.public },
        signing: newKeyPair('sign'),
        sealing: newKeyPair('open'),
      }
      const bytes = jsonOf({ format: 1, token, keys: textsOf(keys) })
      if (before === undefined && !(await makePrivateFile(joining, bytes))) return this.keysFor(token, newTransport)
      if (before !== undefined) await writePrivateFile(joining, bytes)
      return keys
    },
  }
}

/** The policy that an identity holds itself to. Undefined where it is none of its root key's. */
export const policyOf = (policy: Uint8Array, rootKey: Uint8Array): PolicyStatement | undefined => {
  try {
    const [key, id] = [publicKeyOf('sign', rootKey), keyId(rootKey)]
    const bytes = verifiedBytes((signer) => (signer === id ? key : undefined), POLICY_CONTEXT, policy, 1024 * 1024)
    const read = policyStatement.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8')))
    return read.success ? read.data : undefined
  } catch {
    return undefined
  }
}

const parsed = <Shape extends z.ZodType>(shape: Shape, bytes: Uint8Array, file: string): z.output<Shape> => {
  const read = shape.safeParse(json(bytes))
  if (!read.success)
    throw new IdentityError(
      `The identity of this agent in ${file} is damaged. Restore it from a backup, or let the agent in again with a token made with --replaces.`,
    )
  return read.data
}

const json = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return undefined
  }
}

const jsonOf = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value))

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')
const bytesOf = (encoded: string) => Secret.ofBytes(Buffer.from(encoded, 'base64url'))

const ringOf = ({ transport, signing, sealing }: z.output<typeof ring>): AgentKeyRing => ({
  transport: { seed: bytesOf(transport.seed), public: transport.public },
  signing: keyPairOf('sign', bytesOf(signing)),
  sealing: keyPairOf('open', bytesOf(sealing)),
})

const textsOf = ({ transport, signing, sealing }: AgentKeyRing): z.input<typeof ring> => ({
  transport: { seed: text(transport.seed.revealBytes()), public: transport.public },
  signing: text(signing.seed.revealBytes()),
  sealing: text(sealing.seed.revealBytes()),
})
