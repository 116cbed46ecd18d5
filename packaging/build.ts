import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { agentProgram } from './agent-program.ts'
import { agentPackage, collectorPackage } from './packages.ts'

/* npm run package [-- FOLDER]: the Debian packages of agent and collector, and the agent's program by itself. Nothing is downloaded. */
const out = process.argv[2] ?? join(import.meta.dirname, 'dist')
const { version } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../packages/rollcall/package.json'), 'utf8'),
) as { version: string }
const scratch = mkdtempSync(join(tmpdir(), 'rollcall-build-'))
try {
  const program = await agentProgram(scratch, version)
  for (const file of [
    agentPackage(program, { version, out, packing: 'small' }),
    collectorPackage({ version, out, packing: 'small' }),
  ])
    process.stdout.write(`${file}\n`)
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
