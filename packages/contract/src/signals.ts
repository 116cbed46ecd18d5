import { z } from 'zod'
import { text } from './text.ts'

/** What tells one host from another. Every field is what the host (or its key exchange) said; none alone is proof. */
export const hostSignals = z.object({
  /** Fingerprint of the key that the host proved to hold while we connected. Absent for the local machine. */
  provenHostKey: z.object({ algorithm: text(64), fingerprint: text(64) }).optional(),
  /** Public host keys read from its files: what it says, not proven. */
  hostKeys: z.array(z.object({ algorithm: text(64), fingerprint: text(64) })).max(32),
  /** machine-id(5): 32 hexadecimal digits. */
  machineId: text(64).optional(),
  hostname: text(256).optional(),
  fqdn: text(256).optional(),
  /** Its own addresses, loopback and link-local left out. */
  addresses: z.array(text(64)).max(256),
  macs: z.array(text(32)).max(256),
  dmiUuid: text(64).optional(),
  /** `PRETTY_NAME` and `ID` of os-release(5), and the kernel's name. */
  os: z.object({ name: text(256).optional(), id: text(64).optional(), kernel: text(64).optional() }),
})
export type HostSignals = z.output<typeof hostSignals>
