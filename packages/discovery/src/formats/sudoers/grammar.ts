import type { Place, Reason } from '@rollcall/contract'
import { isOptionValue } from './options.ts'
import type {
  Alias,
  CommandMember,
  CommandSpec,
  Defaults,
  DefaultsBinding,
  DefaultsParameter,
  Entry,
  HostMember,
  Member,
  Privilege,
  RunAs,
  SudoersFile,
} from './syntax.ts'
import { tokenLines, type Token, type TokenLine, type TokenType } from './tokens.ts'

/** More entries than this of one file are not read. */
export const MAX_ENTRIES = 100_000

/**
 * Reads one sudoers file (sudoers(5), as of sudo 1.9). A line that sudo would skip is a problem, and reading goes on behind
 * it as sudo does. Total, and linear in the length of the text.
 */
export const parseSudoers = (text: string, path: string): SudoersFile => {
  const entries: Entry[] = []
  const problems: Reason[] = []
  for (const line of tokenLines(text)) {
    if (entries.length >= MAX_ENTRIES) {
      problems.push({ code: 'too-many', path, line: line.line })
      break
    }
    const reader = new LineReader(line, path)
    try {
      reader.read()
    } catch (error) {
      if (!(error instanceof Unparsable)) throw error
      problems.push({ code: 'unparsable', path, line: error.line })
    }
    entries.push(...reader.entries)
  }
  return { entries, problems }
}

/** Ends the reading of one line. */
class Unparsable extends Error {
  readonly line: number
  constructor(line: number) {
    super('unparsable')
    this.line = line
  }
}

const HIDDEN_OPTIONS = new Set(['APPARMOR_PROFILE', 'PRIVS', 'LIMITPRIVS'])

class LineReader {
  readonly entries: Entry[] = []
  readonly #tokens: readonly Token[]
  readonly #line: number
  readonly #end: number
  readonly #path: string
  readonly #places = new Map<number, Place>()
  #at = 0

  constructor({ tokens, line, end }: TokenLine, path: string) {
    this.#tokens = tokens
    this.#line = line
    this.#end = end
    this.#path = path
  }

  read() {
    const first = this.#tokens[0]
    switch (first?.type) {
      case undefined:
        return
      case 'include':
      case 'include-directory':
        return this.#include(first.type === 'include-directory')
      case 'alias-kind':
        this.#at++
        return this.#aliasLine(first.of)
      case 'defaults':
        this.#at++
        this.entries.push(this.#defaults(first.binding))
        return
      default:
        this.entries.push({
          kind: 'user-spec',
          users: this.#users(),
          privileges: this.#privileges(),
          at: this.#place(this.#line),
        })
    }
  }

  #include(directory: boolean) {
    const at = this.#here()
    this.#at++
    const path = this.#text('word')
    // The path was read, so sudo includes it and complains of the rest.
    this.entries.push({ kind: 'include', path, directory, at })
    this.#expectEnd()
  }

