export { startAgent, type AgentOptions } from './agent.ts'
export { digestOf } from './digest.ts'
export { scanTarget, type Scanning, type TargetScan } from './scanning.ts'
