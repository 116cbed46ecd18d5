import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { agentList, backedUpVault, credentialList, lentByVault, type VaultItem } from '@rollcall/contract/api'
import { KeyFileError, seal, type Secret } from '@rollcall/secret'
import { DOOR, restoreVault, VaultError, type RootKeySource } from '@rollcall/vault'
import { EXIT, readArgs, type Command } from '../command.ts'
import { stateFolder } from '../folders.ts'
import { localApi, type LocalApi } from '../local-api.ts'
import { oneOf } from '../reach-options.ts'
import { handedOver, secretLine } from '../secret-file.ts'
import { askSecret } from '../terminal/ask-secret.ts'
import { printable } from '../terminal/printable.ts'
import { textTable } from '../terminal/table.ts'
import { UsageError } from '../usage-error.ts'
import { ROOT_CREDENTIAL, rootKeyFile, vaultFolder } from '../vault/vault-process.ts'

export const vault: Command = {
  name: 'vault',
  summary: 'the vault that keeps credentials: open, seal, back up, restore, change its keys',
  help: `Usage:
  rollcall vault [--json]             how it stands, and the fingerprint of the key that secrets are sealed to
  rollcall vault unseal               opens it with its passphrase; the first time, that is chosen
  rollcall vault seal                 forgets the keys until it is opened again
  rollcall vault rotate LAYER         a new key of a layer: root, kek, receiving or pepper
  rollcall vault backup [NAME]        a copy while it is in use, into "vault/backups"; the root key is not in it
  rollcall vault restore FILE         puts a backup in its place; the collector must not run
  rollcall vault lent                 what its process wrote down by itself: to which key of whom it sealed what

A backup is worth nothing without the root key that the vault had when it was made. Keep both, and apart. A lost
root key cannot be replaced: all credentials have to be added anew then.

Options:
  --passphrase-file FILE  holds the passphrase, instead of asking for it; "rotate root" wants the new one
  --vault-key FILE        for "restore": the root key, if it is elsewhere
  --vault-passphrase      for "restore": the vault is opened by a passphrase
  --data DIR              the data folder of the collector
`,

  async run(args) {
    const { values, positionals } = readArgs(args, {
      data: { type: 'string' },
      json: { type: 'boolean' },
      'passphrase-file': { type: 'string' },
      'vault-key': { type: 'string' },
      'vault-passphrase': { type: 'boolean' },
    })
    const folder = values.data ?? stateFolder()
    const api = localApi(folder)
    const [action = 'show', subject] = positionals
    const file = values['passphrase-file']
    switch (action) {
      case 'show': {
        const standing = await standingOf(api)
        process.stdout.write(values.json === true ? `${JSON.stringify(standing)}\n` : told(standing))
        return standing.state === 'open' ? EXIT.done : EXIT.incomplete
      }
      case 'unseal': {
        const standing = await standingOf(api)
        if (standing.state === 'open') {
          process.stdout.write('It is open.\n')
          return EXIT.done
        }
        const passphrase = sealedTo(standing, await passphraseOf(file, standing.state === 'empty'))
        await api.call('POST', '/api/v1/vault/unseal', credentialList, { passphrase })
        process.stdout.write('The vault is open.\n')
        return EXIT.done
      }
      case 'seal':
        await api.call('POST', '/api/v1/vault/seal', credentialList, {})
        process.stdout.write('The vault is sealed: nothing is lent until somebody opens it.\n')
        return EXIT.done
      case 'rotate':
        return rotate(api, subject, file)
      case 'backup': {
        const name = subject ?? `vault-${new Date().toISOString().replaceAll(/[:.]/g, '-')}.db`
        const done = await api.call('POST', '/api/v1/vault/backup', backedUpVault, { name })
        process.stdout.write(`${done.file}\n`)
        return EXIT.done
      }
      case 'restore':
        if (subject === undefined) throw new UsageError('Which backup? rollcall vault restore FILE')
        return restore(subject, folder, values['vault-key'], values['vault-passphrase'] === true)
      case 'lent':
        return lent(api)
      default:
        throw new UsageError(`"rollcall vault ${action}" is not known; see "rollcall vault --help".`)
    }
  },
}

const standingOf = async (api: LocalApi): Promise<VaultItem> =>
  (await api.call('GET', '/api/v1/credentials', credentialList)).vault

const OPENED_BY = {
  file: 'a key in a file of this machine',
  credential: 'a key that the service manager hands over',
  passphrase: 'a passphrase',
} as const

