import type { ReachAnswer, ReachNode, ReachStep, ReachSummary } from '@rollcall/contract/api'
import type { Row } from './estate.ts'
import { fingerprint } from './estate-details.ts'

/** Made-up ways from host to host over the accounts of an estate. */
export const sampleReach = (rows: Readonly<Record<string, readonly Row[]>>, at: string) => {
  const accounts = rows['accounts']!
  const hosts = rows['hosts']!
  const coverage = {
    hosts: hosts.length,
    complete: Math.floor(hosts.length * 0.8),
    sentence: `${Math.floor(hosts.length * 0.8)} of ${hosts.length} hosts were completely looked at for private keys; what lies elsewhere is not known here.`,
  }
  const hostOf = (row: Row) => ({ id: String(row['host_id'] ?? row['id']), name: String(row['host']) })
  const accountNode = (row: Row): ReachNode => ({
    type: 'account',
    id: String(row['id']),
    name: String(row['account']),
    host: hostOf(row),
  })
  const rootOf = (row: Row): ReachNode => ({ type: 'root', host: hostOf(row) })
  const on = (host: number, name: number) => {
    const here = accounts.filter((row) => row['host_id'] === hosts[host % hosts.length]!['id'])
    return here[name % here.length]!
  }

  const reads = (from: ReachNode, key: ReachNode, home: string, passphrase: boolean): ReachStep => ({
    type: 'reads-key',
    from,
    to: key,
    sentence:
      from.type === 'root' ? 'Root may read every file, this private key too.' : 'It may read this private key.',
    place: { path: `${home}/.ssh/id_ed25519` },
    conditions: passphrase ? [{ code: 'passphrase', sentence: 'a passphrase protects the key' }] : [],
    evidence: [],
  })
  const opens = (key: ReachNode, row: Row, hop: number): ReachStep => ({
    type: 'opens-account',
    from: key,
    to: accountNode(row),
    sentence: `Its public half opens ${String(row['account'])}${hop % 3 === 2 ? ', from 10.0.0.0/8 only' : ''}.`,
    place: { path: `${String(row['home'])}/.ssh/authorized_keys`, line: hop + 1 },
    conditions:
      hop % 5 === 4
        ? [
            {
              code: 'other-address',
              sentence: 'the key may not be used from the addresses that are known of this host',
            },
          ]
        : [],
    evidence:
      hop % 2 === 0
        ? [
            { sentence: 'It was last used here on 2026-10-03, from 10.20.0.7.' },
            {
              sentence: 'amelia.okafor knows the host key of the destination, as after a connection there.',
              place: { path: '/home/amelia.okafor/.ssh/known_hosts', line: 12 },
            },
          ]
        : [],
  })
  const becomes = (row: Row): ReachStep => ({
    type: 'becomes-root',
    from: accountNode(row),
    to: rootOf(row),
    sentence: `${String(row['account'])} may run commands as root by sudo`,
    place: { path: '/etc/sudoers.d/ops', line: 12 },
    conditions:
      row['account'] === 'root' || String(row['account']).length % 3 === 0
        ? []
        : [{ code: 'root-password', sentence: 'it takes a password' }],
    evidence: [],
  })

  /** From an account over `hops` hosts to root. */
  const wayFrom = (start: ReachNode, home: string, hops: number, seed: number): ReachStep[] => {
    const steps: ReachStep[] = []
    let [here, folder] = [start, home]
    for (let hop = 0; hop < hops; hop++) {
      const key: ReachNode = { type: 'key', fingerprint: `SHA256:${fingerprint((seed + hop * 3) % 9)}` }
      const row = on(seed * 5 + hop * 7 + 1, hop === hops - 1 ? seed % 4 : 5 + hop)
      if (here.type !== 'key') steps.push(reads(here, key, folder, hop > 0 && seed % 4 === 3))
      steps.push(opens(here.type === 'key' ? here : key, row, hop + seed), becomes(row))
      here = rootOf(row)
      folder = '/root'
    }
    return steps
  }
  const end = (node: ReachNode, path: ReachStep[], limited = false) => ({
    node,
    steps: path.length,
    conditions: path.reduce((sum, { conditions }) => sum + conditions.length, 0),
    limited,
    path,
  })
  const answer = (direction: 'from' | 'to', node: ReachNode, ends: ReachAnswer['ends'], limit: number): ReachAnswer => {
    const sorted = ends.toSorted((a, b) => a.conditions - b.conditions || a.steps - b.steps)
    const roots = ends.filter((one) => one.node.type === 'root')
    return {
      at,
      direction,
      node,
      totals: {
        accounts: ends.length - roots.length,
        hosts: new Set(ends.map((one) => (one.node.type === 'key' ? '' : one.node.host.id))).size,
        roots: roots.length,
        rootsFreely: roots.filter(({ conditions }) => conditions === 0).length,
        limited: ends.filter(({ limited }) => limited).length,
      },
      ends: sorted.slice(0, limit),
      left: Math.max(0, sorted.length - limit),
      coverage,
    }
  }
  const nodeOf = (id: string): { node: ReachNode; home: string } | undefined => {
    if (id.startsWith('SHA256:')) return { node: { type: 'key', fingerprint: id }, home: '' }
    const account = accounts.find((row) => row['id'] === id)
    if (account !== undefined) return { node: accountNode(account), home: String(account['home']) }
    const host = hosts.find((row) => row['id'] === id)
    return host && { node: rootOf(host), home: '/root' }
  }

  return {
    reach(query: URLSearchParams): ReachAnswer | undefined {
      const [from, to] = [query.get('from'), query.get('to')]
      const limit = Number(query.get('limit') ?? 50)
      const start = nodeOf(from ?? to ?? '')
      if (start === undefined) return undefined
      // Two in three accounts hold no key that opens anything.
      if (start.node.type === 'account' && start.node.id.length % 3 === 0)
        return answer(from === null ? 'to' : 'from', start.node, [], limit)
      if (from !== null) {
        const ends = [0, 1, 2, 3, 4, 5, 6].flatMap((seed) => {
          const path = wayFrom(start.node, start.home, 1 + (seed % 3), seed)
          return [
            end(path.at(-1)!.to, path),
            ...(seed % 2 === 0 ? [end(path.at(-2)!.to, path.slice(0, -1), seed === 4)] : []),
          ]
        })
        return answer('from', start.node, ends, limit)
      }
      const ends = [0, 1, 2, 3, 4].map((seed) => {
        const row = on(seed * 3, 5 + seed)
        const path = wayFrom(accountNode(row), String(row['home']), 1 + (seed % 3), seed)
        const last = path.at(-1)!
        path[path.length - 1] = {
          ...last,
          to: start.node.type === 'key' ? last.to : rootOf({ host_id: start.node.host.id, host: start.node.host.name }),
        }
        return end(accountNode(row), path)
      })
      return answer('to', start.node, ends, limit)
    },
    summary(): ReachSummary {
      return {
        at,
        privateKeys: 214,
        privateKeysThatOpen: 131,
        movers:
          hosts.length === 0
            ? []
            : [
                { node: { type: 'key', fingerprint: `SHA256:${fingerprint(3)}` }, roots: 61, rootsFreely: 44 },
                { node: accountNode(on(0, 6)), roots: 61, rootsFreely: 44 },
                { node: accountNode(on(4, 7)), roots: 23, rootsFreely: 23 },
                { node: { type: 'key', fingerprint: `SHA256:${fingerprint(5)}` }, roots: 18, rootsFreely: 2 },
                { node: accountNode(on(9, 3)), roots: 4, rootsFreely: 0 },
              ],
        moversComplete: true,
        orphans: [
          {
            code: 'no-private-half',
            sentence:
              'open an account, but their private half was not seen on the hosts that were looked at: somebody holds it elsewhere',
            places: 871,
            filter: 'role:authorized,authority private_places:0',
          },
          {
            code: 'opens-nothing',
            sentence: 'are private keys that open nothing known on the hosts that were looked at',
            places: 83,
            filter: 'role:private opens:0',
          },
          {
            code: 'no-fingerprint',
            sentence: 'are private keys that do not tell what they open without their passphrase',
            places: 9,
            filter: 'role:private fingerprint:unknown',
          },
        ],
        coverage,
      }
    },
  }
}
