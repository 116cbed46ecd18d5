import type { FindingOf, Place, Reason } from '@rollcall/contract'
import type { PrivilegePath } from '@rollcall/contract/api'
import { escapeOf, groupPower, type EscapeKind } from '@rollcall/contract/sudo'
import type { HostFacts } from '../host-facts.ts'
import type { Becoming, KindOfWay, Ways } from './way.ts'

type Account = FindingOf<'account'>
type File = FindingOf<'file'>
type Step = PrivilegePath['steps'][number]

/**
 * Files, folders, programs, sockets and devices that are open to more than they should be. Who may use one is decided as the kernel
 * does: the owner's bits for the owner, else the group's for its members, else those of all others, and every folder on the
 * way must let them pass.
 */
export const fileWays: KindOfWay = {
  restsOn: [
    'setuid-programs',
    'privileged-files',
    'container-sockets',
    // Lines of compose files that were not taken in say nothing of who may change the file.
    { probe: 'containers', bears: ({ code, line }) => code !== 'unsupported' || line === undefined },
    'systemd-units',
    'cron-jobs',
    'home-folders',
  ],
  ways: (account, facts) => waysOf(account, facts),
}

const waysOf = (account: Account, facts: HostFacts): Ways => {
  const { byUid, byGid, everyone } = openingsOf(facts)
  const groups = groupsOf(account, facts)
  const found: Used[] = []
  for (const opening of byUid.get(account.uid) ?? [])
    if (mayUse(account, groups, opening)) found.push({ opening, first: ownership(account, opening) })
  for (const [gid, membership] of groups)
    for (const opening of byGid.get(gid) ?? [])
      if (mayUse(account, groups, opening)) found.push({ opening, first: belonging(account, membership, opening) })
  for (const opening of everyone) if (mayUse(account, groups, opening)) found.push({ opening, first: [] })
  const used = [...new Map(found.map((one) => [one.opening, one])).values()].filter(
    ({ opening }) => opening.target?.every(({ name }) => name === account.name) !== true,
  )
  return {
    paths: used.flatMap(pathOf).slice(0, MOST_PATHS),
    // Where somebody else may be gained, only who that is decides whether the doubt matters.
    unsure: used
      .flatMap(({ opening }) => (opening.target === undefined ? (opening.doubt ?? []) : []))
      .slice(0, MOST_PATHS),
    becomes: used.flatMap(becomingOf).slice(0, MOST_PATHS),
  }
}

/** Ways of this kind that are told of one account. */
const MOST_PATHS = 30

/** What one file gives to who may use it. */
interface Opening {
  readonly file: File
  /** Which of the permission bits must be there for who is not the owner: 4 to read, 2 to write, 1 to run. */
  readonly bits: number
  /** Through which permission it is open at all. */
  readonly by: readonly ('owner' | 'group' | 'others')[]
  readonly via: PrivilegePath['via']
  /** Absent where it leads to other accounts, or to nobody knows whom. */
  readonly effect?: PrivilegePath['effect']
  readonly target?: readonly Account[]
  readonly doubt?: Reason
  /** Completes "It may …". */
  readonly may: string
  readonly steps: readonly Step[]
}

interface Used {
  readonly opening: Opening
  /** Why it is open to this account. */
  readonly first: readonly Step[]
}

const pathOf = ({ opening: { via, effect, may, steps }, first }: Used): PrivilegePath[] =>
  effect === undefined
    ? []
    : [{ via, effect, password: 'none', sentence: `It may ${may}.`, steps: [...first, ...steps] }]

const becomingOf = ({ opening: { via, target, doubt, may, steps }, first }: Used): Becoming[] =>
  target === undefined
    ? []
    : [
        {
          via,
          password: 'none',
          accounts: target,
          sentence: `It may ${may}.`,
          steps: [...first, ...steps],
          ...(doubt === undefined ? {} : { doubt }),
        },
      ]

