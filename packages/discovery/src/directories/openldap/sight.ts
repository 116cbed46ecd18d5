import type { DirectoryGathering } from '../../directory-make.ts'
import type { DirectoryEntry } from '../../directory.ts'
import { ACCOUNT_CLASSES } from '../../formats/ldap/accounts.ts'
import { clippedDn, isWithinDn, normalDn } from '../../formats/ldap/dn.ts'
import type { Verdict } from '../../formats/ldap/look.ts'
import type { AccessRule } from '../../formats/ldap/olc-access.ts'
import { rulesFor, type OlcConfig } from '../../formats/ldap/olc-config.ts'
import { evaluateAccess, type Accessor, type AccessWorld } from '../../formats/ldap/olc-evaluate.ts'
import { readTree } from '../../formats/ldap/root.ts'
import type { SchemaTree } from '../../formats/ldap/schema-tree.ts'
import { classFilter } from '../../formats/ldap/subschema.ts'

/** What whoever scans may read. */
export interface Sight {
  readonly administrator: boolean
  readonly verdict: (attribute: string) => Verdict
  readonly accessor: Accessor
  readonly world: AccessWorld
}

const MOST_SAMPLES = 40

/** Every look is over TLS of at least this strength, by no other layer. */
const STRENGTH: NonNullable<Accessor['strength']> = {
  ssf: { least: 128 },
  tls_ssf: { least: 128 },
  transport_ssf: { least: 0, most: 0 },
  sasl_ssf: { least: 0, most: 0 },
}

/**
 * What whoever scans may read. An administrator of the database passes by all rules; of others the rules decide, where those may be read. Else
 * nothing is known: an attribute that is hidden looks like one that is not there.
 */
export const sightOf = async (
  gathering: DirectoryGathering,
  suffixes: readonly string[],
  config: OlcConfig | undefined,
): Promise<Sight> => {
  const { identity } = gathering.directory
  const dn = identity === undefined || !identity.includes('=') ? undefined : normalDn(identity)
  const databases = (config?.databases ?? []).filter((one) => suffixes.some((ours) => holds(one.suffixes, ours)))
  const administrator =
    dn !== undefined &&
    (config === undefined
      ? await isRootWithoutEntry(gathering, dn, suffixes)
      : databases.length > 0 && databases.every(({ rootDn }) => rootDn !== undefined && normalDn(rootDn) === dn))
  if (administrator) return { administrator, verdict: () => 'readable', accessor: { dn }, world: {} }
  const nobody: Accessor = { strength: STRENGTH }
  if (config === undefined || (identity !== undefined && dn === undefined))
    return {
      administrator,
      verdict: () => 'unknown',
      accessor: dn === undefined ? nobody : { ...nobody, dn },
      world: {},
    }
  const schema = await readTree(gathering)
  const rules = [...new Set(databases.flatMap((one) => rulesFor(one, config)))]
  const wanted = attributesOf(rules)
  const entries = new Seen()
  await seeNamed(gathering, rules, dn, wanted, entries)
  const accessor: Accessor = dn === undefined ? nobody : { ...nobody, dn, isIn: membership(entries, dn, schema) }
  const world: AccessWorld = { schema, values: (entry, attribute) => entries.values(entry, attribute) }
  const samples: (readonly [dn: string, rules: readonly AccessRule[]])[] = []
  for (const database of databases) {
    const own = rulesFor(database, config)
    for (const { what } of own)
      if (
        what.dn !== undefined &&
        what.dn.style !== 'regex' &&
        what.dn.pattern !== '' &&
        database.suffixes.some((suffix) => isWithinDn(what.dn!.pattern, normalDn(suffix)))
      )
        samples.push([what.dn.style === 'base' ? what.dn.pattern : `cn=any,${what.dn.pattern}`, own])
    for (const base of database.suffixes)
      await gathering.search(
        [],
        {
          base,
          scope: 'sub',
          filter: classFilter(undefined, ACCOUNT_CLASSES) ?? '',
          attributes: wanted.length === 0 ? ['1.1'] : wanted,
          maxEntries: MOST_SAMPLES,
          pageSize: MOST_SAMPLES,
        },
        (some) => {
          for (const entry of some) {
            entries.take(entry, wanted)
            if (normalDn(entry.dn) !== dn) samples.push([normalDn(entry.dn), own])
          }
        },
      )
  }
  const reads = (entry: string, own: readonly AccessRule[], attribute: string): boolean | undefined => {
    const whole = evaluateAccess(own, accessor, { dn: entry, attribute }, world).has('r')
    if (whole !== true || !own.some(({ what, by }) => what.value !== undefined || by.some(({ access }) => access.self)))
      return whole
    // Each value is asked for by itself.
    return evaluateAccess(own, accessor, { dn: entry, attribute, value: 'any' }, world).has('r')
  }
  const readable = (attribute: string) => samples.map(([entry, own]) => reads(entry, own, attribute))
  const visible = readable('entry')
  for (const [index, [hidden]] of samples.entries())
    if (visible[index] === false)
      for (const probe of ['directory-accounts', 'directory-groups'] as const)
        gathering.missed(probe, {
          code: 'not-permitted',
          path: clippedDn(hidden.replace(/^cn=any,/, '')),
          detail: 'entries below it',
        })
  const verdicts = new Map<string, Verdict>()
  const verdict = (attribute: string): Verdict => {
    const known = verdicts.get(attribute)
    if (known !== undefined) return known
    // Of entries that are hidden as a whole no attribute matters.
    const each = readable(attribute).filter((_, index) => attribute === 'entry' || visible[index] !== false)
    const told =
      each.length === 0 || each.includes(undefined)
        ? 'unknown'
        : each.every((one) => one === true)
          ? 'readable'
          : each.includes(true) && attribute !== 'entry'
            ? 'unknown'
            : 'denied'
    verdicts.set(attribute, told)
    return told
  }
  return { administrator, verdict, accessor, world }
}

