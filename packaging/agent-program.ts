import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { SCANNER_FLAGS } from '../agent/src/scanner/flags.ts'

/** V8's heap of the agent, and of each process that scans, in MiB: the most that any of them may have. */
const HEAP = 448

const SETTINGS = [...SCANNER_FLAGS, `--max-old-space-size=${HEAP}`, '--disable-warning=ExperimentalWarning']

/** The mark in Node's own program that tells whether it carries another one. It stands in Node's documentation of single executables. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'

/**
 * Makes the agent a program of one file: Node with the agent in it. It heeds no NODE_OPTIONS and no options of Node, so that nobody who starts it, or
 * whose words it is given, has it run something else. Gives the path of the program.
 */
export const agentProgram = async (folder: string, version: string): Promise<string> => {
  mkdirSync(folder, { recursive: true })
  const script = join(folder, 'agent.cjs')
  await bundle(script, version)
  const blob = join(folder, 'agent.blob')
  const config = join(folder, 'sea.json')
  writeFileSync(
    config,
    JSON.stringify({
      main: script,
      output: blob,
      disableExperimentalSEAWarning: true,
      useCodeCache: true,
      execArgv: SETTINGS,
      execArgvExtension: 'none',
    }),
  )
  // With the same settings, since what is compiled beforehand holds under these only.
  const preparing = [...SETTINGS, '--experimental-sea-config', config]
  const { status, stderr } = spawnSync(process.execPath, preparing, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`the program could not be prepared: ${stderr}`)
  const program = join(folder, 'rollcall-agent')
  copyFileSync(process.execPath, program)
  chmodSync(program, 0o755)
  await inject(program, 'NODE_SEA_BLOB', readFileSync(blob), { sentinelFuse: FUSE })
  return program
}

/** All of the agent in one script; what it does not need at first is begun when it is needed. */
const bundle = async (file: string, version: string) => {
  const built = await rolldown({
    input: join(import.meta.dirname, 'agent/main.ts'),
    platform: 'node',
    // Faster variants of what ssh2 has itself, which are built for one machine.
    external: [/\.node$/, 'cpu-features'],
    plugins: [
      {
        name: 'version',
        load: (id) =>
          id.endsWith('packages/rollcall/src/version.ts') ? `export const version = ${JSON.stringify(version)}` : null,
      },
    ],
    onLog: () => undefined,
  })
  await built.write({ file, format: 'cjs', minify: true, codeSplitting: false })
}

const require = createRequire(import.meta.url)
const { inject } = require('postject') as {
  readonly inject: (file: string, name: string, content: Buffer, options: { sentinelFuse: string }) => Promise<void>
}
