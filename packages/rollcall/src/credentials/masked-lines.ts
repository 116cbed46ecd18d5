import type { Detected } from '@rollcall/discovery'

const LONGEST = 200
const MASK = '●●●●●●●●'

/**
 * The lines of a credential, with every value that was found in the file masked, whatever its length, with all that follows it on its
 * line: where a secret ends is known less surely than where it begins. What stands there again is masked as well. Lines around it are not
 * shown, for a secret that was not found may stand there. For the person at this machine, who may read the file: they go into no report.
 */
export const maskedLines = (bytes: Uint8Array, found: readonly Detected[], index: number): string[] => {
  const text = new TextDecoder().decode(bytes)
  if (text.includes('\0') || text.includes('\ufffd')) return []
  const { at, span } = found[index]!
  const from = text.lastIndexOf('\n', at - 1) + 1
  const to = endOfLine(text, at + span)
  let shown = ''
  let done = from
  for (const one of found) {
    if (one.at + one.span <= done || one.at >= to) continue
    shown += text.slice(done, Math.max(done, one.at)) + MASK
    done = endOfLine(text, one.at + one.span)
  }
  shown += text.slice(done, Math.max(done, to))
  return withoutLogins(withoutValues(shown, text, found))
    .trimEnd()
    .split('\n')
    .map((line) => line.slice(0, LONGEST))
}

/** Shorter words stand elsewhere by chance. */
const TELLING = 6

/** What was found in the file stands elsewhere, too: in a comment, as another's name. */
const withoutValues = (shown: string, text: string, found: readonly Detected[]): string => {
  let without = shown
  for (const { at, span, value } of found)
    if (span >= TELLING && (value === 'literal' || value === 'key' || value === 'hash'))
      without = without.replaceAll(text.slice(at, at + span), MASK)
  return without
}

/** What stands in an address in the place of a password, also where it was not found to be one. */
const withoutLogins = (shown: string): string =>
  shown
    .replaceAll(/(:\/\/[^\s/:@"']{0,256}:)[^\s/@"']{1,1024}(?=@)/g, `$1${MASK}`)
    .replaceAll(/([?&][\w.-]{0,40}(?:token|key|secret|passw|pwd|sig)[\w.-]{0,20}=)[^\s&"']{1,1024}/gi, `$1${MASK}`)

const endOfLine = (text: string, from: number): number => {
  const end = text.indexOf('\n', from)
  return end < 0 ? text.length : end
}
