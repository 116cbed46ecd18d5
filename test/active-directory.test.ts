import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { finding, type Finding, type FindingOf } from '@rollcall/contract'
import { directoryMakes, scanDirectory, type DirectoryMemory, type ScannedDirectory } from '@rollcall/discovery'
import { directoryPrivilege } from '@rollcall/inventory'
import { certificatePins, openDirectory } from '@rollcall/reach'
import { Secret } from '@rollcall/secret'
import { securityDescriptor } from '../packages/discovery/src/formats/active-directory/security-descriptor.ts'
import { SAMBA_BASE, SAMBA_SID, sambaLacks, startSamba, type SambaLab } from './lab/directories/samba.ts'
import {
  CHANGE,
  dnOf,
  PASSWORD,
  SAMBA_IDENTITIES,
  SAMBA_RIGHTS,
  SAMBA_SEED,
  SAMBA_TAKEOVERS,
  SAMBA_WEAKNESSES,
  SSH_KEY,
} from './lab/directories/samba-truth.ts'

/* A real domain with everything wrong in it that the truth says, looked at by an administrator, an ordinary user and somebody in between. */

const skipped = sambaLacks()
const NOW = new Date('2026-11-22T12:00:00Z')

interface Scan {
  readonly scanned: ScannedDirectory
  readonly findings: readonly Finding[]
}

let lab: SambaLab
beforeAll(async () => {
  if (skipped === undefined) lab = await startSamba(SAMBA_SEED)
}, 180_000)
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]()
})

const scanAs = async (who: string, remembered?: DirectoryMemory, now = NOW): Promise<Scan> => {
  const { signal } = new AbortController()
  const password = who === 'Administrator' ? lab.administrator.password : PASSWORD(who)
  await using directory = await openDirectory(
    { kind: 'directory', security: 'ldaps', host: lab.address, port: 636 },
    {
      login: { kind: 'simple', name: `${who}@corp.example.com`, password: Secret.ofText(password) },
      trust: { ca: [lab.authority], policy: 'strict', pins: certificatePins() },
      signal,
    },
  )
  const findings: Finding[] = []
  const scanned = await scanDirectory(directory, await directoryMakes(), {
    sha256: (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest()),
    keyedDigest: (secret) => createHash('sha256').update(`lab ${secret}`).digest('base64url').slice(0, 32),
    now,
    signal,
    take: (_, told) => void findings.push(...told),
    remembered,
  })
  if (scanned === undefined) throw new Error('no make recognises it')
  return { scanned, findings }
}

const firstOf = (dn: string) => /^\w+=([^,]*)/.exec(dn)?.[1] ?? dn
const of = <K extends Finding['kind']>({ findings }: Scan, kind: K) =>
  findings.filter((one): one is FindingOf<K> => one.kind === kind)

