import { normalDn } from './dn.ts'
import type { GroupEntry } from './groups.ts'

const MOST_NAMES = 400_000
/** So deep 389-DS looks into groups in groups, and a little more. */
const DEEPEST = 8

/** Who is in which group by DN, as far as the groups that went by tell it. */
export class GroupMembers {
  readonly #members = new Map<string, ReadonlySet<string>>()
  /** Groups of which not all is known: those that a search fills. */
  readonly #open = new Set<string>()
  #names = 0

  take(dn: string, { group, members }: Pick<GroupEntry, 'group' | 'members'>): void {
    const key = normalDn(dn)
    const named = new Set(members.flatMap(({ form, values }) => (form === 'dn' ? values.map(normalDn) : [])))
    this.#names += named.size
    // A group without members may be one whose members are hidden.
    if (group.dynamic !== undefined || named.size === 0 || this.#names > MOST_NAMES) this.#open.add(key)
    if (this.#names <= MOST_NAMES) this.#members.set(key, named)
  }

  /** Whether somebody is in a group, by whatever groups between. Both in their normal form. */
  contains(group: string, dn: string): boolean | undefined {
    let known = true
    for (const one of this.#within(group)) {
      const members = this.#members.get(one)
      if (members?.has(dn) === true) return true
      if (this.#isOpen(one)) known = false
    }
    return known ? false : undefined
  }

  /** Whether two groups may have anybody in common. */
  mayOverlap(one: string, other: string): boolean {
    if (one === other) return true
    const [mine, theirs] = [this.#within(one), this.#within(other)]
    if ([...mine, ...theirs].some((group) => this.#isOpen(group))) return true
    for (const group of mine)
      for (const member of this.#members.get(group) ?? [])
        if (theirs.has(member) || [...theirs].some((their) => this.#members.get(their)?.has(member) === true))
          return true
    return false
  }

  #isOpen(group: string): boolean {
    return this.#open.has(group) || !this.#members.has(group)
  }

  /** A group with those that are in it. */
  #within(group: string): ReadonlySet<string> {
    const found = new Set([group])
    let last: readonly string[] = [group]
    for (let depth = 0; depth < DEEPEST && last.length > 0; depth++) {
      const next: string[] = []
      for (const one of last)
        for (const member of this.#members.get(one) ?? [])
          if (!found.has(member) && (this.#members.has(member) || this.#open.has(member))) {
            found.add(member)
            next.push(member)
          }
      last = next
    }
    return found
  }
}
