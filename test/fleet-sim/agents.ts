import { appendFileSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { enrol, identityIn, NotLetIn, openAgentTrust, openPresence, openSpool, readToken } from '@rollcall/agent'
import {
  agentInbox,
  connectNats,
  enrolmentInbox,
  fleetStreams,
  jetStreamBus,
  natsLine,
  natsPublicKey,
  newNatsKey,
  plainWire,
  type Bus,
} from '@rollcall/bus'
import { Secret } from '@rollcall/secret'
import { openSpooledDelivery, type SpooledDelivery } from '../../agent/src/spooled-delivery.ts'
import { tlsOf } from '../../packages/rollcall/src/fleet/agent-connection.ts'
import { openLog } from '../../packages/rollcall/src/log.ts'
import { targetOf } from '../bench/fleet/estate.ts'
import { hostsOf, lookAt } from './estate.ts'
import type { AgentsSettings, FromAgents, ToAgents } from './words.ts'

/*
 * Some agents of a simulated fleet. They are let in, are heard, keep and deliver what they see as every agent does; only the hosts are made up.
 * Each writes down what it is about to hand over and what was taken from it for good, and goes on where it was when it is started again.
 */
const { folder, agents, size, servers } = JSON.parse(process.argv[2] ?? '{}') as AgentsSettings
const say = (word: FromAgents) => process.send?.(word)
// It ends with whoever started it.
process.once('disconnect', () => process.exit())

const PART = 250
const now = () => new Date()
const log = openLog(process.env['ROLLCALL_SIM_LOG'] ?? 'fatal')
const never = new AbortController().signal
const stack = new AsyncDisposableStack()
const folderOf = (agent: number) => join(folder, String(agent))

const letIn = async (agent: number, token: Secret) => {
  const { id, pin, invitation } = readToken(token)
  const seed = newNatsKey('user')
  const tls = await tlsOf({}, servers, pin)
  await using connection = connectNats({
    servers,
    wire: plainWire,
    name: 'enrolment',
    login: { kind: 'jwt', jwt: () => invitation ?? '', seed: () => seed },
    ...(tls === undefined ? {} : { tls }),
    inboxPrefix: enrolmentInbox(id),
  })
  await using line = natsLine(connection)
  await connection.connected(AbortSignal.timeout(20_000))
  mkdirSync(folderOf(agent), { recursive: true, mode: 0o700 })
  await enrol({
    token,
    identity: identityIn(folderOf(agent)),
    line,
    newTransport() {
      const fresh = newNatsKey('user')
      return { seed: fresh, public: natsPublicKey(fresh) }
    },
    servers,
    about: { name: `agent ${agent}`, hostname: 'simulated', version: '0', platform: 'linux' },
    now,
    timeoutMs: 3000,
  })
}

interface Simulated {
  readonly delivery: SpooledDelivery
  readonly rows: () => number
}

let repeats = false

/** Some of what is sent is sent twice, and some once more when much else has come since. */
const repeating = (bus: Bus): Bus => ({
  ...bus,
  async publish(subject, message) {
    await bus.publish(subject, message)
    if (!repeats) return
    const drawn = Math.random()
    const again = () => void bus.publish(subject, message).catch(() => undefined)
    if (drawn < 0.03) again()
    else if (drawn < 0.05) setTimeout(again, 500 + Math.random() * 5000).unref()
  },
})

const open = async (agent: number): Promise<Simulated> => {
  const trust = await openAgentTrust({ folder: folderOf(agent), now })
  const tls = await tlsOf({}, servers, trust.identity.pin)
  const spool = stack.use(openSpool({ folder: join(folderOf(agent), 'spool'), now }))
  let delivery: SpooledDelivery | undefined
  const connection = stack.use(
    connectNats({
      servers,
      wire: trust.wire,
      name: `agent ${agent}`,
      login: {
        kind: 'jwt',
        jwt: () => trust.identity.permit,
        seed: () => trust.identity.keys.transport.seed.revealBytes(),
      },
      ...(tls === undefined ? {} : { tls }),
      inboxPrefix: agentInbox(trust.identity.agent),
      onState: ({ state }) => state === 'connected' && delivery?.reconnected(),
    }),
  )
  const bus = stack.use(jetStreamBus(connection, { streams: fleetStreams(), keeps: false }))
  const line = stack.use(natsLine(connection))
  const { agent: id } = trust.identity
  delivery = stack.use(
    await openSpooledDelivery({ agent: id, bus: repeating(bus), line, spool, log, resendAfter: 10_000 }),
  )
  stack.use(
    await openPresence({
      trust,
      line,
      version: '0',
      condition: () => {
        const { rows, bytes, mostBytes, condition } = spool.state()
        const load = { residentBytes: 0, cpuShare: 0, scanning: 0 }
        return { runs: 0, stopped: false, spool: { rows, bytes, mostBytes, full: condition !== 'ready' }, load }
      },
      onStanding: () => undefined,
      now,
      log,
    }),
  )
  return { delivery, rows: () => spool.state().rows }
}

const journalOf = (agent: number) => join(folderOf(agent), 'journal')

const isWritten = (agent: number, line: string) => {
  try {
    return readFileSync(journalOf(agent), 'utf8').split('\n').includes(line)
  } catch {
    return false
  }
}

/** Looks at the hosts that are an agent's in a round. What was taken for good before it was killed is not looked at again. */
const look = async (agent: number, { delivery }: Simulated, round: number, run: string) => {
  const hosts = hostsOf(agent, round, size)
  let looks = 0
  for (let from = 0; from < hosts.length; from += PART) {
    const part = hosts.slice(from, from + PART)
    const about = `${round} ${from} ${part.length}`
    if (isWritten(agent, `kept ${about}`)) continue
    const isNew = !isWritten(agent, `begun ${about}`)
    appendFileSync(journalOf(agent), `begun ${about}\n`)
    // Counting is what shows that something took effect twice: so it is told once, though it may be lost with whoever told it.
    await delivery.tell({
      event: 'planned',
      run,
      at: now().toISOString(),
      targets: part.map(targetOf),
      swept: isNew ? part.length : 0,
      silent: 0,
    })
    if (isNew) appendFileSync(journalOf(agent), `told ${about}\n`)
    await Promise.all(part.map((host) => delivery.send(lookAt(host, round, size, now), run, never)))
    appendFileSync(journalOf(agent), `kept ${about}\n`)
    looks += part.length
  }
  say({ say: 'seen', agent, round, looks })
}

const simulated = new Map<number, Simulated>()

/** More are let in than a collector looks at in a second. */
const enrolled = async (agent: number, token: Secret): Promise<FromAgents> => {
  for (let tries = 0; ; tries++)
    try {
      await letIn(agent, token)
      return { say: 'enrolled', agent }
    } catch (error) {
      if (tries >= 20) return { say: 'enrolled', agent, why: error instanceof NotLetIn ? error.message : 'a fault' }
      await sleep(200 + Math.random() * 800)
    }
}

const heard = async (word: ToAgents) => {
  if (word.say === 'enrol') say(await enrolled(word.agent, Secret.ofText(word.token)))
  else if (word.say === 'begin') {
    for (const agent of agents) simulated.set(agent, await open(agent))
    say({ say: 'begun' })
  } else if (word.say === 'round') {
    ;({ repeats } = word)
    for (const [agent, one] of simulated) void look(agent, one, word.round, word.run)
  } else if (word.say === 'how-much')
    say({ say: 'holding', rows: [...simulated.values()].reduce((sum, { rows }) => sum + rows(), 0) })
  else {
    await stack.disposeAsync()
    process.exit()
  }
}

process.on('message', (word: ToAgents) => void heard(word))
say({ say: 'ready' })