  #aliasLine(of: Alias['of']) {
    const aliases: Alias[] = []
    // What stands complete before an error counts: sudo knows an alias as soon as its list ends.
    this.entries.push({ kind: 'aliases', aliases, at: this.#place(this.#line) })
    do {
      const at = this.#here()
      const name = this.#text('alias')
      this.#expect('=')
      const members = of === 'host' ? this.#hosts() : of === 'command' ? this.#commands() : this.#users()
      aliases.push({ of, name, members, at } as Alias)
    } while (this.#accept(':'))
    this.#expectEnd()
  }

  #defaults(sign: '' | ':' | '@' | '>' | '!'): Defaults {
    const binding = this.#binding(sign)
    const parameters: DefaultsParameter[] = []
    do parameters.push(this.#parameter())
    while (this.#accept(','))
    this.#expectEnd()
    return { kind: 'defaults', binding, parameters, at: this.#place(this.#line) }
  }

  #binding(sign: '' | ':' | '@' | '>' | '!'): DefaultsBinding {
    switch (sign) {
      case '':
        return { type: 'everyone' }
      case '@':
        return { type: 'host', members: this.#hosts() }
      case '!':
        return { type: 'command', members: this.#commands() }
      case ':':
        return { type: 'user', members: this.#users() }
      case '>':
        return { type: 'runas', members: this.#users() }
    }
  }

  #parameter(): DefaultsParameter {
    const off = this.#accept('!')
    const at = this.#here()
    const name = this.#text('parameter')
    if (off) return { name, operator: 'off', at }
    for (const operator of ['=', '+=', '-='] as const) {
      if (this.#accept(operator)) return { name, operator, value: this.#text('word'), at }
    }
    return { name, operator: 'on', at }
  }

  #privileges(): readonly Privilege[] {
    const privileges: Privilege[] = []
    do {
      const at = this.#here()
      const hosts = this.#hosts()
      this.#expect('=')
      privileges.push({ hosts, commands: this.#commandSpecs(), at })
    } while (this.#accept(':'))
    this.#expectEnd()
    return privileges
  }

  #commandSpecs(): readonly CommandSpec[] {
    const specs: CommandSpec[] = []
    do specs.push(this.#commandSpec(specs.at(-1)))
    while (this.#accept(','))
    return specs
  }

  /** A command with what it inherits from the one before it. */
  #commandSpec(before: CommandSpec | undefined): CommandSpec {
    const at = this.#here()
    const runAs = this.#accept('(') ? this.#runAs() : {}
    const options = this.#options()
    const tags = this.#tags()
    const command = this.#command()
    const own = runAs.users !== undefined || runAs.groups !== undefined
    return {
      runAs: own ? runAs : (before?.runAs ?? {}),
      tags: inherited(command.type === 'all' && !command.negated ? withoutSetenv(before?.tags) : before?.tags, tags),
      options: inherited(withoutPairs(before?.options, options), options),
      command,
      at,
    }
  }

  #runAs(): RunAs {
    const self: Member = { type: 'self', name: '', negated: false, at: this.#here() }
    if (this.#accept(')')) return { users: [self] }
    if (this.#accept(':')) {
      if (this.#accept(')')) return { users: [self] }
      const groups = this.#groups()
      this.#expect(')')
      return { groups }
    }
    const users = this.#users()
    const groups = this.#accept(':') ? this.#groups() : undefined
    this.#expect(')')
    return groups === undefined ? { users } : { users, groups }
  }

  #options(): Record<string, string> {
    const options: Record<string, string> = {}
    for (let option = this.#option(); option !== undefined; option = this.#option()) {
      this.#expect('=')
      const value = this.#text('word')
      if (!isOptionValue(option, value)) this.#fail()
      options[option.toLowerCase()] = value
    }
    return options
  }

  /** Options of builds that Linux distributions do not share are alias names elsewhere; only `=` tells. */
  #option(): string | undefined {
    const token = this.#tokens[this.#at]
    const hidden = token?.type === 'alias' && HIDDEN_OPTIONS.has(token.text) && this.#tokens[this.#at + 1]?.type === '='
    if (token?.type !== 'option' && !hidden) return undefined
    this.#at++
    return token.text
  }

  #tags(): Record<string, boolean> {
    const tags: Record<string, boolean> = {}
    for (let token = this.#tokens[this.#at]; token?.type === 'tag'; token = this.#tokens[++this.#at]) {
      const off = token.text.startsWith('NO')
      tags[(off ? token.text.slice(2) : token.text).toLowerCase()] = !off
    }
    return tags
  }

  #users(): readonly Member[] {
    return this.#list((negated, at): Member | undefined => {
      const token = this.#tokens[this.#at]
      switch (token?.type) {
        case 'all':
        case 'alias':
          return { type: token.type, name: token.type === 'alias' ? token.text : '', negated, at }
        case 'word': {
          const id = /^#(\d+)$/.exec(token.text)
          return { type: id === null ? 'user' : 'uid', name: id?.[1] ?? token.text, negated, at }
        }
        case 'netgroup':
          return { type: 'netgroup', name: token.text.slice(1), negated, at }
        case 'user-group':
          return { ...groupMember(token.text), negated, at }
        default:
          return undefined
      }
    })
  }

  #groups(): readonly Member[] {
    return this.#list((negated, at): Member | undefined => {
      const token = this.#tokens[this.#at]
      if (token?.type === 'all' || token?.type === 'alias')
        return { type: token.type, name: token.type === 'alias' ? token.text : '', negated, at }
      if (token?.type !== 'word') return undefined
      const id = /^#(\d+)$/.exec(token.text)
      return { type: id === null ? 'group' : 'gid', name: id?.[1] ?? token.text, negated, at }
    })
  }

  #hosts(): readonly HostMember[] {
    return this.#list((negated, at): HostMember | undefined => {
      const token = this.#tokens[this.#at]
      switch (token?.type) {
        case 'all':
        case 'alias':
          return { type: token.type, name: token.type === 'alias' ? token.text : '', negated, at }
        case 'word':
          return { type: 'host', name: token.text, negated, at }
        case 'netgroup':
          return { type: 'netgroup', name: token.text.slice(1), negated, at }
        case 'network':
          return { type: 'network', name: token.text, negated, at }
        default:
          return undefined
      }
    })
  }

  #list<M>(member: (negated: boolean, at: Place) => M | undefined): readonly M[] {
    const members: M[] = []
    do {
      const negated = this.#accept('!')
      const found = member(negated, this.#here())
      if (found === undefined) this.#fail()
      this.#at++
      members.push(found)
    } while (this.#accept(','))
    return members
  }

  #commands(): readonly CommandMember[] {
    const commands: CommandMember[] = []
    do commands.push(this.#command())
    while (this.#accept(','))
    return commands
  }

  #command(): CommandMember {
    const digests = this.#digests()
    const negated = this.#accept('!')
    const at = this.#here()
    const token = this.#tokens[this.#at]
    // A digest wants a path.
    if (token?.type === 'alias' && digests.length > 0) this.#fail()
    if (token?.type === 'word' && token.text !== 'list') this.#fail()
    this.#at++
    switch (token?.type) {
      case 'all':
        return { type: 'all', command: 'ALL', negated, digests, at }
      case 'alias':
        return { type: 'alias', command: token.text, negated, digests, at }
      case 'command': {
        const { text: command, arguments: given } = token
        return { type: 'command', command, ...(given === undefined ? {} : { arguments: given }), negated, digests, at }
      }
      case 'word':
        return { type: 'command', command: 'list', negated, digests, at }
      default:
        this.#at--
        return this.#fail()
    }
  }

  #digests(): readonly string[] {
    const digests: string[] = []
    do {
      const token = this.#tokens[this.#at]
      if (token?.type !== 'digest-type') break
      this.#at++
      this.#expect(':')
      digests.push(`${token.text}:${this.#text('digest')}`)
      // A comma behind a digest only ever announces another one.
    } while (this.#accept(',') && (this.#tokens[this.#at]?.type === 'digest-type' || this.#fail()))
    return digests
  }

  #accept(type: TokenType): boolean {
    if (this.#tokens[this.#at]?.type !== type) return false
    this.#at++
    return true
  }

  #expect(type: TokenType) {
    if (!this.#accept(type)) this.#fail()
  }

  #text(type: 'word' | 'alias' | 'parameter' | 'digest'): string {
    const token = this.#tokens[this.#at]
    if (token?.type !== type) return this.#fail()
    this.#at++
    return token.text
  }

  #expectEnd() {
    if (this.#at < this.#tokens.length) this.#fail()
  }

  #fail(): never {
    const token = this.#tokens[this.#at]
    throw new Unparsable(token === undefined ? this.#end : token.type === 'command' ? token.end : token.line)
  }

  #here(): Place {
    return this.#place(this.#tokens[this.#at]?.line ?? this.#line)
  }

  /** One object per line, however many nodes stand on it. */
  #place(line: number): Place {
    let place = this.#places.get(line)
    if (place === undefined) this.#places.set(line, (place = { path: this.#path, line }))
    return place
  }
}

