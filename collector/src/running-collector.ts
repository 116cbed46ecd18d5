import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryBus, type Bus } from '@rollcall/bus'
import type { Finding, Outcome } from '@rollcall/contract'
import { scanReport, subjects, type ScanReport } from '@rollcall/contract/bus'
import { openStore, type Store } from '@rollcall/store'
import { pino } from 'pino'
import { startCollector, type Collector, type CollectorOptions } from './collector.ts'

/** A collector for tests: a real store in a temporary folder, a real bus, a real socket, and everything it logged. */
export interface RunningCollector extends AsyncDisposable {
  readonly collector: Collector
  readonly store: Store
  readonly bus: Bus
  readonly folder: string
  readonly logged: string[]
  /** Errors of messages that no delivery succeeded with. */
  readonly aside: unknown[]
  /** Requests with the token of a program unless headers say otherwise. */
  ask(path: string, request?: RequestInit): Promise<Response>
  readonly token: string
}

export const runningCollector = async (options: Partial<CollectorOptions> = {}): Promise<RunningCollector> => {
  await using starting = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-collector-'))
  starting.defer(() => rm(folder, { recursive: true, force: true }))
  const aside: unknown[] = []
  const store = options.store ?? starting.use(await openStore({ file: join(folder, 'rollcall.db') }))
  const bus =
    options.bus ?? starting.use(memoryBus({ retryDelay: () => 1, onAside: (_, error) => void aside.push(error) }))
  const logged: string[] = []
  const log = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) })
  const collector = starting.use(
    await startCollector({
      dashboardFolder: join(folder, 'dist'),
      listen: { host: '127.0.0.1', port: 0 },
      version: '1.2.3',
      passwordCost: { logN: 10, blockSize: 8, parallelism: 1 },
      ...options,
      store,
      bus,
      log,
    }),
  )
  const token = `rc_${randomBytes(32).toString('base64url')}`
  await store.access.addToken({
    id: randomUUID(),
    name: 'tests',
    hash: createHash('sha256').update(token).digest('hex'),
    createdAt: new Date().toISOString(),
    createdBy: 'tests',
  })
  const open = starting.move()
  return {
    collector,
    store,
    bus,
    folder,
    logged,
    aside,
    token,
    ask: (path, request = {}) =>
      fetch(`${collector.address}${path}`, {
        redirect: 'manual',
        ...request,
        headers: { authorization: `Bearer ${token}`, ...(request.headers as Record<string, string>) },
      }),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

/** Waits for what another part of the process does. */
export const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** A report of one host, as an agent sends it. */
export const hostReport = (
  host: string,
  sections: readonly { probe: string; findings: readonly Finding[]; outcome?: Outcome }[],
  more: Partial<ScanReport> = {},
): ScanReport => ({
  id: randomUUID(),
  agent: 'local',
  target: `ssh://${host}:22`,
  startedAt: new Date().toISOString(),
  finishedAt: new Date().toISOString(),
  reached: { status: 'complete', reasons: [] },
  host: {
    hostKeys: [],
    addresses: [],
    macs: [],
    os: { name: 'Debian GNU/Linux 12', id: 'debian' },
    hostname: host,
    machineId: Buffer.from(host.padEnd(16)).toString('hex'),
  },
  sections: sections.map(({ probe, findings, outcome = { status: 'complete', reasons: [] } }) => ({
    probe,
    outcome,
    privilege: 'root',
    digest: Buffer.from(JSON.stringify(findings)).toString('hex').padEnd(64, '0').slice(-64),
    findings: [...findings],
  })),
  ...more,
})

export const account = (
  name: string,
  uid: number,
  more: Partial<Extract<Finding, { kind: 'account' }>> = {},
): Finding => ({
  kind: 'account',
  name,
  uid,
  gid: uid,
  home: `/home/${name}`,
  shell: '/bin/bash',
  interactiveShell: true,
  place: { path: '/etc/passwd', line: uid + 1 },
  ...more,
})

/** Sends a report as the agent `local` and waits until it is in the inventory. */
export const deliver = async (
  { bus, store, aside }: Pick<RunningCollector, 'bus' | 'store' | 'aside'>,
  report: ScanReport,
): Promise<void> => {
  await bus.publish(subjects.report(report.agent), scanReport.write(report))
  await until(() => {
    if (aside.length > 0) throw aside[0]
    return store.inbox.admitted(report.id)
  })
}
