import type { YesNoUnknown } from '@rollcall/contract/api'
import { mayComeFrom } from './from-pattern.ts'

/** A host that somebody may come from or get to. */
export interface ReachHost {
  readonly type: 'host'
  readonly id: string
  /** Its names and addresses, as a `from=` option may speak of them. */
  readonly names: readonly string[]
}

/** An account that is there. */
export interface ReachAccount {
  readonly type: 'account'
  readonly id: string
  readonly host: string
  readonly name: string
  readonly uid: number
  readonly privileged: YesNoUnknown
  /** Whether becoming root takes no password. */
  readonly rootFreely: boolean
  readonly login: YesNoUnknown
}

/** A key at a place: a private one, or one that opens an account, or all accounts of its host where it names none. */
export interface ReachKey {
  readonly type: 'key'
  readonly id: string
  readonly host: string
  readonly role: 'private' | 'authorized' | 'authority'
  readonly fingerprint: string
  /** Whose it is, or whom it opens. */
  readonly account: string | null
  /** Of a private key: the uid that owns its file, and whether others may read it. */
  readonly owner: number | null
  readonly readableByAll: boolean
  readonly passphrase: YesNoUnknown
  /** Of one that opens an account: from where it may be used, and whether it may run one command only. */
  readonly from: string | null
  readonly forcedCommand: boolean
}

export type ReachRow = ReachHost | ReachAccount | ReachKey

/** Where somebody is or gets to: in an account, root on a host, or in possession of a key. */
export type ReachNode =
  | { readonly type: 'account'; readonly id: string; readonly host: string }
  | { readonly type: 'root'; readonly host: string }
  | { readonly type: 'key'; readonly fingerprint: string }

/** What has to come together for a step besides being there. */
export type ReachCondition = 'passphrase' | 'passphrase-unknown' | 'other-address' | 'root-password' | 'login-unknown'

/** One step: from somewhere, by a key at a place or by what the account may do, to somewhere. */
export interface ReachStep {
  readonly type: 'reads-key' | 'opens-account' | 'becomes-root'
  readonly from: ReachNode
  readonly to: ReachNode
  /** The id of the key's place; undefined where no key is in play. */
  readonly key: string | undefined
  readonly conditions: readonly ReachCondition[]
}

/** Somewhere that is reached, and how far it is. `limited`: by a key that may run one command there, and nothing else. */
export interface ReachEnd {
  readonly node: ReachNode
  readonly steps: number
  readonly conditions: number
  readonly limited: boolean
}

/** All that one place reaches, or all that reach it. */
export interface Reach {
  /** The fewest conditions first, then the fewest steps. Keys are no ends: whoever holds one is on the way. */
  readonly ends: readonly ReachEnd[]
  /** The steps between the place asked about and an end, in the order in which they would be taken. */
  path(end: ReachEnd): ReachStep[]
}

/** How many hosts somebody can become root on from one place: in all, and without meeting any condition. */
export interface Mover {
  readonly node: ReachNode
  readonly roots: number
  readonly rootsFreely: number
}

/** Who can get where by keys that lie about, and onward as root: over what was seen on the hosts that were looked at. */
export interface ReachGraph {
  /** Undefined where the place is not known. */
  from(start: ReachNode): Reach | undefined
  to(end: ReachNode): Reach | undefined
  /**
   * Accounts and keys from which the most hosts are reached as root, in slices of work: a value is yielded after each. At most
   * `budget` visits are made; those that open most at once are tried first, and `complete` says whether all were.
   */
  movers(budget: number): Generator<undefined, { movers: Mover[]; complete: boolean }, undefined>
}

/** Gathers rows in any order, then makes the graph of them. Time and memory are in proportion to the rows. */
export const reachGraph = (): { add(row: ReachRow): void; build(): ReachGraph } => {
  const hosts: ReachHost[] = []
  const accounts: ReachAccount[] = []
  const keys: ReachKey[] = []
  return {
    add(row) {
      if (row.type === 'host') hosts.push(row)
      else if (row.type === 'account') accounts.push(row)
      else keys.push(row)
    },
    build: () => graphOf(tables(hosts, accounts, keys)),
  }
}

/**
 * The rows by number, and lists of those that belong to one another. Nodes are accounts, then roots by host, then uses: a key
 * together with one `from=` option under which it opens something, so that where it was found decides once for all it opens so.
 */
