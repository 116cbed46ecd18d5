import { Secret } from './secret.ts'

/*
 * Named secrets as bytes, to be sealed together: for each the length of its name in one byte, the name, the length of its value in four
 * bytes, the value. No text is made of a value on the way.
 */

/** Whoever packs wipes what they get. Throws for a name that is empty or has more than 255 bytes. */
export const packSecrets = (secrets: Readonly<Record<string, Secret>>): Buffer => {
  const parts = Object.entries(secrets).map(([name, secret]) => ({
    name: Buffer.from(name),
    bytes: secret.revealBytes(),
  }))
  const packed = Buffer.alloc(parts.reduce((sum, { name, bytes }) => sum + 5 + name.length + bytes.length, 0))
  let at = 0
  for (const { name, bytes } of parts) {
    if (name.length === 0 || name.length > 255) throw new Error('the name of a secret has 1 to 255 bytes')
    packed[at] = name.length
    packed.set(name, at + 1)
    at = packed.writeUInt32BE(bytes.length, at + 1 + name.length)
    packed.set(bytes, at)
    at += bytes.length
    bytes.fill(0)
  }
  return packed
}

/** Undefined for bytes that are no such thing. */
export const unpackSecrets = (secret: Secret): Record<string, Secret> | undefined => {
  const packed = Buffer.from(secret.revealBytes())
  const found: Record<string, Secret> = {}
  try {
    let at = 0
    while (at < packed.length) {
      const nameEnd = at + 1 + packed[at]!
      if (nameEnd + 4 > packed.length || nameEnd === at + 1) return undefined
      const name = packed.toString('utf8', at + 1, nameEnd)
      const end = nameEnd + 4 + packed.readUInt32BE(nameEnd)
      if (end > packed.length || Object.hasOwn(found, name) || name === '__proto__') return undefined
      found[name] = Secret.ofBytes(packed.subarray(nameEnd + 4, end))
      at = end
    }
    return found
  } finally {
    packed.fill(0)
  }
}
