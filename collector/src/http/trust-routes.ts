import { Readable } from 'node:stream'
import {
  approveTrust,
  collectKeys,
  decideTrust,
  forgetTrust,
  importedKnownHosts,
  importKnownHosts,
  knownHostsQuery,
  startedCollection,
  trustDone,
  trustSummary,
} from '@rollcall/contract/api'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Refusal } from '../refusal.ts'
import { actorOf, answering, streaming } from './route.ts'
import type { Services } from './services.ts'
import { idParams } from './token-routes.ts'

/** A known_hosts file of 8 MiB, every character of it escaped. */
const BODY_LIMIT = 20 * 1024 * 1024

/** By which keys targets are known. Whom to trust is for people: API tokens may look, and have keys asked for, and decide nothing. */
export const trustRoutes = (app: FastifyInstance, { trust }: Services) => {
  const person = (request: FastifyRequest): string => {
    const actor = actorOf(request)
    if (actor.kind === 'token')
      throw new Refusal(403, 'person-required', 'whom to trust is decided by people, not by tokens')
    return actor.name
  }

  app.get(
    '/api/v1/trust',
    answering({ answer: trustSummary }, async () => trust.summary()),
  )
  app.post(
    '/api/v1/trust/approve',
    answering({ body: approveTrust, answer: trustDone }, async ({ body, request }) => ({
      changed: await trust.approve(body, person(request)),
    })),
  )
  app.post(
    '/api/v1/trust/forget',
    answering({ body: forgetTrust, answer: trustDone }, async ({ body, request }) => ({
      changed: await trust.forget(body, person(request)),
    })),
  )
  app.post(
    '/api/v1/trust/:id/accept',
    answering(
      { params: idParams, body: decideTrust, answer: trustDone },
      async ({ params: { id }, body, request }) => ({ changed: await trust.accept(id, body, person(request)) }),
    ),
  )
  app.post(
    '/api/v1/trust/:id/reject',
    answering(
      { params: idParams, body: decideTrust, answer: trustDone },
      async ({ params: { id }, body, request }) => ({ changed: await trust.reject(id, body, person(request)) }),
    ),
  )
  app.post(
    '/api/v1/trust/collections',
    answering({ body: collectKeys, answer: startedCollection, status: 201 }, async ({ body, request }) => ({
      collection: await trust.collect(body, actorOf(request).name),
    })),
  )
  app.get(
    '/api/v1/trust/known-hosts',
    streaming({ query: knownHostsQuery }, async ({ query: { segment, keys }, reply }) =>
      reply
        .type('text/plain; charset=utf-8')
        .header('content-disposition', 'attachment; filename="known_hosts"')
        .send(Readable.from(trust.knownHosts(segment, keys))),
    ),
  )
  app.post(
    '/api/v1/trust/known-hosts',
    { bodyLimit: BODY_LIMIT },
    answering({ body: importKnownHosts, answer: importedKnownHosts }, async ({ body, request }) =>
      trust.importKnownHosts(body, person(request)),
    ),
  )
}