/** The groups that an account is in or may add itself to, with what says so; its primary one even where no group has that number. */
const groupsOf = (account: Account, { memberships }: HostFacts) => {
  const groups = new Map<number, FindingOf<'membership'> | undefined>([[account.gid, undefined]])
  for (const membership of memberships.get(account.name) ?? [])
    if (membership.role !== 'primary' || membership.gid === account.gid) groups.set(membership.gid, membership)
  return groups
}

type Groups = ReadonlyMap<number, unknown>

const mayUse = (account: Account, groups: Groups, { file, bits, by }: Opening) =>
  (account.uid === file.owner
    ? by.includes('owner') || permits(account, groups, file, bits)
    : permits(account, groups, file, bits)) &&
  (file.behind ?? []).every((folder) => account.uid === folder.owner || permits(account, groups, folder, 1))

/** As the kernel decides: only the first that fits counts, also where it gives less than the next would. */
const permits = (
  { uid }: Account,
  groups: Groups,
  { owner, group, mode }: Pick<File, 'owner' | 'group' | 'mode'>,
  bits: number,
) => ((Number.parseInt(mode, 8) >> (uid === owner ? 6 : groups.has(group) ? 3 : 0)) & bits) !== 0

const ownership = (account: Account, { file }: Opening): Step[] => [
  { sentence: `${account.name} has uid ${account.uid}, which owns ${file.place.path}`, place: account.place },
]

const belonging = (account: Account, membership: FindingOf<'membership'> | undefined, { file }: Opening): Step[] => {
  if (membership === undefined)
    return [{ sentence: `${account.name} has the primary group ${account.gid}`, place: account.place }]
  const { group, role, place } = membership
  const word =
    role === 'primary'
      ? `has the primary group ${group}`
      : role === 'member'
        ? `is a member of the group ${group}`
        : undefined
  return [
    {
      sentence:
        word === undefined
          ? `${account.name} administers the group ${group} and may add itself to it`
          : `${account.name} ${word}${file.group === membership.gid ? '' : ', which may pass the folders on the way'}`,
      place,
    },
  ]
}

/** The openings of a host by who may have them; those for everyone are the best few, since they are everyone's. */
interface Openings {
  readonly byUid: ReadonlyMap<number, readonly Opening[]>
  readonly byGid: ReadonlyMap<number, readonly Opening[]>
  readonly everyone: readonly Opening[]
}

const openingsOf = (facts: HostFacts): Openings => {
  const known = hosts.get(facts)
  if (known !== undefined) return known
  const byUid = new Map<number, Opening[]>()
  const byGid = new Map<number, Opening[]>()
  const everyone: Opening[] = []
  for (const file of facts.files)
    for (const opening of openings(file, facts)) {
      if (opening.by.includes('owner')) pushTo(byUid, file.owner, opening)
      if (opening.by.includes('group')) pushTo(byGid, file.group, opening)
      if (!opening.by.includes('others')) continue
      const first = file.behind?.find(({ mode }) => (Number.parseInt(mode, 8) & 0o001) === 0)
      if (first === undefined) everyone.push(opening)
      else {
        // Only who owns the first folder that others may not pass, or belongs to its group, gets any further.
        pushTo(byUid, first.owner, opening)
        if ((Number.parseInt(first.mode, 8) & 0o010) !== 0) pushTo(byGid, first.group, opening)
      }
    }
  const found = {
    byUid,
    byGid,
    everyone: [
      ...everyone
        .filter(({ effect }) => effect !== 'limited')
        .toSorted((one, other) => rank(one) - rank(other))
        .slice(0, MOST_OF_ALL),
      ...everyone.filter(({ effect }) => effect === 'limited').slice(0, MOST_LIMITED_OF_ALL),
    ],
  }
  hosts.set(facts, found)
  return found
}

const hosts = new WeakMap<HostFacts, Openings>()
const MOST_OF_ALL = 27
const MOST_LIMITED_OF_ALL = 3

const rank = ({ effect, target }: Opening) =>
  effect === 'root' ? 0 : target !== undefined ? 1 : effect === undefined ? 2 : 3