interface Tables {
  readonly hosts: readonly ReachHost[]
  readonly accounts: readonly ReachAccount[]
  readonly keys: readonly ReachKey[]
  readonly uses: readonly Use[]
  readonly hostNumber: ReadonlyMap<string, number>
  readonly accountNumber: ReadonlyMap<string, number>
  readonly usesOfKey: ReadonlyMap<string, readonly number[]>
  readonly hostOfAccount: Int32Array
  readonly accountsOfHost: Lists
  /** Of each place of a key: its host, its use where it opens something, and the account it is of or opens; -1 for none. */
  readonly hostOfPlace: Int32Array
  readonly useOfPlace: Int32Array
  readonly accountOfPlace: Int32Array
  readonly privateOfAccount: Lists
  readonly privateOfHost: Lists
  readonly readableOfHost: Lists
  readonly privateOfUse: Lists
  readonly openingOfUse: Lists
  readonly openingOfAccount: Lists
  /** Authorities that open every account of their host. */
  readonly openingOfHost: Lists
}

interface Use {
  readonly fingerprint: string
  /** Null: from anywhere. Undefined: by one of so many options that none is looked at. */
  readonly from: string | null | undefined
}

/** Different `from=` options of one key that are told apart. */
const MAX_USES = 64

const tables = (
  hosts: readonly ReachHost[],
  allAccounts: readonly ReachAccount[],
  allKeys: readonly ReachKey[],
): Tables => {
  const hostNumber = new Map(hosts.map(({ id }, number) => [id, number]))
  const accounts = allAccounts.filter(({ host }) => hostNumber.has(host))
  const keys = allKeys.filter(({ host }) => hostNumber.has(host))
  const accountNumber = new Map(accounts.map(({ id }, number) => [id, number]))
  const hostOfAccount = Int32Array.from(accounts, ({ host }) => hostNumber.get(host)!)
  const hostOfPlace = Int32Array.from(keys, ({ host }) => hostNumber.get(host)!)
  const accountsOfHost = lists(hosts.length, accounts.length, (account) => hostOfAccount[account]!)
  const placesOfHost = lists(hosts.length, keys.length, (place) => hostOfPlace[place]!)

  const uses: Use[] = []
  const usesOfKey = new Map<string, number[]>()
  const useOfPlace = Int32Array.from(keys, ({ role, fingerprint, from }) => {
    if (role === 'private') return -1
    const known = usesOfKey.get(fingerprint) ?? []
    usesOfKey.set(fingerprint, known)
    const same = known.find((use) => uses[use]!.from === from) ?? (known.length === MAX_USES ? known.at(-1) : undefined)
    if (same !== undefined) return same
    const use = uses.push({ fingerprint, from: known.length === MAX_USES - 1 ? undefined : from }) - 1
    known.push(use)
    return use
  })

  // Names and uids mean something only within a host, so they are looked up host by host.
  const accountOfPlace = new Int32Array(keys.length).fill(-1)
  for (let host = 0; host < hosts.length; host++) {
    if (placesOfHost.size(host) === 0) continue
    const byName = new Map<string, number>()
    const byUid = new Map<number, number>()
    accountsOfHost.each(host, (account) => {
      const { name, uid } = accounts[account]!
      if (!byName.has(name)) byName.set(name, account)
      if (!byUid.has(uid)) byUid.set(uid, account)
    })
    placesOfHost.each(host, (place) => {
      const { role, account, owner } = keys[place]!
      const named = account === null ? undefined : byName.get(account)
      // Who may read a file is a question of its owner, whoever's folder it lies in.
      const owned = role !== 'private' || owner === null || (named !== undefined && accounts[named]!.uid === owner)
      accountOfPlace[place] = (owned ? named : (byUid.get(owner) ?? named)) ?? -1
    })
  }

  const isPrivate = (place: number) => keys[place]!.role === 'private'
  const placeLists = (count: number, of: (place: number) => number, when: (place: number) => boolean) =>
    lists(count, keys.length, (place) => (when(place) ? of(place) : -1))
  const opens = (place: number) => !isPrivate(place) && accountOfPlace[place]! >= 0
  const opensAll = (place: number) => keys[place]!.role === 'authority' && keys[place]!.account === null
  return {
    hosts,
    accounts,
    keys,
    uses,
    hostNumber,
    accountNumber,
    usesOfKey,
    hostOfAccount,
    accountsOfHost,
    hostOfPlace,
    useOfPlace,
    accountOfPlace,
    privateOfAccount: placeLists(accounts.length, (place) => accountOfPlace[place]!, isPrivate),
    privateOfHost: placeLists(hosts.length, (place) => hostOfPlace[place]!, isPrivate),
    readableOfHost: placeLists(
      hosts.length,
      (place) => hostOfPlace[place]!,
      (place) => isPrivate(place) && keys[place]!.readableByAll,
    ),
    privateOfUse: privateOfUse(keys, uses, usesOfKey),
    openingOfUse: placeLists(
      uses.length,
      (place) => useOfPlace[place]!,
      (place) => opens(place) || opensAll(place),
    ),
    openingOfAccount: placeLists(accounts.length, (place) => accountOfPlace[place]!, opens),
    openingOfHost: placeLists(hosts.length, (place) => hostOfPlace[place]!, opensAll),
  }
}