const told = ({ state, root, fingerprint, lent: open }: VaultItem): string =>
  `${[
    `State        ${state}`,
    ...(root === null ? [] : [`Opened by    ${OPENED_BY[root]}`]),
    ...(fingerprint === null ? [] : [`Fingerprint  ${fingerprint}`]),
    `Lent now     ${open}`,
  ].join('\n')}\n`

/** To the process of the vault itself: the collector, which hands it on, does not see it. */
const sealedTo = ({ door, state }: VaultItem, passphrase: Secret): string => {
  if (door === null)
    throw new UsageError(
      state === 'none'
        ? 'This collector was started without a vault.'
        : 'The process of the vault does not answer; the log of the collector says why.',
    )
  const bytes = passphrase.revealBytes()
  const sealed = seal(Buffer.from(door, 'base64url'), DOOR, bytes)
  bytes.fill(0)
  passphrase.wipe()
  return Buffer.from(sealed).toString('base64url')
}

const passphraseOf = async (file: string | undefined, isNew: boolean): Promise<Secret> => {
  if (file !== undefined) return secretLine(file)
  const passphrase = await askSecret(isNew ? 'New passphrase of the vault: ' : 'Passphrase of the vault: ')
  if (isNew && (await askSecret('Once more: ')).reveal() !== passphrase.reveal())
    throw new UsageError('These are two different ones; nothing was done.')
  return passphrase
}

const LAYERS = ['root', 'kek', 'receiving', 'pepper'] as const

const rotate = async (api: LocalApi, given: string | undefined, file: string | undefined): Promise<number> => {
  const layer = oneOf('LAYER', given, LAYERS)
  if (layer === undefined) throw new UsageError(`Which keys? rollcall vault rotate ${LAYERS.join('|')}`)
  const standing = await standingOf(api)
  const asks = layer === 'root' && standing.root === 'passphrase'
  const passphrase = asks ? { passphrase: sealedTo(standing, await passphraseOf(file, true)) } : {}
  await api.call('POST', '/api/v1/vault/rotate', credentialList, { layer, ...passphrase })
  process.stdout.write(
    layer === 'root'
      ? 'Done. Backups from before need the root key from before.\n'
      : 'Done. What is kept was not encrypted anew for that.\n',
  )
  return EXIT.done
}

const restore = async (backup: string, data: string, key: string | undefined, passphrase: boolean): Promise<number> => {
  const credential = handedOver(ROOT_CREDENTIAL)
  const root: RootKeySource = passphrase
    ? { kind: 'passphrase' }
    : key === undefined && credential !== undefined && existsSync(credential)
      ? { kind: 'credential', file: credential }
      : { kind: 'file', file: key ?? rootKeyFile(data) }
  try {
    const { objects, before } = await restoreVault(resolve(backup), {
      folder: vaultFolder(data),
      root,
      now: () => new Date(),
    })
    process.stdout.write(
      `${[
        passphrase
          ? 'Restored. Its passphrase was not asked for.'
          : `Restored: ${objects} credentials, all of them opened.`,
        ...(before === undefined ? [] : [`What was there before is ${before}.`]),
        `Start the collector on ${join(data)} again.`,
      ].join('\n')}\n`,
    )
    return EXIT.done
  } catch (error) {
    if (error instanceof VaultError && error.code === 'in-use')
      throw new UsageError('The vault is in use; stop the collector first.', { cause: error })
    if (error instanceof VaultError || error instanceof KeyFileError)
      throw new UsageError(`Nothing was restored: ${error.message}`, { cause: error })
    throw error
  }
}

const lent = async (api: LocalApi): Promise<number> => {
  const [{ lent: rows }, { credentials }, { agents }] = await Promise.all([
    api.call('GET', '/api/v1/vault/lent', lentByVault),
    api.call('GET', '/api/v1/credentials', credentialList),
    api.call('GET', '/api/v1/agents', agentList),
  ])
  process.stdout.write(
    textTable(
      ['CREDENTIAL', 'AGENT', 'KEY', 'TIMES', 'FIRST', 'LAST'],
      rows.map((row) => [
        credentials.find(({ id }) => id === row.credential)?.name ?? row.credential,
        printable(agents.find(({ id }) => id === row.agent)?.name ?? row.agent),
        row.key.slice(0, 12),
        `${row.times}`,
        row.firstAt,
        row.lastAt,
      ]),
    ),
  )
  return EXIT.done
}
