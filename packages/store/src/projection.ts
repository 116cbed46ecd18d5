import type { FindingOf } from '@rollcall/contract'
import { granteeText } from '@rollcall/inventory'
import { listText } from './cells.ts'
import { idWithin } from './id.ts'
import type { GrantRuleTable, KeyPlaceTable } from './tables.ts'

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
    fingerprint: finding.fingerprint ?? '',
    algorithm: finding.algorithm,
    bits: finding.bits ?? null,
    role: finding.role,
    strength: keyStrength(finding),
    opens_root: opensRoot,
    options: listText(
      (finding.options ?? []).map(({ name, value }) => (value === undefined ? name : `${name}=${value}`)),
    ),
    restricted_from: option('from'),
    forced_command: option('command'),
    comment: finding.comment ?? null,
    path: finding.place.path,
    line: finding.place.line ?? null,
    file_modified: finding.file?.modified ?? null,
    file_mode: finding.file?.mode ?? null,
    state: 'unmanaged',
    first_seen: where.firstSeen,
    last_seen: null,
    gone_since: null,
  }
}

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
