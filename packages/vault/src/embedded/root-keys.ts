import { argon2, createHmac } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { makePrivateFile, readPrivateFile, writePrivateFile, type Secret } from '@rollcall/secret'
import { VaultError } from '../vault-error.ts'
import { KEY_BYTES, newKey } from './envelope.ts'

/** Where the key comes from that opens all others. Only a file of our own is written. */
export type RootKeySource =
  /** A file of mode 0600, made when there is none. */
  | { readonly kind: 'file'; readonly file: string }
  /** A file that the service manager hands over (systemd.exec(5), LoadCredential=). */
  | { readonly kind: 'credential'; readonly file: string }
  /** Nothing on this machine: somebody has to say it after each start. */
  | { readonly kind: 'passphrase' }

/** A key, and what it is known by: that tells nothing of it. */
export interface RootKey {
  readonly id: string
  readonly key: Buffer
}

/** One key in each line, as base64url; the last is the newest. Throws VaultError `bad-root-key`. */
export const readRootKeys = async (
  source: Exclude<RootKeySource, { kind: 'passphrase' }>,
): Promise<readonly RootKey[]> => {
  const bytes = await (source.kind === 'file' ? readPrivateFile(source.file, 64 * 1024) : handedOver(source.file))
  if (bytes === undefined) return []
  const text = Buffer.from(bytes).toString('latin1')
  bytes.fill(0)
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.map((line) => {
    const key = Buffer.from(line.trim(), 'base64url')
    if (key.length !== KEY_BYTES || !/^[\w-]{43}$/.test(line.trim())) throw new VaultError('bad-root-key', source.file)
    return rootKey(key)
  })
}

/** The bits of a group on it are those of an access control list of the service manager. */
const handedOver = (file: string): Promise<Uint8Array | undefined> =>
  readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new VaultError('bad-root-key', file, { cause: error })
  })

/** Makes the file of a new installation; another start may be first, and then its key counts. */
export const makeRootKey = async (source: Extract<RootKeySource, { kind: 'file' }>): Promise<readonly RootKey[]> => {
  const key = newKey()
  await makePrivateFile(source.file, linesOf([rootKey(key)]))
  key.fill(0)
  return readRootKeys(source)
}

export const writeRootKeys = (source: Extract<RootKeySource, { kind: 'file' }>, keys: readonly RootKey[]) =>
  writePrivateFile(source.file, linesOf(keys))

export const rootKey = (key: Buffer): RootKey => ({
  id: createHmac('sha256', key).update('rollcall vault root key').digest('hex').slice(0, 16),
  key,
})

/** How a passphrase becomes a key (RFC 9106): kept beside what it opens, so that it may be another way in a later version. */
export interface Stretching {
  readonly salt: string
  /** KiB. */
  readonly memory: number
  readonly passes: number
  readonly lanes: number
}

/** The second choice of RFC 9106 4: 64 MiB, three passes, four lanes. */
export const newStretching = (salt: Uint8Array, memory = 65_536): Stretching => ({
  salt: Buffer.from(salt).toString('base64url'),
  memory,
  passes: 3,
  lanes: 4,
})

export const stretched = async (passphrase: Secret, { salt, memory, passes, lanes }: Stretching): Promise<RootKey> => {
  const message = passphrase.revealBytes()
  try {
    const key = await promisify(argon2)('argon2id', {
      message,
      nonce: Buffer.from(salt, 'base64url'),
      parallelism: lanes,
      tagLength: KEY_BYTES,
      memory,
      passes,
    })
    return rootKey(Buffer.from(key))
  } finally {
    message.fill(0)
  }
}

const linesOf = (keys: readonly RootKey[]) =>
  Buffer.from(keys.map(({ key }) => `${key.toString('base64url')}\n`).join(''))
