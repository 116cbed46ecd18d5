import type { Finding, FindingOf } from '@rollcall/contract'
import type { DirectoryEntry } from '../../directory.ts'
import { bitsOf, CONTROL } from '../../formats/active-directory/account-control.ts'
import { filterBytes, guidText, sidBytes, sidText } from '../../formats/active-directory/identifiers.ts'
import { rightsOf } from '../../formats/active-directory/security-descriptor.ts'
import {
  functionalLevel,
  heuristics,
  PASSWORD,
  TRUST,
  trustAttributes,
  trustDirection,
  trustType,
} from '../../formats/active-directory/settings.ts'
import { securityDescriptor } from '../../formats/active-directory/security-descriptor.ts'
import { filetime, interval } from '../../formats/active-directory/times.ts'
import { clippedDn } from '../../formats/ldap/dn.ts'
import { ageIn, dateOf } from './accounts.ts'
import { firstOf, nameOf, weaknessOf, type Seen } from './entries.ts'
import { DESCRIPTORS, THIS_PARTITION, type Look } from './look.ts'
import { passwordPolicies, type FinePolicy, type PasswordPolicies } from './password-policies.ts'

type Setting = FindingOf<'setting'>

/** Policies of the domain: of its head, and those of single groups. Which holds for whom is worked out from them. */
export const lookAtPolicies = async (look: Look, head: DirectoryEntry | undefined): Promise<PasswordPolicies> => {
  const { gathering, domain } = look
  if (head === undefined)
    gathering.missed('directory-policies', { code: 'no-such-entry', path: clippedDn(domain.base) })
  else tellHead(head, look)
  gathering.note('directory-policies', {
    code: 'not-over-ldap',
    detail:
      'files of group policies (SYSVOL), registry of controllers: whether LDAP has to be signed and bound to its channel',
  })
  await lookAtTicketKeys(look)
  return passwordPolicies(look, head, await lookAtFinePolicies(look))
}

/** Policies of single groups. Those that may not be read are not told of at all, so that seeing none means nothing. */
const lookAtFinePolicies = async (
  look: Look,
): Promise<{ readonly policies: readonly FinePolicy[]; readonly readable: boolean }> => {
  const { gathering, domain } = look
  const container = `CN=Password Settings Container,CN=System,${domain.base}`
  const controls = [DESCRIPTORS, THIS_PARTITION]
  let readable = false
  await gathering.search(
    [],
    {
      base: container,
      scope: 'base',
      filter: '(objectClass=*)',
      attributes: ['ntsecuritydescriptor'],
      controls,
      pageSize: 0,
    },
    (entries) => {
      for (const entry of entries) readable = handsDownReading(entry, look)
    },
  )
  const policies: FinePolicy[] = []
  let hidden = 0
  const end = await gathering.search(
    [],
    { base: container, scope: 'one', filter: '(objectClass=*)', attributes: ['objectguid', ...FINE], controls },
    (entries) => {
      for (const entry of entries)
        if (entry.text('msds-passwordsettingsprecedence') === undefined) hidden++
        else policies.push(tellFine(entry, look))
    },
  )
  if (!readable || hidden > 0)
    gathering.missed('directory-policies', {
      code: look.own.sids === undefined ? 'attribute-unknown' : 'attribute-denied',
      path: container.slice(0, 4096),
      detail: 'password policies of single groups (msDS-PasswordSettings)',
      // Those that may be listed at least.
      ...(hidden === 0 ? {} : { count: hidden }),
    })
  return { policies, readable: readable && hidden === 0 && end.reason === undefined }
}

/** The accounts whose passwords sign tickets: that of the domain, and one for each read-only controller. */
const lookAtTicketKeys = async (look: Look): Promise<void> => {
  const sid = look.domainSid === undefined ? undefined : sidBytes(`${look.domainSid}-502`)
  if (sid === undefined) return
  await look.gathering.search(
    ['directory-policies'],
    {
      base: look.domain.base,
      scope: 'sub',
      filter: `(|(objectSid=${filterBytes(sid)})(&(objectCategory=person)(sAMAccountName=krbtgt_*)))`,
      attributes: ['objectguid', 'samaccountname', 'pwdlastset'],
      controls: [THIS_PARTITION],
    },
    (found) => {
      for (const entry of found) {
        const [object, changed] = [
          guidText(entry.values('objectguid')[0] ?? new Uint8Array()),
          filetime(entry.text('pwdlastset')),
        ]
        if (object === undefined || !(changed instanceof Date) || ageIn(look)(changed.getTime()) <= OLD_TICKET_KEY)
          continue
        const seen = { object, name: nameOf(entry), type: 'user', dn: entry.dn } as const
        look.gathering.tell(
          'directory-policies',
          weaknessOf(seen, 'krbtgt-old', 'high', `pwdLastSet ${dateOf(changed.getTime())}`),
        )
      }
    },
  )
}
const OLD_TICKET_KEY = 365

