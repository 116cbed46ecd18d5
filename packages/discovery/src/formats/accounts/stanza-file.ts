/** The attributes of each stanza of an AIX stanza file, by its name; of several stanzas of one name the first counts. */
export type Stanzas = ReadonlyMap<string, ReadonlyMap<string, string>>

/**
 * Reads a stanza file as /etc/security/passwd and its kind are written on AIX: a name and a colon at the beginning of a line, then
 * indented `attribute = value` lines. `*` begins a comment.
 */
export const parseStanzas = (text: string): Stanzas => {
  const stanzas = new Map<string, ReadonlyMap<string, string>>()
  let current: Map<string, string> | undefined
  for (const line of text.split('\n')) {
    if (line.startsWith('*') || line.length > LONGEST_LINE) continue
    const [, name] = /^([^\s:*][^:]{0,255}):[ \t\r]*$/.exec(line) ?? []
    if (name !== undefined) {
      current = new Map()
      if (!stanzas.has(name)) stanzas.set(name, current)
      continue
    }
    const equals = line.indexOf('=')
    if (equals < 0 || !/^[ \t]/.test(line)) continue
    const attribute = line.slice(0, equals).trim()
    if (attribute !== '' && current?.has(attribute) === false) current.set(attribute, line.slice(equals + 1).trim())
  }
  return stanzas
}

const LONGEST_LINE = 100_000

/** An attribute of a stanza, or else of the stanza `default`, as AIX looks it up. */
export const attributeOf = (stanzas: Stanzas, name: string, attribute: string): string | undefined =>
  stanzas.get(name)?.get(attribute) ?? stanzas.get('default')?.get(attribute)
