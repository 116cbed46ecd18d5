export {
  BusError,
  MAX_DELIVERIES,
  MAX_MESSAGE_BYTES,
  type Backlog,
  type Bus,
  type Handler,
  type ServeOptions,
} from './bus.ts'
export {
  agentWire,
  collectorWire,
  type AgentWireOptions,
  type CollectorWireOptions,
  type KnownAgent,
} from './fleet-wire.ts'
export { type Line } from './line.ts'
export { memoryBus, type MemoryBusOptions } from './memory-bus.ts'
export { memoryLine, type MemoryLineOptions } from './memory-line.ts'
export { certificatePin, type BrokerTls } from './nats/broker-tls.ts'
export {
  connectNats,
  type BrokerConnection,
  type BrokerLogin,
  type BrokerOptions,
  type BrokerState,
} from './nats/connection.ts'
export { jetStreamBus, type JetStreamBus, type JetStreamBusOptions } from './nats/jetstream-bus.ts'
export {
  accountJwt,
  isNatsUserKey,
  natsPublicKey,
  newNatsKey,
  operatorJwt,
  userJwt,
  type AccountClaims,
  type OperatorClaims,
  type Permissions,
  type UserClaims,
} from './nats/jwt.ts'
export { natsLine, type NatsLineOptions } from './nats/nats-line.ts'
export {
  agentInbox,
  agentPermissions,
  COLLECTOR_INBOX,
  collectorPermissions,
  enrolmentInbox,
  enrolmentPermissions,
  leafPermissions,
  orderSubjects,
} from './nats/permissions.ts'
export { pushAccount } from './nats/push-account.ts'
export { DOMAIN as STREAM_DOMAIN, fleetStreams, type FleetStreams, type StreamSettings } from './nats/streams.ts'
export { plainWire, type Wire } from './wire.ts'
