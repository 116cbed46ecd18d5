import type { StreamConfig } from '@nats-io/jetstream'

/** What a server did not take on of what was asked of a stream. Older ones leave out silently what they do not know. */
export const differences = (name: string, asked: Partial<StreamConfig>, given: Partial<StreamConfig>): string[] => {
  const returned = new Map(Object.entries(given))
  return Object.entries(asked)
    .filter(([key, value]) => JSON.stringify(returned.get(key)) !== JSON.stringify(value))
    .map(
      ([key, value]) =>
        `stream ${name}: ${key} ${JSON.stringify(value)} was asked for, the broker has ${JSON.stringify(returned.get(key)) ?? 'nothing'}`,
    )
}

/** What is known of a server's version that people should act on. */
export const versionShortcomings = (version: string): string[] => {
  if (!/^\d+\.\d+\.\d+/.test(version)) return ['the broker does not say which version it is']
  const sentences: string[] = []
  if (before(version, '2.10.0'))
    sentences.push(
      `nats-server ${version} stops keeping anything when its disk is full, and cannot begin with TLS; 2.10 and later do better`,
    )
  if (before(version, '2.14.3'))
    sentences.push(
      `nats-server ${version}: versions before 2.14.3 have known security faults, unless mended in the 2.11 or 2.12 line; ` +
        'let only agents reach it, and update it',
    )
  return sentences
}

/** Whether a version comes before another. A pre-release counts as the release. */
export const before = (version: string, other: string): boolean => {
  const [given, wanted] = [numbersOf(version), numbersOf(other)]
  const at = given.findIndex((number, index) => number !== wanted[index])
  return at >= 0 && given[at]! < wanted[at]!
}

const numbersOf = (version: string) => version.split(/[.-]/).slice(0, 3).map(Number)
