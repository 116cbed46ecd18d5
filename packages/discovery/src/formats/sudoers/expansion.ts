import type { Alias, AliasKind, CommandMember, HostMember, Member } from './syntax.ts'

const MAX_DEPTH = 200
/** Members visited at most, over all lists of a policy together: nested aliases double with every level. */
const MAX_VISITS = 1_000_000

/**
 * Replaces the aliases in lists by what they stand for. A negated alias negates each of its members, and of the members that
 * match the last decides, inside an alias as outside: so the members can take the alias's place.
 *
 * An alias that is not defined, or that contains itself, is to sudo a user or host of that name; a command alias is nothing.
 */
export interface Expansion {
  /** Undefined where the limits leave no complete list. */
  users(members: readonly Member[], kind: 'user' | 'runas'): readonly Member[] | undefined
  hosts(members: readonly HostMember[]): readonly HostMember[] | undefined
  commands(members: readonly CommandMember[]): readonly CommandMember[] | undefined
}

export const expansion = (aliases: ReadonlyMap<string, Alias>): Expansion => {
  let visits = 0

  const expand = <M extends { readonly negated: boolean }>(
    list: readonly M[],
    kind: AliasKind,
    nameOf: (member: M) => string | undefined,
    plain: (member: M) => M | undefined,
    most: number,
  ) => {
    const expanded: M[] = []
    const within = new Set<string>()
    const visit = (members: readonly M[], negated: boolean): boolean => {
      for (const member of members) {
        if (++visits > MAX_VISITS || expanded.length >= most) return false
        const name = nameOf(member)
        const alias = name === undefined || within.has(name) ? undefined : aliases.get(`${kind} ${name}`)
        const own = member.negated !== negated
        if (name === undefined || alias === undefined) {
          const kept = name === undefined ? member : plain(member)
          if (kept !== undefined) expanded.push(kept.negated === own ? kept : { ...kept, negated: own })
          continue
        }
        if (within.size >= MAX_DEPTH) return false
        within.add(name)
        // The kind in the key says what the members are.
        if (!visit(alias.members as unknown as readonly M[], own)) return false
        within.delete(name)
      }
      return true
    }
    return visit(list, false) ? expanded : undefined
  }

  return {
    users: (members, kind) =>
      expand(
        members,
        kind,
        ({ type, name }) => (type === 'alias' ? name : undefined),
        (member) => ({ ...member, type: 'user' }),
        100_000,
      ),
    hosts: (members) =>
      expand(
        members,
        'host',
        ({ type, name }) => (type === 'alias' ? name : undefined),
        (member) => ({ ...member, type: 'host' }),
        100_000,
      ),
    commands: (members) =>
      expand(
        members,
        'command',
        ({ type, command }) => (type === 'alias' ? command : undefined),
        () => undefined,
        100_000,
      ),
  }
}
