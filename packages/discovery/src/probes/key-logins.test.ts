import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import * as fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { exampleContext, exampleHost, exampleTools } from '../testing/example-host.ts'
import { parseLoginLog } from '../formats/logins/login-log.ts'
import { exampleOutput } from '../probe.ts'
import { scanHost } from '../scan.ts'
import keyLogins from './key-logins.ts'

const folder = mkdtempSync(join(tmpdir(), 'rollcall-key-logins-'))
const servers: ChildProcess[] = []
afterAll(() => {
  for (const server of servers) server.kill()
  rmSync(folder, { recursive: true })
})

const run = (argv: readonly string[], input = '') =>
  execFileSync(argv[0]!, argv.slice(1), { encoding: 'utf8', input, stdio: ['pipe', 'pipe', 'ignore'] })

const root = process.getuid?.() === 0
const has = (...programs: string[]) => {
  try {
    return root && programs.every((program) => run(['sh', '-c', `command -v ${program}`]) !== '')
  } catch {
    return false
  }
}

const now = Date.parse('2026-11-22T12:00:00Z')

describe('lines without a year', () => {
  const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
  const written = (at: number, offset: number) => {
    const local = new Date(at + offset * 60_000)
    return `${MONTHS[local.getUTCMonth()]} ${String(local.getUTCDate()).padStart(2)} ${local.toISOString().slice(11, 19)}`
  }

  test('are of the years in which nothing goes back in time and nothing is in the future', () => {
    const hour = 3_600_000
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 330 * 24 }), { maxLength: 12 }),
        fc.integer({ min: -12 * 60, max: 14 * 60 }),
        (gaps, offset) => {
          let at = now
          const times = gaps.map((gap) => (at -= gap * hour)).toReversed()
          const text = times
            .map(
              (at, index) =>
                `${written(at, offset)} h sshd[1]: Accepted password for a${index} from 10.0.0.1 port 1 ssh2\n`,
            )
            .join('')
          const { logins, since } = parseLoginLog(text, { hostname: 'h', until: now, offset })
          expect(logins.map(({ at }) => at).toReversed()).toEqual(times)
          expect(since).toBe(times[0])
        },
      ),
    )
  })

  test('a 29 February is of a leap year', () => {
    const text = 'Feb 29 10:00:00 h sshd[1]: Accepted password for a from 10.0.0.1 port 1 ssh2'
    expect(parseLoginLog(text, { until: now, offset: 0 }).logins).toMatchObject([
      { at: Date.parse('2024-02-29T10:00:00Z') },
    ])
  })
})

describe('what somebody else may choose', () => {
  const forged =
    'Accepted publickey for root from 1.2.3.4 port 1 ssh2: RSA SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA'

  test.each([
    `Nov 20 10:00:00 h sshd[1]: Failed password for invalid user NAME from 10.0.0.1 port 1 ssh2`,
    `Nov 20 10:00:00 h sshd[1]: Invalid user NAME from 10.0.0.1 port 1`,
    `Nov 20 10:00:00 h app[1]: NAME`,
    `Nov 20 10:00:00 h NAME`,
    `2026-11-20T10:00:00+00:00 h app: NAME`,
    `1795329869.123456 h kernel: NAME`,
    `NAME`,
  ])('is never a login: %s', (line) => {
    const pieces = fc.array(
      fc.constantFrom(
        forged,
        'sshd[1]: ',
        'h ',
        ' ',
        'Nov 20 10:00:00 ',
        '1795329869 ',
        ']: ',
        "'",
        'dropbear[7]: ',
        'x',
        '\r',
        '\t',
      ),
      { maxLength: 6 },
    )
    fc.assert(
      fc.property(pieces, (all) => {
        const name = all.join('')
        // A whole line of the server itself, or what would be one, cannot be told from the truth.
        fc.pre(!/^(?:h )?(?:sshd|dropbear)\[\d+\]: |^(?:Nov|1795329869)/.test(name))
        const text = `${line.replace('NAME', name)}\n`
        expect(parseLoginLog(text, { hostname: 'h', until: now, offset: 0 }).logins).toEqual([])
      }),
    )
  })

  test('takes time in proportion to its length, and no exception', () => {
    for (const unit of ['a', ' ', '\n', 'Nov 20 10:00:00 h sshd[1]: Accepted a for ', ' from ', "'", forged])
      expect(parseLoginLog(unit.repeat(200_000 / unit.length), { until: now, offset: 0 }).logins).toEqual([])
  })

  test('text of any kind gives logins that are not in the future', () => {
    const piece = fc.constantFrom(
      'Nov 20 10:00:00 ',
      'Dec 31 23:59:60 ',
      '99999999999 ',
      '2099-01-01T00:00:00Z ',
      '2026-02-30T99:00:00Z ',
      'h sshd[1]: ',
      forged,
      '\n',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 30 }), (pieces) => {
        const { logins } = parseLoginLog(pieces.join(''), { until: now, offset: 0 })
        for (const { at } of logins) expect(at).toBeLessThanOrEqual(now)
      }),
    )
  })
})

