import type { Place } from '@rollcall/contract'

/** A value of krb5.conf. */
export interface Krb5Value {
  /** The section, with the names of the braces it is in: `realms/EXAMPLE.ORG`. */
  readonly section: string
  readonly name: string
  readonly value: string
  readonly place: Required<Place>
}

const MOST_VALUES = 10_000

/** The values of one file, in order; of several in the same place, the first counts. Includes are told as values of the section ``. */
export const parseKrb5Conf = (text: string, path: string): readonly Krb5Value[] => {
  const values: Krb5Value[] = []
  let section = ''
  const braces: string[] = []
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.slice(0, 8192).trim()
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue
    if (values.length >= MOST_VALUES) break
    const place = { path, line: index + 1 }
    const include = /^(include|includedir)\s+(\S+)$/.exec(line)
    if (include !== null) {
      values.push({ section: '', name: include[1]!, value: include[2]!, place })
      continue
    }
    const header = /^\[([^\]]{1,200})\]/.exec(line)
    if (header !== null) {
      section = header[1]!.trim()
      braces.length = 0
    } else if (line.startsWith('}')) braces.pop()
    else {
      const at = line.indexOf('=')
      if (at === -1) continue
      const name = line.slice(0, at).trim()
      const value = line.slice(at + 1).trim()
      if (value === '{') braces.push(name)
      else values.push({ section: [section, ...braces.slice(0, 8)].join('/'), name, value: unquoted(value), place })
    }
  }
  return values
}

const unquoted = (value: string) => /^"(.*)"$/.exec(value)?.[1] ?? value
