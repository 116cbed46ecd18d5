/** What a word means to whoever reads it; each tone has its own colour and its own shape. */
export type Tone = 'privileged' | 'good' | 'unknown' | 'bad' | 'active' | 'plain'

const TONES: Readonly<Record<string, Tone>> = {
  unknown: 'unknown',
  partial: 'unknown',
  truncated: 'unknown',
  absent: 'unknown',
  complete: 'good',
  managed: 'good',
  strong: 'good',
  finished: 'good',
  denied: 'bad',
  failed: 'bad',
  'timed-out': 'bad',
  never: 'plain',
  empty: 'bad',
  weak: 'bad',
  orphaned: 'bad',
  critical: 'bad',
  high: 'unknown',
  excepted: 'plain',
  interrupted: 'bad',
  running: 'active',
  onboarding: 'active',
}

/** How keys and certificates stand. */
const TRUST: Readonly<Record<string, Tone>> = {
  changed: 'bad',
  rejected: 'bad',
  revoked: 'bad',
  approved: 'good',
  'first-use': 'unknown',
  collected: 'unknown',
}

/** Columns in which `yes` means root, or as much as root. */
const ROOT = new Set(['privileged', 'opens_root', 'gives_root', 'superuser', 'group_privileged'])

/** The tone of an enum's word. `yes` is only remarkable where it means privilege. */
export const toneOf = (column: string, word: string): Tone => {
  if (word === 'yes' && ROOT.has(column)) return 'privileged'
  if (word === 'no' && (column === 'password_required' || column === 'passphrase')) return 'bad'
  if (column === 'open_to' && word === 'everyone') return 'bad'
  if (column === 'value') return word === 'literal' || word === 'key' || word === 'empty' ? 'bad' : 'plain'
  if (column === 'confidence') return 'plain'
  if (column === 'root_needs' && word === 'nothing') return 'bad'
  if (column === 'state' && word in TRUST) return TRUST[word]!
  if (column === 'outcome' && word === 'never') return 'bad'
  return TONES[word] ?? 'plain'
}
