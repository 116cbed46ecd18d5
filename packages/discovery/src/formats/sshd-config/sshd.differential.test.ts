import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exampleFile } from '../../probe.ts'
import { sshdAccountsOf } from './accounts.ts'
import { parseSshdSettings, type SshdDefaults } from './defaults.ts'
import { evaluateSshdConfig, sshdLines } from './effective.ts'
import type { SshdContext } from './match.ts'
import { readSshdConfig } from './config.ts'

const SSHD = '/usr/sbin/sshd'

const PASSWD = `root:x:0:0:root:/root:/bin/bash
sshd:x:105:65534::/run/sshd:/usr/sbin/nologin
nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin
alice:x:1000:1000::/home/alice:/bin/bash
bob:x:1001:1001::/home/bob:/bin/bash
carol:x:1002:50::/home/carol:/bin/bash
`
const GROUP = `root:x:0:
nogroup:x:65534:
wheel:x:10:alice,bob
staff:x:50:
alice:x:1000:
bob:x:1001:
ops:x:2000:alice
`

/** Hands the real sshd a configuration, with the accounts above, in a mount namespace of its own. */
const canRun =
  existsSync(SSHD) &&
  process.getuid?.() === 0 &&
  spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', '/run']).status === 0

describe.skipIf(!canRun)('against the sshd of this machine', () => {
  let folder = ''
  let defaults: SshdDefaults

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sshd-config-'))
    writeFileSync(join(folder, 'passwd'), PASSWD)
    writeFileSync(join(folder, 'group'), GROUP)
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'host_key')])
    const [output] = printed('/dev/null', [''])
    defaults = { settings: parseSshdSettings(output!)!, fromHost: true }
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** What `sshd -T` prints for each `-C` specification; an empty text where it refuses. */
  const printed = (config: string, specifications: readonly string[]): string[] => {
    const script = `mount -t tmpfs none /run && mkdir -m 755 /run/sshd &&
      mount --bind "$0/passwd" /etc/passwd && mount --bind "$0/group" /etc/group && cd / || exit 1
      config=$1; shift
      for specification in "$@"; do
        if [ "$specification" = - ]; then ${SSHD} -T -f "$config" -h "$0/host_key"
        else ${SSHD} -T -f "$config" -h "$0/host_key" -C "$specification"; fi
        echo =====
      done`
    const run = spawnSync(
      'unshare',
      ['-m', 'sh', '-c', script, folder, config, ...specifications.map((each) => each || '-')],
      { encoding: 'utf8' },
    )
    return run.stdout.split('=====\n').slice(0, specifications.length)
  }

  /** Our lines and those of sshd for some contexts, sorted: only the order of keywords is free. */
  const compared = (text: string, included: Readonly<Record<string, string>>, contexts: readonly SshdContext[]) => {
    const home = join(folder, 'conf')
    rmSync(home, { recursive: true, force: true })
    mkdirSync(home)
    const inPlace = (content: string) => content.replaceAll('@/', `${home}/`)
    writeFileSync(join(home, 'main'), inPlace(text), 'latin1')
    for (const [name, content] of Object.entries(included)) writeFileSync(join(home, name), inPlace(content), 'latin1')
    const theirs = printed(join(home, 'main'), contexts.map(specification))
    const accounts = sshdAccountsOf(exampleFile('/etc/passwd', PASSWD), exampleFile('/etc/group', GROUP))
    const config = readSshdConfig(
      { path: join(home, 'main'), text: inPlace(text) },
      {
        homeOf: (name) => accounts.find((account) => account.name === (name ?? 'root'))?.home,
        hasKeyword: (name) => defaults.settings.has(name),
        include: (pattern) =>
          Object.keys(included)
            .filter((name) => pattern === `${home}/${name}` || (pattern === `${home}/*.conf` && name.endsWith('.conf')))
            .sort()
            .map((name) => ({ path: join(home, name), text: inPlace(included[name]!) })),
      },
    )
    const evaluation = evaluateSshdConfig(config, defaults)
    const ours = contexts.map((context) => {
      const groups = accounts.find(({ name }) => name === context.user)?.groups
      return sshdLines(evaluation.for({ ...context, ...(groups === undefined ? {} : { groups }) }))
    })
    return {
      ours: ours.map(byKeyword),
      theirs: theirs.map((output) => byKeyword(output.split('\n').filter((line) => line !== ''))),
      problems: config.problems,
    }
  }

  /** Sorted by keyword; lines of one keyword keep their order. */
  const byKeyword = (lines: readonly string[]) =>
    [...lines].sort((a, b) => {
      const [left, right] = [a.split(' ', 1)[0]!, b.split(' ', 1)[0]!]
      return left < right ? -1 : left > right ? 1 : 0
    })

  const specification = ({ user, host, address, localAddress, localPort }: SshdContext) =>
    Object.entries({ user, host, addr: address, laddr: localAddress, lport: localPort })
      .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]))
      .join(',')

  /** What we say of a configuration that sshd takes, and what we should say. */
  const comparison = (text: string, included: Readonly<Record<string, string>> = {}) => {
    const { ours, theirs, problems } = compared(text, included, CONTEXTS)
    return {
      said: { taken: theirs[0]!.length > 0, problems, ours },
      wanted: { taken: true, problems: [], ours: theirs },
    }
  }

  const CONNECTION = { host: 'client.example.org', address: '10.1.2.3', localAddress: '192.168.1.1', localPort: 22 }
  const CONTEXTS: SshdContext[] = [
    { user: 'root', ...CONNECTION },
    { user: 'alice', ...CONNECTION },
    { user: 'carol', host: '10.9.9.9', address: '10.9.9.9', localAddress: '::1', localPort: 2222 },
    { user: 'ghost', host: 'x', address: '2001:db8::7', localAddress: '192.168.1.2', localPort: 22 },
  ]

  test.each<[rule: string, text: string]>([
    ['an empty configuration gives the defaults', ''],
    ['the first value of a keyword wins', 'PermitRootLogin no\nPermitRootLogin yes\n'],
    ['a Match block overrides what stands outside of it', 'PermitRootLogin no\nMatch User root\nPermitRootLogin yes\n'],
    [
      '`Match all` overrides what stands before it, for everyone',
      'PermitRootLogin no\nMatch all\nPermitRootLogin yes\nBanner /b\n',
    ],
    ['the last MaxStartups wins, and one number keeps the rate before it', 'MaxStartups 5:20:60\nMaxStartups 7\n'],
    ['the last IPQoS wins', 'IPQoS af21\nIPQoS cs1 0x10\n'],
    ['the last StreamLocalBindMask wins', 'StreamLocalBindMask 0700\nStreamLocalBindMask 022\n'],
    ['the last PerSourceMaxStartups wins', 'PerSourceMaxStartups 3\nPerSourceMaxStartups 4\n'],
    [
      'AuthorizedPrincipalsCommand is lost behind AuthorizedKeysCommand',
      'AuthorizedKeysCommand /bin/a %u\nAuthorizedKeysCommandUser nobody\nAuthorizedPrincipalsCommand /bin/x\nAuthorizedPrincipalsCommandUser nobody\n',
    ],
    ['ForceCommand keeps its quotes and what looks like a comment', 'ForceCommand  "a b" # c\n'],
    ['VersionAddendum keeps what looks like a comment', 'VersionAddendum foo # bar\n'],
    [
      'the bytes and the interval of RekeyLimit are first come each by itself',
      'RekeyLimit 1.5G\nRekeyLimit 2G 1h30m\n',
    ],
    [
      'AllowUsers of a Match block replaces that of the whole',
      'AllowUsers a b\nAllowUsers c\nMatch User alice\nAllowUsers d\nMatch Group wheel\nAllowUsers e\n',
    ],
    ['ForceCommand none takes back a command', 'ForceCommand /bin/x\nMatch User alice\nForceCommand none\n'],
    [
      'a port that is not in ListenAddress is each Port',
      'ListenAddress 10.1\nListenAddress ::1\nListenAddress 127.0.0.1:33\nPort 2222\nPort 23\n',
    ],
    ['AddressFamily decides which any-address is listened on', 'AddressFamily inet6\nPort 2022\n'],
    ['a bare port in PermitListen listens everywhere', 'PermitOpen a:1 [::1]:22 b:*\nPermitListen 22 *:80\n'],
    ['one `=` may stand between keyword and value', 'PermitRootLogin=no\nX11Forwarding = yes\nPort   =2200\n'],
    ['the keyword may be quoted', '"PermitRootLogin" no\n'],
    ['a comment ends the values, but not inside a word', 'AllowUsers a#b c # d\nAcceptEnv "X Y" \'Z\' #\n'],
    ['a backslash escapes quotes and spaces', 'Subsystem sftp /a\\ b "c \\" d" \'e\' \\x\n'],
    [
      'a path that is not absolute is one of the root folder',
      'Banner issue\nPidFile NONE\nTrustedUserCAKeys ~/ca\nRevokedKeys ~alice/x\n',
    ],
    ['AuthorizedKeysFile stays relative to the home', 'AuthorizedKeysFile .ssh/a /etc/keys/%u ~/x none\n'],
    ['without-password and prohibit-password are one', 'PermitRootLogin prohibit-password\n'],
    [
      'a pattern in a list of key types is all it matches',
      'PubkeyAcceptedAlgorithms ssh-*,rsa*\nHostbasedAcceptedAlgorithms -*cert*\nCASignatureAlgorithms ^rsa*\nHostKeyAlgorithms +ssh-dss\n',
    ],
    [
      'modifiers of cipher lists',
      'Ciphers ^aes256-ctr,aes128-ctr\nMACs -hmac-sha1*,umac*\nKexAlgorithms +diffie-hellman-group14-sha1\n',
    ],
    [
      'modifiers in a Match block start from the default list again',
      'PubkeyAcceptedAlgorithms -rsa*\nMatch User alice\nPubkeyAcceptedAlgorithms +ssh-rsa\n',
    ],
    [
      'times',
      'LoginGraceTime 1h2m3\nClientAliveInterval 1W\nUnusedConnectionTimeout 5m\nUnusedConnectionTimeout none\n',
    ],
    [
      'old names',
      'ChallengeResponseAuthentication no\nPubkeyAcceptedKeyTypes ssh-ed25519\nKeepAlive no\nDSAAuthentication no\n',
    ],
    ['deprecated keywords do nothing', 'Protocol 1\nUsePrivilegeSeparation sandbox\nUseLogin yes\n'],
    ['SetEnv keeps the first value of a name and the first line', 'SetEnv A=b C="d e" A=x\nSetEnv D=1\n'],
    ['options of public keys', 'PubkeyAuthOptions verify-required touch-required none\n'],
    ['channel timeouts', 'ChannelTimeout session:*=10m x11=5\nChannelTimeout none\n'],
    [
      'authentication methods',
      'AuthenticationMethods publickey,password publickey\nMatch User alice\nAuthenticationMethods password\n',
    ],
    ['`AuthenticationMethods any` in a Match block', 'Match User alice\nAuthenticationMethods any\n'],
    ['LogLevel QUIET is printed as SILENT', 'LogLevel quiet\n'],
    [
      'a group that is negated wins over one that matches',
      'Match Group wheel,!ops\nBanner /a\nMatch Group wheel\nBanner /b\n',
    ],
    ['a list of negations alone matches nobody', 'Match User !root\nBanner /a\n'],
    [
      'addresses match by block, by wildcard and not when negated',
      'Match Address 10.0.0.0/8,!10.9.0.0/16\nBanner /a\nMatch Address 10.9.*\nBanner /b\nMatch Address 2001:db8::/32\nBanner /c\n',
    ],
    ['the local end', 'Match LocalAddress 192.168.1.1 LocalPort 22\nBanner /a\nMatch LocalPort 2222\nBanner /b\n'],
    ['host names match in lower case', 'Match Host *.EXAMPLE.org\nBanner /a\n'],
    ['a Match line may have `=`, quotes and a comment', 'match user="alice" host = *.org # all\nBanner /a\n'],
    ['an empty AuthorizedKeysFile sets nothing', 'AuthorizedKeysFile # nothing\nAuthorizedKeysFile x\n'],
    ['line ends of Windows are blanks', 'PermitRootLogin no\r\nX11Forwarding yes \f\r\n'],
    ['a NUL byte joins two lines', 'PermitRootLogin no\0 x\n\nBanner /x\0 y\n/z\nPort 1\n'],
    ['keywords for the whole may stand behind `Match all`', 'Match all\nPort 2022\nUsePAM yes\n'],
  ])('%s', (_rule, text) => {
    const { said, wanted } = comparison(text)
    expect(said).toEqual(wanted)
  })

  test('included files stand where they are named, also in Match blocks', () => {
    const { said, wanted } = comparison(
      'Include @/*.conf\nPermitRootLogin no\nMatch User alice\nInclude @/in\nX11Forwarding no\n',
      {
        'a.conf': 'Match User root\nPermitRootLogin yes\nBanner /from-a\n',
        'b.conf': 'MaxSessions 3\nMatch User alice\nMaxSessions 4\nMatch all\nGatewayPorts yes\n',
        in: 'AllowTcpForwarding no\nMatch Address 10.0.0.0/8\nX11Forwarding yes\nInclude @/deep\nMatch User bob\nBanner /never\n',
        deep: 'PermitTTY no\nMatch Group ops\nPermitTunnel yes\n',
      },
    )
    expect(said).toEqual(wanted)
  })

  test('a configuration that sshd refuses has a problem', () => {
    for (const text of [
      'PermitRootLogin maybe\n',
      'Port 0\n',
      'Port\n',
      'Banner "x\n',
      'Match\n',
      'Match User\n',
      'Match all User x\n',
      'Match Foo x\n',
      'Match Address 10.0.0.1/8\n',
      'Match User x\nPort 22\n',
      'LoginGraceTime 5x\n',
      'AllowUsers a@10.0.0.1/8\n',
      'SetEnv A\n',
      'AcceptEnv A=b\n',
      'MaxStartups 5:200:10\n',
      'PermitTunnel YES\n',
      'X11Forwarding yes no\n',
      'RekeyLimit 3\n',
      'Include\n',
      'IPQoS foo\n',
      'StreamLocalBindMask 9\n',
      'Include @/main\n',
      'AuthenticationMethods any publickey\n',
      'PermitOpen foo\n',
      'ListenAddress a:b\n',
      'AuthorizedKeysCommand foo\n',
      'MaxSessions -1\n',
      'AuthenticationMethods password\nMatch User x\nAuthenticationMethods any\n',
    ]) {
      const included = text.includes('@/main') ? { main: text } : {}
      const { theirs, problems } = compared(text, included, [CONTEXTS[0]!])
      expect([text, theirs[0]!.length, problems.length > 0]).toEqual([text, 0, true])
    }
  })

  test('what sshd -T prints for any configuration and login is what we say', () => {
    fc.assert(
      fc.property(
        configuration,
        fc.dictionary(fc.constantFrom('a.conf', 'b.conf', 'c'), configuration, { maxKeys: 3 }),
        (text, included) => {
          const { ours, theirs, problems } = compared(text, included, CONTEXTS)
          // sshd also refuses methods that are not enabled, which makes no value unclear.
          const unusable = /AuthenticationMethods/i.test([text, ...Object.values(included)].join('\n'))
          const refused = theirs[0]!.length === 0
          expect(refused ? unusable || problems.length > 0 : problems.length === 0).toBe(true)
          expect(refused ? theirs : ours).toEqual(theirs)
        },
      ),
      { numRuns: 100 },
    )
  }, 600_000)
})

