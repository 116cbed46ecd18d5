import type { FindingOf } from '@rollcall/contract'
import type { DirectoryGathering, DirectoryMake } from '../directory-make.ts'
import type { DirectoryEntry } from '../directory.ts'
import { ACCOUNT_CLASSES, type AccountEntry } from '../formats/ldap/accounts.ts'
import { clippedDn, isWithinDn, normalDn } from '../formats/ldap/dn.ts'
import { LdapLook, type Verdict } from '../formats/ldap/look.ts'
import {
  accessRights,
  evaluateAccess,
  type AccessRight,
  type AccessRule,
  type Accessor,
} from '../formats/ldap/olc-access.ts'
import { OLC_ATTRIBUTES, OlcReader, type OlcConfig, type OlcDatabase } from '../formats/ldap/olc-config.ts'
import {
  POLICY_ATTRIBUTES,
  POLICY_FILTER,
  policyFindings,
  readPolicy,
  type PasswordPolicy,
} from '../formats/ldap/password-policy.ts'
import { directorySignalsOf, domainOf, readSchema } from '../formats/ldap/root.ts'
import { classFilter } from '../formats/ldap/subschema.ts'
import { clipped, objectOf, weaknessOf, type Subject } from '../formats/ldap/subject.ts'

const IDS = 'entryuuid'

const openldap: DirectoryMake = {
  id: 'openldap',
  title: 'OpenLDAP',
  rank: 10,
  recognises: (root) =>
    root.texts('objectclass').some((name) => name.toLowerCase() === 'openldaprootdse') ||
    root.text('structuralobjectclass')?.toLowerCase() === 'openldaprootdse' ||
    (root.text('configcontext')?.toLowerCase() === 'cn=config' && root.text('vendorname') === undefined),
  sections: [
    {
      probe: 'directory-accounts',
      finds: 'users and service accounts, the state of their passwords, and what is wrong with them',
      needs: 'read on all entries with userPassword and the operational attributes of slapo-ppolicy, and no size limit',
    },
    {
      probe: 'directory-groups',
      finds: 'groups, netgroups and roles with who is directly in them',
      needs: 'read on groups',
    },
    {
      probe: 'directory-rights',
      finds: 'who may change passwords, members or all of it by olcAccess, who may act as others by authzTo',
      needs: 'read on cn=config; nobody but its administrator has it unless an olcAccess of that database gives it',
    },
    {
      probe: 'directory-policies',
      finds: 'password policies of slapo-ppolicy, and what is weak about them',
      needs: 'read on the policies',
    },
    { probe: 'directory-keys', finds: 'SSH keys in sshPublicKey', needs: 'read on sshPublicKey' },
    { probe: 'directory-secrets', finds: 'passwords that stand in text attributes', needs: 'read on all entries' },
    { probe: 'directory-sudo', finds: 'rules of sudo (sudoRole)', needs: 'read on the rules' },
    {
      probe: 'directory-servers',
      finds:
        'administrators of the server that need no entry, its limits, mappings of identities and demands on encryption',
      needs: 'read on cn=config without olcRootPW',
    },
  ],

  async look(gathering) {
    const suffixes = suffixesOf(gathering.directory.root)
    const schema = await readSchema(gathering)
    const suffix = await readSuffixes(gathering, suffixes)
    const config = await readConfig(gathering)
    const policies = await readPolicies(gathering, suffixes, config, suffix)
    const sight = await sightOf(gathering, suffixes, config)
    const rights: PendingRight[] = []
    const look = new LdapLook({
      gathering,
      ids: IDS,
      suffixes,
      schema,
      verdict: sight.verdict,
      administrator: sight.administrator,
      own: sight.accessor.dn,
      policyOf: policies.policyOf,
      accountAttributes: ['authzto', 'authzfrom'],
      account: (entry, read) => {
        if (read.proxies) proxyRights(entry, read, suffix, config, rights)
        return true
      },
      restsOn: [
        'entry',
        'userpassword',
        'pwdchangedtime',
        'pwdaccountlockedtime',
        'pwdpolicysubentry',
        'sshpublickey',
      ].filter((name) => name === 'entry' || schema === undefined || schema.attributes.has(name)),
    })
    if (config !== undefined) tellServer(gathering, config, suffix, look, rights, sight)
    await look.groups()
    await look.sudo()
    await look.others()
    await look.accounts()
    await look.finish()
    await tellRights(gathering, rights, look)
    tellPasswords(gathering, suffix, look)
    const monitor = await readMonitor(gathering)
    compare(gathering, monitor, look)
    return directorySignalsOf(gathering, 'openldap', {
      ...(suffix[0] === undefined ? {} : { id: suffix[0].object }),
      suffix: suffixes[0] ?? '',
      ...domainOf(suffixes[0] ?? ''),
      ...(monitor.version === undefined ? {} : { version: monitor.version }),
    })
  },
}

