import type { Entry, SecretKind, Sighting, ValueClass } from '../detector.ts'
import { sighting } from './sighting.ts'

/** Where structured files of a format keep a secret, and what tells whom it opens. */
export interface SecretField {
  /** What its names, from the outside in, in lower case and joined by `/`, look like. */
  readonly key: RegExp
  /** What its value must look like. */
  readonly value?: RegExp
  /** Default: a password. */
  readonly secret?: SecretKind
  readonly valueClass?: ValueClass
  readonly scheme?: string
  readonly service?: string | ((keys: readonly string[], beside: Beside) => string | undefined)
  readonly account?: FromPlace
  readonly system?: FromPlace
}

/**
 * Told by what stands beside it, or around that, under one of some names (in lower case, the first that is there), or by its own
 * names.
 */
export type FromPlace = readonly string[] | ((keys: readonly string[], beside: Beside) => string | undefined)

export type Beside = (name: string) => string | undefined

const MOST_ENTRIES = 20_000

/** Sightings of the secrets among some entries, in their order. */
export const secretFields = (entries: Iterable<Entry>, fields: readonly SecretField[]): Sighting[] => {
  const groups = new Map<number, Map<string, string>>()
  const found: { readonly entry: Entry; readonly field: SecretField }[] = []
  let left = MOST_ENTRIES
  for (const entry of entries) {
    if (left-- === 0) break
    const last = entry.keys.at(-1)?.toLowerCase() ?? ''
    if (entry.commented !== true) {
      let group = groups.get(entry.group)
      if (group === undefined) groups.set(entry.group, (group = new Map<string, string>()))
      if (!group.has(last)) group.set(last, entry.value)
    }
    const path = entry.keys.join('/').toLowerCase()
    const field =
      path.length > 1024
        ? undefined
        : fields.find(({ key, value }) => key.test(path) && (value?.test(entry.value) ?? true))
    if (field !== undefined) found.push({ entry, field })
  }
  return found.map(({ entry, field }) => {
    const around = [entry.group, ...(entry.outer ?? [])]
    const beside = (name: string) => {
      for (const group of around) {
        const value = groups.get(group)?.get(name)
        if (value !== undefined && value !== '') return value
      }
      return undefined
    }
    const account = toldBy(field.account, entry.keys, beside)
    const system = toldBy(field.system, entry.keys, beside)
    const service = typeof field.service === 'function' ? field.service(entry.keys, beside) : field.service
    return sighting({
      ...placeOf(entry),
      secret: field.secret ?? 'password',
      valueClass: field.valueClass,
      scheme: field.scheme,
      account,
      system,
      service,
    })
  })
}

const toldBy = (from: FromPlace | undefined, keys: readonly string[], beside: Beside): string | undefined => {
  if (from === undefined) return undefined
  if (typeof from === 'function') return from(keys, beside)
  for (const name of from) {
    const value = beside(name)
    if (value !== undefined) return value
  }
  return undefined
}

/** Where an entry stands, and under which name. */
export const placeOf = ({ keys, value, at, length, quoted, commented }: Entry) => ({
  at,
  length,
  value,
  name: nameOf(keys),
  quoted: quoted ? (true as const) : undefined,
  commented,
})

/** Names joined by dots. Of those that are no identifiers, such as addresses, only that they are there is told. */
export const nameOf = (keys: readonly string[]): string =>
  keys
    .map((key) =>
      /^[A-Za-z0-9_$@ -]{1,64}$/.test(key) || /^[\w-]{1,32}(?:\.[\w-]{1,32}){1,6}$/.test(key) ? key.trim() : '*',
    )
    .join('.')
    .slice(0, 512)
