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
export { subjects } from './subjects.ts'
