import { secretNamed } from '../names/secret-name.ts'
import { neighbourNamed, type NeighbourName, type NeighbourRole } from '../names/neighbour-name.ts'

/** What lines around a secret tell of whom it opens and where. */
export interface Whose {
  readonly account?: string
  readonly system?: string
}

interface Asked {
  /** What stands before the secret in its name. */
  readonly stem: string
  readonly commented: boolean
  /** Bare words are names of variables. */
  readonly code: boolean
}

const MOST_LINES = 8
const REACH = 1200

/**
 * Looks at some lines before and behind a secret for names of accounts and systems that share its stem. Sections, blocks and empty
 * lines (where the lines before have told something) end the look.
 */
export const whoseIs = (text: string, from: number, to: number, { stem, commented, code }: Asked): Whose => {
  const seen: Seen[] = []
  const begin = Math.max(0, from - REACH)
  const above = text
    .slice(begin, from)
    .split('\n', 200)
    .slice(-MOST_LINES - 1, -1)
    .toReversed()
  const below = text.slice(to + 1, to + REACH).split('\n', MOST_LINES)
  note(seen, text.slice(from, Math.min(to, from + 1000)), 0, commented, code)
  for (const [lines, weight] of [
    [above, 1],
    [below, 2],
  ] as const)
    for (const [index, line] of lines.entries()) {
      if (ENDS.test(line)) break
      note(seen, line, (index + 1) * weight, commented, code)
    }
  const account = best(seen, 'account', stem)
  const host = best(seen, 'host', stem)
  const port = host === undefined || host.includes(':') ? undefined : best(seen, 'port', stem)
  const system = host === undefined ? best(seen, 'address', stem) : port === undefined ? host : `${host}:${port}`
  return { ...(account === undefined ? {} : { account }), ...(system === undefined ? {} : { system }) }
}

interface Seen extends NeighbourName {
  readonly value: string
  readonly distance: number
}

/** A section or a block begins or ends. */
const ENDS = /^[ \t]*(?:\[[^\]]*\][ \t]*(?:#.*)?\r?$|\}|<\/|---)/

const note = (seen: Seen[], line: string, distance: number, commented: boolean, code: boolean) => {
  const body = commented ? line.replace(/^[ \t]*[#;!/*-]{1,3}[ \t]?/, '') : line
  if (body.length > 1000 || (!commented && /^[ \t]*[#;!]/.test(body))) return
  let left = 8
  for (const { groups } of body.matchAll(PAIR)) {
    if (left-- === 0) return
    const { name = '', double, single, bare } = groups ?? {}
    const value = double ?? single ?? (code && !/^\d+$/.test(bare ?? '') ? '' : bare) ?? ''
    // What may be a secret itself tells nobody's name: it would be told in clear.
    const silent = value === '' || value.length > 200 || /^[$%{<]?$/.test(value) || secretNamed(name) !== undefined
    const named = silent ? undefined : neighbourNamed(name)
    if (named !== undefined && secretNamed(value) === undefined) seen.push({ ...named, value, distance })
  }
}

const PAIR =
  /(?<![\w$.-])(?<name>[$@]?[A-Za-z][\w.-]{0,60})["'\])]{0,2}(?:[ \t]{0,20}(?::=|=>|[:=,])[ \t]{0,20}|[ \t]{1,20}(?=[^ \t=]{1,200}[ \t]*;?\r?$))(?:"(?<double>[^"\n]{0,300})"|'(?<single>[^'\n]{0,300})'|(?<bare>[^\s"',;<>(){}]{1,200}))/g

const best = (seen: readonly Seen[], role: NeighbourRole, stem: string): string | undefined => {
  const all = seen.filter((one) => one.role === role)
  const own = all.filter((one) => one.stem === stem)
  const near =
    own.length > 0
      ? own
      : all.filter((one) => one.stem === '' || stem === '' || one.stem.endsWith(stem) || stem.endsWith(one.stem))
  if (own.length === 0 && new Set(near.map((one) => one.stem)).size > 1) return undefined
  return near.toSorted((one, other) => one.rank * 4 + one.distance - other.rank * 4 - other.distance)[0]?.value
}
