import { hostname } from 'node:os'
import { join } from 'node:path'
import {
  collectorLogins,
  directoryMemories,
  enrol,
  IdentityError,
  identityIn,
  NotLetIn,
  openAgentTrust,
  openLeases,
  openPresence,
  openSpool,
  readToken,
  SpoolError,
  startAgent,
  STOP_FILE,
  takeOrders,
  type AgentTrust,
  type Spool,
} from '@rollcall/agent'
import {
  agentInbox,
  BusError,
  connectNats,
  enrolmentInbox,
  fleetStreams,
  jetStreamBus,
  natsLine,
  natsPublicKey,
  newNatsKey,
  plainWire,
  type BrokerConnection,
  type BrokerState,
} from '@rollcall/bus'
import { describeFleetRefusal } from '@rollcall/contract/bus'
import { fingerprint, keyedDigest, KeyFileError, Secret } from '@rollcall/secret'
import type { Logger } from 'pino'
import { EXIT, readArgs, type Command } from '../command.ts'
import { memoriesIn, memoryVersion, wishesOf } from '../credential-memory.ts'
import { digestKey } from '../digest-key.ts'
import { DIRECTORY_ARGS, DIRECTORY_HELP, directoryAccess, trustFilesIn } from '../directory-options.ts'
import { BROKER_ARGS, BROKER_HELP, serversOf, tlsOf } from '../fleet/agent-connection.ts'
import { privateFolder, stateFolder } from '../folders.ts'
import { openLog } from '../log.ts'
import { oneOf, pinsIn, REACH_ARGS, REACH_HELP, reachOptions } from '../reach-options.ts'
import { passwordRules } from '../password-rules.ts'
import { secretLine } from '../secret-file.ts'
import { readSettings } from '../settings.ts'
import { stopSignal } from '../stop-signal.ts'
import { UsageError } from '../usage-error.ts'
import { version } from '../version.ts'

export const agent: Command = {
  name: 'agent',
  summary: 'become an agent of a collector elsewhere, and scan for it',
  help: `Usage:
  rollcall agent enrol TOKEN --server ADDRESS [--name NAME] [--data DIR]
  rollcall agent enrol --token-file FILE --server ADDRESS
  rollcall agent run [--data DIR] [--config FILE] [options]
  rollcall agent status [--data DIR] [--json]

TOKEN is what "rollcall token create" printed on the collector. The agent makes its keys here; they
never leave this machine. The same token can be tried again here if something went wrong.

"run" serves the collector until it is stopped. It carries out what the policy allows it in its
segment, and nothing else; a file "${STOP_FILE}" in its data folder stops everything at once.

  --data DIR         where the agent keeps what is its own (default ${join(stateFolder(), 'agent')})
  --token-file FILE  a file that holds the token, which nobody else may read
  --name NAME        what people call the agent (default: the name of this machine)
  --config FILE      settings file; the command line goes before it
  --log LEVEL        trace, debug, info, warn or error

${BROKER_HELP}
${REACH_HELP}
${DIRECTORY_HELP}`,

  async run(args) {
    const { values, positionals } = readArgs(args, {
      ...REACH_ARGS,
      ...DIRECTORY_ARGS,
      ...BROKER_ARGS,
      data: { type: 'string' },
      name: { type: 'string' },
      'token-file': { type: 'string' },
      config: { type: 'string' },
      log: { type: 'string' },
      json: { type: 'boolean' },
    })
    const [action, given] = positionals
    const folder = values.data ?? join(stateFolder(), 'agent')
    try {
      switch (action) {
        case 'enrol':
        case 'enroll':
          return await become(await privateFolder(folder), await tokenOf(given, values['token-file']), values)
        case 'run':
          return await serve(await privateFolder(folder), values)
        case 'status':
          return await status(folder, values.json === true)
        default:
          throw new UsageError('"rollcall agent" has "enrol", "run" and "status"; see "rollcall agent --help".')
      }
    } catch (error) {
      if (error instanceof IdentityError || error instanceof NotLetIn || error instanceof KeyFileError)
        throw new UsageError(error.message, { cause: error })
      throw error
    }
  },
}

type Values = Parameters<typeof reachOptions>[0] &
  Parameters<typeof directoryAccess>[0] &
  Parameters<typeof serversOf>[0] & {
    readonly name?: string | undefined
    readonly config?: string | undefined
    readonly log?: string | undefined
  }

const tokenOf = async (given: string | undefined, file: string | undefined): Promise<Secret> => {
  if (file !== undefined) return secretLine(file)
  if (given === undefined)
    throw new UsageError('With which token? rollcall agent enrol TOKEN, as "rollcall token create" printed it.')
  return Secret.ofText(given)
}

/** The broker is given so long to be reached by somebody who waits for it. */
const REACH_MS = 20_000

