import { z } from 'zod'
import { leaseOutcome } from '../bus/leases.ts'
import { scanCredential } from '../scan-credential.ts'

/** A credential that scans. Its secret is told to nobody. */
export const credentialItem = scanCredential.extend({
  /** Of its secret, which may be given anew. */
  version: z.int(),
  /** `suspended`: it is lent to nobody. `missing`: the vault does not have it. */
  state: z.enum(['usable', 'suspended', 'missing']),
  stateSince: z.string(),
  stateReason: z.string().nullable(),
  /** Targets that did not take it, one after the other. */
  rejections: z.int(),
  addedAt: z.string(),
  addedBy: z.string(),
  lastLentAt: z.string().nullable(),
})
export type CredentialItem = z.output<typeof credentialItem>

/** How the vault stands. `none`: this collector was started without. `away`: its process does not answer. */
export const vaultItem = z.object({
  state: z.enum(['open', 'sealed', 'empty', 'away', 'none']),
  /** What opens it. */
  root: z.enum(['file', 'credential', 'passphrase']).nullable(),
  /** The key to seal secrets to, as base64url, and for people. */
  receiving: z.string().nullable(),
  fingerprint: z.string().nullable(),
  /** The key to seal passphrases to. */
  door: z.string().nullable(),
  /** What is lent right now. */
  lent: z.int(),
})
export type VaultItem = z.output<typeof vaultItem>

/** `GET /api/v1/credentials`, and the answer to every change. */
export const credentialList = z.object({ credentials: z.array(credentialItem), vault: vaultItem })
export type CredentialList = z.output<typeof credentialList>

const sealedText = z
  .string()
  .max(400_000)
  .regex(/^[\w-]+$/)

/** `POST /api/v1/credentials`: the secret is sealed to the vault's key, for `credentialWords`. One that is known gets a new secret. */
export const addCredential = z.object({ credential: scanCredential, sealed: sealedText })

/** `POST /api/v1/credentials/:id/suspend` */
export const suspendCredential = z.object({ reason: z.string().trim().min(1).max(500).optional() })

/** `POST /api/v1/credentials/:id/check`: whether the vault can open it, and how it fared. */
export const checkedCredential = z.object({
  credential: credentialItem,
  problem: z.string().nullable(),
  leases: z.array(
    z.object({
      agent: z.string(),
      target: z.string(),
      lentAt: z.string(),
      endedAt: z.string().nullable(),
      outcome: z.union([leaseOutcome, z.literal('expired')]).nullable(),
    }),
  ),
})
export type CheckedCredential = z.output<typeof checkedCredential>

/** `GET /api/v1/agents/:id/leases`: every credential that the agent ever held, and its newest loans. */
export const agentLeases = z.object({
  held: z.array(
    z.object({
      credential: z.string(),
      /** Null: it was removed since. */
      name: z.string().nullable(),
      run: z.string(),
      lentAt: z.string(),
      endedAt: z.string().nullable(),
    }),
  ),
  leases: z.array(
    z.object({
      credential: z.string(),
      name: z.string().nullable(),
      target: z.string(),
      lentAt: z.string(),
      endedAt: z.string().nullable(),
      outcome: z.union([leaseOutcome, z.literal('expired')]).nullable(),
    }),
  ),
})

/** `POST /api/v1/vault/unseal`: sealed to the vault's door, so that the collector does not see it. */
export const unsealVault = z.object({ passphrase: sealedText })

/** `POST /api/v1/vault/rotate` */
export const rotateVault = z.object({
  layer: z.enum(['root', 'kek', 'receiving', 'pepper']),
  passphrase: sealedText.optional(),
})

/** `POST /api/v1/vault/backup`, and where it lies then. */
export const backUpVault = z.object({ name: z.string().regex(/^[\w][\w.-]{0,100}$/) })
export const backedUpVault = z.object({ file: z.string() })

/** `GET /api/v1/vault/lent`: what the vault's process wrote down by itself of whom it sealed what to. */
export const lentByVault = z.object({
  lent: z.array(
    z.object({
      agent: z.string(),
      key: z.string(),
      credential: z.string(),
      firstAt: z.string(),
      lastAt: z.string(),
      times: z.int(),
    }),
  ),
})
export type LentByVault = z.output<typeof lentByVault>
