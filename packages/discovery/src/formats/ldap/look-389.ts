import type { DirectorySignals, FindingOf } from '@rollcall/contract'
import type { DirectoryGathering, DirectorySection } from '../../directory-make.ts'
import type { DirectoryEntry } from '../../directory.ts'
import { readAcis } from './aci-rights.ts'
import { ACCOUNT_CLASSES, type AccountEntry } from './accounts.ts'
import { ChangesSince } from './changes-since.ts'
import { clippedDn, normalDn, parentDn, rdnValue } from './dn.ts'
import { effectiveRights } from './effective-rights.ts'
import { GroupMembers } from './group-members.ts'
import { GROUP_CLASSES, type GroupEntry } from './groups.ts'
import {
  accessFindings,
  IPA_ACCESS_ATTRIBUTES,
  IPA_SUDO_ATTRIBUTES,
  readIpaSudoRule,
  type IpaCommands,
} from './ipa-rules.ts'
import { LdapLook } from './look.ts'
import { witnessOf } from './look-witness.ts'
import {
  POLICY_ATTRIBUTES_389,
  POLICY_FILTER,
  policyFindings,
  readPolicy,
  type PasswordPolicy,
} from './password-policy.ts'
import { rightOf, type Right } from './right.ts'
import { directorySignalsOf, domainOf, readSchema, readTree } from './root.ts'
import { clipped, objectOf, weaknessOf, type Subject } from './subject.ts'
import { UsnChanges } from './usn-changes.ts'

/** What 389-DS and FreeIPA, which is one, are looked at for. */
export const SECTIONS_389: readonly DirectorySection[] = [
  {
    probe: 'directory-accounts',
    finds: 'users, service accounts and service principals, their states and what is wrong with them',
    needs: 'read on all accounts, and no look-through limit',
  },
  { probe: 'directory-computers', finds: 'hosts that are enrolled', needs: 'read on the hosts' },
  {
    probe: 'directory-groups',
    finds: 'groups, roles, privileges, permissions and netgroups with who is directly in them',
    needs: 'read on them; of FreeIPA the permission to read RBAC',
  },
  {
    probe: 'directory-rights',
    finds: 'who may take what over by an aci',
    needs: 'read on the attribute aci, which hardly anybody but the Directory Manager has',
  },
  {
    probe: 'directory-policies',
    finds: 'policies of passwords and lockout, of the server and of parts of the tree',
    needs: 'read on cn=config and on the policies',
  },
  { probe: 'directory-keys', finds: 'SSH keys in sshPublicKey and ipaSshPubKey', needs: 'read on those' },
  { probe: 'directory-secrets', finds: 'passwords that stand in text attributes', needs: 'read on all entries' },
  { probe: 'directory-sudo', finds: 'rules of sudo (sudoRole, ipaSudoRule)', needs: 'read on the rules' },
  { probe: 'directory-access', finds: 'rules about who may log in to which host (HBAC)', needs: 'read on the rules' },
  {
    probe: 'directory-servers',
    finds: 'the Directory Manager, who replicates, what the server demands',
    needs: 'read on cn=config',
  },
]

/** What accounts have that is told of roles and of others. */
const TIED = ['nsroledn', 'ipaallowedtoperform;read_keys', 'ipaallowedtoperform;write_keys']

const CONFIG_ATTRIBUTES =
  'nsslapd-rootdn nsslapd-allow-anonymous-access nsslapd-require-secure-binds nsslapd-minssf nsslapd-allow-unauthenticated-binds nsslapd-sizelimit nsslapd-lookthroughlimit nsslapd-pwpolicy-local nsslapd-accesslog-logging-enabled nsslapd-auditlog-logging-enabled nsslapd-ldapiautobind passwordstoragescheme'.split(
    ' ',
  )
const RESTS_ON = [
  'userpassword',
  'nsaccountlock',
  'passwordexpirationtime',
  'krbpasswordexpiration',
  'sshpublickey',
  'ipasshpubkey',
]

