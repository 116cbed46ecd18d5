import type { PrivateKey } from './private-keys.ts'
import { base64Bytes, publicKeyOfBlob } from '../ssh-keys/public-key.ts'

/**
 * Reads a PuTTY key file of version 2 or 3 (PuTTY's manual, appendix C): headers in clear, then the public half in clear, then the
 * private half. Version 1 was never in a release.
 */
export const readPuttyKey = (first: string, body: readonly string[]): PrivateKey | undefined => {
  const [, version, algorithm] = /^PuTTY-User-Key-File-([23]): ([!-~]{1,64})$/.exec(first) ?? []
  const headers = new Map<string, string>()
  let publicAt = -1
  for (const [index, line] of body.slice(0, 16).entries()) {
    const match = /^(Encryption|Comment|Public-Lines): ?(.*)$/.exec(line)
    if (match === null) return undefined
    headers.set(match[1]!, match[2]!)
    if (match[1] === 'Public-Lines') {
      publicAt = index + 1
      break
    }
  }
  const count = Number(headers.get('Public-Lines'))
  const encryption = headers.get('Encryption')
  if (version === undefined || algorithm === undefined || encryption === undefined) return undefined
  if (publicAt < 0 || !Number.isInteger(count) || count < 1 || count > MOST_PUBLIC_LINES) return undefined
  const blob = base64Bytes(body.slice(publicAt, publicAt + count).join(''))
  const publicKey = blob === undefined ? undefined : publicKeyOfBlob(blob)
  const comment = headers.get('Comment')
  return {
    format: version === '2' ? 'putty-2' : 'putty-3',
    passphrase: encryption === 'none' ? 'no' : 'yes',
    algorithm: publicKey?.algorithm ?? algorithm,
    sshUsable: true,
    ...(publicKey === undefined ? {} : { publicKey }),
    ...(comment === undefined || comment === '' ? {} : { comment: utf8(comment) }),
  }
}

const MOST_PUBLIC_LINES = 200

/** The file was read one character for each byte; comments are text. */
const utf8 = (text: string) => new TextDecoder().decode(Uint8Array.from(text, (unit) => unit.charCodeAt(0)))
