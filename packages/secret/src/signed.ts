import { sign, verify, type KeyObject } from 'node:crypto'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { keyId, type KeyPair } from './keys.ts'

/*
 * Signed bytes as they travel:
 *
 *   3 bytes   "RC" and 1, the version of this frame
 *   1 byte    flags: 1 compressed by zstd (RFC 8878)
 *   8 bytes   the id of the key that signed
 *   64 bytes  Ed25519 over the context, the 12 bytes above and the payload as it travels
 *   the rest  the payload
 *
 * What is signed is put together so that no other context, head and payload give the same bytes: each is told with its length before it.
 */

/** Most bytes of a payload, before and after it is unpacked. */
export const MAX_SIGNED_BYTES = 8 * 1024 * 1024

/** Bytes that a frame adds. */
export const SIGNED_OVERHEAD = 76

const sentences = {
  'not-signed': 'it is not signed',
  'unknown-version': 'it is signed in a way that is not known here',
  'unknown-key': 'it is signed by a key that is not known here',
  'bad-signature': 'its signature does not fit',
  'too-large': 'it is larger than anything may be',
  'not-unpacked': 'it cannot be unpacked',
} as const
export type SignatureFailure = keyof typeof sentences

/** Why signed bytes are not believed. Nothing of their content is repeated. */
export class SignatureError extends Error {
  override readonly name = 'SignatureError'
  readonly code: SignatureFailure

  constructor(code: SignatureFailure, options?: ErrorOptions) {
    super(sentences[code], options)
    this.code = code
  }
}

/**
 * Signs bytes for one context, such as the subject that they travel on: nowhere else they are believed. Long ones are compressed where that
 * makes them shorter. Throws SignatureError `too-large`.
 */
export const signBytes = (key: KeyPair, context: string, bytes: Uint8Array): Uint8Array => {
  if (bytes.length > MAX_SIGNED_BYTES) throw new SignatureError('too-large')
  const packed = bytes.length < WORTH_PACKING ? undefined : zstdCompressSync(bytes)
  const compressed = packed !== undefined && packed.length < bytes.length
  const payload = compressed ? packed : bytes
  const frame = Buffer.allocUnsafe(SIGNED_OVERHEAD + payload.length)
  frame.set(MAGIC)
  frame[FLAGS_AT] = compressed ? COMPRESSED : 0
  frame.write(keyId(key.public), KEY_AT, 'hex')
  frame.set(payload, SIGNED_OVERHEAD)
  frame.set(sign(null, toBeSigned(context, frame.subarray(0, HEAD_BYTES), payload), key.private), HEAD_BYTES)
  return frame
}

/** The id of the key that is said to have signed. Throws SignatureError `not-signed` and `unknown-version`. */
export const signerOf = (frame: Uint8Array): string => {
  if (frame.length < SIGNED_OVERHEAD || frame[0] !== MAGIC[0] || frame[1] !== MAGIC[1])
    throw new SignatureError('not-signed')
  if (frame[2] !== MAGIC[2] || (frame[FLAGS_AT]! & ~COMPRESSED) !== 0) throw new SignatureError('unknown-version')
  return Buffer.from(frame.buffer, frame.byteOffset + KEY_AT, HEAD_BYTES - KEY_AT).toString('hex')
}

/**
 * The bytes that somebody signed for a context. Nothing of them is looked at before the signature fits, and they are unpacked to no more
 * than `mostBytes`. Throws SignatureError.
 */
export const verifiedBytes = (
  keyOf: (keyId: string) => KeyObject | undefined,
  context: string,
  frame: Uint8Array,
  mostBytes: number = MAX_SIGNED_BYTES,
): Uint8Array => {
  const key = keyOf(signerOf(frame))
  if (key === undefined) throw new SignatureError('unknown-key')
  const payload = frame.subarray(SIGNED_OVERHEAD)
  if (payload.length > mostBytes) throw new SignatureError('too-large')
  const head = frame.subarray(0, HEAD_BYTES)
  if (!verify(null, toBeSigned(context, head, payload), key, frame.subarray(HEAD_BYTES, SIGNED_OVERHEAD)))
    throw new SignatureError('bad-signature')
  return (frame[FLAGS_AT]! & COMPRESSED) === 0 ? payload : unpacked(payload, mostBytes)
}

/** What a frame carries, whoever signed it: for people to look at, and never to act on. Throws SignatureError. */
export const unverifiedBytes = (frame: Uint8Array, mostBytes: number = MAX_SIGNED_BYTES): Uint8Array => {
  signerOf(frame)
  const payload = frame.subarray(SIGNED_OVERHEAD)
  return (frame[FLAGS_AT]! & COMPRESSED) === 0 ? payload : unpacked(payload, mostBytes)
}

const MAGIC = [0x52, 0x43, 1] as const
const FLAGS_AT = 3
const KEY_AT = 4
const HEAD_BYTES = 12
const COMPRESSED = 1
const WORTH_PACKING = 256
const PURPOSE = Buffer.from('rollcall signed 1\0')

const toBeSigned = (context: string, head: Uint8Array, payload: Uint8Array): Buffer => {
  const name = Buffer.from(context, 'utf8')
  const lengths = Buffer.allocUnsafe(8)
  lengths.writeUInt32BE(name.length, 0)
  lengths.writeUInt32BE(payload.length, 4)
  return Buffer.concat([PURPOSE, lengths, name, head, payload])
}

/** The window bounds what a frame that lies about its size can make the unpacking hold. */
const WINDOW_LOG = 23

const unpacked = (payload: Uint8Array, mostBytes: number): Uint8Array => {
  try {
    return zstdDecompressSync(payload, {
      maxOutputLength: mostBytes,
      params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG },
    })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : 'not-unpacked'
    throw new SignatureError(code, { cause: error })
  }
}
