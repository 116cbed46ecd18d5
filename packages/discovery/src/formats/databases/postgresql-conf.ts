import type { Place } from '@rollcall/contract'

/** A parameter of postgresql.conf; of several that name it, the last counts. */
export interface PostgresqlParameter {
  readonly value: string
  readonly place: Required<Place>
}

/** The parameters of one file, names in lower case. What it includes is told by `include`, `include_dir` and `include_if_exists`. */
export const parsePostgresqlConf = (text: string, path: string): ReadonlyMap<string, PostgresqlParameter> => {
  const parameters = new Map<string, PostgresqlParameter>()
  for (const [index, line] of text.split('\n').entries()) {
    const found = /^[ \t\r\f]*([A-Za-z_][\w.$]*)[ \t]*(?:=[ \t]*|(?=[ \t']))(.*)$/.exec(line.slice(0, 8192))
    if (found === null) continue
    const value = valueOf(found[2]!.trimStart())
    if (value !== undefined) parameters.set(found[1]!.toLowerCase(), { value, place: { path, line: index + 1 } })
  }
  return parameters
}

/** Quoted, with a quote in it doubled or after a backslash, or one word. */
const valueOf = (text: string): string | undefined => {
  if (!text.startsWith("'")) return /^[^\s#'=]+/.exec(text)?.[0]
  const quoted = /^'((?:[^'\\]|''|\\.)*)'/.exec(text)?.[1]
  return quoted?.replaceAll(/''|\\(.)/g, (_, escaped: string | undefined) => escaped ?? "'")
}
