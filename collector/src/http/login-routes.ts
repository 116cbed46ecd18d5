import { loginList } from '@rollcall/contract/api'
import type { FastifyInstance } from 'fastify'
import { Refusal } from '../refusal.ts'
import { actorOf, answering } from './route.ts'
import type { Services } from './services.ts'
import { idParams } from './token-routes.ts'

/** Passwords that are held back so that no account is locked. To try one again is for people. */
export const loginRoutes = (app: FastifyInstance, { logins }: Services) => {
  app.get(
    '/api/v1/logins',
    answering({ answer: loginList }, async () => ({ logins: await logins.all() })),
  )
  app.post(
    '/api/v1/logins/:id/clear',
    answering({ params: idParams, answer: loginList }, async ({ params: { id }, request }) => {
      const actor = actorOf(request)
      if (actor.kind === 'token')
        throw new Refusal(403, 'person-required', 'whether a password is right is for people to see to, not for tokens')
      await logins.clear(id, actor.name)
      return { logins: await logins.all() }
    }),
  )
}