export default openldap

/** The parts of the tree that hold people: not what servers keep about themselves. */
const suffixesOf = (root: DirectoryEntry): string[] =>
  root
    .texts('namingcontexts')
    .filter((context) => context !== '' && !/^cn=(?:config|monitor|accesslog|changelog|deltalog)$/i.test(context))

/** The topmost entries; what stands for the directory as a whole. */
const readSuffixes = async (gathering: DirectoryGathering, suffixes: readonly string[]): Promise<Subject[]> => {
  const found: Subject[] = []
  for (const base of suffixes)
    await gathering.search(
      [],
      { base, scope: 'base', filter: '(objectClass=*)', attributes: ['objectclass', IDS], pageSize: 0 },
      (entries) => {
        for (const entry of entries)
          found.push({ object: objectOf(entry, IDS), name: clipped(entry.dn, 256), type: 'domain', dn: entry.dn })
      },
    )
  if (found.length === 0 && suffixes[0] !== undefined)
    found.push({ object: clipped(suffixes[0], 512), name: clipped(suffixes[0], 256), type: 'domain', dn: suffixes[0] })
  return found
}

/** Undefined where it may not be read: the server then says that there is no such entry. */
const readConfig = async (gathering: DirectoryGathering): Promise<OlcConfig | undefined> => {
  const base = gathering.directory.root.text('configcontext') ?? 'cn=config'
  const reader = new OlcReader()
  let any = false
  await gathering.search(
    ['directory-servers', 'directory-rights'],
    {
      base,
      scope: 'sub',
      filter: '(|(objectClass=olcGlobal)(objectClass=olcDatabaseConfig)(objectClass=olcOverlayConfig))',
      attributes: OLC_ATTRIBUTES,
      pageSize: 0,
    },
    (entries) => {
      for (const entry of entries) {
        reader.take(entry)
        any ||= entry.text('olcdatabase') !== undefined
      }
    },
  )
  if (!any) {
    for (const probe of ['directory-servers', 'directory-rights'] as const)
      gathering.missed(probe, {
        code: 'not-permitted',
        path: base,
        detail: 'who administers the server and its access control',
      })
    return undefined
  }
  const config = reader.config()
  for (const where of config.unread.slice(0, 20))
    gathering.missed('directory-rights', { code: 'unparsable', detail: clipped(where, 500) })
  return config
}

interface Policies {
  readonly policyOf: (read: AccountEntry) => PasswordPolicy | undefined
}

