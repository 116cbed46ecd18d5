import type { FindingOf, Reason } from '@rollcall/contract'
import { clipped, MAX_PATH } from '../formats/accounts/account-file.ts'
import { parseKeytab } from '../formats/keytab.ts'
import { parseKrb5Conf, type Krb5Value } from '../formats/krb5-conf.ts'
import type { HostFile } from '../host.ts'
import { exampleFile, hostProbe, textOf } from '../probe.ts'
import { lastPart } from '../posix-path.ts'

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
}

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
    const wanted = includes(kerberos)
    return {
      kerberos,
      samba,
      keytabs,
      included: wanted.length === 0 ? [] : await host.read(...wanted.slice(0, MOST_INCLUDED)),
    }
  },

  parse({ kerberos, included, samba, keytabs }) {
    const values = [...kerberos, ...included].flatMap((file) =>
      file.state === 'read' && !isLeftOut(file.path) ? parseKrb5Conf(textOf(file), clipped(file.path, MAX_PATH)) : [],
    )
    const further = included
      .flatMap((file) => parseKrb5Conf(textOf(file), file.path))
      .filter(({ section }) => section === '')
    const reasons: Reason[] = further
      .slice(0, 100)
      .map(({ place }) => ({ code: 'too-deep', path: clipped(place.path, MAX_PATH), line: place.line }))
    return {
      findings: [...kerberosSettings(values), ...samba.flatMap(sambaSettings), ...keytabs.flatMap(machineAccount)],
      reasons,
    }
  },

  examples: examples(),
})

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

const sambaSettings = (file: HostFile): Setting[] => {
  const path = clipped(file.path, MAX_PATH)
  const found = new Map<string, Setting>()
  let section = 'global'
  for (const [index, raw] of textOf(file).split('\n').entries()) {
    const line = raw.slice(0, 1024).trim()
    if (line.startsWith('#') || line.startsWith(';')) continue
    const header = /^\[([^\]]*)\]/.exec(line)
    if (header !== null) section = header[1]!.trim().toLowerCase()
    const at = line.indexOf('=')
    const name = at === -1 ? undefined : TOLD_OF_SAMBA[line.slice(0, at).replaceAll(/\s/g, '').toLowerCase()]
    if (header === null && section === 'global' && name !== undefined)
      found.set(name, {
        kind: 'setting',
        subject: 'realm',
        name,
        values: [line.slice(at + 1).trim()],
        condition: 'samba',
        place: { path, line: index + 1 },
      })
  }
  return [...found.values()]
}

/** A computer's account in Active Directory ends in `$`; its keys are in the keytab of the host. */
const machineAccount = (file: HostFile): Setting[] => {
  if (file.state !== 'read') return []
  const own = parseKeytab(file.bytes).entries.flatMap(({ principal }) =>
    /^[^/]{1,256}\$@/.test(principal) ? [clipped(principal, 512)] : [],
  )
  return own.length === 0
    ? []
    : [
        {
          kind: 'setting',
          subject: 'realm',
          name: 'machine-account',
          values: [...new Set(own)].slice(0, 16),
          place: { path: clipped(file.path, MAX_PATH) },
        },
      ]
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