/** Looks at 389-DS; where its tree is that of FreeIPA, as that. */
export const look389 = async (gathering: DirectoryGathering): Promise<DirectorySignals> => {
  const { root } = gathering.directory
  const standard = root.text('defaultnamingcontext')
  const suffixes = [
    ...new Set([...(standard === undefined ? [] : [standard]), ...root.texts('namingcontexts')]),
  ].filter(
    (context) => context !== '' && !/^(?:cn=changelog|o=ipaca|o=netscaperoot|cn=config|cn=monitor)$/i.test(context),
  )
  const [suffix = ''] = suffixes
  const ipa = await isIpa(gathering, suffix)
  const ids = ipa ? 'ipauniqueid' : 'nsuniqueid'
  const schema = await readSchema(gathering)
  const domain = await readDomain(gathering, suffix)
  const rules = witnessOf(gathering)
  const config = await readConfig(rules.gathering, domain)
  const policies = await readPolicies(rules.gathering, suffixes, ids, config.policy)
  const { identity } = gathering.directory
  const own = identity === undefined || !identity.includes('=') ? undefined : normalDn(identity)
  const administrator = own !== undefined && config.rootDn !== undefined && normalDn(config.rootDn) === own
  const verdicts = administrator
    ? undefined
    : await effectiveRights(gathering, suffix, RESTS_ON, await readTree(gathering))
  const commands = ipa ? await readCommands(gathering, suffix) : NO_COMMANDS
  for (const base of suffixes)
    await rules.gathering.search([], { base, scope: 'sub', filter: '(aci=*)', attributes: ['aci'] }, () => {})
  const restsOn = RESTS_ON.filter((name) => schema === undefined || schema.attributes.has(name))
  const sight = restsOn.map((name) => (administrator ? 'all' : verdicts?.get(name)))
  const changes = new UsnChanges(gathering, suffixes, ids)
  const again = new ChangesSince(gathering, changes, { suffixes, rules: [rules.digest(), ...sight].join(' ') })
  const counted = new Map<string, number>()
  const children = new Map<string, number>()
  const count = (entry: DirectoryEntry) => {
    const parent = parentDn(entry.dn).toLowerCase()
    children.set(parent, (children.get(parent) ?? 0) + 1)
    const subordinates = Number(entry.text('numsubordinates'))
    if (subordinates > 0) counted.set(entry.dn.toLowerCase(), subordinates)
  }
  let nothingHidden = administrator
  const keytabs: FindingOf<'directory-right'>[] = []
  const members = new GroupMembers()
  const look: LdapLook = new LdapLook({
    gathering,
    ids,
    suffixes,
    schema,
    own,
    administrator,
    verdict: (attribute) =>
      administrator
        ? 'readable'
        : attribute === 'entry'
          ? nothingHidden
            ? 'readable'
            : 'unknown'
          : (verdicts?.get(attribute) ?? 'unknown'),
    policyOf: ({ policy }) =>
      policy.entry === undefined ? policies.standard : policies.byDn.get(normalDn(policy.entry)),
    ...(ipa ? { computersApart: true as const, otherProbes: ['directory-access'] as const } : {}),
    accountClasses: [...ACCOUNT_CLASSES, 'ipaHost', 'ipaService', 'inetUser', 'nsAccount'],
    groupClasses: [...GROUP_CLASSES, 'ipaPermission', 'ipaHBACServiceGroup', 'ipaSudoCmdGrp'],
    sudoClasses: ['sudoRole', 'ipaSudoRule'],
    sudoAttributes: ['numsubordinates', ...IPA_SUDO_ATTRIBUTES],
    sudoRule: (entry, subject) =>
      entry.texts('objectclass').some((name) => name.toLowerCase() === 'ipasudorule')
        ? readIpaSudoRule(entry, subject, commands)
        : undefined,
    accountAttributes: [
      'numsubordinates',
      'nsroledn',
      'ipaallowedtoperform;read_keys',
      'ipaallowedtoperform;write_keys',
    ],
    groupAttributes: ['numsubordinates'],
    otherAttributes: ['numsubordinates', 'memberprincipal', 'ipaallowedtarget', ...IPA_ACCESS_ATTRIBUTES],
    seen: count,
    furtherGroups: '(&(objectClass=ldapSubEntry)(objectClass=nsRoleDefinition))',
    account: (entry, read) => {
      takeRoles(gathering, entry, read, look)
      if (ipa) placeAccount(entry, read, keytabs)
      return true
    },
    group: (entry, read) => {
      members.take(entry.dn, read)
      if (ipa) placeGroup(entry, read)
    },
    other: (entry, subject) => {
      if (ipa) takeOther(gathering, entry, subject)
    },
    restsOn,
    tied: (entry) => TIED.some((name) => entry.values(name).length > 0),
    // Instructions deny to groups.
    groupsFirst: true,
    again,
  })
  const acis: Right[] = []
  await look.all(async () => {
    acis.push(...(await readAcis(gathering, look, members, suffixes, domain, ids, administrator)))
  })
  if (look.isPartial) {
    for (const [dn, count] of again.known.countBelow()) children.set(dn, (children.get(dn) ?? 0) + count)
    for (const [dn, count] of changes.counts ?? []) counted.set(dn, count)
  }
  nothingHidden ||= look.whole && compare(gathering, counted, children)
  for (const right of keytabs) look.references.wantDn(right.trustee)
  await look.finish()
  for (const right of [...acis, ...keytabs]) gathering.tell('directory-rights', resolved(right, look))
  tellAdministrator(gathering, config, domain)
  if (look.passwords > 0)
    gathering.tell(
      'directory-servers',
      weaknessOf(domain, 'scan-account-reads-secrets', 'info', `userPassword of ${look.passwords} accounts`),
    )
  return directorySignalsOf(gathering, ipa ? 'freeipa' : '389-ds', {
    ...(domain.object === domain.dn ? {} : { id: domain.object }),
    suffix,
    ...domainOf(suffix),
    ...(root.text('vendorversion') === undefined ? {} : { version: clipped(root.text('vendorversion') ?? '', 256) }),
  })
}