describe('a host without any log', () => {
  const outcome = async (world: Parameters<typeof exampleHost>[0]) => {
    const { host } = exampleHost(world)
    return (await scanHost(host, [keyLogins], exampleTools)).sections[0]!.outcome
  }
  const empty = { programs: { journalctl: '', date: '+0000\n' } }

  test('is absent, whether or not it has a program that would read one', async () => {
    expect(await outcome({})).toMatchObject({ status: 'absent' })
    expect(await outcome(empty)).toMatchObject({ status: 'absent' })
  })

  test('is denied where the scan account may not see whether there is one', async () => {
    expect(await outcome({ ...empty, rights: 'user' })).toMatchObject({ status: 'denied' })
  })

  test('and one whose log has no login is complete', async () => {
    expect(await outcome({ files: { '/var/log/auth.log': '' } })).toMatchObject({ status: 'complete' })
  })
})

describe.runIf(has('/usr/sbin/sshd', 'ssh-keygen'))('against a real sshd', () => {
  test('the account, the key and the authority are those that let somebody in', async () => {
    for (const name of ['host', 'user', 'certified', 'authority'])
      run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)])
    const { username } = userInfo()
    run([
      'ssh-keygen',
      '-q',
      '-s',
      join(folder, 'authority'),
      '-I',
      'x (serial 1) CA RSA SHA256:no from 9.9.9.9',
      '-n',
      username,
      join(folder, 'certified.pub'),
    ])
    writeFileSync(join(folder, 'keys'), readFileSync(join(folder, 'user.pub')))
    const port = await freePort()
    const log = join(folder, 'sshd.log')
    mkdirSync('/run/sshd', { recursive: true })
    servers.push(
      spawn('/usr/sbin/sshd', [
        '-D',
        '-f',
        '/dev/null',
        '-E',
        log,
        '-h',
        join(folder, 'host'),
        ...[
          'ListenAddress=127.0.0.1',
          `Port=${port}`,
          'PermitRootLogin=yes',
          'StrictModes=no',
          'UsePAM=no',
          'PidFile=none',
        ].flatMap((option) => ['-o', option]),
        ...[`AuthorizedKeysFile=${join(folder, 'keys')}`, `TrustedUserCAKeys=${join(folder, 'authority.pub')}`].flatMap(
          (option) => ['-o', option],
        ),
      ]),
    )
    await until(() => readFileSync(log, 'utf8').includes('listening'))
    for (const key of ['user', 'certified'])
      run([
        'ssh',
        '-F',
        'none',
        '-i',
        join(folder, key),
        '-o',
        'IdentitiesOnly=yes',
        '-o',
        'StrictHostKeyChecking=no',
        '-o',
        'UserKnownHostsFile=/dev/null',
        '-p',
        `${port}`,
        `${username}@127.0.0.1`,
        'true',
      ])
    const tagged = readFileSync(log, 'utf8').replaceAll('\r', '').replaceAll(/^/gm, '1795329869.5 h sshd[1]: ')
    const printed = (name: string) => run(['ssh-keygen', '-l', '-f', join(folder, `${name}.pub`)]).split(' ')[1]
    expect(parseLoginLog(tagged, { hostname: 'h', until: now, offset: 0 }).logins.toReversed()).toEqual([
      { account: username, at: 1_795_329_869_000, from: '127.0.0.1', keys: [printed('user')] },
      {
        account: username,
        at: 1_795_329_869_000,
        from: '127.0.0.1',
        keys: [printed('certified'), printed('authority')],
      },
    ])
  })
})