const holds = (suffixes: readonly string[], one: string) =>
  suffixes.some((suffix) => normalDn(suffix) === normalDn(one))

/** Who logged in with a DN that is no entry, and reads passwords, is who the configuration names: no entry could be asked about. */
const isRootWithoutEntry = async (
  gathering: DirectoryGathering,
  dn: string,
  suffixes: readonly string[],
): Promise<boolean> => {
  if (!suffixes.some((suffix) => isWithinDn(dn, normalDn(suffix)))) return false
  const own = await gathering.search(
    [],
    { base: dn, scope: 'base', filter: '(objectClass=*)', attributes: ['1.1'], pageSize: 0 },
    () => {},
  )
  if (own.entries > 0 || own.result !== 32) return false
  let reads = false
  for (const base of suffixes)
    await gathering.search(
      [],
      { base, scope: 'sub', filter: '(userPassword=*)', attributes: ['userpassword'], maxEntries: 1, pageSize: 1 },
      (entries) => {
        reads ||= entries.some((entry) => entry.values('userpassword').length > 0)
      },
    )
  return reads
}

const MOST_ATTRIBUTES = 64

/** The attributes that conditions of rules look at, secrets left out. */
const attributesOf = (rules: readonly AccessRule[]): readonly string[] => {
  const names = new Set<string>()
  for (const { what, by } of rules) {
    if (what.filter !== undefined && what.filter !== 'not-understood')
      for (const name of what.filter.attributes) names.add(name)
    for (const { who } of by)
      for (const one of who)
        if (one.type === 'dnattr') names.add(one.attribute)
        else if (one.type === 'group') names.add('objectclass').add(one.attribute)
        else if (one.type === 'set')
          for (const [, name = ''] of one.pattern.matchAll(/(?:\/|->)\s*([A-Za-z][\w-]*)/g))
            names.add(name.toLowerCase())
  }
  return [...names].filter((name) => !/password|secret|key$/.test(name)).slice(0, MOST_ATTRIBUTES)
}

const MOST_NAMED = 200

/** Reads what rules name by DN: groups, entries of sets, and whoever asks. */
const seeNamed = async (
  gathering: DirectoryGathering,
  rules: readonly AccessRule[],
  dn: string | undefined,
  wanted: readonly string[],
  entries: Seen,
) => {
  if (wanted.length === 0) return
  const named = new Set(dn === undefined ? [] : [dn])
  for (const { by } of rules)
    for (const { who } of by)
      for (const one of who)
        if (one.type === 'group' && !one.expanded) named.add(one.pattern)
        else if (one.type === 'set')
          for (const [, literal = ''] of one.pattern.matchAll(/\[([^\]=]+=[^\]]+)\]/g)) named.add(normalDn(literal))
  for (const base of [...named].slice(0, MOST_NAMED))
    await gathering.search(
      [],
      { base, scope: 'base', filter: '(objectClass=*)', attributes: wanted, pageSize: 0 },
      (some) => {
        for (const entry of some) entries.take(entry, wanted)
      },
    )
}

const MOST_VALUES = 200_000

/** What was seen of entries. An attribute that was not is not known: it may be hidden. */
class Seen {
  readonly #entries = new Map<string, ReadonlyMap<string, readonly string[]>>()
  #values = 0

  take(entry: DirectoryEntry, wanted: readonly string[]): void {
    const values = new Map<string, readonly string[]>()
    for (const name of wanted) {
      const held = entry.texts(name)
      this.#values += held.length
      if (held.length > 0 && this.#values <= MOST_VALUES) values.set(name, held)
    }
    this.#entries.set(normalDn(entry.dn), values)
  }

  values(dn: string, attribute: string): readonly string[] | undefined {
    return this.#entries.get(dn)?.get(attribute)
  }
}

/** Whether a group names somebody, in the attribute and with the class that a rule wants. Groups in groups do not count. */
const membership =
  (entries: Seen, dn: string, schema: SchemaTree | undefined): NonNullable<Accessor['isIn']> =>
  (group, objectClass, attribute) => {
    const classes = entries.values(group, 'objectclass')?.map((name) => name.toLowerCase())
    if (classes === undefined) return undefined
    if (!classes.includes(objectClass)) {
      if (schema === undefined) return undefined
      if (!classes.some((one) => schema.isClassWithin(one, objectClass))) return false
    }
    // The members of a dynamic group are those that its searches find.
    if (schema?.isKindOf(attribute, 'labeleduri') ?? attribute === 'memberurl') return undefined
    return entries.values(group, attribute)?.some((member) => normalDn(member) === dn)
  }
