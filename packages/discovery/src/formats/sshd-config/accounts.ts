import type { HostFile } from '../../host.ts'
import { groupsOf } from '../accounts/group.ts'
import { passwdOf } from '../accounts/passwd.ts'

/** An account as getpwnam(3) gives it to sshd, with the groups that getgrouplist(3) adds. */
export interface SshdAccount {
  readonly name: string
  readonly uid: number
  readonly home: string
  readonly groups: readonly string[]
}

/**
 * The accounts of passwd(5) with their groups from group(5), each name once: the first line of a name counts, as does that of a gid.
 * Probes that share the files share the accounts.
 */
export const sshdAccountsOf = (passwd: HostFile | undefined, group: HostFile | undefined): readonly SshdAccount[] => {
  const known = passwd && ACCOUNTS.get(passwd)
  if (known !== undefined && known.group === group) return known.accounts
  const accounts = readAccounts(passwd, group)
  if (passwd !== undefined) ACCOUNTS.set(passwd, { group, accounts })
  return accounts
}

const ACCOUNTS = new WeakMap<HostFile, { group: HostFile | undefined; accounts: readonly SshdAccount[] }>()

const readAccounts = (passwd: HostFile | undefined, group: HostFile | undefined): SshdAccount[] => {
  const names = new Map<number, string>()
  const memberOf = new Map<string, Set<number>>()
  for (const { name, gid, members } of groupsOf(group).entries) {
    if (!names.has(gid)) names.set(gid, name)
    for (const member of members()) {
      const gids = memberOf.get(member)
      if (gids === undefined) memberOf.set(member, new Set([gid]))
      else gids.add(gid)
    }
  }
  const accounts = new Map<string, SshdAccount>()
  for (const { name, uid, gid, home } of passwdOf(passwd).entries) {
    if (name === '' || accounts.has(name)) continue
    const gids = new Set([gid, ...(memberOf.get(name) ?? [])])
    accounts.set(name, { name, uid, home, groups: [...gids].flatMap((each) => names.get(each) ?? []) })
  }
  return [...accounts.values()]
}
