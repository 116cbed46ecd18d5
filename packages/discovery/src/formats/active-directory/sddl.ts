import type { Ace } from './security-descriptor.ts'

/** An entry of an access control list as SDDL writes it (MS-DTYP 2.5.1.1), identifiers in full; a condition is left out. */
export const sddlOf = (ace: Ace): string => {
  const object = ace.object !== undefined || ace.inheritedObject !== undefined
  const type = TYPES[`${ace.type}${object ? ' object' : ''}${ace.conditional === true ? ' conditional' : ''}`]
  const mask = letters(ace.mask, RIGHTS) ?? `0x${ace.mask.toString(16).padStart(8, '0')}`
  const flags = letters(ace.flags, FLAGS) ?? `0x${ace.flags.toString(16)}`
  return `(${type};${flags};${mask};${ace.object ?? ''};${ace.inheritedObject ?? ''};${ace.sid})`
}

const TYPES: Readonly<Record<string, string>> = {
  allow: 'A',
  deny: 'D',
  'allow object': 'OA',
  'deny object': 'OD',
  'allow conditional': 'XA',
  'deny conditional': 'XD',
  'allow object conditional': 'ZA',
  'deny object conditional': 'ZD',
}

type Letters = readonly (readonly [letters: string, bits: number])[]

const FLAGS: Letters = [
  ['OI', 0x1],
  ['CI', 0x2],
  ['NP', 0x4],
  ['IO', 0x8],
  ['ID', 0x10],
  ['SA', 0x40],
  ['FA', 0x80],
]

const RIGHTS: Letters = [
  ['RP', 0x10],
  ['WP', 0x20],
  ['CR', 0x100],
  ['CC', 0x1],
  ['DC', 0x2],
  ['LC', 0x4],
  ['LO', 0x80],
  ['RC', 0x20000],
  ['WO', 0x80000],
  ['WD', 0x40000],
  ['SD', 0x10000],
  ['DT', 0x40],
  ['SW', 0x8],
  ['GA', 0x1000_0000],
  ['GR', 0x8000_0000],
  ['GW', 0x4000_0000],
  ['GX', 0x2000_0000],
]

/** Undefined where a bit has none. */
const letters = (bits: number, known: Letters) => {
  let text = ''
  let left = bits >>> 0
  for (const [letter, bit] of known) {
    if ((left & bit) === 0) continue
    text += letter
    left = (left & ~bit) >>> 0
  }
  return left === 0 ? text : undefined
}
