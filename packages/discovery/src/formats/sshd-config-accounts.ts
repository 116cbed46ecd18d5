/** An account as getpwnam(3) gives it to sshd, with the groups that getgrouplist(3) adds. */
export interface SshdAccount {
  readonly name: string
  readonly uid: number
  readonly home: string
  readonly groups: readonly string[]
}

/**
 * The accounts of passwd(5) with their groups from group(5), each name once: the first line of a name counts. Lines that
 * are not accounts are left out.
 */
export const sshdAccounts = (passwd: string, group: string): SshdAccount[] => {
  const names = new Map<number, string>()
  const memberOf = new Map<string, number[]>()
  for (const line of group.split('\n')) {
    const [name = '', , id = '', members = ''] = line.split(':')
    const gid = numeric(id)
    if (gid === undefined || !isName(name)) continue
    if (!names.has(gid)) names.set(gid, name)
    for (const member of members.split(',')) {
      const gids = memberOf.get(member.trim())
      if (gids === undefined) memberOf.set(member.trim(), [gid])
      else gids.push(gid)
    }
  }
  const accounts = new Map<string, SshdAccount>()
  for (const line of passwd.split('\n')) {
    const [name = '', , id = '', primary = '', , home = ''] = line.trimStart().split(':')
    const [uid, gid] = [numeric(id), numeric(primary)]
    if (uid === undefined || gid === undefined || !isName(name) || accounts.has(name)) continue
    const gids = new Set([gid, ...(memberOf.get(name) ?? [])])
    accounts.set(name, { name, uid, home, groups: [...gids].flatMap((each) => names.get(each) ?? []) })
  }
  return [...accounts.values()]
}

const numeric = (text: string) => (/^\d{1,10}$/.test(text) && Number(text) <= 4_294_967_295 ? Number(text) : undefined)

/** A `+` or `-` in front stands for NIS, a `#` for a comment. */
const isName = (name: string) => name !== '' && name.length <= 256 && !/^[-+#]/.test(name)
