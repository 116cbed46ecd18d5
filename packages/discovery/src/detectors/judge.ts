import type { KeyedDigest } from '../probe.ts'
import type { CredentialFile, Sighting } from './detector.ts'
import type { Detected } from './detect.ts'
import { stateOfFile } from './values/file-state.ts'
import { classify } from './values/classify.ts'
import { toldReference } from './values/told-reference.ts'
import { withoutSecrets } from './values/without-secrets.ts'

export type Judged = Omit<Detected, 'line' | 'endLine' | 'offset' | 'at' | 'span' | 'detector'>

/**
 * Decides what a sighting is, in one way for all formats, and forgets its value. Undefined where it is nothing to tell: no value at
 * all, or one that its name alone does not make a secret.
 */
export const judge = (sighting: Sighting, file: CredentialFile, keyedDigest: KeyedDigest): Judged | undefined => {
  const written = sighting.value ?? file.text.slice(sighting.at, sighting.at + sighting.length)
  const told = classify(written, sighting)
  if (told === undefined) return undefined
  const { secret, name, account, system, service, evidence, scheme } = sighting
  const opening = told.literal ?? written
  const digest = DIGESTED.has(told.value) ? keyedDigest(opening) : undefined
  const hidden = told.value === 'encrypted' && PUBLISHED.has(told.scheme ?? scheme ?? '')
  const weaknesses = [...told.weaknesses, ...(hidden ? (['publicly-known'] as const) : [])]
  const state = sighting.commented === true ? 'commented' : stateOfFile(file.path)
  return {
    secret,
    value: told.value,
    state,
    evidence,
    confidence: told.confidence,
    ...field('name', name, 512),
    ...field('account', account === undefined ? undefined : withoutSecrets(account), 256),
    ...field('system', system === undefined ? undefined : withoutSecrets(system), 512),
    ...field('service', service, 64),
    ...field('reference', told.reference === undefined ? undefined : toldReference(told.reference), 1024),
    ...field('scheme', told.scheme ?? scheme, 64),
    ...(weaknesses.length === 0 ? {} : { weaknesses }),
    ...(told.value === 'literal' ? { length: lengthClass(opening) } : {}),
    ...(digest === undefined ? {} : { digest }),
  }
}

/** Ciphers whose key is the same in every copy of their program, so that they hide from eyes only. */
const PUBLISHED: ReadonlySet<string> = new Set(['rclone-obscure', 'vnc', 'mysql-login-path', 'sss-obfuscate'])

/** What opens something wherever it stands; a placeholder or the name of a variable is the same in many places by itself. */
const DIGESTED: ReadonlySet<string> = new Set(['literal', 'key', 'hash'])

const field = <Name extends string>(name: Name, value: string | undefined, most: number) =>
  (value === undefined || value === '' ? {} : { [name]: value.slice(0, most) }) as { [key in Name]?: string }

/** How long a literal is, in characters, as classes that tell little of it. */
export const lengthClass = (value: string): NonNullable<Detected['length']> => {
  // The second half of a pair of surrogates is no character of its own.
  const { length } = value.slice(0, 64).replaceAll(/[\uDC00-\uDFFF]/g, '')
  if (length < 8) return '1-7'
  if (length < 12) return '8-11'
  if (length < 16) return '12-15'
  return length < 32 ? '16-31' : '32+'
}
