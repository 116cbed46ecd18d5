import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseRedisConf, redisUsers } from './redis-conf.ts'

const SERVER = '/usr/bin/redis-server'
const CLIENT = '/usr/bin/redis-cli'

describe.skipIf(!existsSync(SERVER) || !existsSync(CLIENT))(
  'beside a Redis server of this machine (package redis-server)',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'rollcall-redis-'))
    const socket = join(folder, 'redis.sock')
    const written = `port 0
unixsocket ${socket}
save ""
user alice on >secret ~* +@all
User "bo\\"b" on nopass ~public:* -@all +get
user 'carol' off #${'a'.repeat(64)} allkeys allcommands
`
    let server: ReturnType<typeof spawn> | undefined
    const asked = (...words: readonly string[]): unknown => {
      const { stdout } = spawnSync(CLIENT, ['-s', socket, '--json', ...words], { encoding: 'utf8' })
      // An error is no JSON.
      return stdout.startsWith('error:') ? undefined : JSON.parse(stdout)
    }
    beforeAll(async () => {
      writeFileSync(join(folder, 'redis.conf'), written)
      server = spawn(SERVER, [join(folder, 'redis.conf'), '--dir', folder], { stdio: 'ignore' })
      for (let tries = 0; tries < 200 && !existsSync(socket); tries++) await delay(20)
    })
    afterAll(() => {
      server?.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    })

    const theirs = (name: string) => {
      const told = asked('ACL', 'GETUSER', name) as {
        flags: string[]
        passwords: string[]
        commands: string
        keys: string
      }
      const nopass = told.flags.includes('nopass')
      return {
        on: told.flags.includes('on'),
        password: nopass ? 'empty' : told.passwords.length > 0 ? 'set' : 'none',
        all: told.commands === '+@all',
        allKeys: told.keys.split(' ').includes('~*'),
      }
    }
    const ours = (text: string) =>
      redisUsers(parseRedisConf(text, '')).map(({ name, on, password, commands, allKeys }) => [
        name,
        { on, password, all: commands === 'all', allKeys },
      ])

    test('users of a configuration are those that the server has of it', () => {
      expect(ours(written).map(([name]) => name)).toEqual(['alice', 'bo"b', 'carol'])
      for (const [name, told] of ours(written)) expect([name, told]).toEqual([name, theirs(String(name))])
    })

    test('rules come to the same, whatever their order', () => {
      const rule = fc.constantFrom(
        ...`on off nopass resetpass >one >two #${'b'.repeat(64)} ~* allkeys resetkeys ~a:* +@all -@all allcommands`.split(
          ' ',
        ),
        ...'nocommands +get -get +@read -@dangerous reset +config|get'.split(' '),
      )
      fc.assert(
        fc.property(fc.array(rule, { maxLength: 8 }), (rules) => {
          const result = asked('ACL', 'SETUSER', 'x', 'reset', ...rules)
          fc.pre(result === 'OK')
          expect(ours(`user x ${rules.join(' ')}\n`)).toEqual([['x', theirs('x')]])
        }),
        { numRuns: 60 },
      )
    })
  },
)

test('any text is directives, and users of any rules', () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string()), (text, rules) => {
      expect(redisUsers(parseRedisConf(`${text}\nuser x ${rules.join(' ')}`, '')).length).toBeLessThan(100)
    }),
  )
})