const become = async (folder: string, token: Secret, values: Values): Promise<number> => {
  const { id, pin, invitation } = readToken(token)
  const servers = serversOf(values)
  if (servers.length === 0)
    throw new UsageError('Where is the broker? Give it with --server, such as --server tls://broker.example.com:4222.')
  const tls = await tlsOf(values, servers, pin)
  let state: BrokerState = { state: 'connecting' }
  const seed = newNatsKey('user')
  await using connection = connectNats({
    servers,
    wire: plainWire,
    name: 'rollcall enrolment',
    ...(invitation === undefined ? {} : { login: { kind: 'jwt', jwt: () => invitation, seed: () => seed } as const }),
    ...(tls === undefined ? {} : { tls }),
    inboxPrefix: enrolmentInbox(id),
    onState: (next) => void (state = next),
  })
  await using line = natsLine(connection)
  try {
    await connection.connected(AbortSignal.timeout(REACH_MS))
  } catch (error) {
    throw new UsageError(`The broker at ${servers.join(', ')} cannot be reached: ${whyNot(state)}.`, { cause: error })
  }
  const identity = await enrol({
    token,
    identity: identityIn(folder),
    line,
    newTransport: () => {
      const fresh = newNatsKey('user')
      return { seed: fresh, public: natsPublicKey(fresh) }
    },
    servers,
    about: {
      name: (values.name ?? hostname()).slice(0, 64),
      hostname: hostname().slice(0, 253),
      version,
      platform: `${process.platform} ${process.arch}`,
    },
    now: () => new Date(),
  }).catch((error: unknown) => {
    if (error instanceof BusError)
      throw new UsageError(`The broker broke off: ${error.message}. Try again with the same token.`, { cause: error })
    throw error
  })
  process.stdout.write(
    `${[
      `This is agent ${identity.agent} of segment ${identity.segment} now.`,
      `  Fingerprint  ${fingerprint(identity.keys.signing.public)}`,
      identity.state === 'waiting'
        ? `  It waits: compare the fingerprint on the collector, then "rollcall agents approve ${identity.agent}" there.`
        : '  Start it with "rollcall agent run".',
    ].join('\n')}\n`,
  )
  return EXIT.done
}

const whyNot = (state: BrokerState): string =>
  state.state === 'connecting' ? (state.reason ?? 'it does not answer') : 'it does not answer'

const serve = async (folder: string, values: Values): Promise<number> => {
  const settings = values.config === undefined ? {} : await readSettings(values.config)
  const level =
    oneOf('--log', values.log, ['trace', 'debug', 'info', 'warn', 'error'] as const) ??
    (process.stderr.isTTY ? 'warn' : 'info')
  const log = openLog(level)
  const now = () => new Date()
  const trust = await openAgentTrust({ folder, now })
  const { agent: id, segment } = trust.identity
  const given = serversOf(values)
  const servers = given.length > 0 ? given : trust.identity.servers
  const tls = await tlsOf(values, servers, trust.identity.pin)
  const reach = await reachOptions(values, settings, pinsIn(folder))
  const key = await digestKey(folder)
  const digest = keyedDigest(key)
  const directories = await directoryAccess(values, settings, folder)

  await using stack = new AsyncDisposableStack()
  const { signal } = stack.use(stopSignal())
  const spool = stack.use(spoolIn(folder, now))
  const connection = stack.use(
    connectNats({
      servers,
      wire: trust.wire,
      name: `rollcall agent ${id}`,
      login: {
        kind: 'jwt',
        jwt: () => trust.identity.permit,
        seed: () => trust.identity.keys.transport.seed.revealBytes(),
      },
      ...(tls === undefined ? {} : { tls }),
      inboxPrefix: agentInbox(id),
      onState: tellState(log),
      onTrouble: (sentence, error) => log.warn({ err: error }, sentence),
    }),
  )
  const bus = stack.use(
    jetStreamBus(connection, {
      streams: fleetStreams(),
      keeps: false,
      onAside: (subject, error) => log.error({ err: error, subject }, 'a message was put aside'),
    }),
  )
  const line = stack.use(
    natsLine(connection, {
      onRefused: (subject, error) => log.error({ err: error, subject }, 'what came is not believed'),
    }),
  )
  const passwords = passwordRules(folder, digest, values, settings, collectorLogins({ agent: id, line, log }))
  let beat = () => Promise.resolve()
  let resync = () => {}
  const orders = stack.use(await takeOrders({ trust, bus, line, catchUp: () => beat(), resync: () => resync(), log }))
  // Asked anew for each target: what the policy allows may be another thing by then.
  const within = {
    get within() {
      return trust.within()
    },
  }
  const scanner = stack.use(
    await startAgent({
      id,
      bus: orders.bus,
      spooled: { spool, line, onReconnected: reconnections(connection) },
      reach: { ...reach, passwords, limits: withScope(reach.limits, within) },
      trust: trustFilesIn(folder),
      digestKey: key,
      memories: await memoriesIn(folder, digest),
      directories: {
        ...directories,
        ledger: passwords.ledger,
        of: async (target) => {
          const access = await directories.of(target)
          return { ...access, limits: { ...access.limits, within: trust.within() } }
        },
        memories: await directoryMemories({
          folder: join(folder, 'directories'),
          version: memoryVersion(digest),
          now,
        }),
      },
      leases: openLeases({ agent: id, line, sealing: trust.identity.keys.sealing, now, log }),
      wishes: wishesOf(settings),
      now,
      log,
      ...(settings.concurrency === undefined ? {} : { concurrency: settings.concurrency }),
    }),
  )
  resync = () => scanner.resync()
  const presence = stack.use(
    await openPresence({
      trust,
      line,
      version,
      condition: () => {
        const { rows, bytes, mostBytes, oldest, condition } = spool.state()
        return {
          runs: orders.runs(),
          stopped: orders.stopped(),
          spool: { rows, bytes, mostBytes, ...(oldest === null ? {} : { oldest }), full: condition !== 'ready' },
          load: { ...load(), scanning: scanner.scanning },
        }
      },
      onStanding: (refusal) => (refusal === undefined ? orders.goOn() : orders.halt(describeFleetRefusal(refusal))),
      now,
      log,
    }),
  )
  beat = () => presence.beat()
  process.stdout.write(`Agent ${id} of segment ${segment} serves its collector.\n${selfMade(trust)}  Data  ${folder}\n`)
  await aborted(signal)
  process.stdout.write('Stopping; once more to stop at once.\n')
  return EXIT.done
}

