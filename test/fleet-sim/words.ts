import type { Size } from './estate.ts'

/* What the processes of a simulated fleet say to each other. */

export interface AgentsSettings {
  readonly folder: string
  readonly agents: readonly number[]
  readonly size: Size
  readonly servers: readonly string[]
}

export type ToAgents =
  | { readonly say: 'enrol'; readonly agent: number; readonly token: string }
  | { readonly say: 'begin' }
  | { readonly say: 'round'; readonly round: number; readonly run: string; readonly repeats: boolean }
  | { readonly say: 'how-much' }
  | { readonly say: 'end' }

export type FromAgents =
  | { readonly say: 'ready' }
  /** `why`: it was not let in. */
  | { readonly say: 'enrolled'; readonly agent: number; readonly why?: string }
  | { readonly say: 'begun' }
  | { readonly say: 'seen'; readonly agent: number; readonly round: number; readonly looks: number }
  /** Rows that all its spools hold. */
  | { readonly say: 'holding'; readonly rows: number }

export interface CollectorSettings {
  readonly folder: string
  readonly broker: string
}

export type ToCollector =
  | { readonly say: 'token'; readonly segment: string }
  | { readonly say: 'run'; readonly run: string }
  | { readonly say: 'end' }

export type FromCollector =
  | { readonly say: 'ready' }
  | { readonly say: 'token'; readonly token: string }
  | { readonly say: 'run'; readonly run: string }
