import { accountDetail, hostDetail, overview } from '@rollcall/contract/api'
import type { FastifyInstance } from 'fastify'
import { Refusal } from '../refusal.ts'
import { answering } from './route.ts'
import type { Services } from './services.ts'
import { idParams } from './token-routes.ts'

const found = <T>(thing: T | undefined, what: string): T => {
  if (thing === undefined) throw new Refusal(404, 'not-found', `there is no such ${what}`)
  return thing
}

/** What is known: all at a glance, and one account or host with everything about it. */
export const inventoryRoutes = (app: FastifyInstance, { inventory }: Services) => {
  app.get(
    '/api/v1/overview',
    answering({ answer: overview }, () => inventory.overview()),
  )
  app.get(
    '/api/v1/accounts/:id',
    answering({ params: idParams, answer: accountDetail }, async ({ params: { id } }) =>
      found(await inventory.account(id), 'account'),
    ),
  )
  app.get(
    '/api/v1/hosts/:id',
    answering({ params: idParams, answer: hostDetail }, async ({ params: { id } }) =>
      found(await inventory.host(id), 'host'),
    ),
  )
}
