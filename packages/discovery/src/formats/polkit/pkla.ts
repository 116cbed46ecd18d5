import type { PolkitResult } from './rules.ts'

/** One section of a `.pkla` file (pklocalauthority(8)). */
export interface PklaEntry {
  /** In polkit's spelling: `unix-user:ann`, `unix-group:ops`, `unix-netgroup:farm`, with `*` and `?` as in a shell. */
  readonly identities: readonly string[]
  readonly actions: readonly string[]
  readonly any?: PolkitResult
  readonly active?: PolkitResult
  readonly line: number
}

/** Reads the groups of a key file; a line that is none of its forms is skipped, as GLib does not: then all of the file is. */
export const parseKeyFile = (text: string) => {
  const groups: { name: string; line: number; values: Map<string, { value: string; line: number }> }[] = []
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    if (line.startsWith('[') && line.endsWith(']'))
      groups.push({ name: line.slice(1, -1), line: index + 1, values: new Map() })
    else {
      const equals = line.indexOf('=')
      if (equals > 0)
        groups
          .at(-1)
          ?.values.set(line.slice(0, equals).trim(), { value: line.slice(equals + 1).trim(), line: index + 1 })
    }
  }
  return groups
}

export const parsePkla = (text: string): PklaEntry[] =>
  parseKeyFile(text).flatMap(({ line, values }): PklaEntry[] => {
    const value = (name: string) => values.get(name)?.value
    const [identities, actions] = [listed(value('Identity')), listed(value('Action'))]
    const [any, active] = [resultOf(value('ResultAny')), resultOf(value('ResultActive'))]
    return identities.length === 0 || actions.length === 0
      ? []
      : [
          {
            identities,
            actions,
            ...(any === undefined ? {} : { any }),
            ...(active === undefined ? {} : { active }),
            line,
          },
        ]
  })

export const listed = (text = '') =>
  text
    .split(';')
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .slice(0, 256)

const RESULTS: Readonly<Record<string, PolkitResult>> = {
  yes: 'yes',
  no: 'no',
  auth_self: 'auth_self',
  auth_self_keep: 'auth_self',
  auth_admin: 'auth_admin',
  auth_admin_keep: 'auth_admin',
}
const resultOf = (word: string | undefined): PolkitResult | undefined =>
  word === undefined ? undefined : Object.hasOwn(RESULTS, word) ? RESULTS[word] : 'unknown'
