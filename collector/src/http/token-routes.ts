import { createdToken, createToken, tokenList } from '@rollcall/contract/api'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Actor } from '../access.ts'
import { Refusal } from '../refusal.ts'
import { actorOf, answering } from './route.ts'
import type { Services } from './services.ts'

export const idParams = z.object({ id: z.string().min(1).max(200) })

/** API tokens. A token makes no other tokens: whoever steals one does not get a spare. */
export const tokenRoutes = (app: FastifyInstance, { entrance, views: { store, now } }: Services) => {
  const person = (request: FastifyRequest): Actor => {
    const actor = actorOf(request)
    if (actor.kind === 'token')
      throw new Refusal(403, 'person-required', 'tokens are made and removed by people, not by tokens')
    return actor
  }

  app.get(
    '/api/v1/tokens',
    answering({ answer: tokenList }, async () => ({ tokens: await store.access.tokens() })),
  )

  app.post(
    '/api/v1/tokens',
    answering({ body: createToken, answer: createdToken, status: 201 }, async ({ body: { name }, request }) => {
      const by = person(request)
      const { id, createdAt, value } = await entrance.createToken(name, by)
      return { token: { id, name, createdAt, createdBy: by.name, lastUsedAt: null }, value: value.reveal() }
    }),
  )

  app.delete(
    '/api/v1/tokens/:id',
    answering({ params: idParams, answer: tokenList }, async ({ params: { id }, request }) => {
      const by = person(request)
      if (!(await store.access.removeToken(id))) throw new Refusal(404, 'not-found', 'there is no such token')
      await store.audit.append({
        at: now().toISOString(),
        actor: by.name,
        action: 'token-removed',
        object: id,
        detail: null,
      })
      return { tokens: await store.access.tokens() }
    }),
  )
}
