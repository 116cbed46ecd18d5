import { z } from 'zod'

/** A part of the network that the same agents reach. It stands in subjects, so nothing in it may be a pattern. */
export const segmentName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/)

/** The segment of the agent that lives in the collector's own process, and of targets of which nothing else is said. */
export const LOCAL_SEGMENT = 'local'

/** An id that the collector gave, of an agent or a join token: never a name that somebody chose. */
export const agentId = z.string().regex(/^[a-z2-7]{26}$/)

/** 32 bytes of a public key, as base64url. */
export const publicKeyText = z.string().regex(/^[\w-]{43}$/)

/** Bytes as base64url, at most so many characters. */
export const bytesText = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[\w-]*$/)

/** How an agent stands: only an `active` one is believed and given work. */
export const agentState = z.enum(['waiting', 'active', 'quarantined', 'revoked'])
export type AgentState = z.output<typeof agentState>