describe.skipIf(skipped !== undefined)(`a Samba domain ${skipped === undefined ? '' : `(skipped: ${skipped})`}`, () => {
  const scans = new Map<string, Promise<Scan>>()
  const scanOf = (who: keyof typeof SAMBA_IDENTITIES) => {
    const known = scans.get(who) ?? scanAs(who)
    scans.set(who, known)
    return known
  }

  describe.each(['Administrator', 'plain', 'helpdesk'] as const)('looked at by %s', (who) => {
    const { weaknesses, denied } = SAMBA_IDENTITIES[who]

    test('is told with everything that is wrong in it, and nothing else', { timeout: 60_000 }, async () => {
      const told: Record<string, string[]> = {}
      for (const { weakness, objectName } of of(await scanOf(who), 'directory-weakness'))
        (told[weakness] ??= []).push(objectName)
      const expected: Record<string, string[]> = {}
      for (const truth of [SAMBA_WEAKNESSES, weaknesses])
        for (const [code, names] of Object.entries(truth)) (expected[code] ??= []).push(...names)
      const sorted = (record: Record<string, string[]>) =>
        Object.fromEntries(Object.entries(record).map(([code, names]) => [code, names.toSorted()]))
      expect(sorted(told)).toEqual(sorted(expected))
    })

    test('says which attributes it may not read, and never that there is nothing', async () => {
      const { scanned } = await scanOf(who)
      const said = Object.fromEntries(
        scanned.sections
          .map(({ probe, outcome }) => [
            probe,
            outcome.reasons
              .filter(({ code, path }) => code === 'attribute-denied' && !path?.startsWith('CN=Deleted Objects,'))
              .map(({ detail, count }) => `${detail}${count === undefined ? '' : ` ${count}`}`)
              .toSorted(),
          ])
          .filter(([, reasons]) => reasons!.length > 0),
      )
      expect(said).toEqual(denied)
      const policies = scanned.sections.find(({ probe }) => probe === 'directory-policies')
      expect(policies?.outcome.status).toBe(who === 'Administrator' ? 'complete' : 'partial')
    })

    test('is told with every right that a new domain does not have', async () => {
      const rights = of(await scanOf(who), 'directory-right').filter(({ ordinary }) => ordinary !== true)
      expect(
        rights
          .map(
            ({ trusteeName, right, objectName, below, applies }) =>
              `${trusteeName} ${right} ${objectName}${below === undefined ? '' : ` below ${below.join(',')} ${applies}`}`,
          )
          .toSorted(),
      ).toEqual(SAMBA_RIGHTS.toSorted())
    })

    test('gives away no password', async () => {
      const { findings, scanned } = await scanOf(who)
      const text = JSON.stringify([findings, scanned])
      for (const secret of [
        'Summer-2023!',
        'Hunter2-lab',
        'Kept-in-clear-1',
        'ABCD1234abcd.',
        'Laps-v1-of-the-lab',
        'Laps-v2-of-the-lab',
        PASSWORD('helpdesk'),
      ])
        expect(text).not.toContain(secret)
    })
  })

  test('findings are as the contract has them', async () => {
    for (const one of (await scanOf('Administrator')).findings) expect(finding.safeParse(one).error).toBeUndefined()
  })

  test('it is known by its SID, and by the database that answered', async () => {
    expect((await scanOf('plain')).scanned.signals).toMatchObject({
      make: 'samba-ad',
      id: SAMBA_SID,
      suffix: SAMBA_BASE,
      domain: 'corp.example.com',
      flatName: 'CORP',
      server: 'dc1.corp.example.com',
      identity: 'plain@corp.example.com',
    })
  })

  test('policies are told with where they apply', async () => {
    const settings = of(await scanOf('plain'), 'setting').filter(
      ({ subject, name }) => subject === 'directory' && ['gplink-enforced', 'gpoptions', 'applies-to'].includes(name),
    )
    const sids = new Map(of(await scanOf('plain'), 'directory-account').map(({ sid = '', name }) => [sid, name]))
    expect(
      settings
        .map(
          ({ name, values, place }) =>
            `${firstOf(place!.path)} ${name} ${values.map((one) => sids.get(one) ?? firstOf(one)).join(' ')}`,
        )
        .toSorted(),
    ).toEqual([
      'Hidden gpoptions 1',
      `Servers gplink-enforced ${[4, 5].map((number) => `{0A1B2C3D-0000-4000-8000-00000000000${number}}`).join(' ')}`,
      '{0A1B2C3D-0000-4000-8000-000000000004} applies-to LNX1$',
      '{0A1B2C3D-0000-4000-8000-000000000005} applies-to SRV1$',
    ])
  })

  test('accounts are told with what decides about them', async () => {
    const accounts = new Map(of(await scanOf('plain'), 'directory-account').map((one) => [one.name, one]))
    expect(accounts.get('svc-sql')).toMatchObject({
      type: 'user',
      principals: ['svc-sql@corp.example.com'],
      states: ['password-never-expires'],
      serviceSigns: ['spn', 'name', 'container'],
      encryption: ['rc4'],
      passwordChanged: '2022-10-14T00:00:00.000Z',
      lastLogin: 'never',
      primaryGroup: 513,
    })
    expect(accounts.get('SRV1$')?.computer).toMatchObject({
      dnsName: 'srv1.corp.example.com',
      localAdminPassword: 'managed',
    })
    expect(accounts.get('SRV3$')?.computer?.localAdminPassword).toBe('not-managed')
    expect(accounts.get('gmsa1$')).toMatchObject({ type: 'managed-service', serviceSigns: ['managed'] })
    expect(accounts.get('keys')).toMatchObject({
      mappedIdentities: ['X509:<I>CN=Issuer<S>CN=keys'],
      posix: { uid: 50_001, gid: 50_000, home: '/home/keys', shell: '/bin/bash' },
    })
    expect(accounts.get('expired')?.states).toContain('expired')
    expect(of(await scanOf('plain'), 'key')).toMatchObject([
      { role: 'authorized', account: 'keys', algorithm: 'ssh-ed25519', comment: SSH_KEY.split(' ')[2] },
    ])
  })

  test('groups are told with every member, in every language the privileged ones', async () => {
    const scan = await scanOf('plain')
    const members = of(scan, 'directory-member')
    const within = (name: string) =>
      members
        .filter(({ group }) => group === name)
        .map(({ memberName }) => memberName)
        .toSorted()
    expect(within('Domain Admins')).toEqual(['Administrator', 'T0-Admins', 'adm-disabled', 'adm-guarded', 'svc-sql'])
    expect(within('circle-a')).toEqual(['circle-b'])
    expect(within('Administrators')).toEqual([
      'Administrator',
      'Domain Admins',
      'Enterprise Admins',
      'S-1-5-21-9-9-9-1105',
    ])
    expect(members.filter(({ memberObject }) => memberObject === undefined).map(({ member }) => member)).toEqual([
      dnOf('unseen', 'Hidden'),
    ])
    expect(members.find(({ memberName }) => memberName === 'somebody')?.memberType).toBe('other')
    const groups = new Map(of(scan, 'directory-group').map((one) => [one.name, one]))
    expect(groups.get('Account Operators')).toMatchObject({ wellKnown: 'account-operators', tier: 0, scope: 'builtin' })
    expect(groups.get('T0-Admins')).not.toHaveProperty('tier')
  })

  test.each([
    ['Administrator', []],
    [
      'plain',
      [
        `OU=Hidden,${SAMBA_BASE}: entries that groups name, 1`,
        `OU=Hidden,${SAMBA_BASE}: whatever lies in it: the scan account may not list it`,
        `OU=Policy,${SAMBA_BASE}: entries of which not even the class may be read, 1`,
      ],
    ],
    [
      'helpdesk',
      [
        `OU=Hidden,${SAMBA_BASE}: entries that groups name, 1`,
        `OU=Hidden,${SAMBA_BASE}: whatever lies in it: the scan account may not list it`,
      ],
    ],
  ] as const)('%s is told which entries are hidden', async (who, hidden) => {
    const { scanned, findings } = await scanOf(who)
    for (const probe of ['directory-accounts', 'directory-computers', 'directory-groups']) {
      const outcome = scanned.sections.find((one) => one.probe === probe)?.outcome
      expect([probe, outcome?.status]).toEqual([probe, hidden.length === 0 ? 'complete' : 'partial'])
      expect(
        outcome?.reasons
          .filter(({ code }) => code === 'fewer-than-counted' || code === 'no-such-entry')
          .map(({ path, detail, count }) => `${path}: ${detail}${count === undefined ? '' : `, ${count}`}`)
          .toSorted(),
      ).toEqual(hidden)
    }
    const names = new Set(findings.flatMap((one) => (one.kind === 'directory-account' ? [one.name] : [])))
    expect([names.has('unseen'), names.has('veiled')]).toEqual([who === 'Administrator', who !== 'plain'])
  })

  test('password policies hold for accounts as the server says, whether they may be read or not', async () => {
    const terms = async (who: keyof typeof SAMBA_IDENTITIES) =>
      new Map(
        of(await scanOf(who), 'directory-account')
          .filter(({ name, type }) => type === 'user' && !['unseen', 'veiled'].includes(name))
          .map(({ name, passwordPolicy, passwordExpires, states }) => [
            name,
            [passwordPolicy?.split(',')[0], passwordExpires, states.includes('password-expired')],
          ]),
      )
    const known = await terms('Administrator')
    expect(Object.fromEntries(known)).toMatchObject({
      // Given to the account itself, by a group, by a group within it, by the primary group; none.
      'under-own': ['CN=pso-own', '2026-12-07T00:00:00.000Z', false],
      'under-group': ['CN=pso-group', '2026-11-17T00:00:00.000Z', true],
      'under-nested': ['CN=pso-group', '2026-11-17T00:00:00.000Z', true],
      'under-primary': ['CN=pso-primary', '2026-11-27T00:00:00.000Z', false],
      'svc-sql': ['CN=pso-services', undefined, false],
      smart: ['DC=corp', undefined, false],
    })
    // These are not told which policies there are, so that each account is asked.
    const tenths = (all: typeof known) =>
      [...all].map(([name, [policy, until, over]]) => [name, policy, String(until).slice(0, 19), over]).toSorted()
    expect(tenths(await terms('plain'))).toEqual(tenths(known))
  })

  test.each(['Administrator', 'plain'] as const)('who takes it over, as %s sees it', async (who) => {
    const { scanned, findings } = await scanOf(who)
    const scopes = scanned.sections.map(({ probe, outcome }) => ({ probe, outcome }))
    const privilege = directoryPrivilege({ signals: scanned.signals, scopes })
    // Everybody takes it over by one template, which would hide the other ways.
    for (const one of findings)
      if (one.kind !== 'directory-weakness' || one.objectName !== 'LabSubject') privilege.add(one)
    const names = new Map(of({ scanned, findings }, 'directory-account').map(({ object, name }) => [object, name]))
    const standings = [...privilege.resolve().accounts]
    const told = (privileged: string) =>
      standings.flatMap((one) => (one.privileged === privileged ? [names.get(one.object)!] : [])).toSorted()
    expect(told('yes')).toEqual(SAMBA_TAKEOVERS.yes.toSorted())
    // Where something is hidden, nobody is said to have no way.
    const others = [...names.values()].filter((name) => !SAMBA_TAKEOVERS.yes.includes(name)).toSorted()
    expect(told('unknown')).toEqual(who === 'plain' ? others : SAMBA_TAKEOVERS.unknown.toSorted())
    const editor = standings.find(({ object }) => names.get(object) === 'editor')
    expect(editor?.paths[0]).toMatchObject({
      via: 'policy',
      sentence:
        'editor may write every attribute of Lab policy 1. The policy Lab policy 1 applies to what lies in ' +
        `OU=Domain Controllers,${SAMBA_BASE}. Policies of OU=Domain Controllers,${SAMBA_BASE} apply to DC1$. DC1$ is a domain controller.`,
    })
  })

  test('every descriptor of the domain is read as Samba reads it', { timeout: 60_000 }, () => {
    const peers = lab.descriptors().trimEnd().split('\n')
    expect(peers.length).toBeGreaterThan(250)
    for (const line of peers) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the lab prints
      const peer = JSON.parse(line) as { bytes: string; owner: string; control: number; aces: unknown[] }
      const read = securityDescriptor(Buffer.from(peer.bytes, 'base64'))
      const dacl = read?.dacl === 'everyone' ? [] : (read?.dacl ?? [])
      expect({ owner: read?.owner, control: read?.control, skipped: read?.skipped }).toEqual({
        owner: peer.owner,
        control: peer.control,
        skipped: 0,
      })
      expect(
        dacl.map(({ type, flags, mask, sid, object, inheritedObject }) => {
          const objects = object !== undefined || inheritedObject !== undefined
          return [
            (type === 'allow' ? 0 : 1) + (objects ? 5 : 0),
            flags,
            mask,
            sid,
            object ?? null,
            inheritedObject ?? null,
          ]
        }),
      ).toEqual(peer.aces)
    }
  })

  test(
    'each right that is given to an account of the domain stands in the list that samba-tool prints',
    { timeout: 60_000 },
    async () => {
      const rights = of(await scanOf('Administrator'), 'directory-right').filter(
        ({ trustee, below, evidence }) =>
          below === undefined && evidence.startsWith('(') && Number(trustee.split('-').at(-1)) >= 1000,
      )
      const dns = [...new Set(rights.map(({ place }) => place.path))]
      const lists = new Map(lab.lists(dns).map((list, at) => [dns[at]!, list]))
      for (const { place, evidence } of rights) expect(lists.get(place.path)).toContain(evidence)
      // And the other way round: but for one half of what takes two, and to whom policies apply, all that samba-tool prints of these accounts is told.
      const told = new Set(rights.map(({ evidence }) => evidence))
      const printed = [...lists.values()].flatMap((list) =>
        [...list.matchAll(/\(O?A;[A-Z]*;[A-Z]*;[^()]*;S-1-5-21-[\d-]*-1\d{3}\)/g)].map(([ace]) => ace),
      )
      const untold = ['1131f6aa-9c07-11d1-f79f-00c04fc2dcd2', 'edacfd8f-ffb3-11d1-b41d-00a0c968f939']
      expect(
        printed.filter((ace) => !/;[A-Z]*IO/.test(ace) && !untold.some((one) => ace.includes(one)) && !told.has(ace)),
      ).toEqual([])
    },
  )

  test(
    'what changed is told with all there is of it, what is deleted too, and nothing else',
    { timeout: 90_000 },
    async () => {
      const first = await scanAs('Administrator')
      expect(first.scanned.memory).toBeDefined()
      const objects = new Map(of(first, 'directory-account').map(({ name, object }) => [name, object]))
      const unchanged = await scanAs('Administrator', first.scanned.memory)
      const sections = (scan: Scan) =>
        new Map<string, (typeof scan.scanned.sections)[number]>(scan.scanned.sections.map((one) => [one.probe, one]))
      expect(sections(unchanged).get('directory-accounts')).toMatchObject({ changed: [], findings: 0 })
      expect(sections(unchanged).has('directory-rights')).toBe(false)
      lab.change({ ldif: CHANGE(dnOf('stale', 'Staff'), 'replace', 'description', 'the password: Wrongly-kept-1') })
      lab.tool('user', 'delete', 'open')
      const second = await scanAs('Administrator', unchanged.scanned.memory)
      expect(sections(second).get('directory-accounts')?.changed).toEqual(
        expect.arrayContaining([objects.get('stale'), objects.get('open')]),
      )
      expect(of(second, 'directory-account').map(({ name }) => name)).toEqual(['stale'])
      expect(of(second, 'stored-credential')).toHaveLength(1)
      expect(of(second, 'directory-weakness').map(({ weakness }) => weakness)).toContain('stale')
      // A new member of a group that decides makes it a look at everything; so does a week, and another database.
      lab.change({ ldif: CHANGE(dnOf('T0-Admins-3', 'Tier0'), 'add', 'member', dnOf('plain', 'Staff')) })
      const third = await scanAs('Administrator', second.scanned.memory)
      expect(sections(third).get('directory-accounts')?.changed).toBeUndefined()
      expect(sections(third).get('directory-accounts')?.outcome.reasons).toContainEqual(
        expect.objectContaining({ code: 'full-look-needed' }),
      )
      const later = await scanAs('Administrator', first.scanned.memory, new Date('2026-12-01T12:00:00Z'))
      expect(sections(later).has('directory-rights')).toBe(true)
      const elsewhere = await scanAs('Administrator', { ...first.scanned.memory, invocation: 'another' })
      expect(sections(elsewhere).has('directory-rights')).toBe(true)
    },
  )

  test(
    'a database that was restored, or has another invocation id, is looked at as a whole',
    { timeout: 120_000 },
    async () => {
      const isWhole = ({ scanned }: Scan) => scanned.sections.every(({ changed }) => changed === undefined)
      const said = (scan: Scan) =>
        scan.scanned.sections.flatMap(({ outcome }) => outcome.reasons).find(({ code }) => code === 'full-look-needed')
          ?.detail
      const edit = (text: string) =>
        lab.change({ ldif: CHANGE(dnOf('keys', 'Staff'), 'replace', 'description', `about ${text}`) })
      await lab.stop()
      const restore = lab.backup()
      await lab.start()
      const first = await scanAs('Administrator')
      edit('what will be lost')
      const second = await scanAs('Administrator', first.scanned.memory)
      expect(isWhole(second)).toBe(false)
      await lab.stop()
      restore()
      await lab.start()
      const third = await scanAs('Administrator', second.scanned.memory)
      expect([isWhole(third), said(third)]).toEqual([true, 'its database was restored'])
      // It changes on, until its numbers are beyond what was told before.
      lab.change({
        ldif: ['one', 'two', 'three', 'four']
          .map((nth) => CHANGE(dnOf('plain', 'Staff'), 'replace', 'description', `about ${nth}`))
          .join(''),
      })
      const fourth = await scanAs('Administrator', second.scanned.memory)
      expect([isWhole(fourth), said(fourth)]).toEqual([true, 'its database was restored'])
      // Whoever restores one properly gives it a new invocation id.
      await lab.stop()
      lab.change({
        ldif: CHANGE(
          `CN=NTDS Settings,CN=DC1,CN=Servers,CN=Default-First-Site-Name,CN=Sites,CN=Configuration,${SAMBA_BASE}`,
          'replace',
          'invocationId',
          ': AAECAwQFBgcICQoLDA0ODw==',
        ),
        controls: ['relax:0'],
      })
      await lab.start()
      const fifth = await scanAs('Administrator', fourth.scanned.memory)
      expect([isWhole(fifth), said(fifth)]).toEqual([true, 'another server, or its database was restored'])
    },
  )
})
