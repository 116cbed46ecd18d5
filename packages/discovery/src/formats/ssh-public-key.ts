import type { Sha256 } from '../probe.ts'

/** Decodes standard base64 (RFC 4648 section 4). Undefined when it is not base64, or longer than `maxBytes` decoded. */
export const base64Bytes = (text: string, maxBytes = 65_536): Uint8Array | undefined => {
  if (text.length > Math.ceil(maxBytes / 3) * 4 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}

/** The fingerprint of a public key blob as `ssh-keygen -l` prints it: `SHA256:` and unpadded base64 of its hash (RFC 4648). */
export const fingerprintOfBlob = (blob: Uint8Array, sha256: Sha256): string =>
  `SHA256:${btoa(String.fromCharCode(...sha256(blob))).replace(/=+$/, '')}`

/** The same from a blob in base64, as key files hold it. Undefined when it is not base64. */
export const fingerprintOf = (base64: string, sha256: Sha256): string | undefined => {
  const blob = base64Bytes(base64)
  return blob === undefined ? undefined : fingerprintOfBlob(blob, sha256)
}
