import type { FindingOf } from '@rollcall/contract'
import type { PrivilegePath } from '@rollcall/contract/api'
import type { HostFacts } from '../host-facts.ts'
import type { KindOfWay } from './way.ts'

type Setting = FindingOf<'setting'>

/** Services of this host that do as root what anybody asks who reaches them from here, which every account does. */
export const openServiceWays: KindOfWay = {
  restsOn: ['container-sockets', 'nfs-exports'],
  ways: (_, facts) => ({ paths: everyones(facts), unsure: [] }),
}

/** The same for all accounts, so it is worked out once for each host. */
const everyones = (facts: HostFacts): readonly PrivilegePath[] => {
  const known = hosts.get(facts)
  if (known !== undefined) return known
  const isServing = facts.exports.some(({ name, values }) => name === 'server' && values[0] === 'running')
  const found = [
    ...dockerPaths(facts.engines),
    ...(isServing ? facts.exports.flatMap((one) => exportPath(one) ?? []) : []),
  ].slice(0, MOST_PATHS)
  hosts.set(facts, found)
  return found
}

const hosts = new WeakMap<HostFacts, readonly PrivilegePath[]>()
const MOST_PATHS = 10

const dockerPaths = (engines: readonly Setting[]): PrivilegePath[] => {
  const verifies = engines.some(({ name, values }) => name === 'docker.tlsverify' && values[0] === 'true')
  if (verifies) return []
  return engines.flatMap(({ name, values, place }): PrivilegePath[] => {
    const open = name === 'docker.hosts' ? values.find((host) => host.startsWith('tcp://')) : undefined
    if (open === undefined) return []
    return [
      {
        via: 'socket',
        effect: 'root',
        password: 'none',
        sentence: `It may start a container through Docker on ${open} that mounts / of the host, as root.`,
        steps: [
          {
            sentence: `Docker listens on ${open} and asks nobody for a certificate`,
            ...(place === undefined ? {} : { place }),
          },
        ],
      },
    ]
  })
}

/**
 * A client program of one's own may say to be root where requests from any port count, whatever the machine lets mount. What root
 * leaves there may be setuid.
 */
const exportPath = ({ name, values, condition = '', place }: Setting): PrivilegePath | undefined => {
  if (name !== 'export' || values.includes('nosuid')) return undefined
  const at = condition.lastIndexOf(' ')
  const [folder, client] = [condition.slice(0, at), condition.slice(at + 1)]
  if (!/^(?:\*|localhost|localhost\..*|127\.[\d./]+|::1|0\.0\.0\.0\/0(?:\.0\.0\.0)?|::\/0)$/.test(client))
    return undefined
  const start = values.indexOf('sec=sys')
  const sys = new Set(start === -1 ? [] : values.slice(start, start + 5))
  const isRoot = sys.has('all_squash') ? values.includes('anonuid=0') : sys.has('no_root_squash')
  if (!sys.has('rw') || !sys.has('insecure') || !isRoot) return undefined
  const squash = sys.has('all_squash') ? 'all_squash,anonuid=0' : 'no_root_squash'
  return {
    via: 'nfs',
    effect: 'root',
    password: 'none',
    sentence: `It may reach ${folder} by NFS as root with a program of its own, and leave a setuid program there.`,
    steps: [
      {
        sentence: `${folder} is exported to ${client}, this host with it, with rw,insecure,${squash}`,
        ...(place === undefined ? {} : { place }),
      },
    ],
  }
}
