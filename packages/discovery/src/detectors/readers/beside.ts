import type { Entry } from '../detector.ts'

/** What stands beside entries under some name; what is commented out stands beside nothing. Each entry is looked at once. */
export const besides = (
  entries: Iterable<Entry>,
): ((entry: Entry, ...names: readonly string[]) => string | undefined) => {
  const groups = new Map<number, Map<string, string>>()
  for (const { group, keys, value, commented } of entries) {
    if (commented === true || value === '') continue
    let named = groups.get(group)
    if (named === undefined) groups.set(group, (named = new Map<string, string>()))
    const own = keys.at(-1) ?? ''
    if (!named.has(own)) named.set(own, value)
  }
  return ({ group }, ...names) => {
    const named = groups.get(group)
    const name = names.find((one) => named?.has(one))
    return name === undefined ? undefined : named!.get(name)
  }
}
