import { isAlias, isMap, isScalar, LineCounter, parseDocument, visit, type Document, type Node } from 'yaml'
import { expandHosts, inventoryDraft, isKept, type InventoryDraft, type ReadInventory } from './inventory-hosts.ts'

/** Nested groups and lists deeper than this are no inventory. */
const MAX_DEPTH = 64
/** Groups, hosts and variables visited at most, however often aliases name them. */
const MAX_VISITS = 500_000

/** Ends the reading of a text that stands for more than it holds. */
class TooMany extends Error {}

/** Reads an Ansible inventory in YAML form: groups with `hosts`, `vars` and `children`. Aliases and merge keys are followed within bounds. */
export const readYamlInventory = (text: string): ReadInventory => {
  const draft = inventoryDraft()
  const depth = deepest(text)
  if (depth.levels > MAX_DEPTH) {
    draft.problem(depth.line, '', `it is nested deeper than ${MAX_DEPTH} levels`)
    return draft.done()
  }
  const lines = new LineCounter()
  // Ansible reads YAML 1.1. What the parser says about a mistake may quote the text around it, so only its place is told.
  const document = parseDocument(text, {
    version: '1.1',
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'silent',
    uniqueKeys: false,
    stringKeys: false,
  })
  for (const { code, pos } of document.errors.slice(0, 20))
    draft.problem(lines.linePos(pos[0]).line, '', `it is not YAML (${code.toLowerCase().replaceAll('_', ' ')})`)
  if (document.errors.length > 0) return draft.done()
  try {
    reader(draft, document, lines).top(document.contents)
  } catch (error) {
    if (!(error instanceof TooMany)) throw error
    draft.problem(1, '', `its aliases stand for more than ${MAX_VISITS} entries`)
  }
  return draft.done()
}

/** What each alias stands for: the anchor of its name that was set last before it. Found in one walk, since there may be many. */
const aliasTargets = (document: Document): ReadonlyMap<unknown, unknown> => {
  const anchors = new Map<string, unknown>()
  const targets = new Map<unknown, unknown>()
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) targets.set(node, anchors.get(node.source))
      else if (node.anchor !== undefined) anchors.set(node.anchor, node)
    },
  })
  return targets
}

