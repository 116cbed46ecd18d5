import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/*
 * `npm run fuzz`: the tests that make their cases themselves, with other cases in every round, until one fails or the rounds are over.
 * Arguments narrow the files as in vitest. FUZZ_SEED repeats a round, FUZZ_ROUNDS asks for more of them.
 */

const say = (text: string) => process.stdout.write(`${text}\n`)

const run = (args: readonly string[], env: NodeJS.ProcessEnv) =>
  new Promise<number>((resolve) => {
    const child = spawn('vitest', args, { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } })
    child.on('error', () => resolve(127))
    child.on('close', (code) => resolve(code ?? 1))
  })

const root = join(import.meta.dirname, '..')
const narrowed = process.argv.slice(2)
const files = globSync(['packages/*/src/**/*.test.ts', '{agent,collector}/src/**/*.test.ts', 'test/**/*.test.ts'], {
  cwd: root,
})
  .filter((file) => narrowed.length === 0 || narrowed.some((part) => file.includes(part)))
  .filter((file) => readFileSync(join(root, file), 'utf8').includes(`'fast-check'`))

const repeated = process.env['FUZZ_SEED'] ?? ''
const rounds = repeated === '' ? Number(process.env['FUZZ_ROUNDS'] ?? 3) : 1
if (files.length === 0) {
  say('No such file makes cases')
  process.exitCode = 1
}
for (let round = 1; round <= rounds && files.length > 0; round++) {
  const seed = repeated === '' ? String(randomInt(2 ** 31)) : repeated
  say(`Round ${round} of ${rounds}: FUZZ_SEED=${seed}`)
  const status = await run(['run', '--reporter=dot', '--testTimeout=600000', ...files], { FUZZ_SEED: seed })
  if (status !== 0) {
    say(`Failed; to repeat: FUZZ_SEED=${seed} npm run fuzz${['', ...narrowed].join(' ')}`)
    process.exitCode = 1
    break
  }
}
