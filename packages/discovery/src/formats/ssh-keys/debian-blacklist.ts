import type { FindResult, HostFile } from '../../host.ts'
import { textOf, type Gathering } from '../../probe.ts'
import { md5 } from '../accounts/old-digests.ts'
import type { SshPublicKey } from './public-key.ts'

/** Lines of the host's own lists of keys from Debian's broken generator, those that may be about its keys. */
export type DebianBlacklist = readonly HostFile[]

const FOLDERS = ['/usr/share/ssh', '/etc/ssh'] as const

/** What a probe reads for it. */
export const DEBIAN_BLACKLISTS = FOLDERS.map((folder) => `${folder}/blacklist.*`)

/** More keys than this of one host are not looked up. */
const MOST_LOOKED_UP = 2000

/** Which lists there are: nearly never any, since Debian's package with them has been gone for years. */
export const findDebianBlacklists = (host: Gathering): Promise<FindResult> =>
  host.find({ under: DEBIAN_BLACKLISTS, maxDepth: 0, where: { types: ['file'] } })

/** Has the host look keys up in its lists; nothing is asked where there are none. */
export const lookUpInDebianBlacklists = async (
  host: Gathering,
  found: FindResult,
  keys: readonly SshPublicKey[],
): Promise<DebianBlacklist> => {
  const lists = found.state === 'found' ? found.entries.map(({ path }) => path) : []
  const entries = [...new Set(keys.flatMap((key) => blacklistEntry(key) ?? []))].slice(0, MOST_LOOKED_UP)
  if (lists.length === 0 || entries.length === 0) return []
  return host.readWith({ matching: entries, maxBytes: 65_536 }, ...DEBIAN_BLACKLISTS)
}

/** The keys that the lists name. */
export const isBlacklistedIn = (blacklist: DebianBlacklist): ((key: SshPublicKey) => boolean) => {
  const entries = new Set(blacklist.flatMap((file) => textOf(file).split('\n')))
  return (key) => entries.size > 0 && entries.has(blacklistEntry(key) ?? '-')
}

/** The last 20 digits of the MD5 fingerprint; undefined for kinds of keys that were not affected. */
const blacklistEntry = ({ algorithm, blob }: SshPublicKey): string | undefined =>
  algorithm === 'ssh-rsa' || algorithm === 'ssh-dss'
    ? [...md5(blob).subarray(6)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
    : undefined