const pushTo = (map: Map<number, Opening[]>, key: number, opening: Opening) => {
  const known = map.get(key)
  if (known === undefined) map.set(key, [opening])
  else known.push(opening)
}

const openings = (file: File, facts: HostFacts): Opening[] => {
  switch (file.role) {
    case 'setuid':
    case 'setgid':
    case 'capabilities':
      return programOpenings(file, facts)
    case 'device':
      return opened(file, 6, 'writable', { effect: 'root' }, DEVICE)
    case 'socket':
    case 'agent-socket':
      return ofGroup(file, facts)
        ? []
        : opened(file, 2, 'socket', gains(file, facts), `use the socket ${file.place.path}`)
    case 'decides':
      return [...opened(file, 2, 'writable', { effect: 'root' }, `change ${file.place.path}`), ...readOpenings(file)]
    case 'run-as':
    case 'command-path':
    case 'login-keys':
    case 'home':
      return opened(file, 2, 'writable', gains(file, facts), `change ${file.place.path}`)
  }
}

/** Told by the group itself, whose members are as good as root by what it is called. */
const ofGroup = ({ group, writableBy = [] }: File, { groupNames }: HostFacts) =>
  writableBy.length === 1 &&
  writableBy[0] === 'group' &&
  groupPower(group, groupNames.get(group) ?? [])?.effect === 'root'

const DEVICE = 'read or write raw disk or memory, and so every file past its permissions'

/** What who may use it gets: root, or the account it matters for. */
const gains = (
  { account = 'root', place }: File,
  { firstOfName }: HostFacts,
): Pick<Opening, 'effect' | 'target' | 'doubt'> => {
  const target = firstOfName.get(account)
  if (account === 'root' || target?.uid === 0) return { effect: 'root' }
  return target === undefined
    ? { doubt: { code: 'unsupported', ...place, detail: 'what the account that uses it may do is not known' } }
    : { target: listOf(target) }
}

/** One list for each account, so that what many may become is looked at once. */
const listOf = (account: Account): readonly Account[] => {
  const list = lists.get(account) ?? [account]
  lists.set(account, list)
  return list
}

const lists = new WeakMap<Account, readonly Account[]>()

const opened = (
  file: File,
  bits: number,
  via: Opening['via'],
  gain: Pick<Opening, 'effect' | 'target' | 'doubt'>,
  may: string,
): Opening[] => {
  const by = file.writableBy ?? byMode(file, bits, gain.target?.[0]?.uid)
  return by.length === 0
    ? []
    : [{ file, bits, by, via, ...gain, may: purpose(file, may), steps: stepsOf(file, by, 'write to') }]
}

/** Where its probe says nothing: by the bits alone. A sticky folder lets nobody but its owner change what is in it. */
const byMode = ({ owner, type, mode }: File, bits: number, self: number | undefined): Opening['by'] => {
  const all = Number.parseInt(mode, 8)
  const isSticky = type === 'folder' && (all & 0o1000) !== 0
  return [
    ...(owner !== 0 && owner !== self ? (['owner'] as const) : []),
    ...(!isSticky && ((all >> 3) & bits) !== 0 ? (['group'] as const) : []),
    ...(!isSticky && (all & bits) !== 0 ? (['others'] as const) : []),
  ]
}

const purpose = ({ role, type, place, account = 'root', because }: File, may: string): string => {
  const why = because === undefined ? '' : ` (${because})`
  switch (role) {
    case 'run-as':
      return type === 'folder'
        ? `replace what lies in ${place.path}, from where something runs as ${account}${why}`
        : `${may}, which runs as ${account}${why}`
    case 'command-path':
      return `${may}, where ${account} looks for programs${why}`
    case 'login-keys':
      return `${may}, which decides what opens ${account}`
    case 'home':
      return `${may}, the home of ${account}, and what is run from there`
    case 'decides':
      return `${may}, which decides who is root or what root runs${why}`
    case 'socket':
      return `${may}${because === undefined ? '' : ` of ${because}`}, and so act as ${account}`
    case 'agent-socket':
      return `${may}, and log in with the keys of the agent behind it`
    case 'setuid':
    case 'setgid':
    case 'capabilities':
    case 'device':
      return may
  }
}

