import type { Secret } from '@rollcall/secret'
import type { SudoPolicy } from './start-shell.ts'

/** How an account proves to be itself. */
export type LoginMethod =
  /** A private key as OpenSSH writes it, or in the older PEM forms of RSA and ECDSA keys. */
  | { readonly kind: 'key'; readonly privateKey: Secret; readonly passphrase?: Secret }
  /** The keys of a running ssh-agent, by the path of its socket. */
  | { readonly kind: 'agent'; readonly socket: string }
  /** Offered only to a host whose key was known before, and once. */
  | { readonly kind: 'password'; readonly password: Secret }

/** An account that scans, the ways in which it may log in, in order, and what it may do with sudo. */
export interface Login {
  readonly user: string
  readonly methods: readonly LoginMethod[]
  readonly sudo: SudoPolicy
}
