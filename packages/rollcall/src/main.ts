import { parseArgs } from 'node:util'
import type { Command } from './command.ts'
import { EXIT } from './command.ts'
import { agent } from './commands/agent.ts'
import { agents } from './commands/agents.ts'
import { audit } from './commands/audit.ts'
import { certificates } from './commands/certificates.ts'
import { credential } from './commands/credential.ts'
import { exceptions } from './commands/exceptions.ts'
import { hostKeys } from './commands/host-keys.ts'
import { logins } from './commands/logins.ts'
import { nats } from './commands/nats.ts'
import { joinTokens } from './commands/join-tokens.ts'
import { policy } from './commands/policy.ts'
import { scan } from './commands/scan.ts'
import { scans } from './commands/scans.ts'
import { schedules } from './commands/schedules.ts'
import { targets } from './commands/targets.ts'
import { tokens } from './commands/tokens.ts'
import { up } from './commands/up.ts'
import { vault } from './commands/vault.ts'
import { view } from './commands/view.ts'
import { UsageError } from './usage-error.ts'
import { version } from './version.ts'

const commands: readonly Command[] = [
  up,
  scan,
  targets,
  scans,
  schedules,
  view,
  exceptions,
  hostKeys,
  certificates,
  tokens,
  logins,
  nats,
  agent,
  agents,
  joinTokens,
  policy,
  credential,
  vault,
  audit,
]

const HELP = `Rollcall finds every privileged account and SSH key, and says which of them nobody manages.

Usage: rollcall COMMAND [options]

${commands.map(({ name, summary }) => `  ${name.padEnd(12)} ${summary}`).join('\n')}

"rollcall COMMAND --help" tells more.
`

/** The `rollcall` command. Gives its exit code to the process; what the caller can mend is a sentence on standard error. */
export const main = async (argv: readonly string[] = process.argv.slice(2)): Promise<void> => {
  // A reader that has seen enough, such as `head`, is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) =>
    process.exit(error.code === 'EPIPE' ? EXIT.done : EXIT.usage),
  )
  try {
    process.exitCode = await run(argv)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = EXIT.usage
  }
}

const run = async ([name, ...args]: readonly string[]): Promise<number> => {
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    process.stdout.write(HELP)
    return name === undefined ? EXIT.usage : EXIT.done
  }
  if (name === 'version' || name === '--version') {
    process.stdout.write(`${version}\n`)
    return EXIT.done
  }
  const command = commands.find((known) => known.name === name)
  if (command === undefined)
    throw new UsageError(`There is no command "${name}"; "rollcall --help" lists those there are.`)
  if (wantsHelp(args)) {
    process.stdout.write(command.help)
    return EXIT.done
  }
  return command.run(args)
}

const wantsHelp = (args: readonly string[]) =>
  parseArgs({
    args: [...args],
    options: { help: { type: 'boolean', short: 'h' } },
    strict: false,
    allowPositionals: true,
  }).values['help'] === true

if (import.meta.main) await main()
