import type { Place, Reason } from '@rollcall/contract'

/** One member of a user or run-as list. `self` is the invoking user, from an empty `()`. */
export interface Member {
  readonly type: 'user' | 'uid' | 'group' | 'gid' | 'netgroup' | 'external-group' | 'all' | 'alias' | 'self'
  /** Without its prefix, escapes resolved; empty for `all` and `self`. An external group keeps `#` before an id. */
  readonly name: string
  readonly negated: boolean
  readonly at: Place
}

/** One member of a host list. */
export interface HostMember {
  readonly type: 'host' | 'network' | 'netgroup' | 'all' | 'alias'
  readonly name: string
  readonly negated: boolean
  readonly at: Place
}

/** One member of a command list. */
export interface CommandMember {
  readonly type: 'command' | 'all' | 'alias'
  /** Path, directory, regular expression, `sudoedit`, `list`, alias name, or `ALL`. */
  readonly command: string
  /** Absent when any arguments are allowed; `""` when none are. */
  readonly arguments?: string
  readonly negated: boolean
  /** `sha256:…`, as written. */
  readonly digests: readonly string[]
  readonly at: Place
}

/** The `(users:groups)` of a command. Both absent: not written. */
export interface RunAs {
  readonly users?: readonly Member[]
  readonly groups?: readonly Member[]
}

/** One command of a rule with everything that holds for it, what it inherits from the commands before it included. */
export interface CommandSpec {
  readonly runAs: RunAs
  /** By the positive name in lower case: `NOPASSWD` is `passwd: false`. */
  readonly tags: Readonly<Record<string, boolean>>
  /** By name in lower case, as written. */
  readonly options: Readonly<Record<string, string>>
  readonly command: CommandMember
  readonly at: Place
}

/** `hosts = commands`, one of the parts of a user specification that `:` separates. */
export interface Privilege {
  readonly hosts: readonly HostMember[]
  readonly commands: readonly CommandSpec[]
  readonly at: Place
}

export interface UserSpec {
  readonly kind: 'user-spec'
  readonly users: readonly Member[]
  readonly privileges: readonly Privilege[]
  readonly at: Place
}

export type AliasKind = 'user' | 'runas' | 'host' | 'command'

/** What the members of an alias are follows from its kind. */
export type Alias = { readonly name: string; readonly at: Place } & (
  | { readonly of: 'user' | 'runas'; readonly members: readonly Member[] }
  | { readonly of: 'host'; readonly members: readonly HostMember[] }
  | { readonly of: 'command'; readonly members: readonly CommandMember[] }
)

/** The aliases of one line, which `:` separates. */
export interface Aliases {
  readonly kind: 'aliases'
  readonly aliases: readonly Alias[]
  readonly at: Place
}

/** One parameter of a Defaults entry. */
export interface DefaultsParameter {
  readonly name: string
  /** `off` is `!name`, `on` a bare name. */
  readonly operator: 'on' | 'off' | '=' | '+=' | '-='
  readonly value?: string
  readonly at: Place
}

/** For whom the parameters of a Defaults entry hold. */
export type DefaultsBinding =
  | { readonly type: 'everyone' }
  | { readonly type: 'user' | 'runas'; readonly members: readonly Member[] }
  | { readonly type: 'host'; readonly members: readonly HostMember[] }
  | { readonly type: 'command'; readonly members: readonly CommandMember[] }

export interface Defaults {
  readonly kind: 'defaults'
  readonly binding: DefaultsBinding
  readonly parameters: readonly DefaultsParameter[]
  readonly at: Place
}

/** `@include path` or `@includedir path`, the path as written with its escapes resolved. */
export interface Include {
  readonly kind: 'include'
  readonly path: string
  readonly directory: boolean
  readonly at: Place
}

export type Entry = UserSpec | Aliases | Defaults | Include

/** One file as it was written. */
export interface SudoersFile {
  readonly entries: readonly Entry[]
  /** Lines that sudo skips as well, each `unparsable`. */
  readonly problems: readonly Reason[]
}
