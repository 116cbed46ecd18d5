import { lintSource } from '@secretlint/core'
import { creator as canary } from '@secretlint/secretlint-rule-preset-canary'
import { creator as recommended } from '@secretlint/secretlint-rule-preset-recommend'
import type { SampleFile } from './sample.ts'
import type { Report } from './score.ts'

export interface Detector {
  readonly name: string
  find(file: SampleFile): readonly Report[] | Promise<readonly Report[]>
}

const secretlint = (name: string, rules: readonly { id: string; rule: typeof recommended }[]): Detector => ({
  name,
  async find({ path, bytes }) {
    const content = new TextDecoder().decode(bytes)
    const { messages } = await lintSource({
      source: { filePath: `/${path}`, content, contentType: 'text' },
      options: { config: { rules: [...rules] }, maskSecrets: true, noPhysicFilePath: true },
    })
    return messages.map(({ loc }) => ({ path, from: loc.start.line, to: loc.end.line }))
  },
})

/** Words that people search for; the floor. */
export const KEYWORDS = (
  'passw|pwd|passphrase|secret|token|credential|apikey|api_key|api-key|authkey|auth_key|private key|psk|bindpw|://|-----begin|' +
  'akia|ghp_|glpat-|xox|eyj|hvs.|sk_live|aiza|$6$|$2y$|$5$|$apr1$|identified'
).split('|')

const grep: Detector = {
  name: 'grep',
  find: ({ path, bytes }) =>
    new TextDecoder('latin1')
      .decode(bytes)
      .toLowerCase()
      .split('\n')
      .flatMap((line, index) =>
        KEYWORDS.some((word) => line.includes(word)) ? [{ path, from: index + 1, to: index + 1 }] : [],
      ),
}

/** What npm and Debian give. `grep` finds the lines that `grep -iF` would find with the keywords. */
export const peers: readonly Detector[] = [
  secretlint('secretlint', [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: recommended }]),
  secretlint('secretlint-all', [{ id: '@secretlint/secretlint-rule-preset-canary', rule: canary }]),
  grep,
]
