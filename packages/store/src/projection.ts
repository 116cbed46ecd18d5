import type { FindingOf } from '@rollcall/contract'
import { credentialRank, givesRoot, granteeText, openTo, severityOf } from '@rollcall/inventory'
import { listText } from './cells.ts'
import { idWithin } from './id.ts'
import type {
  FileTable,
  GrantRuleTable,
  KeyPlaceTable,
  ServiceAccountTable,
  ServiceTable,
  StoredCredentialTable,
} from './tables.ts'

/** Where a finding is known: what its rows in the read models share. */
export interface Whereabouts {
  readonly host: string
  readonly hostName: string
  readonly probe: string
  readonly key: string
  readonly firstSeen: string
}

/** A key at a place, as the Keys page shows it. `opensRoot` is the privilege of the account it opens. */
export const keyPlace = (finding: FindingOf<'key'>, where: Whereabouts, opensRoot: string): KeyPlaceTable => {
  const option = (name: string) => finding.options?.find((option) => option.name.toLowerCase() === name)?.value ?? null
  return {
    id: idWithin(where.host, where.probe, where.key),
    host_id: where.host,
    host: where.hostName,
    probe: where.probe,
    account: finding.account ?? null,
    fingerprint: finding.fingerprint ?? null,
    algorithm: finding.algorithm,
    bits: finding.bits ?? null,
    role: finding.role,
    strength: keyStrength(finding),
    opens_root: opensRoot,
    options: listText(
      [...certificateTerms(finding), ...(finding.options ?? [])].map(({ name, value }) =>
        value === undefined ? name : `${name}=${value}`,
      ),
    ),
    restricted_from: option('from'),
    forced_command: option('command'),
    concerns: listText(finding.concerns ?? []),
    ineffective: finding.ineffective ?? null,
    format: finding.format ?? null,
    passphrase: finding.passphrase ?? null,
    hosts: listText(finding.hosts ?? []),
    comment: finding.comment ?? null,
    path: finding.place.path,
    line: finding.place.line ?? null,
    file_modified: finding.file?.modified ?? null,
    file_mode: finding.file?.mode ?? null,
    file_owner: finding.file?.owner ?? null,
    state: 'unmanaged',
    first_seen: where.firstSeen,
    last_seen: null,
    gone_since: null,
  }
}

/** What a certificate says, in the words of options. */
const certificateTerms = ({ certificate: said }: FindingOf<'key'>): { name: string; value?: string }[] =>
  said === undefined
    ? []
    : [
        { name: `${said.type}-certificate` },
        { name: 'key-id', value: said.keyId },
        { name: 'serial', value: said.serial },
        { name: 'signed-by', value: said.signedBy },
        { name: 'principals', value: said.principals.join(',') },
        ...(said.validFrom === undefined ? [] : [{ name: 'valid-from', value: said.validFrom }]),
        { name: 'valid-to', value: said.validTo ?? 'forever' },
        ...said.criticalOptions.map(({ name, value }) => (value === undefined ? { name } : { name, value })),
        ...said.extensions.map((name) => ({ name })),
      ]

/** Whether a key opens the account it stands under; host and private keys lie there for another purpose. */
export const opensAccount = (role: FindingOf<'key'>['role']): boolean => role === 'authorized' || role === 'authority'

/** NIST SP 800-57 part 1 rev. 5, table 2: RSA below 2,048 bits and DSA are disallowed, 2,048 gives 112 bits, 3,072 gives 128. */
const keyStrength = ({ algorithm, bits }: FindingOf<'key'>): 'weak' | 'acceptable' | 'strong' | null => {
  if (/dss|dsa-/.test(algorithm) && !algorithm.includes('ecdsa')) return 'weak'
  if (algorithm.includes('rsa'))
    return bits === undefined ? null : bits < 2048 ? 'weak' : bits < 3072 ? 'acceptable' : 'strong'
  return /ed25519|ecdsa|ed448/.test(algorithm) ? 'strong' : null
}

/** A rule, as the Grants page shows it. */
export const grantRule = (finding: FindingOf<'grant'>, where: Whereabouts): GrantRuleTable => {
  const { users, groups } = finding.runAs
  const runAs = [
    ...(users ?? []).map(granteeText),
    ...(groups === undefined ? [] : [`: ${groups.map(granteeText).join(', ')}`]),
  ]
  return {
    id: idWithin(where.host, where.probe, where.key),
    host_id: where.host,
    host: where.hostName,
    probe: where.probe,
    mechanism: finding.mechanism,
    grantees: listText(finding.grantees.map(granteeText)),
    run_as: runAs.length === 0 ? 'root' : runAs.join(' '),
    commands: listText(
      finding.commands.map(
        ({ command, arguments: given, negated }) =>
          `${negated === true ? '!' : ''}${command}${given === undefined ? '' : ` ${given === '' ? '""' : given}`}`,
      ),
    ),
    password_required: finding.tags['passwd'] === false ? 'no' : 'yes',
    tags: listText(Object.entries(finding.tags).map(([tag, on]) => (on ? tag : `!${tag}`))),
    here: finding.here,
    path: finding.place.path,
    line: finding.place.line ?? null,
    first_seen: where.firstSeen,
    last_seen: null,
    gone_since: null,
  }
}

