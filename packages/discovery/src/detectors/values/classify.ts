import type { CredentialWeakness } from '@rollcall/contract'
import type { Sighting, ValueClass } from '../detector.ts'
import { secretNamed } from '../names/secret-name.ts'
import { hashOfLength, hashScheme, type HashScheme } from './hash-scheme.ts'
import { couldBeSecret } from './could-be-secret.ts'
import { isNamedAfter, isOfSamples, isPlaceholder } from './placeholder.ts'
import { elsewhere } from './stands-elsewhere.ts'
import { isShippedHash, weaknessesOf } from './weakness.ts'

export interface Classified {
  readonly value: ValueClass
  readonly confidence: 'high' | 'medium' | 'low'
  readonly reference?: string
  readonly scheme?: string
  readonly weaknesses: readonly CredentialWeakness[]
  /** The secret, where it is only a part of what is written: the default of a variable. */
  readonly literal?: string
}

/**
 * What a written value is, by its shape and by how its reader knows of it. A reference with a default in clear, such as
 * `${PASSWORD:-…}`, is a literal. Undefined: nothing to tell.
 */
export const classify = (written: string, sighting: Sighting): Classified | undefined => {
  const { by, valueClass, secret, hashed, encrypted, tag } = sighting
  const confidence = confidenceOf(sighting)
  const told = (value: ValueClass, more: Partial<Classified> = {}): Classified => ({
    value,
    confidence,
    weaknesses: [],
    ...more,
  })
  const literal = (text: string, more: Partial<Classified> = {}): Classified =>
    told('literal', { ...more, weaknesses: weaknessesOf(text, sighting.account, sighting.service) })
  if (valueClass === 'literal') return written === '' ? undefined : literal(written)
  if ((valueClass === 'hash' || valueClass === 'key') && isPlaceholder(written.trim(), true)) return told('placeholder')
  if (valueClass === 'hash') return told('hash', ofHash(written, hashOfLength(written), sighting.scheme))
  if (valueClass === 'key') return told('key', { weaknesses: keyWeaknesses(written) })
  if (valueClass === 'encrypted' && PUBLISHED.has(sighting.scheme ?? ''))
    return told('encrypted', { weaknesses: ['publicly-known'] })
  if (valueClass !== undefined)
    return told(valueClass, valueClass === 'reference' ? ofReference(PLAIN_REFERENCE.exec(written.trim())?.[0]) : {})
  const value = written.trim()
  if (value === '') return undefined
  if (by === 'shape') return told(secret === 'private-key' ? 'key' : 'literal', { weaknesses: keyWeaknesses(value) })
  if (tag !== undefined && TAGGED.test(tag))
    return tag.includes('vault')
      ? told('encrypted', { scheme: 'ansible-vault' })
      : told('reference', { reference: tag })
  const sure = by === 'format'
  const hash = hashed === true ? hashOfLength(value) : hashScheme(value)
  if (hash !== undefined) return told('hash', ofHash(value, hash))
  if (PRIVATE_KEY.test(value))
    return ENCRYPTED_KEY.test(value)
      ? told('encrypted', { scheme: 'passphrase' })
      : told('key', { weaknesses: keyWeaknesses(value) })
  const away = elsewhere(value, sure)
  if (away?.instead !== undefined) {
    if (!couldBeSecret(away.instead, { ...sighting, quoted: true }))
      return told('reference', ofReference(away.reference))
    return literal(away.instead, { literal: away.instead })
  }
  if (away !== undefined)
    return told(away.value, {
      ...ofReference(away.reference),
      ...(away.scheme === undefined ? {} : { scheme: away.scheme }),
    })
  if (sure && sighting.quoted !== true && CALL.test(value)) return undefined
  if (isPlaceholder(value, sure)) return told('placeholder')
  if (!sure && !couldBeSecret(value, sighting)) return undefined
  const named = !sure && (isNamedAfter(value) || isNameOfSecret(value, sighting))
  if (named && opensNothing(value, sighting)) return told('placeholder')
  if (sure && NOTHING.test(value) && sighting.quoted !== true) return undefined
  if (encrypted === true && /^[A-Za-z0-9+/=_:.-]{16,}$/.test(value)) return told('encrypted')
  if (secret === 'private-key' && KEY_FILE.test(value)) return told('reference', ofReference(value))
  if (secret === 'private-key')
    return KEY_MATERIAL.test(value) && /\d/.test(value) ? told('key') : sure ? literal(value) : undefined
  if (secret === 'symmetric-key' && KEY_MATERIAL.test(value)) return told('key', { weaknesses: keyWeaknesses(value) })
  return literal(value, named || (!sure && isOfSamples(value)) ? { confidence: 'low' } : {})
}

