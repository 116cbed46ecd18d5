import type { HostFile } from '../../host.ts'
import { groupsOf } from './group.ts'
import { passwdOf, type PasswdEntry } from './passwd.ts'

/** Who is behind uids, gids and homes, as far as the host's own files tell. */
export interface LocalPeople {
  /** The first account of each name. */
  readonly accounts: readonly PasswdEntry[]
  nameOf(uid: number): string | undefined
  /** The account in whose home a path lies: the innermost home, and of several accounts that share it the one of this uid. */
  homeOwner(path: string, uid: number): string | undefined
  /** Whether a group has somebody in it besides root and this account. A group that the host's files do not list may have. */
  hasOthers(gid: number, uid: number): boolean
  /** Whether the account is the only member of a group, and is one: what Debian's sshd asks for. */
  isPrivateGroup(gid: number, uid: number, owner: number): boolean
}

export const localPeople = (passwd: HostFile | undefined, group: HostFile | undefined): LocalPeople => {
  const known = passwd && KNOWN.get(passwd)
  if (known !== undefined && known.group === group) return known.people
  const people = readPeople(passwd, group)
  if (passwd !== undefined) KNOWN.set(passwd, { group, people })
  return people
}

/** Several probes ask about the same files. */
const KNOWN = new WeakMap<HostFile, { readonly group: HostFile | undefined; readonly people: LocalPeople }>()

const readPeople = (passwd: HostFile | undefined, group: HostFile | undefined): LocalPeople => {
  const accounts = new Map<string, PasswdEntry>()
  const byUid = new Map<number, string>()
  const homes = new Map<string, PasswdEntry[]>()
  const primary = new Map<number, Set<number>>()
  for (const entry of passwdOf(passwd).entries) {
    if (entry.name === '') continue
    added(primary, entry.gid).add(entry.uid)
    if (!byUid.has(entry.uid)) byUid.set(entry.uid, entry.name)
    if (accounts.has(entry.name)) continue
    accounts.set(entry.name, entry)
    const home = withoutEnd(entry.home)
    // What lies in / or /bin lies in nobody's home, though accounts of services name these.
    if (/^\/(?:root$|[^/]+\/.)/.test(home)) homes.set(home, [...(homes.get(home) ?? []), entry])
  }
  const listed = new Map<number, Set<string>>()
  for (const { gid, members } of groupsOf(group).entries) {
    const names = added(listed, gid)
    for (const member of members()) names.add(member)
  }
  return {
    accounts: [...accounts.values()],
    nameOf: (uid) => byUid.get(uid),
    homeOwner(path, uid) {
      for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
        const owners = homes.get(path.slice(0, end))
        if (owners !== undefined) return (owners.find((owner) => owner.uid === uid) ?? owners[0]!).name
      }
      return undefined
    },
    hasOthers(gid, uid) {
      if (!listed.has(gid)) return true
      const uids = [
        ...(primary.get(gid) ?? []),
        ...[...(listed.get(gid) ?? [])].map((name) => accounts.get(name)?.uid ?? -1),
      ]
      return uids.some((member) => member !== 0 && member !== uid)
    },
    isPrivateGroup(gid, uid, owner) {
      const [own, more] = [primary.get(gid) ?? new Set<number>(), listed.get(gid) ?? new Set<string>()]
      if (!listed.has(gid) || [...own].some((member) => member !== uid)) return false
      return own.size + more.size > 0 && [...more].every((name) => name === byUid.get(owner)) && more.size <= 1
    },
  }
}

const added = <Key, Value>(map: Map<Key, Set<Value>>, key: Key): Set<Value> => {
  const known = map.get(key) ?? new Set<Value>()
  map.set(key, known)
  return known
}

const withoutEnd = (home: string) => home.replace(/\/{1,64}$/, '')
