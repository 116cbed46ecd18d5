export { startAgent, type AgentOptions } from './agent.ts'
export { fileMemories, type FileMemories } from './file-memories.ts'
export { digestOf } from './digest.ts'
export { scanTarget, type Scanning, type TargetScan } from './scanning.ts'
