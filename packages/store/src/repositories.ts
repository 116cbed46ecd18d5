import { access } from './access.ts'
import { logins } from './attempts.ts'
import { audit } from './audit.ts'
import { leases, scanCredentials } from './credentials.ts'
import type { Connection, Engine } from './dialect.ts'
import type { Repositories } from './face.ts'
import { directories } from './directories.ts'
import { exceptions } from './exceptions.ts'
import { agentCredentials, agents, fleetOrders, joinTokens, policies, refusedMessages } from './fleet.ts'
import { hosts } from './hosts.ts'
import { inbox } from './inbox.ts'
import { principals } from './principals.ts'
import { reportParts } from './report-parts.ts'
import { relations, type Reading } from './relations.ts'
import { scanShares } from './scan-shares.ts'
import { scans } from './scans.ts'
import { schedules } from './schedules.ts'
import { scopes } from './scopes.ts'
import { spools } from './spools.ts'
import { targetSets } from './target-sets.ts'
import { trustedKeys } from './trusted-keys.ts'

type Tabled = Omit<Repositories, 'relations'>

/** Everything that reads and writes through one connection. */
export const repositoriesOf = (connection: Connection, engine: Engine): Repositories => ({
  ...tabled(connection),
  relations: relations(
    (work) => work(connection),
    () => engine.snapshot(),
  ),
})

const tabled = (connection: Connection): Tabled => ({
  inbox: inbox(connection),
  spools: spools(connection),
  hosts: hosts(connection),
  scopes: scopes(connection),
  directories: directories(connection),
  reportParts: reportParts(connection),
  principals: principals(connection),
  scans: scans(connection),
  scanShares: scanShares(connection),
  schedules: schedules(connection),
  targetSets: targetSets(connection),
  exceptions: exceptions(connection),
  access: access(connection),
  audit: audit(connection),
  scanCredentials: scanCredentials(connection),
  leases: leases(connection),
  logins: logins(connection),
  agents: agents(connection),
  agentCredentials: agentCredentials(connection),
  joinTokens: joinTokens(connection),
  policies: policies(connection),
  fleetOrders: fleetOrders(connection),
  refusedMessages: refusedMessages(connection),
  trustedKeys: trustedKeys(connection),
})

/** What changes something; all else only reads. */
const WRITES: { readonly [Name in keyof Tabled]: readonly (keyof Tabled[Name])[] } = {
  inbox: ['admit', 'forget'],
  spools: ['save', 'forget'],
  hosts: ['save', 'seenAgain', 'allSeenAgain', 'missed'],
  scopes: ['save', 'apply', 'splitPage', 'applyPage', 'applyRows', 'nameOwners'],
  directories: ['save', 'saveStandings'],
  reportParts: ['keep', 'forget', 'forgetBefore'],
  principals: ['save'],
  scans: ['create', 'setState', 'plan', 'started', 'done', 'allDone', 'requeue'],
  scanShares: ['save', 'unsweep'],
  schedules: ['save', 'remove', 'addRuns', 'saveRun', 'takeBack', 'forgetRuns'],
  targetSets: ['add', 'remove'],
  exceptions: ['add', 'remove', 'settle'],
  access: ['addUser', 'addSession', 'endSession', 'addToken', 'usedToken', 'removeToken'],
  audit: ['append', 'addCheckpoint'],
  scanCredentials: ['save', 'remove'],
  leases: ['add', 'end', 'expire', 'forget'],
  logins: ['begin', 'end', 'drop', 'saveCredential', 'saveLockPolicy'],
  agents: ['add', 'save', 'heard', 'addGeneration'],
  agentCredentials: ['lend', 'end'],
  joinTokens: ['add', 'save', 'tried'],
  policies: ['add'],
  fleetOrders: ['add', 'refused'],
  refusedMessages: ['count'],
  trustedKeys: ['save', 'remove', 'saveCollection'],
}

/** Repositories outside of any transaction: each write is one of its own, reads see what is committed. */
export const committed = (
  engine: Engine,
  atomically: <T>(work: (tx: Repositories) => Promise<T>) => Promise<T>,
  reading: Reading,
): Repositories => {
  const made = new WeakMap<Connection, Tabled>()
  const through = (connection: Connection) => {
    const known = made.get(connection)
    if (known !== undefined) return known
    const fresh = tabled(connection)
    made.set(connection, fresh)
    return fresh
  }
  type Call = (...given: unknown[]) => Promise<unknown>
  const shape = tabled(engine.writer)
  const routed = <Name extends keyof Tabled>(name: Name): Tabled[Name] => {
    const methodsOf = (repositories: Tabled) => repositories[name] as unknown as Record<string, Call>
    const route = (method: string): Call =>
      (WRITES[name] as readonly string[]).includes(method)
        ? (...given) => atomically((tx) => methodsOf(tx)[method]!(...given))
        : (...given) => reading((connection) => methodsOf(through(connection))[method]!(...given))
    return Object.fromEntries(
      Object.keys(methodsOf(shape)).map((method) => [method, route(method)]),
    ) as unknown as Tabled[Name]
  }
  return {
    inbox: routed('inbox'),
    spools: routed('spools'),
    hosts: routed('hosts'),
    scopes: routed('scopes'),
    directories: routed('directories'),
    reportParts: routed('reportParts'),
    principals: routed('principals'),
    scans: routed('scans'),
    scanShares: routed('scanShares'),
    schedules: routed('schedules'),
    targetSets: routed('targetSets'),
    exceptions: routed('exceptions'),
    access: routed('access'),
    audit: routed('audit'),
    scanCredentials: routed('scanCredentials'),
    leases: routed('leases'),
    logins: routed('logins'),
    agents: routed('agents'),
    agentCredentials: routed('agentCredentials'),
    joinTokens: routed('joinTokens'),
    policies: routed('policies'),
    fleetOrders: routed('fleetOrders'),
    refusedMessages: routed('refusedMessages'),
    trustedKeys: routed('trustedKeys'),
    relations: relations(reading, () => engine.snapshot()),
  }
}
