import type {
  ReachAnswer,
  ReachNode as ToldNode,
  ReachQuery,
  ReachStep as ToldStep,
  ReachSummary,
} from '@rollcall/contract/api'
import { reachGraph, type ReachCondition, type ReachNode, type ReachStep } from '@rollcall/inventory'
import type { Condition, RelationRow, Store } from '@rollcall/store'
import { empty, is } from './coverage.ts'
import { reachGraphAside, type ReachGraphAside } from './reach-aside.ts'
import { reachIn, type ReachFound } from './reach-question.ts'

/** Who gets where by keys that lie about, as the API tells it. */
export interface ReachReading extends AsyncDisposable {
  /** Undefined where the place is not known. */
  reach(query: ReachQuery & ({ from: string } | { to: string })): Promise<ReachAnswer | undefined>
  summary(): Promise<ReachSummary>
  /** Something was learned. */
  readonly stale: () => void
}

/** A graph is made anew when something was learned since, but not more often than this; unused, it is let go after a while. */
const SHORTEST_LIFE = 30_000
const IDLE = 10 * 60_000
/** Nodes that are visited to find who moves the most: some seconds of work. */
const BUDGET = 20_000_000
const PRIVATE_KEYS = 'private-keys'

interface Kept {
  readonly at: Date
  readonly graph: Promise<ReachGraphAside>
  readonly movers: { told?: Promise<ReachSummary> }
  stale: boolean
}

export const reachReading = ({ store, now }: { store: Store; now: () => Date }): ReachReading => {
  let kept: Kept | undefined
  let idle: ReturnType<typeof setTimeout> | undefined
  let closed = false

  const letGo = async () => {
    const old = kept
    kept = undefined
    clearTimeout(idle)
    await old?.graph.then((graph) => graph[Symbol.asyncDispose]()).catch(() => {})
  }

  const current = (): Kept => {
    if (closed) throw new Error('the reach graph is closed')
    clearTimeout(idle)
    idle = setTimeout(() => void letGo(), IDLE).unref()
    const age = kept === undefined ? 0 : now().getTime() - kept.at.getTime()
    if (kept !== undefined && !(kept.stale && age >= SHORTEST_LIFE)) return kept
    const old = kept
    const fresh: Kept = { at: now(), graph: reachGraphAside(store.relations.reachRows()), movers: {}, stale: false }
    // What could not be made is made again for whoever asks next.
    fresh.graph.catch(() => {
      if (kept === fresh) kept = undefined
    })
    kept = fresh
    if (old !== undefined) void retire(old)
    return fresh
  }

  /** A graph that fails is let go, so that whoever asks next gets another. */
  const broken = (one: Kept) => (error: unknown) => {
    if (kept === one) void letGo()
    throw error
  }

  return {
    stale: () => {
      if (kept) kept.stale = true
    },

    async reach({ from, to, ends, limit }) {
      const direction = from === undefined ? 'to' : 'from'
      const node = await nodeNamed(store, from ?? to ?? '')
      if (node === undefined || (direction === 'to' && node.type === 'key')) return undefined
      const now = current()
      const question = { about: 'reach', direction, node, rootsOnly: ends === 'root', limit } as const
      const graph = await now.graph
      const found = (await graph.ask(question).catch(broken(now))) ?? (await reachAtHome(store, question))
      if (found === undefined) return undefined
      return {
        at: now.at.toISOString(),
        direction,
        ...(await told(store, node, found)),
        coverage: await coverageOf(store),
      }
    },

    summary() {
      const now = current()
      return (now.movers.told ??= summaryOf(store, now.at, now.graph).catch(broken(now)))
    },

    async [Symbol.asyncDispose]() {
      closed = true
      await letGo()
    },
  }
}

/** Lets a graph go when everything that it was asked is answered. */
const retire = async ({ graph }: Kept) => {
  try {
    const old = await graph
    await old.answered()
    await old[Symbol.asyncDispose]()
  } catch {
    // It was never made, and whoever asked it has been told.
  }
}