const groupMember = (text: string): Pick<Member, 'type' | 'name'> => {
  if (text.startsWith('%:')) return { type: 'external-group', name: text.slice(2) }
  const id = /^%#(\d+)$/.exec(text)
  return id === null ? { type: 'group', name: text.slice(1) } : { type: 'gid', name: id[1]! }
}

const inherited = <T>(
  before: Readonly<Record<string, T>> | undefined,
  own: Readonly<Record<string, T>>,
): Readonly<Record<string, T>> =>
  before === undefined ? own : Object.keys(own).length === 0 ? before : { ...before, ...own }

/** `ALL` implies SETENV, unless NOSETENV is written on it: what stood before counts neither for it nor for what follows. */
const withoutSetenv = (tags: Readonly<Record<string, boolean>> | undefined) => {
  if (tags?.setenv === undefined) return tags
  const { setenv: _, ...others } = tags
  return others
}

const PAIRS = [
  ['role', 'type'],
  ['privs', 'limitprivs'],
] as const

/** SELinux role and type, and the two privilege sets, are inherited together or not at all. */
const withoutPairs = (before: Readonly<Record<string, string>> | undefined, own: Readonly<Record<string, string>>) => {
  const dropped = PAIRS.filter((pair) => pair.some((name) => name in own)).flat() as readonly string[]
  if (before === undefined || dropped.length === 0) return before
  return Object.fromEntries(Object.entries(before).filter(([name]) => !dropped.includes(name)))
}
