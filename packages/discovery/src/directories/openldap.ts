import type { DirectoryGathering, DirectoryMake } from '../directory-make.ts'
import type { DirectoryEntry } from '../directory.ts'
import type { AccountEntry } from '../formats/ldap/accounts.ts'
import { ChangesSince } from '../formats/ldap/changes-since.ts'
import { normalDn } from '../formats/ldap/dn.ts'
import { LdapLook } from '../formats/ldap/look.ts'
import { witnessOf } from '../formats/ldap/look-witness.ts'
import { OLC_ATTRIBUTES, OlcReader, type OlcConfig } from '../formats/ldap/olc-config.ts'
import {
  POLICY_ATTRIBUTES,
  POLICY_FILTER,
  policyFindings,
  readPolicy,
  type PasswordPolicy,
} from '../formats/ldap/password-policy.ts'
import { directorySignalsOf, domainOf, readSchema } from '../formats/ldap/root.ts'
import { clipped, objectOf, weaknessOf, type Subject } from '../formats/ldap/subject.ts'
import { OpenLdapChanges } from './openldap/changes.ts'
import { IDS } from './openldap/ids.ts'
import { proxyRights, tellRights, tellServer, type PendingRight } from './openldap/rights.ts'
import { sightOf } from './openldap/sight.ts'

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
    const rules = witnessOf(gathering)
    const config = await readConfig(rules.gathering)
    const policies = await readPolicies(rules.gathering, suffixes, config, suffix)
    const sight = await sightOf(rules.gathering, suffixes, config)
    const restsOn = RESTS_ON.filter((name) => name === 'entry' || schema === undefined || schema.attributes.has(name))
    const again = new ChangesSince(gathering, new OpenLdapChanges(gathering, suffixes), {
      suffixes,
      rules: [rules.digest(), sight.administrator, ...restsOn.map(sight.verdict)].join(' '),
    })
    const rights: PendingRight[] = []
    const look: LdapLook = new LdapLook({
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
        if (read.proxies) proxyRights(entry, read, suffix, config, { rights, look })
        return true
      },
      restsOn,
      again,
    })
    if (config !== undefined) tellServer(gathering, config, suffix, { rights, look }, sight)
    await look.all()
    await look.finish()
    await tellRights(gathering, { rights, look })
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

/** Attributes whose absence says something only where they may be read. */
const RESTS_ON = [
  'entry',
  'userpassword',
  'pwdchangedtime',
  'pwdaccountlockedtime',
  'pwdpolicysubentry',
  'sshpublickey',
]

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
  const reader = new OlcReader(base)
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