/** What an id stands for. */
const nodeNamed = async (store: Store, id: string): Promise<ReachNode | undefined> => {
  if (id.startsWith('SHA256:')) return { type: 'key', fingerprint: id }
  if ((await store.hosts.byId(id)) !== undefined) return { type: 'root', host: id }
  const account = await store.principals.byId(id)
  return account === undefined ? undefined : { type: 'account', id, host: account.host }
}

/** Of a host that no key ties to another, what its accounts may do on it. */
const reachAtHome = async (store: Store, question: Parameters<typeof reachIn>[1]): Promise<ReachFound | undefined> => {
  if (question.node.type === 'key') return NOWHERE
  const home = reachGraph()
  for await (const row of store.relations.reachRows(question.node.host)) home.add(row)
  // An account that is gone gets nowhere.
  return reachIn(home.build(), question) ?? NOWHERE
}

const NOWHERE: ReachFound = {
  totals: { accounts: 0, hosts: 0, roots: 0, rootsFreely: 0, limited: 0 },
  ends: [],
  left: 0,
}

const coverageOf = async ({ relations }: Store): Promise<ReachAnswer['coverage']> => {
  const [hosts, complete] = await Promise.all([
    relations.count('hosts', []),
    relations.count('outcomes', [is('probe', PRIVATE_KEYS), is('status', 'complete')]),
  ])
  const sentence =
    complete === hosts
      ? 'All hosts were completely looked at for private keys.'
      : `${complete} of ${hosts} hosts were completely looked at for private keys; what lies elsewhere is not known here.`
  return { hosts, complete, sentence }
}

/** What is found, with names, sentences and places. */
const told = async (
  store: Store,
  node: ReachNode,
  { totals, ends, left }: ReachFound,
): Promise<Pick<ReachAnswer, 'node' | 'totals' | 'ends' | 'left'>> => {
  const steps = ends.flatMap(({ path }) => path)
  const names = await namesOf(store, [
    node,
    ...ends.map((end) => end.node),
    ...steps.flatMap(({ from, to }) => [from, to]),
  ])
  const facts: Facts = { names, keys: await keysOf(store, steps), ...(await rootPaths(store, steps)) }
  const known = await knownHosts(
    store,
    ends.map(({ path }) => path),
    facts,
  )
  return {
    node: toldNode(names, node),
    totals,
    ends: ends.map(({ path, ...end }) => ({
      ...end,
      node: toldNode(names, end.node),
      path: path.map((step, index) => toldStep(facts, known, path[index - 1], step)),
    })),
    left,
  }
}

interface Facts {
  readonly names: Names
  /** Places of keys by their id. */
  readonly keys: ReadonlyMap<string, RelationRow>
  /** How an account becomes root, by its id. */
  readonly roots: ReadonlyMap<string, Pick<ToldStep, 'sentence' | 'place'>>
}

interface Names {
  readonly hosts: ReadonlyMap<string, string>
  readonly accounts: ReadonlyMap<string, string>
}

const namesOf = async (store: Store, nodes: readonly ReachNode[]): Promise<Names> => {
  const hosts = new Set(nodes.flatMap((node) => (node.type === 'key' ? [] : node.host)))
  const accounts = new Set(nodes.flatMap((node) => (node.type === 'account' ? node.id : [])))
  const cells = async (relation: 'hosts' | 'accounts', ids: ReadonlySet<string>, column: string) =>
    new Map((await rowsOf(store, relation, [...ids])).map((row) => [row.id, String(row[column])]))
  return { hosts: await cells('hosts', hosts, 'host'), accounts: await cells('accounts', accounts, 'account') }
}

const AT_ONCE = 200

const rowsOf = async (
  { relations }: Store,
  relation: 'hosts' | 'accounts' | 'keys',
  ids: readonly string[],
): Promise<RelationRow[]> => {
  const rows: RelationRow[] = []
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    const page = await relations.page({
      relation,
      where: [is('id', ...ids.slice(at, at + AT_ONCE))],
      sort: { column: 'id', descending: false },
      limit: AT_ONCE,
    })
    rows.push(...page.rows)
  }
  return rows
}

const keysOf = async (store: Store, steps: readonly ReachStep[]) => {
  const ids = [...new Set(steps.flatMap(({ key }) => key ?? []))]
  return new Map((await rowsOf(store, 'keys', ids)).map((row) => [row.id, row]))
}

