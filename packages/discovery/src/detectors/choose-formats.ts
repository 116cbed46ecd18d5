import type { CredentialFormat } from './detector.ts'

/**
 * Which formats a file is read by, told by its path and by how it begins. The table is made once; a path costs a look at its name and
 * its ending, and a few patterns only where a format's own could fit.
 */
export const formatChooser = (
  formats: readonly CredentialFormat[],
): ((path: string, head: () => string) => CredentialFormat[]) => {
  const patterns = formats.flatMap((format) =>
    format.files.map((pattern) => ({ format, pattern: pattern.toLowerCase() })),
  )
  const byName = new Map<string, { format: CredentialFormat; matches: RegExp }[]>()
  const byWildcard: { format: CredentialFormat; ends: string; matches: RegExp }[] = []
  for (const { format, pattern } of patterns) {
    const matches = pathPattern(pattern)
    const name = pattern.slice(pattern.lastIndexOf('/') + 1)
    if (name.includes('*')) byWildcard.push({ format, ends: name.slice(name.lastIndexOf('*') + 1), matches })
    else byName.set(name, [...(byName.get(name) ?? []), { format, matches }])
  }
  const byContent = formats.filter(({ begins }) => begins !== undefined)
  return (path, head) => {
    const lower = path.toLowerCase()
    const original = lower.replace(COPY, '')
    const chosen = new Set<CredentialFormat>()
    for (const one of original === lower ? [lower] : [lower, original]) {
      const name = one.slice(one.lastIndexOf('/') + 1)
      for (const { format, matches } of byName.get(name) ?? []) if (matches.test(one)) chosen.add(format)
      for (const { format, ends, matches } of byWildcard)
        if (name.endsWith(ends) && matches.test(one)) chosen.add(format)
    }
    for (const format of byContent) if (!chosen.has(format) && format.begins!(head())) chosen.add(format)
    return [...chosen].filter(({ unless }) => unless === undefined || !unless(head()))
  }
}

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
