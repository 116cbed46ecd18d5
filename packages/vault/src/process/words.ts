import { scanCredential } from '@rollcall/contract'
import { publicKeyText } from '@rollcall/contract/bus'
import { z } from 'zod'
import { VAULT_FAILURES } from '../vault-error.ts'

/*
 * What the vault's process is asked over its socket, and answers. No secret is in it in clear, in neither direction: it comes sealed to a key
 * of the process, and goes sealed to the key of an agent.
 */

const bytes = (most: number) =>
  z
    .string()
    .max(most)
    .regex(/^[\w-]*$/)
/** 64 KiB of each part, padded, as base64url. */
const sealedSecret = bytes(400_000)
const sealedPassphrase = bytes(4096)
const keyLayer = z.enum(['root', 'kek', 'receiving', 'pepper'])
const word = z.string().min(1).max(512)

/** What can be asked: this and nothing else. There is no way to read a secret. */
export const ask = z.discriminatedUnion('ask', [
  z.object({ ask: z.literal('state') }),
  /** Opens it; `passphrase` is sealed to `door`, for `DOOR`. */
  z.object({ ask: z.literal('unseal'), passphrase: sealedPassphrase }),
  z.object({ ask: z.literal('seal') }),
  /** Keeps a credential, sealed to `receiving` for `credentialWords`. One that is there gets a new version. */
  z.object({ ask: z.literal('add'), credential: scanCredential, sealed: sealedSecret }),
  z.object({ ask: z.literal('remove'), credential: z.uuid() }),
  z.object({ ask: z.literal('credentials') }),
  /** Whether a credential can be opened. */
  z.object({ ask: z.literal('check'), credential: z.uuid() }),
  /** Seals a credential to an agent's key for one look at one target. */
  z.object({
    ask: z.literal('lease'),
    lease: z.uuid(),
    credential: z.uuid(),
    agent: word,
    key: publicKeyText,
    segment: word,
    run: z.uuid(),
    attempt: z.uuid(),
    target: z.string().min(1).max(2048),
  }),
  z.object({ ask: z.literal('lent') }),
  /** Digests of values that were found, each sealed to `receiving` for `FOUND`. */
  z.object({ ask: z.literal('digest'), kind: word, sealed: z.array(sealedSecret).min(1).max(200) }),
  z.object({ ask: z.literal('rotate'), layer: keyLayer, passphrase: sealedPassphrase.optional() }),
  /** Into the folder `backups` of the vault. */
  z.object({ ask: z.literal('backup'), name: z.string().regex(/^[\w][\w.-]{0,100}$/) }),
])
export type Ask = z.output<typeof ask>

export const question = z.object({ id: z.int().nonnegative(), of: ask })

export const vaultStanding = z.object({
  state: z.enum(['open', 'sealed', 'empty']),
  /** To seal secrets to; absent while it is sealed. */
  receiving: publicKeyText.optional(),
  /** To seal passphrases to; another one after each start. */
  door: publicKeyText,
  /** What opens it. */
  root: z.enum(['file', 'credential', 'passphrase']),
})
export type VaultStanding = z.output<typeof vaultStanding>

const known = z.object({ credential: scanCredential, version: z.int().positive(), createdAt: z.string() })
export type KnownCredential = z.output<typeof known>

const lentTo = z.object({
  agent: z.string(),
  key: z.string(),
  credential: z.string(),
  firstAt: z.string(),
  lastAt: z.string(),
  times: z.int(),
})

/** What each question is answered with. */
export const ANSWERS = {
  state: vaultStanding,
  unseal: vaultStanding,
  seal: vaultStanding,
  add: z.object({ version: z.int().positive() }),
  remove: z.object({ removed: z.boolean() }),
  credentials: z.object({ credentials: z.array(known) }),
  check: z.object({ version: z.int().positive() }),
  lease: z.object({ version: z.int().positive(), kind: z.string(), user: z.string(), sealed: z.string() }),
  lent: z.object({ lent: z.array(lentTo) }),
  digest: z.object({ pepper: z.int().positive(), digests: z.array(z.string()) }),
  rotate: vaultStanding,
  backup: z.object({ file: z.string() }),
} as const
export type Answer<Name extends Ask['ask']> = z.output<(typeof ANSWERS)[Name]>

export const reply = z.object({
  id: z.int().nonnegative(),
  answer: z.unknown().optional(),
  refused: z.object({ code: z.enum(VAULT_FAILURES), sentence: z.string().max(1000) }).optional(),
})

/** For what passphrases are sealed to the process. */
export const DOOR = { info: 'rollcall vault door 1', about: '' } as const
/** For what found values are sealed to it. */
export const FOUND = 'rollcall found 1'

/** Bytes of one message at most. */
export const MOST_BYTES = 8 * 1024 * 1024
