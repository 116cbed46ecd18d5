import { addedException, addException, exceptionList } from '@rollcall/contract/api'
import type { FastifyInstance } from 'fastify'
import { actorOf, answering } from './route.ts'
import type { Services } from './services.ts'
import { idParams } from './token-routes.ts'

/** Stored credentials that are excepted, by whom, why and until when. */
export const exceptionRoutes = (app: FastifyInstance, { exceptions }: Services) => {
  app.get(
    '/api/v1/exceptions',
    answering({ answer: exceptionList }, async () => ({ exceptions: await exceptions.all() })),
  )

  app.post(
    '/api/v1/exceptions',
    answering({ body: addException, answer: addedException, status: 201 }, async ({ body, request }) => ({
      exception: await exceptions.add(body, actorOf(request).name),
    })),
  )

  app.delete(
    '/api/v1/exceptions/:id',
    answering({ params: idParams, answer: exceptionList }, async ({ params: { id }, request }) => {
      await exceptions.remove(id, actorOf(request).name)
      return { exceptions: await exceptions.all() }
    }),
  )
}
