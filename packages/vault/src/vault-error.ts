const sentences = {
  sealed: 'the vault is sealed; open it with "rollcall vault unseal"',
  'no-root-key':
    'the root key that this vault was made with is not there; without it nothing in the vault can be opened',
  'wrong-root-key':
    'the root key is another one than this vault was made with; without that nothing in it can be opened',
  'bad-root-key': 'the root key cannot be read',
  'wrong-passphrase': 'this is not the passphrase of the vault',
  'weak-passphrase': 'a passphrase of the vault has at least 12 characters',
  'root-key-given': 'the root key comes from elsewhere: put the new one behind the old one there, in a line of its own',
  damaged: 'what the vault holds was changed or is damaged, and is not used; restore a backup',
  'not-found': 'the vault has no such thing',
  pending: 'a candidate that nobody knows to be in force or not is there already, and comes first',
  exists: 'there is something already where this is to be written',
  'too-large': 'it is larger than a secret can be',
  'not-for-us': 'it is not sealed to this vault, or what is told of it is not what it was sealed with',
  'not-covered': 'the credential is not for this target or segment',
  'in-use': 'another process uses this vault',
  'disk-full': 'the disk is full; nothing was changed',
  unwritable: 'its file cannot be read or written',
  newer: 'it was written by a newer version of Rollcall',
  away: 'the process that keeps the vault does not answer',
  malformed: 'what was asked cannot be understood',
  fault: 'something failed in the process that keeps the vault; its log says what',
} as const
export type VaultFailure = keyof typeof sentences

export const VAULT_FAILURES = Object.keys(sentences) as [VaultFailure, ...VaultFailure[]]

/** Why a vault did not do what it was asked. Nothing that it holds is repeated. */
export class VaultError extends Error {
  override readonly name = 'VaultError'
  readonly code: VaultFailure

  /** `detail` is ours: a file's name, an id; never what is secret. */
  constructor(code: VaultFailure, detail?: string, options?: ErrorOptions) {
    super(detail === undefined ? sentences[code] : `${sentences[code]} (${detail})`, options)
    this.code = code
  }
}
