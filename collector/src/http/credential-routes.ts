import { Readable } from 'node:stream'
import {
  addCredential,
  agentLeases,
  backedUpVault,
  backUpVault,
  checkedCredential,
  credentialList,
  lentByVault,
  rotateVault,
  suspendCredential,
  unsealVault,
} from '@rollcall/contract/api'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Actor } from '../access.ts'
import { auditLines } from '../audit-checkpoints.ts'
import { Refusal } from '../refusal.ts'
import { actorOf, answering, streaming } from './route.ts'
import type { Services } from './services.ts'
import { idParams } from './token-routes.ts'

/** A secret of the greatest length, sealed, with what is told of it. */
const BODY_LIMIT = 1024 * 1024
const LISTED_LEASES = 1000

/** Credentials that scan, the vault that keeps them, and the audit log. Secrets come sealed; none is ever answered. Tokens may only look. */
export const credentialRoutes = (app: FastifyInstance, { credentials, views: { store }, signAudit }: Services) => {
  const person = (request: FastifyRequest): Actor => {
    const actor = actorOf(request)
    if (actor.kind === 'token')
      throw new Refusal(403, 'person-required', 'credentials are given and taken by people, not by tokens')
    return actor
  }
  const list = async () => ({ credentials: [...credentials.all()], vault: await credentials.vault() })

  app.get('/api/v1/credentials', answering({ answer: credentialList }, list))
  app.post(
    '/api/v1/credentials',
    { bodyLimit: BODY_LIMIT },
    answering({ body: addCredential, answer: credentialList, status: 201 }, async ({ body, request }) => {
      await credentials.add(body.credential, body.sealed, person(request).name)
      return list()
    }),
  )
  app.delete(
    '/api/v1/credentials/:id',
    answering({ params: idParams, answer: credentialList }, async ({ params: { id }, request }) => {
      await credentials.remove(id, person(request).name)
      return list()
    }),
  )
  app.post(
    '/api/v1/credentials/:id/suspend',
    answering(
      { params: idParams, body: suspendCredential, answer: credentialList },
      async ({ params: { id }, body, request }) => {
        await credentials.suspend(id, person(request).name, body.reason ?? 'somebody suspended it')
        return list()
      },
    ),
  )
  app.post(
    '/api/v1/credentials/:id/resume',
    answering({ params: idParams, answer: credentialList }, async ({ params: { id }, request }) => {
      await credentials.resume(id, person(request).name)
      return list()
    }),
  )
  app.post(
    '/api/v1/credentials/:id/check',
    answering({ params: idParams, answer: checkedCredential }, async ({ params: { id } }) => credentials.check(id)),
  )

  app.get(
    '/api/v1/agents/:id/leases',
    answering({ params: idParams, answer: agentLeases }, async ({ params: { id } }) => {
      const names = new Map(credentials.all().map((one) => [one.id, one.name]))
      const nameOf = (credential: string) => names.get(credential) ?? null
      const [held, leases] = await Promise.all([store.agentCredentials.of(id), store.leases.of(id, LISTED_LEASES)])
      return {
        held: held.map(({ order, ...one }) => ({ ...one, name: nameOf(one.credential), run: order })),
        leases: leases.map((one) => ({ ...one, name: nameOf(one.credential) })),
      }
    }),
  )

  app.post(
    '/api/v1/vault/unseal',
    answering({ body: unsealVault, answer: credentialList }, async ({ body, request }) => {
      await credentials.unseal(body.passphrase, person(request).name)
      return list()
    }),
  )
  app.post(
    '/api/v1/vault/seal',
    answering({ answer: credentialList }, async ({ request }) => {
      await credentials.seal(person(request).name)
      return list()
    }),
  )
  app.post(
    '/api/v1/vault/rotate',
    answering({ body: rotateVault, answer: credentialList }, async ({ body, request }) => {
      await credentials.rotate(body.layer, body.passphrase, person(request).name)
      return list()
    }),
  )
  app.post(
    '/api/v1/vault/backup',
    answering({ body: backUpVault, answer: backedUpVault }, async ({ body, request }) => ({
      file: await credentials.backup(body.name, person(request).name),
    })),
  )
  app.get(
    '/api/v1/vault/lent',
    answering({ answer: lentByVault }, async () => credentials.lentByVault()),
  )

  app.get(
    '/api/v1/audit/export',
    streaming({}, async ({ request, reply }) => {
      person(request)
      // What is exported now ends with a signature.
      await signAudit?.()
      return reply.type('application/x-ndjson; charset=utf-8').send(Readable.from(auditLines(store)))
    }),
  )
}
