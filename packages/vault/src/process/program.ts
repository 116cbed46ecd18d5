import { fileURLToPath } from 'node:url'

/** The program of the process that keeps the vault. */
export const VAULT_PROGRAM = fileURLToPath(new URL('./vault-main.ts', import.meta.url))
