/**
 * What the broker has to be told about agents, so that it lets them in and cuts them off. The trust in what they say does not hang on it:
 * that is decided by signatures.
 */
export interface FleetBroker {
  /** By which agents know the broker's certificate; undefined where an authority vouches for it. */
  readonly pin?: string
  /** Where agents reach it, as far as is known here. */
  readonly servers?: readonly string[]
  /** Whether a text can be the transport key of an agent. */
  accepts(transport: string): boolean
  /** What somebody needs to ask to be let in with a join token, and for nothing else. Undefined where nothing is needed. */
  invitation(token: string, until: Date): Promise<string | undefined>
  /** What an agent may at the broker, for its transport key; empty where there is nothing to show. */
  permit(
    agent: { readonly id: string; readonly segment: string; readonly transport: string },
    until: Date,
  ): Promise<string>
  /** There are agents in a segment, or there may be: whatever they need at the broker is to be there. */
  prepare?(segment: string): void
  /** Voids what was permitted to a transport key so far, and cuts its connection. Once more is the same as once. */
  revoke(transport: string, at: Date): Promise<void>
}

/** Where messages do not leave the process, or everybody may speak: nothing to tell. */
export const openBroker: FleetBroker = {
  accepts: () => true,
  invitation: () => Promise.resolve(undefined),
  permit: () => Promise.resolve(''),
  revoke: () => Promise.resolve(),
}
