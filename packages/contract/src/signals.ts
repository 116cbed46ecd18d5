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

/** What tells one directory from another. A directory is its content: all its servers are the same one. */
export const directorySignals = z.object({
  make: z.enum(['active-directory', 'samba-ad', 'ad-lds', 'freeipa', '389-ds', 'openldap', 'other']),
  /** What names it for good: the domain's SID, the suffix entry's UUID. Absent where it could not be read. */
  id: text(512).optional(),
  /** The suffix or default naming context: `DC=example,DC=com`. */
  suffix: text(1024),
  /** The domain or realm, where it has one: `example.com`. */
  domain: text(253).optional(),
  /** NetBIOS name of the domain. */
  flatName: text(64).optional(),
  /** The server that answered: its DNS name and, of Active Directory, the invocation id of its database. */
  server: text(253).optional(),
  serverInstance: text(64).optional(),
  version: text(256).optional(),
  /** Fingerprint of the certificate that the server proved to hold, SHA-256 over DER. */
  certificate: text(128).optional(),
  /** As whom it was read, by name; absent: anonymously. */
  identity: text(512).optional(),
})
export type DirectorySignals = z.output<typeof directorySignals>
