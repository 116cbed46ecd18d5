import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DirectoryTarget } from '@rollcall/contract'
import {
  approvePins,
  certificatePins,
  loginLedger,
  openDirectory,
  ReachError,
  type DirectoryLogin,
  type DirectoryTrust,
  type LoginLedger,
} from '@rollcall/reach'
import { Secret } from '@rollcall/secret'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { labAuthority } from './lab/directories/certificates.ts'
import { slapdLacks, startSlapd, type SlapdLab } from './lab/directories/slapd.ts'

const lacks = slapdLacks()
const { signal } = new AbortController()
const WRONG = 'Quite-Another-9'

describe.skipIf(lacks !== undefined)(`a real OpenLDAP${lacks === undefined ? '' : ` (${lacks})`}`, () => {
  let lab: SlapdLab
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rollcall-directory-logins-'))
    lab = await startSlapd({
      bulk: 2500,
      global: [String.raw`olcAuthzRegexp: {0}"cn=([^,]+)" "uid=$1,ou=People,dc=example,dc=org"`],
      data: `dn: uid=scan,ou=People,dc=example,dc=org
objectClass: account
objectClass: simpleSecurityObject
uid: scan
userPassword: Scan-Account-1

dn: uid=odd,ou=People,dc=example,dc=org
objectClass: inetOrgPerson
uid: odd
cn:: w6TDtsO8IPCfmIA=
sn:: IGxlYWRpbmc=
jpegPhoto:: AAEC/v+A
description: one
description: two

dn: ou=Elsewhere,dc=example,dc=org
objectClass: referral
objectClass: extensibleObject
ou: Elsewhere
ref: ldap://127.0.0.99/ou=Elsewhere,dc=example,dc=org

`,
      access: ['to attrs=userPassword by anonymous auth by * none', 'to * by users read by * none'],
    })
  }, 60_000)
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  const target = (security: DirectoryTarget['security'] = 'ldaps'): DirectoryTarget => ({
    kind: 'directory',
    security,
    host: lab.address,
    port: security === 'ldaps' ? lab.port : lab.plainPort,
  })
  const manager = (password = lab.root.password): DirectoryLogin => ({
    kind: 'simple',
    name: lab.root.dn,
    password: Secret.ofText(password),
  })
  const vouched = (): DirectoryTrust => ({ ca: [lab.authority], policy: 'strict', pins: certificatePins() })
  const open = (
    login: DirectoryLogin = manager(),
    trust = vouched(),
    to = target(),
    ledger: LoginLedger = loginLedger(),
  ) => openDirectory(to, { login, trust, ledger, signal })
  const code = (promise: Promise<AsyncDisposable>) =>
    promise.then(
      async (directory) => {
        await directory[Symbol.asyncDispose]()
        return 'opened'
      },
      (error: unknown) => {
        if (!(error instanceof ReachError)) throw error
        return error.code
      },
    )

  test.each(['ldaps', 'starttls'] as const)(
    '%s: every entry and every value is what ldapsearch says',
    async (security) => {
      await using directory = await open(manager(), vouched(), target(security))
      const lines: string[] = []
      const end = await directory.search(
        { base: lab.suffix, scope: 'sub', filter: '(objectClass=*)', attributes: ['*', 'entryUUID'] },
        (entries) => {
          for (const entry of entries)
            for (const name of entry.names)
              for (const value of entry.values(name))
                lines.push(`${entry.dn} ${name} ${Buffer.from(value).toString('base64')}`)
        },
        signal,
      )
      expect(end).toMatchObject({
        pages: 3,
        result: 0,
        referrals: ['ldap://127.0.0.99/ou=Elsewhere,dc=example,dc=org??sub'],
      })
      expect(end.reason).toBeUndefined()
      const ldif = lab.client('ldapsearch', lab.root, [
        '-LLL',
        '-o',
        'ldif-wrap=no',
        '-b',
        lab.suffix,
        '(objectClass=*)',
        '*',
        'entryUUID',
      ])
      expect(lines.toSorted()).toEqual(linesOf(ldif).toSorted())
    },
  )

  test('a certificate of another authority, or for another name, gets nothing', async () => {
    const other = labAuthority(join(folder, 'other'))
    const stranger: DirectoryTrust = { ...vouched(), ca: [readFileSync(other.file, 'utf8')] }
    expect(await code(open(manager(), stranger))).toBe('certificate-untrusted')
    expect(await code(open(manager(), stranger, target('starttls')))).toBe('certificate-untrusted')
    // It listens on one address; the certificate is for that and for ldap1.example.org.
    expect(await code(open(manager(), vouched(), { ...target(), host: 'localhost' }))).toBe('certificate-name')
  })

  test('a certificate that is pinned on first use gets a password once somebody approved it', async () => {
    const path = join(folder, 'certificates')
    const trust: DirectoryTrust = { policy: 'trust-on-first-use', pins: certificatePins(path) }
    const name = `ldaps://${lab.address}:${lab.port}`
    expect(await code(open(manager(), { ...trust, policy: 'strict' }))).toBe('certificate-untrusted')
    expect(await code(open(manager(), trust))).toBe('certificate-untrusted')
    expect(await code(open({ kind: 'anonymous' }, trust))).toBe('opened')
    expect(await approvePins(path, [name])).toBe(1)
    expect(await code(open(manager(), trust))).toBe('opened')
    expect(await readFile(path, 'utf8')).toMatch(/^ldaps:\/\/127\.0\.0\.1:\d+ SHA256:[0-9a-f]{64} approved\n$/)
  })

  test('a wrong password is tried once, and never again', async () => {
    const path = join(folder, 'logins')
    const digest = (text: string) => Buffer.from(text).toString('base64url')
    const ledger = loginLedger({ path, digest })
    const error = await open(manager(WRONG), vouched(), target(), ledger).catch((cause: unknown) => cause)
    expect(error).toMatchObject({ code: 'login-rejected' })
    expect(`${String(error)} ${JSON.stringify(error)} ${(error as Error).stack}`).not.toContain(WRONG)
    expect(await code(open(manager(WRONG), vouched(), target(), loginLedger({ path, digest })))).toBe(
      'login-not-repeated',
    )
    // Nor is a right one, which nobody here can tell from another wrong one, before somebody says that it may be.
    expect(await code(open(manager(), vouched(), target(), ledger))).toBe('login-not-repeated')
    await ledger.forget(lab.root.dn)
    expect(await code(open(manager(), vouched(), target(), ledger))).toBe('opened')
  })

  test('a certificate of a client logs in as whom the server takes it for', async () => {
    const { certificate, key } = lab.clientCertificate('scan')
    const login: DirectoryLogin = {
      kind: 'external',
      certificate: readFileSync(certificate, 'utf8'),
      privateKey: Secret.ofText(readFileSync(key, 'utf8')),
      name: 'scan',
    }
    await using directory = await open(login)
    expect(directory.identity).toBe('scan')
    const uids: (string | undefined)[] = []
    const look = { base: `ou=People,${lab.suffix}`, scope: 'one', filter: '(uid=scan)', attributes: ['uid'] } as const
    await directory.search(look, ([first]) => void uids.push(first?.text('uid')), signal)
    expect(uids).toEqual(['scan'])
  })

  test('a certificate or an authority that is none is told as such', async () => {
    const login: DirectoryLogin = { kind: 'external', certificate: 'no certificate', privateKey: Secret.ofText(WRONG) }
    expect(await code(open(login))).toBe('no-credential')
    expect(
      await code(
        open(manager(), { ...vouched(), ca: ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'] }),
      ),
    ).toBe('certificate-untrusted')
  })

  test('anonymously nothing is seen that is not shown to everybody, and that is not nothing', async () => {
    await using directory = await open({ kind: 'anonymous' })
    expect(directory.identity).toBeUndefined()
    expect(directory.root.texts('namingcontexts')).toContain(lab.suffix)
    const end = await directory.search(
      { base: lab.suffix, scope: 'sub', filter: '(uid=*)', attributes: ['uid'] },
      () => undefined,
      signal,
    )
    expect(end).toMatchObject({ entries: 0, result: 32, reason: { code: 'no-such-entry' } })
  })

  test('the limit of an account is told, with what came before it', async () => {
    const scan: DirectoryLogin = {
      kind: 'simple',
      name: `uid=scan,ou=People,${lab.suffix}`,
      password: Secret.ofText('Scan-Account-1'),
    }
    await using directory = await open(scan)
    const end = await directory.search(
      { base: lab.suffix, scope: 'sub', filter: '(uid=*)', attributes: ['uid'] },
      () => undefined,
      signal,
    )
    expect(end).toMatchObject({ entries: 500, result: 4, reason: { code: 'size-limit' } })
  })

  test('a server that ends in the middle of a search leaves what came, and is not asked again', async () => {
    await using directory = await open()
    let taken = 0
    const end = await directory.search(
      { base: lab.suffix, scope: 'sub', filter: '(uid=*)', attributes: ['*'], pageSize: 100 },
      async (entries) => {
        taken += entries.length
        if (taken === 200) await lab.stop()
      },
      signal,
    )
    // A server that ends in order says so.
    expect(['busy', 'connection-lost']).toContain(end.reason?.code)
    expect(end.entries).toBe(taken)
    await lab.start()
    expect(
      await directory.search(
        { base: '', scope: 'base', filter: '(objectClass=*)', attributes: [] },
        () => undefined,
        signal,
      ),
    ).toMatchObject({
      entries: 0,
      reason: { code: end.reason?.code },
    })
  }, 30_000)
})

/** Every value of an LDIF without wrapped lines: DN, attribute and value in base64. */
const linesOf = (ldif: string): string[] =>
  ldif.split('\n\n').flatMap((block) => {
    const pairs = block.split('\n').flatMap((line) => {
      const [, name, colons, value = ''] = /^([^:#]+)(::?) ?(.*)$/.exec(line) ?? []
      if (name === undefined) return []
      const bytes = colons === '::' ? Buffer.from(value, 'base64') : Buffer.from(value)
      return [[name.toLowerCase(), bytes] as const]
    })
    const dn = pairs.find(([name]) => name === 'dn')?.[1].toString() ?? ''
    return pairs.filter(([name]) => name !== 'dn').map(([name, bytes]) => `${dn} ${name} ${bytes.toString('base64')}`)
  })
