import type { Finding, Grant, Grantee, GrantedCommand } from '@rollcall/contract'
import type { DirectoryEntry } from '../../directory.ts'
import { clippedDn, normalDn, rdnValue } from './dn.ts'
import { clipped, LONGEST_NAME, weaknessOf, type Subject } from './subject.ts'
import { commandOf, granteeOf, optionsOf, type SudoRule } from './sudo-role.ts'

export const IPA_SUDO_ATTRIBUTES: readonly string[] = (
  'ipaenabledflag usercategory hostcategory cmdcategory ipasudorunasusercategory ipasudorunasgroupcategory memberuser memberhost ' +
  'memberallowcmd memberdenycmd externaluser externalhost hostmask ipasudoopt ipasudorunas ipasudorunasgroup ipasudorunasextuser ' +
  'ipasudorunasextgroup ipasudorunasextusergroup sudoorder sudonotbefore sudonotafter'
).split(' ')

export const IPA_ACCESS_ATTRIBUTES: readonly string[] =
  'ipaenabledflag usercategory hostcategory servicecategory memberuser memberhost memberservice accessruletype externalhost'.split(
    ' ',
  )

const MOST = 4096

/** Commands and groups of commands by the DN that rules name them by. */
export interface IpaCommands {
  readonly commands: ReadonlyMap<string, string>
  readonly groups: ReadonlyMap<string, readonly string[]>
}

/** Reads an entry of class ipaSudoRule; one that is off is told and grants nothing to worry about. */
export const readIpaSudoRule = (entry: DirectoryEntry, subject: Subject, known: IpaCommands): SudoRule => {
  const all = (category: string) => entry.text(category)?.toLowerCase() === 'all'
  const runAsUsers = all('ipasudorunasusercategory')
    ? [ALL]
    : [
        ...entry.texts('ipasudorunas').map(whoOf),
        ...entry.texts('ipasudorunasextuser').map(granteeOf),
        ...entry.texts('ipasudorunasextusergroup').map(asGroup),
      ]
  const runAsGroups = all('ipasudorunasgroupcategory')
    ? [ALL]
    : [...entry.texts('ipasudorunasgroup').map(whoOf), ...entry.texts('ipasudorunasextgroup').map(asGroup)]
  const commands: GrantedCommand[] = [
    ...entry
      .texts('memberdenycmd')
      .flatMap((dn) => commandsAt(dn, known))
      .map((command): GrantedCommand => ({ ...commandOf(command), negated: true })),
    ...(all('cmdcategory')
      ? [{ command: 'ALL' }]
      : entry
          .texts('memberallowcmd')
          .flatMap((dn) => commandsAt(dn, known))
          .map(commandOf)),
  ]
  const runAs: Grant['runAs'] = {
    ...(runAsUsers.length === 0 ? {} : { users: runAsUsers.slice(0, 1024) }),
    ...(runAsGroups.length === 0 ? {} : { groups: runAsGroups.slice(0, 1024) }),
  }
  const order = Number(entry.text('sudoorder') ?? 0)
  return {
    subject,
    order: Number.isFinite(order) ? order : 0,
    users: (all('usercategory')
      ? [ALL]
      : [...entry.texts('memberuser').map(whoOf), ...entry.texts('externaluser').map(granteeOf)]
    ).slice(0, MOST),
    hosts: hostsOf(entry),
    runAs,
    commands: commands.slice(0, MOST),
    ...optionsOf(entry.texts('ipasudoopt'), entry.text('sudonotbefore'), entry.text('sudonotafter')),
    ...(isOff(entry) ? { disabled: true } : {}),
  }
}

const ALL: Grantee = { type: 'all', name: '' }
const isOff = (entry: DirectoryEntry) => /^false$/i.test(entry.text('ipaenabledflag') ?? '')

const asGroup = (written: string): Grantee => ({
  type: 'group',
  name: clipped(written.replace(/^%/, ''), LONGEST_NAME),
})

/** Whom a DN of FreeIPA stands for, by its place in the tree. */
const whoOf = (dn: string): Grantee => {
  const name = clipped(rdnValue(dn), LONGEST_NAME)
  return /,cn=groups,cn=accounts,/i.test(dn)
    ? { type: 'group', name }
    : /,cn=ng,cn=alt,/i.test(dn)
      ? { type: 'netgroup', name }
      : { type: 'user', name }
}

const commandsAt = (dn: string, { commands, groups }: IpaCommands): string[] => {
  const key = normalDn(dn)
  const own = commands.get(key)
  if (own !== undefined) return [own]
  return (groups.get(key) ?? []).flatMap((member) => {
    const command = commands.get(normalDn(member))
    return command === undefined ? [] : [command]
  })
}

/** `ALL`, hosts by their names, groups of hosts as `+group`, as sudo sees them. */
const hostsOf = (entry: DirectoryEntry): string[] =>
  (entry.text('hostcategory')?.toLowerCase() === 'all'
    ? ['ALL']
    : [
        ...entry.texts('memberhost').map((dn) => `${/,cn=hostgroups,|,cn=ng,/i.test(dn) ? '+' : ''}${rdnValue(dn)}`),
        ...entry.texts('externalhost'),
        ...entry.texts('hostmask'),
      ]
  )
    .slice(0, MOST)
    .map((host) => clipped(host, 512))

/** A rule about who may log in to which host by which service, and whether it lets everybody in everywhere. */
export const accessFindings = (entry: DirectoryEntry, subject: Subject): Finding[] => {
  const side = (word: string, category: string, members: readonly string[]) =>
    (entry.text(category)?.toLowerCase() === 'all' ? ['ALL'] : members.map(rdnValue)).map((name) =>
      clipped(`${word} ${name}`, 4096),
    )
  const values = [
    isOff(entry) ? 'off' : 'on',
    ...side('user', 'usercategory', entry.texts('memberuser')),
    ...side('host', 'hostcategory', [...entry.texts('memberhost'), ...entry.texts('externalhost')]),
    ...side('service', 'servicecategory', entry.texts('memberservice')),
  ]
  const findings: Finding[] = [
    {
      kind: 'setting',
      subject: 'host-access',
      object: subject.object,
      name: clipped(subject.name.toLowerCase(), 128),
      values: values.slice(0, 1024),
      place: { path: clippedDn(subject.dn) },
    },
  ]
  if (!isOff(entry) && values.includes('user ALL') && values.includes('host ALL'))
    findings.push(
      weaknessOf(
        subject,
        'access-allows-all',
        'high',
        'userCategory all',
        'hostCategory all',
        ...(values.includes('service ALL') ? ['serviceCategory all'] : []),
      ),
    )
  return findings
}
