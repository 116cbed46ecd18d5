import type { Place } from '@rollcall/contract'

/** A directive of redis.conf, or a line of its file of users. Its words may hold secrets: they stay with whoever parsed them. */
export interface RedisDirective {
  /** In lower case. */
  readonly name: string
  readonly words: readonly string[]
  readonly place: Required<Place>
}

/** A user of Redis, with what its rules come to. */
export interface RedisUser {
  readonly name: string
  readonly on: boolean
  readonly password: 'empty' | 'set' | 'none'
  /** Whether all commands, or the dangerous ones, are left to it. */
  readonly commands: 'all' | 'admin' | 'some'
  readonly allKeys: boolean
  readonly place: Required<Place>
}

const MOST_DIRECTIVES = 50_000

/** The directives of one file. */
export const parseRedisConf = (text: string, path: string): readonly RedisDirective[] =>
  text
    .split('\n')
    .slice(0, MOST_DIRECTIVES)
    .flatMap((raw, index) => {
      const line = raw.slice(0, 65_536).trim()
      if (line === '' || line.startsWith('#')) return []
      const [name, ...words] = wordsOf(line)
      return name === undefined ? [] : [{ name: name.toLowerCase(), words, place: { path, line: index + 1 } }]
    })

/** As sdssplitargs of Redis has them: in double quotes with escapes, in single quotes, or plain. */
const wordsOf = (line: string): string[] =>
  Array.from(line.matchAll(/"([^"\\]*(?:\\.[^"\\]*)*)"|'([^'\\]*(?:\\.[^'\\]*)*)'|\S+/g), ([whole, double, single]) =>
    double !== undefined
      ? double.replaceAll(/\\(.)/g, '$1')
      : single !== undefined
        ? single.replaceAll("\\'", "'")
        : whole,
  )

/**
 * The users that `user` directives make, as ACL SETUSER takes their rules, one after the other. A directive that names a user again is
 * an error to Redis; the last one is told.
 */
export const redisUsers = (directives: readonly RedisDirective[]): readonly RedisUser[] => {
  const users = new Map<string, RedisUser>()
  for (const { name, words, place } of directives) {
    const [user, ...rules] = words
    if (name === 'user' && user !== undefined) users.set(user, userOf(user, rules, place))
  }
  return [...users.values()]
}

/** The commands that change the server itself, or run programs in it; a user who has them has the server. */
const POWERFUL =
  /^\+(?:@admin|@dangerous|@scripting|config(?:\|.*)?|acl(?:\|.*)?|module(?:\|.*)?|slaveof|replicaof|debug(?:\|.*)?)$/i

const userOf = (name: string, rules: readonly string[], place: Required<Place>): RedisUser => {
  let on = false
  let nopass = false
  let passwords = 0
  let all = false
  let powerful = false
  let allKeys = false
  for (const rule of rules) {
    const word = rule.toLowerCase()
    if (word === 'on') on = true
    else if (word === 'off') on = false
    else if (word === 'nopass') [nopass, passwords] = [true, 0]
    else if (word === 'resetpass') [nopass, passwords] = [false, 0]
    else if (word === 'reset') [on, nopass, passwords, all, powerful, allKeys] = [false, false, 0, false, false, false]
    else if (/^[>#]/.test(rule)) [nopass, passwords] = [false, passwords + 1]
    else if (/^[<!]/.test(rule)) passwords = Math.max(0, passwords - 1)
    else if (word === 'allcommands' || word === '+@all') [all, powerful] = [true, true]
    else if (word === 'nocommands' || word === '-@all') [all, powerful] = [false, false]
    else if (word === 'allkeys' || word === '~*') allKeys = true
    else if (word === 'resetkeys') allKeys = false
    else if (POWERFUL.test(rule)) powerful = true
    else if (word === '-@dangerous' || word === '-@admin') [all, powerful] = [false, false]
    else if (word.startsWith('-')) all = false
  }
  return {
    name,
    on,
    password: nopass ? 'empty' : passwords > 0 ? 'set' : 'none',
    commands: all ? 'all' : powerful ? 'admin' : 'some',
    allKeys,
    place,
  }
}
