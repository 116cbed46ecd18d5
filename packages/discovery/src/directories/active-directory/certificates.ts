import type { Finding, FindingOf } from '@rollcall/contract'
import type { DirectoryEntry } from '../../directory.ts'
import { bitsOf } from '../../formats/active-directory/account-control.ts'
import { ANY_PURPOSE, ENROLMENT_AGENT, LOGIN_PURPOSES, TEMPLATE } from '../../formats/active-directory/settings.ts'
import { clippedDn } from '../../formats/ldap/dn.ts'
import { firstOf, weaknessOf, type Seen } from './entries.ts'
import { TAKES_OVER, type Holders } from './holders.ts'
import { DESCRIPTORS, THIS_PARTITION, type Look } from './look.ts'
import { nameOfSid } from './rights.ts'

/** What was read of certificates, to be judged when it is known who is in which group. */
export interface Certificates {
  readonly templates: readonly Template[]
  readonly published: ReadonlySet<string>
}

interface Template {
  readonly seen: Seen
  readonly names: number
  readonly enrolment: number
  readonly signatures: number
  /** Of version 1 those who ask may name purposes that the template does not. */
  readonly version: number
  readonly purposes: readonly string[]
  /** Issuance policies, */
  readonly policies: readonly string[]
  /** and the groups that those make members of, as DNs. */
  readonly groups: readonly string[]
}

/** Reads templates, authorities and what they trust. */
export const lookAtCertificates = async (look: Look): Promise<Certificates> => {
  const { gathering, domain, entries } = look
  const templates: Template[] = []
  const published = new Set<string>()
  const groups = new Map<string, string>()
  await gathering.search(
    ['directory-certificates', 'directory-rights'],
    {
      base: `CN=Public Key Services,CN=Services,${domain.configuration}`,
      scope: 'sub',
      filter:
        '(|(objectClass=pKICertificateTemplate)(objectClass=pKIEnrollmentService)(objectClass=certificationAuthority)(objectClass=msPKI-Enterprise-Oid)(objectClass=container))',
      attributes: ATTRIBUTES,
      controls: [DESCRIPTORS, THIS_PARTITION],
    },
    (found) => {
      for (const entry of found) {
        const classes = new Set(entry.texts('objectclass').map((name) => name.toLowerCase()))
        if (classes.has('pkicertificatetemplate')) {
          const template = readTemplate(entry, look)
          if (template !== undefined) templates.push(template)
        } else if (classes.has('pkienrollmentservice')) {
          entries.add(entry, 'certificate-authority')
          for (const name of entry.texts('certificatetemplates').slice(0, 10_000)) published.add(name.toLowerCase())
          gathering.tell('directory-certificates', ...authoritySettings(entry, look))
        } else if (classes.has('mspki-enterprise-oid')) {
          const oid = entry.text('mspki-cert-template-oid')
          const group = entry.text('msds-oidtogrouplink')
          if (oid !== undefined && group !== undefined) groups.set(oid, group.slice(0, 4096))
        } else entries.add(entry, classes.has('certificationauthority') ? 'certificate-authority' : 'container')
      }
    },
  )
  gathering.note('directory-certificates', {
    code: 'not-over-ldap',
    detail: 'what an authority keeps in its registry: its own rights, officers, flags of requests',
  })
  return {
    templates: templates.map((template) => ({
      ...template,
      policies: template.policies.filter((oid) => groups.has(oid)),
      groups: [...new Set(template.policies.flatMap((oid) => groups.get(oid) ?? []))],
    })),
    published,
  }
}

const ATTRIBUTES = (
  'objectClass objectGUID displayName msPKI-Certificate-Name-Flag msPKI-Enrollment-Flag msPKI-RA-Signature pKIExtendedKeyUsage ' +
  'msPKI-Certificate-Application-Policy msPKI-Certificate-Policy msPKI-Template-Schema-Version certificateTemplates dNSHostName ' +
  'msPKI-Cert-Template-OID msDS-OIDToGroupLink nTSecurityDescriptor'
)
  .toLowerCase()
  .split(' ')

const readTemplate = (entry: DirectoryEntry, { entries }: Look): Template | undefined => {
  const seen = entries.add(entry, 'certificate-template')
  if (seen === undefined) return undefined
  const applications = entry.texts('mspki-certificate-application-policy')
  return {
    seen,
    names: bitsOf(entry.text('mspki-certificate-name-flag')) ?? 0,
    enrolment: bitsOf(entry.text('mspki-enrollment-flag')) ?? 0,
    signatures: bitsOf(entry.text('mspki-ra-signature')) ?? 0,
    version: bitsOf(entry.text('mspki-template-schema-version')) ?? 1,
    purposes: (applications.length > 0 ? applications : entry.texts('pkiextendedkeyusage')).slice(0, 256),
    policies: entry.texts('mspki-certificate-policy').slice(0, 256),
    groups: [],
  }
}

type Setting = FindingOf<'setting'>

