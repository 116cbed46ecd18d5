import { z } from 'zod'
import { directoryObjectType, directoryRightName } from '../directory-finding.ts'
import { directoryWeaknesses } from '../directory-weakness.ts'
import { finding } from '../finding.ts'
import { directorySignals } from '../signals.ts'
import { place } from '../text.ts'
import { change, managementState, probeOutcome, yesNoUnknown } from './inventory.ts'

/** One step towards having a directory in hand: a sentence, the entry that says so (its DN), and that entry's own words, such as an ACE. */
export const directoryStep = z.object({
  sentence: z.string(),
  place: place.optional(),
  evidence: z.string().optional(),
})
export type DirectoryStep = z.output<typeof directoryStep>

/**
 * How an account takes a directory over. `built-in`: it is an administrator, controller or the like by itself. `member`: by its groups.
 * `right`: by a right over an account, group, container or the directory. `replication`: it may fetch all secrets. `policy`: it changes
 * what controllers or administrators run. `certificate`: it gets a certificate in their name. `delegation`: it acts on their behalf.
 * `managed-account`: it makes or reads an account with their rights. `sid-history`: it carries their identity. `server`: it administers
 * the server itself.
 */
export const directoryVia = z.enum([
  'built-in',
  'member',
  'right',
  'replication',
  'policy',
  'certificate',
  'delegation',
  'managed-account',
  'sid-history',
  'server',
])
export type DirectoryVia = z.output<typeof directoryVia>

/** One way to take a directory over, or, `limited`, to do some things as an administrator that are not known to give all. */
export const directoryPath = z.object({
  via: directoryVia,
  effect: z.enum(['takes-over', 'limited']),
  sentence: z.string(),
  steps: z.array(directoryStep),
})
export type DirectoryPath = z.output<typeof directoryPath>

const severity = z.enum(['critical', 'high', 'medium', 'low', 'info'])

const weaknessTold = z.object({
  code: z.enum(directoryWeaknesses),
  severity,
  sentence: z.string(),
  evidence: z.array(z.string()),
  place: place.optional(),
  firstSeen: z.string(),
})

/** A directory by its id, the same as its host id in all views. */
const directoryRef = z.object({ id: z.string(), name: z.string() })

/** `GET /api/v1/directories/{id}` */
export const directoryDetail = z.object({
  id: z.string(),
  name: z.string(),
  firstSeen: z.string(),
  lastSeen: z.string(),
  lastGoodScan: z.string().nullable(),
  signals: directorySignals,
  /** Every server it was reached by, with when. */
  targets: z.array(z.object({ target: z.string(), firstSeen: z.string(), lastSeen: z.string() })),
  /** Why these sightings are taken for one directory, and what contradicts it. */
  evidence: z.array(z.object({ at: z.string(), sentence: z.string(), contradicts: z.boolean() })),
  outcomes: z.array(probeOutcome),
  counts: z.object({
    users: z.int(),
    computers: z.int(),
    managedServices: z.int(),
    groups: z.int(),
    /** Accounts that can take the directory over, those of which that is unknown, and those of the former that nobody manages. */
    privileged: z.int(),
    unknownPrivilege: z.int(),
    unmanagedPrivileged: z.int(),
    rights: z.int(),
    keys: z.int(),
    grants: z.int(),
    storedCredentials: z.int(),
  }),
  /** The most severe first, then the most frequent; `filter` lists them in the view `directory_weaknesses`. */
  weaknesses: z.array(
    z.object({
      code: z.enum(directoryWeaknesses),
      severity,
      sentence: z.string(),
      count: z.int(),
      filter: z.string(),
    }),
  ),
  /** Some of the accounts and groups that can take it over, those by the shortest way that is not membership alone first. */
  topPaths: z.array(
    z.object({ id: z.string(), kind: z.enum(['account', 'group']), name: z.string(), path: directoryPath }),
  ),
  /** Who has it in hand and is no account or group that was seen: of other domains, no longer known, or everybody. */
  outside: z.array(z.object({ name: z.string(), path: directoryPath })),
  /** Why it is unknown of somebody whether they can take it over. */
  unknownBecause: z.array(z.string()),
  history: z.array(change),
})
export type DirectoryDetail = z.output<typeof directoryDetail>

/** A group that somebody is in, and through which other groups. */
const membershipTold = z.object({
  /** Null for a group that was not seen itself. */
  id: z.string().nullable(),
  name: z.string(),
  /** The groups between, the nearest first; none: directly. */
  through: z.array(z.string()),
  /** The attribute that says so: `member`, `memberUid`, `primaryGroupID`. */
  via: z.string(),
  wellKnown: z.string().nullable(),
  tier: z.int().nullable(),
  privileged: yesNoUnknown,
  place: place.optional(),
})

/** A right, from the side of who holds it and of what it is held over. Ids are null for what has no page. */
const rightTold = z.object({
  right: directoryRightName,
  trustee: z.object({ id: z.string().nullable(), name: z.string(), type: directoryObjectType.nullable() }),
  over: z.object({ id: z.string().nullable(), name: z.string(), type: directoryObjectType }),
  /** The groups through which it is held, the nearest first; none: by itself. */
  through: z.array(z.string()),
  /** Of a right over what lies below: the types of entries. */
  below: z.array(directoryObjectType),
  evidence: z.string(),
  inheritedFrom: z.string().nullable(),
  conditional: z.boolean(),
  ordinary: z.boolean(),
  place: place.optional(),
})

