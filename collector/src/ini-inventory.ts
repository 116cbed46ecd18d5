import { expandHosts, inventoryDraft, isKept, type InventoryDraft, type ReadInventory } from './inventory-hosts.ts'

/** Reads an Ansible inventory in INI form, by lines: groups, `:children`, `:vars`, host ranges, and variables beside hosts. */
export const readIniInventory = (lines: readonly string[]): ReadInventory => {
  const draft = inventoryDraft()
  const declared = new Set(['all', 'ungrouped'])
  /** Groups named before they are declared, which may be later in the file or never. */
  const pending: { name: string; line: number; problem: string }[] = []
  let section: { group: string; holds: 'hosts' | 'children' | 'vars' | 'nothing' } = {
    group: 'ungrouped',
    holds: 'hosts',
  }

  for (const [index, raw] of lines.entries()) {
    const number = index + 1
    const line = raw.trim()
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue
    const header = /^\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?$/.exec(line)
    if (header) {
      const [, group = '', holds = 'hosts'] = header
      if (holds === 'hosts' || holds === 'children' || holds === 'vars') {
        section = { group, holds }
        draft.group(group)
        if (holds === 'vars')
          pending.push({ name: group, line: number, problem: 'variables are set for a group that is not there' })
        else declared.add(group)
      } else {
        // What follows belongs to something unknown: it is told once, here, and each line again.
        section = { group, holds: 'nothing' }
        draft.problem(number, `[${group}:${holds}]`, 'expected a section of hosts, :children or :vars')
      }
    } else if (line.startsWith('[') && line.endsWith(']') && !/^\[[^\]]*:[^\]]*\]$/.test(line))
      draft.problem(number, line, 'the section header cannot be read')
    else if (section.holds === 'hosts') readHost(draft, section.group, line, number)
    else if (section.holds === 'children') {
      const child = /^([^:\]\s]+)\s*(?:#.*)?$/.exec(line)?.[1]
      if (child === undefined) draft.problem(number, firstWord(line), 'expected the name of a group')
      else {
        draft.child(section.group, child, number)
        pending.push({ name: child, line: number, problem: 'the group is not there' })
      }
    } else if (section.holds === 'vars') {
      const equals = line.indexOf('=')
      if (equals < 0) draft.problem(number, firstWord(line), 'expected name=value')
      else
        readVariable(line.slice(0, equals).trim(), line.slice(equals + 1).trim(), (name, value) =>
          draft.variable(section.group, name, value),
        )
    } else draft.problem(number, firstWord(line), 'it stands in a section that cannot be read')
  }
  for (const { name, line, problem } of pending) if (!declared.has(name)) draft.problem(line, name, problem)
  return draft.done()
}

const readHost = (draft: InventoryDraft, group: string, line: string, number: number) => {
  const tokens = words(line)
  const [pattern = '', ...settings] = tokens ?? []
  if (tokens === undefined) return draft.problem(number, firstWord(line), 'a quote is not closed')
  if (pattern === '') return undefined
  const bare = settings.findIndex((setting) => !setting.includes('='))
  if (bare >= 0) return draft.problem(number, firstWord(line), 'expected name=value after the host')
  const names = expandHosts(pattern)
  if ('problem' in names) return draft.problem(number, pattern, names.problem)
  if (pattern.endsWith(':') || pattern === '---') return draft.problem(number, pattern, 'expected a host')
  const variables = new Map<string, string>()
  if (names.port !== undefined) variables.set('ansible_port', String(names.port))
  for (const setting of settings) {
    const equals = setting.indexOf('=')
    readVariable(setting.slice(0, equals), setting.slice(equals + 1), (name, value) => variables.set(name, value))
  }
  return draft.hosts(group, names.hosts, variables, number)
}

/** Values are Python literals where they can be, and else text; None is as if it were not set. */
const readVariable = (name: string, value: string, set: (name: string, value: string) => void) => {
  if (!isKept(name)) return
  const quoted = /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')(?:\s*#.*)?$/s.exec(value)
  if (quoted) set(name, (quoted[1] ?? quoted[2] ?? '').replaceAll(/\\(.)/gs, '$1'))
  // A literal may be followed by a comment, as Python reads it; text may not.
  else set(name, /^(\d+)\s*#/.exec(value)?.[1] ?? (value === 'None' ? '' : value))
}

/**
 * Splits a line as a POSIX shell does, without expanding anything; `#` at any place outside quotes begins a comment, as
 * Python's shlex has it. Undefined when a quote is not closed.
 */
const words = (line: string): string[] | undefined => {
  const found: string[] = []
  let word: string | undefined
  let quote: string | undefined
  for (let at = 0; at < line.length; at++) {
    const character = line[at]!
    if (quote !== undefined) {
      if (character === quote) quote = undefined
      else if (character === '\\' && quote === '"' && /["\\]/.test(line[at + 1] ?? '')) word += line[++at]!
      else word += character
    } else if (/\s/.test(character)) {
      if (word !== undefined) found.push(word)
      word = undefined
    } else if (character === '#') break
    else if (character === '"' || character === "'") {
      quote = character
      word ??= ''
    } else if (character === '\\') {
      if (at + 1 >= line.length) return undefined
      word = `${word ?? ''}${line[++at]!}`
    } else word = `${word ?? ''}${character}`
  }
  if (quote !== undefined) return undefined
  if (word !== undefined) found.push(word)
  return found
}

/** What may be repeated of a line that could not be read: never what stands after the host, which may be a password. */
const firstWord = (line: string) => /^[^\s=]+/.exec(line)?.[0] ?? ''
