import type { CredentialFile } from './detector.ts'

/** A file to look into, its bytes read as text once. */
export const credentialFile = (path: string, bytes: Uint8Array, truncated = false): CredentialFile => ({
  path,
  bytes,
  text: textOf(bytes),
  truncated,
})

/** Whether it is no text: it holds NUL in its first 8,192 bytes, and is not UTF-16 by its mark. */
const isBinary = (bytes: Uint8Array): boolean => bytes.subarray(0, 8192).includes(0)

const textOf = (bytes: Uint8Array): string => {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return UTF16LE.decode(bytes)
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return UTF16BE.decode(bytes)
  return isBinary(bytes) ? '' : UTF8.decode(bytes)
}

const UTF8 = new TextDecoder()
const UTF16LE = new TextDecoder('utf-16le')
const UTF16BE = new TextDecoder('utf-16be')
