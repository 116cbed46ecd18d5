/** Entries as people write them, one per line: `!` in front leaves out, `#` begins a comment. */
export const entriesOf = (text: string): { include: string[]; exclude: string[] } => {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '')
  const left = (line: string) => line.startsWith('!')
  return {
    include: [...new Set(lines.filter((line) => !left(line)))],
    exclude: [
      ...new Set(
        lines
          .filter(left)
          .map((line) => line.slice(1).trim())
          .filter((line) => line !== ''),
      ),
    ],
  }
}

/** The entry that a JSON pointer into a request names, such as `/include/3`. */
export const entryAt = (
  pointer: string,
  asked: { include: readonly string[]; exclude: readonly string[] },
): string | undefined => {
  const [, field, index] = /^\/(include|exclude)\/(\d+)$/.exec(pointer) ?? []
  return field === undefined ? undefined : asked[field as 'include' | 'exclude'][Number(index)]
}
