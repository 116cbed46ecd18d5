import type { CredentialFormat } from './detector.ts'

/**
 * Which formats a file is read by, told by its path and, where `content` is true, by how it begins. The table is made once; a path
 * costs a look at its name and its ending, and a few patterns only where a format's own could fit.
 */
export const formatChooser = (
  formats: readonly CredentialFormat[],
): ((path: string, head: () => string, content?: boolean) => CredentialFormat[]) => {
  const byName = new Map<string, Pattern[]>()
  const byEnding = new Map<string, Pattern[]>()
  for (const format of formats)
    for (const file of format.files) {
      const pattern = file.toLowerCase()
      const name = pattern.slice(pattern.lastIndexOf('/') + 1)
      const ends = name.slice(name.lastIndexOf('*') + 1)
      const [table, key] = name.includes('*') ? ([byEnding, ends.slice(-ENDING)] as const) : ([byName, name] as const)
      const there = table.get(key)
      const holds = name.split('*').reduce((best, part) => (part.length > best.length ? part : best))
      const made = { format, ends, holds, matches: pathPattern(pattern) }
      if (there === undefined) table.set(key, [made])
      else there.push(made)
    }
  const byContent = formats.filter(({ begins }) => begins !== undefined)
  return (path, head, content = true) => {
    const lower = path.toLowerCase()
    const original = lower.replace(COPY, '')
    const chosen = new Set<CredentialFormat>()
    for (const one of original === lower ? [lower] : [lower, original]) {
      const name = one.slice(one.lastIndexOf('/') + 1)
      for (const { format, matches } of byName.get(name) ?? []) if (matches.test(one)) chosen.add(format)
      for (let length = 0; length <= ENDING; length++)
        for (const { format, ends, holds, matches } of byEnding.get(name.slice(name.length - length)) ?? [])
          if (name.endsWith(ends) && name.includes(holds) && matches.test(one)) chosen.add(format)
    }
    if (content) for (const format of byContent) if (!chosen.has(format) && format.begins!(head())) chosen.add(format)
    return chosen.size === 0 ? [] : [...chosen].filter(({ unless }) => unless === undefined || !unless(head()))
  }
}

interface Pattern {
  readonly format: CredentialFormat
  readonly ends: string
  /** What is in every name that matches: looked for first, since nearly no name has it. */
  readonly holds: string
  readonly matches: RegExp
}

/** How much of an ending patterns are looked up by. */
const ENDING = 4

/** What copies, samples and templates of a file are told by behind its name: they are written as it is. */
const COPY =
  /(?:~|-|[.-](?:bak\d{0,3}|backup|old|orig|save|saved|prev|copy|new|rpm(?:save|orig|new)|dpkg-[a-z]{3,4}|ucf-[a-z]{3,4}|augsave|dist|samples?|examples?|templates?|tmpl|tpl|j2|erb|epp|in|default|\d{1,14}))+$/

/** The pattern of a path's end: `*` is any text within a segment, and what it begins with begins a segment. */
const pathPattern = (pattern: string): RegExp =>
  new RegExp(
    `(?:^|/)${pattern
      .split('*')
      .map((part) => part.replaceAll(/[\\^$.|?+()[\]{}]/g, String.raw`\$&`))
      .join('[^/]*')}$`,
  )
