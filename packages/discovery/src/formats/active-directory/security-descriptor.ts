import { guidText, sidLength, sidText, uint16, uint32 } from './identifiers.ts'

/** A self-relative security descriptor (MS-DTYP 2.4.6), without its system list. */
export interface SecurityDescriptor {
  readonly control: number
  readonly owner?: string
  readonly group?: string
  /** `everyone`: there is no list, so that everybody may do everything. Absent: it was not told. */
  readonly dacl?: readonly Ace[] | 'everyone'
  /** Entries that do not follow the format, or of a kind that gives and takes nothing; they are not among the others. */
  readonly skipped: number
}

/** One entry of a list. */
export interface Ace {
  readonly type: 'allow' | 'deny'
  readonly flags: number
  /** As it stands, generic rights included: `rightsOf` says what they stand for. */
  readonly mask: number
  /** The attribute, property set, class or extended right that it is about; absent: about all. */
  readonly object?: string
  /** The only class whose entries inherit it. */
  readonly inheritedObject?: string
  readonly sid: string
  /** Holds only under a condition, which is not evaluated. */
  readonly conditional?: true
}

export const DACL_PROTECTED = 0x1000
const DACL_PRESENT = 0x4

export const INHERITED = 0x10
export const INHERIT_ONLY = 0x8
export const CONTAINER_INHERIT = 0x2

/** Reads one; undefined when it is none. Entries that cannot be read are counted, and end the list where their length is wrong. */
export const securityDescriptor = (bytes: Uint8Array): SecurityDescriptor | undefined => {
  if (bytes.length < 20 || bytes[0] !== 1) return undefined
  const control = uint16(bytes, 2)
  const [owner, group, list] = [uint32(bytes, 4), uint32(bytes, 8), uint32(bytes, 16)]
  const ownerSid = owner === 0 ? undefined : sidText(bytes, owner)
  const groupSid = group === 0 ? undefined : sidText(bytes, group)
  if ((owner !== 0 && ownerSid === undefined) || (group !== 0 && groupSid === undefined)) return undefined
  const read =
    (control & DACL_PRESENT) === 0
      ? undefined
      : list === 0
        ? ({ aces: 'everyone', skipped: 0 } as const)
        : accessList(bytes, list)
  if (read === 'unreadable') return undefined
  return {
    control,
    ...(ownerSid === undefined ? {} : { owner: ownerSid }),
    ...(groupSid === undefined ? {} : { group: groupSid }),
    ...(read === undefined ? {} : { dacl: read.aces }),
    skipped: read?.skipped ?? 0,
  }
}

/** MS-DTYP 2.4.5: revision, a zero, size, count, a zero, then the entries. */
const accessList = (bytes: Uint8Array, at: number) => {
  if (at + 8 > bytes.length || (bytes[at] !== 2 && bytes[at] !== 4)) return 'unreadable'
  const end = Math.min(bytes.length, at + uint16(bytes, at + 2))
  const count = uint16(bytes, at + 4)
  const aces: Ace[] = []
  let skipped = 0
  let next = at + 8
  for (let index = 0; index < count; index++) {
    const size = next + 4 > end ? 0 : uint16(bytes, next + 2)
    if (size < 8 || next + size > end) {
      skipped += count - index
      break
    }
    const ace = accessEntry(bytes, next, next + size)
    if (ace === undefined) skipped++
    else if (ace !== 'of no matter') aces.push(ace)
    next += size
  }
  return { aces, skipped }
}

/** By the type of the entry (MS-DTYP 2.4.4.1): what it does and how it is laid out. Audits, alarms and labels give and take nothing. */
const FORMS: Readonly<Record<number, { type: Ace['type']; object?: true; conditional?: true }>> = {
  0: { type: 'allow' },
  1: { type: 'deny' },
  5: { type: 'allow', object: true },
  6: { type: 'deny', object: true },
  9: { type: 'allow', conditional: true },
  10: { type: 'deny', conditional: true },
  11: { type: 'allow', object: true, conditional: true },
  12: { type: 'deny', object: true, conditional: true },
}
const OF_NO_MATTER: ReadonlySet<number> = new Set([2, 3, 7, 8, 13, 14, 15, 16, 17, 18, 19, 20, 21])

const accessEntry = (bytes: Uint8Array, at: number, end: number): Ace | 'of no matter' | undefined => {
  const type = bytes[at]!
  const form = FORMS[type]
  if (form === undefined) return OF_NO_MATTER.has(type) ? 'of no matter' : undefined
  let next = at + 8
  let object: string | undefined
  let inheritedObject: string | undefined
  if (form.object === true) {
    if (next + 4 > end) return undefined
    const present = uint32(bytes, next)
    next += 4
    if ((present & 1) !== 0) {
      if (next + 16 > end) return undefined
      object = guidText(bytes, next)
      next += 16
    }
    if ((present & 2) !== 0) {
      if (next + 16 > end) return undefined
      inheritedObject = guidText(bytes, next)
      next += 16
    }
  }
  const length = sidLength(bytes, next)
  if (length === undefined || next + length > end) return undefined
  return {
    type: form.type,
    flags: bytes[at + 1]!,
    mask: uint32(bytes, at + 4),
    // A GUID of zeros is none (MS-ADTS 5.1.3.3.3).
    ...(object === undefined || object === NO_GUID ? {} : { object }),
    ...(inheritedObject === undefined || inheritedObject === NO_GUID ? {} : { inheritedObject }),
    sid: sidText(bytes, next)!,
    ...(form.conditional === true ? { conditional: true } : {}),
  }
}

const NO_GUID = '00000000-0000-0000-0000-000000000000'

/** The rights that an entry is about, with what the generic ones stand for in a directory (MS-ADTS 5.1.3.2.1). */
export const rightsOf = ({ mask }: Ace): number => {
  let rights = mask & 0x0fff_ffff
  if ((mask & 0x8000_0000) !== 0) rights |= 0x20094
  if ((mask & 0x4000_0000) !== 0) rights |= 0x20028
  if ((mask & 0x2000_0000) !== 0) rights |= 0x20004
  if ((mask & 0x1000_0000) !== 0) rights |= 0xf01ff
  return rights >>> 0
}
