import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { exampleContext as context } from '../../testing/example-host.ts'
import { exampleFile, exampleOutput } from '../../probe.ts'
import lastLogins from '../../probes/last-logins.ts'
import localAccounts from '../../probes/local-accounts.ts'
import localPasswords from '../../probes/local-passwords.ts'
import { accountLines, nameList } from './account-file.ts'
import { passwordField } from './crypt-hash.ts'
import { parseGroup } from './group.ts'
import { parseGshadow } from './gshadow.ts'
import { parsePasswd } from './passwd.ts'
import { parseShadow } from './shadow.ts'
import { parseUtmp } from '../logins/utmp.ts'

const folder = mkdtempSync(join(tmpdir(), 'rollcall-accounts-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Runs a program that sees other files in place of the machine's own, and nobody else does. */
const runWith = (
  files: Record<string, Uint8Array | string>,
  argv: readonly string[],
  env: Record<string, string> = {},
) => {
  const mounts = Object.entries(files).flatMap(([path, content]) => {
    const copy = join(folder, path.replaceAll('/', '_'))
    writeFileSync(copy, content, { mode: 0o644 })
    return [copy, path]
  })
  const script = 'while [ "$1" != -- ]; do mount --bind "$1" "$2" || exit 99; shift 2; done; shift; exec "$@"'
  return execFileSync('unshare', ['-m', 'sh', '-c', script, 'sh', ...mounts, '--', ...argv], {
    env: { ...process.env, LC_ALL: 'C', ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

const mayMount = (() => {
  try {
    return process.getuid?.() === 0 && runWith({ '/etc/passwd': 'root:x:0:0:::\n' }, ['getent', 'passwd']).length > 0
  } catch {
    return false
  }
})()

/** getent ends with an error where it cannot write an entry; what it wrote until then is asked for all the same. */
const getent = (database: string, path: string, content: Uint8Array | string) =>
  new TextDecoder().decode(runWith({ [path]: content }, ['sh', '-c', `getent ${database} || true`]))

const withoutNis = (text: string) => text.split('\n').filter((line) => line !== '' && !/^[+-]/.test(line))

/** Lines of which most are nearly right. */
const linesOf = (fields: readonly fc.Arbitrary<string>[]) => {
  const right = fc.tuple(...fields).map((values) => values.join(':'))
  const wrong = fc.array(fc.oneof(...fields), { maxLength: fields.length }).map((values) => values.join(':'))
  const odd = fc.constantFrom('', '#', ' ', '\t#', '+', '-x', ':', ':::', '\0', 'x:x:1:1\0:/:/bin/sh')
  return fc
    .array(fc.oneof({ weight: 6, arbitrary: right }, { weight: 2, arbitrary: wrong }, odd), { maxLength: 12 })
    .map((lines) => lines.join('\n') + '\n')
}

const name = fc.oneof(
  fc.constantFrom('root', 'alice', 'Ümlaut', 'a b', '', ' lead', '\uFFFD'),
  fc.stringMatching(/^[a-z_.@$-]{1,12}$/),
)
const number = fc.constantFrom(
  '0',
  '1',
  '1000',
  '65534',
  '4294967295',
  '4294967296',
  '-1',
  '+7',
  ' 8',
  '9 ',
  '0x10',
  '010',
  'ten',
  '',
  '99999999999999999999',
  '-0',
)
const days = fc.constantFrom('', '0', '20513', '99999', '7', ' 5', '-1', 'x', '2147483648')
const word = fc.constantFrom('', 'x', '*', '!', '/bin/sh', 'Alice,,,', '/home/a b', 'ä')

describe.runIf(mayMount)('as glibc reads them', () => {
  test('passwd gives the entries that getpwent gives', () => {
    fc.assert(
      fc.property(linesOf([name, word, number, number, word, word, word]), (text) => {
        const ours = parsePasswd(text, '/etc/passwd').entries.map(({ name, password, uid, gid, gecos, home, shell }) =>
          [name, password, uid, gid, gecos, home, shell].join(':'),
        )
        expect(ours).toEqual(withoutNis(getent('passwd', '/etc/passwd', text)))
      }),
      { numRuns: 60 },
    )
  })

  test('group gives the entries that getgrent gives', () => {
    const members = fc.constantFrom('', 'alice', 'alice,bob', 'a,,b', ', a', 'a b,c ', ',')
    fc.assert(
      fc.property(linesOf([name, word, number, members]), (text) => {
        const ours = parseGroup(text, '/etc/group').entries.map(({ name, password, gid, members }) =>
          [name, password, gid, [...members()].join(',')].join(':'),
        )
        expect(ours).toEqual(withoutNis(getent('group', '/etc/group', text)))
      }),
      { numRuns: 60 },
    )
  })

  test('shadow gives the entries that getspent gives', () => {
    fc.assert(
      fc.property(
        linesOf([name, word, days, days, days, days, days, days, fc.constantFrom('', '1', ' 2', 'x')]),
        (text) => {
          const ours = parseShadow(text, '/etc/shadow').entries.map((entry) =>
            [
              entry.name,
              entry.password,
              entry.changed,
              entry.minimum,
              entry.maximum,
              entry.warning,
              entry.inactive,
              entry.expires,
            ].join(':'),
          )
          const theirs = withoutNis(getent('shadow', '/etc/shadow', text)).map((line) =>
            line
              .split(':')
              .slice(0, 8)
              .map((field) => field.replace(/^-2147483648$/, ''))
              .join(':'),
          )
          expect(ours).toEqual(theirs)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('gshadow gives the entries that getsgent gives', () => {
    const names = fc.constantFrom('', 'alice', 'alice,bob', 'a,,b', 'x, y')
    fc.assert(
      fc.property(linesOf([name, word, names, names]), (text) => {
        const ours = parseGshadow(text, '/etc/gshadow').entries.map(({ name, password, administrators }) =>
          [name, password, [...administrators()].join(',')].join(':'),
        )
        const theirs = withoutNis(getent('gshadow', '/etc/gshadow', text)).map((line) =>
          line.split(':').slice(0, 3).join(':'),
        )
        expect(ours).toEqual(theirs)
      }),
      { numRuns: 60 },
    )
  })

  test('a line of 100,000 characters, one with a NUL and bytes that are no UTF-8 are entries too', () => {
    const text = Buffer.concat([
      Buffer.from(`long:x:50:50:${'a'.repeat(100_000)}:/h:/bin/sh\nnul:x:52:52:a\0b:/h:/bin/sh\n`),
      Buffer.from('bad\xff:x:53:53:\xe9:/:/bin/sh\nlast:x:54:54::/:/bin/sh', 'latin1'),
    ])
    const { entries, notes } = parsePasswd(new TextDecoder().decode(text), '/etc/passwd')
    const ours = entries.map(({ name, password, uid, gid, gecos, home, shell }) =>
      [name, password, uid, gid, gecos, home, shell].join(':'),
    )
    expect(ours).toEqual(withoutNis(getent('passwd', '/etc/passwd', text)))
    expect(notes.map(({ line }) => line)).toEqual([2, 3])
  })
})

describe.runIf(mayMount)('as the shadow suite reads them', () => {
  const HASH = '$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/'
  const passwd = 'root:x:0:0::/:/bin/sh\nalice:x:1000:1000::/:/bin/sh\n'

  test.each([
    ['usable', HASH, 'P'],
    ['locked', `!${HASH}`, 'L'],
    ['none', '!', 'L'],
    ['none', '*', 'L'],
    ['none', '!!', 'L'],
    ['empty', '', 'NP'],
  ])('a password that is %s is what passwd -S calls it: %s', (state, field, letter) => {
    const shadow = `alice:${field}:20513:0:90:7:::\n`
    const [credential] = localPasswords.parse({ shadow: exampleFile('/etc/shadow', shadow) }, context).findings
    expect(credential).toMatchObject({ state })
    expect(runWith({ '/etc/passwd': passwd, '/etc/shadow': shadow }, ['passwd', '-S', 'alice']).toString()).toMatch(
      `alice ${letter} `,
    )
  })

  test.each([
    '20513:0:99999:7:::',
    '0:0:90:7:30:20818:',
    '20513:::::1:',
    ':::::2932896:',
    '20513:1:99999:7:14::',
    '19999:5:60:10::20000:',
  ])('the days %s are what chage -l makes of them', (fields) => {
    const shadow = `alice:${HASH}:${fields}\n`
    const [credential] = localPasswords.parse({ shadow: exampleFile('/etc/shadow', shadow) }, context).findings
    const told = runWith({ '/etc/passwd': passwd, '/etc/shadow': shadow }, ['chage', '-i', '-l', 'alice']).toString()
    const chage = new Map(told.split('\n').map((line) => line.split(/\t*: /) as [string, string]))
    const { changed, accountExpires, minimumDays, maximumDays, warningDays } = credential as Extract<
      typeof credential,
      { kind: 'credential' }
    >
    const day = (text: string | undefined) =>
      text === 'password must be changed' ? 'must-change' : text === 'never' ? undefined : text
    expect({
      changed,
      accountExpires,
      minimum: minimumDays ?? -1,
      maximum: maximumDays ?? -1,
      warning: warningDays ?? -1,
    }).toEqual({
      changed: day(chage.get('Last password change')),
      accountExpires: day(chage.get('Account expires')),
      minimum: Number(chage.get('Minimum number of days between password change')),
      maximum: Number(chage.get('Maximum number of days between password change')),
      warning: Number(chage.get('Number of days of warning before password expires')),
    })
  })

  test.each(['UTC', 'America/St_Johns', 'Asia/Kathmandu'])(
    'what lastlog prints in %s is the instant that its file holds',
    (zone) => {
      const records = Buffer.alloc(292 * 1003)
      const logins = [
        { name: 'root', uid: 0, at: 1_767_258_300, line: 'tty1', host: '' },
        { name: 'alice', uid: 1000, at: 1_795_329_869, line: 'pts/12', host: '2001:db8:85a3:1234:5678:8a2e:370:7334' },
        { name: 'an-account-with-a-long-name', uid: 1001, at: 951_782_400, line: 'ssh', host: 'bastion.example.org' },
      ]
      for (const { uid, at, line, host } of logins) {
        records.writeUInt32LE(at, uid * 292)
        records.write(line, uid * 292 + 4)
        records.write(host, uid * 292 + 36)
      }
      const accounts = [...logins, { name: 'never', uid: 1002 }]
        .map(({ name, uid }) => `${name}:x:${uid}:1::/:/bin/sh\n`)
        .join('')
      const printed = runWith({ '/etc/passwd': accounts, '/var/log/lastlog': records }, ['lastlog'], {
        TZ: zone,
      }).toString()
      const { findings, reasons } = lastLogins.parse(
        { passwd: exampleFile('/etc/passwd', accounts), lastlog: exampleOutput(printed) },
        context,
      )
      expect(reasons).toEqual([])
      expect(
        findings.map((finding) => finding.kind === 'usage' && [finding.account, finding.lastUsed, finding.from]),
      ).toEqual([
        ...logins.map(({ name, at, line, host }) => [
          name,
          new Date(at * 1000).toISOString().replace('.000', ''),
          host === '' ? line : host,
        ]),
        ['never', 'never', undefined],
      ])
    },
  )
})

describe('wtmp', () => {
  const records = [
    '[2] [00000] [~~  ] [reboot  ] [~           ] [6.1.0-31-amd64      ] [0.0.0.0        ] [2026-11-01T05:00:00,000000+00:00]',
    '[7] [01234] [ts/0] [alice   ] [pts/0       ] [192.0.2.7           ] [192.0.2.7      ] [2026-11-02T06:07:08,123456+00:00]',
    '[8] [01234] [    ] [        ] [pts/0       ] [                    ] [0.0.0.0        ] [2026-11-02T07:00:00,000000+00:00]',
    '[7] [00099] [tty1] [root    ] [tty1        ] [                    ] [0.0.0.0        ] [2026-11-03T00:00:59,000001+00:00]',
  ].join('\n')
  const binary = () =>
    new Uint8Array(execFileSync('utmpdump', ['-r'], { input: `${records}\n`, stdio: ['pipe', 'pipe', 'ignore'] }))
  const logins = [
    { user: 'alice', line: 'pts/0', host: '192.0.2.7', at: '2026-11-02T06:07:08Z' },
    { user: 'root', line: 'tty1', host: '', at: '2026-11-03T00:00:59Z' },
  ]

  test('gives the logins that utmpdump wrote into it', () => {
    expect(parseUtmp(binary())).toEqual({ logins, understood: true })
  })

  test('gives them from the end of a file that begins in the middle of a record', () => {
    expect(parseUtmp(binary().subarray(100)).logins).toEqual(logins)
  })

  test.each([
    [384, false],
    [400, true],
    [400, false],
  ] as const)('gives them from a machine whose records have %i bytes, little-endian: %s', (size, littleEndian) => {
    const whole = new Uint8Array(size * 3)
    const view = new DataView(whole.buffer)
    for (const [index, type] of [2, 7, 8].entries()) {
      view.setInt16(index * size, type, littleEndian)
      whole.set(new TextEncoder().encode('alice'), index * size + 44)
      if (size === 400) view.setBigInt64(index * size + 344, 1_795_329_869n, littleEndian)
      else view.setUint32(index * size + 340, 1_795_329_869, littleEndian)
    }
    expect(parseUtmp(whole)).toEqual({
      understood: true,
      logins: [{ user: 'alice', line: '', host: '', at: '2026-11-22T06:44:29Z' }],
    })
  })

  test('that is something else is said to be', () => {
    expect(parseUtmp(new TextEncoder().encode('text '.repeat(500)))).toEqual({ logins: [], understood: false })
  })

  test('takes any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
        expect(parseUtmp(bytes).logins.length).toBeLessThanOrEqual(bytes.length / 384)
      }),
    )
  })
})

describe('a password field', () => {
  const crypt = (setting: string) =>
    execFileSync('perl', ['-e', 'print crypt("correct horse", $ARGV[0])', setting], { encoding: 'utf8' })

  test.each([
    ['$y$j9T$saltsalt', 'yescrypt', 'strong', 'N=4096 r=32'],
    ['$y$j75$saltsalt', 'yescrypt', 'acceptable', 'N=1024 r=8'],
    ['$gy$j9T$saltsalt', 'gost-yescrypt', 'strong', 'N=4096 r=32'],
    ['$7$CU..../....saltsalt', 'scrypt', 'strong', 'N=16384 r=32'],
    ['$2b$12$abcdefghijabcdefghijae', 'bcrypt', 'strong', 'cost=12'],
    ['$2a$10$abcdefghijabcdefghijae', 'bcrypt', 'acceptable', 'cost=10'],
    ['$2y$05$abcdefghijabcdefghijae', 'bcrypt', 'weak', 'cost=5'],
    ['$6$saltsalt', 'sha512crypt', 'acceptable', 'rounds=5000'],
    ['$6$rounds=200000$saltsalt', 'sha512crypt', 'strong', 'rounds=200000'],
    ['$6$rounds=1000$saltsalt', 'sha512crypt', 'weak', 'rounds=1000'],
    ['$5$saltsalt', 'sha256crypt', 'acceptable', 'rounds=5000'],
    ['$1$saltsalt', 'md5crypt', 'weak', undefined],
    ['$sha1$1000$saltsalt$', 'sha1crypt', 'weak', 'rounds=1000'],
    ['$md5$saltsalt$', 'sunmd5', 'weak', undefined],
    ['$md5,rounds=5000$saltsalt$', 'sunmd5', 'weak', 'rounds=5000'],
    ['$3$$', 'nt', 'weak', undefined],
    ['_J9..salt', 'bsdicrypt', 'weak', 'rounds=725'],
    ['sa', 'descrypt', 'weak', undefined],
  ])('that crypt made by %s is %s, and %s', (setting, scheme, strength, cost) => {
    const hash = crypt(setting)
    expect(hash.length).toBeGreaterThan(12)
    const told = { scheme, strength, ...(cost === undefined ? {} : { cost }) }
    expect(passwordField(hash)).toEqual({ state: 'usable', ...told })
    expect(passwordField(`!${hash}`)).toEqual({ state: 'locked', ...told })
    expect(passwordField(`*LK*${hash}`)).toEqual({ state: 'locked', ...told })
    expect(passwordField(`*LOCKED*${hash}`)).toEqual({ state: 'locked', ...told })
  })

  // Made by no crypt(3) that Debian has: by the documentation of each.
  test.each([
    ['$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$hash', 'argon2', 'strong', 'm=65536 t=3 p=4'],
    ['$argon2i$m=4096,t=3,p=1$c29tZXNhbHQ$hash', 'argon2', 'acceptable', 'm=4096 t=3 p=1'],
    ['$argon2d$v=19$m=512,t=1,p=1$c29tZXNhbHQ$hash', 'argon2', 'weak', 'm=512 t=1 p=1'],
    ['$sm3$rounds=1000$saltsalt$hash', 'sm3crypt', 'weak', 'rounds=1000'],
    ['$sm3y$j9T$saltsalt$hash', 'sm3-yescrypt', 'strong', 'N=4096 r=32'],
    ['$2x$12$abcdefghijabcdefghijaehash', 'bcrypt', 'weak', undefined],
    ['$2$12$abcdefghijabcdefghijaehash', 'bcrypt', 'weak', undefined],
    ['$apr1$saltsalt$hash', 'apr1', 'weak', undefined],
    ['{ssha256}06$salt$hashhash', 'aix-ssha', 'weak', 'rounds=64'],
    ['{ssha512}14$salt$hashhash', 'aix-ssha', 'acceptable', 'rounds=16384'],
    ['{ssha1}18$salt$hashhash', 'aix-ssha', 'strong', 'rounds=262144'],
    ['{smd5}saltsalt$hash', 'aix-smd5', 'weak', undefined],
    ['saltsaltsaltsaltsaltsalt', 'bigcrypt', 'weak', undefined],
  ])('of the form %s is %s, and %s', (hash, scheme, strength, cost) => {
    expect(passwordField(hash)).toEqual({ state: 'usable', scheme, strength, ...(cost === undefined ? {} : { cost }) })
  })

  test('has the digest of its hash, whether it is locked or not; without a hash there is none', () => {
    const digest = (secret: string) => `digest of ${secret.length}`
    expect(passwordField('$1$saltsalt$hash', digest).digest).toBe('digest of 16')
    expect(passwordField('!!$1$saltsalt$hash', digest).digest).toBe('digest of 16')
    for (const field of ['', '*', '!', '*LK*']) expect(passwordField(field, digest)).not.toHaveProperty('digest')
  })

  test.each(['!', '*', '!!', '!*', '*LK*', '*NP*', 'NP', 'x', 'no hash at all'])('%j matches no password', (field) => {
    expect(passwordField(field)).toEqual({ state: 'none' })
  })

  test('of a scheme that nobody knows is taken for usable', () => {
    expect(passwordField('$99$abcdefghijklmnop')).toEqual({ state: 'usable', scheme: 'unknown' })
  })

  test('never leaves the probe: no part of any hash, wherever it stands, is in what the probes say', () => {
    const marker = 'SeCrEtHaShMaRkEr'
    const place = fc
      .tuple(
        fc.constantFrom('', '!', '*', '$6$', '$y$j9T$', '$1$x$', '$99$', ' '),
        fc.constantFrom('', ',', '\0', '\r', ' ', '\uFFFD'),
      )
      .map(([before, after]) => `${before}${marker}${marker}${after}`)
    const lines = fc.array(
      fc
        .tuple(
          fc.constantFrom('alice', 'docker', '+nis', ''),
          place,
          fc.constantFrom('', ':1', ':1:2', ':1:2:3:4:5:6:7', ':x:y:z:/bin/sh', ':1000:1000::/:/bin/sh', '::alice'),
        )
        .map(([name, secret, rest]) => `${name}:${secret}${rest}`),
      { maxLength: 8 },
    )
    fc.assert(
      fc.property(lines, (all) => {
        const file = (path: string) => exampleFile(path, all.join('\n'))
        const said = JSON.stringify([
          localPasswords.parse(
            { shadow: file('/etc/shadow'), gshadow: file('/etc/gshadow'), group: file('/etc/group') },
            context,
          ),
          localAccounts.parse({ passwd: file('/etc/passwd'), group: file('/etc/group') }, context),
        ])
        expect(said).not.toContain(marker)
      }),
    )
  })
})

test('lines and lists take no more steps than they have characters', () => {
  for (const unit of [' ', ':', ',', 'a,', '\t', '\n', '\0', '!', '\r']) {
    const text = unit.repeat(200_000)
    expect([...accountLines(text)].length).toBeLessThanOrEqual(text.length)
    expect([...nameList(text)].length).toBeLessThanOrEqual(text.length)
    expect(parsePasswd(text, '/x').notes.length).toBeLessThanOrEqual(101)
  }
})
