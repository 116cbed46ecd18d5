import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Finding } from '@rollcall/contract'
import { exampleHost, exampleTools, type ExampleWorld } from '../testing/example-host.ts'
import { aixGroupAdministrators, aixLastLogins, aixPasswords } from '../formats/accounts/aix-security.ts'
import { parseDscl } from '../formats/accounts/dscl.ts'
import { parseMasterPasswd } from '../formats/accounts/master-passwd.ts'
import { scanHost } from '../scan.ts'
import directoryAccounts from './directory-accounts.ts'
import homeFolders from './home-folders.ts'
import keyLogins from './key-logins.ts'
import lastLogins from './last-logins.ts'
import localAccounts from './local-accounts.ts'
import localPasswords from './local-passwords.ts'

/*
 * The account files of each platform as its own installer leaves them, with one person added, and what the account probes make of
 * them. File sets by the documentation of the platform, not machines that run.
 */

const HASH = '$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/'
const KEY = 'SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA'
const accepted = `Accepted publickey for ann from 10.0.0.5 port 4711 ssh2: ED25519 ${KEY}`

interface Platform extends ExampleWorld {
  readonly kernel: string
  /** Outcomes by probe, where they are not complete. */
  readonly outcomes?: Readonly<Record<string, string>>
  readonly accounts: readonly string[]
  readonly passwords: Readonly<Record<string, string>>
  readonly lastLogin?: string
  readonly lastKeyLogin?: string
}

const tools = (kernel: string, more: ExampleWorld['programs'] = {}) => ({
  'uname -s': kernel,
  'date +%z': '+0000\n',
  ...more,
})