/** The first of the ways in which an account becomes root, those that take no password before others. */
const rootPaths = async (store: Store, steps: readonly ReachStep[]) => {
  const roots = new Map<string, Pick<ToldStep, 'sentence' | 'place'>>()
  for (const { type, from } of steps) {
    if (type !== 'becomes-root' || from.type !== 'account' || roots.has(from.id)) continue
    const paths = (await store.principals.byId(from.id))?.paths.filter(({ effect }) => effect === 'root') ?? []
    const path = paths.find(({ password }) => password === 'none') ?? paths[0]
    const place = path?.steps.find((step) => step.place !== undefined)?.place
    roots.set(from.id, { sentence: path?.sentence ?? 'It can become root.', ...(place === undefined ? {} : { place }) })
  }
  return { roots }
}

const MAX_PAIRS = 100

/** By source and destination host: where the source knows the destination's host key. Evidence only, so some of it is enough. */
const knownHosts = async ({ relations }: Store, paths: readonly (readonly ReachStep[])[], { keys }: Facts) => {
  const known = new Map<string, RelationRow>()
  const tried = new Set<string>()
  const some = async (...where: Condition[]) =>
    (
      await relations.page({
        relation: 'keys',
        where: [...where, empty('gone_since')],
        sort: { column: 'id', descending: false },
        limit: 20,
      })
    ).rows
  for (const path of paths) {
    for (const [index, { type, to }] of path.entries()) {
      const source = keys.get(path[index - 1]?.key ?? '')?.['host_id']
      if (type !== 'opens-account' || to.type !== 'account' || typeof source !== 'string') continue
      const pair = pairOf(source, to.host)
      if (source === to.host || tried.has(pair) || tried.size >= MAX_PAIRS) continue
      tried.add(pair)
      const own = await some(is('host_id', to.host), is('role', 'host'))
      const fingerprints = own.flatMap((row) => (typeof row['fingerprint'] === 'string' ? row['fingerprint'] : []))
      if (fingerprints.length === 0) continue
      const [row] = await some(is('host_id', source), is('role', 'known'), is('fingerprint', ...fingerprints))
      if (row !== undefined) known.set(pair, row)
    }
  }
  return known
}

const pairOf = (source: string, destination: string) => `${source} ${destination}`

const toldNode = ({ hosts, accounts }: Names, node: ReachNode): ToldNode => {
  if (node.type === 'key') return node
  const host = { id: node.host, name: hosts.get(node.host) ?? node.host }
  return node.type === 'root'
    ? { type: 'root', host }
    : { type: 'account', id: node.id, name: accounts.get(node.id) ?? node.id, host }
}

const toldStep = (
  facts: Facts,
  known: ReadonlyMap<string, RelationRow>,
  before: ReachStep | undefined,
  step: ReachStep,
): ToldStep => {
  const key = step.key === undefined ? undefined : facts.keys.get(step.key)
  const place = key === undefined ? undefined : placeOf(key)
  return {
    type: step.type,
    from: toldNode(facts.names, step.from),
    to: toldNode(facts.names, step.to),
    ...(place === undefined ? {} : { place }),
    ...sentenceOf(facts, step, key),
    conditions: step.conditions.map((code) => ({ code, sentence: CONDITIONS[code] })),
    evidence: step.type === 'opens-account' ? evidenceOf(facts, known, before, step, key) : [],
  }
}

const placeOf = (row: RelationRow) => ({
  path: String(row['path']),
  ...(typeof row['line'] === 'number' ? { line: row['line'] } : {}),
})

const CONDITIONS: Record<ReachCondition, string> = {
  passphrase: 'a passphrase protects the key',
  'passphrase-unknown': 'whether a passphrase protects the key is not known',
  'other-address': 'the key may not be used from the addresses that are known of this host',
  'root-password': 'it takes a password',
  'login-unknown': 'whether the account lets anybody log in is not known',
}

