import type { DirectoryEntry } from '../../directory.ts'

/** What a schema says of how attributes and classes hang together (RFC 4512 4.1), by lower-case names. */
export interface SchemaTree {
  /** The one name by which an attribute is known here, of several it may have; undefined where it is unknown. */
  attribute(name: string): string | undefined
  isClass(name: string): boolean
  /** Whether an attribute is another one or one of its kinds, as `cn` is of `name`. */
  isKindOf(name: string, above: string): boolean
  /** An attribute with those above it, nearest first. */
  lineOf(name: string): readonly string[]
  /** Attributes that entries of a class must or may have, by the classes above it too. Undefined for an unknown class, and for one that allows all. */
  attributesOf(objectClass: string): ReadonlySet<string> | 'all' | undefined
  isClassWithin(objectClass: string, above: string): boolean
  /** Classes whose entries must or may have an attribute, those included that are below such; none for one that any entry may have. */
  classesWith(attribute: string): readonly string[]
  /** How values are compared, in lower case: `caseignorematch`; empty where they are not. */
  equalityOf(name: string): string
  /** Whether values are names of entries: a DN, or one with a number behind it. */
  isName(name: string): boolean
}

interface AttributeType {
  readonly name: string
  readonly above: string | undefined
  readonly equality: string | undefined
  readonly syntax: string | undefined
}

interface ObjectClass {
  readonly above: readonly string[]
  readonly attributes: readonly string[]
}

const MOST = 20_000
const LONGEST = 65_536
const DEEPEST = 32

/** Reads the definitions of a subschema entry; undefined where it has none. */
export const readSchemaTree = (entry: Pick<DirectoryEntry, 'texts'>): SchemaTree | undefined => {
  const attributes = new Map<string, AttributeType>()
  for (const text of entry.texts('attributetypes').slice(0, MOST)) {
    const read = definitionOf(text)
    const [name] = read.names
    if (name === undefined) continue
    const one: AttributeType = {
      name,
      above: read.words('SUP')[0],
      equality: read.words('EQUALITY')[0],
      syntax: read.words('SYNTAX')[0],
    }
    for (const alias of [...read.names, read.number]) if (!attributes.has(alias)) attributes.set(alias, one)
  }
  if (attributes.size === 0) return undefined
  const classes = new Map<string, ObjectClass>()
  for (const text of entry.texts('objectclasses').slice(0, MOST)) {
    const read = definitionOf(text)
    const one: ObjectClass = { above: read.words('SUP'), attributes: [...read.words('MUST'), ...read.words('MAY')] }
    for (const alias of [...read.names, read.number]) if (!classes.has(alias)) classes.set(alias, one)
  }
  return new Tree(attributes, classes)
}

class Tree implements SchemaTree {
  readonly #attributes: ReadonlyMap<string, AttributeType>
  readonly #classes: ReadonlyMap<string, ObjectClass>
  readonly #ofClass = new Map<string, ReadonlySet<string> | 'all' | undefined>()

  constructor(attributes: ReadonlyMap<string, AttributeType>, classes: ReadonlyMap<string, ObjectClass>) {
    this.#attributes = attributes
    this.#classes = classes
  }

  attribute(name: string): string | undefined {
    return this.#attributes.get(name.toLowerCase())?.name
  }

  isClass(name: string): boolean {
    return this.#classes.has(name.toLowerCase())
  }

  isKindOf(name: string, above: string): boolean {
    const wanted = this.attribute(above)
    return wanted !== undefined && this.lineOf(name).includes(wanted)
  }

  lineOf(name: string): readonly string[] {
    const line: string[] = []
    for (let one = this.#attributes.get(name.toLowerCase()); one !== undefined && line.length < DEEPEST;) {
      line.push(one.name)
      one = one.above === undefined ? undefined : this.#attributes.get(one.above)
    }
    return line
  }

  attributesOf(objectClass: string): ReadonlySet<string> | 'all' | undefined {
    const name = objectClass.toLowerCase()
    if (name === 'extensibleobject') return 'all'
    if (!this.#ofClass.has(name)) this.#ofClass.set(name, this.#collected(name))
    return this.#ofClass.get(name)
  }

  isClassWithin(objectClass: string, above: string): boolean {
    const wanted = this.#classes.get(above.toLowerCase())
    const left = [objectClass.toLowerCase()]
    const seen = new Set(left)
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      const one = this.#classes.get(name)
      if (one === undefined) continue
      if (one === wanted) return true
      for (const next of one.above)
        if (!seen.has(next)) {
          seen.add(next)
          left.push(next)
        }
    }
    return false
  }

  classesWith(attribute: string): readonly string[] {
    const name = this.attribute(attribute)
    if (name === undefined) return []
    return [...this.#classes.keys()].filter((one) => {
      const held = /^\d/.test(one) ? undefined : this.attributesOf(one)
      return typeof held === 'object' && held.has(name)
    })
  }

  equalityOf(name: string): string {
    return this.#inherited(name, 'equality') ?? ''
  }

  isName(name: string): boolean {
    return NAMES.has((this.#inherited(name, 'syntax') ?? '').replace(/\{.*/, ''))
  }

  #inherited(name: string, field: 'equality' | 'syntax'): string | undefined {
    for (const one of this.lineOf(name)) {
      const value = this.#attributes.get(one)?.[field]
      if (value !== undefined) return value
    }
    return undefined
  }

  #collected(objectClass: string): ReadonlySet<string> | undefined {
    if (!this.#classes.has(objectClass)) return undefined
    const found = new Set<string>()
    const left = [objectClass]
    const seen = new Set(left)
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      const one = this.#classes.get(name)
      // Those above an attribute are let in with it.
      for (const attribute of one?.attributes ?? []) for (const each of this.lineOf(attribute)) found.add(each)
      for (const next of one?.above ?? [])
        if (!seen.has(next)) {
          seen.add(next)
          left.push(next)
        }
    }
    return found
  }
}

/** Distinguished name; name and optional unique number. */
const NAMES: ReadonlySet<string> = new Set(['1.3.6.1.4.1.1466.115.121.1.12', '1.3.6.1.4.1.1466.115.121.1.34'])

/** `( 2.5.4.3 NAME ( 'cn' 'commonName' ) SUP name )` */
const definitionOf = (text: string) => {
  const tokens: readonly string[] =
    text
      .slice(0, LONGEST)
      .replaceAll(/(\bDESC\s+)'(?:[^'\\]|\\.)*'/g, '$1_')
      .toLowerCase()
      .match(/[()]|'[^']*'|[^\s()'$]+/g) ?? []
  const words = (keyword: string): string[] => {
    const at = tokens.indexOf(keyword.toLowerCase())
    if (at < 0) return []
    if (tokens[at + 1] !== '(') return tokens.slice(at + 1, at + 2).map(unquoted)
    const end = tokens.indexOf(')', at)
    return tokens.slice(at + 2, end < 0 ? undefined : end).map(unquoted)
  }
  return { number: tokens[1] ?? '', names: words('NAME'), words }
}

const unquoted = (token: string) => token.replaceAll("'", '')
