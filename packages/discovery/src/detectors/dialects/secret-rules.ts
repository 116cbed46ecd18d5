import type { SecretKind, Sighting, ValueClass } from '../detector.ts'
import type { Block, Setting } from './setting.ts'
import type { Word } from './words.ts'

/** Says something of a secret by what stands around it. */
export type Told = (setting: Setting) => string | undefined

/** Settings of a program that hold a secret, and how the file tells whose it is. */
export interface SecretRule {
  /** Their names in lower case; a part in front of the last `/` names a block around them by its first word. */
  readonly names: readonly (string | RegExp)[]
  /** Default: `password`. */
  readonly secret?: SecretKind
  /** Which of the values it is; negative numbers count from the last. Default: 0. */
  readonly word?: number
  readonly account?: Told
  readonly system?: Told
  readonly service?: string
  readonly valueClass?: ValueClass
  readonly scheme?: string
  /** Whether this value is one, where the name alone does not say so; what follows it in the file is not known yet. */
  readonly when?: (value: string, setting: Setting) => boolean
}

/** The secrets among some settings, by the first rule that fits each. */
export function* secretsAmong(settings: Iterable<Setting>, rules: SecretRules): Iterable<Sighting> {
  const found: [Setting, SecretRule, Word][] = []
  for (const setting of settings) {
    const rule = rules.for(setting)
    if (rule === undefined) continue
    const { values } = setting
    const { word = 0 } = rule
    const value = values.at(word)
    if (value === undefined || value.text === '') continue
    if (setting.commented && isSentence(setting, word)) continue
    found.push([setting, rule, value])
    if (found.length >= MOST) break
  }
  // Neighbours may follow the secret, so that all settings have to be there before any is told of.
  for (const [setting, rule, value] of found) {
    yield secretOf(value, {
      name: setting.name,
      secret: rule.secret ?? 'password',
      commented: setting.commented,
      account: rule.account?.(setting),
      system: rule.system?.(setting),
      service: rule.service,
      valueClass: rule.valueClass,
      scheme: rule.scheme,
    })
  }
}

/** Comments explain in words what they are about: what is meant as a setting has no more values than that takes. */
const isSentence = ({ blank, values }: Setting, word: number): boolean => {
  if (blank && values.length > (word < 0 ? 4 : word + 1)) return true
  const { text = '', quoted = false } = values.at(word) ?? {}
  return !quoted && text.split(/\s+/, 5).length > (blank ? 1 : 3)
}

export interface SecretFacts {
  readonly name: string | undefined
  readonly secret?: SecretKind
  readonly commented?: boolean
  readonly account?: string | undefined
  readonly system?: string | undefined
  readonly service?: string | undefined
  readonly valueClass?: ValueClass | undefined
  readonly scheme?: string | undefined
}

/** A word at a place where its format keeps a secret. */
export const secretOf = (
  { text, at, length, quoted }: Word,
  { name, secret = 'password', commented, account, system, service, valueClass, scheme }: SecretFacts,
): Sighting => ({
  at,
  length,
  ...(text.length === length ? {} : { value: text }),
  secret,
  ...(name === undefined ? {} : { name }),
  ...(account === undefined || account === '' ? {} : { account }),
  ...(system === undefined || system === '' ? {} : { system }),
  ...(service === undefined ? {} : { service }),
  evidence: 'format',
  by: 'format',
  ...(quoted ? { quoted } : {}),
  ...(commented === true ? { commented } : {}),
  ...(valueClass === undefined ? {} : { valueClass }),
  ...(scheme === undefined ? {} : { scheme }),
})

export interface SecretRules {
  for(setting: Setting): SecretRule | undefined
}

/** Rules by the names of settings, so that a setting costs one look. */
export const secretRules = (rules: readonly SecretRule[]): SecretRules => {
  const byName = new Map<string, { within: string | undefined; rule: SecretRule }[]>()
  const byPattern: { pattern: RegExp; rule: SecretRule }[] = []
  for (const rule of rules)
    for (const path of rule.names) {
      if (typeof path !== 'string') {
        byPattern.push({ pattern: path, rule })
        continue
      }
      const slash = path.lastIndexOf('/')
      const within = slash < 0 ? undefined : path.slice(0, slash)
      const name = path.slice(slash + 1)
      byName.set(name, [...(byName.get(name) ?? []), { within, rule }])
    }
  return {
    for(setting) {
      const { name, block } = setting
      return (
        byName
          .get(name)
          ?.find(({ within, rule }) => (within === undefined || isWithin(block, within)) && fits(setting, rule)) ??
        byPattern.find(({ pattern, rule }) => pattern.test(name) && fits(setting, rule))
      )?.rule
    },
  }
}

const fits = (setting: Setting, { word = 0, when }: SecretRule): boolean =>
  when === undefined || when(setting.values.at(word)?.text ?? '', setting)

const isWithin = (block: Block, within: string): boolean => {
  for (let up: Block | undefined = block; up !== undefined; up = up.parent) if (up.words[0] === within) return true
  return false
}

/** The value of the nearest setting of the same block that has one of these names, the first name first. */
export const beside =
  (...names: readonly string[]): Told =>
  ({ block, index, commented }) => {
    for (const name of names) {
      const value = nearest(block, index, name, commented)
      if (value !== undefined) return value
    }
    return undefined
  }

const nearest = ({ settings }: Block, index: number, name: string, commented: boolean): string | undefined => {
  let other: string | undefined
  for (let distance = 1; distance <= FARTHEST; distance++)
    for (const setting of [settings[index - distance], settings[index + distance]]) {
      if (setting?.name !== name) continue
      const value = setting.values[0]?.text
      if (value === undefined || value === '') continue
      if (setting.commented === commented) return value
      other ??= commented ? value : undefined
    }
  return other
}

/** A word of what heads the nearest block that has one, or of the block that begins with `type`. */
export const heading =
  (word = 1, type?: string): Told =>
  ({ block }) => {
    for (let up: Block | undefined = block; up !== undefined; up = up.parent)
      if (type === undefined ? up.words.length > word : up.words[0] === type) return up.words[word]
    return undefined
  }

/** A value of the setting itself. */
export const value =
  (word: number): Told =>
  ({ values }) =>
    values.at(word)?.text

/** The first that says something. */
export const firstOf =
  (...told: readonly Told[]): Told =>
  (setting) => {
    for (const one of told) {
      const text = one(setting)
      if (text !== undefined && text !== '') return text
    }
    return undefined
  }

/** Several, put together as an address: a host with its port, a host with its database. */
export const joined =
  (between: string, first: Told, second: Told): Told =>
  (setting) => {
    const one = first(setting)
    const other = second(setting)
    return one === undefined || other === undefined ? (one ?? other) : `${one}${between}${other}`
  }

const FARTHEST = 200
const MOST = 20_000
