import { Writable } from 'node:stream'
import { Secret } from '@rollcall/secret'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { logTo } from './log.ts'

const CANARY = 'Canary-7f3a9c-do-not-log'
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const

const logged = (write: (log: ReturnType<typeof logTo>) => void): string => {
  let text = ''
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      text += chunk.toString()
      done()
    },
  })
  write(logTo('trace', stream))
  return text
}

const FIELDS = [
  'password',
  'passphrase',
  'privateKey',
  'secret',
  'token',
  'oneTimeSecret',
  'cookie',
  'authorization',
  'joinToken',
  'apiKey',
  'pin',
  'permit',
  'seed',
] as const

test.each(LEVELS)('at %s no field that holds a secret is written, however deep it stands', (level) => {
  fc.assert(
    fc.property(
      fc.constantFrom(...FIELDS),
      fc.array(fc.constantFrom('a', 'err', 'req', 'headers', 'body', 'login', '0'), { maxLength: 8 }),
      fc.boolean(),
      (field, path, inArray) => {
        const leaf: unknown = { [field]: CANARY }
        const nested = path.reduceRight((inner, name) => ({ [name]: inArray ? [inner] : inner }), leaf)
        const text = logged((log) => log[level](nested as object, 'something happened'))
        expect(text).toContain('something happened')
        expect(text).not.toContain(CANARY)
      },
    ),
  )
})

test('a Secret is written by no way of logging', () => {
  const secret = Secret.ofText(CANARY)
  const error = Object.assign(new Error('it failed'), { login: { secret, password: CANARY }, cause: { value: secret } })
  const text = logged((log) => {
    for (const level of LEVELS) {
      log[level](secret)
      log[level]({ anything: secret, list: [secret], deep: { deeper: { deepest: secret } } })
      log[level]('of %s', secret)
      log[level]('of %o', { secret, other: secret })
      log[level]('of %j', { other: secret })
      log[level]({ err: error }, 'failed')
      log[level](error)
    }
    const child = log.child({ password: CANARY, module: 'x', inner: { token: CANARY } })
    child.info({ secret: CANARY }, 'from a child')
    child.child({ authorization: `Bearer ${CANARY}` }).warn('from a grandchild')
  })
  expect(text.split('\n').length).toBeGreaterThan(LEVELS.length * 7)
  expect(text).not.toContain(CANARY)
})

test('what an error of another program carries along is not written', () => {
  const error = Object.assign(new Error('the request failed'), {
    config: { headers: { authorization: `Bearer ${CANARY}` } },
    response: { request: { password: CANARY } },
  })
  const outer = new Error('outside', { cause: error })
  const text = logged((log) => {
    log.error({ err: outer }, 'failed')
    log.error({ err: new AggregateError([error, outer], 'all of them') }, 'failed')
    log.warn({ error }, 'failed')
  })
  expect(text).toContain('outside')
  expect(text).not.toContain(CANARY)
})

test('addresses keep no user and password', () => {
  const text = logged((log) => {
    log.info({ url: `https://ann:${CANARY}@example.com/x` }, 'asked')
    log.info(`asked nats://ann:${CANARY}@10.0.0.1:4222`)
    log.info({ err: new Error(`cannot reach ldap://cn=x:${CANARY}@dc/`) }, 'no')
  })
  expect(text).not.toContain(CANARY)
  expect(text).toContain('example.com/x')
})