/** The places in the tree that every FreeIPA has, one of which everybody sees. */
const isIpa = async (gathering: DirectoryGathering, suffix: string): Promise<boolean> => {
  for (const base of [`cn=ipa,cn=etc,${suffix}`, `cn=users,cn=accounts,${suffix}`]) {
    const { entries } = await gathering.search(
      [],
      { base, scope: 'base', filter: '(objectClass=*)', attributes: ['1.1'], pageSize: 0 },
      () => {},
    )
    if (entries > 0) return true
  }
  return false
}

const readDomain = async (gathering: DirectoryGathering, suffix: string): Promise<Subject> => {
  let domain: Subject = { object: clipped(suffix, 512), name: clipped(suffix, 256), type: 'domain', dn: suffix }
  await gathering.search(
    [],
    { base: suffix, scope: 'base', filter: '(objectClass=*)', attributes: ['nsuniqueid'], pageSize: 0 },
    ([entry]) => {
      if (entry !== undefined) domain = { ...domain, object: objectOf(entry, 'nsuniqueid') }
    },
  )
  return domain
}

interface ServerConfig {
  readonly rootDn?: string
  readonly policy?: PasswordPolicy
}

/** An ordinary account gets no entry, and no error either. */
const readConfig = async (gathering: DirectoryGathering, domain: Subject): Promise<ServerConfig> => {
  const base = 'cn=config'
  let config: ServerConfig | undefined
  await gathering.search(
    [],
    {
      base,
      scope: 'base',
      filter: '(objectClass=*)',
      attributes: [...CONFIG_ATTRIBUTES, ...POLICY_ATTRIBUTES_389],
      pageSize: 0,
    },
    ([entry]) => {
      const rootDn = entry?.text('nsslapd-rootdn')
      if (entry === undefined || rootDn === undefined) return
      for (const name of CONFIG_ATTRIBUTES) {
        const values = entry.texts(name)
        if (values.length > 0)
          gathering.tell('directory-servers', {
            kind: 'setting',
            subject: 'directory',
            object: base,
            name,
            values: values.slice(0, 64).map((value) => clipped(value, 4096)),
            place: { path: base },
          })
      }
      const on = (name: string) => /^on$/i.test(entry.text(name) ?? '')
      if (!on('nsslapd-require-secure-binds') && !(Number(entry.text('nsslapd-minssf')) > 0))
        gathering.tell(
          'directory-servers',
          weaknessOf(domain, 'directory-in-clear', 'high', 'nsslapd-require-secure-binds is off, nsslapd-minssf is 0'),
        )
      if (on('nsslapd-allow-unauthenticated-binds'))
        gathering.tell(
          'directory-servers',
          weaknessOf(domain, 'anonymous-access', 'medium', 'nsslapd-allow-unauthenticated-binds is on'),
        )
      const policy = readPolicy(entry, { object: base, name: 'cn=config', type: 'policy', dn: base })
      config = { rootDn, ...(policy === undefined ? {} : { policy }) }
    },
  )
  if (config === undefined)
    for (const probe of ['directory-servers', 'directory-policies'] as const)
      gathering.missed(probe, { code: 'not-permitted', path: base, detail: 'the configuration of the server' })
  else if (config.policy !== undefined) gathering.tell('directory-policies', ...policyFindings(config.policy))
  await gathering.search(
    [],
    {
      base: 'cn=mapping tree,cn=config',
      scope: 'sub',
      filter: '(objectClass=nsds5replica)',
      attributes: ['nsds5replicabinddn', 'nsds5replicabinddngroup'],
      pageSize: 0,
    },
    (entries) => {
      for (const entry of entries)
        for (const trustee of [...entry.texts('nsds5replicabinddn'), ...entry.texts('nsds5replicabinddngroup')])
          gathering.tell(
            'directory-rights',
            rightOf(domain, 'replicate-secrets', trustee, `nsds5ReplicaBindDN: ${trustee}`, entry.dn, {
              ordinary: true,
            }),
          )
    },
  )
  return config ?? {}
}

