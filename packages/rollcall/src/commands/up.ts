import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { directoryMemories, openLeases, openSpool, SpoolError, startAgent, type Spool } from '@rollcall/agent'
import { memoryBus, memoryLine } from '@rollcall/bus'
import {
  cronProblem,
  loginBook,
  openAuditKey,
  Refusal,
  startCollector,
  type Collector,
  type CollectorOptions,
} from '@rollcall/collector'
import { probes } from '@rollcall/discovery'
import { keyedDigest, newKeyPair } from '@rollcall/secret'
import { openStore, StoreError, type Store } from '@rollcall/store'
import type { Logger } from 'pino'
import { BROKER_OPTIONS, BROKER_OPTIONS_HELP, openHeardFleet } from '../broker/open-fleet.ts'
import { EXIT, readArgs, type Command } from '../command.ts'
import { digestKey } from '../digest-key.ts'
import { DIRECTORY_ARGS, DIRECTORY_HELP, directoryAccess, trustFilesIn } from '../directory-options.ts'
import { privateFolder, stateFolder } from '../folders.ts'
import { socketIn } from '../local-api.ts'
import { openLog } from '../log.ts'
import { memoriesIn, memoryVersion, wishesOf } from '../credential-memory.ts'
import { passwordRules } from '../password-rules.ts'
import { oneOf, pinsIn, REACH_ARGS, REACH_HELP, reachOptions } from '../reach-options.ts'
import { readSettings, type Settings } from '../settings.ts'
import { stopSignal } from '../stop-signal.ts'
import { UsageError } from '../usage-error.ts'
import { startVault, VAULT_ARGS, VAULT_HELP } from '../vault/vault-process.ts'
import { version } from '../version.ts'

export const up: Command = {
  name: 'up',
  summary: 'run the collector, an agent and the dashboard in one process',
  help: `Usage: rollcall up [options]

Scans this machine at once, then everything that is a target on schedule, and serves the
dashboard. The first start prints a one-time secret for the first login.

  --listen ADDRESS:PORT  where the dashboard is served (default 127.0.0.1:7480)
  --data DIR             where the inventory is kept (default ${stateFolder()})
  --schedule CRON        when to scan, five fields (default "0 */6 * * *"; "off" for never)
  --zone ZONE            the time zone of the schedule, such as Europe/Paris (default: this machine's)
  --no-scan              do not scan at the start
  --config FILE          settings file; the command line goes before it
  --log LEVEL            trace, debug, info, warn or error

${BROKER_OPTIONS_HELP}
${VAULT_HELP}
${REACH_HELP}
${DIRECTORY_HELP}`,

  async run(args) {
    const { values } = readArgs(args, {
      ...REACH_ARGS,
      ...DIRECTORY_ARGS,
      ...BROKER_OPTIONS,
      ...VAULT_ARGS,
      listen: { type: 'string' },
      data: { type: 'string' },
      schedule: { type: 'string' },
      zone: { type: 'string' },
      'no-scan': { type: 'boolean' },
      config: { type: 'string' },
      log: { type: 'string' },
    })
    const settings = values.config === undefined ? {} : await readSettings(values.config)
    const level =
      oneOf('--log', values.log, ['trace', 'debug', 'info', 'warn', 'error'] as const) ??
      (process.stderr.isTTY ? 'warn' : 'info')
    const log = openLog(level)
    const folder = await privateFolder(values.data ?? settings.data ?? stateFolder())
    const reach = await reachOptions(values, settings, pinsIn(folder))
    const key = await digestKey(folder)
    const digest = keyedDigest(key)
    const directories = await directoryAccess(values, settings, folder)
    const listen = listenAt(values.listen ?? settings.listen ?? '127.0.0.1:7480')
    const now = () => new Date()

    await using stack = new AsyncDisposableStack()
    const { signal } = stack.use(stopSignal())
    const store = stack.use(await storeIn(folder))
    if (settings.scanThisMachine !== false) await addThisMachine(store, now)
    const bus = stack.use(
      memoryBus({ onAside: (subject, error) => log.error({ err: error, subject }, 'a message was put aside') }),
    )
    const line = stack.use(memoryLine())
    const spool = stack.use(spoolIn(folder, now))
    const logins = loginBook({ store, now, log })
    const passwords = passwordRules(folder, digest, values, settings, {
      begin: (asked) => logins.begin(AGENT, asked),
      ended: (id, outcome) =>
        void logins
          .ended(AGENT, { id, outcome })
          .catch((error: unknown) => log.warn({ err: error }, 'how a login ended is told with the next one')),
    })
    const vault = await startVault(values, folder, log)
    if (vault !== undefined) stack.use(vault)
    // What is lent to the agent in this process is sealed to a key that nobody keeps.
    const sealing = newKeyPair('open')
    stack.use(
      await startAgent({
        id: AGENT,
        bus,
        spooled: { spool, line },
        reach: { ...reach, passwords },
        trust: trustFilesIn(folder),
        digestKey: key,
        memories: await memoriesIn(folder, digest),
        directories: {
          ...directories,
          ledger: passwords.ledger,
          memories: await directoryMemories({
            folder: join(folder, 'directories'),
            version: memoryVersion(digest),
            now,
          }),
        },
        ...(vault === undefined ? {} : { leases: openLeases({ agent: AGENT, line, sealing, now, log }) }),
        wishes: wishesOf(settings),
        now,
        log,
        ...(settings.concurrency === undefined ? {} : { concurrency: settings.concurrency }),
      }),
    )
    const heard = stack.use(await openHeardFleet(values, { store, folder, now, log }))
    const collector = stack.use(
      await serving(listen, {
        store,
        bus,
        line,
        agent: AGENT,
        ...(heard === undefined ? {} : { fleet: heard.fleet }),
        ...(vault === undefined
          ? {}
          : {
              vault: { client: vault.client, line, sealingKey: Buffer.from(sealing.public).toString('base64url') },
            }),
        auditKey: await openAuditKey(join(folder, 'audit')),
        probeTitles: new Map(probes.map(({ id, title }) => [id, title])),
        dashboardFolder: DASHBOARD,
        ...(settings.telemetry?.traces === undefined ? {} : { tracesTo: settings.telemetry.traces }),
        socketPath: socketIn(folder),
        ...scheduleOf(values.schedule, values.zone, settings),
        now,
        log,
        version,
      }),
    )
    process.stdout.write(
      greeting(collector.address, collector.oneTimeSecret?.reveal(), folder, heard?.told, vault?.said),
    )
    if (values['no-scan'] !== true) await scanAtStart(collector, log)
    await aborted(signal)
    process.stdout.write('Stopping; once more to stop at once.\n')
    return EXIT.done
  },
}

