import type { Secret } from '@rollcall/secret'

/** The named parts of a secret, such as `privateKey` and `passphrase`. */
export type Fields = Readonly<Record<string, Secret>>

/**
 * What a version of a secret is. `pending`: it may be in force, nobody knows yet. `current`: it was proven to be. `previous`: it was before. A
 * version without a label is a candidate that is kept all the same, since it may turn out to be the one in force.
 */
export type Label = 'pending' | 'current' | 'previous'

export interface KnownVersion {
  readonly version: number
  readonly createdAt: string
  readonly labels: readonly Label[]
}

/** Something with secrets, as it may be told. */
export interface KnownObject {
  readonly object: string
  /** Ours, and not secret: what the secret is for. Nobody who cannot open the vault can change it unseen. */
  readonly about: string
  readonly versions: readonly KnownVersion[]
}

export interface ReadVersion {
  readonly version: number
  readonly about: string
  readonly fields: Fields
}

/** `empty`: nothing was ever kept in it. `sealed`: somebody has to open it first. */
export type VaultState = 'open' | 'sealed' | 'empty'

/**
 * Where secrets are kept. Narrow, so that each product is one file; what a product cannot do, it does not have. What is written is durable when
 * the promise resolves. Rejects with VaultError.
 */
export interface Vault extends AsyncDisposable {
  readonly product: string
  readonly state: VaultState
  objects(): Promise<readonly KnownObject[]>
  /**
   * Keeps a new version under a label, and tells its number. As `current`, the one that was becomes `previous`. A second `pending` is refused:
   * a candidate is never given up, only resolved. The first version of an object makes it; `about` is that of the newest.
   */
  write(object: string, version: { about: string; fields: Fields; label: 'pending' | 'current' }): Promise<number>
  read(object: string, which: Label | number): Promise<ReadVersion>
  /** Removes it with all versions. False where there is none. */
  remove(object: string): Promise<boolean>
  readonly labelling?: Labelling
  readonly digesting?: Digesting
  readonly keyRotation?: KeyRotation
  readonly backups?: Backups
  readonly unsealing?: Unsealing
  readonly receiving?: Receiving
}

/** Versions that may be in force are told apart from those that are. */
export interface Labelling {
  /** The pending version proved to be in force: it is `current`, and what was current is `previous`. */
  confirm(object: string): Promise<number>
  /** The pending version proved not to be in force. It is kept, without a label. */
  discard(object: string): Promise<void>
  /** Removes versions without a label that were made before an instant; how many. */
  forget(object: string, before: string): Promise<number>
}

/** Tells equal secrets without telling them. The key to that never leaves the vault. */
export interface Digesting {
  digest(kind: string, value: Secret): Promise<{ readonly pepper: number; readonly digest: string }>
}

/** `root`: what opens the vault. `kek`: what opens the keys of versions. `receiving`: what others seal to. `pepper`: what digests are made with. */
export type KeyLayer = 'root' | 'kek' | 'receiving' | 'pepper'

/** Keys are replaced layer by layer; what is kept is never encrypted anew for that. */
export interface KeyRotation {
  rotate(layer: KeyLayer, passphrase?: Secret): Promise<void>
}

export interface Backups {
  /** Writes all of it to a new file while it is in use. The root key is not part of it. */
  backup(file: string): Promise<void>
}

export interface Unsealing {
  /** Opens it with its passphrase; one that is empty is made with it. */
  unseal(passphrase: Secret): Promise<void>
  /** Forgets the keys; needs the passphrase again. */
  seal(): void
}

/** Takes what was sealed to it (RFC 9180), so that nobody in between can read it. */
export interface Receiving {
  /** The key to seal to, newest. */
  readonly publicKey: Uint8Array
  open(context: { readonly info: string; readonly about: string }, sealed: Uint8Array): Promise<Secret>
}