const selfMade = (trust: AgentTrust) =>
  trust.policy()?.selfMade === true
    ? '  The policy is one that the collector made for itself: it limits nothing that the collector wants.\n'
    : ''

/** Tells of each connection but the first. */
const reconnections =
  (connection: BrokerConnection) =>
  (listener: () => void): (() => void) => {
    let isFirst = true
    return connection.onConnected(() => {
      if (!isFirst) listener()
      isFirst = false
    })
  }

/** Limits, with where connections may go told by whoever knows it at that moment. */
const withScope = <Limits extends object>(limits: Limits | undefined, scope: object): Limits =>
  Object.defineProperties(Object.create(null) as Limits, {
    ...Object.getOwnPropertyDescriptors(limits ?? {}),
    ...Object.getOwnPropertyDescriptors(scope),
  })

/** Tells each thing once until the broker is there again. */
const tellState = (log: Logger) => {
  const told = new Set<string>()
  return (state: BrokerState) => {
    if (state.state === 'connected') {
      told.clear()
      log.info({ server: state.server, version: state.version }, 'connected to the broker')
      return
    }
    const reason = whyNot(state)
    if (state.state === 'closed' || told.has(reason)) return
    told.add(reason)
    log.warn(`no connection to the broker: ${reason}${/refused the login/.test(reason) ? REVOKED : ''}`)
  }
}

const REVOKED =
  '. The agent was revoked or replaced, or was away for longer than its permission lasts; "rollcall agents" on the collector tells which. Let it in again with a new token'

const load = (() => {
  let before = { at: performance.now(), cpu: process.cpuUsage() }
  return () => {
    const [at, cpu] = [performance.now(), process.cpuUsage()]
    const used = (cpu.user + cpu.system - before.cpu.user - before.cpu.system) / 1000
    const share = used / Math.max(1, at - before.at)
    before = { at, cpu }
    return { residentBytes: process.memoryUsage.rss(), cpuShare: Math.round(share * 1000) / 1000 }
  }
})()

const spoolIn = (folder: string, now: () => Date): Spool => {
  try {
    return openSpool({ folder: join(folder, 'spool'), now })
  } catch (error) {
    if (error instanceof SpoolError) throw new UsageError(`${error.message}.`, { cause: error })
    throw error
  }
}

const status = async (folder: string, json: boolean): Promise<number> => {
  const identity = await identityIn(folder).read()
  if (identity === undefined) {
    process.stdout.write(json ? `${JSON.stringify({ agent: null })}\n` : `There is no agent in ${folder}.\n`)
    return EXIT.incomplete
  }
  const trust = await openAgentTrust({ folder, now: () => new Date() })
  const policy = trust.policy()
  const told = {
    agent: identity.agent,
    name: identity.name,
    segment: identity.segment,
    state: identity.state,
    refusal: identity.refusal ?? null,
    generation: identity.generation,
    fingerprint: fingerprint(identity.keys.signing.public),
    servers: identity.servers,
    enrolledAt: identity.enrolledAt,
    renewedAt: identity.renewedAt ?? null,
    permitUntil: identity.permitUntil,
    policy: policy === undefined ? null : { version: policy.version, selfMade: policy.selfMade },
  }
  process.stdout.write(
    json
      ? `${JSON.stringify(told)}\n`
      : `${[
          `Agent        ${told.agent} (${told.name})`,
          `Segment      ${told.segment}`,
          `State        ${told.state}${told.refusal === null ? '' : `: ${describeFleetRefusal(told.refusal)}`}`,
          `Fingerprint  ${told.fingerprint}`,
          `Broker       ${told.servers.join(', ')}`,
          `Renewed      ${told.renewedAt ?? told.enrolledAt}, generation ${told.generation}; good until ${told.permitUntil}`,
          `Policy       ${policy === undefined ? 'none that may be used: nothing is carried out' : `version ${policy.version}${policy.selfMade ? ', made by the collector itself' : ''}`}`,
        ].join('\n')}\n`,
  )
  return identity.state === 'active' ? EXIT.done : EXIT.incomplete
}

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
