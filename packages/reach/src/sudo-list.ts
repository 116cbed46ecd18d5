/** What sudo lets the scan account run as root without asking for anything. */
export interface SudoList {
  /** The program under the name by which sudo knows it, when exactly this command line is allowed. */
  allowed(argv: readonly [string, ...string[]]): string | undefined
  /** The program, when some command lines of it are allowed that are told by a pattern, and none asks for a password. */
  perhaps(program: string): string | undefined
}

interface Entry {
  /** The absolute path; undefined for every program. */
  readonly program: string | undefined
  readonly denied: boolean
  /** Whether it asks for nothing and runs as root. */
  readonly free: boolean
  readonly fixed: boolean
  readonly matches: (args: string) => boolean
}

/** More than this is not looked at. */
const MOST_ENTRIES = 2000
const LONGEST_LINE = 32_768

/**
 * Reads what `sudo -n -ll` prints. Undefined where nothing is allowed that this could use. sudo decides for itself once more: at
 * worst a command is not tried that it would have let through.
 */
export const readSudoList = (text: string): SudoList | undefined => {
  const entries = entriesOf(text)
  if (!entries.some(({ free, denied }) => free && !denied)) return undefined
  const named = (program: string) =>
    entries.filter((entry) => entry.program === undefined || sameProgram(entry.program, program))
  return {
    allowed([program, ...args]) {
      const joined = args.join(' ')
      // Of several that match, the last one counts.
      const last = named(program).findLast(({ matches }) => matches(joined))
      return last !== undefined && last.free && !last.denied ? (last.program ?? program) : undefined
    },
    perhaps(program) {
      const known = named(program)
      const pattern = known.findLast(({ fixed, denied }) => !fixed && !denied)
      return pattern !== undefined && known.every(({ free, denied }) => free || denied)
        ? (pattern.program ?? program)
        : undefined
    },
  }
}

/** `cat` is any program of that name, `/bin/cat` only that one. */
const sameProgram = (listed: string, wanted: string) =>
  wanted.includes('/') ? listed === wanted : listed.slice(listed.lastIndexOf('/') + 1) === wanted

const entriesOf = (text: string): Entry[] => {
  const entries: Entry[] = []
  const noPassword = /^ {4}.*(?:^|[ ,])!authenticate/m.test(text.slice(0, Math.max(0, text.indexOf('Sudoers entry'))))
  let free = false
  let asRoot = true
  let authenticates = !noPassword
  for (const line of text.split('\n')) {
    if (line.length > LONGEST_LINE) continue
    const field = /^ {4}(\w+): ?(.*)$/.exec(line)
    if (/^(?:Sudoers|LDAP|SSSD|IPA)\b.*entry/i.test(line)) {
      asRoot = true
      authenticates = !noPassword
    } else if (field?.[1] === 'RunAsUsers')
      asRoot = field[2]!.split(', ').some((name) => name === 'root' || name === 'ALL' || name === '#0')
    else if (field?.[1] === 'Options') {
      const options = field[2]!.split(', ')
      if (options.includes('!authenticate')) authenticates = false
      if (options.includes('authenticate')) authenticates = true
    } else if (line.startsWith('\t')) {
      free = asRoot && !authenticates
      if (entries.length < MOST_ENTRIES) entries.push(entryOf(line.trim(), free))
    }
  }
  return entries
}

const entryOf = (command: string, free: boolean): Entry => {
  const denied = command.startsWith('!')
  // Digests of programs come before the command; sudo checks them.
  const plain = command.slice(denied ? 1 : 0).replace(/^(?:sha(?:224|256|384|512):\S+,? )+/, '')
  const space = plain.search(/(?<!\\) /)
  const program = (space < 0 ? plain : plain.slice(0, space)).replaceAll(/\\(.)/g, '$1')
  const args = space < 0 ? undefined : plain.slice(space + 1)
  const shared = { denied, free }
  if (program === 'ALL') return { ...shared, program: undefined, fixed: false, matches: () => true }
  if (!program.startsWith('/') || /[*?[]/.test(program))
    return { ...shared, program: undefined, fixed: true, matches: () => denied }
  if (args === undefined) return { ...shared, program, fixed: false, matches: () => true }
  if (args === '""') return { ...shared, program, fixed: true, matches: (given) => given === '' }
  if (args.startsWith('^') && args.endsWith('$'))
    return { ...shared, program, fixed: false, matches: regularExpression(args) }
  return { ...shared, program, ...wildcards(args) }
}

/** POSIX extended, as far as both languages agree; what they do not agree on matches nothing. */
const regularExpression = (pattern: string): Entry['matches'] => {
  const unquoted = pattern
    .replaceAll(/\\([,:=#" ])/g, '$1')
    .replaceAll('[:digit:]', '0-9')
    .replaceAll('[:alnum:]', 'A-Za-z0-9')
  // Many repetitions could take for ever.
  if (unquoted.length > 1000 || /[)][*+{]|\(\?|\[:/.test(unquoted) || unquoted.split(/[*+{]/).length > 4)
    return () => false
  try {
    const compiled = new RegExp(unquoted)
    return (given) => given.length < 500 && compiled.test(given)
  } catch {
    return () => false
  }
}

/** As fnmatch(3) without any flag, where `*` matches slashes and spaces as well. Versions of sudo differ in how they quote. */
const wildcards = (pattern: string): Pick<Entry, 'fixed' | 'matches'> => {
  const readings = [pattern, pattern.replaceAll(/\\(.)/g, '$1')]
  const literals = readings.flatMap((reading) =>
    /(?<!\\)(?:\\\\)*[*[]/.test(reading)
      ? []
      : [reading.split(/(\\.|\?)/s).map((part) => (part === '?' ? undefined : part.replace(/^\\(?=.)/s, '')))],
  )
  if (literals.length > 0 && /^(?:\\.|[^\\*[])*$/s.test(pattern))
    return { fixed: true, matches: (given) => literals.some((parts) => matchesParts(given, parts)) }
  return { fixed: false, matches: () => false }
}

/** `undefined` stands for any one character. */
const matchesParts = (given: string, parts: readonly (string | undefined)[]): boolean => {
  let at = 0
  for (const part of parts) {
    if (part === undefined) at++
    else if (given.startsWith(part, at)) at += part.length
    else return false
  }
  return at === given.length
}