const authoritySettings = (entry: DirectoryEntry, { entries }: Look): Setting[] => {
  const object = entries.byDn(entry.dn)?.object
  if (object === undefined) return []
  const setting = (name: string, values: readonly string[]): Setting => ({
    kind: 'setting',
    subject: 'certificate-authority',
    object,
    name,
    values: values.slice(0, 1024).map((value) => value.slice(0, 4096)),
    place: { path: clippedDn(entry.dn) },
  })
  return [
    setting('name', [firstOf(entry.dn)]),
    setting('dnshostname', entry.texts('dnshostname')),
    setting('certificatetemplates', entry.texts('certificatetemplates').toSorted()),
  ]
}

/** Tells templates, and which of them give certificates that stand for others. */
export const tellCertificates = ({ templates, published }: Certificates, look: Look, holders: Holders): void => {
  const { gathering, entries } = look
  for (const template of templates) {
    const { seen } = template
    const inForce = published.has(seen.name.toLowerCase())
    gathering.tell(
      'directory-certificates',
      ...templateSettings(template, inForce),
      ...templateWeaknesses(template, inForce, look, holders),
    )
  }
  for (const seen of entries.all) {
    if (
      seen.type !== 'certificate-authority' &&
      !(seen.type === 'container' && /,CN=Public Key Services,CN=Services,/i.test(seen.dn))
    )
      continue
    const others = writers(seen, look, holders)
    if (others.length > 0)
      gathering.tell('directory-certificates', weaknessOf(seen, 'authority-writable', 'critical', ...others))
  }
}

const templateSettings = (
  { seen, names, enrolment, signatures, version, purposes, groups }: Template,
  inForce: boolean,
): Setting[] => {
  const setting = (name: string, ...values: readonly string[]): Setting => ({
    kind: 'setting',
    subject: 'certificate-template',
    object: seen.object,
    name,
    values: values.map((value) => value.slice(0, 4096)),
    place: { path: clippedDn(seen.dn) },
  })
  return [
    setting('name', seen.name),
    setting('published', inForce ? 'yes' : 'no'),
    setting('purposes', ...purposes),
    setting(
      'subject',
      (names & (TEMPLATE.subjectFromRequester | TEMPLATE.namesFromRequester)) !== 0 ? 'requester' : 'directory',
    ),
    setting('approval', (enrolment & TEMPLATE.approval) !== 0 ? 'required' : 'none'),
    setting('signatures', String(signatures)),
    setting('version', String(version)),
    ...(groups.length === 0 ? [] : [setting('groups', ...groups)]),
  ]
}

const templateWeaknesses = (template: Template, inForce: boolean, look: Look, holders: Holders): Finding[] => {
  const { seen, names, enrolment, signatures, version, purposes, policies, groups } = template
  const told: Finding[] = []
  const writable = writers(seen, look, holders)
  if (writable.length > 0) told.push(weaknessOf(seen, 'template-writable', inForce ? 'critical' : 'high', ...writable))
  const enrolling = holders
    .over(seen)
    .filter((held) => held.right === 'enrol' && !holders.ordinary(held, seen))
    .map(({ trustee }) => trustee)
  const free = (enrolment & TEMPLATE.approval) === 0 && signatures <= 0
  if (!inForce || !free || enrolling.length === 0) return told
  const severity = enrolling.some((sid) => holders.everyone(sid)) ? 'critical' : 'high'
  const who = `may enrol: ${enrolling.map((sid) => nameOfSid(sid, look)).join(', ')}`
  const any = purposes.length === 0 || purposes.includes(ANY_PURPOSE)
  const login = any || purposes.some((purpose) => LOGIN_PURPOSES.has(purpose))
  const byRequester = (names & (TEMPLATE.subjectFromRequester | TEMPLATE.namesFromRequester)) !== 0
  if (byRequester && login)
    told.push(
      weaknessOf(seen, 'template-subject-from-requester', severity, who, `msPKI-Certificate-Name-Flag ${names}`),
    )
  else if (byRequester && version <= 1)
    told.push(
      weaknessOf(
        seen,
        'template-purpose-from-requester',
        severity,
        who,
        `msPKI-Certificate-Name-Flag ${names}`,
        `msPKI-Template-Schema-Version ${version}`,
      ),
    )
  if (any)
    told.push(weaknessOf(seen, 'template-any-purpose', severity, who, `purposes ${purposes.join(' ') || 'none given'}`))
  if (purposes.includes(ENROLMENT_AGENT)) told.push(weaknessOf(seen, 'template-enrolment-agent', severity, who))
  if ((enrolment & TEMPLATE.noSecurityExtension) !== 0 && login)
    told.push(weaknessOf(seen, 'template-no-security-extension', 'medium', who, `msPKI-Enrollment-Flag ${enrolment}`))
  if (policies.length > 0 && login)
    told.push(weaknessOf(seen, 'template-group-by-policy', 'high', who, ...policies, ...groups))
  return told
}

/** Who else than administrators may change it. */
const writers = (seen: Seen, look: Look, holders: Holders): string[] =>
  holders
    .over(seen)
    .filter((held) => TAKES_OVER.has(held.right) && !holders.ordinary(held, seen))
    .map(({ trustee, right }) => `${nameOfSid(trustee, look)} ${right}`)
