import type { CredentialFile, Sighting } from '../detector.ts'

/** Reads a file whose format is not known, line by line: assignments, directives, arguments of commands, URLs. */
export function* readLines({ text }: CredentialFile): Iterable<Sighting> {
  for (const match of text.matchAll(ASSIGNMENT)) {
    const [, name = '', value = ''] = match
    yield {
      at: match.index + match[0].length - value.length,
      length: value.length,
      secret: 'password',
      name,
      evidence: 'name',
      by: 'name',
    }
  }
}

const ASSIGNMENT = /^[ \t]*([\w.-]{0,64}(?:password|passwd|secret|token)[\w.-]{0,32})[ \t]*=[ \t]*(\S{1,1000})/gim
