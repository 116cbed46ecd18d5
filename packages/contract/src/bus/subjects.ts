/** Subject names: the message type, then the agent it comes from or goes to, so that broker permissions follow from an agent's id. */
export const subjects = {
  /** Reports, and before them the parts of long ones; `type` tells which. */
  report: (agent: string) => `rollcall.report.${agent}`,
  reportAck: (agent: string) => `rollcall.report-ack.${agent}`,
  progress: (agent: string) => `rollcall.progress.${agent}`,
  order: (agent: string) => `rollcall.order.${agent}`,
  allReports: 'rollcall.report.*',
  allProgress: 'rollcall.progress.*',
} as const
