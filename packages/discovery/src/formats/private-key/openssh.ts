import type { PrivateKey } from './private-keys.ts'
import { publicKeyOfBlob, type SshPublicKey } from '../ssh-keys/public-key.ts'
import { binary, sshWire, type SshWire } from '../ssh-keys/wire.ts'

/**
 * Reads OpenSSH's format (its PROTOCOL.key): the public half is in clear even where a passphrase protects the rest. The comment is
 * inside of the rest.
 */
export const readOpensshKey = (bytes: Uint8Array): PrivateKey | undefined => {
  if (binary(bytes.subarray(0, MAGIC.length)) !== MAGIC) return undefined
  const wire = sshWire(bytes.subarray(MAGIC.length))
  const [cipher, derivation, options, count] = [wire.text(), wire.text(), wire.bytes(), wire.uint32()]
  const [blob, inside] = [wire.bytes(), wire.bytes()]
  if (cipher === undefined || derivation === undefined || options === undefined || count !== 1) return undefined
  const publicKey = blob === undefined ? undefined : publicKeyOfBlob(blob)
  if (publicKey === undefined || inside === undefined) return undefined
  const encrypted = cipher !== 'none'
  const comment = encrypted ? undefined : commentOf(inside, publicKey)
  return {
    format: 'openssh',
    passphrase: encrypted ? 'yes' : 'no',
    algorithm: publicKey.algorithm,
    sshUsable: true,
    publicKey,
    ...(comment === undefined || comment === '' ? {} : { comment }),
  }
}

const MAGIC = 'openssh-key-v1\0'

/** Only where all around it is as it must be: nothing else of the private part may be taken for a comment. */
const commentOf = (inside: Uint8Array, { algorithm }: SshPublicKey): string | undefined => {
  const wire = sshWire(inside)
  const [check, again, type] = [wire.uint32(), wire.uint32(), wire.text()]
  const fields = Object.hasOwn(PRIVATE_FIELDS, algorithm) ? PRIVATE_FIELDS[algorithm] : undefined
  if (check === undefined || check !== again || type !== algorithm || fields === undefined) return undefined
  if (!fields.split('').every((field) => (field === 'b' ? wire.skip(1) : wire.bytes() !== undefined))) return undefined
  const comment = wire.bytes()
  return comment === undefined || !isPadding(wire) ? undefined : new TextDecoder().decode(comment)
}

/** `s`: with its length in front. `b`: one byte. */
const PRIVATE_FIELDS: Readonly<Record<string, string>> = {
  'ssh-rsa': 'ssssss',
  'ssh-dss': 'sssss',
  'ecdsa-sha2-nistp256': 'sss',
  'ecdsa-sha2-nistp384': 'sss',
  'ecdsa-sha2-nistp521': 'sss',
  'ssh-ed25519': 'ss',
  'sk-ecdsa-sha2-nistp256@openssh.com': 'sssbss',
  'sk-ssh-ed25519@openssh.com': 'ssbss',
}

/** 1, 2, 3 … to the end of the last block. */
const isPadding = (wire: SshWire) => {
  const rest = wire.rest()
  return rest.length < 256 && rest.every((byte, index) => byte === index + 1)
}