const sentenceOf = (
  facts: Facts,
  step: ReachStep,
  key: RelationRow | undefined,
): Pick<ToldStep, 'sentence' | 'place'> => {
  if (step.type === 'becomes-root' && step.from.type === 'account')
    return facts.roots.get(step.from.id) ?? { sentence: 'It can become root.' }
  if (step.type === 'reads-key') {
    if (step.from.type === 'root') return { sentence: 'Root may read every file, this private key too.' }
    const everybody = list(key?.['concerns']).includes('file-readable-by-others')
    return {
      sentence: everybody ? 'Everybody on the host may read this private key.' : 'It may read this private key.',
    }
  }
  const who = step.to.type === 'account' ? (facts.names.accounts.get(step.to.id) ?? step.to.id) : 'it'
  const forced = typeof key?.['forced_command'] === 'string' ? ', for one command only' : ''
  const from = typeof key?.['restricted_from'] === 'string' ? `, from ${key['restricted_from']} only` : ''
  return {
    sentence:
      key?.['role'] === 'authority'
        ? `It is an authority here: every key that it signs opens ${who}${forced}${from}.`
        : `Its public half opens ${who}${forced}${from}.`,
  }
}

const evidenceOf = (
  facts: Facts,
  known: ReadonlyMap<string, RelationRow>,
  before: ReachStep | undefined,
  { to }: ReachStep,
  key: RelationRow | undefined,
): ToldStep['evidence'] => {
  const source = facts.keys.get(before?.key ?? '')?.['host_id']
  const met = to.type === 'account' && typeof source === 'string' ? known.get(pairOf(source, to.host)) : undefined
  const [used, from] = [key?.['last_used'], key?.['last_used_from']]
  return [
    ...(typeof used === 'string'
      ? [
          {
            sentence: `It was last used here on ${used.slice(0, 10)}${typeof from === 'string' ? `, from ${from}` : ''}.`,
          },
        ]
      : []),
    ...(met === undefined
      ? []
      : [
          {
            sentence: `${typeof met['account'] === 'string' ? met['account'] : 'The host'} knows the host key of the destination, as after a connection there.`,
            place: placeOf(met),
          },
        ]),
  ]
}

const list = (cell: RelationRow[string] | undefined): readonly string[] => (Array.isArray(cell) ? cell : [])

const MOVERS_TOLD = 50

const summaryOf = async (store: Store, at: Date, making: Promise<ReachGraphAside>): Promise<ReachSummary> => {
  const graph = await making
  const { movers, complete } = await graph.ask({ about: 'movers', budget: BUDGET })
  const first = movers.slice(0, MOVERS_TOLD)
  const names = await namesOf(
    store,
    first.map(({ node }) => node),
  )
  const keys = (...where: Condition[]) => store.relations.count('keys', [empty('gone_since'), ...where])
  const isPrivate = is('role', 'private')
  const opening = is('role', 'authorized', 'authority')
  const none = (column: string): Condition => ({ anyOf: [{ column, is: '=', value: 0 }], negated: false })
  const some = (column: string): Condition => ({ anyOf: [{ column, is: '>', value: 0 }], negated: false })
  const [coverage, privateKeys, privateKeysThatOpen, lost, idle, unnamed] = await Promise.all([
    coverageOf(store),
    keys(isPrivate),
    keys(isPrivate, some('opens')),
    keys(opening, none('private_places')),
    keys(isPrivate, none('opens')),
    keys(isPrivate, empty('fingerprint')),
  ])
  const looked = coverage.complete === coverage.hosts ? 'any host' : 'the hosts that were looked at'
  return {
    at: at.toISOString(),
    privateKeys,
    privateKeysThatOpen,
    movers: first.map(({ node, roots, rootsFreely }) => ({ node: toldNode(names, node), roots, rootsFreely })),
    moversComplete: complete && movers.length <= MOVERS_TOLD,
    orphans: [
      {
        code: 'no-private-half',
        sentence: `open an account, but their private half was not seen on ${looked}: somebody holds it elsewhere`,
        places: lost,
        filter: 'role:authorized,authority private_places:0',
      },
      {
        code: 'opens-nothing',
        sentence: `are private keys that open nothing known on ${looked}`,
        places: idle,
        filter: 'role:private opens:0',
      },
      {
        code: 'no-fingerprint',
        sentence: 'are private keys that do not tell what they open without their passphrase',
        places: unnamed,
        filter: 'role:private fingerprint:unknown',
      },
    ],
    coverage,
  }
}
