import type { CredentialWeakness, FindingOf } from '@rollcall/contract'

type StoredCredential = FindingOf<'stored-credential'>

/** How much a stored credential asks to be dealt with, from its number. `none`: there is no secret in it. */
export type Severity = 'critical' | 'high' | 'medium' | 'low' | 'none'

/**
 * Where a stored credential stands among all, from 0 (no secret) to 100. It counts what can be taken from the place itself: whether the
 * secret lies open, is in force, is sure to be one, and how easily it is had or guessed. Whom it opens counts where its name says so.
 */
export const credentialRank = ({ value, state, confidence, weaknesses = [], account }: StoredCredential): number => {
  if (value === 'reference' || value === 'placeholder') return 0
  const weak = weaknesses.reduce((sum, weakness) => sum + WEAKNESS[weakness], 0)
  const powerful = account !== undefined && POWERFUL.test(account) ? 10 : 0
  return Math.min(100, Math.max(1, VALUE[value] + STATE[state] + CONFIDENCE[confidence] + weak + powerful))
}

export const severityOf = (rank: number): Severity => {
  if (rank >= 85) return 'critical'
  if (rank >= 60) return 'high'
  if (rank >= 35) return 'medium'
  return rank >= 1 ? 'low' : 'none'
}

const VALUE = { literal: 60, key: 60, empty: 60, hash: 35, encrypted: 15 } as const
const STATE = { active: 0, backup: -10, commented: -20, template: -25 } as const
const CONFIDENCE = { high: 10, medium: 0, low: -20 } as const
const WEAKNESS: Readonly<Record<CredentialWeakness, number>> = {
  'publicly-known': 25,
  default: 20,
  common: 20,
  'same-as-account': 20,
  'readable-by-others': 15,
  'weak-hash': 15,
  short: 5,
}

/** Accounts that may do everything where they are, by the names that products give them. */
const POWERFUL =
  /^(?:(?:.*\\)?(?:root|administrator|admin|sa|sys|system|postgres|sysadmin|superuser|cn=(?:admin|manager|directory manager)\b.*))(?:@.*)?$/i
