import type { FindingOf, Place, Reason } from '@rollcall/contract'
import { clipped, MAX_PATH } from '../formats/accounts/account-file.ts'
import { parseKeytab } from '../formats/keytab.ts'
import { parseKrb5Conf, type Krb5Value } from '../formats/krb5-conf.ts'
import { parseSmbConf } from '../formats/smb-conf.ts'
import type { HostFile } from '../host.ts'
import { exampleFile, hostProbe, textOf, type Parsed } from '../probe.ts'
import { lastPart, literally } from '../posix-path.ts'

type Setting = FindingOf<'setting'>

interface Gathered {
  readonly kerberos: readonly HostFile[]
  /** What the configuration includes from elsewhere. */
  readonly included: readonly HostFile[]
  readonly samba: readonly HostFile[]
  readonly keytabs: readonly HostFile[]
}

const KERBEROS = [
  '/etc/krb5.conf',
  '/etc/krb5/krb5.conf',
  '/etc/krb5.conf.d/*',
  '/var/lib/sss/pubconf/krb5.include.d/*',
]
const SAMBA = ['/etc/samba/smb.conf', '/etc/smb.conf', '/usr/local/etc/smb4.conf', '/etc/sfw/smb.conf']
const KEYTABS = ['/etc/krb5.keytab', '/etc/krb5/krb5.keytab'] as const
const MOST_INCLUDED = 50

/** What decides which realm the host trusts to say who somebody is, and with what. */
const TOLD_OF_KERBEROS = new Set([
  'default_realm',
  'default_keytab_name',
  'default_client_keytab_name',
  'allow_weak_crypto',
  'allow_rc4',
  'allow_des3',
  'permitted_enctypes',
  'default_tgs_enctypes',
  'default_tkt_enctypes',
  'dns_lookup_realm',
])
/** Names of smb.conf(5), without the spaces that do not matter there. */
const TOLD_OF_SAMBA: Readonly<Record<string, string>> = {
  workgroup: 'workgroup',
  realm: 'realm',
  security: 'security',
  netbiosname: 'netbios name',
  serverrole: 'server role',
  kerberosmethod: 'kerberos method',
  winbindusedefaultdomain: 'winbind use default domain',
  winbindseparator: 'winbind separator',
}
/** Options of `idmap config DOMAIN :` that decide which uid a SID is given. */
const TOLD_OF_MAPPINGS = new Set(['backend', 'range', 'rangesize', 'base_rid', 'schema_mode'])

export default hostProbe<Gathered>({
  id: 'realm',
  title: 'The realm that the host belongs to: Kerberos, Samba, and the account of the machine itself',
  needs: [
    { reads: '/etc/krb5.conf and what it includes', right: 'any-account', hides: 'the realm whose tickets count here' },
    { reads: 'smb.conf', right: 'any-account', hides: 'the domain that Samba joined' },
    {
      reads: '/etc/krb5.keytab',
      right: 'root',
      hides: 'the account that the machine has in its domain',
      grants: { read: KEYTABS },
    },
  ],

  async gather(host) {
    const [kerberos, samba, keytabs] = await Promise.all([
      host.read(...KERBEROS),
      host.read(...SAMBA),
      host.readWith({ stat: true, maxBytes: 256 * 1024 }, ...KEYTABS),
    ])
    const wanted = [...includes(kerberos), ...sambaIncludes(samba).map(literally)]
    return {
      kerberos,
      samba,
      keytabs,
      included: wanted.length === 0 ? [] : await host.read(...wanted.slice(0, MOST_INCLUDED)),
    }
  },

  parse({ kerberos, included, samba, keytabs }) {
    const ofSamba = sambaSettings(samba, included)
    const forSamba = new Set(sambaIncludes(samba))
    const ofKerberos = included.filter(({ path }) => !forSamba.has(path))
    const values = [...kerberos, ...ofKerberos].flatMap((file) =>
      file.state === 'read' && !isLeftOut(file.path) ? parseKrb5Conf(textOf(file), clipped(file.path, MAX_PATH)) : [],
    )
    const further = ofKerberos
      .flatMap((file) => parseKrb5Conf(textOf(file), file.path))
      .filter(({ section }) => section === '')
    const reasons: Reason[] = further
      .slice(0, 100)
      .map(({ place }) => ({ code: 'too-deep', path: clipped(place.path, MAX_PATH), line: place.line }))
    return {
      findings: [...kerberosSettings(values), ...ofSamba.findings, ...keytabs.flatMap(machineNames)],
      reasons: [...reasons, ...(ofSamba.reasons ?? [])],
    }
  },

  examples: examples(),
})

/** Files that smb.conf includes by a name that does not depend on who asks. */
const sambaIncludes = (files: readonly HostFile[]) => [
  ...new Set(
    files
      .flatMap((file) => parseSmbConf(textOf(file), file.path))
      .flatMap(({ name, value }) => (name === 'include' && followable(value) ? [value] : [])),
  ),
]

