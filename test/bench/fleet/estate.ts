import type { HostSignals, Outcome } from '@rollcall/contract'

export const AGENTS = 20
export const EPOCH = 'e'.repeat(32)

/** What the agents' process is asked to publish: first looks with all findings, or looks at hosts without news. */
export interface Order {
  readonly kind: 'first' | 'unchanged'
  readonly hosts: number
  /** Numbers of each agent's spool up to here are given. */
  readonly from: number
  readonly at: number
  readonly run?: string
}

export const targetOf = (host: number): string => `ssh://10.${host >> 16}.${(host >> 8) & 255}.${host & 255}:22`

export const idOf = (host: number): string => String(host).padStart(26, '0')

const complete: Outcome = { status: 'complete', reasons: [] }

export const signalsOf = (host: number): HostSignals => ({
  provenHostKey: { algorithm: 'ssh-ed25519', fingerprint: `SHA256:${host}` },
  hostKeys: [],
  hostname: `h${host}`,
  addresses: [],
  macs: [],
  os: {},
})

/** What stands for a host's look in its root, without the findings. */
export const looksAlike = (host: number) => ({ reached: complete, host: signalsOf(host), sections: [] })
