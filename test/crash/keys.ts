import type { KeyObject } from 'node:crypto'
import { keyId, keyPairOf, publicKeyOf, Secret, type KeyPair } from '@rollcall/secret'

/** Keys of an agent and a collector of a test, the same in each of its processes. */
export const keysOf = (): {
  readonly agent: KeyPair
  readonly collector: KeyPair
  readonly collectorKey: (id: string) => KeyObject | undefined
} => {
  const [agent, collector] = [1, 2].map((byte) => keyPairOf('sign', Secret.ofBytes(new Uint8Array(32).fill(byte))))
  const known = publicKeyOf('sign', collector!.public)
  return {
    agent: agent!,
    collector: collector!,
    collectorKey: (id) => (id === keyId(collector!.public) ? known : undefined),
  }
}