const readPolicies = async (
  gathering: DirectoryGathering,
  suffixes: readonly string[],
  config: OlcConfig | undefined,
  [domain]: readonly Subject[],
): Promise<Policies> => {
  const byDn = new Map<string, PasswordPolicy>()
  for (const base of suffixes)
    await gathering.search(
      ['directory-policies'],
      { base, scope: 'sub', filter: POLICY_FILTER, attributes: [...POLICY_ATTRIBUTES, IDS], maxEntries: 5000 },
      (entries) => {
        for (const entry of entries) {
          const policy = readPolicy(entry, {
            object: objectOf(entry, IDS),
            name: clipped(entry.text('cn') ?? entry.dn, 256),
            type: 'policy',
            dn: entry.dn,
          })
          if (policy === undefined) continue
          byDn.set(normalDn(entry.dn), policy)
          gathering.tell('directory-policies', ...policyFindings(policy))
        }
      },
    )
  const overlays = config?.overlays.filter(({ name }) => name === 'ppolicy')
  if (config === undefined)
    gathering.missed('directory-policies', { code: 'attribute-unknown', detail: 'olcPPolicyDefault' })
  else if (overlays?.length === 0 && domain !== undefined) {
    const because = 'no overlay of password policies is loaded'
    gathering.tell(
      'directory-policies',
      weaknessOf(domain, 'password-policy-weak', 'medium', because),
      weaknessOf(domain, 'lockout-off', 'medium', because),
    )
  }
  const standard = overlays?.map(({ policyDefault }) => policyDefault).find((dn) => dn !== undefined)
  const policyOf: Policies['policyOf'] = ({ policy: { entry } }) => {
    const dn = entry ?? standard
    return dn === undefined || overlays?.length === 0 ? undefined : byDn.get(normalDn(dn))
  }
  return { policyOf }
}

interface Sight {
  readonly administrator: boolean
  readonly verdict: (attribute: string) => Verdict
  readonly accessor: Accessor
}

const MOST_SAMPLES = 40

/**
 * What whoever scans may read. An administrator of the database passes by all rules; of others the rules decide, where those may be read. Else
 * nothing is known: an attribute that is hidden looks like one that is not there.
 */
const sightOf = async (
  gathering: DirectoryGathering,
  suffixes: readonly string[],
  config: OlcConfig | undefined,
): Promise<Sight> => {
  const { identity } = gathering.directory
  const dn = identity === undefined || !identity.includes('=') ? undefined : normalDn(identity)
  const roots = (config?.databases ?? []).flatMap(({ rootDn }) => (rootDn === undefined ? [] : [normalDn(rootDn)]))
  const administrator =
    dn !== undefined &&
    (roots.includes(dn) || (config === undefined && (await isRootWithoutEntry(gathering, dn, suffixes))))
  if (administrator) return { administrator, verdict: () => 'readable', accessor: { dn } }
  const accessor: Accessor = dn === undefined ? {} : { dn, isIn: await groupsOf(gathering, dn, config) }
  if (config === undefined || (identity !== undefined && dn === undefined))
    return { administrator, verdict: () => 'unknown', accessor }
  const samples: (readonly [dn: string, rules: readonly AccessRule[]])[] = []
  for (const database of config.databases.filter((one) =>
    one.suffixes.some((suffix) => suffixes.some((ours) => normalDn(ours) === normalDn(suffix))),
  )) {
    const rules = [...database.access, ...config.frontend]
    for (const { what } of rules)
      if (
        what.dn !== undefined &&
        what.dn.style !== 'regex' &&
        what.dn.pattern !== '' &&
        database.suffixes.some((suffix) => isWithinDn(what.dn!.pattern, normalDn(suffix)))
      )
        samples.push([what.dn.style === 'base' ? what.dn.pattern : `cn=any,${what.dn.pattern}`, rules])
    for (const base of database.suffixes)
      await gathering.search(
        [],
        {
          base,
          scope: 'sub',
          filter: classFilter(undefined, ACCOUNT_CLASSES) ?? '',
          attributes: ['1.1'],
          maxEntries: MOST_SAMPLES,
          pageSize: MOST_SAMPLES,
        },
        (entries) => {
          for (const entry of entries) if (normalDn(entry.dn) !== dn) samples.push([normalDn(entry.dn), rules])
        },
      )
  }
  const readable = (attribute: string) =>
    samples.map(([entry, rules]) => evaluateAccess(rules, accessor, { dn: entry, attribute })?.has('r'))
  const visible = readable('entry')
  for (const [index, [hidden]] of samples.entries())
    if (visible[index] === false)
      for (const probe of ['directory-accounts', 'directory-groups'] as const)
        gathering.missed(probe, {
          code: 'not-permitted',
          path: clippedDn(hidden.replace(/^cn=any,/, '')),
          detail: 'entries below it',
        })
  const verdicts = new Map<string, Verdict>()
  const verdict = (attribute: string): Verdict => {
    const known = verdicts.get(attribute)
    if (known !== undefined) return known
    // Of entries that are hidden as a whole no attribute matters.
    const each = readable(attribute).filter((_, index) => attribute === 'entry' || visible[index] !== false)
    const told =
      each.length === 0 || each.includes(undefined)
        ? 'unknown'
        : each.every((one) => one === true)
          ? 'readable'
          : each.includes(true) && attribute !== 'entry'
            ? 'unknown'
            : 'denied'
    verdicts.set(attribute, told)
    return told
  }
  return { administrator, verdict, accessor }
}

