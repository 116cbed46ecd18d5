import { z } from 'zod'
import { finding } from '../finding.ts'
import { outcomeStatus, reason } from '../outcome.ts'
import { rights } from '../rights.ts'
import { hostSignals } from '../signals.ts'
import { place } from '../text.ts'

/** One step of why a principal is privileged: a sentence, and the file and line that says so. */
export const privilegeStep = z.object({ sentence: z.string(), place: place.optional() })

/** One way to become root: how, what it takes, and each step with its place. */
export const privilegePath = z.object({
  via: z.enum([
    'uid-0',
    'sudo',
    'group',
    'doas',
    'polkit',
    'su',
    'key',
    'setuid',
    'capabilities',
    'writable',
    'readable',
    'socket',
    'nfs',
    'rhosts',
    'rbac',
  ]),
  /** `root`: may become root. `limited`: may do some things as root, none known to give all. */
  effect: z.enum(['root', 'limited']),
  /** Which password it takes: none, the account's own, or that of the account it becomes. */
  password: z.enum(['none', 'own', 'target', 'unknown']),
  sentence: z.string(),
  steps: z.array(privilegeStep),
})
export type PrivilegePath = z.output<typeof privilegePath>

export const yesNoUnknown = z.enum(['yes', 'no', 'unknown'])
export type YesNoUnknown = z.output<typeof yesNoUnknown>

/** State of an account, key or credential. */
export const managementState = z.enum([
  'unmanaged',
  'onboarding',
  'managed',
  'excepted',
  'orphaned',
  'suspected',
  'gone',
])
export type ManagementState = z.output<typeof managementState>

/** Something that changed in what is known. */
export const change = z.object({
  at: z.string(),
  host: z.string(),
  probe: z.string(),
  type: z.enum(['appeared', 'changed', 'vanished', 'reappeared']),
  kind: z.string(),
  /** The thing, as a person would name it. */
  thing: z.string(),
  /** The finding before and after, where it has one. */
  before: finding.nullable(),
  after: finding.nullable(),
})
export type Change = z.output<typeof change>

/** How one probe fared on one host, at the last look and at the last complete one. */
export const probeOutcome = z.object({
  probe: z.string(),
  title: z.string(),
  status: outcomeStatus,
  /** Each with its sentence for people. */
  reasons: z.array(reason.extend({ sentence: z.string() })),
  privilege: rights,
  lastLook: z.string(),
  lastComplete: z.string().nullable(),
  findings: z.int(),
})
export type ProbeOutcome = z.output<typeof probeOutcome>

/** `GET /api/v1/accounts/{id}` */
export const accountDetail = z.object({
  id: z.string(),
  host: z.object({ id: z.string(), name: z.string() }),
  name: z.string(),
  state: managementState,
  firstSeen: z.string(),
  lastSeen: z.string(),
  goneSince: z.string().nullable(),
  privileged: yesNoUnknown,
  /** Every path, those to root first. */
  paths: z.array(privilegePath),
  /** Why `privileged` is unknown, or might be more than is known. */
  unknownBecause: z.array(reason.extend({ sentence: z.string() })),
  loginAllowed: yesNoUnknown,
  loginReasons: z.array(privilegeStep),
  /**
   * All current findings about it but the host keys that it knows: account, memberships, password state, keys, logins, effective
   * sudo rules, what runs as it, and files that lead to it.
   */
  findings: z.array(z.object({ probe: z.string(), finding, firstSeen: z.string(), changedAt: z.string() })),
  /** Other accounts with the very same password hash: how many, and some of them. Null where that cannot be told. */
  samePassword: z
    .object({
      accounts: z.int(),
      some: z.array(
        z.object({ id: z.string(), name: z.string(), host: z.object({ id: z.string(), name: z.string() }) }),
      ),
    })
    .nullable(),
  outcomes: z.array(probeOutcome),
  history: z.array(change),
})
export type AccountDetail = z.output<typeof accountDetail>

