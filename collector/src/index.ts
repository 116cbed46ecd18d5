export {
  auditCheckpoints,
  openAuditKey,
  verifyAudit,
  type AuditAnchor,
  type AuditVerdict,
} from './audit-checkpoints.ts'
export { startCollector, type Collector, type CollectorOptions } from './collector.ts'
export { openBroker, type FleetBroker } from './fleet/broker.ts'
export {
  openFleet,
  openFleetTrust,
  type Fleet,
  type FleetOptions,
  type FleetTrust,
  type FleetTrustOptions,
  type RequestHandler,
} from './fleet/fleet.ts'
export { useRootKey } from './fleet/keys.ts'
export { readPolicy, signPolicy } from './fleet/policy.ts'
export { csvLine } from './csv.ts'
export { intake, type Intake, type IntakeTools } from './intake.ts'
export { loginBook, type LoginBook } from './logins/login-book.ts'
export { Refusal } from './refusal.ts'
export { cronProblem } from './schedules/cron-times.ts'
export { type ScanSchedule } from './schedules/schedules.ts'
export { readTargetList, type ListProblem, type TargetList } from './target-lists.ts'
export { viewReading, type ViewReading } from './view-reading.ts'
export { views } from './views/index.ts'
