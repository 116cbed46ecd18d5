import pino, { type Bindings, type ChildLoggerOptions, type DestinationStream, type Logger } from 'pino'

/** The log of what runs: one JSON object a line on standard error. */
export const openLog = (level: string): Logger => logTo(level, pino.destination(2))

/** For one-off commands, whose output is for people: only what went wrong inside. */
export const quietLog = (): Logger => openLog('error')

/**
 * The same to somewhere else. Nothing of ours logs a secret, and this is the second lock: fields by whose name they may be one are left out wherever they
 * stand, errors tell what they are and no more, and addresses keep no login.
 */
export const logTo = (level: string, stream: DestinationStream): Logger => {
  const log = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        log: (fields) => told(fields, MOST_DEPTH) as Record<string, unknown>,
      },
      // What is an error is made plain with all else.
      serializers: { err: (error: unknown) => error },
      hooks: {
        logMethod(given, method) {
          const [first, ...others] = given as unknown[]
          const args =
            first instanceof Error && others.length === 0
              ? [{ err: first }, withoutLogins(first.message)]
              : [
                  typeof first === 'string' ? withoutLogins(first) : first,
                  ...others.map((one) => told(one, MOST_DEPTH)),
                ]
          return method.apply(this, args as Parameters<typeof method>)
        },
      },
    },
    stream,
  )
  // What a part of the program puts before each of its lines is not asked of the formatters.
  // oxlint-disable-next-line typescript/unbound-method -- children of children are to be told whose they are
  const { child } = log
  Object.assign(log, {
    child(this: Logger, bindings: Bindings, options?: ChildLoggerOptions) {
      return Reflect.apply(child, this, [told(bindings, MOST_DEPTH) as Bindings, options])
    },
  })
  return log
}

const SECRET_NAME =
  /pass(?:word|phrase|wd|code)|secret|token|cookie|authoriz|api_?key|private_?key|^(?:seed|pin|permit|jwt|bearer|sealed)$/i
const HIDDEN = '[secret]'
const MOST_DEPTH = 8
const MOST_ITEMS = 200

/** A value as it may be told: without what may be secret, and no deeper than anybody reads. */
const told = (value: unknown, depth: number): unknown => {
  if (typeof value === 'string') return withoutLogins(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth === 0) return '[deeper]'
  if (value instanceof Error) return toldError(value, depth)
  if (ArrayBuffer.isView(value)) return '[bytes]'
  if (Array.isArray(value)) return value.slice(0, MOST_ITEMS).map((one) => told(one, depth - 1))
  if ('toJSON' in value && typeof value.toJSON === 'function') return told((value.toJSON as () => unknown)(), depth - 1)
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, MOST_ITEMS)
      .map(([name, one]) => [name, SECRET_NAME.test(name) ? HIDDEN : told(one, depth - 1)]),
  )
}

/** Errors of other programs carry along what was asked and answered. */
const toldError = (error: Error, depth: number): unknown => {
  const { name, message, stack, cause } = error
  const { code, errno, syscall, address, port, errors } = error as Error & Record<string, unknown>
  const plain = Object.entries({ code, errno, syscall, address, port }).filter(
    ([, one]) => typeof one === 'string' || typeof one === 'number',
  )
  return {
    type: name,
    message: withoutLogins(message),
    stack: withoutLogins(stack ?? ''),
    ...Object.fromEntries(plain),
    ...(cause instanceof Error ? { cause: told(cause, depth - 1) } : {}),
    ...(Array.isArray(errors) ? { errors: told(errors, depth - 1) } : {}),
  }
}

/** Addresses without the user and password that some have in front of the host. */
const withoutLogins = (text: string): string =>
  text.includes('://')
    ? text.replaceAll(/([a-z][\w+.-]{0,30}:\/\/)[^\s/@:]{0,256}:[^\s/]{0,1024}@/gi, `$1${HIDDEN}@`)
    : text