const PLATFORMS: Record<string, Platform> = {
  'Alpine 3.20': {
    kernel: 'Linux',
    files: {
      '/etc/passwd':
        'root:x:0:0:root:/root:/bin/sh\nbin:x:1:1:bin:/bin:/sbin/nologin\nann:x:1000:1000::/home/ann:/bin/ash\n',
      '/etc/group': 'root:x:0:root\nbin:x:1:root,bin\nwheel:x:10:root,ann\nann:x:1000:\n',
      '/etc/shadow': `root:*::0:::::\nbin:!::0:::::\nann:${HASH}:20513:0:99999:7:::\n`,
      '/var/log/messages': `Nov 20 10:00:00 alpine auth.info sshd[2101]: ${accepted}\nNov 20 11:00:00 alpine auth.info login[77]: root login on 'tty1'\n`,
    },
    programs: tools('Linux', { hostname: 'alpine', 'uname -n': 'alpine' }),
    accounts: ['root', 'bin', 'ann'],
    passwords: { root: 'none', bin: 'none', ann: 'usable' },
    lastLogin: 'root 2026-11-20T11:00:00Z tty1',
    lastKeyLogin: 'ann 2026-11-20T10:00:00Z',
  },
  'RHEL 9': {
    kernel: 'Linux',
    files: {
      '/etc/passwd':
        'root:x:0:0:root:/root:/bin/bash\nsssd:x:998:996:User for sssd:/:/sbin/nologin\nann:x:1000:1000::/home/ann:/bin/bash\n',
      '/etc/group': 'root:x:0:\nwheel:x:10:ann\nann:x:1000:\n',
      '/etc/shadow': `root:!!:20000:0:99999:7:::\nsssd:!!:19800::::::\nann:${HASH}:20513:0:99999:7:::\n`,
      '/etc/gshadow': 'root:::\nwheel:::ann\nann:!::\n',
      '/etc/nsswitch.conf': 'passwd:     sss files systemd\ngroup:      sss files systemd\nshadow:     files sss\n',
      '/var/log/secure-20261115': `Nov 14 09:00:00 rhel sshd[900]: ${accepted}\n`,
      '/var/log/secure': 'Nov 16 09:00:00 rhel sshd[901]: Server listening on 0.0.0.0 port 22.\n',
    },
    programs: tools('Linux', {
      lastlog:
        'Username         Port     From                                       Latest\nroot                                                                **Never logged in**\nann              pts/0    10.0.0.5                                  Sat Nov 14 09:00:00 +0000 2026\n',
    }),
    accounts: ['root', 'sssd', 'ann'],
    passwords: { root: 'none', sssd: 'none', ann: 'usable' },
    lastLogin: 'ann 2026-11-14T09:00:00Z 10.0.0.5',
    lastKeyLogin: 'ann 2026-11-14T09:00:00Z',
  },
  'SUSE with usrfiles': {
    kernel: 'Linux',
    files: {
      '/etc/passwd': 'root:x:0:0:root:/root:/bin/bash\nann:x:1000:100::/home/ann:/bin/bash\n',
      '/usr/etc/passwd': 'man:x:13:62:Manual pages viewer:/var/lib/empty:/usr/sbin/nologin\n',
      '/etc/group': 'root:x:0:\nusers:x:100:\n',
      '/usr/etc/group': 'man:x:62:\n',
      '/etc/shadow': `root:${HASH}:20513::::::\nann:!${HASH}:20513:0:99999:7:::\n`,
      '/usr/etc/shadow': 'man:!:18000::::::\n',
      '/etc/nsswitch.conf': 'passwd: compat usrfiles systemd\ngroup: compat usrfiles systemd\n',
      '/var/log/messages': `2026-11-20T10:00:00.123456+01:00 suse sshd-session[900]: ${accepted}\n`,
    },
    programs: tools('Linux', {
      lastlog2:
        'Username         Port     From                                       Latest\nann              ssh      10.0.0.5                                   Fri Nov 20 10:00:00 +0100 2026\n',
    }),
    accounts: ['root', 'ann', 'man'],
    passwords: { root: 'usable', ann: 'locked', man: 'none' },
    lastLogin: 'ann 2026-11-20T09:00:00Z 10.0.0.5',
    lastKeyLogin: 'ann 2026-11-20T09:00:00Z',
  },
  'FreeBSD 14': {
    kernel: 'FreeBSD',
    files: {
      '/etc/passwd':
        '# $FreeBSD$\nroot:*:0:0:Charlie &:/root:/bin/sh\ntoor:*:0:0:Bourne-again Superuser:/root:\nann:*:1001:1001:Ann:/home/ann:/bin/sh\n',
      '/etc/group': 'wheel:*:0:root,ann\nann:*:1001:\n',
      '/etc/master.passwd': `# $FreeBSD$\nroot:${HASH}:0:0::0:0:Charlie &:/root:/bin/sh\ntoor:*:0:0::0:0:Bourne-again Superuser:/root:\nann:*LOCKED*${HASH}:1001:1001::0:0:Ann:/home/ann:/bin/sh\n`,
      '/var/log/auth.log': `Nov 20 10:00:00 bsd sshd[900]: ${accepted}\n`,
    },
    programs: tools('FreeBSD'),
    accounts: ['root', 'toor', 'ann'],
    passwords: { root: 'usable', toor: 'none', ann: 'locked' },
    lastKeyLogin: 'ann 2026-11-20T10:00:00Z',
  },
  'AIX 7.3': {
    kernel: 'AIX',
    files: {
      '/etc/passwd':
        'root:!:0:0::/:/usr/bin/ksh\nnobody:*:4294967294:4294967294::/:\nann:!:204:1::/home/ann:/usr/bin/ksh\n',
      '/etc/group': 'system:!:0:root,ann\nstaff:!:1:ann\n',
      '/etc/security/passwd':
        'root:\n\tpassword = {ssha512}06$saltsaltsalt$hashhashhash\n\tlastupdate = 1772323200\n\tflags = \n\nnobody:\n\tpassword = *\n\nann:\n\tpassword = {ssha512}06$saltsaltsalt$hashhashhash\n\tlastupdate = 1772323200\n',
      '/etc/security/user': 'default:\n\tadmin = false\n\taccount_locked = false\n\nann:\n\taccount_locked = true\n',
      '/etc/security/group': 'system:\n\tadmin = true\n\nstaff:\n\tadmin = false\n\tadms = ann\n',
      '/etc/security/lastlog': 'ann:\n\ttime_last_login = 1795168800\n\thost_last_login = 10.0.0.5\n',
    },
    programs: tools('AIX'),
    outcomes: { 'key-logins': 'absent' },
    accounts: ['root', 'nobody', 'ann'],
    passwords: { root: 'usable', nobody: 'none', ann: 'locked' },
    lastLogin: 'ann 2026-11-20T10:00:00Z 10.0.0.5',
  },
  'Solaris 11': {
    kernel: 'SunOS',
    files: {
      '/etc/passwd': 'root:x:0:0:Super-User:/root:/usr/bin/bash\nann:x:100:10::/home/ann:/usr/bin/bash\n',
      '/etc/group': 'root::0:\nstaff::10:ann\n',
      '/etc/shadow': `root:$5$rounds=10000$saltsalt$hashhashhash:20513::::::\nann:*LK*${HASH}:20513:7:56:7:::\n`,
      '/etc/nsswitch.conf': 'passwd:\tfiles\ngroup:\tfiles\n',
      '/var/log/authlog': `Nov 20 10:00:00 sun sshd[900]: [ID 800047 auth.info] ${accepted}\n`,
    },
    programs: tools('SunOS'),
    outcomes: { 'last-logins': 'complete' },
    accounts: ['root', 'ann'],
    passwords: { root: 'usable', ann: 'locked' },
    lastKeyLogin: 'ann 2026-11-20T10:00:00Z',
  },
  'macOS 14': {
    kernel: 'Darwin',
    files: {
      '/etc/passwd': 'nobody:*:4294967294:4294967294:Unprivileged User:/var/empty:/usr/bin/false\n',
      '/etc/group': 'wheel:*:0:root\n',
    },
    programs: tools('Darwin', {
      'dscl . -readall /Users RecordName UniqueID PrimaryGroupID RealName NFSHomeDirectory UserShell AuthenticationAuthority':
        'NFSHomeDirectory: /var/empty\nPrimaryGroupID: -2\nRealName:\n Unprivileged User\nRecordName: nobody\nUniqueID: -2\nUserShell: /usr/bin/false\n-\nAuthenticationAuthority:\n ;ShadowHash;HASHLIST:<SALTED-SHA512-PBKDF2,SRP-RFC5054-4096-SHA512-PBKDF2>\n ;DisabledUser;;ShadowHash;HASHLIST:<SALTED-SHA512-PBKDF2>\nNFSHomeDirectory: /Users/ann\nPrimaryGroupID: 20\nRealName: Ann\nRecordName: ann\nUniqueID: 501\nUserShell: /bin/zsh\n-\n',
      'dscl . -readall /Groups RecordName PrimaryGroupID GroupMembership':
        'GroupMembership: root ann\nPrimaryGroupID: 80\nRecordName: admin\n-\nPrimaryGroupID: 20\nRecordName: staff\n-\n',
    }),
    outcomes: { 'key-logins': 'absent', 'last-logins': 'absent' },
    accounts: ['nobody', 'ann'],
    passwords: { nobody: 'none', ann: 'locked' },
  },
}

