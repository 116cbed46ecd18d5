import {
  accountDetail,
  directoryAccountDetail,
  directoryDetail,
  directoryGroupDetail,
  hostDetail,
  overview,
} from '@rollcall/contract/api'
import type { FastifyInstance } from 'fastify'
import { Refusal } from '../refusal.ts'
import { answering } from './route.ts'
import type { Services } from './services.ts'
import { idParams } from './token-routes.ts'

const found = <T>(thing: T | undefined, what: string): T => {
  if (thing === undefined) throw new Refusal(404, 'not-found', `there is no such ${what}`)
  return thing
}

/** What is known: all at a glance, and one account, host, directory or group with everything about it. */
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
  app.get(
    '/api/v1/directories/:id',
    answering({ params: idParams, answer: directoryDetail }, async ({ params: { id } }) =>
      found(await inventory.directory(id), 'directory'),
    ),
  )
  app.get(
    '/api/v1/directory-accounts/:id',
    answering({ params: idParams, answer: directoryAccountDetail }, async ({ params: { id } }) =>
      found(await inventory.directoryAccount(id), 'account'),
    ),
  )
  app.get(
    '/api/v1/directory-groups/:id',
    answering({ params: idParams, answer: directoryGroupDetail }, async ({ params: { id } }) =>
      found(await inventory.directoryGroup(id), 'group'),
    ),
  )
}
