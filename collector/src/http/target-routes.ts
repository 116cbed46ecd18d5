import { addedTargets, addTargets, targetSetList } from '@rollcall/contract/api'
import type { FastifyInstance } from 'fastify'
import { actorOf, answering } from './route.ts'
import type { Services } from './services.ts'
import { idParams } from './token-routes.ts'

/** An inventory of 5 MiB, every character of it escaped, and as many entries besides. */
const BODY_LIMIT = 16 * 1024 * 1024

/** Target sets: what is scanned. */
export const targetRoutes = (app: FastifyInstance, { targets }: Services) => {
  app.get(
    '/api/v1/targets',
    answering({ answer: targetSetList }, async () => ({ targets: await targets.all() })),
  )

  app.post(
    '/api/v1/targets',
    { bodyLimit: BODY_LIMIT },
    answering({ body: addTargets, answer: addedTargets, status: 201 }, async ({ body, request }) => ({
      target: await targets.add(body, actorOf(request).name),
    })),
  )

  app.delete(
    '/api/v1/targets/:id',
    answering({ params: idParams, answer: targetSetList }, async ({ params: { id }, request }) => {
      await targets.remove(id, actorOf(request).name)
      return { targets: await targets.all() }
    }),
  )
}