const reader = (draft: InventoryDraft, document: Document, lines: LineCounter) => {
  const targets = aliasTargets(document)
  /** Groups that were read, by their mapping: the same name for the same mapping says nothing new. */
  const read = new Map<unknown, Set<string>>()
  let visits = 0

  const lineOf = (node: unknown) => {
    const at = (node as Node | null)?.range?.[0]
    return at === undefined ? 1 : lines.linePos(at).line
  }

  const resolved = (node: unknown): unknown => (isAlias(node) ? targets.get(node) : node)

  /** The pairs of a mapping, those it merges in before its own; undefined for what is no mapping. */
  const pairs = (node: unknown, level = 0): { key: string; keyNode: unknown; value: unknown }[] | undefined => {
    const map = resolved(node)
    if (!isMap(map) || level > MAX_DEPTH) return undefined
    const merged: { key: string; keyNode: unknown; value: unknown }[] = []
    const own: { key: string; keyNode: unknown; value: unknown }[] = []
    for (const { key: keyNode, value } of map.items) {
      if (++visits > MAX_VISITS) throw new TooMany()
      const key = scalar(keyNode)
      if (key === undefined) draft.problem(lineOf(keyNode), '', 'a name is expected here')
      else if (key !== '<<') own.push({ key, keyNode, value })
      else {
        const source = resolved(value)
        const parts = isMap(source) ? [source] : ((source as { items?: unknown[] } | null)?.items ?? [])
        for (const part of parts.toReversed()) {
          const inner = pairs(part, level + 1)
          if (inner === undefined) draft.problem(lineOf(keyNode), '<<', 'only mappings can be merged in')
          else merged.push(...inner)
        }
      }
    }
    return [...new Map([...merged, ...own].map((pair) => [pair.key, pair])).values()]
  }

  /** A scalar as it is written; null is empty. Undefined for what is no scalar. */
  const scalar = (node: unknown): string | undefined => {
    if (node === null || node === undefined) return ''
    const value = resolved(node)
    if (!isScalar(value)) return undefined
    if (value.value === null) return ''
    return typeof value.value === 'string' ? value.value : (value.source ?? JSON.stringify(value.value))
  }

  const isEmpty = (node: unknown) => scalar(node) === ''

  const top = (contents: unknown) => {
    const groups = pairs(contents)
    if (groups === undefined) return draft.problem(1, '', 'expected groups: a mapping of their names')
    const plugin = groups.find(({ key }) => key === 'plugin')
    if (plugin)
      return draft.problem(
        lineOf(plugin.keyNode),
        'plugin',
        'it configures a dynamic inventory, which only Ansible can run; save the output of ansible-inventory --list --yaml and add that',
      )
    for (const { key, keyNode, value } of groups) group(key, keyNode, value, 0)
    return undefined
  }

  const group = (name: string, nameNode: unknown, node: unknown, level: number) => {
    if (level > MAX_DEPTH)
      return draft.problem(lineOf(nameNode), name, `groups are nested deeper than ${MAX_DEPTH} levels`)
    draft.group(name)
    if (isEmpty(node)) return undefined
    const names = read.get(resolved(node)) ?? new Set()
    if (names.has(name)) return undefined
    read.set(resolved(node), names.add(name))
    const sections = pairs(node)
    if (sections === undefined)
      return draft.problem(lineOf(nameNode), name, 'expected a group: a mapping with hosts, vars or children')
    for (const { key, keyNode, value } of sections) {
      if (isEmpty(value)) continue
      if (key === 'vars') variables(value, keyNode, (variable, text) => draft.variable(name, variable, text))
      else if (key === 'hosts') for (const host of members(value, keyNode)) readHosts(name, host)
      else if (key === 'children')
        for (const child of members(value, keyNode)) {
          group(child.key, child.keyNode, child.value, level + 1)
          draft.child(name, child.key, lineOf(child.keyNode))
        }
      else draft.problem(lineOf(keyNode), key, 'expected hosts, vars or children')
    }
    return undefined
  }

  /** The entries of `hosts` or `children`: a mapping, or one name alone. */
  const members = (node: unknown, keyNode: unknown) => {
    const entries = pairs(node)
    if (entries !== undefined) return entries
    const name = scalar(node)
    if (name !== undefined) return [{ key: name, keyNode: node, value: null }]
    draft.problem(lineOf(keyNode), '', 'expected a mapping: each name followed by a colon')
    return []
  }

  const readHosts = (group: string, { key, keyNode, value }: { key: string; keyNode: unknown; value: unknown }) => {
    const names = expandHosts(key)
    if ('problem' in names) return draft.problem(lineOf(keyNode), key, names.problem)
    const own = new Map<string, string>()
    if (names.port !== undefined) own.set('ansible_port', String(names.port))
    if (!isEmpty(value)) variables(value, keyNode, (variable, text) => own.set(variable, text))
    return draft.hosts(group, names.hosts, own, lineOf(keyNode))
  }

  const variables = (node: unknown, keyNode: unknown, set: (variable: string, text: string) => void) => {
    const entries = pairs(node)
    if (entries === undefined) return draft.problem(lineOf(keyNode), '', 'expected variables: a mapping of their names')
    for (const { key, keyNode, value } of entries) {
      if (!isKept(key)) continue
      const text = scalar(value)
      if (text === undefined) draft.problem(lineOf(keyNode), key, 'expected one value')
      else set(key, text)
    }
    return undefined
  }

  return { top }
}

/** How deep the text may be nested, from its brackets and its indentation, before a parser is let near it. */
const deepest = (text: string): { levels: number; line: number } => {
  let deepest = { levels: 0, line: 1 }
  let open = 0
  for (const [index, line] of text.split('\n').entries()) {
    const indent = /^[ \t]*(?:-[ \t]+)*/.exec(line)![0].length
    let levels = Math.ceil(indent / 2)
    for (const character of line) {
      if (character === '[' || character === '{') open++
      else if ((character === ']' || character === '}') && open > 0) open--
      levels = Math.max(levels, open)
    }
    if (levels > deepest.levels) deepest = { levels, line: index + 1 }
  }
  return deepest
}