const stepsOf = (file: File, by: Opening['by'], verb: string): Step[] => {
  const { place, owner, group, mode, because, namedBy, account } = file
  const who = by.includes('others') ? 'everyone' : by.includes('group') ? `the group ${group}` : `its owner ${owner}`
  return [
    { sentence: `${place.path} has mode ${mode}, owner ${owner} and group ${group}: ${who} may ${verb} it`, place },
    ...(because === undefined && namedBy === undefined ? [] : [used(because ?? 'it is used', account, namedBy)]),
  ]
}

const used = (because: string, account: string | undefined, namedBy: Place | undefined): Step => ({
  sentence: `what leads there: ${because}${account === undefined ? '' : `, as ${account}`}`,
  ...(namedBy === undefined ? {} : { place: namedBy }),
})

/** Keys that stand for the host. All other secrets of root are hashes of passwords, by which root's may be guessed. */
const KEYS_OF_HOST = /\.keytab$|\/ssh_host_[^/]*$/

const readOpenings = (file: File): Opening[] => {
  const { readableBy: by = [], place } = file
  if (by.length === 0) return []
  const steps = stepsOf(file, by, 'read')
  if (!KEYS_OF_HOST.test(place.path))
    return [
      {
        file,
        bits: 4,
        by,
        via: 'readable',
        effect: 'root',
        may: `read ${place.path}, and so guess root's and everybody else's password from the hashes in it`,
        steps,
      },
    ]
  const may = `read ${place.path}, which stands for this host to others`
  return [{ file, bits: 4, by, via: 'readable', effect: 'limited', may, steps }]
}

/** Programs that give other rights to who may run them; those that distributions ship look after themselves. */
const programOpenings = (file: File, facts: HostFacts): Opening[] => {
  const { role, owner, group, mode, writableBy = [], place, program } = file
  // The kernel does not heed the bits of a script.
  if (program === 'script') return []
  const changed: Opening[] =
    role === 'setuid' && writableBy.length > 0 && owner === 0
      ? [
          {
            file,
            bits: 2,
            by: writableBy,
            via: 'writable',
            effect: 'root',
            may: `change ${place.path}, which runs as root whoever calls it`,
            steps: stepsOf(file, writableBy, 'write to'),
          },
        ]
      : []
  if (file.ordinary === true) return changed
  const bits = Number.parseInt(mode, 8)
  // What runs as its owner anyway gives the owner nothing.
  const by = (['owner', 'group', 'others'] as const).filter((one) =>
    one === 'owner'
      ? role !== 'setuid' && owner !== 0 && (bits & 0o100) !== 0
      : (bits & (one === 'group' ? 0o010 : 0o001)) !== 0,
  )
  if (by.length === 0) return changed
  const gain = programGain(file, facts)
  if (gain === undefined) return changed
  const name = place.path.slice(place.path.lastIndexOf('/') + 1)
  const what = program === undefined ? '' : `, which is ${program} by what it holds`
  const why =
    role === 'capabilities'
      ? `it has the capabilities ${file.capabilities ?? ''}`
      : role === 'setuid'
        ? `it is setuid: it runs as ${facts.accountsByUid.get(owner)?.[0]?.name ?? `uid ${owner}`}`
        : `it is setgid: it runs with the group ${[...(facts.groupNames.get(group) ?? [])][0] ?? group}`
  return [
    ...changed,
    {
      file,
      bits: 1,
      by,
      via: role === 'capabilities' ? 'capabilities' : 'setuid',
      ...gain.gain,
      may: `run ${place.path}${what}: ${why}; ${gain.how(program ?? name)}`.slice(0, 1000),
      steps: [...stepsOf(file, by, 'run'), { sentence: why, place }],
    },
  ]
}

interface ProgramGain {
  readonly gain: Pick<Opening, 'effect' | 'target' | 'doubt'>
  readonly how: (name: string) => string
}

