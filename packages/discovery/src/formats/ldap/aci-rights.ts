import type { DirectoryGathering } from '../../directory-make.ts'
import { parseAci, rightsLeft, type Aci, type AciDenial, type AciSubject } from './aci.ts'
import { isWithinDn, normalDn, rdnValue } from './dn.ts'
import type { GroupMembers } from './group-members.ts'
import type { LdapLook } from './look.ts'
import { rightOf, type Right } from './right.ts'
import { clipped, weaknessOf, type ObjectType, type Subject } from './subject.ts'

/** Who may do what, as the instructions in the tree say. Nobody who may not read `aci` is told that there are any. */
export const readAcis = async (
  gathering: DirectoryGathering,
  look: LdapLook,
  members: GroupMembers,
  suffixes: readonly string[],
  domain: Subject,
  ids: string,
  administrator: boolean,
): Promise<Right[]> => {
  const instructions: { readonly aci: Aci; readonly over: Subject }[] = []
  let seen = 0
  let unread = 0
  let left = 0
  for (const base of suffixes) {
    const end = await gathering.search(
      [],
      { base, scope: 'sub', filter: '(aci=*)', attributes: ['aci', 'cn', 'ou', ids] },
      (entries) => {
        for (const entry of entries) {
          const over = normalDn(entry.dn) === normalDn(domain.dn) ? domain : look.subjectOf(entry, 'container')
          for (const text of entry.texts('aci').slice(0, 10_000)) {
            seen++
            const aci = parseAci(text)
            if (aci === undefined) unread++
            else if (instructions.length < MOST_INSTRUCTIONS) instructions.push({ aci, over })
            else left++
          }
        }
      },
    )
    if (end.reason !== undefined) gathering.missed('directory-rights', end.reason)
  }
  if (unread > 0) gathering.missed('directory-rights', { code: 'unparsable', detail: 'aci', count: unread })
  const denials = instructions.flatMap(({ aci, over }) =>
    aci.rules.flatMap((rule) => (rule.allow ? [] : [{ base: normalDn(over.dn), aci, rule }])),
  )
  const rights: Right[] = []
  for (const { aci, over } of instructions)
    if (rights.length < MOST_RIGHTS) rights.push(...rightsOf(aci, over, denials.slice(0, MOST_DENIALS), members, look))
    else left++
  if (left > 0) gathering.missed('directory-rights', { code: 'too-many', detail: 'aci', count: left })
  if (denials.length > MOST_DENIALS)
    gathering.missed('directory-rights', { code: 'too-many', detail: 'denials', count: denials.length - MOST_DENIALS })
  if (seen === 0 && !administrator) gathering.missed('directory-rights', { code: 'attribute-denied', detail: 'aci' })
  for (const right of rights)
    if ((right.trustee === 'anyone' || right.trustee === 'all') && right.conditional !== true)
      gathering.tell(
        'directory-rights',
        weaknessOf(
          { object: right.object, name: right.objectName, type: right.objectType, dn: right.place.path },
          'everyone-has-right',
          'critical',
          right.evidence,
        ),
      )
  return rights
}

const BELOW: Partial<Record<Right['right'], readonly ObjectType[]>> = {
  'write-password': ['user'],
  'add-member': ['group'],
  'add-self': ['group'],
  'write-bound-keys': ['user'],
  'write-account-control': ['user'],
  'create-child': ['container'],
}

/** Each right is compared with each denial, of which there are hardly any. */
const [MOST_INSTRUCTIONS, MOST_DENIALS, MOST_RIGHTS] = [20_000, 200, 50_000]

const rightsOf = (
  aci: Aci,
  over: Subject,
  denials: readonly AciDenial[],
  members: GroupMembers,
  look: LdapLook,
): Right[] =>
  aci.rules.flatMap(({ allow, rights, subjects, conditional }) => {
    if (!allow) return []
    const target =
      aci.target !== undefined && !aci.target.includes('*') && !aci.target.startsWith('!') ? aci.target : undefined
    const elsewhere = target !== undefined && target !== normalDn(over.dn) && isWithinDn(target, normalDn(over.dn))
    const where = elsewhere ? target : normalDn(over.dn)
    return subjects.slice(0, 1000).flatMap((subject) =>
      rightsLeft(aci, rights, { subject, over: where }, denials, members).map(([right, left]) => {
        const trustee = trusteeOf(subject)
        if (trustee.includes('=')) look.references.wantDn(trustee)
        const type = TYPES[subject.type]
        return rightOf(
          elsewhere ? { object: clipped(target, 512), name: rdnValue(target), type: 'container' } : over,
          right,
          trustee,
          `aci "${aci.name}"`,
          over.dn,
          {
            ...(type === undefined ? {} : { trusteeType: type }),
            ...(aci.scope === 'base'
              ? {}
              : { below: [...(BELOW[right] ?? (['user', 'group', 'container', 'policy'] as const))] }),
            ...(conditional ||
            left === 'unsure' ||
            aci.filter !== undefined ||
            aci.target?.includes('*') === true ||
            subject.type === 'filter'
              ? { conditional: true as const }
              : {}),
            ...(isShipped(aci, subject, right) ? { ordinary: true } : {}),
          },
        )
      }),
    )
  })

const TYPES: Partial<Record<AciSubject['type'], ObjectType>> = { group: 'group', role: 'role', user: 'user' }
const trusteeOf = ({ type, who }: AciSubject): string => (type === 'attribute' ? `userattr=${who}` : who)

/** What FreeIPA sets up, and what everybody may do to their own entry. */
const isShipped = ({ name }: Aci, { type }: AciSubject, right: string): boolean =>
  /^permission:System: |^selfservice:|^Admin can manage any entry$|^Admins can /.test(name) ||
  (type === 'self' && (right === 'write-password' || right === 'write-bound-keys'))
