/** Any text as one word of a POSIX shell that stands for exactly this text. NUL cannot be part of a word and is left out. */
export const quoted = (text: string): string =>
  PLAIN.test(text)
    ? text
    : NEEDS_CARE.test(text)
      ? `'${text.replaceAll('\0', '').replaceAll("'", String.raw`'\''`)}'`
      : `'${text}'`

const PLAIN = /^[\w./:@%+,-]+$/

// oxlint-disable-next-line no-control-regex -- NUL is what it looks for
const NEEDS_CARE = /['\0]/

/** What tells grep(1) the fixed texts to look for; control characters are part of none and left out. */
export const wanted = (texts: readonly string[]): string =>
  texts.map((text) => ` -e ${quoted(text.replaceAll(/\p{Cc}/gu, ''))}`).join('')