/** The places of a key's private half, for each of its uses. */
const privateOfUse = (
  keys: readonly ReachKey[],
  uses: readonly Use[],
  usesOfKey: ReadonlyMap<string, readonly number[]>,
): Lists => {
  const firstUse = (place: number) =>
    keys[place]!.role === 'private' ? (usesOfKey.get(keys[place]!.fingerprint)?.[0] ?? -1) : -1
  const byFirst = lists(uses.length, keys.length, firstUse)
  const first = uses.map(({ fingerprint }) => usesOfKey.get(fingerprint)![0]!)
  return {
    size: (use) => byFirst.size(first[use]!),
    each: (use, visit) => byFirst.each(first[use]!, visit),
  }
}

/** Lists of numbers by number, in two arrays. */
interface Lists {
  size(of: number): number
  each(of: number, visit: (item: number) => void): void
}

const lists = (count: number, items: number, of: (item: number) => number): Lists => {
  const starts = new Int32Array(count + 1)
  for (let item = 0; item < items; item++) if (of(item) >= 0) starts[of(item) + 1]!++
  for (let list = 0; list < count; list++) starts[list + 1]! += starts[list]!
  const held = new Int32Array(starts[count]!)
  const next = starts.slice()
  for (let item = 0; item < items; item++) if (of(item) >= 0) held[next[of(item)]!++] = item
  return {
    size: (list) => starts[list + 1]! - starts[list]!,
    each(list, visit) {
      for (let at = starts[list]!; at < starts[list + 1]!; at++) visit(held[at]!)
    },
  }
}

const CONDITIONS = ['passphrase', 'passphrase-unknown', 'other-address', 'root-password', 'login-unknown'] as const
const BIT = { passphrase: 1, passphraseUnknown: 2, otherAddress: 4, rootPassword: 8, loginUnknown: 16 } as const
const COUNT = Uint8Array.from({ length: 32 }, (_, bits) => bits.toString(2).replaceAll('0', '').length)

const graphOf = (t: Tables): ReachGraph => ({
  from(start) {
    const nodes = numbersOf(t, start)
    return nodes.length === 0 ? undefined : reachOf(t, search(t, ahead, nodes, notesFor(t)), 'ahead')
  },
  to(end) {
    const [node, ...more] = numbersOf(t, end)
    if (node === undefined) return undefined
    // Whoever is root on a host is in every account of it.
    const root = node < t.accounts.length ? [t.accounts.length + t.hostOfAccount[node]!] : []
    return reachOf(t, search(t, behind, [node, ...more, ...root], notesFor(t)), 'behind')
  },
  movers: (budget) => movers(t, budget),
})

/** Where a place is in the graph: a key is wherever it is of use. */
const numbersOf = (t: Tables, node: ReachNode): readonly number[] => {
  const [roots, uses] = [t.accounts.length, t.accounts.length + t.hosts.length]
  switch (node.type) {
    case 'account':
      return [t.accountNumber.get(node.id)].filter((number) => number !== undefined)
    case 'root':
      return [t.hostNumber.get(node.host)].filter((number) => number !== undefined).map((number) => roots + number)
    case 'key':
      return (t.usesOfKey.get(node.fingerprint) ?? []).map((use) => uses + use)
  }
}

