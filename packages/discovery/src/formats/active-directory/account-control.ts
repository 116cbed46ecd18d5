import type { FindingOf } from '@rollcall/contract'

/** Bits of userAccountControl (MS-ADTS 2.2.16) and of msDS-User-Account-Control-Computed. */
export const CONTROL = {
  disabled: 0x2,
  locked: 0x10,
  passwordNotRequired: 0x20,
  reversible: 0x80,
  normal: 0x200,
  trust: 0x800,
  workstation: 0x1000,
  controller: 0x2000,
  neverExpires: 0x10000,
  smartcard: 0x40000,
  delegation: 0x80000,
  notDelegated: 0x100000,
  desOnly: 0x200000,
  noPreauthentication: 0x400000,
  passwordExpired: 0x800000,
  protocolTransition: 0x1000000,
  readOnlyController: 0x4000000,
} as const

type State = FindingOf<'directory-account'>['states'][number]

const STATES: readonly (readonly [bit: number, state: State])[] = [
  [CONTROL.disabled, 'disabled'],
  [CONTROL.passwordNotRequired, 'password-not-required'],
  [CONTROL.reversible, 'password-reversible'],
  [CONTROL.neverExpires, 'password-never-expires'],
  [CONTROL.smartcard, 'smartcard-required'],
  [CONTROL.delegation, 'trusted-for-delegation'],
  [CONTROL.notDelegated, 'not-delegated'],
  [CONTROL.desOnly, 'des-only'],
  [CONTROL.noPreauthentication, 'no-preauthentication'],
  [CONTROL.protocolTransition, 'protocol-transition'],
  [CONTROL.controller, 'domain-controller'],
  [CONTROL.readOnlyController, 'read-only-controller'],
]

/** What the bits of userAccountControl say. Being locked is not among them: that bit is not kept (see lockoutTime). */
export const controlStates = (control: number): State[] =>
  STATES.filter(([bit]) => (control & bit) !== 0).map(([, state]) => state)

const ENCRYPTION: readonly (readonly [bit: number, name: string])[] = [
  [1, 'des-cbc-crc'],
  [2, 'des-cbc-md5'],
  [4, 'rc4'],
  [8, 'aes128'],
  [16, 'aes256'],
  [32, 'aes256-sk'],
]

/** The encryption types of msDS-SupportedEncryptionTypes (MS-KILE 2.2.7). */
export const encryptionTypes = (bits: number): string[] =>
  ENCRYPTION.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name)

/** A 32-bit number as directories write them, signed or not; undefined when it is none. */
export const bitsOf = (text: string | undefined): number | undefined =>
  text === undefined || !/^-?\d{1,10}$/.test(text) ? undefined : Number(text) | 0
