import { hash } from 'node:crypto'
import { join } from 'node:path'
import {
  keyPairOf,
  makePrivateFile,
  newKeyPair,
  readPrivateFile,
  Secret,
  writePrivateFile,
  type KeyPair,
} from '@rollcall/secret'

/** The keys of the collector, in a folder of its data folder: made at the first start. */
export interface FleetKeys {
  readonly folder: string
  /** Signs orders, acknowledgements and answers. */
  readonly order: KeyPair
  /** What somebody says who is no agent yet is sealed to it. */
  readonly enrolment: KeyPair
  /** The public half of who signs policies. */
  readonly rootKey: Uint8Array
  /** Its private half, where nobody keeps a root key elsewhere: then the policy limits nothing that this collector wants. */
  readonly ownRoot: KeyPair | undefined
}

/** Throws KeyFileError for files that others can read. */
export const openFleetKeys = async (folder: string): Promise<FleetKeys> => {
  const order = await kept(join(folder, 'order.key'), 'sign')
  const enrolment = await kept(join(folder, 'enrolment.key'), 'open')
  const elsewhere = await readPrivateFile(join(folder, ROOT))
  if (elsewhere !== undefined) return { folder, order, enrolment, rootKey: elsewhere, ownRoot: undefined }
  const ownRoot = await kept(join(folder, 'root.key'), 'sign')
  return { folder, order, enrolment, rootKey: ownRoot.public, ownRoot }
}

/** From the next start on, policies are those of a root key that is kept elsewhere. */
export const useRootKey = (folder: string, rootKey: Uint8Array): Promise<void> =>
  writePrivateFile(join(folder, ROOT), rootKey)

/** By which a join token names the keys of its collector. */
export const namedKeys = (enrolmentKey: Uint8Array, rootKey: Uint8Array): string =>
  hash('sha256', Buffer.concat([enrolmentKey, rootKey]), 'buffer')
    .subarray(0, 16)
    .toString('base64url')

const ROOT = 'root.pub'

const kept = async (file: string, use: KeyPair['use']): Promise<KeyPair> => {
  const known = await readPrivateFile(file)
  if (known !== undefined) return keyPairOf(use, Secret.ofBytes(known))
  const fresh = newKeyPair(use)
  await makePrivateFile(file, fresh.seed.revealBytes())
  // Another start may have been first.
  return keyPairOf(use, Secret.ofBytes((await readPrivateFile(file))!))
}
