/** What the characters of dSHeuristics say (MS-ADTS 6.1.1.2.4.1.2), as far as it decides who may do what; counted from 1. */
export const heuristics = (text: string | undefined) => {
  const at = (position: number) => text?.[position - 1] ?? '0'
  return {
    listObject: at(3) === '1',
    anonymous: at(7) === '2',
    userPasswordIsPassword: at(9) === '1',
    /** Which operators AdminSDHolder leaves out. */
    unprotected: OPERATORS.filter(([bit]) => ((Number.parseInt(at(16), 16) || 0) & bit) !== 0).map(([, id]) => id),
    ownersBlocked: at(29) === '1',
  }
}

const OPERATORS = [
  [1, 'account-operators'],
  [2, 'server-operators'],
  [4, 'print-operators'],
  [8, 'backup-operators'],
] as const

/** Bits of pwdProperties (MS-SAMR 2.2.3.1). */
export const PASSWORD = { complex: 0x1, noClearChange: 0x4, lockAdministrators: 0x8, reversible: 0x10 } as const

const bitNames =
  (names: readonly (readonly [bit: number, name: string])[]) =>
  (bits: number): string[] =>
    names.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name)

/** Bits of trustAttributes (MS-ADTS 6.1.6.7.9). */
export const TRUST = {
  nonTransitive: 0x1,
  filtered: 0x4,
  forest: 0x8,
  withinForest: 0x20,
  external: 0x40,
  rc4: 0x80,
  aes: 0x100,
  noDelegation: 0x200,
  delegation: 0x800,
} as const

export const trustAttributes = bitNames([
  [TRUST.nonTransitive, 'non-transitive'],
  [0x2, 'uplevel-only'],
  [TRUST.filtered, 'filtered'],
  [TRUST.forest, 'forest'],
  [0x10, 'cross-organisation'],
  [TRUST.withinForest, 'within-forest'],
  [TRUST.external, 'treat-as-external'],
  [TRUST.rc4, 'rc4'],
  [TRUST.aes, 'aes'],
  [TRUST.noDelegation, 'no-tgt-delegation'],
  [0x400, 'pam'],
  [TRUST.delegation, 'tgt-delegation'],
  [0x1000, 'no-target-validation'],
])

export const trustDirection = (bits: number): string => ['disabled', 'inbound', 'outbound', 'both'][bits & 3]!
export const trustType = (type: number): string =>
  ['', 'downlevel', 'uplevel', 'mit', 'dce', 'entra'][type] || `${type}`

/** Functional levels (MS-ADTS 6.1.4.2 to 6.1.4.4). */
export const functionalLevel = (level: number): string => LEVELS[level] ?? `${level}`
const LEVELS: Readonly<Record<number, string>> = {
  0: '2000',
  1: '2003 interim',
  2: '2003',
  3: '2008',
  4: '2008 R2',
  5: '2012',
  6: '2012 R2',
  7: '2016',
  10: '2025',
}

/** Bits of certificate templates (MS-CRTD 2.26 to 2.28). */
export const TEMPLATE = {
  subjectFromRequester: 0x1,
  namesFromRequester: 0x10000,
  approval: 0x2,
  noSecurityExtension: 0x80000,
} as const

/** Purposes of certificates (extended key usages) that log somebody in. */
export const LOGIN_PURPOSES: ReadonlySet<string> = new Set([
  '1.3.6.1.5.5.7.3.2',
  '1.3.6.1.5.2.3.4',
  '1.3.6.1.4.1.311.20.2.2',
])
export const ANY_PURPOSE = '2.5.29.37.0'
export const ENROLMENT_AGENT = '1.3.6.1.4.1.311.20.2.1'

/** The policies that gPLink names, with whether they are in force, and whether nobody below may block them (MS-GPOL 2.2.2). At most 1,000. */
export const policyLinks = (
  text: string | undefined,
): { readonly dn: string; readonly disabled: boolean; readonly enforced: boolean }[] =>
  [...(text ?? '').slice(0, 1_000_000).matchAll(/\[LDAP:\/\/([^;\]]{1,2048});(\d{1,10})\]/gi)]
    .slice(0, 1000)
    .map(([, dn, options]) => ({
      dn: dn!,
      disabled: (Number(options) & 1) !== 0,
      enforced: (Number(options) & 2) !== 0,
    }))
