import type { AgentDetail, AgentItem, AgentList, JoinTokenItem, LoginItem, PolicyAnswer } from '@rollcall/contract/api'

/** An answer of the invented fleet, or undefined for what it has none for. */
export type SampleAnswer = { readonly status: number; readonly body: unknown } | undefined

export interface SampleFleet {
  answer(
    method: string,
    resource: string,
    id: string | undefined,
    action: string | undefined,
    body: unknown,
  ): SampleAnswer
}

/** Six agents in all states that there are, one of them with a name that wants to be something else. */
export const sampleFleet = (now: number): SampleFleet => {
  const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString()
  const agent = (
    index: number,
    more: Partial<AgentItem> & Pick<AgentItem, 'name' | 'segment' | 'state'>,
  ): AgentItem => ({
    id: 'abcdefghijklmnopqrstuvwx'.concat('abcdefgh'[index]!, '2'),
    stateSince: ago(86_400 * 30),
    stateReason: null,
    generation: 31 + index,
    version: '0.1.0',
    hostname: `scan${index}.${more.segment}.example.net`,
    platform: 'linux x64',
    fingerprint: `SHA256:${'Zm9yZXZlciBhbmQgYSBkYXkgbG9uZ2VyIHRoYW4'.slice(index)}${'x'.repeat(4 + index)}`,
    enrolledAt: ago(86_400 * 44),
    replaces: null,
    permitUntil: ago(-86_400 * 29),
    lastHeartbeat: ago(8 + index),
    clockOffsetMs: 14 * index,
    policy: 3,
    runs: 0,
    stopped: false,
    spool: { rows: 0, bytes: 0, mostBytes: 512 * 1024 ** 2, full: false },
    residentBytes: 71 * 1024 ** 2,
    scanning: 0,
    reports: { perMinute: 0, total: 9120, lastAt: ago(3000), delaySeconds: 1 },
    gaps: [],
    ...more,
  })
  let agents: AgentItem[] = [
    agent(0, {
      name: 'fra-scan-1',
      segment: 'frankfurt',
      state: 'active',
      runs: 1,
      scanning: 64,
      reports: { perMinute: 412.5, total: 88_204, lastAt: ago(1), delaySeconds: 2 },
      spool: { rows: 37, bytes: 190_000, mostBytes: 512 * 1024 ** 2, oldest: ago(3), full: false },
    }),
    agent(1, { name: 'fra-scan-2', segment: 'frankfurt', state: 'active', clockOffsetMs: -412_000, version: '0.0.9' }),
    agent(2, {
      name: 'dmz-scan-1',
      segment: 'dmz',
      state: 'silent',
      lastHeartbeat: ago(4 * 3600),
      gaps: [{ since: ago(4 * 3600), missing: 12, forgotten: 0 }],
    }),
    agent(3, {
      name: 'lab-template',
      segment: 'lab',
      state: 'quarantined',
      stateSince: ago(7200),
      stateReason: 'two copies of it were seen: two of its starts are at work at the same time',
    }),
    agent(4, {
      name: 'ams-scan-1\u202e',
      segment: 'amsterdam',
      state: 'waiting',
      lastHeartbeat: null,
      policy: null,
      spool: null,
    }),
    agent(5, { name: 'old-box', segment: 'dmz', state: 'revoked', stateReason: 'the machine was given back' }),
  ]
  const credentials: AgentDetail['credentials'] = [
    { credential: 'ssh-scan-frankfurt', order: 'o-118', attempt: 1, how: 'leased', lentAt: ago(40), endedAt: null },
    {
      credential: 'ldap-bind-corp',
      order: 'o-101',
      attempt: 1,
      how: 'leased',
      lentAt: ago(90_000),
      endedAt: ago(89_000),
    },
  ]
  let tokens: JoinTokenItem[] = [
    {
      id: 'tokentokentokentokentoken2',
      segment: 'amsterdam',
      name: 'ams-scan-2',
      replaces: null,
      approve: true,
      state: 'open',
      createdAt: ago(120),
      createdBy: 'amelia',
      expiresAt: ago(-780),
      tries: 0,
      usedAt: null,
      agent: null,
    },
  ]
  const policy: PolicyAnswer = {
    policy: {
      version: 3,
      issuedAt: ago(86_400 * 12),
      expires: null,
      selfMade: false,
      segments: ['frankfurt', 'dmz', 'lab'],
    },
    rootFingerprint: 'SHA256:bm9ib2R5IGVsc2UgaGFzIHRoaXMga2V5IGF0IGFsbA',
    ownRoot: false,
    orderKey: 'b3JkZXJzIGFyZSBzaWduZWQgYnkgdGhpcyBvbmUgaGVy',
    orderFingerprint: 'SHA256:b3JkZXJzIGFyZSBzaWduZWQgYnkgdGhpcyBvbmUgaGVy',
  }
  let logins: LoginItem[] = [
    {
      id: 'l1',
      account: 'CORP\\svc-scan',
      of: 'directory',
      agent: agents[0]!.id,
      state: 'waiting',
      accepted: 210,
      rejected: 1,
      lastAcceptedAt: ago(90_000),
      lastRejectedAt: ago(3000),
      lastPlace: 'ldaps://dc01.corp.example.net:636',
      suspendedAt: null,
      why: 'It was rejected, and one more wrong password may lock the account.',
      until: ago(-83_400),
    },
    {
      id: 'l2',
      account: 'scan',
      of: 'host',
      agent: agents[2]!.id,
      state: 'suspended',
      accepted: 11,
      rejected: 3,
      lastAcceptedAt: ago(7000),
      lastRejectedAt: ago(6400),
      lastPlace: 'ssh://web03.dmz.example.net:22',
      suspendedAt: ago(6400),
      why: 'It was rejected three times within ten minutes.',
      until: null,
    },
  ]
  const list = (): AgentList => ({
    agents,
    refused: [
      {
        source: agents[5]!.id,
        code: 'revoked',
        count: 1204,
        firstAt: ago(86_400),
        lastAt: ago(20),
        sentence: 'the agent was revoked; it has to be let in again with a new token',
      },
      {
        source: 'rollcall.report.<b>nobody</b>',
        code: 'unknown-agent',
        count: 3,
        firstAt: ago(4000),
        lastAt: ago(3900),
        sentence: 'there is no such agent',
      },
    ],
    fleet: {
      broker: 'connected',
      servers: ['tls://nats.example.net:4222'],
      version: '0.1.0',
      queue: { messages: 12, bytes: 88_000, oldest: ago(4) },
      lagSeconds: 4,
      embedded: { id: 'embedded', reports: { perMinute: 0.4, total: 12, lastAt: ago(120), delaySeconds: 0 }, gaps: [] },
    },
  })
  const detail = (one: AgentItem): AgentDetail => ({
    agent: one,
    credentials: one.segment === 'frankfurt' ? credentials : [],
    generations: [{ generation: one.generation, at: ago(40_000), permitUntil: ago(-86_400 * 29) }],
  })
  const ok = (body: unknown, status = 200): SampleAnswer => ({ status, body })

  return {
    answer(method, resource, id, action, body) {
      const known = agents.find((one) => one.id === id)
      switch (`${method} ${resource}${id === undefined ? '' : '/:id'}${action === undefined ? '' : `/${action}`}`) {
        case 'GET agents':
          return ok(list())
        case 'GET agents/:id':
          return known && ok(detail(known))
        case 'POST agents/:id/approve':
        case 'POST agents/:id/quarantine':
        case 'POST agents/:id/revoke': {
          if (known === undefined) return undefined
          const state = ({ approve: 'never-heard', quarantine: 'quarantined', revoke: 'revoked' } as const)[
            action as 'approve'
          ]
          const { reason = null } = (body ?? {}) as { reason?: string }
          const next = { ...known, state, stateReason: reason, stateSince: ago(0) }
          agents = agents.map((one) => (one.id === id ? next : one))
          return ok(detail(next))
        }
        case 'GET join-tokens':
          return ok({ tokens })
        case 'POST join-tokens': {
          const { segment, name = null } = body as { segment: string; name?: string }
          const token = {
            ...tokens[0]!,
            id: `new${tokens.length}`,
            segment,
            name,
            createdAt: ago(0),
            expiresAt: ago(-900),
          }
          tokens = [token, ...tokens]
          return ok(
            { token, value: 'rcj1.sample.c2VjcmV0LXNhbXBsZQ.ZGlnZXN0.cGlu', servers: list().fleet.servers },
            201,
          )
        }
        case 'DELETE join-tokens/:id':
          tokens = tokens.filter((one) => one.id !== id)
          return ok({ tokens })
        case 'GET policy':
          return ok(policy)
        case 'GET logins':
          return ok({ logins })
        case 'POST logins/:id/clear':
          logins = logins.map((one) => (one.id === id ? { ...one, state: 'new', why: null, until: null } : one))
          return ok({ logins })
        default:
          return undefined
      }
    },
  }
}
