export { enrol, NotLetIn, readToken, type EnrolOptions } from './identity/enrol.ts'
export {
  IdentityError,
  identityIn,
  type AgentKeyRing,
  type Identity,
  type NewTransportKey,
} from './identity/identity.ts'
export { openPresence, type Condition, type Presence } from './identity/presence.ts'
export { openAgentTrust, type AgentTrust } from './identity/trust.ts'
export { STOP_FILE, takeOrders, type TakingOrders } from './orders/taking-orders.ts'
export { openLeases, type Leases, type LeasesOptions } from './leases/leases.ts'
export { startAgent, type AgentOptions } from './agent.ts'
export { collectorLogins } from './logins/collector-logins.ts'
export { directoryMemories, type DirectoryMemories } from './directory-memories.ts'
export { fileMemories, type FileMemories } from './file-memories.ts'
export { digestOf } from './digest.ts'
export { SCANNER_FLAGS } from './scanner/flags.ts'
export { type DirectoriesAccess } from './scanner/directory-scanners.ts'
export { scanTarget, type Scanning, type TargetScan } from './scanning.ts'
export { openSpool, type Spool, type SpoolState } from './spool/spool.ts'
export { SpoolError } from './spool/spool-error.ts'
export { type TrustFiles } from './trust/trusting.ts'
