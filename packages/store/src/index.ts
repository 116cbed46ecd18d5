export { auditHash, FIRST_LINK, type AuditEntry, type AuditLink } from './audit-chain.ts'
export type {
  Access,
  AgentCredential,
  AgentGeneration,
  AgentRow,
  AccountOnHost,
  Audit,
  AuditCheckpoint,
  Condition,
  Directories,
  DirectoryStanding,
  DirectoryTold,
  ExceptionRow,
  Exceptions,
  FindingChange,
  FleetOrderRow,
  HostEnding,
  Hosts,
  HostSighting,
  IdentityEvidence,
  Inbox,
  JoinTokenRow,
  KnownFinding,
  KnownHost,
  LeaseRow,
  OwnerNames,
  Position,
  PrincipalRow,
  Principals,
  RelationName,
  RelationQuery,
  RelationRow,
  Relations,
  Repositories,
  ScanCredentialRow,
  Scans,
  Scopes,
  SpoolKnown,
  ScopeState,
  Store,
  TargetSetRow,
  TargetSets,
  Test,
} from './face.ts'
export { rowOrder, spotOfFinding } from './finding-rows.ts'
export { directoryEntryId, standingCells } from './directory-rows.ts'
export { idWithin, newId, spotOf } from './id.ts'
export { openStore, type StoreOptions } from './open.ts'
export { SHARES, shareOf } from './report-parts.ts'
export { currentOnPage, spotPage } from './scopes.ts'
export { StoreError, type StoreFailure } from './store-error.ts'
