import { detect } from '@rollcall/discovery'
import type { Bench, Figure } from './frame/figure.ts'
import { peers, type Detector } from './detection/peers.ts'
import { openSample, type Sample } from './detection/sample.ts'
import { interval, scoreOf, type Label, type Report } from './detection/score.ts'

/** How much of what people read as credentials in the configuration of hosts is found, and how much else: beside what npm and Debian give. */
const bench: Bench = { name: 'detection', run }
export default bench

/** `a` was read while the detectors were written; `b` was labelled by others and not looked at. */
const SAMPLES = [{ name: 'sample-a', title: 'seen', recall: 0.92, precision: 0.92 }]

async function* run(): AsyncIterable<Figure> {
  for (const { name, title, recall, precision } of SAMPLES) {
    const sample = await openSample(name)
    const labels = withComments(sample)
    const others = sample.otherVersions.length
    const about = `${sample.files.length} files, ${megabytes(sample).toFixed(1)} MB, ${title}${others === 0 ? '' : `; ${others} packages of another version than was labelled`}`
    for (const [index, detector] of [ROLLCALL, ...peers].entries()) {
      const reports: Report[] = []
      for (const file of sample.files) reports.push(...(await detector.find(file)))
      const score = scoreOf(labels, reports)
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

/** Only what lies open and is in force: comments are a class of their own. */
const ROLLCALL: Detector = {
  name: 'rollcall',
  find: ({ path, bytes }) =>
    detect(path.replace(/^examples\//, ''), bytes, { keyedDigest: () => undefined })
      .found.filter(({ value, state }) => state !== 'commented' && OPEN.has(value))
      .map(({ line, endLine = line }) => ({ path, from: line, to: endLine })),
}
const OPEN: ReadonlySet<string> = new Set(['literal', 'key', 'hash'])

const megabytes = ({ files }: Sample) => files.reduce((sum, { bytes }) => sum + bytes.length, 0) / 1e6

/** What lines of comments say is neutral for all: whether it should be told is a matter of taste. */
const withComments = ({ files, labels }: Sample): Label[] => [
  ...labels,
  ...files.flatMap(({ path, bytes }) =>
    new TextDecoder('latin1')
      .decode(bytes)
      .split('\n')
      .flatMap((line, index): Label[] =>
        COMMENT.test(line) ? [{ kind: 'neutral', path, from: index + 1, to: index + 1 }] : [],
      ),
  ),
]
const COMMENT = /^\s*(?:#|;|!|\/\/|--|\*|<!--|\/\*)/
