export { formatTerm, parseFilter, type FilterTerm, type FilterValue, type ParsedFilter } from './filter.ts'
export {
  accountDetail,
  change,
  hostDetail,
  managementState,
  overview,
  privilegePath,
  privilegeStep,
  probeOutcome,
  yesNoUnknown,
  type AccountDetail,
  type Change,
  type HostDetail,
  type ManagementState,
  type Overview,
  type PrivilegePath,
  type ProbeOutcome,
  type YesNoUnknown,
} from './inventory.ts'
export { problem, type Problem } from './problem.ts'
export {
  liveEvent,
  scanDetail,
  scanList,
  scanState,
  scanSummary,
  scanTarget,
  startedScan,
  startScan,
  type LiveEvent,
  type ScanDetail,
  type ScanState,
  type ScanSummary,
  type ScanTarget,
} from './scans.ts'
export { createdToken, createToken, login, session, tokenItem, tokenList, type Login, type Session } from './session.ts'
export { addedTargets, addTargets, targetSetItem, targetSetList, type AddTargets, type TargetSetItem } from './targets.ts'
export {
  cell,
  columnType,
  coverage,
  viewColumn,
  viewDescription,
  viewList,
  viewPage,
  viewQuery,
  type Cell,
  type Coverage,
  type ViewColumn,
  type ViewDescription,
  type ViewPage,
  type ViewQuery,
} from './views.ts'