/** `GET /api/v1/hosts/{id}` */
export const hostDetail = z.object({
  id: z.string(),
  name: z.string(),
  firstSeen: z.string(),
  lastSeen: z.string(),
  lastGoodScan: z.string().nullable(),
  signals: hostSignals,
  /** Every name and address it was reached by, with when. */
  targets: z.array(z.object({ target: z.string(), firstSeen: z.string(), lastSeen: z.string() })),
  /** Why these sightings are taken for one host, and what contradicts it. */
  evidence: z.array(z.object({ at: z.string(), sentence: z.string(), contradicts: z.boolean() })),
  outcomes: z.array(probeOutcome),
  counts: z.object({
    accounts: z.int(),
    privileged: z.int(),
    unknownPrivilege: z.int(),
    keys: z.int(),
    privateKeys: z.int(),
    grants: z.int(),
    services: z.int(),
    serviceAccounts: z.int(),
    files: z.int(),
    storedCredentials: z.int(),
    /** Accounts that it takes from elsewhere than its own files. */
    fromDirectories: z.int().optional(),
  }),
  /** What it is joined to, and the computer that it is there. `directory` is null for a realm that was not read. */
  directories: z
    .array(
      z.object({
        directory: z.object({ id: z.string(), name: z.string() }).nullable(),
        realm: z.string().nullable(),
        computer: z.object({ id: z.string(), name: z.string() }).nullable(),
        sentence: z.string(),
      }),
    )
    .optional(),
  history: z.array(change),
})
export type HostDetail = z.output<typeof hostDetail>

/** `GET /api/v1/overview`: coverage first, then privilege and management. */
export const overview = z.object({
  at: z.string(),
  coverage: z.object({
    /** Distinct targets that were ever asked for, by how the last look at each ended. */
    targets: z.int(),
    hosts: z.int(),
    complete: z.int(),
    partial: z.int(),
    failed: z.int(),
    never: z.int(),
    lookedWithin24h: z.int(),
    oldestGoodScan: z.string().nullable(),
    /** What is missing, most frequent first: reason code, its sentence, how many host-probe pairs, and the filter of the outcomes view that lists them. */
    gaps: z.array(z.object({ code: z.string(), sentence: z.string(), hosts: z.int(), filter: z.string() })),
  }),
  accounts: z.object({
    total: z.int(),
    privileged: z.int(),
    unknownPrivilege: z.int(),
    unmanagedPrivileged: z.int(),
    privilegedNeverLoggedIn: z.int(),
    passwordless: z.int(),
    weakHashes: z.int(),
    /** Accounts of which another one somewhere has the very same password hash. */
    samePassword: z.int(),
    /** By path: how many accounts reach root so. */
    byPath: z.array(z.object({ via: z.string(), accounts: z.int() })),
  }),
  keys: z.object({
    authorized: z.int(),
    distinct: z.int(),
    openingRoot: z.int(),
    sharedAcrossHosts: z.int(),
    weak: z.int(),
    withConcerns: z.int(),
    /** Private keys without a passphrase that open root somewhere, and on how many hosts private keys were completely looked for. */
    privateOpeningRoot: z.int(),
    lookedForPrivate: z.int(),
  }),
  serviceAccounts: z.object({
    total: z.int(),
    withoutPassword: z.int(),
    superusers: z.int(),
  }),
  files: z.object({
    total: z.int(),
    /** Through which everyone on their host can become root. */
    givingRootToEveryone: z.int(),
    /** On how many hosts the files that decide who is privileged were completely looked at. */
    lookedAt: z.int(),
  }),
  storedCredentials: z.object({
    /** Those in which a secret lies, unless they are excepted; references and placeholders are none. */
    total: z.int(),
    critical: z.int(),
    high: z.int(),
    /** In clear, wherever they lie. */
    literal: z.int(),
    /** Which everybody on their host may read. */
    readableByOthers: z.int(),
    /** Of which another place somewhere has the very same secret. */
    shared: z.int(),
    excepted: z.int(),
    /** On how many hosts files were completely looked through. */
    lookedAt: z.int(),
  }),
  directories: z.object({
    total: z.int(),
    /** Of which everything was read at the last look. */
    complete: z.int(),
    accounts: z.int(),
    /** Accounts that can take their directory over, those of which that is unknown, and those of the former that nobody manages. */
    privileged: z.int(),
    unknownPrivilege: z.int(),
    unmanagedPrivileged: z.int(),
    /** Accounts that can take it over by more than being in a group, and in how many directories the rights that say so were read completely. */
    privilegedByRights: z.int(),
    rightsRead: z.int(),
    /** Accounts that programs use rather than people. */
    serviceAccounts: z.int(),
    /** Accounts whose password is kept in clear or weakly hashed, as far as that may be seen. */
    clearPasswords: z.int(),
    weakPasswords: z.int(),
    /** Weaknesses by severity. */
    critical: z.int(),
    high: z.int(),
  }),
  /** Newest first. */
  recent: z.array(change),
  lastScan: z
    .object({ id: z.string(), startedAt: z.string(), finishedAt: z.string().nullable(), state: z.string() })
    .nullable(),
  nextScanAt: z.string().nullable(),
})
export type Overview = z.output<typeof overview>
