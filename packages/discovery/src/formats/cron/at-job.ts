/** What the name of a job of at(1) says: queue, number and minute, as `a0001601bd0f5e`. */
export interface AtJobName {
  readonly queue: string
  readonly number: number
  /** ISO 8601, UTC, minutes. */
  readonly time: string
}

export const atJobName = (name: string): AtJobName | undefined => {
  const found = /^([A-Za-z=])([0-9a-f]{5})([0-9a-f]{8})$/.exec(name)
  if (found === null) return undefined
  const time = new Date(Number.parseInt(found[3]!, 16) * 60_000)
  return Number.isNaN(time.getTime())
    ? undefined
    : { queue: found[1]!, number: Number.parseInt(found[2]!, 16), time: `${time.toISOString().slice(0, 16)}Z` }
}

/** A job's file: what at(1) put before the commands is the environment it was made in, with all its values. */
export interface AtJob {
  /** The commands, and the folder they begin in. They may hold secrets and stay with whoever parsed them. */
  readonly commands: string
  readonly folder?: string
  /** Names of the variables that were kept. */
  readonly variables: readonly string[]
}

export const parseAtJob = (text: string): AtJob => {
  const variables: string[] = []
  // The values are quoted, line feeds in them too, so that only what at itself exports is looked for.
  for (const [, name] of text.slice(0, LONGEST).matchAll(/; export ([A-Za-z_]\w{0,100})$/gm))
    if (variables.length < MOST_VARIABLES) variables.push(name!)
  const change = /^cd (.{0,4096}) \|\| \{\n.{0,200}\n.{0,200}\n\}\n/m.exec(text)
  if (change === null) return { commands: '', variables }
  const folder = change[1]!.replaceAll(/\\(.)/g, '$1').replace(/^"(.*)"$|^'(.*)'$/, '$1$2')
  const rest = text.slice(change.index + change[0].length)
  // Red Hat's feeds them to the shell of the account.
  const fed = /^\$\{SHELL:-\/bin\/sh\} << '?(marcinDELIMITER\w+)'?\n/.exec(rest)
  const commands = fed === null ? rest : rest.slice(fed[0].length).split(`\n${fed[1]}`)[0]!
  return { commands, variables, ...(folder.startsWith('/') ? { folder } : {}) }
}

const LONGEST = 256 * 1024
const MOST_VARIABLES = 256
