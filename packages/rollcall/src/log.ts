import pino, { type Logger } from 'pino'

/** Fields that may hold what must not be logged, wherever they stand; nothing of ours logs them, and this is the second lock. */
const REDACTED = [
  'password',
  'passphrase',
  'privateKey',
  'secret',
  'token',
  'oneTimeSecret',
  'cookie',
  'authorization',
].flatMap((name) => [name, `*.${name}`, `*.*.${name}`])

/** The log of `up`: one JSON object a line on standard error. */
export const openLog = (level: string): Logger =>
  pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact: { paths: REDACTED, censor: '[secret]' } },
    pino.destination(2),
  )

/** For one-off commands, whose output is for people: only what went wrong inside. */
export const quietLog = (): Logger => openLog('error')
