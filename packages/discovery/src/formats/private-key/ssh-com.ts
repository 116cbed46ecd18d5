import type { PrivateKey } from './private-keys.ts'
import { publicKeyOfFields } from '../ssh-keys/public-key.ts'
import { sshWire, wireNumber, type SshWire } from '../ssh-keys/wire.ts'

/**
 * Reads the format of ssh.com, later Tectia: type and cipher are in clear, everything else is encrypted where there is a passphrase.
 * It was never published; this is how PuTTY's and OpenSSH's importers read it.
 */
export const readSshComKey = ({
  headers,
  bytes,
}: {
  readonly headers: ReadonlyMap<string, string>
  readonly bytes: Uint8Array
}): PrivateKey | undefined => {
  const wire = sshWire(bytes)
  const [magic, , type, cipher, inside] = [wire.uint32(), wire.uint32(), wire.text(), wire.text(), wire.bytes()]
  const algorithm = type === undefined ? undefined : TYPES.find(([beginning]) => type.startsWith(beginning))?.[1]
  if (magic !== MAGIC || algorithm === undefined || cipher === undefined || inside === undefined) return undefined
  const encrypted = cipher !== 'none'
  const fields = encrypted ? undefined : publicFields(algorithm, inside)
  const publicKey = fields === undefined ? undefined : publicKeyOfFields(algorithm, fields)
  const comment = headers.get('comment')?.replace(/^"(.*)"$/, '$1')
  return {
    format: 'ssh.com',
    passphrase: encrypted ? 'yes' : 'no',
    algorithm,
    sshUsable: true,
    ...(publicKey === undefined ? {} : { publicKey }),
    ...(comment === undefined || comment === '' ? {} : { comment }),
  }
}

const MAGIC = 0x3f6ff9eb
const TYPES = [
  ['if-modn{sign{rsa', 'ssh-rsa'],
  ['dl-modp{sign{dsa', 'ssh-dss'],
] as const

const publicFields = (algorithm: string, inside: Uint8Array): Uint8Array[] | undefined => {
  const body = sshWire(inside).bytes()
  if (body === undefined) return undefined
  const wire = sshWire(body)
  if (algorithm === 'ssh-rsa') {
    const [exponent, , modulus] = [number(wire), number(wire), number(wire)]
    return exponent === undefined || modulus === undefined ? undefined : [exponent, modulus]
  }
  if (wire.uint32() !== 0) return undefined
  const [prime, generator, order, open] = [number(wire), number(wire), number(wire), number(wire)]
  return prime === undefined || generator === undefined || order === undefined || open === undefined
    ? undefined
    : [prime, order, generator, open]
}

/** Its numbers have their length in bits in front. */
const number = (wire: SshWire): Uint8Array | undefined => {
  const bits = wire.uint32()
  if (bits === undefined || bits > 16_384) return undefined
  const bytes = wire.rest().slice(0, Math.ceil(bits / 8))
  return wire.skip(Math.ceil(bits / 8)) ? wireNumber(bytes) : undefined
}
