import type { Detector } from './peers.ts'
import type { Sample } from './sample.ts'
import { scoreOf, type Label, type Report, type Score } from './score.ts'

/** How much of what people read as credentials in a sample a detector finds, and how much else. */
export const measure = async (sample: Sample, detector: Detector): Promise<Score> => {
  const reports: Report[] = []
  for (const file of sample.files) reports.push(...(await detector.find(file)))
  return scoreOf(withComments(sample), reports)
}

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