/** Who logged in with a DN that is no entry, and reads passwords, is who the configuration names: no entry could be asked about. */
const isRootWithoutEntry = async (
  gathering: DirectoryGathering,
  dn: string,
  suffixes: readonly string[],
): Promise<boolean> => {
  if (!suffixes.some((suffix) => isWithinDn(dn, normalDn(suffix)))) return false
  const own = await gathering.search(
    [],
    { base: dn, scope: 'base', filter: '(objectClass=*)', attributes: ['1.1'], pageSize: 0 },
    () => {},
  )
  if (own.entries > 0 || own.result !== 32) return false
  let reads = false
  for (const base of suffixes)
    await gathering.search(
      [],
      { base, scope: 'sub', filter: '(userPassword=*)', attributes: ['userpassword'], maxEntries: 1, pageSize: 1 },
      (entries) => {
        reads ||= entries.some((entry) => entry.values('userpassword').length > 0)
      },
    )
  return reads
}

const MOST_GROUPS = 200

/** In which of the groups that rules name somebody is: rules look at direct members only. */
const groupsOf = async (gathering: DirectoryGathering, dn: string, config: OlcConfig | undefined) => {
  const named = new Set<string>()
  const rules = [...(config?.frontend ?? []), ...(config?.databases ?? []).flatMap(({ access }) => access)]
  for (const { by } of rules)
    for (const { who } of by) for (const one of who) if (one.type === 'group' && !one.expanded) named.add(one.pattern)
  const known = new Map<string, boolean>()
  for (const base of [...named].slice(0, MOST_GROUPS))
    await gathering.search(
      [],
      {
        base,
        scope: 'base',
        filter: '(objectClass=*)',
        attributes: ['member', 'uniquemember', 'roleoccupant'],
        pageSize: 0,
      },
      (entries) => {
        for (const entry of entries) {
          const members = ['member', 'uniquemember', 'roleoccupant'].flatMap((name) => entry.texts(name))
          // A group without members may be one whose members are hidden.
          if (members.length > 0)
            known.set(
              base,
              members.some((member) => normalDn(member) === dn),
            )
        }
      },
    )
  return (group: string) => known.get(group)
}

/** A right that waits until it is known who holds it. */
interface PendingRight {
  readonly finding: FindingOf<'directory-right'>
  /** The DN over which it is held, where that is not the directory as a whole. */
  readonly over?: string
  readonly trusteeDn?: string
}