const flag = fc.constantFrom('yes', 'no')
const name = fc.constantFrom('alice', 'bob', 'root', 'wheel', 'a*', '?ob', 'ops')
const list = (item: fc.Arbitrary<string>) =>
  fc
    .array(fc.tuple(fc.constantFrom('', '', '!'), item), { minLength: 1, maxLength: 3 })
    .map((items) => items.map((parts) => parts.join('')).join(','))
const several = (item: fc.Arbitrary<string>) =>
  fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => items.join(' '))
const address = fc.constantFrom(
  '10.0.0.0/8',
  '10.1.2.3',
  '10.*',
  '2001:db8::/32',
  '::1',
  '192.168.1.0/24',
  '*',
  '0x0a.1.2.3',
)
const path = fc.constantFrom('/a', '/b/%u', '~/c', '~alice/d', 'e', '"/f g"', 'none')
const time = fc.constantFrom('0', '30', '2m', '1h30m', '1W2d', '5S')
const modifier = fc.constantFrom('', '+', '-', '^')
const algorithms = (...names: readonly string[]) =>
  fc
    .tuple(modifier, fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }))
    .map(([sign, chosen]) => sign + chosen.join(','))
const keys = algorithms(
  'ssh-ed25519',
  'ssh-rsa',
  'rsa-sha2-256',
  'ecdsa-sha2-nistp256',
  'ssh-dss',
  'sk-*',
  'rsa-sha2-512-cert-v01@openssh.com',
)

