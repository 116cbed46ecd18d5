import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto'
import {
  KeyFileError,
  keyPairOf,
  makePrivateFile,
  newKeyPair,
  readPrivateFile,
  Secret,
  type KeyPair,
} from '@rollcall/secret'
import { z } from 'zod'
import { UsageError } from '../usage-error.ts'

const text = z
  .string()
  .max(1000)
  .regex(/^[\w-]+$/)

/** A root key in a file: its public half in clear, its seed by AES-256-GCM under what scrypt (RFC 7914) makes of a passphrase. */
const rootFile = z.strictObject({
  rollcall: z.literal('root key'),
  version: z.literal(1),
  public: text,
  /** 2 to this power; with 8 and 1, 17 is 128 MiB and about half a second. */
  logN: z.int().min(14).max(20),
  salt: text,
  nonce: text,
  sealed: text,
})

const LOG_N = 17
const LEAST_PASSPHRASE = 8

/** Makes a root key. Throws UsageError when the file is there already: a root key is never replaced by accident. */
export const makeRootKey = async (file: string, passphrase: Secret, logN = LOG_N): Promise<Uint8Array> => {
  if (passphrase.reveal().length < LEAST_PASSPHRASE)
    throw new UsageError(`A passphrase for a root key has at least ${LEAST_PASSPHRASE} characters.`)
  // One that looks like an option of the command line is none that people can give.
  let pair = newKeyPair('sign')
  while (encoded(pair.public).startsWith('-')) pair = newKeyPair('sign')
  const [salt, nonce] = [randomBytes(16), randomBytes(12)]
  const cipher = createCipheriv('aes-256-gcm', derived(passphrase, salt, logN), nonce).setAAD(pair.public)
  const sealed = Buffer.concat([cipher.update(pair.seed.revealBytes()), cipher.final(), cipher.getAuthTag()])
  const content: z.input<typeof rootFile> = {
    rollcall: 'root key',
    version: 1,
    public: encoded(pair.public),
    logN,
    salt: encoded(salt),
    nonce: encoded(nonce),
    sealed: encoded(sealed),
  }
  const made = await makePrivateFile(file, Buffer.from(`${JSON.stringify(content, undefined, 2)}\n`)).catch(told)
  if (!made) throw new UsageError(`There is a file ${file} already; a root key is not written over it.`)
  return pair.public
}

/** Opens a root key. Throws UsageError for a wrong passphrase or another file. */
export const openRootKey = async (file: string, passphrase: Secret): Promise<KeyPair> => {
  const { public: known, logN, salt, nonce, sealed } = await readRootFile(file)
  const bytes = decoded(sealed)
  try {
    const decipher = createDecipheriv('aes-256-gcm', derived(passphrase, decoded(salt), logN), decoded(nonce), {
      authTagLength: 16,
    })
    decipher.setAAD(decoded(known)).setAuthTag(bytes.subarray(-16))
    const seed = Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()])
    return keyPairOf('sign', Secret.ofBytes(seed))
  } catch (error) {
    throw new UsageError(`The passphrase does not open ${file}, or the file was changed.`, { cause: error })
  }
}

/** The public half, for which no passphrase is needed. */
export const publicRootKey = async (file: string): Promise<Uint8Array> => decoded((await readRootFile(file)).public)

const readRootFile = async (file: string): Promise<z.output<typeof rootFile>> => {
  const bytes = await readPrivateFile(file).catch(told)
  if (bytes === undefined) throw new UsageError(`There is no file ${file}; "rollcall policy init" makes a root key.`)
  let raw: unknown
  try {
    raw = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    raw = undefined
  }
  const read = rootFile.safeParse(raw)
  if (!read.success) throw new UsageError(`${file} is no root key that "rollcall policy init" made.`)
  return read.data
}

const told = (error: unknown): never => {
  if (error instanceof KeyFileError) throw new UsageError(error.message, { cause: error })
  throw error
}

const derived = (passphrase: Secret, salt: Uint8Array, logN: number): Buffer =>
  scryptSync(passphrase.revealBytes(), salt, 32, { N: 2 ** logN, r: 8, p: 1, maxmem: 2 ** (logN + 11) })

const encoded = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')
const decoded = (encodedText: string) => Uint8Array.from(Buffer.from(encodedText, 'base64url'))
