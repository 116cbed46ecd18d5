import { problem, type Problem } from '@rollcall/contract/api'
import { reachability } from './reachability.ts'

/** What the server refused, in its own words. */
export class ServerProblem extends Error {
  override readonly name = 'ServerProblem'
  readonly problem: Problem

  constructor(what: Problem) {
    super(what.detail ?? what.title)
    this.problem = what
  }

  get status() {
    return this.problem.status
  }
}

/** Nothing answered, or only something in between did. */
export class ServerGone extends Error {
  override readonly name = 'ServerGone'
}

/** What was answered does not have the agreed form: the two sides are of different versions, or something in between answered. */
class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer'
}

interface Shape<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false }
}

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly body?: unknown
  readonly signal?: AbortSignal
}

/** Asks the server and reads its answer with the contract's shape. Throws `ServerProblem`, `ServerGone` or `UnexpectedAnswer`. */
export const request = async <T>(path: string, shape: Shape<T>, call: Call = {}): Promise<T> => {
  const response = await send(path, call)
  const parsed = shape.safeParse(await json(response))
  if (!parsed.success) throw new UnexpectedAnswer(`The answer to ${path.split('?')[0]} does not have the agreed form.`)
  return parsed.data
}

/** The same where the answer has no body worth reading. */
export const command = async (path: string, call: Call): Promise<void> => {
  await send(path, call)
}

const send = async (path: string, { method = 'GET', body, signal }: Call): Promise<Response> => {
  let response: Response
  try {
    response = await fetch(path, {
      method,
      credentials: 'same-origin',
      // The custom header makes a cross-site form impossible: only a script of this origin can send it.
      headers: {
        Accept: 'application/json, application/problem+json',
        ...(method === 'GET' ? {} : { 'X-Rollcall': '1' }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    })
  } catch (error) {
    if (signal?.aborted) throw error
    reachability.lost()
    throw new ServerGone('The server does not answer.', { cause: error })
  }
  if (response.ok) {
    reachability.answered()
    return response
  }
  const told = problem.safeParse(await json(response).catch(() => null))
  if (!told.success && response.status >= 502 && response.status <= 504) {
    reachability.lost()
    throw new ServerGone('The server does not answer.')
  }
  reachability.answered()
  throw new ServerProblem(
    told.success
      ? told.data
      : {
          type: 'about:blank',
          title: `The server answered with status ${response.status}.`,
          status: response.status,
          code: 'unexplained',
        },
  )
}

const json = async (response: Response): Promise<unknown> => {
  try {
    return await response.json()
  } catch (error) {
    throw new UnexpectedAnswer('The answer is not JSON.', { cause: error })
  }
}