describe.each(Object.entries(PLATFORMS))('%s', (_, platform) => {
  const scanned = async () => {
    const { host, trips } = exampleHost(platform)
    const probes = [localAccounts, localPasswords, lastLogins, keyLogins, homeFolders, directoryAccounts]
    const { sections, signals } = await scanHost(host, probes, exampleTools)
    expect(signals.os.kernel).toBe(platform.kernel)
    return { sections, trips, findings: sections.flatMap(({ findings }) => findings) }
  }

  test('its accounts and their passwords are found', async () => {
    const { findings } = await scanned()
    expect(findings.flatMap((one) => (one.kind === 'account' ? one.name : []))).toEqual(platform.accounts)
    const passwords = findings.flatMap((one) =>
      one.kind === 'credential' && one.class === 'login-password' ? [[one.account, one.state] as const] : [],
    )
    expect(Object.fromEntries(passwords)).toEqual(platform.passwords)
    expect(passwords).toHaveLength(Object.keys(platform.passwords).length)
  })

  test('its last logins are found', async () => {
    const { findings } = await scanned()
    const login = (consumer: 'login' | 'key-login') =>
      findings.filter(
        (one): one is Extract<Finding, { kind: 'usage' }> =>
          one.kind === 'usage' && one.consumer === consumer && one.lastUsed !== 'never',
      )
    expect(login('login').map(({ account, lastUsed, from }) => `${account} ${lastUsed} ${from}`)).toEqual(
      platform.lastLogin === undefined ? [] : [platform.lastLogin],
    )
    expect(login('key-login').map(({ account, lastUsed }) => `${account} ${lastUsed}`)).toEqual(
      platform.lastKeyLogin === undefined ? [] : [platform.lastKeyLogin],
    )
  })

  test('each probe fares as it should, in three round trips', async () => {
    const { sections, trips } = await scanned()
    const outcomes = Object.fromEntries(sections.map(({ probe, outcome }) => [probe, outcome.status]))
    const complete = Object.fromEntries(sections.map(({ probe }) => [probe, 'complete']))
    expect(outcomes).toEqual({ ...complete, ...platform.outcomes })
    expect(trips.length).toBeLessThanOrEqual(3)
  })
})

