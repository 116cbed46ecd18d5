import type { CredentialFile, Sighting } from './detector.ts'
import { tokens } from './tokens/index.ts'

/** Finds the tokens of all families in a file's text. */
export function* findTokens({
  text,
}: CredentialFile): Iterable<{ readonly family: string; readonly sighting: Sighting }> {
  for (const { id, service, secret, kinds } of tokens)
    for (const { begins, pattern, check, tells } of kinds)
      for (const begin of begins)
        for (let at = text.indexOf(begin); at >= 0; at = text.indexOf(begin, at + begin.length)) {
          pattern.lastIndex = at
          const token = pattern.exec(text)?.[0]
          if (token === undefined || check?.(token) === false) continue
          yield {
            family: id,
            sighting: { at, length: token.length, secret, service, evidence: 'shape', by: 'shape', ...tells?.(token) },
          }
        }
}