/** Of a program that is not recognised it is not known that it gives nothing. */
const unrecognised = ({ place, program, writableBy = [] }: File, name: string): Pick<Opening, 'doubt'> =>
  // A program that looks after itself is in doubt only for lying where no distribution puts it.
  CAREFUL.has(name) && writableBy.length > 0 && program === undefined
    ? {}
    : { doubt: { code: 'unrecognised', ...place } }

const programGain = (file: File, facts: HostFacts): ProgramGain | undefined => {
  const { role, owner, group, place, program } = file
  const name = program ?? place.path.slice(place.path.lastIndexOf('/') + 1)
  const escape = CAREFUL.has(name) ? undefined : escapeOf(name)
  const escapes = (known: string) => `${known} ${escape?.how ?? ''}`
  const unknown = () => 'no distribution ships it so, and what it lets its callers do is not known'
  if (role === 'capabilities') return capabilityGain(file, name, escape?.kind)
  const doubt = escape === undefined ? unrecognised(file, name) : {}
  const how = escape === undefined ? unknown : escapes
  if (role === 'setuid') {
    if (owner === 0) return { gain: { effect: escape === undefined ? 'limited' : 'root', ...doubt }, how }
    const target = facts.accountsByUid.get(owner)?.[0]
    return target === undefined ? undefined : { gain: { target: listOf(target), ...doubt }, how }
  }
  const power = groupPower(group, facts.groupNames.get(group) ?? [])
  if (power === undefined) return undefined
  return {
    gain: {
      effect: escape === undefined ? 'limited' : power.effect,
      // A program gives no more than its group is worth.
      ...(power.effect === 'root' ? doubt : {}),
    },
    how: escape === undefined ? unknown : (known) => `${escapes(known)}; members of ${power.name} ${power.how}`,
  }
}

/** Programs that are meant to be setuid and look at who calls them; out of place, they are only not known to be the distribution's own. */
const CAREFUL = new Set(
  'su sudo doas pkexec passwd chsh chfn chage gpasswd newgrp crontab at batch mount umount fusermount fusermount3 screen exim exim4 sendmail newuidmap newgidmap'.split(
    ' ',
  ),
)

/** Capabilities by which one is root in all but name, for who can tell the program what to call. */
const ANY_IDENTITY = /cap_(?:setuid|setgid|sys_admin|sys_ptrace|sys_module|setfcap|setpcap)\b/
const ANY_FILE = /cap_(?:dac_override|chown|fowner)\b|^=|\ball\b/
const ANY_READING = /cap_dac_read_search\b/
/** Programs that call the kernel as a text of the caller's says. */
const INTERPRETERS =
  /^(?:python|perl|ruby|node|nodejs|php|gdb|lua|luajit|tclsh|pypy|irb|deno|bun|guile)[\d.]*$|^vim(?:\.(?:basic|gtk3?|nox|athena))?$/

const capabilityGain = (file: File, name: string, kind: EscapeKind | undefined): ProgramGain | undefined => {
  const clauses = (file.capabilities ?? '').split(' ')
  const permitted = clauses.filter((clause) => /[=+][ei]*p/.test(clause)).join(' ')
  const effective = clauses.filter((clause) => /[=+](?:[ip]*e[ip]*)$/.test(clause)).join(' ')
  const root = (how: string): ProgramGain => ({ gain: { effect: 'root' }, how: (known) => `${known} ${how}` })
  if ([ANY_IDENTITY, ANY_FILE, ANY_READING].every((one) => !one.test(permitted))) return undefined
  if (INTERPRETERS.test(name)) return root('uses them as its caller says')
  if (kind !== undefined && kind !== 'read' && ANY_FILE.test(effective)) return root('can write to any file with them')
  if (kind !== undefined && (ANY_FILE.test(effective) || ANY_READING.test(effective)))
    return root('can read any file with them, such as /etc/shadow')
  return {
    gain: { effect: 'limited', ...unrecognised(file, name) },
    how: () => 'no distribution ships it so, and what it lets its callers do is not known',
  }
}
