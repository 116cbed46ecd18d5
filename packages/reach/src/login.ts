import type { Secret } from '@rollcall/secret'
import type { LoginLedger } from './ldap/login-ledger.ts'
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

/** What keeps accounts from being locked by passwords that are wrong. */
export interface PasswordRules {
  readonly ledger: LoginLedger
  /** Whose accounts log in: such as any number of hosts may look up in one directory, or each host's own. */
  readonly of: 'hosts' | 'host'
}