const tellServer = (
  gathering: DirectoryGathering,
  config: OlcConfig,
  [domain]: readonly Subject[],
  look: LdapLook,
  rights: PendingRight[],
  sight: Sight,
) => {
  const base = gathering.directory.root.text('configcontext') ?? 'cn=config'
  const tellSettings = (dn: string, settings: OlcDatabase['settings']) => {
    for (const [name, values] of settings)
      gathering.tell('directory-servers', {
        kind: 'setting',
        subject: 'directory',
        object: clipped(dn, 512),
        name,
        values: [...values],
        place: { path: clippedDn(dn) },
      })
  }
  tellSettings(base, config.settings)
  for (const database of config.databases) {
    tellSettings(database.dn, database.settings)
    const over = overOf(database, domain, base)
    if (over === undefined) continue
    if (database.rootDn !== undefined) {
      look.references.wantDn(database.rootDn)
      rights.push({
        finding: rightOf(over, 'administer', database.rootDn, `olcRootDN: ${database.rootDn}`, database.dn, {
          ordinary: true,
        }),
        trusteeDn: database.rootDn,
      })
    }
    for (const right of accessRights(database.access)) rights.push(pendingOf(right, over, database, look))
  }
  if (domain === undefined) return
  const database = config.databases.find((one) =>
    one.suffixes.some((suffix) => normalDn(suffix) === normalDn(domain.dn)),
  )
  if (database === undefined) return
  const demands = [...config.settings, ...database.settings].flatMap(([name, values]) =>
    name === 'olcsecurity' ? values : [],
  )
  if (!demands.some((value) => /(?:^|\s)(?:simple_bind|ssf|tls|transport)=[1-9]/i.test(value)))
    gathering.tell(
      'directory-servers',
      weaknessOf(domain, 'directory-in-clear', 'high', 'olcSecurity asks for no encryption'),
    )
  const rules = [...database.access, ...config.frontend]
  const refuses = config.settings.some(
    ([name, values]) =>
      (name === 'olcrequires' && values.join(' ').includes('authc')) ||
      (name === 'olcdisallows' && values.join(' ').includes('bind_anon')),
  )
  if (
    !refuses &&
    ['entry', 'uid'].every(
      (attribute) => evaluateAccess(rules, {}, { dn: `uid=any,${normalDn(domain.dn)}`, attribute })?.has('r') === true,
    )
  )
    gathering.tell(
      'directory-servers',
      weaknessOf(domain, 'anonymous-access', 'medium', 'olcAccess gives anonymous read'),
    )
  if (!sight.administrator && sight.accessor.dn !== undefined) {
    const writes = evaluateAccess(rules, sight.accessor, {
      dn: `uid=any,${normalDn(domain.dn)}`,
      attribute: 'uidnumber',
    })
    if (writes?.has('a') === true)
      gathering.tell(
        'directory-servers',
        weaknessOf(domain, 'scan-account-may-write', 'medium', 'olcAccess gives write'),
      )
  }
}

const overOf = (database: OlcDatabase, domain: Subject | undefined, base: string): Subject | undefined => {
  if (database.type === 'config')
    return { object: 'cn=config', name: 'cn=config', type: 'server-configuration', dn: base }
  const [suffix] = database.suffixes
  if (suffix === undefined || database.type === 'monitor') return undefined
  return domain !== undefined && normalDn(domain.dn) === normalDn(suffix)
    ? domain
    : { object: clipped(suffix, 512), name: clipped(suffix, 256), type: 'domain', dn: suffix }
}

type Right = FindingOf<'directory-right'>

const rightOf = (
  over: Subject,
  right: Right['right'],
  trustee: string,
  evidence: string,
  place: string,
  more: Partial<Right> = {},
): Right => ({
  kind: 'directory-right',
  object: over.object,
  objectName: over.name,
  objectType: over.type,
  right,
  trustee: clipped(trustee, 2048),
  ...more,
  evidence: clipped(evidence, 2048),
  place: { path: clippedDn(place) },
})

const BELOW: Readonly<Record<AccessRight['right'], readonly Right['objectType'][]>> = {
  'write-rules': ['policy'],
  'full-control': ['user', 'group', 'container', 'policy'],
  'write-all': ['user', 'group', 'container', 'policy'],
  'write-password': ['user'],
  'add-member': ['group'],
  'add-self': ['group'],
  'create-child': ['container'],
  'write-bound-keys': ['user'],
  'write-account-control': ['user'],
  proxy: ['user'],
}