/** `GET /api/v1/directory-accounts/{id}`: an account of a directory. */
export const directoryAccountDetail = z.object({
  id: z.string(),
  directory: directoryRef,
  /** objectGUID, entryUUID, nsUniqueId or ipaUniqueID. */
  object: z.string(),
  name: z.string(),
  type: z.enum(['user', 'computer', 'managed-service']),
  dn: z.string(),
  state: managementState,
  firstSeen: z.string(),
  lastSeen: z.string(),
  goneSince: z.string().nullable(),
  /** Whether it can take the directory over. */
  privileged: yesNoUnknown,
  /** 0: it has the directory in hand; 1: nearly; 2: some of it; null: none of these is known. */
  tier: z.int().nullable(),
  /** The shortest first, at most ten. */
  paths: z.array(directoryPath),
  unknownBecause: z.array(z.string()),
  /** Every group it is in, nested ones too, direct ones first. At most 500. */
  memberships: z.array(membershipTold),
  /** Rights that it holds, by itself or through its groups; those of its own first. At most 500. */
  rightsHeld: z.array(rightTold),
  /** Rights that others hold over it. At most 500. */
  rightsOver: z.array(rightTold),
  weaknesses: z.array(weaknessTold),
  /** The account as it was found. */
  findings: z.array(z.object({ probe: z.string(), finding, firstSeen: z.string(), changedAt: z.string() })),
  /** Accounts of hosts that are this one, and why they are taken for it. At most 200; `hostCount` counts all hosts. */
  hosts: z.array(
    z.object({
      /** The account on the host. */
      id: z.string(),
      name: z.string(),
      host: z.object({ id: z.string(), name: z.string() }),
      privileged: yesNoUnknown,
      sentence: z.string(),
    }),
  ),
  hostCount: z.int(),
  /**
   * Ways to root by sudo rules of hosts that name a group it is in, whether or not the host has listed it. At most 50 hosts are looked at;
   * `ruleHosts` counts those whose rules name one of its groups.
   */
  hostRules: z.array(
    z.object({
      host: z.object({ id: z.string(), name: z.string() }),
      root: z.enum(['yes', 'unknown']),
      sentence: z.string(),
      place,
      /** The groups that lead to the one that the rule names, the nearest first. */
      through: z.array(z.string()),
      unknownBecause: z.array(z.string()),
    }),
  ),
  ruleHosts: z.int(),
  /** Of a computer: the host that it is, where that was scanned. */
  isHost: z.object({ id: z.string(), name: z.string(), sentence: z.string().optional() }).nullable(),
  /** SSH keys that the directory keeps for it, with whom they open elsewhere by the same fingerprint. At most 50, and 50 places of each. */
  keys: z
    .array(
      z.object({
        id: z.string(),
        fingerprint: z.string(),
        algorithm: z.string(),
        places: z.array(
          z.object({
            id: z.string(),
            host: z.object({ id: z.string(), name: z.string() }),
            account: z.string().nullable(),
            role: z.string(),
          }),
        ),
        /** How many places there are. */
        placeCount: z.int(),
      }),
    )
    .optional(),
  outcomes: z.array(probeOutcome),
  history: z.array(change),
})
export type DirectoryAccountDetail = z.output<typeof directoryAccountDetail>

/** `GET /api/v1/directory-groups/{id}`: a group or role of a directory. */
export const directoryGroupDetail = z.object({
  id: z.string(),
  directory: directoryRef,
  object: z.string(),
  name: z.string(),
  type: z.enum(['group', 'role', 'netgroup', 'privilege', 'permission']),
  dn: z.string(),
  wellKnown: z.string().nullable(),
  tier: z.int().nullable(),
  firstSeen: z.string(),
  lastSeen: z.string(),
  goneSince: z.string().nullable(),
  /** Whether whoever is in it can take the directory over. */
  privileged: yesNoUnknown,
  paths: z.array(directoryPath),
  unknownBecause: z.array(z.string()),
  /** Who is directly in it. At most 500; `memberCount` counts all. */
  members: z.array(
    z.object({
      id: z.string().nullable(),
      name: z.string(),
      type: directoryObjectType.nullable(),
      via: z.string(),
      place: place.optional(),
      firstSeen: z.string(),
    }),
  ),
  memberCount: z.int(),
  /** Who no longer is, the last to go first. At most 200. */
  formerMembers: z.array(
    z.object({
      id: z.string().nullable(),
      name: z.string(),
      type: directoryObjectType.nullable(),
      firstSeen: z.string(),
      goneSince: z.string(),
    }),
  ),
  memberships: z.array(membershipTold),
  rightsHeld: z.array(rightTold),
  rightsOver: z.array(rightTold),
  weaknesses: z.array(weaknessTold),
  findings: z.array(z.object({ probe: z.string(), finding, firstSeen: z.string(), changedAt: z.string() })),
  history: z.array(change),
})
export type DirectoryGroupDetail = z.output<typeof directoryGroupDetail>
