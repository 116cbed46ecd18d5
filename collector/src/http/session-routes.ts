import { login, session, type Session } from '@rollcall/contract/api'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Origins } from './origins.ts'
import { answering } from './route.ts'
import type { Services } from './services.ts'

/** Browsers keep `__Host-` cookies from other hosts and paths, but take them over TLS only. */
export const sessionCookie = (secure: boolean) => (secure ? '__Host-rollcall' : 'rollcall_session')

/** Logging in and out. Open: whoever has no session yet asks here whether there is an account at all. */
export const sessionRoutes = (app: FastifyInstance, { entrance, version }: Services, from: Origins) => {
  const open = { config: { open: true } } as const
  const cookie = (request: FastifyRequest) =>
    ({ path: '/', httpOnly: true, sameSite: 'strict', secure: from.secure(request) }) as const
  const end = (request: FastifyRequest, reply: FastifyReply) =>
    reply.clearCookie(sessionCookie(from.secure(request)), cookie(request))
  const nobody = (): Session => ({ user: null, firstLogin: entrance.firstLogin(), version, expiresAt: null })

  app.get(
    '/api/v1/session',
    open,
    answering({ answer: session }, async ({ request: { actor } }) => ({
      ...nobody(),
      user: actor?.name ?? null,
      expiresAt: actor?.expiresAt ?? null,
    })),
  )

  app.post(
    '/api/v1/session',
    open,
    answering({ body: login, answer: session }, async ({ body, request, reply }) => {
      const { user, expiresAt, value } = await entrance.login(body, request.ip)
      if (request.actor) await entrance.logout(request.actor)
      void reply.setCookie(sessionCookie(from.secure(request)), value.reveal(), {
        ...cookie(request),
        expires: new Date(expiresAt),
      })
      return { ...nobody(), user, expiresAt }
    }),
  )

  app.delete(
    '/api/v1/session',
    open,
    answering({ answer: session }, async ({ request, reply }) => {
      if (request.actor) await entrance.logout(request.actor)
      void end(request, reply)
      return nobody()
    }),
  )
}
