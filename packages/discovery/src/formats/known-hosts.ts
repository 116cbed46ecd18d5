import { hmacSha1Search } from './accounts/old-digests.ts'
import { base64Bytes, isSshKeyType, readSshPublicKey, type SshPublicKey } from './ssh-keys/public-key.ts'
import { ascii } from './ssh-keys/wire.ts'

/** One line of a known_hosts file that ssh takes. */
export interface KnownHost {
  readonly line: number
  readonly marker?: 'cert-authority' | 'revoked'
  /** Names, addresses and patterns as written; one hashed name is `|1|…`. */
  readonly hosts: readonly string[]
  readonly key: SshPublicKey
  readonly comment: string
}

export interface KnownHosts {
  readonly entries: readonly KnownHost[]
  /** Lines that ssh passes over, with a reason that tells nothing of their content. */
  readonly refused: readonly { readonly line: number; readonly why: string }[]
}

/** Keys by the text that they are read from: many accounts know the same hosts. */
export type KnownKeys = Map<string, SshPublicKey | undefined>

/** Reads known_hosts (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT), line by line as ssh does. Never throws. */
export const parseKnownHosts = (text: string, keys: KnownKeys = new Map()): KnownHosts => {
  const entries: KnownHost[] = []
  const refused: { line: number; why: string }[] = []
  for (const [index, whole] of text.split('\n').entries()) {
    const nul = whole.indexOf('\0')
    const content = (nul < 0 ? whole : whole.slice(0, nul)).replace(/^[ \t]+/, '').replace(/\r$/, '')
    if (content === '' || content.startsWith('#')) continue
    const read = readLine(content, keys)
    if (typeof read === 'string') refused.push({ line: index + 1, why: read })
    else entries.push({ line: index + 1, ...read })
  }
  return { entries, refused }
}

/** A way to tell which of some names a hashed one stands for. */
export interface NameFinder {
  /** Undefined where it is none of them, or the work for all of them is used up. */
  find(hashed: string): string | undefined
  /** Hashed names that were not held against all names. */
  unsought(): number
}

/**
 * Holds hashed names (`|1|salt|hash`: HMAC-SHA-1 of the name under the salt) against names that are known, as many in all as `most`
 * digests allow. The most likely names come first.
 */
export const nameFinder = (names: readonly string[], most: number): NameFinder => {
  const candidates = [...new Set(names.map((name) => name.toLowerCase()))]
  const search = hmacSha1Search(candidates.map(ascii))
  // Whole files are often copied from account to account.
  const sought = new Map<string, string | undefined>()
  let left = most
  let unsought = 0
  return {
    unsought: () => unsought,
    find(hashed) {
      if (sought.has(hashed)) return sought.get(hashed)
      const [, , salt, hash] = hashed.split('|')
      const [key, wanted] = [base64Bytes(salt ?? ''), base64Bytes(hash ?? '')]
      if (key?.length !== 20 || wanted?.length !== 20) return undefined
      const at = search(key, wanted, left)
      if (at < 0 && left < candidates.length) unsought++
      left = Math.max(0, left - (at < 0 ? candidates.length : at + 1))
      const name = at < 0 ? undefined : candidates[at]
      sought.set(hashed, name)
      return name
    },
  }
}

const readLine = (content: string, keys: KnownKeys): Omit<KnownHost, 'line'> | string => {
  const marked = /^@([^ \t]*)[ \t]+(.*)$/.exec(content)
  const marker = marked === null ? undefined : MARKERS.find((name) => name === marked[1])
  if (marked !== null && marker === undefined) return 'a marker that ssh does not know'
  const match = /^([^ \t]+)[ \t]+([^ \t]+)[ \t]+([^ \t]+)(.*)$/.exec(marked === null ? content : marked[2]!)
  if (match === null) return 'no key'
  const [, hosts = '', type = '', base64 = '', rest = ''] = match
  if (/^\d+$/.test(type)) return 'a key of protocol 1'
  if (!isSshKeyType(type)) return 'a type of key that is not known'
  const text = `${type} ${base64}`
  if (!keys.has(text)) keys.set(text, readSshPublicKey(type, base64))
  const key = keys.get(text)
  if (key === undefined) return 'a key that does not agree with its type'
  const hashed = hosts.startsWith('|')
  if (hashed && !/^\|1\|[A-Za-z0-9+/=]{4,64}\|[A-Za-z0-9+/=]{4,64}$/.test(hosts)) return 'a hash of no known form'
  return {
    ...(marker === undefined ? {} : { marker }),
    hosts: hashed ? [hosts] : hosts.split(',').filter((name) => name !== ''),
    key,
    comment: rest.trim(),
  }
}

const MARKERS = ['cert-authority', 'revoked'] as const