/**
 * Whether words that only say what a secret is called open nothing: in code and commands they are names of others, and what is issued
 * is never made of words. A password or a shared secret of such words is one until somebody changes it.
 */
const opensNothing = (value: string, { bareIsCode, prose, quoted, secret, evidence, name }: Sighting): boolean =>
  bareIsCode === true ||
  prose === true ||
  // What calls are given has no name.
  (evidence === 'argument' && name !== undefined) ||
  secret === 'token' ||
  secret === 'private-key' ||
  (quoted !== true && (/^[a-z]+[A-Z]/.test(value) || isCalledSo(value, name)))

const confidenceOf = ({ by, unsure, commented, prose, evidence, quoted }: Sighting): Classified['confidence'] => {
  if (by === 'format') return 'high'
  if (by === 'shape') return 'high'
  if (unsure === true || commented === true || prose === true) return 'low'
  return quoted === true || evidence === 'url' || evidence === 'argument' ? 'high' : 'medium'
}

const ofHash = (value: string, hash: HashScheme | undefined, scheme = hash?.scheme): Partial<Classified> => ({
  ...(scheme === undefined ? {} : { scheme }),
  weaknesses: [
    ...(isShippedHash(value) ? (['default'] as const) : []),
    ...(hash?.weak === true ? (['weak-hash'] as const) : []),
  ],
})

const ofReference = (reference: string | undefined) =>
  reference === undefined || reference === '' ? {} : { reference }

const keyWeaknesses = (key: string): CredentialWeakness[] =>
  weaknessesOf(key.slice(0, 4096), undefined, undefined).filter((one) => one === 'publicly-known')

/** What a format says is a reference, unless it is a command with its words: these may hold anything. */
const PLAIN_REFERENCE = /^(?:[\w./:@${}#%+~-]{1,300}|[\w./ -]{1,200}\.[a-z0-9]{2,8})$/

/** What is encrypted with a key that is in everybody's hands, or only hidden. */
const PUBLISHED: ReadonlySet<string> = new Set(['group-policy', 'winscp', 'mremoteng'])

/** Tags of YAML that say that the value comes from elsewhere; those of its own types begin with two marks. */
const TAGGED = /^!(?!!|str$|string$|binary$)[A-Za-z]/

const PRIVATE_KEY = /-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----/
const ENCRYPTED_KEY = /BEGIN ENCRYPTED|Proc-Type: ?4,ENCRYPTED/
const KEY_MATERIAL = /^(?:base64:)?(?:[0-9a-f]{32,}|[A-Za-z0-9+/_-]{22,}={0,2})$/i

/** Where a private key is, in place of the key. */
const KEY_FILE = /^[\w./@%+~-]{1,250}\.(?:pem|key|der|crt|p12|pfx|ppk)$|^~?\/[\w./-]{1,250}$/

/** Code that makes the value, in a file that is a program after all. */
const CALL = /^[A-Za-z_][\w.]{0,80}(?:\.[a-z]\w{1,40}\([^()]{0,80}\)|\[-?\d*:?-?\d*\])$/

/** A word in the place of a secret that says that there is none. */
const NOTHING = /^(?:null|nil|~|none|undefined|\(null\)|\(none\))$/

/** Whether a value only says what it should be: `db_password` as the password. */
const isNameOfSecret = (value: string, { name = '', bareIsCode, prose }: Sighting): boolean => {
  if (!/^[A-Za-z][\w.-]{3,60}$/.test(value)) return false
  const last = name.slice(name.lastIndexOf('.') + 1)
  if (bareIsCode === true && (SECRETS.test(value) || plain(value) === plain(last))) return true
  if (value.toLowerCase() === last.toLowerCase())
    return bareIsCode === true || prose === true || /[a-z][A-Z]|_/.test(value)
  return /[_.-]|[a-z][A-Z]/.test(value) && !/\d/.test(value) && secretNamed(value) !== undefined
}

/** Names are given each other, where code translates between them. */
const SECRETS = /^(?:password|passwd|pwd|pass|passphrase|token)$/i
const isCalledSo = (value: string, name = ''): boolean =>
  /[A-Z]/.test(value) && /_/.test(name) && plain(value) === plain(name.slice(name.lastIndexOf('.') + 1))
const plain = (name: string) => name.replaceAll(/[^A-Za-z\d]/g, '').toLowerCase()