const matchable: readonly (readonly [string, fc.Arbitrary<string>])[] = [
  ['PermitRootLogin', fc.constantFrom('yes', 'no', 'prohibit-password', 'without-password', 'forced-commands-only')],
  ...[
    'X11Forwarding',
    'PasswordAuthentication',
    'PubkeyAuthentication',
    'KbdInteractiveAuthentication',
    'AllowAgentForwarding',
    'PermitTTY',
    'PermitUserRC',
    'ExposeAuthInfo',
    'DisableForwarding',
    'PermitEmptyPasswords',
    'GSSAPIAuthentication',
    'HostbasedAuthentication',
    'HostbasedUsesNameFromPacketOnly',
    'KerberosAuthentication',
  ].map((keyword) => [keyword, flag] as const),
  ['AllowTcpForwarding', fc.constantFrom('yes', 'no', 'local', 'remote', 'all')],
  ['GatewayPorts', fc.constantFrom('yes', 'no', 'clientspecified')],
  ['AllowUsers', several(name)],
  ['DenyUsers', several(fc.constantFrom('alice@10.0.0.0/8', 'bob@*.example.org', 'x'))],
  ['AllowGroups', several(name)],
  ['DenyGroups', several(name)],
  ['AcceptEnv', several(fc.constantFrom('LANG', 'LC_*', 'X'))],
  ['SetEnv', several(fc.constantFrom('A=1', 'B=2', 'A=3'))],
  ['AuthorizedKeysFile', several(path)],
  ['AuthorizedPrincipalsFile', path],
  ['Banner', path],
  ['TrustedUserCAKeys', path],
  ['ChrootDirectory', fc.constantFrom('/a', '/b', 'none')],
  ['ForceCommand', fc.constantFrom('/bin/a', 'b "c" # d', 'none', 'internal-sftp')],
  // sshd refuses a command without a user.
  ['AuthorizedKeysCommand', fc.constantFrom('/bin/a %u\nAuthorizedKeysCommandUser nobody', 'none')],
  ['AuthorizedKeysCommandUser', name.filter((each) => /^\w+$/.test(each))],
  ['PermitOpen', fc.constantFrom('any', 'none', 'a:1 b:*', '[::1]:22')],
  ['PermitListen', fc.constantFrom('any', 'none', '22 a:80')],
  ['AuthenticationMethods', fc.constantFrom('password', 'publickey', 'publickey,password password')],
  ['MaxSessions', fc.constantFrom('0', '5')],
  ['MaxAuthTries', fc.constantFrom('1', '9')],
  ['LogLevel', fc.constantFrom('VERBOSE', 'debug1', 'quiet')],
  ['ClientAliveInterval', time],
  ['RekeyLimit', fc.constantFrom('1G', 'default none', '1K 1h', '16')],
  ['IPQoS', fc.constantFrom('af21', 'cs1 none', '0x10 8', 'ef')],
  ['PermitTunnel', fc.constantFrom('yes', 'no', 'ethernet')],
  ['PubkeyAcceptedAlgorithms', keys],
  ['HostbasedAcceptedAlgorithms', keys],
  ['StreamLocalBindMask', fc.constantFrom('0177', '077')],
  ['PubkeyAuthOptions', fc.constantFrom('none', 'touch-required', 'verify-required touch-required')],
  ['RevokedKeys', path],
  ['CASignatureAlgorithms', algorithms('ssh-ed25519', 'rsa-sha2-512', 'ecdsa-sha2-nistp256', 'ssh-rsa')],
  ['AuthorizedPrincipalsCommand', fc.constantFrom('/bin/p %u\nAuthorizedPrincipalsCommandUser nobody', 'none')],
  ['AuthorizedPrincipalsCommandUser', name.filter((each) => /^\w+$/.test(each))],
  ['IgnoreRhosts', fc.constantFrom('yes', 'no', 'shosts-only')],
  ['LogVerbose', fc.constantFrom('none', 'kex.c:*:1000 auth.c:*', 'x')],
]