/** Policies there are readable for administrators only, unless their container hands down more. */
const handsDownReading = (entry: DirectoryEntry, { own, domainSid }: Look): boolean => {
  const dacl = securityDescriptor(entry.values('ntsecuritydescriptor')[0] ?? new Uint8Array())?.dacl
  if (own.sids === undefined) return false
  if (own.sids.has(`${domainSid}-512`) || own.sids.has('S-1-5-18') || dacl === 'everyone') return true
  return (dacl ?? []).some(
    (ace) =>
      ace.type === 'allow' &&
      (ace.flags & 2) !== 0 &&
      (rightsOf(ace) & 0x10) !== 0 &&
      own.sids!.has(ace.sid) &&
      ace.object === undefined,
  )
}

const FINE = (
  'msDS-PasswordSettingsPrecedence msDS-PasswordReversibleEncryptionEnabled msDS-PasswordHistoryLength msDS-PasswordComplexityEnabled ' +
  'msDS-MinimumPasswordLength msDS-MinimumPasswordAge msDS-MaximumPasswordAge msDS-LockoutThreshold msDS-LockoutObservationWindow ' +
  'msDS-LockoutDuration msDS-PSOAppliesTo'
)
  .toLowerCase()
  .split(' ')

const tellFine = (entry: DirectoryEntry, look: Look): FinePolicy => {
  const object = guidText(entry.values('objectguid')[0] ?? new Uint8Array()) ?? entry.dn.slice(0, 512)
  const seen = { object, name: firstOf(entry.dn), type: 'policy', dn: entry.dn } as const
  const value = (name: string) => entry.text(name)
  look.gathering.tell(
    'directory-policies',
    ...settings('password-policy', object, entry, FINE),
    ...policyWeaknesses(seen, {
      length: Number(value('msds-minimumpasswordlength') ?? 0),
      complex: value('msds-passwordcomplexityenabled') !== 'FALSE',
      reversible: value('msds-passwordreversibleencryptionenabled') === 'TRUE',
      threshold: Number(value('msds-lockoutthreshold') ?? 0),
    }),
  )
  return {
    dn: entry.dn,
    object,
    precedence: Number(value('msds-passwordsettingsprecedence')) || 0,
    maxAge: interval(value('msds-maximumpasswordage')),
    appliesTo: entry.texts('msds-psoappliesto').slice(0, 10_000),
  }
}

const OF_HEAD =
  'maxpwdage minpwdage minpwdlength pwdhistorylength pwdproperties lockoutthreshold lockoutduration lockoutobservationwindow'.split(
    ' ',
  )

const tellHead = (head: DirectoryEntry, look: Look) => {
  const { gathering, domain, domainSid } = look
  const object = guidText(head.values('objectguid')[0] ?? new Uint8Array()) ?? domainSid ?? domain.base
  const seen = { object, name: firstOf(head.dn), type: 'domain', dn: head.dn } as const
  const properties = bitsOf(head.text('pwdproperties')) ?? 0
  const quota = head.text('ms-ds-machineaccountquota')
  const said = heuristics(look.heuristics)
  const place = { path: clippedDn(head.dn) }
  const setting = (name: string, ...values: string[]): Setting => ({
    kind: 'setting',
    subject: 'directory',
    object,
    name,
    values,
    place,
  })
  const { root } = gathering.directory
  gathering.tell(
    'directory-policies',
    ...settings('password-policy', object, head, OF_HEAD),
    ...(quota === undefined ? [] : [setting('ms-ds-machineaccountquota', quota.slice(0, 64))]),
    ...(look.heuristics === undefined ? [] : [setting('dsheuristics', look.heuristics.slice(0, 256))]),
    ...['domainfunctionality', 'forestfunctionality', 'domaincontrollerfunctionality'].flatMap((name) => {
      const level = root.text(name)
      return level === undefined ? [] : [setting(name, functionalLevel(Number(level)).slice(0, 64))]
    }),
    ...policyWeaknesses(seen, {
      length: Number(head.text('minpwdlength') ?? 0),
      complex: (properties & PASSWORD.complex) !== 0,
      reversible: (properties & PASSWORD.reversible) !== 0,
      threshold: Number(head.text('lockoutthreshold') ?? 0),
    }),
    ...(Number(quota ?? 0) > 0
      ? [weaknessOf(seen, 'machine-quota', 'medium', `ms-DS-MachineAccountQuota ${quota}`)]
      : []),
    ...(said.anonymous ? [weaknessOf(seen, 'anonymous-access', 'high', 'dSHeuristics character 7 is 2')] : []),
  )
}

