import type { FindingOf } from '@rollcall/contract'

type File = FindingOf<'file'>

/**
 * Who besides root may use a file in the way that makes it matter: `everyone`, `some`: everyone who may pass the folders on the
 * way there, the members of its `group`, its `owner`, or only `root`.
 */
export type OpenTo = 'everyone' | 'some' | 'group' | 'owner' | 'root'

/**
 * To whom a file is open: by what its probe says of who may change or read it, or else by its owner and mode. Of programs that give
 * other rights those count who may run them, of devices those who may read or write, of all others those who may write.
 */
export const openTo = (file: File): OpenTo => {
  const { owner, writableBy, readableBy, behind = [] } = file
  const by =
    writableBy === undefined && readableBy === undefined
      ? allowed(file)
      : [...(writableBy ?? []), ...(readableBy ?? [])]
  if (by.includes('others')) return behind.length === 0 ? 'everyone' : 'some'
  if (by.includes('group')) return 'group'
  return by.includes('owner') && owner !== 0 ? 'owner' : 'root'
}

const allowed = ({ role, type, group, mode }: File): readonly ('owner' | 'group' | 'others')[] => {
  const bits = Number.parseInt(mode, 8)
  const wanted = RUN.has(role) ? 1 : role === 'device' ? 6 : 2
  // In a sticky folder only the owner of a file may replace it; adding another is enough where programs are looked for.
  if (type === 'folder' && (bits & 0o1000) !== 0 && role !== 'command-path') return ['owner']
  return [
    'owner',
    ...(group !== 0 && (bits & (wanted << 3)) !== 0 ? (['group'] as const) : []),
    ...((bits & wanted) !== 0 ? (['others'] as const) : []),
  ]
}

const RUN: ReadonlySet<File['role']> = new Set(['setuid', 'setgid', 'capabilities'])

/**
 * Whether whoever a file is open to can act as root through it. Undefined where that is the same question as whether the
 * account it matters for can: they get that account.
 */
export const givesRoot = ({
  role,
  account,
  ordinary,
  writableBy,
  readableBy = [],
}: File): 'yes' | 'no' | 'unknown' | undefined => {
  switch (role) {
    case 'decides':
      // Who may only read it gets what it holds, such as hashes to guess.
      return writableBy?.length === 0 && readableBy.length > 0 ? 'unknown' : 'yes'
    case 'device':
      return 'yes'
    case 'setuid':
    case 'setgid':
    case 'capabilities':
      return ordinary === true ? 'no' : 'unknown'
    case 'run-as':
    case 'command-path':
    case 'login-keys':
    case 'home':
    case 'socket':
    case 'agent-socket':
      return account === undefined ? 'unknown' : account === 'root' ? 'yes' : undefined
  }
}
