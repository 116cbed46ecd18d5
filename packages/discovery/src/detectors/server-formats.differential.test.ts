import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { detect } from './detect.ts'

const folder = mkdtempSync(join(tmpdir(), 'server-formats-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** What is found in a file, with the value itself as its digest: what a program wrote is compared with what was found. */
const foundIn = (path: string, bytes: Uint8Array) =>
  detect(path, bytes, { keyedDigest: (value) => value }).found.map(({ digest, account, system, value, state }) => ({
    digest,
    ...(account === undefined ? {} : { account }),
    ...(system === undefined ? {} : { system }),
    value,
    state,
  }))

const textOf = (text: string) => new TextEncoder().encode(text)
const installed = (...programs: string[]) =>
  programs.every((program) =>
    ['/usr/bin', '/usr/sbin', '/sbin', '/bin'].some((place) => existsSync(join(place, program))),
  )

const name = fc.stringMatching(/^[a-z][a-z0-9._-]{1,15}$/)
const printable = fc.stringMatching(/^[!-~]{1,24}$/)
const phrase = fc.stringMatching(/^[A-Za-z0-9 .,;:!#%&*+@_-]{8,40}$/).filter((text) => text.trim() === text)

describe('what the programs of servers write is found, with its account and nothing besides', () => {
  test.skipIf(!installed('htpasswd')).each(['-m', '-2', '-5', '-s', '-d', '-B'])('htpasswd %s', (scheme) => {
    fc.assert(
      fc.property(name, printable, (account, password) => {
        const line = execFileSync(
          'htpasswd',
          ['-b', '-n', ...(scheme === '-B' ? ['-B', '-C4'] : [scheme]), account, password],
          {
            encoding: 'utf8',
            stdio: ['ignore', 'pipe', 'ignore'],
          },
        )
        const [, hash] = /^[^:]+:(.+)$/m.exec(line) ?? []
        expect(foundIn('/srv/www/.htpasswd', textOf(line))).toEqual([
          { digest: hash, account, value: 'hash', state: 'active' },
        ])
      }),
      { numRuns: 8 },
    )
  })

  test.skipIf(!installed('mosquitto_passwd'))('mosquitto_passwd', () => {
    const path = join(folder, 'mosquitto')
    for (const account of ['alice', 'bob'])
      execFileSync('mosquitto_passwd', ['-b', ...(account === 'alice' ? ['-c'] : []), path, account, 'oak-leaf-7'], {
        stdio: 'ignore',
      })
    const lines = readFileSync(path, 'utf8').trim().split('\n')
    expect(foundIn('/etc/mosquitto/passwd', readFileSync(path))).toEqual(
      lines.map((line) => ({
        digest: line.split(':')[1],
        account: line.split(':')[0],
        value: 'hash',
        state: 'active',
      })),
    )
  })

  test.skipIf(!installed('wpa_passphrase'))('wpa_passphrase', () => {
    fc.assert(
      fc.property(name, phrase, (ssid, password) => {
        const written = execFileSync('wpa_passphrase', [ssid, password], { encoding: 'utf8' })
        const [, key] = /^\tpsk=(\w+)$/m.exec(written) ?? []
        expect(
          foundIn('/etc/wpa_supplicant/wpa_supplicant.conf', textOf(written)).map(({ digest, state }) => [
            digest,
            state,
          ]),
        ).toEqual([
          [password, 'commented'],
          [key, 'active'],
        ])
      }),
      { numRuns: 15 },
    )
  })

  test.skipIf(!installed('saslpasswd2'))('saslpasswd2', () => {
    const path = join(folder, 'sasldb2')
    const accounts = new Map(Array.from({ length: 30 }, (_, index) => [`user${index}`, `oak leaf ${index} ü`]))
    for (const [account, password] of accounts)
      execFileSync('saslpasswd2', ['-p', '-c', '-f', path, '-u', 'example.org', account], { input: password })
    const found = foundIn('/etc/sasldb2', readFileSync(path))
    expect(new Map(found.map(({ account, digest }) => [account, digest]))).toEqual(accounts)
    expect(found.every(({ system }) => system === 'example.org')).toBe(true)
    expect(found).toHaveLength(accounts.size)
  })

  test.skipIf(!installed('smbpasswd', 'testparm'))('smbpasswd', () => {
    const configuration = join(folder, 'smb.conf')
    const places = ['private dir', 'lock dir', 'state directory', 'cache directory'].map(
      (place) => `${place} = ${folder}\n`,
    )
    writeFileSync(
      configuration,
      `[global]\npassdb backend = smbpasswd:${join(folder, 'smbpasswd')}\n${places.join('')}`,
    )
    execFileSync('smbpasswd', ['-c', configuration, '-s', '-a', 'nobody'], {
      input: 'oak-leaf-7\noak-leaf-7\n',
      stdio: 'pipe',
    })
    const written = readFileSync(join(folder, 'smbpasswd'))
    expect(foundIn('/var/lib/samba/private/smbpasswd', written)).toEqual([
      { digest: written.toString().split(':')[3], account: 'nobody', value: 'hash', state: 'active' },
    ])
  })

  test.skipIf(!installed('rndc-confgen', 'tsig-keygen'))('rndc-confgen and tsig-keygen', () => {
    execFileSync('rndc-confgen', ['-a', '-c', join(folder, 'rndc.key')], { stdio: 'ignore' })
    const control = readFileSync(join(folder, 'rndc.key'), 'utf8')
    const whole = execFileSync('rndc-confgen', [], { encoding: 'utf8' })
    const update = execFileSync('tsig-keygen', ['-a', 'hmac-sha512', 'ddns.example.org'], { encoding: 'utf8' })
    const secretOf = (text: string) => /secret "([^"]+)"/.exec(text)?.[1]
    expect(foundIn('/etc/bind/rndc.key', textOf(control)).map(({ digest, account }) => [digest, account])).toEqual([
      [secretOf(control), 'rndc-key'],
    ])
    expect(foundIn('/root/update', textOf(update)).map(({ digest, account }) => [digest, account])).toEqual([
      [secretOf(update), 'ddns.example.org'],
    ])
    // What is meant for named.conf is in comments.
    expect(foundIn('/etc/bind/rndc.conf', textOf(whole)).map(({ digest, state }) => [digest, state])).toEqual([
      [secretOf(whole), 'active'],
      [secretOf(whole), 'commented'],
    ])
  })

  test.skipIf(!installed('slapd', 'slappasswd', 'slaptest'))('slappasswd and slaptest', () => {
    const hash = execFileSync('slappasswd', ['-s', 'oak-leaf-7'], { encoding: 'utf8' }).trim()
    const settings = [
      'include /etc/ldap/schema/core.schema',
      'modulepath /usr/lib/ldap',
      'moduleload back_mdb',
      'database mdb',
      'suffix "dc=example,dc=org"',
      'rootdn "cn=admin,dc=example,dc=org"',
      `rootpw ${hash}`,
      `directory ${folder}`,
      'syncrepl rid=1 provider=ldap://provider.example.org',
      '  searchbase="dc=example,dc=org" bindmethod=simple',
      '  binddn="cn=copy,dc=example,dc=org" credentials="rowan 19, elm"',
    ]
    const path = join(folder, 'slapd.conf')
    writeFileSync(path, `${settings.join('\n')}\n`)
    const pairs = [
      [hash, 'cn=admin,dc=example,dc=org'],
      ['rowan 19, elm', 'cn=copy,dc=example,dc=org'],
    ]
    expect(foundIn('/etc/ldap/slapd.conf', readFileSync(path)).map(({ digest, account }) => [digest, account])).toEqual(
      pairs,
    )
    const tree = mkdtempSync(join(folder, 'slapd.d-'))
    // It cannot open the database, which is not there, but has written the tree by then.
    spawnSync('slaptest', ['-f', path, '-F', tree], { stdio: 'ignore' })
    const file = readdirSync(join(tree, 'cn=config')).find((one) => one.includes('mdb')) ?? ''
    const found = foundIn(`/etc/ldap/slapd.d/cn=config/${file}`, readFileSync(join(tree, 'cn=config', file)))
    expect(found.map(({ digest, account }) => [digest, account]).toSorted()).toEqual(pairs.toSorted())
  })

  test
    .skipIf(!installed('doveadm'))
    .each([
      'SSHA256',
      'SHA512-CRYPT',
      'PLAIN',
      'PLAIN-MD5',
      'PBKDF2',
      'SCRAM-SHA-256',
      'CRAM-MD5',
      'SSHA.b64',
      'SHA.hex',
    ])('doveadm pw -s %s', (scheme) => {
    const written = execFileSync('doveadm', ['pw', '-s', scheme, '-p', 'oak-leaf-7'], { encoding: 'utf8' }).trim()
    const [found, ...more] = foundIn(
      '/etc/dovecot/users',
      textOf(`alice@example.org:${written}:1000:1000::/home/alice::\n`),
    )
    expect(found).toEqual({
      digest: scheme === 'PLAIN' ? 'oak-leaf-7' : written,
      account: 'alice@example.org',
      value: scheme === 'PLAIN' ? 'literal' : 'hash',
      state: 'active',
    })
    expect(more).toEqual([])
  })

  test.skipIf(!installed('debconf-set-selections'))('debconf-set-selections', () => {
    const seed =
      'pkg pkg/root-password password oak leaf 7\npkg pkg/app-pass password rowan.19\npkg pkg/name string alice\n'
    const path = join(folder, 'config.dat')
    const rules = join(folder, 'debconf.conf')
    const templates = `Name: templates\nDriver: File\nFilename: ${join(folder, 'templates.dat')}\n`
    writeFileSync(
      rules,
      `Config: config\nTemplates: templates\n\nName: config\nDriver: File\nFilename: ${path}\n\n${templates}`,
    )
    execFileSync('debconf-set-selections', [], {
      input: seed,
      env: { ...process.env, DEBCONF_SYSTEMRC: rules },
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    const digests = (one: string, bytes: Uint8Array) =>
      foundIn(one, bytes)
        .map(({ digest }) => digest)
        .toSorted()
    expect(digests('/var/cache/debconf/config.dat', readFileSync(path))).toEqual(['oak leaf 7', 'rowan.19'])
    expect(digests('/root/preseed.cfg', textOf(seed))).toEqual(['oak leaf 7', 'rowan.19'])
  })

  test.skipIf(!installed('snmpd'))('snmpd keeps what createUser told it', async () => {
    const kept = join(folder, 'snmp')
    const settings = join(folder, 'snmpd.conf')
    writeFileSync(settings, 'createUser alice SHA "oak leaf 7" AES rowan-19-x\nrouser alice\n')
    expect(
      foundIn('/etc/snmp/snmpd.conf', readFileSync(settings)).map(({ digest, account }) => [digest, account]),
    ).toEqual([
      ['oak leaf 7', 'alice'],
      ['rowan-19-x', 'alice'],
    ])
    const daemon = spawn('snmpd', ['-f', '-Lo', '-C', '-c', settings, `unix:${join(folder, 'snmp.socket')}`], {
      env: { ...process.env, SNMP_PERSISTENT_DIR: kept },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    await said(daemon, 'NET-SNMP version')
    daemon.kill('SIGTERM')
    await new Promise((done) => daemon.once('exit', done))
    const written = readFileSync(join(kept, 'snmpd.conf'), 'utf8')
    const keys = [...written.matchAll(/^usmUser .*$/gm)].flatMap(([line]) => line.match(/ 0x[0-9a-f]{30,}(?= )/g) ?? [])
    expect(keys.length).toBeGreaterThanOrEqual(2)
    expect(
      foundIn('/var/lib/snmp/snmpd.conf', textOf(written)).map(({ digest, account }) => [` ${digest}`, account]),
    ).toEqual(keys.slice(-2).map((key) => [key, 'alice']))
  })

  test.skipIf(!installed('redis-server', 'redis-cli'))(
    'redis-server writes its settings anew, and its accounts',
    async () => {
      const settings = join(folder, 'redis.conf')
      const accounts = join(folder, 'users.acl')
      const socket = join(folder, 'redis.socket')
      writeFileSync(settings, `port 0\nunixsocket ${socket}\ndir ${folder}\nsave ""\nmasterauth x\n`)
      const server = spawn('redis-server', [settings], { stdio: ['ignore', 'pipe', 'ignore'] })
      try {
        await said(server, 'eady to accept connections')
        const ask = (...words: string[]) => execFileSync('redis-cli', ['-s', socket, ...words], { encoding: 'utf8' })
        const password = 'oak "leaf" \\ 7 #x'
        ask('CONFIG', 'SET', 'masterauth', password)
        ask('ACL', 'SETUSER', 'alice', 'on', '>rowan.19', '+@all', '~*')
        ask('CONFIG', 'REWRITE')
        const found = foundIn('/etc/redis/redis.conf', readFileSync(settings))
        expect(found.filter(({ account }) => account === undefined).map(({ digest }) => digest)).toEqual([password])
        expect(found.filter(({ account }) => account === 'alice').map(({ value }) => value)).toEqual(['hash'])
        const list = ask('ACL', 'LIST')
        writeFileSync(accounts, list)
        expect(
          foundIn('/etc/redis/users.acl', readFileSync(accounts)).map(({ account, value }) => [account, value]),
        ).toEqual([
          ['alice', 'hash'],
          ['default', 'empty'],
        ])
      } finally {
        server.kill('SIGTERM')
        await new Promise((done) => server.once('exit', done))
      }
    },
  )
})

/** Once a program has said something. */
const said = (program: ChildProcess, words: string): Promise<void> =>
  new Promise((done, fail) => {
    let heard = ''
    program.stdout!.on('data', (part: Buffer) => {
      heard += part.toString()
      if (heard.includes(words)) done()
    })
    program.once('exit', () => fail(new Error(`${program.spawnfile} ended before it said ${words}`)))
  })
