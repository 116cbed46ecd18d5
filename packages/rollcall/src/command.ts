import { parseArgs, type ParseArgsConfig } from 'node:util'
import { UsageError } from './usage-error.ts'

/** One word of the command line, such as `scan`. One file each in `commands/`. */
export interface Command {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  /** What `--help` prints. */
  readonly help: string
  /** Does it, and gives the exit code. Throws UsageError for what the caller can mend. */
  run(args: readonly string[]): Promise<number>
}

/** Exit codes that scripts can rely on. */
export const EXIT = { done: 0, usage: 1, incomplete: 2, unreached: 3, found: 4 } as const

/** `parseArgs` of Node, strict; what it refuses is a UsageError. */
export const readArgs = <Options extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: Options,
) => {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('. ')[0]}.`, { cause: error })
  }
}
