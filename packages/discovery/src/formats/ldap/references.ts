import type { FindingOf } from '@rollcall/contract'
import { clippedDn, normalDn } from './dn.ts'
import { clipped, LONGEST_NAME, type ObjectType } from './subject.ts'

type Member = FindingOf<'directory-member'>

/** An entry that something else names. */
export interface Known {
  readonly object: string
  readonly type: ObjectType
  readonly name: string
}

interface OtherEntries {
  /** By its DN in normal form. */
  ofDn(dn: string): Known | undefined
  ofName(name: string): Known | 'several' | undefined
}

/** Entries named by others at most: of more only the name is told. */
const MOST_WANTED = 400_000

/**
 * Which of the entries that go by are named elsewhere, by their DN or login name. Only those are kept, so that a walk over all accounts
 * needs no memory for the others: what names them has to be read before.
 */
export class References {
  readonly #byDn = new Map<string, Known | undefined>()
  readonly #byName = new Map<string, Known | undefined>()
  readonly #others: () => OtherEntries | undefined

  /** `others`: entries that do not go by, where only what changed is looked at. */
  constructor(others: () => OtherEntries | undefined) {
    this.#others = others
  }

  wantDn(dn: string): void {
    const key = normalDn(dn)
    if (this.#byDn.size < MOST_WANTED && !this.#byDn.has(key)) this.#byDn.set(key, undefined)
  }

  wantName(name: string): void {
    if (this.#byName.size < MOST_WANTED && !this.#byName.has(name)) this.#byName.set(name, undefined)
  }

  /** An entry goes by. `name`: its login name, where names stand for accounts in groups. */
  see(dn: string, known: Known, name: string | undefined): void {
    if (this.#byDn.size > 0) {
      const key = normalDn(dn)
      if (this.#byDn.has(key)) this.#byDn.set(key, known)
    }
    if (name !== undefined && this.#byName.size > 0 && this.#byName.has(name)) this.#byName.set(name, known)
  }

  /** Keeps an entry whether it is wanted yet or not. */
  keep(dn: string, known: Known): void {
    if (this.#byDn.size < MOST_WANTED) this.#byDn.set(normalDn(dn), known)
  }

  ofDn(dn: string): Known | undefined {
    const key = normalDn(dn)
    return this.#byDn.get(key) ?? this.#others()?.ofDn(key)
  }

  ofName(name: string): Known | undefined {
    const known = this.#byName.get(name) ?? this.#others()?.ofName(name)
    return known === 'several' ? undefined : known
  }

  /** Names that several of the entries that do not go by have. */
  ambiguous(): string[] {
    return [...this.#byName.keys()].filter((name) => this.#others()?.ofName(name) === 'several')
  }
}

/** How a member is named by its group. */
export type MemberForm = 'dn' | 'name' | 'text'

export interface Membership {
  readonly group: Known & { readonly dn: string }
  readonly via: string
  readonly form: MemberForm
  readonly member: string
}

/** Who is directly in a group, once all entries went by. */
export const memberFinding = ({ group, via, form, member }: Membership, references: References): Member => {
  const known = form === 'dn' ? references.ofDn(member) : form === 'name' ? references.ofName(member) : undefined
  const finding: Member = {
    kind: 'directory-member',
    object: group.object,
    group: clipped(group.name, LONGEST_NAME),
    member: clipped(member, 2048),
    via,
    place: { path: clippedDn(group.dn) },
  }
  if (known !== undefined) {
    finding.memberObject = known.object
    finding.memberType = known.type
    finding.memberName = known.name
  }
  return finding
}
