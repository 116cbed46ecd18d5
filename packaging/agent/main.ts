import { SCANNER_WORD } from '../../agent/src/scanner/flags.ts'

/* The agent as a program of its own, which needs no Node: "rollcall-agent enrol", "run" and "status". It starts itself again to scan. */

const [word, ...rest] = process.argv.slice(2)

const begin = async () => {
  if (word === SCANNER_WORD) return void (await import('../../agent/src/scanner/scanner-main.ts'))
  const [{ agent }, { EXIT }, { UsageError }, { version }] = await Promise.all([
    import('../../packages/rollcall/src/commands/agent.ts'),
    import('../../packages/rollcall/src/command.ts'),
    import('../../packages/rollcall/src/usage-error.ts'),
    import('../../packages/rollcall/src/version.ts'),
  ])
  if (word === 'version' || word === '--version') return void process.stdout.write(`${version}\n`)
  if (word === undefined || word === '--help' || word === '-h' || rest.includes('--help')) {
    process.stdout.write(agent.help.replaceAll('rollcall agent', 'rollcall-agent'))
    process.exitCode = word === undefined ? EXIT.usage : EXIT.done
    return
  }
  try {
    process.exitCode = await agent.run([word, ...rest])
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`${error.message.replaceAll('rollcall agent ', 'rollcall-agent ')}\n`)
    process.exitCode = EXIT.usage
  }
}

void begin()
