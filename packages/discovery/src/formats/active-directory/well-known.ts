import { splitSid } from './identifiers.ts'

/** A principal that is the same in every domain, whatever its name is there. */
export interface WellKnown {
  /** For programs: `domain-admins`. */
  readonly id: string
  /** In English, for where no entry was seen. */
  readonly name: string
  /** 0: has the directory in hand; 1: nearly; 2: some of it. */
  readonly tier?: 0 | 1 | 2
  /** AdminSDHolder is stamped on it and its members (Appendix C of Microsoft's best practices). */
  readonly protected?: true
  /** Everybody who can log in is in it, or even who cannot. */
  readonly everyone?: true
}

/** Of any domain, by relative identifier. Of the forest's root domain only: 498, 518, 519; they are matched in every domain. */
const BY_RID: Readonly<Record<number, WellKnown>> = {
  498: { id: 'enterprise-read-only-controllers', name: 'Enterprise Read-only Domain Controllers', tier: 0 },
  500: { id: 'administrator', name: 'Administrator', tier: 0, protected: true },
  502: { id: 'krbtgt', name: 'krbtgt', tier: 0, protected: true },
  512: { id: 'domain-admins', name: 'Domain Admins', tier: 0, protected: true },
  513: { id: 'domain-users', name: 'Domain Users', everyone: true },
  514: { id: 'domain-guests', name: 'Domain Guests', everyone: true },
  515: { id: 'domain-computers', name: 'Domain Computers', everyone: true },
  516: { id: 'domain-controllers', name: 'Domain Controllers', tier: 0, protected: true },
  517: { id: 'cert-publishers', name: 'Cert Publishers', tier: 1 },
  518: { id: 'schema-admins', name: 'Schema Admins', tier: 0, protected: true },
  519: { id: 'enterprise-admins', name: 'Enterprise Admins', tier: 0, protected: true },
  520: { id: 'group-policy-creator-owners', name: 'Group Policy Creator Owners', tier: 1 },
  521: { id: 'read-only-controllers', name: 'Read-only Domain Controllers', tier: 0, protected: true },
  525: { id: 'protected-users', name: 'Protected Users' },
  526: { id: 'key-admins', name: 'Key Admins', tier: 0 },
  527: { id: 'enterprise-key-admins', name: 'Enterprise Key Admins', tier: 0 },
  553: { id: 'ras-and-ias-servers', name: 'RAS and IAS Servers', tier: 2 },
  571: { id: 'allowed-rodc-replication', name: 'Allowed RODC Password Replication Group' },
  572: { id: 'denied-rodc-replication', name: 'Denied RODC Password Replication Group' },
}

const BY_SID: Readonly<Record<string, WellKnown>> = {
  'S-1-1-0': { id: 'everyone', name: 'Everyone', everyone: true },
  'S-1-3-0': { id: 'creator-owner', name: 'Creator Owner' },
  'S-1-3-4': { id: 'owner-rights', name: 'Owner Rights' },
  'S-1-5-2': { id: 'network', name: 'Network', everyone: true },
  'S-1-5-7': { id: 'anonymous', name: 'Anonymous Logon', everyone: true },
  'S-1-5-9': { id: 'enterprise-controllers', name: 'Enterprise Domain Controllers', tier: 0 },
  'S-1-5-10': { id: 'self', name: 'Self' },
  'S-1-5-11': { id: 'authenticated-users', name: 'Authenticated Users', everyone: true },
  'S-1-5-15': { id: 'this-organisation', name: 'This Organization', everyone: true },
  'S-1-5-18': { id: 'system', name: 'SYSTEM', tier: 0 },
  'S-1-5-32-544': { id: 'administrators', name: 'Administrators', tier: 0, protected: true },
  'S-1-5-32-545': { id: 'users', name: 'Users', everyone: true },
  'S-1-5-32-546': { id: 'guests', name: 'Guests', everyone: true },
  'S-1-5-32-548': { id: 'account-operators', name: 'Account Operators', tier: 0, protected: true },
  'S-1-5-32-549': { id: 'server-operators', name: 'Server Operators', tier: 0, protected: true },
  'S-1-5-32-550': { id: 'print-operators', name: 'Print Operators', tier: 0, protected: true },
  'S-1-5-32-551': { id: 'backup-operators', name: 'Backup Operators', tier: 0, protected: true },
  'S-1-5-32-552': { id: 'replicator', name: 'Replicator', tier: 1, protected: true },
  'S-1-5-32-554': { id: 'pre-windows-2000', name: 'Pre-Windows 2000 Compatible Access' },
  'S-1-5-32-555': { id: 'remote-desktop-users', name: 'Remote Desktop Users', tier: 2 },
  'S-1-5-32-557': { id: 'forest-trust-builders', name: 'Incoming Forest Trust Builders', tier: 1 },
  'S-1-5-32-560': { id: 'authorization-access', name: 'Windows Authorization Access Group' },
  'S-1-5-32-562': { id: 'distributed-com-users', name: 'Distributed COM Users', tier: 2 },
  'S-1-5-32-569': { id: 'cryptographic-operators', name: 'Cryptographic Operators', tier: 2 },
  'S-1-5-32-578': { id: 'hyper-v-administrators', name: 'Hyper-V Administrators', tier: 1 },
  'S-1-5-32-579': { id: 'access-control-operators', name: 'Access Control Assistance Operators', tier: 2 },
  'S-1-5-32-580': { id: 'remote-management-users', name: 'Remote Management Users', tier: 2 },
  'S-1-5-32-582': { id: 'storage-replica-administrators', name: 'Storage Replica Administrators', tier: 2 },
}

/** Which well-known principal a SID is, in whatever domain. */
export const wellKnown = (sid: string): WellKnown | undefined => {
  if (Object.hasOwn(BY_SID, sid)) return BY_SID[sid]
  if (!sid.startsWith('S-1-5-21-')) return undefined
  const { rid } = splitSid(sid)
  return Object.hasOwn(BY_RID, rid) && sid.split('-').length === 8 ? BY_RID[rid] : undefined
}

/** Groups that programs create under names of their own, which never change with the language: what being in them is worth. */
export const knownByName = (name: string): WellKnown | undefined => {
  const lower = name.toLowerCase()
  return Object.hasOwn(BY_NAME, lower) ? BY_NAME[lower] : undefined
}

const BY_NAME: Readonly<Record<string, WellKnown>> = {
  dnsadmins: { id: 'dns-admins', name: 'DnsAdmins', tier: 1 },
  'exchange windows permissions': { id: 'exchange-windows-permissions', name: 'Exchange Windows Permissions', tier: 1 },
  'exchange trusted subsystem': { id: 'exchange-trusted-subsystem', name: 'Exchange Trusted Subsystem', tier: 1 },
  'organization management': { id: 'exchange-organisation-management', name: 'Organization Management', tier: 1 },
  'esx admins': { id: 'esx-admins', name: 'ESX Admins', tier: 1 },
}

export const EVERYONE = 'S-1-1-0'
export const AUTHENTICATED = 'S-1-5-11'
export const SELF = 'S-1-5-10'
export const OWNER_RIGHTS = 'S-1-3-4'