/** Something that runs as an account, as the Services page shows it. */
export const serviceRow = (finding: FindingOf<'usage'>, where: Whereabouts): ServiceTable => ({
  id: idWithin(where.host, where.probe, where.key),
  host_id: where.host,
  host: where.hostName,
  probe: where.probe,
  account: finding.account,
  account_id: idWithin(where.host, finding.account),
  consumer: finding.consumer,
  name: finding.name ?? null,
  program: finding.program ?? null,
  schedule: finding.schedule ?? null,
  enabled: yesOrNo(finding.enabled),
  listens: listText(finding.listens ?? []),
  needs: listText((finding.needs ?? []).map(({ type, name }) => `${type} ${name}`)),
  path: finding.place.path,
  line: finding.place.line ?? null,
  first_seen: where.firstSeen,
  last_seen: null,
  gone_since: null,
})

/** An account that a service keeps for itself. */
export const serviceAccountRow = (finding: FindingOf<'service-account'>, where: Whereabouts): ServiceAccountTable => ({
  id: idWithin(where.host, where.probe, where.key),
  host_id: where.host,
  host: where.hostName,
  probe: where.probe,
  service: finding.service,
  instance: finding.instance ?? null,
  name: finding.name,
  scope: finding.scope ?? null,
  login: finding.login,
  superuser: finding.superuser,
  password: finding.password,
  scheme: finding.scheme ?? null,
  strength: finding.strength ?? null,
  expires: finding.expires ?? null,
  privileges: listText(finding.privileges ?? []),
  member_of: listText(finding.memberOf ?? []),
  path: finding.place.path,
  line: finding.place.line ?? null,
  first_seen: where.firstSeen,
  last_seen: null,
  gone_since: null,
})

/** A file that decides about privilege. The names of its owner and group follow when those of the host are known. */
export const fileRow = (finding: FindingOf<'file'>, where: Whereabouts): FileTable => ({
  id: idWithin(where.host, where.probe, where.key),
  host_id: where.host,
  host: where.hostName,
  probe: where.probe,
  role: finding.role,
  type: finding.type,
  path: finding.place.path,
  owner_uid: finding.owner,
  owner: null,
  group_gid: finding.group,
  group: null,
  mode: finding.mode,
  open_to: openTo(finding),
  gives_root: givesRoot(finding) ?? null,
  program: finding.program ?? null,
  capabilities: finding.capabilities ?? null,
  ordinary: yesOrNo(finding.ordinary),
  modified: finding.modified ?? null,
  account: finding.account ?? null,
  account_id: finding.account === undefined ? null : idWithin(where.host, finding.account),
  because: finding.because ?? null,
  named_by: finding.namedBy?.path ?? null,
  named_by_line: finding.namedBy?.line ?? null,
  first_seen: where.firstSeen,
  last_seen: null,
  gone_since: null,
})

/** A credential in a file or process. Whether it is excepted is for whoever knows the exceptions to say. */
export const storedCredentialRow = (
  finding: FindingOf<'stored-credential'>,
  where: Whereabouts,
): StoredCredentialTable => {
  const rank = credentialRank(finding)
  return {
    id: idWithin(where.host, where.probe, where.key),
    host_id: where.host,
    host: where.hostName,
    probe: where.probe,
    rank,
    severity: severityOf(rank),
    secret: finding.secret,
    value: finding.value,
    in_force: finding.state,
    detector: finding.detector,
    evidence: finding.evidence,
    confidence: finding.confidence,
    name: finding.name ?? null,
    account: finding.account ?? null,
    system: finding.system ?? null,
    service: finding.service ?? null,
    reference: finding.reference ?? null,
    scheme: finding.scheme ?? null,
    weaknesses: listText(finding.weaknesses ?? []),
    length: finding.length ?? null,
    digest: finding.digest ?? null,
    program: finding.program ?? null,
    runs_as: finding.runsAs ?? null,
    path: finding.place.path,
    line: finding.place.line ?? null,
    end_line: finding.endLine ?? null,
    file_modified: finding.file?.modified ?? null,
    file_mode: finding.file?.mode ?? null,
    file_owner: finding.file?.owner ?? null,
    state: 'unmanaged',
    exception: null,
    excepted_until: null,
    first_seen: where.firstSeen,
    last_seen: null,
    gone_since: null,
  }
}

const yesOrNo = (answer: boolean | undefined) => (answer === undefined ? null : answer ? 'yes' : 'no')
