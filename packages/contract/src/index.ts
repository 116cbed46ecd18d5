export { credentialWishes, type CredentialWishes } from './credential-wishes.ts'
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
  describeReason,
  MAX_REASONS,
  outcome,
  outcomeStatus,
  reason,
  reasonCode,
  type Outcome,
  type OutcomeStatus,
  type Reason,
  type ReasonCode,
} from './outcome.ts'
export { rights, type Rights } from './rights.ts'
export { hostSignals, type HostSignals } from './signals.ts'
export { formatTarget, ipv4Number, ipv4Text, parseTarget, targetId, type HostTarget, type TargetId } from './target.ts'
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
