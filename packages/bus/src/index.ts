export { BusError, MAX_DELIVERIES, MAX_MESSAGE_BYTES, type Bus, type Handler, type ServeOptions } from './bus.ts'
export {
  agentWire,
  collectorWire,
  type AgentWireOptions,
  type CollectorWireOptions,
  type KnownAgent,
} from './fleet-wire.ts'
export { type Line } from './line.ts'
export { memoryBus, type MemoryBusOptions } from './memory-bus.ts'
export { plainWire, type Wire } from './wire.ts'
