import type { Place } from '@rollcall/contract'
import { lastPart } from '../../posix-path.ts'

/** What PAM does with what a module returned: a number jumps over so many modules. */
export type PamAction = 'ok' | 'done' | 'bad' | 'die' | 'ignore' | 'reset' | number

/** One line of a PAM configuration. */
export interface PamRule {
  readonly facility: PamFacility
  readonly control: PamControl
  /** The module by name, without folder and `.so`; for `include` and `substack` the file. */
  readonly module: string
  readonly args: readonly string[]
  readonly place: Place
}

export type PamFacility = 'auth' | 'account' | 'password' | 'session'

type PamControl =
  | { readonly kind: 'module'; readonly actions: ReadonlyMap<string, PamAction>; readonly otherwise: PamAction }
  | { readonly kind: 'include' | 'substack' }
  /** Debian's `@include`: all facilities of the file. */
  | { readonly kind: 'all' }

export interface PamFile {
  readonly path: string
  readonly rules: readonly PamRule[]
  /** Lines that are of no known form: PAM makes each of them a module that always fails. */
  readonly faults: readonly number[]
}

/** Reads a file of /etc/pam.d, or those lines of /etc/pam.conf that are for one service, where that is given (pam.conf(5)). */
export const parsePam = (text: string, path: string, service?: string): PamFile => {
  const rules: PamRule[] = []
  const faults: number[] = []
  for (const { words: all, line } of logicalLines(text)) {
    if (service !== undefined && all[0]?.toLowerCase() !== service) continue
    const words = service === undefined ? all : all.slice(1)
    const rule = ruleOf(words, { path, line })
    if (rule === undefined) faults.push(line)
    else rules.push(rule)
  }
  return { path, rules, faults }
}

/** Lines without comments, joined where they end in `\`, as words; `[…]` is one word. */
function* logicalLines(text: string): Generator<{ words: string[]; line: number }> {
  let [held, from, number] = ['', 0, 0]
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start)
    const end = newline === -1 ? text.length : newline
    const whole = text.slice(start, end)
    start = end + 1
    number++
    if (held === '') from = number
    const hash = whole.indexOf('#')
    const line = hash === -1 ? whole : whole.slice(0, hash)
    if (line.endsWith('\\') && start < text.length) {
      held += `${line.slice(0, -1)} `
      continue
    }
    const words = (held + line).match(WORD) ?? []
    held = ''
    if (words.length > 0) yield { words, line: from }
  }
}

const WORD = /\[(?:[^\\\]]|\\.)*\]|[^\s[][^\s]*|\[/g

const FACILITIES = new Set<string>(['auth', 'account', 'password', 'session'])
const isFacility = (word: string): word is PamFacility => FACILITIES.has(word)

const ruleOf = (
  [first = '', control = '', module = '', ...args]: readonly string[],
  place: Place,
): PamRule | undefined => {
  if (first.toLowerCase() === '@include')
    return control === '' ? undefined : { facility: 'auth', control: { kind: 'all' }, module: control, args: [], place }
  // A `-` in front only keeps the log quiet where the module is not installed.
  const facility = first.replace(/^-/, '').toLowerCase()
  if (!isFacility(facility) || module === '') return undefined
  const word = control.toLowerCase()
  if (word === 'include' || word === 'substack') return { facility, control: { kind: word }, module, args: [], place }
  const known = controlOf(control)
  if (known === undefined) return undefined
  const name = lastPart(module).replace(/\.so(?:\.\d+)*$/, '')
  return { facility, control: known, module: name, args: args.map(unbracketed), place }
}

const unbracketed = (word: string) =>
  word.startsWith('[') && word.endsWith(']') ? word.slice(1, -1).replaceAll('\\]', ']') : word

const WORDS: Readonly<Record<string, readonly [success: PamAction, otherwise: PamAction, ignore: PamAction]>> = {
  required: ['ok', 'bad', 'ignore'],
  requisite: ['ok', 'die', 'ignore'],
  sufficient: ['done', 'ignore', 'ignore'],
  optional: ['ok', 'ignore', 'ignore'],
  // OpenPAM's: done where nothing failed before, bad where it fails itself.
  binding: ['done', 'bad', 'ignore'],
}

const controlOf = (text: string): PamControl | undefined => {
  const word = text.toLowerCase()
  if (Object.hasOwn(WORDS, word)) {
    const [success, otherwise, ignore] = WORDS[word]!
    const actions = new Map([
      ['success', success],
      ['new_authtok_reqd', success],
      ['ignore', ignore],
    ])
    return { kind: 'module', actions, otherwise }
  }
  if (!text.startsWith('[') || !text.endsWith(']')) return undefined
  const actions = new Map<string, PamAction>()
  let otherwise: PamAction = 'bad'
  for (const [, value = '', action = ''] of text.slice(1, -1).matchAll(/([a-z_]+)\s*=\s*([a-z]+|\d{1,9})/gi)) {
    const meant = ACTIONS.get(action.toLowerCase()) ?? (Number(action) > 0 ? Number(action) : 'ignore')
    if (value.toLowerCase() === 'default') otherwise = meant
    else actions.set(value.toLowerCase(), meant)
  }
  return { kind: 'module', actions, otherwise }
}

const ACTIONS = new Map<string, PamAction>(
  (['ok', 'done', 'bad', 'die', 'ignore', 'reset'] as const).map((action) => [action, action]),
)
