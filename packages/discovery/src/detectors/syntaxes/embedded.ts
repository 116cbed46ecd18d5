import type { CredentialFile, Embedded, Entry } from '../detector.ts'
import { isDescription } from '../names/description.ts'

/**
 * The texts among a file's values that are files or commands themselves: values of several lines, those under names of scripts and
 * commands, lists of a command's words, items like `NAME=value`. Only what could hold a secret at all.
 */
export function* embeddedIn({ text }: CredentialFile, entries: readonly Entry[]): Iterable<Embedded> {
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index]!
    const { value, keys } = entry
    if (entry.commented === true || value.length < 6) continue
    const words = COMMANDS.test(nameOf(keys)) && NUMBER.test(keys.at(-1) ?? '') ? wordsOf(entries, index) : 1
    if (words > 1) {
      yield command(entries.slice(index, index + words))
      index += words - 1
    } else if (DOCKER.test(value)) yield behindName(text, entry)
    else if (isText(entry) && SPEAKS.test(value)) yield embedded(text, entry, pathOf(entry, entries, index))
  }
}

/** How long a value is that is read again, and how many words a command has. */
const LONGEST = 4 << 20
const MOST_WORDS = 200

const SPEAKS = /pass|pwd|secret|token|key|auth|cred|psk|login|:\/\/|-u |-p/i
const NUMBER = /^\d+$/
const COMMANDS = /^(?:command|args|entrypoint|cmd|arguments|run_?args|extra_?args)$/i
const SCRIPTS =
  /^(?:.*[_-])?(?:script|scripts|run|commands?|cmd|args|entrypoint|exec\w*|content|user_?data|sh|shell|bash|bootcmd|runcmd|steps|install|before_install|environment|env|test|powershell|pwsh|preStart|postStart|late_commands|early_commands|preseed|tasks?|raw|win_shell|ansible\.builtin\.(?:shell|command)|options?)$/i
const ASSIGNS = /^-{0,2}[A-Za-z_][\w.-]{0,100}=/

const nameOf = (keys: readonly string[]): string => {
  let last = keys.length - 1
  while (last > 0 && NUMBER.test(keys[last]!)) last--
  return keys[last] ?? ''
}

const isText = ({ keys, value }: Entry): boolean => {
  if (value.length > LONGEST || isDescription(keys.at(-1) ?? '')) return false
  if (value.includes('\n')) return !KEY_BLOCK.test(value.slice(0, 64))
  if (SCRIPTS.test(nameOf(keys))) return true
  return NUMBER.test(keys.at(-1) ?? '') && ASSIGNS.test(value)
}

/** Logins to registries, as they are handed to what builds images. */
const DOCKER = /^(?:[A-Z_]{1,40}=)?\s{0,8}\{\s{0,64}"auths"\s{0,8}:/

/** What a variable gets that is given with its name. */
const behindName = (text: string, entry: Entry): Embedded => {
  const skip = /^[A-Z_]{1,40}=/.exec(entry.value)?.[0].length ?? 0
  const { place, ...whole } = embedded(text, entry, '.docker/config.json')
  return { ...whole, text: entry.value.slice(skip), place: (from, size) => place(from + skip, size) }
}

const KEY_BLOCK = /^\s*-----BEGIN |^\s*\$ANSIBLE_VAULT/

/** The name that the text has as a file: the one that it stands under, or that is told beside it. */
const pathOf = ({ keys, group, value }: Entry, entries: readonly Entry[], index: number): string => {
  const own = keys.at(-1) ?? ''
  if (FILE_NAME.test(own)) return own
  for (let other = Math.max(0, index - 8); other < Math.min(entries.length, index + 8); other++) {
    const beside = entries[other]!
    if (beside.group === group && BESIDE.test(beside.keys.at(-1) ?? '') && PATH.test(beside.value)) return beside.value
  }
  return value.includes('\n') && value.startsWith('#cloud-config') ? 'user-data' : 'script'
}

const FILE_NAME = /^[\w.-]{0,100}\.[\w-]{1,16}$/
const BESIDE = /^(?:path|file|filename|dest|destination|target|name)$/
const PATH = /^[\w./@+-]{1,300}$/

/** How many entries from one on are the words of one command. */
const wordsOf = (entries: readonly Entry[], index: number): number => {
  const { group } = entries[index]!
  let count = 1
  while (count < MOST_WORDS && entries[index + count]?.group === group && !entries[index + count]!.value.includes('\n'))
    count++
  return count
}

/** The words of a command as a line of it. */
const command = (words: readonly Entry[]): Embedded => {
  const ends: number[] = []
  let text = ''
  for (const { value } of words) {
    text += `${text === '' ? '' : ' '}${value}`
    ends.push(text.length)
  }
  return {
    path: 'script',
    text,
    place: (at, length) => {
      const index = Math.max(
        0,
        ends.findIndex((end) => at < end),
      )
      const word = words[index]!
      const from = at - (ends[index]! - word.value.length)
      const plain = word.length === word.value.length && from >= 0 && from + length <= word.length
      return plain ? { at: word.at + from, length } : { at: word.at, length: word.length }
    },
  }
}

/** A value as a text of its own. */
export const embedded = (text: string, { value, at, length }: Entry, path: string): Embedded => {
  const written = text.slice(at, at + length)
  if (written === value) return { path, text: value, place: (from, size) => ({ at: at + from, length: size }) }
  let places: Int32Array | undefined
  return {
    path,
    text: value,
    place: (from, size) => {
      places ??= placesIn(written, value)
      const begin = places[from]
      const end = size === 0 ? begin : places[from + size - 1]
      if (begin === undefined || end === undefined || begin < 0 || end < begin) return { at, length }
      return { at: at + begin, length: size === 0 ? 0 : Math.min(length, end + 1) - begin }
    },
  }
}

/** Where in a written value each character of the decoded one stands; -1 where that cannot be told. */
const placesIn = (written: string, value: string): Int32Array => {
  const places = new Int32Array(value.length).fill(-1)
  let from = 0
  for (let index = 0; index < value.length; index++) {
    const sign = value.charAt(index)
    // Indentation and folded lines are only in what is written.
    while (from < written.length && written.charAt(from) !== sign && /\s/.test(written.charAt(from))) from++
    if (from >= written.length) break
    places[index] = from
    if (written.charAt(from) === sign && (sign !== '\\' || written.charAt(from + 1) === value.charAt(index + 1))) from++
    else if (written.charAt(from) === '\\') from += ESCAPES[written.charAt(from + 1)] ?? 2
    else if (written.charAt(from) === '&') {
      const end = written.indexOf(';', from)
      from = end < 0 || end - from > 10 ? from + 1 : end + 1
    } else {
      places[index] = -1
      break
    }
  }
  return places
}

const ESCAPES: Readonly<Record<string, number>> = { u: 6, x: 4, U: 10 }
