export { accountOf, findingKeys, granteeText, thingOf } from './finding-key.ts'
export { type HostSighting, type IdentityEvidence, type KnownHost } from './host-identity.ts'
export { type FindingChange, type KnownFinding, type ScopeState } from './known-scope.ts'
export { afterChanges, mayRetire, nothingNew, reconcile, type Reconciled, type SeenSection } from './reconcile.ts'
