import type { CredentialFormat } from './detector.ts'

/**
 * Which formats a file is read by, told by its path and, unless `announced` is `none`, by how it begins: what needs a word for that is asked only where the word is. The table is made once; a path
 * costs a look at its name and its ending, and a few patterns only where a format's own could fit.
 */
export const formatChooser = (
  formats: readonly CredentialFormat[],
): ((
  path: string,
  head: () => string,
  announced?: ReadonlySet<CredentialFormat> | 'all' | 'none',
) => CredentialFormat[]) => {
  const byName = new Map<string, Pattern[]>()
  const byFolder = new Map<string, Pattern[]>()
  const byEnding = new Map<string, Pattern[]>()
  for (const format of formats)
    for (const file of format.files) {
      const pattern = file.toLowerCase()
      const [name = '', folder = '*'] = pattern.split('/').toReversed()
      const [table, key] = !name.includes('*')
        ? ([byName, name] as const)
        : !folder.includes('*')
          ? ([byFolder, folder] as const)
          : ([byEnding, name.slice(name.lastIndexOf('*') + 1).slice(-ENDING)] as const)
      const holds = pattern.split('*').reduce((best, part) => (part.length > best.length ? part : best))
      const there = table.get(key)
      const made = { format, holds, matches: pathPattern(pattern) }
      if (there === undefined) table.set(key, [made])
      else there.push(made)
    }
  const byContent = formats.filter(({ begins }) => begins !== undefined)
  /** A file is asked for twice: by its name, and then by how it begins as well. */
  let asked: string | undefined
  let named: readonly CredentialFormat[] = []
  const byPath = (path: string): readonly CredentialFormat[] => {
    const lower = path.toLowerCase()
    const original = mayBeCopy(lower) && !MANUAL.test(lower) ? lower.replace(COPY, '') : lower
    const chosen = new Set<CredentialFormat>()
    for (const one of original === lower ? [lower] : [lower, original]) {
      const slash = one.lastIndexOf('/')
      const name = one.slice(slash + 1)
      const folder = slash < 0 ? '' : one.slice(one.lastIndexOf('/', slash - 1) + 1, slash)
      const take = (patterns: readonly Pattern[] | undefined) => {
        if (patterns === undefined) return
        for (const { format, holds, matches } of patterns)
          if (one.includes(holds) && !chosen.has(format) && matches.test(one)) chosen.add(format)
      }
      take(byName.get(name))
      take(byFolder.get(folder))
      for (let length = 0; length <= ENDING; length++) take(byEnding.get(name.slice(name.length - length)))
    }
    return [...chosen]
  }
  return (path, head, announced = 'all') => {
    if (path !== asked) {
      named = byPath(path)
      asked = path
    }
    const chosen = [...named]
    if (announced !== 'none')
      for (const format of byContent) {
        const worth = format.announced === undefined || announced === 'all' || announced.has(format)
        if (worth && !named.includes(format) && format.begins!(head())) chosen.push(format)
      }
    return chosen.filter(({ unless }) => unless === undefined || !unless(head()))
  }
}

interface Pattern {
  readonly format: CredentialFormat
  /** What is in every path that matches: looked for first, since nearly no path has it. */
  readonly holds: string
  readonly matches: RegExp
}

/** How much of an ending patterns are looked up by. */
const ENDING = 4

/** What copies, samples and templates of a file are told by behind its name: they are written as it is. */
const COPY =
  /(?:~|-|[.-](?:bak\d{0,3}|backup|old|orig|save|saved|prev|copy|new|rpm(?:save|orig|new)|dpkg-[a-z]{3,4}|ucf-[a-z]{3,4}|augsave|dist|samples?|examples?|templates?|tmpl|tpl|j2|erb|epp|in|default|\d{1,14}))+$/

/** A page of a manual is called as the file that it explains, and a number. */
const MANUAL = /\/man\/(?:[a-z_@.-]{2,16}\/)?man\d[a-z]{0,4}\//

/** A quick look at what stands behind the last period or hyphen. */
const mayBeCopy = (path: string): boolean => {
  const cut = Math.max(path.lastIndexOf('.'), path.lastIndexOf('-'), path.lastIndexOf('/'))
  return (
    path.endsWith('~') ||
    COPY_END.test(path.slice(cut + 1)) ||
    path.includes('dpkg-', cut - 5) ||
    path.includes('ucf-', cut - 4)
  )
}

const COPY_END =
  /^(?:$|ba[ck]|old|orig|sav|prev|copy|new|rpm|dpkg|ucf|aug|dist|sam|exa|tem|tm|tpl|j2|e[rp][bp]|in$|def|\d)/

/** The pattern of a path's end: `*` is any text within a segment, and what it begins with begins a segment. */
const pathPattern = (pattern: string): RegExp =>
  new RegExp(
    `(?:^|/)${pattern
      .split('*')
      .map((part) => part.replaceAll(/[\\^$.|?+()[\]{}]/g, String.raw`\$&`))
      .join('[^/]*')}$`,
  )
