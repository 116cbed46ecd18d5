export type {
  Access,
  AccountOnHost,
  Audit,
  Condition,
  Directories,
  DirectoryStanding,
  DirectoryTold,
  ExceptionRow,
  Exceptions,
  FindingChange,
  Hosts,
  HostSighting,
  IdentityEvidence,
  Inbox,
  KnownFinding,
  KnownHost,
  OwnerNames,
  Position,
  PrincipalRow,
  Principals,
  RelationName,
  RelationQuery,
  RelationRow,
  Relations,
  Repositories,
  Scans,
  Scopes,
  ScopeState,
  Store,
  TargetSetRow,
  TargetSets,
  Test,
} from './face.ts'
export { rowOrder } from './finding-rows.ts'
export { directoryEntryId, standingCells } from './directory-rows.ts'
export { idWithin, newId } from './id.ts'
export { openStore, type StoreOptions } from './open.ts'
export { pageOf } from './scopes.ts'
export { StoreError, type StoreFailure } from './store-error.ts'
