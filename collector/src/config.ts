import { LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { scheduleProblem } from './schedule.ts'

/** A configuration is a page long; of a longer text the mistake is not looked for. */
const MAX_LOCATED = 64 * 1024

const schedule = z
  .strictObject({ expression: z.string().min(1).max(100), timeZone: z.string().min(1).max(64).default('UTC') })
  .superRefine((schedule, context) => {
    const problem = scheduleProblem(schedule)
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
  })

const publicUrl = z
  .url({ protocol: /^https?$/, error: 'expected an address such as https://rollcall.example.com' })
  .refine((url) => {
    const { pathname, search, hash, username } = new URL(url)
    return pathname === '/' && search === '' && hash === '' && username === ''
  }, 'expected an address without path, such as https://rollcall.example.com')

const shape = z.strictObject({
  listen: z
    .strictObject({
      host: z.string().min(1).max(253).default('127.0.0.1'),
      port: z.int().min(0).max(65_535).default(7878),
    })
    .prefault({}),
  /** Where people reach it, when by another name than it listens on. */
  publicUrls: z.array(publicUrl).max(20).default([]),
  /** PEM files. */
  tls: z.strictObject({ cert: z.string().min(1).max(4096), key: z.string().min(1).max(4096) }).optional(),
  /** When all target sets are scanned; absent: only when somebody asks. */
  schedule: schedule.optional(),
})

/** How a collector is set up, with what is not said filled in. */
export type CollectorConfig = z.output<typeof shape>

/** What is wrong in a configuration: where, and what was expected. */
export interface ConfigProblem {
  /** 1-based; absent for options that come from no file. */
  readonly line?: number
  /** Dotted, such as `listen.port`; empty for the whole. */
  readonly field: string
  readonly expected: string
}

/**
 * Reads a configuration file's text (JSON), overridden by options, which are of the same shape. Pure. Every mistake is told,
 * never what was written there.
 */
export const readConfig = (
  text: string | undefined,
  options: z.input<typeof shape> = {},
): { config: CollectorConfig } | { problems: ConfigProblem[] } => {
  let file: unknown = {}
  try {
    if (text !== undefined) file = JSON.parse(text)
  } catch {
    return { problems: [{ line: lineOfError(text ?? ''), field: '', expected: 'expected JSON' }] }
  }
  if (typeof file !== 'object' || file === null || Array.isArray(file))
    return { problems: [{ line: 1, field: '', expected: 'expected an object' }] }
  const result = shape.safeParse(overridden(file as Record<string, unknown>, options))
  if (result.success) return { config: result.data }
  return {
    problems: result.error.issues.flatMap((issue): ConfigProblem[] => {
      const unknown = issue.code === 'unrecognized_keys' ? issue.keys : [undefined]
      return unknown.map((key) => {
        const path = issue.path.map(String).concat(key === undefined ? [] : [key.slice(0, 64)])
        const line = text === undefined ? undefined : lineOfField(text, path)
        const expected =
          key === undefined ? issue.message : `there is no such setting; there are ${settings(path.length)}`
        const field = path.join('.')
        return line === undefined ? { field, expected } : { line, field, expected }
      })
    }),
  }
}

const settings = (depth: number) => (depth === 1 ? Object.keys(shape.shape).join(', ') : 'others in its place')

/** Options win, field by field. */
const overridden = (file: Record<string, unknown>, options: Record<string, unknown>): Record<string, unknown> => {
  const both: Record<string, unknown> = { ...file }
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined) continue
    const before = file[key]
    both[key] = isObject(before) && isObject(value) ? overridden(before, value) : value
  }
  return both
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const lineAt = (text: string, at: number) => text.slice(0, at).split('\n').length

/** JSON's own parser does not always say where it stopped. JSON is YAML, so YAML's tells where it is no JSON either. */
const lineOfError = (text: string): number => {
  const lines = new LineCounter()
  const [error] = parseDocument(text.slice(0, MAX_LOCATED), {
    schema: 'json',
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'silent',
  }).errors
  return error === undefined ? lineAt(text, text.length) : lines.linePos(error.pos[0]).line
}

/** The line on which a field's name stands, looked for inside its parent. */
const lineOfField = (text: string, path: readonly string[]): number | undefined => {
  let at = 0
  for (const part of path) {
    if (/^\d+$/.test(part)) continue
    const found = text.indexOf(JSON.stringify(part), at)
    if (found < 0) return at === 0 ? undefined : lineAt(text, at)
    at = found
  }
  return lineAt(text, at)
}
