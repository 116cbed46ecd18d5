import {
  agentDetail,
  agentList,
  agentReason,
  createdJoinToken,
  createJoinToken,
  joinTokenList,
  policyAnswer,
  usePolicy,
  type AgentItem,
  type JoinTokenItem,
  type PolicyAnswer,
} from '@rollcall/contract/api'
import { resyncOrder } from '@rollcall/contract/bus'
import { fingerprint } from '@rollcall/secret'
import type { JoinTokenRow } from '@rollcall/store'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Actor } from '../access.ts'
import type { SeenAgent } from '../fleet/agents.ts'
import { beatOf } from '../fleet/beat.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { gapsOf } from '../fleet/spool-gaps.ts'
import { Refusal } from '../refusal.ts'
import { actorOf, answering } from './route.ts'
import type { Services } from './services.ts'
import { idParams } from './token-routes.ts'

/** Agents, how they are let in, and what they may be asked to do. Whom to trust is for people: API tokens may look, and change nothing. */
export const fleetRoutes = (app: FastifyInstance, services: Services) => {
  const {
    fleet: given,
    pace,
    queue,
    views: { store, now },
  } = services
  const fleet = (): Fleet => {
    if (given === undefined)
      throw new Refusal(
        409,
        'no-broker',
        'this collector has no broker, and so no agents but the one within it; start it with "rollcall up --nats"',
      )
    return given
  }
  const person = (request: FastifyRequest): Actor => {
    const actor = actorOf(request)
    if (actor.kind === 'token')
      throw new Refusal(403, 'person-required', 'whom to trust is decided by people, not by tokens')
    return actor
  }
  /** What an agent's reports come in like, and what is missing of them. */
  const reporting = async () => {
    const spools = Map.groupBy(await store.spools.all(), ({ agent }) => agent)
    return (id: string) => ({ reports: pace.of(id), gaps: gapsOf(spools.get(id) ?? [], now()) })
  }
  const detailOf = async (id: string) => {
    const { agents } = fleet()
    const of = await reporting()
    const agent = agents.byId(id)
    if (agent === undefined) throw new Refusal(404, 'not-found', 'there is no such agent; "rollcall agents" lists them')
    return {
      agent: { ...itemOf(agent), ...of(id) },
      credentials: [...(await agents.credentials(id))],
      generations: (await agents.generations(id)).map(({ generation, at, permitUntil }) => ({
        generation,
        at,
        permitUntil,
      })),
    }
  }

  app.get(
    '/api/v1/agents',
    answering({ answer: agentList }, async () => {
      const of = await reporting()
      const waiting = await queue.look()
      return {
        agents: given === undefined ? [] : given.agents.all().map((agent) => ({ ...itemOf(agent), ...of(agent.id) })),
        refused: given === undefined ? [] : await given.agents.refusals(),
        fleet: {
          broker:
            given === undefined
              ? ('none' as const)
              : waiting === undefined
                ? ('away' as const)
                : ('connected' as const),
          servers: [...(given?.servers ?? [])],
          version: services.version,
          queue:
            waiting === undefined
              ? null
              : {
                  messages: waiting.messages,
                  bytes: waiting.bytes,
                  oldest: waiting.messages === 0 ? null : new Date(now().getTime() - waiting.oldestMs).toISOString(),
                },
          lagSeconds: queue.lagSeconds,
          embedded: { id: services.agent, ...of(services.agent) },
        },
      }
    }),
  )
  app.get(
    '/api/v1/agents/:id',
    answering({ params: idParams, answer: agentDetail }, async ({ params: { id } }) => detailOf(id)),
  )
  app.post(
    '/api/v1/agents/:id/approve',
    answering({ params: idParams, answer: agentDetail }, async ({ params: { id }, request }) => {
      await fleet().agents.approve(id, person(request).name)
      return detailOf(id)
    }),
  )
  app.post(
    '/api/v1/agents/:id/quarantine',
    answering(
      { params: idParams, body: agentReason, answer: agentDetail },
      async ({ params: { id }, body, request }) => {
        await fleet().agents.quarantine(id, person(request).name, body.reason ?? 'somebody put it aside')
        return detailOf(id)
      },
    ),
  )
  app.post(
    '/api/v1/agents/:id/revoke',
    answering(
      { params: idParams, body: agentReason, answer: agentDetail },
      async ({ params: { id }, body, request }) => {
        await fleet().agents.revoke(id, person(request).name, body.reason)
        return detailOf(id)
      },
    ),
  )
  app.post(
    '/api/v1/agents/:id/resync',
    answering({ params: idParams, answer: agentDetail }, async ({ params: { id }, request }) => {
      const { name: actor } = person(request)
      const detail = await detailOf(id)
      if (fleet().agents.byId(id)?.state !== 'active')
        throw new Refusal(409, 'not-active', `agent ${detail.agent.name} is ${detail.agent.state}; it takes no orders`)
      const order = resyncOrder.write({ reason: `asked by ${actor}`.slice(0, 200) })
      await fleet().orders.give({ kind: 'resync', segment: detail.agent.segment, agent: id, order })
      await store.audit.append({ at: now().toISOString(), actor, action: 'agent-resync', object: id, detail: null })
      return detail
    }),
  )

  app.get(
    '/api/v1/join-tokens',
    answering({ answer: joinTokenList }, async () => ({
      tokens: given === undefined ? [] : (await given.tokens.all()).map((row) => tokenOf(row, now())),
    })),
  )
  app.post(
    '/api/v1/join-tokens',
    answering(
      { body: createJoinToken, answer: createdJoinToken, status: 201 },
      async ({ body: { ttlSeconds, name, replaces, ...wish }, request }) => {
        const { row, token } = await fleet().tokens.create(
          {
            ...wish,
            ttlMs: ttlSeconds * 1000,
            ...(name === undefined ? {} : { name }),
            ...(replaces === undefined ? {} : { replaces }),
          },
          person(request).name,
        )
        return { token: tokenOf(row, now()), value: token.reveal(), servers: [...fleet().servers] }
      },
    ),
  )
  app.delete(
    '/api/v1/join-tokens/:id',
    answering({ params: idParams, answer: joinTokenList }, async ({ params: { id }, request }) => {
      const { tokens } = fleet()
      await tokens.revoke(id, person(request).name)
      return { tokens: (await tokens.all()).map((row) => tokenOf(row, now())) }
    }),
  )

  app.get(
    '/api/v1/policy',
    answering({ answer: policyAnswer }, async () => policyOf(fleet())),
  )
  app.post(
    '/api/v1/policy',
    answering({ body: usePolicy, answer: policyAnswer }, async ({ body: { signed }, request }) => {
      await fleet().policy.use(Buffer.from(signed, 'base64url'), person(request).name)
      return policyOf(fleet())
    }),
  )
}