const global: readonly (readonly [string, fc.Arbitrary<string>])[] = [
  ['Port', fc.constantFrom('22', '2222', '80')],
  ['ListenAddress', fc.constantFrom('10.0.0.1', '0.0.0.0:33', '::1', '[2001:DB8:0::1]:99', '127.1')],
  ['LoginGraceTime', time],
  ['MaxStartups', fc.constantFrom('5', '10:30:60', '1:2:3')],
  ['Compression', fc.constantFrom('yes', 'delayed', 'no')],
  ['PermitUserEnvironment', fc.constantFrom('yes', 'no', 'LANG,LC_*')],
  ['StrictModes', flag],
  ['UsePAM', flag],
  ['Ciphers', algorithms('aes128-ctr', 'aes256-ctr', '3des-cbc', 'aes256-gcm@openssh.com')],
  ['KexAlgorithms', algorithms('curve25519-sha256', 'diffie-hellman-group14-sha1')],
  ['MACs', algorithms('hmac-sha1', 'hmac-sha2-256', 'hmac-md5')],
  ['HostKeyAlgorithms', keys],
  ['SyslogFacility', fc.constantFrom('AUTH', 'local3')],
  ['VersionAddendum', fc.constantFrom('none', 'a b')],
  ['GSSAPIKeyExchange', flag],
  ['GSSAPICleanupCredentials', flag],
  ['GSSAPIStrictAcceptorCheck', flag],
]