const nodeOf = (t: Tables, number: number): ReachNode => {
  const [roots, uses] = [t.accounts.length, t.accounts.length + t.hosts.length]
  if (number < roots) {
    const { id, host } = t.accounts[number]!
    return { type: 'account', id, host }
  }
  return number < uses
    ? { type: 'root', host: t.hosts[number - roots]!.id }
    : { type: 'key', fingerprint: t.uses[number - uses]!.fingerprint }
}

/** What can be got to next: where, by which place of a key (-1 for none), under which conditions, and whether for one command only. */
type Visit = (next: number, place: number, conditions: number, limited: boolean) => void
/** `readable`: under how few conditions the keys were looked at that everybody on a host may read. */
type Expand = (t: Tables, node: number, conditions: number, readable: Int32Array, visit: Visit) => void

/** The steps that lead on. */
const ahead: Expand = (t, node, met, readable, visit) => {
  const [roots, uses] = [t.accounts.length, t.accounts.length + t.hosts.length]
  const reads = (place: number) => {
    for (const use of t.usesOfKey.get(t.keys[place]!.fingerprint) ?? [])
      visit(uses + use, place, reading(t, place, use), false)
  }
  if (node < roots) {
    const host = t.hostOfAccount[node]!
    if (t.accounts[node]!.privileged === 'yes') visit(roots + host, -1, asRoot(t, node), false)
    t.privateOfAccount.each(node, reads)
    // The first of a host's accounts is the one that is reached most easily.
    if (readable[host]! >= 0) return
    readable[host] = met
    t.readableOfHost.each(host, reads)
  } else if (node < uses) t.privateOfHost.each(node - roots, reads)
  else {
    t.openingOfUse.each(node - uses, (place) => {
      const open = (account: number) => {
        if (t.accounts[account]!.login !== 'no')
          visit(account, place, opening(t, account), t.keys[place]!.forcedCommand)
      }
      if (t.accountOfPlace[place]! >= 0) open(t.accountOfPlace[place]!)
      else t.accountsOfHost.each(t.hostOfPlace[place]!, open)
    })
  }
}

/** The steps that lead here. */
const behind: Expand = (t, node, met, readable, visit) => {
  const [roots, uses] = [t.accounts.length, t.accounts.length + t.hosts.length]
  if (node < roots) {
    if (t.accounts[node]!.login === 'no') return
    const opens = (place: number) => {
      if (!t.keys[place]!.forcedCommand) visit(uses + t.useOfPlace[place]!, place, opening(t, node), false)
    }
    t.openingOfAccount.each(node, opens)
    t.openingOfHost.each(t.hostOfAccount[node]!, opens)
  } else if (node < uses) {
    t.accountsOfHost.each(node - roots, (account) => {
      if (t.accounts[account]!.privileged === 'yes') visit(account, -1, asRoot(t, account), false)
    })
  } else {
    t.privateOfUse.each(node - uses, (place) => {
      const host = t.hostOfPlace[place]!
      const conditions = reading(t, place, node - uses)
      if (t.accountOfPlace[place]! >= 0) visit(t.accountOfPlace[place]!, place, conditions, false)
      visit(roots + host, place, conditions, false)
      if (!t.keys[place]!.readableByAll) return
      // All accounts of a host are gone through again only for a key that takes less.
      const least = met + COUNT[conditions]!
      if (readable[host]! >= 0 && readable[host]! <= least) return
      readable[host] = least
      t.accountsOfHost.each(host, (account) => visit(account, place, conditions, false))
    })
  }
}

/** What it takes to use a private key from where it lies. */
const reading = ({ keys, hosts, hostOfPlace, uses }: Tables, place: number, use: number): number => {
  const { passphrase } = keys[place]!
  const { from } = uses[use]!
  const allowed = from === null || (from !== undefined && mayComeFrom(from, hosts[hostOfPlace[place]!]!.names))
  return (
    (passphrase === 'yes' ? BIT.passphrase : passphrase === 'unknown' ? BIT.passphraseUnknown : 0) |
    (allowed ? 0 : BIT.otherAddress)
  )
}

const opening = ({ accounts }: Tables, account: number): number =>
  accounts[account]!.login === 'unknown' ? BIT.loginUnknown : 0