test('the files of these platforms may hold any text', () => {
  const piece = fc.constantFrom(
    'root:',
    '\n',
    '\t',
    ' = ',
    'password',
    '-',
    ':',
    '*',
    '\0',
    'UniqueID: 0',
    ' ',
    'adms',
    ',',
    '0101000027',
    '999999999999',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 40 }), (pieces) => {
      const text = pieces.join('')
      const digest = () => undefined
      expect(aixPasswords(text, text, digest).length).toBeLessThanOrEqual(text.length)
      expect(aixGroupAdministrators(text).length).toBeLessThanOrEqual(text.length)
      expect(aixLastLogins(text).length).toBeLessThanOrEqual(text.length)
      expect(parseDscl(text).length).toBeLessThanOrEqual(text.length)
      expect(parseMasterPasswd(text, '/x').entries.length).toBeLessThanOrEqual(text.length)
    }),
  )
})

test('no part of a password field, wherever these systems keep it, is in what the probes say', async () => {
  const marker = 'SeCrEtHaShMaRkEr'
  const field = fc
    .tuple(
      fc.constantFrom('', '!', '*', '*LOCKED*', '$6$', '{ssha256}06$', '$99$', ' '),
      fc.constantFrom('', ',', '=', '\r', ' '),
    )
    .map(([before, after]) => `${before}${marker}${marker}${after}`)
  const places = [
    '/etc/master.passwd',
    '/etc/security/passwd',
    '/usr/etc/shadow',
    '/var/lib/extrausers/passwd',
    '/etc/passwd',
  ]
  const line = (secret: string) => [
    `ann:${secret}:1001:1001::0:0:Ann:/home/ann:/bin/sh`,
    `ann:${secret}:20513:0:99999:7:::`,
    `ann:${secret}:1001:1001::/:/bin/sh`,
    `ann:\n\tpassword = ${secret}\n\tlastupdate = 1`,
    `ann:\n\tflags = ${secret}\n`,
  ]
  await fc.assert(
    fc.asyncProperty(field, fc.nat({ max: 4 }), fc.constantFrom(...places), async (secret, which, path) => {
      const { host } = exampleHost({
        files: {
          '/etc/nsswitch.conf': 'passwd: files extrausers nis\ngroup: files extrausers nis\n',
          '/etc/group': 'wheel:x:0:dora\n',
          [path]: `${line(secret)[which]}\n`,
        },
        programs: {
          ...tools('FreeBSD'),
          'getent -s nis passwd dora': `dora:${secret}:7:7::/home/dora:/bin/sh\n`,
          getent: '',
        },
      })
      const { sections } = await scanHost(
        host,
        [localAccounts, localPasswords, lastLogins, directoryAccounts],
        exampleTools,
      )
      expect(JSON.stringify(sections)).not.toContain(marker)
      expect(
        sections.flatMap(({ findings }) => findings).some((one) => one.kind === 'account' && one.name === 'dora'),
      ).toBe(true)
    }),
  )
})
