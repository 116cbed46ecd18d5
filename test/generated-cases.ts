import { readFileSync } from 'node:fs'
import { beforeEach, expect } from 'vitest'

/*
 * Before every test file: the cases that fast-check makes are the same in every run, so that a clone is green or red by what is in
 * it. `npm run fuzz` (fuzz.ts) gives other seeds.
 */

const given = process.env['FUZZ_SEED'] ?? ''
const seed = given === '' ? 20_261_122 : Number(given)
if (!Number.isInteger(seed)) throw new Error(`FUZZ_SEED is no whole number: ${given}`)

const file = expect.getState().testPath
if (file === undefined || readFileSync(file, 'utf8').includes(`'fast-check'`)) {
  const { configureGlobal } = await import('fast-check')
  configureGlobal({ seed, ...(given === '' ? {} : { numRuns: 300 }) })
  beforeEach(({ onTestFailed }) =>
    onTestFailed(() => console.error(`Cases were made of one seed: FUZZ_SEED=${seed} npm run fuzz repeats them`)),
  )
}
