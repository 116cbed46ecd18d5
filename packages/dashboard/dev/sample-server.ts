import type { IncomingMessage, ServerResponse } from 'node:http'
import { describeReason, parseTargetSet, type ReasonCode } from '@rollcall/contract'
import {
  addException,
  addTargets,
  createToken,
  login,
  type ExceptionItem,
  type ScanShare,
  type ScanSummary,
  type ScanTarget,
  type Session,
  type TargetSetItem,
} from '@rollcall/contract/api'
import { VIEWS } from './columns.ts'
import { estate, type EstateSize } from './estate.ts'
import { sampleCredentials } from './sample-credentials.ts'
import { sampleFleet } from './sample-fleet.ts'
import { sampleReach } from './sample-reach.ts'
import { sampleSchedules } from './sample-schedules.ts'
import { sampleTrust } from './sample-trust.ts'
import { BadQuery, select } from './sample-query.ts'

export interface SampleServer {
  /** Answers a request below `/api/`; false when it is not one. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<boolean>
  close(): void
}

export interface SampleOptions extends EstateSize {
  /** Whether nobody has an account yet. The one-time secret is `sample`. */
  readonly firstLogin?: boolean
}

/** The API of the collector over an invented estate, in memory: for looking at the dashboard and for its tests. Any password but `wrong` will do. */
export const sampleServer = (options: SampleOptions): SampleServer => {
  const now = Date.now()
  const known = estate(options, now)
  const fleet = sampleFleet(now)
  const trust = sampleTrust(now, options.hosts)
  Object.assign(known.rows, { trust: trust.rows })
  const reach = sampleReach(known.rows, new Date(now).toISOString())
  const day = (days: number) => new Date(now - days * 86_400_000).toISOString()
  const nobody: Session = { user: null, firstLogin: options.firstLogin ?? false, version: '0.1.0', expiresAt: null }
  let session = nobody
  let tokens = [
    {
      id: 't1',
      name: 'nightly export',
      createdAt: day(40),
      createdBy: 'amelia',
      lastUsedAt: day(0.4) as string | null,
    },
    { id: 't2', name: 'ticket system', createdAt: day(3), createdBy: 'amelia', lastUsedAt: null },
  ]
  let targets: TargetSetItem[] =
    options.hosts === 0
      ? []
      : [
          {
            id: 'ts1',
            name: 'Frankfurt',
            include: ['10.20.0.0/24', 'db01.fra.example.net', 'db02.fra.example.net'],
            exclude: ['10.20.0.1'],
            addedAt: day(60),
            addedBy: 'amelia',
            segment: 'local',
            hosts: 2,
            addresses: 256,
          },
          {
            id: 'ts2',
            name: 'Jump hosts',
            include: ['ssh://scan@vpn01.ams.example.net:2222'],
            exclude: [],
            addedAt: day(12),
            addedBy: 'hugo',
            segment: 'local',
            hosts: 1,
            addresses: 0,
          },
        ]
  let credentials = sampleCredentials()
  let exceptions: ExceptionItem[] = [
    {
      id: 'e1',
      match: { by: 'pattern', path: '/opt/demo/*' },
      reason: 'Demonstration data, reset every night',
      expires: day(-60),
      addedAt: day(20),
      addedBy: 'hugo',
      credentials: 3,
    },
  ]
  const ended = known.rows['scan_targets']!
  const total = ended.length
  const failed = ended.filter(({ outcome }) => outcome === 'failed').length
  const partial = ended.filter(({ outcome }) => outcome === 'partial').length
  const scans: ScanSummary[] =
    total === 0
      ? []
      : [0, 1, 2, 3].map((index) => ({
          id: `s${index + 1}`,
          trigger: index === 3 ? ('start' as const) : index % 2 ? ('person' as const) : ('schedule' as const),
          by: index % 2 ? 'amelia' : null,
          schedule: null,
          state: index === 2 ? ('cancelled' as const) : ('finished' as const),
          startedAt: day(0.3 + index),
          finishedAt: day(0.29 + index),
          planned: total,
          complete: index === 2 ? 40 : total - failed - partial,
          partial: index === 2 ? 3 : partial,
          failed: index === 2 ? 2 : failed,
          running: 0,
          queued: 0,
          swept: 256,
          silent: 150,
        }))
  const listeners = new Set<ServerResponse>()
  const timers = new Set<ReturnType<typeof setInterval>>()
  const say = (event: object) => {
    for (const response of listeners) response.write(`data: ${JSON.stringify(event)}\n\n`)
  }
  const scanTargets = (scan: ScanSummary): ScanTarget[] =>
    ended
      .slice(0, 1000)
      .map((row, index): ScanTarget => {
        const done = index < scan.complete + scan.partial + scan.failed
        const running = !done && index < scan.complete + scan.partial + scan.failed + scan.running
        const outcome = done ? (row['outcome'] as 'complete') : null
        const reason = done && row['reason'] !== 'none' ? (row['reason'] as ReasonCode) : null
        return {
          target: String(row['target']),
          state: done ? 'done' : running ? 'running' : 'queued',
          host: row['host'] === 'none' ? null : { id: String(row['host_id']), name: String(row['host']) },
          outcome,
          reason,
          sentence: reason === null ? null : describeReason(reason),
          startedAt: running || done ? day(0.01) : null,
          finishedAt: done ? day(0.005) : null,
          agent: null,
        }
      })
      .sort((a, b) => rank(a) - rank(b))

  const schedules = sampleSchedules(day)
  /** The first scan was shared by two agents, one of which went away. */
  const sharesOf = ({ id }: ScanSummary): ScanShare[] =>
    id === 's1'
      ? ['taken', 'lost', 'ended'].map((state, index) => ({
          id: `share-${index}`,
          state: state as ScanShare['state'],
          agent: { id: `agent-${index % 2}`, name: index % 2 ? 'edge <two>' : 'edge-one' },
          planned: 40,
          done: state === 'ended' ? 40 : 12,
          givenAt: day(0.3),
          takenAt: day(0.3),
          endedAt: state === 'taken' ? null : day(0.29),
          reason: state === 'lost' ? 'its agent is not heard any more' : null,
        }))
      : []

  const startScan = (): ScanSummary => {
    const scan: ScanSummary = {
      id: `s${scans.length + 1}`,
      trigger: 'person',
      by: session.user,
      schedule: null,
      state: 'running',
      startedAt: new Date().toISOString(),
      finishedAt: null,
      planned: total,
      complete: 0,
      partial: 0,
      failed: 0,
      running: 4,
      queued: Math.max(0, total - 4),
      swept: 120,
      silent: 60,
    }
    scans.unshift(scan)
    const timer = setInterval(() => {
      const current = scans.find(({ id }) => id === scan.id)!
      const done = current.complete + current.partial + current.failed
      if (current.state !== 'running') return clearInterval(timer)
      const next = done + 1
      const over = next >= total
      Object.assign(
        current,
        next % 14 === 9
          ? { failed: current.failed + 1 }
          : next % 14 === 2
            ? { partial: current.partial + 1 }
            : { complete: current.complete + 1 },
        { running: Math.min(4, total - next), queued: Math.max(0, total - next - 4) },
        over ? { state: 'finished', finishedAt: new Date().toISOString() } : {},
      )
      say({ type: 'scan', scan: current })
      if (next % 10 === 0) say({ type: 'inventory', at: new Date().toISOString() })
    }, 250)
    timers.add(timer)
    say({ type: 'scan', scan })
    return scan
  }

  const answer = (response: ServerResponse) => {
    const json = (body: unknown, status = 200) => {
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
      response.end(JSON.stringify(body))
    }
    const refuse = (status: number, code: string, detail: string, errors?: { pointer: string; detail: string }[]) => {
      response.writeHead(status, { 'content-type': 'application/problem+json' })
      response.end(
        JSON.stringify({
          type: 'about:blank',
          title: detail,
          status,
          detail,
          code,
          ...(errors === undefined ? {} : { errors }),
        }),
      )
    }
    return { json, refuse, done: () => response.writeHead(204).end() }
  }

  const route = async (request: IncomingMessage, response: ServerResponse, url: URL) => {
    const { json, refuse, done } = answer(response)
    const [resource, id, action] = url.pathname.slice('/api/v1/'.length).split('/').map(decodeURIComponent)
    const method = request.method ?? 'GET'
    if (method !== 'GET' && request.headers['x-rollcall'] !== '1')
      return refuse(403, 'forbidden', 'the header X-Rollcall is missing')
    const body: unknown = method === 'POST' || method === 'PATCH' ? JSON.parse((await textOf(request)) || 'null') : null

    if (resource === 'session') {
      if (method === 'DELETE') session = { ...nobody, firstLogin: false }
      if (method !== 'POST') return method === 'DELETE' ? done() : json(session)
      const asked = login.safeParse(body)
      if (!asked.success) return refuse(422, 'invalid', 'the login is not complete')
      if ('oneTimeSecret' in asked.data ? asked.data.oneTimeSecret !== 'sample' : asked.data.password === 'wrong')
        return refuse(
          401,
          'login-rejected',
          'oneTimeSecret' in asked.data
            ? 'That is not the secret that was printed at the first start.'
            : 'The name or the password is not right.',
        )
      session = {
        user: asked.data.user,
        firstLogin: false,
        version: '0.1.0',
        expiresAt: new Date(Date.now() + 8 * 3_600_000).toISOString(),
      }
      return json(session)
    }
    if (session.user === null) return refuse(401, 'not-logged-in', 'Log in first.')

    switch (`${method} ${resource}${id === undefined ? '' : '/:id'}${action === undefined ? '' : `/${action}`}`) {
      case 'GET views':
        return json({ views: VIEWS })
      case 'GET views/:id':
        return rows(id!, url.searchParams, response, json, refuse)
      case 'GET overview':
        return json(known.overview())
      case 'GET accounts/:id':
        return known.account(id!) === undefined
          ? refuse(404, 'not-found', 'There is no such account.')
          : json(known.account(id!))
      case 'GET hosts/:id':
        return known.host(id!) === undefined
          ? refuse(404, 'not-found', 'There is no such host.')
          : json(known.host(id!))
      case 'GET directories/:id':
      case 'GET directory-accounts/:id':
      case 'GET directory-groups/:id': {
        const { directory, account, group } = known.directories
        const found = { directories: directory, 'directory-accounts': account, 'directory-groups': group }[
          resource as 'directories'
        ](id!)
        return found === undefined ? refuse(404, 'not-found', 'There is no such entry.') : json(found)
      }
      case 'GET reach': {
        const answer = reach.reach(url.searchParams)
        return answer === undefined ? refuse(404, 'not-found', 'There is no such account, host or key.') : json(answer)
      }
      case 'GET reach/:id':
        return json(reach.summary())
      case 'GET scans':
        return json({ scans })
      case 'POST scans':
        return scans.some(({ state }) => state === 'running')
          ? refuse(409, 'scan-running', 'A scan of these targets is running.')
          : json({ scan: startScan() }, 202)
      case 'GET scans/:id': {
        const scan = scans.find((one) => one.id === id)
        if (scan === undefined) return refuse(404, 'not-found', 'There is no such scan.')
        const listed = scanTargets(scan)
        const unreachable = listed.filter(({ outcome }) => outcome === 'failed')
        const denied = listed.filter(({ outcome }) => outcome === 'partial')
        const cause = (reason: string, sentence: string, of: ScanTarget[]) =>
          of.length === 0
            ? []
            : [{ reason, sentence, count: of.length, examples: of.slice(0, 3).map(({ target }) => target) }]
        return json({
          scan,
          causes: [
            ...cause('unreachable', 'the network has no route to it or a firewall drops the packets', unreachable),
            ...cause('not-permitted', 'the scan account may not read it; scan as root or allow sudo', denied),
          ],
          targets: listed,
          shares: sharesOf(scan),
        })
      }
      case 'POST scans/:id/cancel': {
        const scan = scans.find((one) => one.id === id)
        if (scan === undefined) return refuse(404, 'not-found', 'There is no such scan.')
        Object.assign(scan, { state: 'cancelled', finishedAt: new Date().toISOString(), running: 0, queued: 0 })
        say({ type: 'scan', scan })
        return json({ scan })
      }
      case 'GET schedules':
        return json({ schedules: schedules.all() })
      case 'POST schedules': {
        const schedule = schedules.add(body, session.user)
        return schedule === undefined
          ? refuse(422, 'invalid-schedule', 'the schedule cannot be kept as it is; nothing was changed', [
              { pointer: '/cron', detail: 'expected a cron expression such as 0 3 * * * (minute is wrong)' },
            ])
          : json({ schedule }, 201)
      }
      case 'PATCH schedules/:id':
        return json({ schedule: schedules.change(id!, body) })
      case 'DELETE schedules/:id':
        schedules.remove(id!)
        return json({ schedules: schedules.all() })
      case 'POST schedules/:id/pause':
      case 'POST schedules/:id/resume':
      case 'POST schedules/:id/run':
      case 'POST schedules/:id/cancel':
        return json({ schedule: schedules.act(id!, action!, session.user) })
      case 'GET targets':
        return json({ targets })
      case 'POST targets': {
        const asked = addTargets.safeParse(body)
        if (!asked.success) return refuse(422, 'invalid', 'a name is needed')
        const include = [
          ...asked.data.include,
          ...(asked.data.inventory?.text.split('\n').filter((line) => /^[\w.]/.test(line)) ?? []),
        ]
        const read = parseTargetSet({ include, exclude: asked.data.exclude })
        if ('problems' in read)
          return refuse(
            422,
            'invalid-targets',
            `${read.problems.length} entries cannot be read; nothing was added.`,
            read.problems.map(({ entry, problem }) => ({
              pointer: `/include/${include.indexOf(entry)}`,
              detail: problem,
            })),
          )
        const target = {
          id: `ts${Date.now()}`,
          name: asked.data.name,
          include,
          exclude: asked.data.exclude,
          addedAt: new Date().toISOString(),
          addedBy: session.user,
          segment: 'local',
          hosts: include.length,
          addresses: 0,
        }
        targets = [...targets, target]
        return json({ target }, 201)
      }
      case 'DELETE targets/:id':
        targets = targets.filter((one) => one.id !== id)
        return done()
      case 'GET credentials':
        return json(credentials)
      case 'POST credentials/:id/suspend':
      case 'POST credentials/:id/resume': {
        const state = action === 'resume' ? ('usable' as const) : ('suspended' as const)
        credentials = {
          ...credentials,
          credentials: credentials.credentials.map((one) =>
            one.id === id ? { ...one, state, stateReason: null, rejections: 0 } : one,
          ),
        }
        return json(credentials)
      }
      case 'GET exceptions':
        return json({ exceptions })
      case 'POST exceptions': {
        const asked = addException.safeParse(body)
        if (!asked.success) return refuse(422, 'invalid', 'a reason is needed')
        const exception = {
          id: `e${Date.now()}`,
          ...asked.data,
          addedAt: new Date().toISOString(),
          addedBy: session.user,
          segment: 'local',
          credentials: 1,
        }
        exceptions = [exception, ...exceptions]
        return json({ exception }, 201)
      }
      case 'DELETE exceptions/:id':
        exceptions = exceptions.filter((one) => one.id !== id)
        return json({ exceptions })
      case 'GET tokens':
        return json({ tokens })
      case 'POST tokens': {
        const asked = createToken.safeParse(body)
        if (!asked.success) return refuse(422, 'invalid', 'a name is needed')
        const token = {
          id: `t${Date.now()}`,
          name: asked.data.name,
          createdAt: new Date().toISOString(),
          createdBy: session.user,
          lastUsedAt: null,
        }
        tokens = [...tokens, token]
        return json({ token, value: 'rc_sample_5f1d0b7c9e3a48628d17' }, 201)
      }
      case 'DELETE tokens/:id':
        tokens = tokens.filter((one) => one.id !== id)
        return done()
      case 'GET events':
        response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
        response.write(': hello\n\n')
        listeners.add(response)
        response.on('close', () => listeners.delete(response))
        return
      default: {
        const told =
          resource === 'trust'
            ? trust.answer(method, id, action, body)
            : fleet.answer(method, resource ?? '', id, action, body)
        return told === undefined ? refuse(404, 'not-found', 'There is nothing here.') : json(told.body, told.status)
      }
    }
  }

  const rows = (
    id: string,
    query: URLSearchParams,
    response: ServerResponse,
    json: (body: unknown) => void,
    refuse: (status: number, code: string, detail: string) => void,
  ) => {
    const view = VIEWS.find((one) => one.id === id)
    if (view === undefined) return refuse(404, 'not-found', 'There is no such view.')
    const limit = Number(query.get('limit') ?? 100)
    const from = Number(query.get('cursor') ?? 0)
    try {
      const all = select(
        known.rows[id] ?? [],
        view,
        query.get('filter') ?? '',
        query.get('sort') ?? view.defaultSort,
        now,
      )
      if (query.get('format') === 'csv') {
        const columns = query.get('columns')?.split(',') ?? view.columns.map((column) => column.id)
        response.writeHead(200, {
          'content-type': 'text/csv; charset=utf-8',
          'content-disposition': `attachment; filename="${id}.csv"`,
        })
        return response.end(
          [columns, ...all.map((row) => columns.map((column) => String(row[column] ?? '')))]
            .map((line) => line.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(','))
            .join('\r\n'),
        )
      }
      const { complete, partial, never, hosts } = known.overview().coverage
      json({
        rows: all.slice(from, from + limit),
        next: from + limit < all.length ? String(from + limit) : null,
        count: query.get('count') === 'none' ? null : all.length,
        coverage: { hosts, complete, partial, neverReached: never, oldest: day(31) },
      })
    } catch (error) {
      if (!(error instanceof BadQuery)) throw error
      refuse(400, 'invalid-filter', error.message)
    }
  }

  return {
    handle: async (request, response) => {
      const url = new URL(request.url ?? '/', 'http://sample.invalid')
      if (!url.pathname.startsWith('/api/v1/')) return false
      await route(request, response, url)
      return true
    },
    close: () => {
      for (const timer of timers) clearInterval(timer)
      for (const response of listeners) response.end()
    },
  }
}

const rank = ({ state, outcome }: ScanTarget) =>
  state === 'running' ? 0 : outcome === 'failed' ? 1 : outcome === 'partial' ? 2 : state === 'queued' ? 3 : 4

const textOf = async (request: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}
