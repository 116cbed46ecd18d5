import type { DirectoryEntry } from '../../directory.ts'

/** What a server's schema knows (RFC 4512 4.2), by lower-case name. */
export interface Subschema {
  readonly attributes: ReadonlySet<string>
  readonly classes: ReadonlySet<string>
}

const MOST = 20_000

/** Reads the names in a subschema entry; undefined where it has none, which tells nothing of what the server knows. */
export const readSubschema = (entry: Pick<DirectoryEntry, 'texts'>): Subschema | undefined => {
  const [attributes, classes] = [namesIn(entry.texts('attributetypes')), namesIn(entry.texts('objectclasses'))]
  return attributes.size === 0 ? undefined : { attributes, classes }
}

/** Those of some attributes that the schema knows; all where no schema could be read. Asking for others only costs the server time. */
export const knownAttributes = (schema: Subschema | undefined, wanted: readonly string[]): readonly string[] =>
  schema === undefined
    ? wanted
    : wanted.filter((name) => schema.attributes.has(name.replace(/;.*/, '')) || UNLISTED.has(name))

/** What OpenLDAP knows and does not list. */
const UNLISTED: ReadonlySet<string> = new Set(['authzto', 'authzfrom'])

/**
 * A filter for entries of some classes; undefined where the server knows none of them. Classes that it does not know are left out: a
 * comparison with them is neither true nor false (RFC 4511 4.5.1.7), so that its negation would match nothing.
 */
export const classFilter = (schema: Subschema | undefined, classes: readonly string[]): string | undefined => {
  const known =
    schema === undefined || schema.classes.size === 0
      ? classes
      : classes.filter((name) => schema.classes.has(name.toLowerCase()))
  return known.length === 0 ? undefined : `(|${known.map((name) => `(objectClass=${name})`).join('')})`
}

const namesIn = (definitions: readonly string[]): Set<string> => {
  const names = new Set<string>()
  for (const definition of definitions.slice(0, MOST)) {
    const at = definition.search(/\sNAME\s/)
    if (at < 0 || at > 200) continue
    const list = /^\sNAME\s{1,8}(?:'([^']{1,128})'|\(([^)]{1,2048})\))/.exec(definition.slice(at, at + 2200))
    if (list?.[1] !== undefined) names.add(list[1].toLowerCase())
    for (const [, name = ''] of list?.[2]?.matchAll(/'([^']{1,128})'/g) ?? []) names.add(name.toLowerCase())
  }
  return names
}
