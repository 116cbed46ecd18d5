import type { PrivateKey } from './private-keys.ts'
import { publicKeyOfFields } from '../ssh-keys/public-key.ts'
import { sshWire, wireNumber } from '../ssh-keys/wire.ts'

/** Reads a key file of Dropbear: the fields of the public key as on the wire, then the private ones. It knows no passphrases. */
export const readDropbearKey = (bytes: Uint8Array): PrivateKey | undefined => {
  const wire = sshWire(bytes)
  const algorithm = wire.text()
  const layout = algorithm !== undefined && Object.hasOwn(LAYOUTS, algorithm) ? LAYOUTS[algorithm] : undefined
  if (algorithm === undefined || layout === undefined) return undefined
  const fields: Uint8Array[] = []
  for (const field of layout) {
    const read = field === 'n' ? wire.number() : wire.bytes()
    if (read === undefined) return undefined
    // The seed of Ed25519 comes before the public half, both as one field.
    fields.push(field === 'n' ? wireNumber(read) : field === 'e' ? read.subarray(32) : read)
  }
  const publicKey = publicKeyOfFields(algorithm, fields)
  return (
    publicKey && { format: 'dropbear', passphrase: 'no', algorithm: publicKey.algorithm, sshUsable: true, publicKey }
  )
}

/** `n`: a number. `s`: bytes. `e`: seed and public half together. */
const LAYOUTS: Readonly<Record<string, string>> = {
  'ssh-rsa': 'nn',
  'ssh-dss': 'nnnn',
  'ecdsa-sha2-nistp256': 'ss',
  'ecdsa-sha2-nistp384': 'ss',
  'ecdsa-sha2-nistp521': 'ss',
  'ssh-ed25519': 'e',
}
