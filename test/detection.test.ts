import { beforeAll, expect, test, type TestContext } from 'vitest'
import { measure } from './bench/detection/measure.ts'
import { rollcall } from './bench/detection/rollcall.ts'
import { openSample, type Sample } from './bench/detection/sample.ts'
import type { Score } from './bench/detection/score.ts'

/*
 * What `npm run bench -- detection` measures at large, held here on a small sample of its own: configuration of Debian packages as it
 * is shipped, read by people who did not write the detectors.
 */

const RECALL = 0.83
const PRECISION = 0.9

let sample: Sample | undefined
let refused = ''
let score: Score
beforeAll(async () => {
  try {
    sample = await openSample('sample-c')
  } catch (error) {
    refused = error instanceof Error ? error.message : String(error)
    return
  }
  score = await measure(sample, rollcall)
})

const need = ({ skip }: TestContext): Sample =>
  sample ?? skip(`apt-get cannot fetch the packages that are looked through: ${refused}`)

test('what people read as credentials in the configuration of services is found', (context) => {
  const { otherVersions } = need(context)
  expect(score.credentials).toBeGreaterThan(30)
  expect(score.recall, told('missed', score.missed, otherVersions)).toBeGreaterThanOrEqual(RECALL)
})

test('little else in the configuration of services is reported', (context) => {
  const { otherVersions } = need(context)
  expect(score.precision, told('none', score.falseAlarms, otherVersions)).toBeGreaterThanOrEqual(PRECISION)
})

/** A package that changed may have its credentials in other lines than those that were read. */
const told = (what: string, lines: readonly string[], otherVersions: readonly string[]) =>
  [`${what}: ${lines.join(', ')}`, ...otherVersions.map((one) => `read in ${one}, there is another version now`)].join(
    '; ',
  )