describe.runIf(has('dropbear', 'dropbearkey', 'ssh'))('against a real dropbear', () => {
  test('the account and the key are those that let somebody in', async () => {
    run(['dropbearkey', '-t', 'ed25519', '-f', join(folder, 'dropbear')])
    run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'drop')])
    const home = join(folder, 'home')
    mkdirSync(join(home, '.ssh'), { recursive: true })
    for (const path of [home, join(home, '.ssh')]) chmodSync(path, 0o700)
    writeFileSync(join(home, '.ssh/authorized_keys'), readFileSync(join(folder, 'drop.pub')), { mode: 0o600 })
    writeFileSync(join(folder, 'passwd'), `dora:x:0:0::${home}:/bin/sh\n`)
    const port = await freePort()
    const server = spawn('unshare', [
      '-m',
      'sh',
      '-c',
      `mount --bind ${join(folder, 'passwd')} /etc/passwd && exec dropbear -F -E -r ${join(folder, 'dropbear')} -p 127.0.0.1:${port} -P ''`,
    ])
    servers.push(server)
    let said = ''
    server.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    await until(() => said.includes('Not backgrounding'))
    run([
      'ssh',
      '-F',
      'none',
      '-i',
      join(folder, 'drop'),
      '-o',
      'IdentitiesOnly=yes',
      '-o',
      'StrictHostKeyChecking=no',
      '-o',
      'UserKnownHostsFile=/dev/null',
      '-p',
      `${port}`,
      'dora@127.0.0.1',
      'true',
    ])
    await until(() => said.includes('auth succeeded'))
    // On standard error it writes the process id and the time itself.
    const tagged = said.replaceAll(
      /^\[(\d+)\] [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d /gm,
      'Nov 20 10:00:00 h authpriv.notice dropbear[$1]: ',
    )
    expect(parseLoginLog(tagged, { hostname: 'h', until: now, offset: 0 }).logins).toEqual([
      {
        account: 'dora',
        at: Date.parse('2026-11-20T10:00:00Z'),
        from: '127.0.0.1',
        keys: [run(['ssh-keygen', '-l', '-f', join(folder, 'drop.pub')]).split(' ')[1]],
      },
    ])
  })
})

describe.runIf(has('/lib/systemd/systemd-journal-remote', 'journalctl'))('against a real journal', () => {
  const machine = '11112222333344445555666677778888'
  const entry = (seconds: number, uid: number, message: string, tag = 'sshd') =>
    [
      `__REALTIME_TIMESTAMP=${seconds}000000`,
      `__MONOTONIC_TIMESTAMP=${seconds}`,
      '_BOOT_ID=0f0e0d0c0b0a09080706050403020100',
      `_MACHINE_ID=${machine}`,
      '_HOSTNAME=host',
      `_UID=${uid}`,
      `SYSLOG_IDENTIFIER=${tag}`,
      '_PID=7',
      `MESSAGE=${message}`,
      '\n',
    ].join('\n')

  test('what sshd wrote counts, what another account wrote in its name does not, and the beginning is known', async () => {
    const seconds = Math.floor(Date.now() / 1000)
    const login = (name: string) => `Accepted password for ${name} from 10.0.0.1 port 1 ssh2`
    const journal = join(folder, 'journal', machine)
    mkdirSync(journal, { recursive: true })
    run(
      ['/lib/systemd/systemd-journal-remote', '-o', join(journal, 'system.journal'), '-'],
      entry(seconds - 9_000_000, 0, 'Server listening on 0.0.0.0 port 22.') +
        entry(seconds - 3600, 0, login('alice'), 'sshd-session') +
        entry(seconds - 60, 1000, login('forged')) +
        entry(seconds - 50, 0, login('also-forged'), 'app'),
    )
    writeFileSync(join(folder, 'machine-id'), `${machine}\n`)
    const { host, asked } = exampleHost({ programs: { date: '+0000\n' } })
    await scanHost(host, [keyLogins], exampleTools)
    const [journalArgv, headerArgv] = asked().flatMap((request) =>
      request.kind === 'run' && request.argv[0] === 'journalctl' ? [request.argv] : [],
    )
    const script = `mount -t tmpfs none /var/log && mkdir /var/log/journal && mount --bind ${join(folder, 'journal')} /var/log/journal && mount --bind ${join(folder, 'machine-id')} /etc/machine-id && exec "$@"`
    const inside = (argv: readonly string[]) => exampleOutput(run(['unshare', '-m', 'sh', '-c', script, 'sh', ...argv]))
    const parsed = keyLogins.parse(
      { logs: [], journal: inside(journalArgv!), headers: inside(headerArgv!), zone: exampleOutput('+0000\n') },
      { ...exampleContext, now: new Date() },
    )
    const instant = (at: number) => new Date(at * 1000).toISOString()
    expect(parsed.findings).toEqual([
      {
        kind: 'usage',
        consumer: 'login',
        account: 'alice',
        lastUsed: instant(seconds - 3600).replace('.000', ''),
        from: '10.0.0.1',
        place: { path: '/var/log/journal' },
      },
    ])
    expect(parsed.notes).toEqual([
      { code: 'no-earlier', detail: `logins are known since ${instant(seconds - 9_000_000).slice(0, 10)}` },
    ])
  })
})

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })

const until = async (holds: () => boolean) => {
  for (let tries = 0; tries < 100; tries++) {
    try {
      if (holds()) return
    } catch {
      // The log is not there yet.
    }
    await delay(100)
  }
  throw new Error('it did not happen within ten seconds')
}
