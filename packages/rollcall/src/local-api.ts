import { request, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { problem } from '@rollcall/contract/api'
import type { z } from 'zod'
import { UsageError } from './usage-error.ts'

/** Where a running collector listens for the commands of its owner: whoever may open the socket is its owner. */
export const socketIn = (folder: string): string => join(folder, 'rollcall.sock')

export interface LocalApi {
  /** Whether a collector runs on the data folder. */
  running(): Promise<boolean>
  /** Calls the API of the collector that runs on a data folder. Throws UsageError when none runs, or with the problem it answers. */
  call<Shape extends z.ZodType>(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    shape: Shape,
    body?: unknown,
  ): Promise<z.output<Shape>>
  /** The answer as it comes, for what is streamed. */
  stream(path: string, accept: string): Promise<IncomingMessage>
}

export const localApi = (folder: string): LocalApi => {
  const send = (method: string, path: string, accept: string, body?: unknown) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body)
      const call = request({
        socketPath: socketIn(folder),
        // A connection kept for the next call may be closed by then: a busy collector would look like one that broke off.
        agent: false,
        method,
        path,
        headers: {
          host: 'localhost',
          accept,
          'x-rollcall': '1',
          ...(text === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        },
      })
      call.on('response', resolve)
      call.on('error', (error: NodeJS.ErrnoException) => reject(notRunning(folder, error)))
      call.end(text)
    })

  const answered = async (response: IncomingMessage) => {
    if ((response.statusCode ?? 500) < 400) return response
    const parsed = problem.safeParse(JSON.parse((await textOf(response)) || '{}'))
    if (!parsed.success) throw new UsageError(`The collector answered ${response.statusCode}.`)
    const { title, detail, errors = [] } = parsed.data
    throw new UsageError(
      [detail ?? title, ...errors.map(({ pointer, detail }) => `  ${pointer}: ${detail}`)].join('\n'),
    )
  }

  return {
    async running() {
      try {
        ;(await send('GET', '/healthz', 'text/plain')).resume()
        return true
      } catch (error) {
        if (error instanceof UsageError && isAbsent(error.cause)) return false
        throw error
      }
    },
    async call(method, path, shape, body) {
      const text = await textOf(await answered(await send(method, path, 'application/json', body)))
      return shape.parse(text === '' ? undefined : JSON.parse(text))
    },
    stream: async (path, accept) => answered(await send('GET', path, accept)),
  }
}

const textOf = async (response: IncomingMessage) => {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

const notRunning = (folder: string, error: NodeJS.ErrnoException) => {
  if (error.code === 'EACCES')
    return new UsageError(`The data folder ${folder} belongs to another user; run this as its owner.`, { cause: error })
  if (isAbsent(error))
    return new UsageError(
      `No collector runs on ${folder}; start one with "rollcall up", or name its folder with --data.`,
      { cause: error },
    )
  return error
}

const isAbsent = (error: unknown): boolean => {
  const { code } = (error ?? {}) as NodeJS.ErrnoException
  return code === 'ENOENT' || code === 'ECONNREFUSED'
}
