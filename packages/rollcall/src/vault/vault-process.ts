import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { keepFolderPrivate } from '@rollcall/secret'
import { VAULT_PROGRAM, vaultClient, type VaultClient } from '@rollcall/vault'
import type { Logger } from 'pino'
import { handedOver } from '../secret-file.ts'
import { UsageError } from '../usage-error.ts'

/** What the command line says of the vault. */
export const VAULT_ARGS = {
  vault: { type: 'string' },
  'no-vault': { type: 'boolean' },
  'vault-key': { type: 'string' },
  'vault-passphrase': { type: 'boolean' },
} as const

export const VAULT_HELP = `Credentials that scan (kept by a process of its own, and lent to agents for one login each):
  --vault-key FILE    the key that opens the vault, which only you may read (default: the credential
                      "rollcall-vault-root" of the service manager, or a file in the data folder)
  --vault-passphrase  no key on this machine: after each start, "rollcall vault unseal" opens the vault
  --vault SOCKET      the vault of a service of its own, by its socket
  --no-vault          none: agents log in with what their own settings name
`

export interface VaultChoice {
  readonly vault?: string | undefined
  readonly 'no-vault'?: boolean | undefined
  readonly 'vault-key'?: string | undefined
  readonly 'vault-passphrase'?: boolean | undefined
}

/** The process that keeps the vault, and how it is asked. */
export interface VaultProcess extends AsyncDisposable {
  readonly client: VaultClient
  /** While it is a child of ours. */
  readonly pid: number | undefined
  /** For people: what it said of itself when it began. */
  readonly said: string
}

/** What the service manager may hand over. */
export const ROOT_CREDENTIAL = 'rollcall-vault-root'

export const vaultFolder = (data: string): string => join(data, 'vault')

/** Where the key lies that opens the vault: not in the folder of the vault, so that neither is copied with the other by chance. */
export const rootKeyFile = (data: string): string => join(data, 'vault-keys', 'root.key')

const READY_MS = 30_000
const STOP_MS = 5000
const MOST_PAUSE_MS = 30_000
/** What does not get better by trying again: a lost key, a damaged file (sysexits(3), EX_CONFIG). */
const HOPELESS = 78

/** Starts the vault's process and keeps it running; or speaks with the one of a service. Undefined where there is to be none. Throws UsageError. */
export const startVault = async (choice: VaultChoice, data: string, log: Logger): Promise<VaultProcess | undefined> => {
  const { vault, 'vault-key': key, 'vault-passphrase': passphrase } = choice
  const given = [vault !== undefined, choice['no-vault'] === true, key !== undefined, passphrase === true]
  if (given.filter(Boolean).length > 1)
    throw new UsageError('Only one of --vault, --no-vault, --vault-key and --vault-passphrase.')
  if (choice['no-vault'] === true) return undefined
  if (vault !== undefined) {
    const client = vaultClient(vault)
    return {
      client,
      pid: undefined,
      said: `of a service, at ${vault}`,
      [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
    }
  }
  return ownVault({ folder: vaultFolder(data), root: rootArgs(data, key, passphrase === true), log })
}

/** How the process is told of its root key, and which folders it may write to for that. */
const rootArgs = (data: string, key: string | undefined, passphrase: boolean) => {
  if (passphrase) return { args: ['--passphrase'], writes: [] }
  if (key === undefined && handedOver(ROOT_CREDENTIAL) !== undefined)
    return { args: ['--root-credential', ROOT_CREDENTIAL], writes: [] }
  const file = key ?? rootKeyFile(data)
  return { args: ['--root-key', file], writes: [dirname(file)] }
}

interface OwnVault {
  readonly folder: string
  readonly root: { readonly args: readonly string[]; readonly writes: readonly string[] }
  readonly log: Logger
}

const ownVault = async ({ folder, root, log }: OwnVault): Promise<VaultProcess> => {
  await keepFolderPrivate(folder)
  for (const other of root.writes) await keepFolderPrivate(other)
  const socket = join(folder, 'vault.sock')
  if (Buffer.byteLength(socket) > 107)
    throw new UsageError(
      `The path of the vault's socket is too long: ${socket}. Give a data folder with a shorter path.`,
    )
  const flags = hardened([folder, ...root.writes])
  const args = [...flags, VAULT_PROGRAM, '--folder', folder, '--socket', socket, ...root.args, '--child']
  const client = vaultClient(socket)
  let child: ChildProcess
  let stopping = false
  let pauseMs = 250

  const run = (): Promise<string> => {
    child = spawn('/bin/sh', ['-c', WITHOUT_CORE, 'sh', process.execPath, ...args], {
      cwd: '/',
      env: environment(),
      stdio: ['pipe', 'pipe', 'pipe'],
      // What a terminal sends to all of a group is for this process, which then tells the other.
      detached: true,
    })
    child.stdin?.on('error', () => undefined)
    const begun = performance.now()
    let complaint = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-4000)))
    const ready = Promise.withResolvers<string>()
    child.stdout?.setEncoding('utf8').on('data', (text: string) => ready.resolve(text.trim()))
    child.once('error', (error) => ready.reject(error))
    child.once('exit', (code, signal) => {
      const why = complaint.trim().split('\n')[0] ?? ''
      ready.reject(
        new UsageError(`The vault does not open: ${why === '' ? `its process ended with ${code ?? signal}` : why}`),
      )
      if (stopping) return
      log.error({ code, signal, said: why }, 'the process of the vault ended; nothing is lent until it answers again')
      if (code === HOPELESS) return
      pauseMs = performance.now() - begun > 60_000 ? 250 : Math.min(pauseMs * 2, MOST_PAUSE_MS)
      setTimeout(() => {
        if (stopping) return
        run().then(
          (state) => log.info({ state }, 'the process of the vault answers again'),
          () => undefined,
        )
      }, pauseMs).unref()
    })
    return ready.promise
  }
  const stop = async () => {
    stopping = true
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit')
      child.stdin?.end()
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
      await ended
      clearTimeout(late)
    }
    await client[Symbol.asyncDispose]()
  }

  let late: NodeJS.Timeout | undefined
  try {
    const said = await Promise.race([
      run(),
      new Promise<never>((_, reject) => {
        late = setTimeout(() => reject(new UsageError('The process of the vault does not answer.')), READY_MS)
      }),
    ])
    return {
      client,
      get pid() {
        return child.pid
      },
      said: said === 'ready' ? 'open' : said === 'empty' ? EMPTY : SEALED,
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await stop()
    throw error
  } finally {
    clearTimeout(late)
  }
}

const SEALED = 'sealed; open it with "rollcall vault unseal"'
const EMPTY = 'sealed, and new; choose its passphrase with "rollcall vault unseal"'

/** No core is written, which would hold secrets, whatever ends it. */
const WITHOUT_CORE = 'ulimit -c 0; exec "$@"'

/** It starts no process, loads no native code, is not to be debugged, and writes to no other folders. */
const hardened = (writes: readonly string[]): string[] => [
  '--permission',
  '--allow-fs-read=*',
  ...writes.map((folder) => `--allow-fs-write=${join(folder, '*')}`),
  '--disable-sigusr1',
  '--disable-proto=throw',
  '--no-addons',
  '--no-warnings',
  '--max-old-space-size=128',
]

/** Nothing that would have Node do something else, and no token of ours. */
const environment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    ['PATH', 'LANG', 'TZ', 'CREDENTIALS_DIRECTORY'].flatMap((name) =>
      process.env[name] === undefined ? [] : [[name, process.env[name]]],
    ),
  )