/** Files that `include` and `includedir` name and that are not asked for anyway. */
const includes = (files: readonly HostFile[]) => [
  ...new Set(
    files
      .flatMap((file) => parseKrb5Conf(textOf(file), file.path))
      .flatMap(({ section, name, value }) => {
        if (section !== '' || !value.startsWith('/')) return []
        const path = value.replace(/\/+$/, '').replaceAll(/[*?[]/g, '[$&]')
        return name === 'include' ? [path] : [`${path}/*`]
      })
      .filter((pattern) => !KERBEROS.includes(pattern)),
  ),
]

/** Of a folder only names of letters, digits, dashes and underscores count, or those that end in `.conf` (krb5.conf(5)). */
const isLeftOut = (path: string) => {
  const name = lastPart(path)
  return path.includes('.d/') && !/^[\w-]+$/.test(name) && (!name.endsWith('.conf') || name.startsWith('.'))
}

/** Of several values of one name the first counts. */
const kerberosSettings = (values: readonly Krb5Value[]): Setting[] => {
  const first = new Map<string, Krb5Value>()
  for (const value of values)
    if (value.section === 'libdefaults' && TOLD_OF_KERBEROS.has(value.name) && !first.has(value.name))
      first.set(value.name, value)
  return Array.from(first.values(), ({ name, value, place }) => ({
    kind: 'setting',
    subject: 'kerberos',
    name,
    values: name.endsWith('enctypes')
      ? value
          .split(/[\s,]+/)
          .slice(0, 100)
          .map((word) => clipped(word, 256))
      : [clipped(value, 4096)],
    place,
  }))
}

/** What of the global section counts: of several of one name the last, also where it stands in a file that is included. */
const sambaSettings = (files: readonly HostFile[], included: readonly HostFile[]): Parsed => {
  const settings = new Map<string, Setting>()
  const reasons: Reason[] = []
  const texts = new Map(included.map((file) => [file.path, file]))
  const take = (file: HostFile, depth: number) => {
    const path = clipped(file.path, MAX_PATH)
    for (const { section, name, value, place } of parseSmbConf(textOf(file), path)) {
      if (name === 'include' || name === 'configfile' || name === 'configbackend') {
        const further = followable(value) ? texts.get(value) : undefined
        if (name === 'configbackend' && !/registry/i.test(value)) continue
        if (further !== undefined && depth === 0 && name === 'include') take(further, 1)
        else if (reasons.length < 100) reasons.push(notFollowed(value, place))
        continue
      }
      const told = section === 'global' ? toldOfSamba(name) : undefined
      if (told === undefined) continue
      // Told where it stands last.
      settings.delete(told)
      settings.set(told, {
        kind: 'setting',
        subject: 'realm',
        name: clipped(told, 128),
        values: [value],
        condition: 'samba',
        place,
      })
    }
  }
  for (const file of files) take(file, 0)
  return { findings: [...settings.values()], reasons }
}

/** With `%` its name depends on who asks, and `registry` is no file. */
const followable = (path: string) => path.startsWith('/') && !path.includes('%')

const notFollowed = (value: string, { path, line }: Place): Reason => ({
  code: followable(value) ? 'too-deep' : 'left-out',
  path,
  ...(line === undefined ? {} : { line }),
  ...(followable(value)
    ? {}
    : { detail: /registry/i.test(value) ? 'settings in the registry of Samba' : 'an include by who asks' }),
})

/** The name under which a parameter is told; of mappings between users and SIDs those that compute them, and never who asks for them. */
const toldOfSamba = (name: string): string | undefined => {
  const [, domain, option] = /^idmapconfig(.{1,64}?):(\w+)$/.exec(name) ?? []
  if (domain !== undefined && option !== undefined)
    return TOLD_OF_MAPPINGS.has(option) ? `idmap config ${domain} : ${option}` : undefined
  return Object.hasOwn(TOLD_OF_SAMBA, name) ? TOLD_OF_SAMBA[name] : undefined
}

/**
 * Who the machine is in its domain, by the names in its keytab and never its keys: a computer's account in Active Directory ends in `$`, and in any realm
 * the host itself goes by `host/` and its name.
 */
const machineNames = (file: HostFile): Setting[] => {
  if (file.state !== 'read') return []
  const principals = new Set(parseKeytab(file.bytes).entries.map(({ principal }) => clipped(principal, 512)))
  const named = (name: string, pattern: RegExp): Setting[] => {
    const own = [...principals].filter((principal) => pattern.test(principal)).slice(0, 16)
    if (own.length === 0) return []
    return [{ kind: 'setting', subject: 'realm', name, values: own, place: { path: clipped(file.path, MAX_PATH) } }]
  }
  return [...named('machine-account', /^[^/]{1,256}\$@/), ...named('host-principal', /^host\/[^/]{1,256}@/i)]
}

function examples() {
  const none = { kerberos: [], included: [], samba: [], keytabs: [] }
  const conf = '/etc/krb5.conf'
  const smb = '/etc/samba/smb.conf'
  const kerberos = (name: string, line: number, ...values: readonly string[]): Setting => ({
    kind: 'setting',
    subject: 'kerberos',
    name,
    values: [...values],
    place: { path: conf, line },
  })
  const samba = (name: string, value: string, line: number): Setting => ({
    kind: 'setting',
    subject: 'realm',
    name,
    values: [value],
    condition: 'samba',
    place: { path: smb, line },
  })
  return [
    {
      title: 'the realm of a host, and which kinds of encryption it still accepts',
      gathered: {
        ...none,
        kerberos: [
          exampleFile(
            conf,
            '[libdefaults]\n  default_realm = EXAMPLE.ORG\n  allow_weak_crypto = true\n  permitted_enctypes = aes256-cts rc4-hmac\n[realms]\n  EXAMPLE.ORG = {\n    kdc = kdc.example.org\n    default_realm = NOT.THIS\n  }\n',
          ),
        ],
      },
      finds: [
        kerberos('default_realm', 2, 'EXAMPLE.ORG'),
        kerberos('allow_weak_crypto', 3, 'true'),
        kerberos('permitted_enctypes', 4, 'aes256-cts', 'rc4-hmac'),
      ],
    },
    {
      title: 'of several values the first counts, also where the other is in an included file',
      gathered: {
        ...none,
        kerberos: [
          exampleFile(conf, 'includedir /etc/krb5.conf.d/\n[libdefaults]\ndefault_realm = A\ndefault_realm = B\n'),
          exampleFile('/etc/krb5.conf.d/old.conf~', '[libdefaults]\nallow_rc4 = true\n'),
          exampleFile('/etc/krb5.conf.d/site', '[libdefaults]\ndefault_realm = C\n'),
        ],
      },
      finds: [kerberos('default_realm', 3, 'A')],
    },
    {
      title: 'the domain that Samba joined; what other sections say is about shares',
      gathered: {
        ...none,
        samba: [
          exampleFile(
            smb,
            '# joined\n[Global]\nWork Group = EXAMPLE\nrealm=EXAMPLE.ORG\n security = ADS\nldap admin dn = cn=x\n[data]\nsecurity = user\n',
          ),
        ],
      },
      finds: [samba('workgroup', 'EXAMPLE', 3), samba('realm', 'EXAMPLE.ORG', 4), samba('security', 'ADS', 5)],
    },
    {
      title: 'the account of the machine, by the keytab of the host',
      gathered: {
        ...none,
        keytabs: [
          {
            path: KEYTABS[0],
            state: 'read' as const,
            truncated: false,
            bytes: Uint8Array.from(
              '05020000001f00010001410005574542312400000001000000010200120002000000000002'.match(/../g) ?? [],
              (digits) => Number.parseInt(digits, 16),
            ),
          },
        ],
      },
      finds: [
        {
          kind: 'setting' as const,
          subject: 'realm' as const,
          name: 'machine-account',
          values: ['WEB1$@A'],
          place: { path: KEYTABS[0] },
        },
      ],
    },
    {
      title:
        'how winbind gives uids to the accounts of each domain, also by an included file; credentials for that are not told',
      gathered: {
        ...none,
        samba: [
          exampleFile(
            smb,
            'security = ads\nidmap config * : backend = tdb\nIDMAP config CORP:Range = 10000-\\\n 19999\nidmap config CORP : ldap_user_dn = cn=x\ninclude = /etc/samba/idmap.conf\ninclude = /etc/samba/%m.conf\n',
          ),
        ],
        included: [exampleFile('/etc/samba/idmap.conf', 'idmap config CORP : backend = rid\nsecurity = ADS\n')],
      },
      finds: [
        samba('idmap config * : backend', 'tdb', 2),
        samba('idmap config corp : range', '10000- 19999', 3),
        { ...samba('idmap config corp : backend', 'rid', 1), place: { path: '/etc/samba/idmap.conf', line: 1 } },
        { ...samba('security', 'ADS', 2), place: { path: '/etc/samba/idmap.conf', line: 2 } },
      ],
      reasons: [{ code: 'left-out' as const, path: smb, line: 7, detail: 'an include by who asks' }],
    },
    {
      title: 'a host that belongs to no realm has nothing of it, and a keytab that may not be read is no account',
      gathered: { ...none, keytabs: [{ path: KEYTABS[0], state: 'unread' as const, why: 'not-permitted' as const }] },
      finds: [],
    },
    {
      title: 'files that included files include were not read, and that is said',
      gathered: {
        ...none,
        kerberos: [exampleFile(conf, 'include /opt/krb5/site.conf\n')],
        included: [
          exampleFile('/opt/krb5/site.conf', 'include /opt/krb5/more.conf\n[libdefaults]\ndefault_realm = D\n'),
        ],
      },
      finds: [{ ...kerberos('default_realm', 3, 'D'), place: { path: '/opt/krb5/site.conf', line: 3 } }],
      reasons: [{ code: 'too-deep' as const, path: '/opt/krb5/site.conf', line: 1 }],
    },
  ]
}