/** The agent that lives in the same process. */
const AGENT = 'embedded'

const DASHBOARD = fileURLToPath(new URL('../../../dashboard/dist', import.meta.url))

const DEFAULT_SCHEDULE = '0 */6 * * *'

const listenAt = (text: string) => {
  const [, host = '', port = ''] = /^(\[[0-9a-f:]+\]|[\w.-]+):(\d{1,5})$/i.exec(text) ?? []
  if (host === '' || Number(port) > 65_535)
    throw new UsageError(`--listen is an address and a port such as 127.0.0.1:7480, not "${text}".`)
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}

const scheduleOf = (cron: string | undefined, zone: string | undefined, settings: Settings) => {
  const chosen = cron ?? settings.schedule?.cron ?? DEFAULT_SCHEDULE
  const where = zone ?? settings.schedule?.zone
  if (chosen === 'off') return {}
  const schedule = { expression: chosen, timeZone: where ?? Intl.DateTimeFormat().resolvedOptions().timeZone }
  const problem = cronProblem(schedule.expression, schedule.timeZone)
  if (problem !== undefined)
    throw new UsageError(`The schedule "${chosen}"${where === undefined ? '' : ` in ${where}`}: ${problem}.`)
  return { schedule }
}

const storeIn = async (folder: string): Promise<Store> => {
  try {
    return await openStore({ file: join(folder, 'rollcall.db') })
  } catch (error) {
    if (error instanceof StoreError) throw new UsageError(error.message, { cause: error })
    throw error
  }
}

const spoolIn = (folder: string, now: () => Date): Spool => {
  try {
    return openSpool({ folder: join(folder, 'spool'), now })
  } catch (error) {
    if (error instanceof SpoolError) throw new UsageError(`${error.message}.`, { cause: error })
    throw error
  }
}

/** The first start has something to scan. Somebody who removed it does not get it back. */
const addThisMachine = async (store: Store, now: () => Date) => {
  const [sets, scans] = [await store.targetSets.all(), await store.scans.newest(1)]
  if (sets.length > 0 || scans.length > 0) return
  await store.targetSets.add({
    id: randomUUID(),
    name: 'This machine',
    include: ['local'],
    exclude: [],
    addedAt: now().toISOString(),
    addedBy: 'local',
  })
}

/** Starts the collector. Throws UsageError when the address cannot be had. */
const serving = async (
  listen: CollectorOptions['listen'],
  options: Omit<CollectorOptions, 'listen'>,
): Promise<Collector> => {
  try {
    return await startCollector({ ...options, listen })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    const reason = {
      EADDRINUSE: 'something listens there already',
      EACCES: 'you may not listen there',
      EADDRNOTAVAIL: 'this machine has no such address',
      ENOTFOUND: 'this machine has no such address',
    }[code]
    if (reason === undefined) throw error
    throw new UsageError(
      `The dashboard cannot be served on ${listen.host}:${listen.port}: ${reason}. Give another with --listen.`,
      { cause: error },
    )
  }
}

/** What is a target is scanned at once. That there is none, or that an interrupted scan goes on already, is no fault. */
const scanAtStart = async (collector: Collector, log: Logger) => {
  try {
    await collector.startScan({ trigger: 'start', by: null })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    log.info({ code: error.code }, error.message)
  }
}

const greeting = (
  address: string,
  oneTimeSecret: string | undefined,
  folder: string,
  heardThrough: string | undefined,
  vaultSaid: string | undefined,
) =>
  [
    `Rollcall ${version} is up.`,
    `  Dashboard    ${address}`,
    ...(oneTimeSecret === undefined
      ? []
      : [`  First login  ${oneTimeSecret}  (a one-time secret; choose your name and password with it)`]),
    `  Data         ${folder}`,
    ...(heardThrough === undefined ? [] : [`  Broker       ${heardThrough}`]),
    ...(vaultSaid === undefined ? [] : [`  Vault        ${vaultSaid}`]),
    ...(existsSync(DASHBOARD)
      ? []
      : ['  The dashboard is not built; run "npm start" or "npm run build -w @rollcall/dashboard".']),
    '',
  ].join('\n')

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