const asRoot = ({ accounts }: Tables, account: number): number => (accounts[account]!.rootFreely ? 0 : BIT.rootPassword)

/** What a search notes of each node it meets. One set of notes serves one search after the other, once they are wiped. */
interface Notes {
  /** -1 where it has not been. Conditions weigh more than any number of steps. */
  readonly cost: Float64Array
  readonly parent: Int32Array
  readonly via: Int32Array
  readonly conditions: Uint8Array
  readonly readable: Int32Array
  readonly met: number[]
}

const notesFor = ({ accounts, hosts, uses }: Tables): Notes => {
  const size = accounts.length + hosts.length + uses.length
  return {
    cost: new Float64Array(size).fill(-1),
    parent: new Int32Array(size).fill(-1),
    via: new Int32Array(size).fill(-1),
    conditions: new Uint8Array(size),
    readable: new Int32Array(hosts.length).fill(-1),
    met: [],
  }
}

const wipe = (t: Tables, { cost, parent, readable, met }: Notes) => {
  const [roots, uses] = [t.accounts.length, t.accounts.length + t.hosts.length]
  for (const node of met) {
    cost[node] = -1
    parent[node] = -1
    if (node < roots) readable[t.hostOfAccount[node]!] = -1
    else if (node < uses) readable[node - roots] = -1
  }
  met.length = 0
}

/** Everything that a search met. */
interface Found extends Notes {
  /** Nodes in the order of their cost. */
  readonly order: readonly number[]
  /** Accounts that a key reaches for one command only. */
  readonly limited: ReadonlyMap<number, Limited>
}

interface Limited {
  readonly parent: number
  readonly place: number
  readonly cost: number
  readonly conditions: number
}

const CONDITION = 2 ** 32
const stepsOf = (cost: number) => cost % CONDITION
const conditionsOf = (cost: number) => Math.floor(cost / CONDITION)

/** The easiest way to everywhere: breadth first, first without any condition, then with one, and so on. */
const search = (t: Tables, expand: Expand, starts: readonly number[], notes: Notes): Found => {
  const { cost, parent, via, conditions, readable, met } = notes
  const limited = new Map<number, Limited>()
  const order: number[] = []
  /** Nodes to be looked at, by conditions and then by steps. */
  const waiting = new Map<number, number[][]>([[0, [[...starts]]]])
  for (const start of starts) {
    cost[start] = 0
    met.push(start)
  }
  for (let level = 0; waiting.size > 0; level++) {
    const buckets = waiting.get(level) ?? []
    for (let steps = 0; steps < buckets.length; steps++) {
      for (const node of buckets[steps] ?? []) {
        // It may have been put down several times, and is looked at where it is reached most easily.
        if (cost[node] !== level * CONDITION + steps) continue
        order.push(node)
        expand(t, node, level, readable, (next, place, bits, isLimited) => {
          const [more, further] = [level + COUNT[bits]!, steps + 1]
          const total = more * CONDITION + further
          if (isLimited) {
            if (total < (limited.get(next)?.cost ?? Infinity))
              limited.set(next, { parent: node, place, cost: total, conditions: bits })
            return
          }
          const before = cost[next]!
          if (before >= 0 && before <= total) return
          if (before < 0) met.push(next)
          cost[next] = total
          parent[next] = node
          via[next] = place
          conditions[next] = bits
          const later = waiting.get(more) ?? []
          waiting.set(more, later)
          ;(later[further] ??= []).push(next)
        })
      }
      buckets[steps] = []
    }
    waiting.delete(level)
  }
  return { ...notes, order, limited }
}

const reachOf = (t: Tables, found: Found, direction: 'ahead' | 'behind'): Reach => {
  const uses = t.accounts.length + t.hosts.length
  const isEnd = (node: number) => node < uses && found.parent[node]! >= 0
  const ends = found.order.filter(isEnd).map((node) => endOf(t, node, found.cost[node]!, false))
  const limited = [...found.limited]
    .filter(([node]) => found.cost[node] === -1)
    .map(([node, { cost }]) => endOf(t, node, cost, true))
  return {
    ends: limited.length === 0 ? ends : [...ends, ...limited].sort(byCost),
    path({ node, limited: isLimited }) {
      const [number] = numbersOf(t, node)
      if (number === undefined) return []
      return direction === 'ahead' ? stepsTo(t, found, number, isLimited) : stepsFrom(t, found, number)
    },
  }
}

