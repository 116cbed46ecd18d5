/** An agent that was let in, as the collector knows it. Keys are public ones, as they travel. */
export interface AgentRow {
  readonly id: string
  readonly name: string
  readonly segment: string
  readonly state: 'waiting' | 'active' | 'quarantined' | 'revoked'
  readonly stateSince: string
  /** Why it is in that state, as a sentence. */
  readonly stateReason: string | null
  readonly generation: number
  readonly transport: string
  readonly signingKey: string
  readonly sealingKey: string
  /** The id of the join token by which it came in. */
  readonly token: string
  readonly enrolledAt: string
  /** The agent whose place it took. */
  readonly replaces: string | null
  readonly permitUntil: string | null
  readonly about: { readonly hostname: string; readonly version: string; readonly platform: string }
  readonly lastHeartbeat: string | null
  /** The last one, as JSON. */
  readonly heartbeat: string | null
  /** How far its clock is ahead of the collector's. */
  readonly clockOffsetMs: number
  /** The start of it that spoke last, the count and its own time of that; and the ids of starts before it, the newest first. */
  readonly session: string | null
  readonly sessionCount: number
  readonly sessionAt: string | null
  readonly sessionsBefore: readonly string[]
}

/** One renewal: what makes a repeated question and a copy of the agent two things. */
export interface AgentGeneration {
  readonly generation: number
  readonly nonce: string
  readonly transport: string
  readonly at: string
  readonly permitUntil: string
}

export interface Agents {
  all(): Promise<AgentRow[]>
  byId(id: string): Promise<AgentRow | undefined>
  add(row: AgentRow): Promise<void>
  save(row: AgentRow): Promise<void>
  /** Only what a heartbeat changes. */
  heard(
    id: string,
    heard: {
      readonly at: string
      readonly beat: string
      readonly clockOffsetMs: number
      readonly session: string
      readonly count: number
      readonly sessionAt: string
      readonly before: readonly string[]
    },
  ): Promise<void>
  /** The oldest first. */
  generations(id: string): Promise<AgentGeneration[]>
  addGeneration(id: string, generation: AgentGeneration): Promise<void>
}

/** A credential that an agent held: by name only. */
export interface AgentCredential {
  readonly credential: string
  readonly order: string
  readonly attempt: number
  readonly how: string
  readonly lentAt: string
  readonly endedAt: string | null
}

/** What was ever lent to agents: what has to be changed when one is taken over. */
export interface AgentCredentials {
  of(agent: string): Promise<AgentCredential[]>
  /** Once more is the same as once. */
  lend(agent: string, credential: Omit<AgentCredential, 'endedAt'>): Promise<void>
  /** Says that what was lent for an order is given back. */
  end(agent: string, order: string, at: string): Promise<void>
}

export interface JoinTokenRow {
  readonly id: string
  /** SHA-256 of its secret, in hexadecimal. */
  readonly secretHash: string
  readonly segment: string
  readonly name: string | null
  readonly replaces: string | null
  /** Whether somebody has to approve whoever comes with it. */
  readonly approve: boolean
  readonly state: 'open' | 'used' | 'burnt' | 'revoked'
  readonly createdAt: string
  readonly createdBy: string
  readonly expiresAt: string
  readonly tries: number
  readonly usedAt: string | null
  /** Digest of the keys that came with it: the same again gets the same answer. */
  readonly usedKeys: string | null
  readonly agent: string | null
}

export interface JoinTokens {
  /** The newest first. */
  all(): Promise<JoinTokenRow[]>
  byId(id: string): Promise<JoinTokenRow | undefined>
  add(row: JoinTokenRow): Promise<void>
  save(row: JoinTokenRow): Promise<void>
  /** Counts a try. */
  tried(id: string): Promise<void>
}

/** Policies as the root key signed them, in base64url; only the newest counts. */
export interface Policies {
  newest(): Promise<{ version: number; signed: string; at: string; by: string } | undefined>
  add(policy: { version: number; signed: string; at: string; by: string }): Promise<void>
}

export interface FleetOrderRow {
  readonly seq: number
  readonly id: string
  readonly kind: string
  readonly segment: string
  readonly agent: string | null
  readonly class: string
  readonly run: string | null
  readonly issuedAt: string
  readonly expires: string
  readonly state: 'given' | 'refused'
  readonly refusal: {
    readonly by: string | null
    readonly code: string
    readonly detail: string | null
    readonly at: string
  } | null
}

/** Orders that were signed, whether or not they were carried out. */
export interface FleetOrders {
  /** The next sequence number: only within the transaction that adds it. */
  next(): Promise<number>
  add(row: Omit<FleetOrderRow, 'refusal'>): Promise<void>
  /** An agent said that it does not carry it out. False when there is no such order. */
  refused(
    id: string,
    refusal: { readonly by: string; readonly code: string; readonly detail: string | null; readonly at: string },
  ): Promise<boolean>
  newest(limit: number): Promise<FleetOrderRow[]>
}

/** Messages that were not believed, counted by whom they claim to be from and why. */
export interface RefusedMessages {
  count(
    refused: { readonly source: string; readonly code: string; readonly at: string; readonly sentence: string },
    times: number,
  ): Promise<void>
  /** The latest first. */
  all(): Promise<{ source: string; code: string; count: number; firstAt: string; lastAt: string; sentence: string }[]>
}
