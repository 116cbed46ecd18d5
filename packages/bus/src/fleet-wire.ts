import type { KeyObject } from 'node:crypto'
import { MessageRefused } from '@rollcall/contract/bus'
import { keyId, publicKeyOf, signBytes, SignatureError, signerOf, verifiedBytes, type KeyPair } from '@rollcall/secret'
import { plainWire, type Wire } from './wire.ts'

/** What an agent may say while it is not believed otherwise: questions that are answered with why. */
const ASKED = /^rollcall\.(?:request|heartbeat)\./

/** An agent as the collector knows it. */
export interface KnownAgent {
  readonly state: 'waiting' | 'active' | 'quarantined' | 'revoked'
  /** 32 bytes, Ed25519. */
  readonly signingKey: Uint8Array
}

export interface CollectorWireOptions {
  /** Signs everything that the collector says. */
  readonly key: KeyPair
  /** Asked for every message: must answer from memory. */
  readonly agent: (id: string) => KnownAgent | undefined
}

/**
 * The collector's side of the fleet's wire: signs with its order key, and believes what is signed by the agent that the subject names. What
 * comes on `rollcall.enrol.*` is of nobody who has a key yet: it comes as it is, and proves itself by what is sealed inside.
 */
export const collectorWire = ({ key, agent }: CollectorWireOptions): Wire => {
  const ready = new WeakMap<Uint8Array, { readonly id: string; readonly key: KeyObject }>()
  const keyOf = (bytes: Uint8Array) => (id: string) => {
    const known = ready.get(bytes) ?? { id: keyId(bytes), key: publicKeyOf('sign', bytes) }
    ready.set(bytes, known)
    return known.id === id ? known.key : undefined
  }
  return {
    write: (subject, message) =>
      isEnrolment(subject)
        ? plainWire.write(subject, message)
        : signBytes(key, subject, plainWire.write(subject, message)),
    read(subject, bytes) {
      if (isEnrolment(subject)) return plainWire.read(subject, bytes)
      const id = subject.split('.').at(-1)!
      const known = agent(id)
      if (known === undefined) throw new MessageRefused('unknown-agent', `no agent is known as ${id.slice(0, 64)}`)
      if (known.state === 'revoked' || known.state === 'quarantined' || known.state === 'waiting')
        if (!ASKED.test(subject)) throw new MessageRefused(known.state, `agent ${id} is ${known.state}`)
      return plainWire.read(subject, believed(keyOf(known.signingKey), subject, bytes))
    },
  }
}

export interface AgentWireOptions {
  readonly key: KeyPair
  /** Public keys of the collector that may be believed now, by `keyId`. */
  readonly collectorKey: (keyId: string) => KeyObject | undefined
}

/** The agent's side: signs with its key, and believes what one of the collector's keys signed for the subject. */
export const agentWire = ({ key, collectorKey }: AgentWireOptions): Wire => ({
  write: (subject, message) => signBytes(key, subject, plainWire.write(subject, message)),
  read: (subject, bytes) => plainWire.read(subject, believed(collectorKey, subject, bytes)),
})

const isEnrolment = (subject: string) => subject.startsWith('rollcall.enrol.')

const believed = (keyOf: (id: string) => KeyObject | undefined, subject: string, bytes: Uint8Array): Uint8Array => {
  try {
    return verifiedBytes(keyOf, subject, bytes)
  } catch (error) {
    if (!(error instanceof SignatureError)) throw error
    const code = error.code === 'not-unpacked' ? 'malformed' : error.code
    throw new MessageRefused(code, `a message on ${subject}: ${error.message}${signer(bytes)}`, { cause: error })
  }
}

const signer = (bytes: Uint8Array): string => {
  try {
    return ` (key ${signerOf(bytes)})`
  } catch {
    return ''
  }
}
