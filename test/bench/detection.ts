import type { Bench, Figure } from './frame/figure.ts'
import { measure } from './detection/measure.ts'
import { peers } from './detection/peers.ts'
import { rollcall } from './detection/rollcall.ts'
import { openSample, type Sample } from './detection/sample.ts'
import { interval } from './detection/score.ts'

/** How much of what people read as credentials in the configuration of hosts is found, and how much else: beside what npm and Debian give. */
const bench: Bench = { name: 'detection', run }
export default bench

/** `a` was read while the detectors were written; `b` was labelled by others, and its lines were never shown to their makers. */
const SAMPLES = [
  { name: 'sample-a', title: 'seen', recall: 0.92, precision: 0.92 },
  { name: 'sample-b', title: 'seen since', recall: 0.85, precision: 0.85 },
]

async function* run(): AsyncIterable<Figure> {
  for (const { name, title, recall, precision } of SAMPLES) {
    const sample = await openSample(name)
    const others = sample.otherVersions.length
    const about = `${sample.files.length} files, ${megabytes(sample).toFixed(1)} MB, ${title}${others === 0 ? '' : `; ${others} packages of another version than was labelled`}`
    for (const [index, detector] of [rollcall, ...peers].entries()) {
      const score = await measure(sample, detector)
      const [low, high] = interval(score.recall, score.credentials)
      const id = `${name}-${detector.name}`
      if (process.env['BENCH_LIST'] === detector.name)
        process.stderr.write(
          [...score.missed.map((one) => `missed ${one}`), ...score.falseAlarms.map((one) => `false ${one}`), ''].join(
            '\n',
          ),
        )
      yield {
        figure: `${id}-recall`,
        value: score.recall,
        unit: 'share',
        ...(index === 0 ? { goal: { atLeast: recall } } : {}),
        detail: `${score.found} of ${score.credentials} credentials (95 %: ${low.toFixed(2)} to ${high.toFixed(2)}); ${about}`,
      }
      yield {
        figure: `${id}-precision`,
        value: score.precision,
        unit: 'share',
        ...(index === 0 ? { goal: { atLeast: precision } } : {}),
        detail: `${score.falseAlarms.length} lines that are none: ${(score.falseAlarms.length / megabytes(sample)).toFixed(2)} for each MB`,
      }
    }
  }
}

const megabytes = ({ files }: Sample) => files.reduce((sum, { bytes }) => sum + bytes.length, 0) / 1e6
