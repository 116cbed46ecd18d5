import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { KeyFileError } from '@rollcall/secret'
import { openEmbeddedVault } from '../embedded/embedded-vault.ts'
import type { RootKeySource } from '../embedded/root-keys.ts'
import { VaultError } from '../vault-error.ts'
import { listenFor } from './vault-socket.ts'
import { vaultService } from './vault-service.ts'

/*
 * The process that keeps the vault:
 *
 *   node vault-main.ts --folder DIR [--socket PATH] [--root-key FILE | --root-credential NAME | --passphrase] [--child]
 *
 * It has no network. `--child`: it ends when whoever started it closes its standard input. It says `ready`, `sealed` or `empty` on standard
 * output when it answers, and on standard error, in one sentence, why it does not.
 */

const optionsOf = () =>
  parseArgs({
    options: {
      folder: { type: 'string' },
      socket: { type: 'string' },
      'root-key': { type: 'string' },
      'root-credential': { type: 'string' },
      passphrase: { type: 'boolean' },
      child: { type: 'boolean' },
    },
    strict: true,
  }).values

const sourceOf = (given: ReturnType<typeof optionsOf>, folder: string): RootKeySource => {
  if (given.passphrase === true) return { kind: 'passphrase' }
  const handed = process.env['CREDENTIALS_DIRECTORY']
  const name = given['root-credential']
  if (name !== undefined) {
    if (handed === undefined) throw new VaultError('no-root-key', 'the service manager hands over no credentials')
    return { kind: 'credential', file: join(handed, name) }
  }
  return { kind: 'file', file: given['root-key'] ?? join(dirname(folder), 'vault-keys', 'root.key') }
}

const run = async () => {
  const given = optionsOf()
  if (given.folder === undefined) throw new VaultError('malformed', '--folder is missing')
  const { folder } = given
  const root = sourceOf(given, folder)
  await using stack = new AsyncDisposableStack()
  const vault = stack.use(await openEmbeddedVault({ folder, root, now: () => new Date() }))
  const service = vaultService({ vault, folder, root: root.kind })
  await service.publish()
  stack.use(
    await listenFor(given.socket ?? join(folder, 'vault.sock'), service, (error) => {
      // Its kind and where it arose; a message might say what it was about.
      const { name, stack: trace = '' } = error instanceof Error ? error : new Error('unknown')
      process.stderr.write(
        `${name}\n${trace
          .split('\n')
          .filter((line) => /^ +at /.test(line))
          .join('\n')}\n`,
      )
    }),
  )
  const stopped = Promise.withResolvers<void>()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopped.resolve())
  if (given.child === true) process.stdin.resume().once('end', () => stopped.resolve())
  process.stdout.write(`${vault.state === 'open' ? 'ready' : vault.state}\n`)
  await stopped.promise
}

try {
  await run()
  process.exit(0)
} catch (error) {
  const known = error instanceof VaultError || error instanceof KeyFileError
  process.stderr.write(`${known ? error.message : (error as Error).name}\n`)
  process.exit(error instanceof VaultError && (error.code === 'in-use' || error.code === 'disk-full') ? 75 : 78)
}
