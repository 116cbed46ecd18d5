/**
 * A script with its variables replaced where they are known. Enough for the programs and accounts of init scripts; what is set by a
 * command or a condition stays a variable or takes the last text.
 */
export const withConstants = (script: string, constants = constantsOf([script])): string => {
  const text = script.slice(0, LONGEST)
  if (constants.size === 0) return text
  let length = 0
  return text.replaceAll(
    /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::?[-=]([\w./@:-]*))?\})/g,
    (whole: string, plain?: string, braced?: string, otherwise?: string) => {
      const value = constants.get(plain ?? braced ?? '') ?? otherwise
      if (value === undefined || length > LONGEST) return whole
      length += value.length
      return value
    },
  )
}

/** Variables set to plain text, each to the last; `${x:-text}` counts as text. */
export const constantsOf = (texts: readonly string[]): ReadonlyMap<string, string> => {
  const constants = new Map<string, string>()
  for (const text of texts)
    for (const [, name, , double, single, plain] of text
      .slice(0, LONGEST)
      .matchAll(
        /^[ \t]*(?:(?:export|local|readonly)[ \t]+)?(?::[ \t]+"?\$\{)?([A-Za-z_]\w{0,63})(=|:?=)(?:"([^"\n`]{0,512})"|'([^'\n]{0,512})'|([\w./@:,+%${}-]{0,512}))/gm,
      )) {
      if (constants.size >= MOST) return constants
      const value = resolved(
        double ?? single ?? (plain ?? '').replace(/\}$/, (end) => (plain!.includes('{') ? end : '')),
        constants,
      )
      if (value !== undefined) constants.set(name!, value)
    }
  return constants
}

const LONGEST = 64 * 1024
const MOST = 500
const LONGEST_VALUE = 512

/** Undefined where a variable in it is not known. */
const resolved = (value: string, constants: ReadonlyMap<string, string>): string | undefined => {
  if (!value.includes('$')) return value
  let unknown = false
  const text = value.replaceAll(
    /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::?[-=]([^}$]*))?\})|\$/g,
    (_, plain?: string, braced?: string, otherwise?: string) => {
      const known = constants.get(plain ?? braced ?? '') ?? otherwise
      if (known === undefined) unknown = true
      return known ?? ''
    },
  )
  return unknown || text.length > LONGEST_VALUE ? undefined : text
}