interface Policies {
  readonly byDn: ReadonlyMap<string, PasswordPolicy>
  readonly standard: PasswordPolicy | undefined
}

const readPolicies = async (
  gathering: DirectoryGathering,
  suffixes: readonly string[],
  ids: string,
  ofServer: PasswordPolicy | undefined,
): Promise<Policies> => {
  const byDn = new Map<string, PasswordPolicy>()
  let standard: PasswordPolicy | undefined
  for (const base of suffixes)
    await gathering.search(
      ['directory-policies'],
      {
        base,
        scope: 'sub',
        filter: `(|${POLICY_FILTER}(&(objectClass=ldapSubEntry)${POLICY_FILTER}))`,
        attributes: [...POLICY_ATTRIBUTES_389, ids],
        maxEntries: 5000,
      },
      (entries) => {
        for (const entry of entries) {
          const policy = readPolicy(entry, {
            object: objectOf(entry, ids),
            name: clipped(entry.text('cn') ?? rdnValue(entry.dn), 256),
            type: 'policy',
            dn: entry.dn,
          })
          if (policy === undefined) continue
          byDn.set(normalDn(entry.dn), policy)
          if (/^cn=global_policy,/i.test(entry.dn)) standard = policy
          gathering.tell('directory-policies', ...policyFindings(policy))
        }
      },
    )
  return { byDn, standard: standard ?? ofServer }
}

const NO_COMMANDS: IpaCommands = { commands: new Map(), groups: new Map() }

const readCommands = async (gathering: DirectoryGathering, suffix: string): Promise<IpaCommands> => {
  const commands = new Map<string, string>()
  const groups = new Map<string, readonly string[]>()
  await gathering.search(
    ['directory-sudo'],
    {
      base: `cn=sudo,${suffix}`,
      scope: 'sub',
      filter: '(|(objectClass=ipaSudoCmd)(objectClass=ipaSudoCmdGrp))',
      attributes: ['objectclass', 'sudocmd', 'member'],
    },
    (entries) => {
      for (const entry of entries) {
        const command = entry.text('sudocmd')
        if (command !== undefined) commands.set(normalDn(entry.dn), command)
        else groups.set(normalDn(entry.dn), entry.texts('member').slice(0, 4096))
      }
    },
  )
  return { commands, groups }
}

const resolved = (right: Right, look: LdapLook): Right => {
  const known = right.trustee.includes('=') ? look.references.ofDn(right.trustee) : undefined
  return known === undefined
    ? right
    : { ...right, trusteeObject: known.object, trusteeName: known.name, trusteeType: known.type }
}

/** Roles are told by who has them. */
const takeRoles = (gathering: DirectoryGathering, entry: DirectoryEntry, { account }: AccountEntry, look: LdapLook) => {
  for (const dn of entry.texts('nsroledn').slice(0, 256)) {
    const role = look.references.ofDn(dn)
    gathering.tell('directory-groups', {
      kind: 'directory-member',
      object: role?.object ?? clipped(dn, 512),
      group: role?.name ?? clipped(rdnValue(dn), 256),
      member: clipped(entry.dn, 2048),
      memberObject: account.object,
      memberType: account.type,
      memberName: account.name,
      via: 'nsRoleDN',
      place: { path: clippedDn(entry.dn) },
    })
  }
}

