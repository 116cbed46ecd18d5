export {
  openEmbeddedVault,
  VAULT_FILE,
  type EmbeddedVault,
  type EmbeddedVaultOptions,
} from './embedded/embedded-vault.ts'
export { type RootKeySource } from './embedded/root-keys.ts'
export { vaultClient, type VaultClient } from './process/vault-client.ts'
export { VAULT_PROGRAM } from './process/program.ts'
export { DOOR, type KnownCredential, type VaultStanding } from './process/words.ts'
export { restoreVault, type Restored } from './restore.ts'
export { VaultError, type VaultFailure } from './vault-error.ts'
export {
  type Backups,
  type Digesting,
  type KeyLayer,
  type KeyRotation,
  type KnownObject,
  type Labelling,
  type Receiving,
  type Unsealing,
  type Vault,
} from './vault.ts'
