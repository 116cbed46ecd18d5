export { exceptionOf, type CredentialException, type CredentialPlace, type ExceptedBy } from './credential-exception.ts'
export { credentialRank, severityOf, type Severity } from './credential-rank.ts'
export {
  directoryName,
  foldedDn,
  identifyDirectory,
  type DirectorySighting,
  type IdentifiedDirectory,
  type KnownDirectory,
} from './directory/identity.ts'
export {
  directoryPrivilege,
  type DirectoryPrivilege,
  type DirectorySight,
  type DirectoryStandingOf,
} from './directory/privilege.ts'
export { hostRulesOf, machinePrincipals, namesOnHosts } from './directory/host-rules.ts'
export { isWinbindId, winbindIds } from './directory/winbind-ids.ts'
export { tellsOfTakeover } from './directory/takeover-facts.ts'
export { directoryLogin, mappedUid } from './directory/host-account.ts'
export { givesRoot, openTo, type OpenTo } from './file-access.ts'
export { accountOf, entryKey, findingKeyer, findingKeys, granteeText, objectOf, thingOf } from './finding-key.ts'
export {
  hostName,
  identify,
  type HostSighting,
  type Identified,
  type IdentityEvidence,
  type KnownHost,
  type Sighting,
} from './host-identity.ts'
export { type FindingChange, type KnownFinding, type ScopeState } from './known-scope.ts'
export {
  afterChanges,
  fewerRights,
  mayRetire,
  nothingNew,
  outcomeAfterChanges,
  reconcile,
  reconcileChanges,
  reconcileSome,
  type Reconciled,
  type SeenSection,
} from './reconcile.ts'
export { type LookedScope, type ToldFinding } from './host-facts.ts'
export { principalsOf, type HostSight, type Principal } from './principals.ts'
export {
  reachGraph,
  type Mover,
  type Reach,
  type ReachCondition,
  type ReachEnd,
  type ReachGraph,
  type ReachNode,
  type ReachRow,
  type ReachStep,
} from './reach-graph.ts'
