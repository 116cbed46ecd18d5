import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import type { z } from 'zod'
import type { Actor } from '../access.ts'
import { Refusal } from '../refusal.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answered without knowing who asks. Every other route is not. */
    open?: true
  }
  interface FastifyRequest {
    /** Who asks; null only on open routes. */
    actor: Actor | null
  }
}

/** A request whose parts are of their shapes. */
export interface Asked<Params, Query, Body> {
  readonly params: Params
  readonly query: Query
  readonly body: Body
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

interface Shapes<Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType, Answer extends z.ZodType> {
  readonly params?: Params
  readonly query?: Query
  readonly body?: Body
  readonly answer: Answer
  /** Default 200. */
  readonly status?: number
}

/**
 * A handler between two shapes: what does not fit is refused with a pointer to it, and what is answered is only what the
 * answer's shape names. An answer that does not fit is our fault, and rises.
 */
export const answering = <
  Answer extends z.ZodType,
  Params extends z.ZodType = z.ZodUndefined,
  Query extends z.ZodType = z.ZodUndefined,
  Body extends z.ZodType = z.ZodUndefined,
>(
  shapes: Shapes<Params, Query, Body, Answer>,
  handle: (asked: Asked<z.output<Params>, z.output<Query>, z.output<Body>>) => Promise<z.input<Answer>>,
): RouteHandlerMethod =>
  async function (request, reply) {
    const answer = await handle(asked(shapes, request, reply))
    const written = shapes.answer.parse(answer)
    void reply.code(shapes.status ?? 200)
    return written
  }

/** The same for what answers with a stream or with nothing. */
export const streaming = <Params extends z.ZodType = z.ZodUndefined, Query extends z.ZodType = z.ZodUndefined>(
  shapes: { readonly params?: Params; readonly query?: Query },
  handle: (asked: Asked<z.output<Params>, z.output<Query>, undefined>) => Promise<FastifyReply>,
): RouteHandlerMethod =>
  async function (request, reply) {
    return handle(asked(shapes, request, reply) as Asked<z.output<Params>, z.output<Query>, undefined>)
  }

const asked = <Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType>(
  { params, query, body }: { readonly params?: Params; readonly query?: Query; readonly body?: Body },
  request: FastifyRequest,
  reply: FastifyReply,
): Asked<z.output<Params>, z.output<Query>, z.output<Body>> => ({
  params: fitting(params, request.params),
  query: fitting(query, request.query),
  body: fitting(body, request.body),
  request,
  reply,
})

const fitting = <Shape extends z.ZodType>(shape: Shape | undefined, value: unknown): z.output<Shape> => {
  if (shape === undefined) return undefined as z.output<Shape>
  const result = shape.safeParse(value)
  if (result.success) return result.data
  const errors = result.error.issues.flatMap(mistakes).slice(0, 20)
  throw new Refusal(400, 'invalid-request', 'the request is not of the expected form', { errors })
}

/** Where a shape is one of several, the mistakes of the one that came nearest are told. */
const mistakes = (issue: z.core.$ZodIssue): { pointer: string; detail: string }[] => {
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const nearest = issue.errors.reduce((least, issues) => (issues.length <= least.length ? issues : least))
    return nearest.flatMap(mistakes)
  }
  const pointer = issue.path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
  return [
    {
      pointer: pointer.slice(0, 200),
      detail: issue.code === 'unrecognized_keys' ? 'there are fields that are not known here' : issue.message,
    },
  ]
}

/** Who asks. Only for routes that are not open. */
export const actorOf = (request: FastifyRequest): Actor => {
  if (request.actor === null) throw new Error(`${request.routeOptions.url} is open and asked who asks`)
  return request.actor
}