const endOf = (t: Tables, node: number, cost: number, limited: boolean): ReachEnd => ({
  node: nodeOf(t, node),
  steps: stepsOf(cost),
  conditions: conditionsOf(cost),
  limited,
})

const byCost = (one: ReachEnd, other: ReachEnd) => one.conditions - other.conditions || one.steps - other.steps

const stepsTo = (t: Tables, found: Found, end: number, isLimited: boolean): ReachStep[] => {
  const last = isLimited ? found.limited.get(end) : undefined
  const steps: ReachStep[] = []
  if (last !== undefined) steps.push(stepOf(t, last.parent, end, last.place, last.conditions))
  for (let node = last?.parent ?? end; found.parent[node]! >= 0; node = found.parent[node]!)
    steps.push(stepOf(t, found.parent[node]!, node, found.via[node]!, found.conditions[node]!))
  return steps.toReversed()
}

const stepsFrom = (t: Tables, found: Found, start: number): ReachStep[] => {
  const steps: ReachStep[] = []
  for (let node = start; found.parent[node]! >= 0; node = found.parent[node]!)
    steps.push(stepOf(t, node, found.parent[node]!, found.via[node]!, found.conditions[node]!))
  return steps
}

const stepOf = (t: Tables, from: number, to: number, place: number, bits: number): ReachStep => {
  const [roots, uses] = [t.accounts.length, t.accounts.length + t.hosts.length]
  return {
    type: to >= uses ? 'reads-key' : to >= roots ? 'becomes-root' : 'opens-account',
    from: nodeOf(t, from),
    to: nodeOf(t, to),
    key: place < 0 ? undefined : t.keys[place]!.id,
    conditions: CONDITIONS.filter((_, bit) => (bits & (1 << bit)) !== 0),
  }
}

const MOVERS = 100
/** Visits between two yields: some milliseconds. */
const SLICE = 20_000

/** The accounts that hold a private key, and the keys themselves, by what they reach. */
function* movers(t: Tables, budget: number): Generator<undefined, { movers: Mover[]; complete: boolean }, undefined> {
  const [roots, uses] = [t.accounts.length, t.accounts.length + t.hosts.length]
  const candidates = candidatesOf(t)
  const notes = notesFor(t)
  const found: Mover[] = []
  let [spent, slice, tried] = [0, 0, 0]
  for (const { node, starts } of candidates) {
    if (spent >= budget) break
    const { order, cost } = search(t, ahead, starts, notes)
    const met = order.filter((node) => node >= roots && node < uses)
    const freely = met.filter((node) => conditionsOf(cost[node]!) === 0).length
    if (met.length > 0) found.push({ node, roots: met.length, rootsFreely: freely })
    wipe(t, notes)
    tried++
    spent += order.length
    slice += order.length + 100
    if (slice < SLICE) continue
    slice = 0
    yield undefined
  }
  found.sort((one, other) => other.rootsFreely - one.rootsFreely || other.roots - one.roots)
  return { movers: found.slice(0, MOVERS), complete: tried === candidates.length }
}

/** Those that open the most at once come first. */
const candidatesOf = (t: Tables): { node: ReachNode; starts: readonly number[] }[] => {
  const uses = t.accounts.length + t.hosts.length
  const opens = (fingerprint: string) =>
    (t.usesOfKey.get(fingerprint) ?? []).reduce((sum, use) => sum + t.openingOfUse.size(use), 0)
  const candidates: { node: ReachNode; starts: readonly number[]; opens: number }[] = []
  for (const [fingerprint, own] of t.usesOfKey)
    candidates.push({
      node: { type: 'key', fingerprint },
      starts: own.map((use) => uses + use),
      opens: opens(fingerprint),
    })
  for (let account = 0; account < t.accounts.length; account++) {
    let sum = 0
    t.privateOfAccount.each(account, (place) => {
      sum += opens(t.keys[place]!.fingerprint)
    })
    if (sum > 0) candidates.push({ node: nodeOf(t, account), starts: [account], opens: sum })
  }
  return candidates.sort((one, other) => other.opens - one.opens)
}