const pendingOf = (
  { dn, style, right, holder, conditional, evidence }: AccessRight,
  over: Subject,
  database: OlcDatabase,
  look: LdapLook,
): PendingRight => {
  const trusteeDn =
    holder.type === 'group' || (holder.type === 'dn' && holder.style === 'base') ? holder.pattern : undefined
  if (trusteeDn !== undefined) look.references.wantDn(trusteeDn)
  if (dn !== '') look.references.wantDn(dn)
  const trustee = trusteeDn ?? holderText(holder)
  // What everybody may do to their own entry: change its password.
  const own = holder.type === 'self' && right === 'write-password'
  const finding = rightOf(over, right === 'write-rules' ? 'write-all' : right, trustee, evidence, database.dn, {
    ...(holder.type === 'group' ? { trusteeType: 'group' as const } : {}),
    ...(style === 'base' ? {} : { below: [...BELOW[right]] }),
    ...(conditional ? { conditional: true as const } : {}),
    ...(own || /gidnumber=0\+uidnumber=0,cn=peercred,cn=external,cn=auth/.test(trustee) ? { ordinary: true } : {}),
  })
  return {
    finding,
    ...(dn === '' || dn === normalDn(over.dn) ? {} : { over: dn }),
    ...(trusteeDn === undefined ? {} : { trusteeDn }),
  }
}

const holderText = (holder: AccessRight['holder']): string => {
  switch (holder.type) {
    case 'all':
      return '*'
    case 'dn':
      return `dn.${holder.style}=${holder.pattern}`
    case 'group':
      return holder.pattern
    case 'dnattr':
      return `dnattr=${holder.attribute}`
    case 'other':
      return holder.text
    default:
      return holder.type
  }
}

/** Who may act as whom (authzTo, authzFrom), which counts only where the policy of the server lets it. */
const proxyRights = (
  entry: DirectoryEntry,
  { account }: AccountEntry,
  [domain]: readonly Subject[],
  config: OlcConfig | undefined,
  rights: PendingRight[],
) => {
  if (domain === undefined || rights.length > 10_000) return
  const policy = config?.settings.find(([name]) => name === 'olcauthzpolicy')?.[1][0]?.toLowerCase()
  const counts = (direction: string) =>
    policy === 'any' || policy === 'all' || policy === 'both' || policy === direction
  const subject: Subject = { object: account.object, name: account.name, type: account.type, dn: entry.dn }
  const known = { trusteeObject: account.object, trusteeName: account.name, trusteeType: account.type }
  const conditional = config === undefined ? { conditional: true as const } : {}
  if (config === undefined || counts('to'))
    for (const rule of entry.texts('authzto').slice(0, 64)) {
      const dn = /^(?:\{\d+\})?dn(?:\.exact)?:(.+=.+)$/i.exec(rule)?.[1]
      rights.push({
        finding: rightOf(domain, 'proxy', entry.dn, `authzTo: ${rule}`, entry.dn, { ...known, ...conditional }),
        ...(dn === undefined ? {} : { over: normalDn(dn) }),
      })
    }
  if (config === undefined || counts('from'))
    for (const rule of entry.texts('authzfrom').slice(0, 64))
      rights.push({
        finding: rightOf(
          subject,
          'proxy',
          rule.replace(/^(?:\{\d+\})?dn(?:\.exact)?:/i, ''),
          `authzFrom: ${rule}`,
          entry.dn,
          conditional,
        ),
      })
}

const MOST_TARGETS = 200