const policyWeaknesses = (
  seen: Pick<Seen, 'object' | 'name' | 'type' | 'dn'>,
  policy: { length: number; complex: boolean; reversible: boolean; threshold: number },
): Finding[] => {
  const weak = [
    ...(policy.length < ADVISED_LENGTH ? [`shortest password ${policy.length}`] : []),
    ...(policy.complex ? [] : ['any characters will do']),
    ...(policy.reversible ? ['kept so that it can be recovered'] : []),
  ]
  return [
    ...(weak.length === 0 ? [] : [weaknessOf(seen, 'password-policy-weak', 'medium', ...weak)]),
    ...(policy.threshold === 0 ? [weaknessOf(seen, 'lockout-off', 'medium', 'lockout threshold 0')] : []),
  ]
}
const ADVISED_LENGTH = 12

/** Attributes as they are; lengths of time in seconds or days. */
const settings = (
  subject: Setting['subject'],
  object: string,
  entry: DirectoryEntry,
  names: readonly string[],
): Setting[] =>
  names.flatMap((name) => {
    const values = entry.texts(name).slice(0, 1024)
    if (values.length === 0) return []
    const told = /age$|duration$|window$/.test(name)
      ? values.map(lengthOf)
      : values.map((value) => value.slice(0, 4096))
    return { kind: 'setting', subject, object, name, values: told, place: { path: clippedDn(entry.dn) } } as const
  })

const lengthOf = (value: string): string => {
  const seconds = interval(value)
  if (seconds === undefined || seconds === 'none') return 'none'
  return seconds > 0 && seconds % 86_400 === 0 ? `${seconds / 86_400} d` : `${seconds} s`
}

/** Trusts with other domains. */
export const lookAtTrusts = async (look: Look): Promise<void> => {
  const { gathering, domain } = look
  await gathering.search(
    ['directory-trusts'],
    {
      base: `CN=System,${domain.base}`,
      scope: 'one',
      filter: '(objectClass=trustedDomain)',
      attributes:
        'objectclass objectguid trustpartner flatname trustdirection trusttype trustattributes securityidentifier whenchanged msds-supportedencryptiontypes ntsecuritydescriptor'.split(
          ' ',
        ),
      controls: [DESCRIPTORS, THIS_PARTITION],
    },
    (found) => {
      for (const entry of found) tellTrust(entry, look)
    },
  )
}

const tellTrust = (entry: DirectoryEntry, look: Look) => {
  const { entries, gathering } = look
  const partner = entry.text('trustpartner') ?? firstOf(entry.dn)
  const seen = entries.add(entry, 'trust', { name: partner.slice(0, 256) })
  if (seen === undefined) return
  const [direction, type, attributes] = ['trustdirection', 'trusttype', 'trustattributes'].map(
    (name) => bitsOf(entry.text(name)) ?? 0,
  )
  const sid = sidText(entry.values('securityidentifier')[0] ?? new Uint8Array())
  const place = { path: clippedDn(entry.dn) }
  const setting = (name: string, ...values: string[]): Setting => ({
    kind: 'setting',
    subject: 'trust',
    object: seen.object,
    name,
    values: values.map((value) => value.slice(0, 4096)),
    place,
  })
  const encryption = bitsOf(entry.text('msds-supportedencryptiontypes'))
  const flat = entry.text('flatname')
  const told: Finding[] = [
    setting('partner', partner),
    ...(flat === undefined ? [] : [setting('flatname', flat)]),
    setting('direction', trustDirection(direction!)),
    setting('type', trustType(type!)),
    setting('attributes', ...trustAttributes(attributes!)),
    ...(sid === undefined ? [] : [setting('sid', sid)]),
  ]
  const has = (bit: number) => (attributes! & bit) !== 0
  const trusting = (direction! & 2) !== 0
  // Outbound: this domain trusts the other, whose users come here with the identities that they claim.
  const external = !has(TRUST.forest) && !has(TRUST.withinForest)
  if (trusting && ((external && !has(TRUST.filtered) && type === 2) || has(TRUST.external)))
    told.push(
      weaknessOf(
        seen,
        'trust-unfiltered',
        'high',
        `trustAttributes ${trustAttributes(attributes!).join(' ') || 'none'}`,
      ),
    )
  if (has(TRUST.delegation))
    told.push(weaknessOf(seen, 'trust-tgt-delegation', 'high', 'trustAttributes tgt-delegation'))
  if (
    has(TRUST.rc4) ||
    (encryption !== undefined && (encryption & 24) === 0 && type === 2) ||
    (encryption === undefined && type === 2 && !has(TRUST.aes))
  )
    told.push(
      weaknessOf(seen, 'trust-weak-encryption', 'medium', `msDS-SupportedEncryptionTypes ${encryption ?? 'not set'}`),
    )
  const account =
    flat === undefined
      ? undefined
      : entries.all.find(
          ({ name, control }) => (control & CONTROL.trust) !== 0 && name.toLowerCase() === `${flat.toLowerCase()}$`,
        )
  const changed = account?.passwordChanged ?? 0
  if (changed > 0 && ageIn(look)(changed) > OLD_TRUST)
    told.push(weaknessOf(seen, 'trust-old-password', 'medium', `pwdLastSet ${dateOf(changed)}`))
  gathering.tell('directory-trusts', ...told)
}
const OLD_TRUST = 40