const written = (pairs: readonly (readonly [string, fc.Arbitrary<string>])[]) =>
  fc
    .tuple(
      fc.nat(pairs.length - 1).chain((at) => fc.tuple(fc.constant(pairs[at]![0]), pairs[at]![1])),
      fc.constantFrom('', ' ', '\t'),
      fc.constantFrom(' ', ' ', '=', ' = ', '\t '),
      fc.constantFrom('', '', '', ' # note', ' \r', '  '),
      fc.constantFrom(0, 1, 2),
    )
    .map(([[keyword, value], indent, separator, tail, casing]) => {
      const shown = casing === 0 ? keyword : casing === 1 ? keyword.toLowerCase() : keyword.toUpperCase()
      // These three take the rest of the line as it is, comment included.
      return `${indent}${shown}${separator}${value}${/Command$|Addendum/.test(keyword) ? '' : tail}`
    })

const criteria = fc.oneof(
  fc.constant('all'),
  fc
    .uniqueArray(
      fc.oneof(
        list(name).map((value) => `User ${value}`),
        list(name).map((value) => `group=${value}`),
        list(address).map((value) => `Address ${value}`),
        list(address).map((value) => `LocalAddress "${value}"`),
        fc.constantFrom('LocalPort 22', 'LOCALPORT 2222'),
        list(fc.constantFrom('*.example.org', 'client.*', '10.*')).map((value) => `Host ${value}`),
      ),
      { minLength: 1, maxLength: 3 },
    )
    .map((parts) => parts.join(' ')),
)

const includes = fc.constantFrom('Include @/*.conf', 'Include @/c', 'Include @/nothing @/a.conf')
const lines = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: written(matchable) },
    { weight: 1, arbitrary: includes },
    { weight: 1, arbitrary: fc.constant('# x') },
  ),
  { maxLength: 6 },
)

const configuration = fc
  .tuple(
    fc.array(
      fc.oneof(
        { weight: 3, arbitrary: written(global) },
        { weight: 5, arbitrary: written(matchable) },
        { weight: 1, arbitrary: includes },
      ),
      { maxLength: 10 },
    ),
    fc.array(fc.tuple(criteria, lines), { maxLength: 4 }),
  )
  .map(([before, blocks]) =>
    [...before, ...blocks.flatMap(([condition, inside]) => [`Match ${condition}`, ...inside]), ''].join('\n'),
  )