/** Rights with whom they are held by and over, now that all entries went by; rules that no entry of an administrator is behind. */
const tellRights = async (gathering: DirectoryGathering, rights: readonly PendingRight[], look: LdapLook) => {
  let left = MOST_TARGETS
  for (const { finding, over, trusteeDn } of rights) {
    for (const dn of [over, trusteeDn])
      if (dn !== undefined && look.references.ofDn(dn) === undefined && left-- > 0)
        await gathering.search(
          [],
          {
            base: dn,
            scope: 'base',
            filter: '(objectClass=*)',
            attributes: ['objectclass', 'cn', 'uid', 'ou', IDS],
            pageSize: 0,
          },
          (entries) => {
            for (const entry of entries) {
              const { object, name } = look.subjectOf(entry, 'other')
              look.references.keep(entry.dn, {
                object,
                name,
                type: /^(?:ou|dc|o|c|l)=/i.test(entry.dn) ? 'container' : 'other',
              })
            }
          },
        )
    const target = over === undefined ? undefined : look.references.ofDn(over)
    const trustee = trusteeDn === undefined ? undefined : look.references.ofDn(trusteeDn)
    const told: Right = {
      ...finding,
      ...(over === undefined
        ? {}
        : {
            object: target?.object ?? clipped(over, 512),
            objectName: clipped(target?.name ?? over, 256),
            objectType: target?.type ?? ('container' as const),
          }),
      ...(trustee === undefined
        ? {}
        : { trusteeObject: trustee.object, trusteeName: trustee.name, trusteeType: trustee.type }),
    }
    gathering.tell('directory-rights', told)
    const subject: Subject = {
      object: told.object,
      name: told.objectName,
      type: told.objectType,
      dn: over ?? told.place.path,
    }
    if (finding.right === 'administer' && trustee === undefined)
      gathering.tell(
        'directory-servers',
        weaknessOf({ ...subject, dn: told.place.path }, 'admin-without-entry', 'info', told.evidence),
      )
    if (EVERYBODY.has(finding.trustee) && finding.conditional !== true)
      gathering.tell(
        'directory-rights',
        weaknessOf(subject, 'everyone-has-right', finding.right === 'add-self' ? 'medium' : 'critical', told.evidence),
      )
  }
}

const EVERYBODY: ReadonlySet<string> = new Set(['*', 'users', 'anonymous'])

const tellPasswords = (gathering: DirectoryGathering, [domain]: readonly Subject[], look: LdapLook) => {
  if (domain === undefined || look.passwords === 0) return
  gathering.tell(
    'directory-servers',
    weaknessOf(domain, 'scan-account-reads-secrets', 'info', `userPassword of ${look.passwords} accounts`),
  )
}

interface Monitor {
  readonly version?: string
  /** Entries of a database, by its first suffix in its normal form. */
  readonly counted: ReadonlyMap<string, number>
}

const readMonitor = async (gathering: DirectoryGathering): Promise<Monitor> => {
  const base = gathering.directory.root.text('monitorcontext')
  if (base === undefined) return { counted: new Map() }
  const counted = new Map<string, number>()
  let version: string | undefined
  const attributes = ['monitoredinfo', 'namingcontexts', 'olmmdbentries']
  await gathering.search([], { base, scope: 'base', filter: '(objectClass=*)', attributes, pageSize: 0 }, ([entry]) => {
    version = /slapd (\S+)/.exec(entry?.text('monitoredinfo') ?? '')?.[1]
  })
  await gathering.search(
    [],
    { base: `cn=Databases,${base}`, scope: 'one', filter: '(objectClass=*)', attributes, pageSize: 0 },
    (entries) => {
      for (const entry of entries) {
        const [context, count] = [entry.text('namingcontexts'), Number(entry.text('olmmdbentries'))]
        if (context !== undefined && Number.isInteger(count) && count > 0) counted.set(normalDn(context), count)
      }
    },
  )
  return { ...(version === undefined ? {} : { version: clipped(version, 256) }), counted }
}

/** What the server counts for itself no rule of access hides. */
const compare = (gathering: DirectoryGathering, { counted }: Monitor, look: LdapLook) => {
  const all = suffixesOf(gathering.directory.root).reduce(
    (sum, suffix) => sum + (counted.get(normalDn(suffix)) ?? Number.NaN),
    0,
  )
  const hidden = all - look.seen - look.referrals.size
  if (!(hidden > 0)) return
  for (const probe of ['directory-accounts', 'directory-groups'] as const)
    gathering.missed(probe, { code: 'fewer-than-counted', count: hidden })
}