/** States and rights that only the place or the classes of FreeIPA tell. */
const placeAccount = (entry: DirectoryEntry, { account }: AccountEntry, keytabs: Right[]) => {
  if (/,cn=deleted users,cn=accounts,cn=provisioning,/i.test(entry.dn)) account.states.push('preserved')
  if (/,cn=staged users,cn=accounts,cn=provisioning,/i.test(entry.dn)) account.states.push('staged')
  const [principal] = account.principals ?? []
  if (account.type !== 'user' && principal !== undefined) account.name = clipped(principal.replace(/@[^@]*$/, ''), 256)
  for (const attribute of ['ipaallowedtoperform;read_keys', 'ipaallowedtoperform;write_keys'])
    for (const trustee of entry.texts(attribute).slice(0, 256))
      if (keytabs.length < 10_000)
        keytabs.push(
          rightOf(
            { object: account.object, name: account.name, type: account.type },
            attribute.endsWith('read_keys') ? 'read-managed-password' : 'reset-password',
            trustee,
            `${attribute}: ${trustee}`,
            entry.dn,
          ),
        )
}

const placeGroup = (entry: DirectoryEntry, { group }: GroupEntry) => {
  const dn = normalDn(entry.dn)
  if (dn.includes(',cn=privileges,cn=pbac,')) group.type = 'privilege'
  else if (dn.includes(',cn=permissions,cn=pbac,')) group.type = 'permission'
  else if (dn.includes(',cn=roles,cn=accounts,')) group.type = 'role'
  if (dn.startsWith('cn=admins,cn=groups,cn=accounts,')) {
    group.wellKnown = 'ipa-admins'
    group.tier = 0
  } else if (dn.startsWith('cn=trust admins,cn=groups,cn=accounts,')) {
    group.wellKnown = 'ipa-trust-admins'
    group.tier = 1
  } else if (dn.startsWith('cn=editors,cn=groups,cn=accounts,')) group.wellKnown = 'ipa-editors'
}

const takeOther = (gathering: DirectoryGathering, entry: DirectoryEntry, subject: Subject) => {
  const classes = entry.texts('objectclass').map((name) => name.toLowerCase())
  if (classes.includes('ipahbacrule')) {
    gathering.tell('directory-access', ...accessFindings(entry, { ...subject, type: 'policy' }))
    return
  }
  const [principals, targets] = [entry.texts('memberprincipal'), entry.texts('ipaallowedtarget')]
  if (principals.length > 0 && targets.length > 0)
    gathering.tell(
      'directory-accounts',
      weaknessOf(
        { ...subject, type: 'policy' },
        'delegation-constrained',
        /^cn=ipa-(?:http|cifs)-delegation,/i.test(entry.dn) ? 'info' : 'medium',
        ...principals.slice(0, 15).map((principal) => `memberPrincipal ${principal}`),
        ...targets.slice(0, 15).map((target) => `ipaAllowedTarget ${rdnValue(target)}`),
      ),
    )
}

/** The server counts what lies below an entry whoever asks. True where all that it counts was seen. */
const compare = (
  gathering: DirectoryGathering,
  counted: ReadonlyMap<string, number>,
  children: ReadonlyMap<string, number>,
): boolean => {
  let hidden = 0
  for (const [dn, count] of counted) hidden += Math.max(0, count - (children.get(dn) ?? 0))
  if (hidden <= 0) return counted.size > 0
  for (const probe of ['directory-accounts', 'directory-groups'] as const)
    gathering.missed(probe, { code: 'fewer-than-counted', count: hidden })
  return false
}

const tellAdministrator = (gathering: DirectoryGathering, { rootDn }: ServerConfig, domain: Subject) => {
  if (rootDn === undefined) return
  const evidence = `nsslapd-rootdn: ${rootDn}`
  gathering.tell('directory-rights', rightOf(domain, 'administer', rootDn, evidence, 'cn=config', { ordinary: true }))
  gathering.tell(
    'directory-servers',
    weaknessOf({ ...domain, dn: 'cn=config' }, 'admin-without-entry', 'info', evidence),
  )
}
