/** Subject names: the message type, then the agent it comes from or goes to, so that broker permissions follow from an agent's id. */
export const subjects = {
  /** Reports, and before them the parts of long ones; `type` tells which. */
  report: (agent: string) => `rollcall.report.${agent}`,
  reportAck: (agent: string) => `rollcall.report-ack.${agent}`,
  progress: (agent: string) => `rollcall.progress.${agent}`,
  order: (agent: string) => `rollcall.order.${agent}`,
  /** Orders that wait for whoever of a segment takes them; `orderClass` tells the queue. */
  segmentOrder: (segment: string, queue: 'urgent' | 'routine') => `rollcall.order.${segment}.${queue}`,
  /** To one agent, and worth nothing later. */
  control: (agent: string) => `rollcall.control.${agent}`,
  /** Questions of an agent. */
  request: (agent: string) => `rollcall.request.${agent}`,
  heartbeat: (agent: string) => `rollcall.heartbeat.${agent}`,
  /** Of somebody who is no agent yet, with the id of a join token. */
  enrol: (token: string) => `rollcall.enrol.${token}`,
  allRequests: 'rollcall.request.*',
  allHeartbeats: 'rollcall.heartbeat.*',
  allEnrolments: 'rollcall.enrol.*',
  allReports: 'rollcall.report.*',
  allProgress: 'rollcall.progress.*',
} as const
