export {
  batchOf,
  digestBatch,
  looksOf,
  MAX_DIGESTS,
  rootText,
  type DigestBatch,
  type DigestLook,
} from './digest-batch.ts'
export { envelope, message, MessageRefused, type Envelope, type Message } from './message.ts'
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