const itemOf = (agent: SeenAgent): Omit<AgentItem, 'reports' | 'gaps'> => {
  const beat = beatOf(agent)
  return {
    id: agent.id,
    name: agent.name,
    segment: agent.segment,
    state: agent.seen,
    stateSince: agent.stateSince,
    stateReason: agent.stateReason,
    generation: agent.generation,
    version: agent.about.version,
    hostname: agent.about.hostname,
    platform: agent.about.platform,
    fingerprint: fingerprint(Buffer.from(agent.signingKey, 'base64url')),
    enrolledAt: agent.enrolledAt,
    replaces: agent.replaces,
    permitUntil: agent.permitUntil,
    lastHeartbeat: agent.lastHeartbeat,
    clockOffsetMs: agent.clockOffsetMs,
    policy: beat?.policy ?? null,
    runs: beat?.runs ?? null,
    stopped: beat?.stopped ?? null,
    spool: beat?.spool ?? null,
    residentBytes: beat?.load?.residentBytes ?? null,
    scanning: beat?.load?.scanning ?? null,
  }
}

const tokenOf = ({ secretHash: _, usedKeys: __, ...row }: JoinTokenRow, now: Date): JoinTokenItem => ({
  ...row,
  state: row.state === 'open' && Date.parse(row.expiresAt) <= now.getTime() ? 'expired' : row.state,
})

const policyOf = ({ policy, keys }: Fleet): PolicyAnswer => {
  const statement = policy.current?.statement
  return {
    policy:
      statement === undefined
        ? null
        : {
            version: statement.version,
            issuedAt: statement.issuedAt,
            expires: statement.expires ?? null,
            selfMade: statement.selfMade,
            segments: Object.keys(statement.segments),
          },
    rootFingerprint: fingerprint(keys.rootKey),
    ownRoot: keys.ownRoot !== undefined,
    orderKey: Buffer.from(keys.order.public).toString('base64url'),
    orderFingerprint: fingerprint(keys.order.public),
  }
}
