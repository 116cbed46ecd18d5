export {
  batchOf,
  digestBatch,
  looksOf,
  MAX_DIGESTS,
  rootText,
  type DigestBatch,
  type DigestLook,
} from './digest-batch.ts'
export {
  admission,
  agentKeys,
  describeFleetRefusal,
  enrolAnswer,
  enrolRequest,
  fleetRefusal,
  joining,
  renewAnswer,
  renewRequest,
  requestRefused,
  type Admission,
  type AgentKeys,
  type EnrolAnswer,
  type EnrolRequest,
  type FleetRefusal,
  type Joining,
  type RenewAnswer,
  type RenewRequest,
  type RequestRefused,
} from './enrolment.ts'
export { agentId, agentState, LOCAL_SEGMENT, publicKeyText, segmentName, type AgentState } from './fleet-names.ts'
export {
  heartbeat,
  HEARTBEAT_MS,
  heartbeatAnswer,
  SILENT_AFTER_MS,
  type Heartbeat,
  type HeartbeatAnswer,
} from './heartbeat.ts'
export { envelope, message, MessageRefused, type Envelope, type Message, type MessageRefusal } from './message.ts'
export {
  describeOrderRefusal,
  hostKeysOrder,
  ORDER_CONTEXT,
  ORDER_MESSAGES,
  orderClass,
  orderKind,
  orderRefusal,
  orderRefused,
  orderStatement,
  policyOrder,
  POLICY_CONTEXT,
  policyStatement,
  resyncOrder,
  signedOrder,
  type HostKeysOrder,
  type OrderClass,
  type OrderKind,
  type OrderRefusal,
  type OrderRefused,
  type OrderStatement,
  type PolicyOrder,
  type PolicyScope,
  type PolicyStatement,
  type ResyncOrder,
  type SignedOrder,
} from './orders.ts'
export {
  cancelOrder,
  scanOrder,
  scanProgress,
  type CancelOrder,
  type ScanOrder,
  type ScanProgress,
} from './scan-order.ts'
export {
  MAX_FINDINGS,
  MAX_PART,
  reportAck,
  reportPart,
  scanReport,
  type ReportAck,
  type ReportPart,
  type ReportSection,
  type ScanReport,
} from './scan-report.ts'
export { spoolAck, type SpoolAck } from './spool-ack.ts'
export { type SpoolMark } from './spool-mark.ts'
export { subjects } from './subjects.ts'
