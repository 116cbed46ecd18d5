export { formatComputersOf, isComputersOf, parseComputersOf, type ComputersOf } from './computers-of.ts'
export { credentialWishes, type CredentialWishes } from './credential-wishes.ts'
export {
  directoryAccountState,
  directoryObjectType,
  directoryRightName,
  type DirectoryAccountState,
  type DirectoryObjectType,
  type DirectoryRightName,
} from './directory-finding.ts'
export { describeDirectoryWeakness, directoryWeaknesses, type DirectoryWeaknessCode } from './directory-weakness.ts'
export {
  certificate,
  consumer,
  credentialWeakness,
  describeCredentialWeakness,
  describeKeyConcern,
  finding,
  keyConcern,
  type Certificate,
  type Consumer,
  type CredentialWeakness,
  type Finding,
  type FindingKind,
  type FindingOf,
  type Grant,
  type Grantee,
  type GrantedCommand,
  type KeyConcern,
} from './finding.ts'
export {
  outcome,
  outcomeStatus,
  reason,
  reasonCode,
  type Outcome,
  type OutcomeStatus,
  type Reason,
  type ReasonCode,
} from './outcome.ts'
export { describeReason, MAX_REASONS } from './reason-sentences.ts'
export { formatJoinToken, parseJoinToken, type JoinToken } from './join-token.ts'
export {
  isBlankLine,
  readKnownHosts,
  readKnownHostsLine,
  type KnownHostsLine,
  type ReadKnownHosts,
} from './known-hosts.ts'
export { rights, type Rights } from './rights.ts'
export {
  CREDENTIAL_SEAL,
  credentialWords,
  LEASE_SEAL,
  leaseTarget,
  leaseWords,
  mayBeUsedOn,
  scanCredential,
  scanCredentialKind,
  SECRET_PARTS,
  type LeaseTerms,
  type ScanCredential,
  type ScanCredentialKind,
} from './scan-credential.ts'
export { directorySignals, hostSignals, type DirectorySignals, type HostSignals } from './signals.ts'
export {
  formatTarget,
  ipv4Number,
  ipv4Text,
  parseTarget,
  type DirectoryTarget,
  type HostTarget,
  type Target,
} from './target.ts'
export { targetId, type TargetId } from './target-id.ts'
export {
  MAX_ADDRESSES,
  parseTargetPart,
  parseTargetSet,
  targetSet,
  targetsOfRange,
  type ParsedTargetSet,
  type TargetPart,
  type TargetProblem,
  type TargetSet,
} from './target-set.ts'
export { instant, place, type Place } from './text.ts'
export { trustedKey, trustKind, trustName, type TrustedKey, type TrustKind } from './trust.ts'
