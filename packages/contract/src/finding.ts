import { z } from 'zod'
import { instant, path, place, principalName, text } from './text.ts'

/**
 * Who a rule speaks of, as its source writes it. `all` is everyone. A negated grantee takes away what an earlier one in
 * the same list gave: the last that matches decides (sudoers(5)).
 */
export const grantee = z.object({
  type: z.enum(['user', 'uid', 'group', 'gid', 'netgroup', 'external-group', 'all']),
  name: principalName,
  negated: z.literal(true).optional(),
})
export type Grantee = z.output<typeof grantee>

/** A user account of a host or directory, as its source lists it. `line` of the place tells duplicates apart. */
export const account = z.object({
  kind: z.literal('account'),
  name: principalName,
  uid: z.int().nonnegative(),
  gid: z.int().nonnegative(),
  /** The GECOS or display name. */
  description: text(512).optional(),
  home: path,
  /** Empty in passwd means `/bin/sh` (passwd(5)); the finding says what it means. */
  shell: path,
  /** Whether the shell lets somebody work: not nologin, false, sync and the like. */
  interactiveShell: z.boolean(),
  place,
})

/** That an account belongs to a group. */
export const membership = z.object({
  kind: z.literal('membership'),
  account: principalName,
  group: principalName,
  gid: z.int().nonnegative(),
  /** `administrator`: may add members to the group (gshadow(5)). */
  role: z.enum(['primary', 'member', 'administrator']),
  place,
})

/** One command a sudo rule speaks of; `ALL` and `sudoedit` as sudoers(5) writes them. */
export const grantedCommand = z.object({
  /** The path, directory (ending in `/`), regular expression, `ALL`, `sudoedit` or `list`, as written after aliases are resolved. */
  command: text(4096),
  /** The arguments as written; absent when any are allowed, `""` when none are. */
  arguments: text(4096).optional(),
  negated: z.literal(true).optional(),
  /** Digests that the file must have, as `sha256:…`. */
  digests: z.array(text(200)).max(16).optional(),
})
export type GrantedCommand = z.output<typeof grantedCommand>

/** A rule that lets somebody act as somebody else. One finding per command group of a rule, in the order they apply. */
export const grant = z.object({
  kind: z.literal('grant'),
  mechanism: z.enum(['sudo', 'doas', 'polkit', 'su']),
  /** Position among the host's rules of this mechanism: of several that match, the last decides (sudoers(5)). */
  order: z.int().nonnegative(),
  grantees: z.array(grantee).min(1).max(4096),
  /** Whether the rule's host list names this host; `unknown` where a netgroup decides. Rules for other hosts are not reported. */
  here: z.enum(['yes', 'unknown']),
  /** Whom the commands may run as. No `users` and no `groups`: the default, root. Empty `users`, or `groups` alone: the account itself. */
  runAs: z.object({ users: z.array(grantee).max(1024).optional(), groups: z.array(grantee).max(1024).optional() }),
  commands: z.array(grantedCommand).min(1).max(4096),
  /** Tags as written on this rule: true and false where written (`NOPASSWD` is `passwd: false`), absent where not. */
  tags: z.record(text(32), z.boolean()),
  /** Options such as `cwd`, `timeout`, `notbefore`, `notafter`, `role`, as written. */
  options: z.record(text(32), text(256)),
  place,
})
export type Grant = z.output<typeof grant>

/** One option of an authorized_keys line, value unquoted (sshd(8), AUTHORIZED_KEYS FILE FORMAT). */
export const keyOption = z.object({ name: text(64), value: text(4096).optional() })

/** A public key, authority or private key, wherever it was found. */
export const key = z.object({
  kind: z.literal('key'),
  /** `authorized` opens the account, `authority` lets every key it signs open it, `host` identifies the host, `private` is a private key. */
  role: z.enum(['authorized', 'authority', 'host', 'private']),
  /** `SHA256:` and unpadded base64 of the hash of the key blob, as `ssh-keygen -l` prints it. */
  fingerprint: text(64),
  /** The key type on the wire, such as `ssh-ed25519`; that of the certified key for a certificate. */
  algorithm: text(64),
  bits: z.int().positive().optional(),
  account: principalName.optional(),
  comment: text(1024).optional(),
  options: z.array(keyOption).max(256).optional(),
  /** File facts, where known: when the file last changed, its permission bits in octal, its owner's uid. */
  file: z.object({ modified: instant, mode: text(6), owner: z.int().nonnegative() }).optional(),
  place,
})

/** A secret, told by its shape and place; its value never leaves the function that read it. */
export const credential = z.object({
  kind: z.literal('credential'),
  class: z.enum(['login-password', 'group-password']),
  /** The account or group it opens. */
  account: principalName,
  /**
   * `usable`: a hash that a password can match. `locked`: a hash disabled by a prefix; unlocking restores it.
   * `none`: no password can match. `empty`: no password is needed.
   */
  state: z.enum(['usable', 'locked', 'none', 'empty']),
  /** crypt(5) scheme of the hash, such as `yescrypt`, `sha512crypt`, `md5crypt`, `descrypt`. */
  scheme: text(32).optional(),
  strength: z.enum(['strong', 'acceptable', 'weak']).optional(),
  /** The day of the last change; `must-change` when the next login has to change it (shadow(5) value 0). */
  changed: z.union([z.iso.date(), z.literal('must-change')]).optional(),
  /** Aging in days, as shadow(5) has them; absent when not set. */
  minimumDays: z.int().optional(),
  maximumDays: z.int().optional(),
  warningDays: z.int().optional(),
  inactiveDays: z.int().optional(),
  /** The day from which the account is disabled. */
  accountExpires: z.iso.date().optional(),
  place,
})

/** That something uses an account: a login by a person, and later the units, jobs and files that need its secret. */
export const usage = z.object({
  kind: z.literal('usage'),
  account: principalName,
  consumer: z.enum(['login']),
  /** `never` is a value: it was looked for and there is none. */
  lastUsed: z.union([instant, z.literal('never')]),
  from: text(256).optional(),
  place,
})

/** One effective setting of a program, with who it applies to. */
export const setting = z.object({
  kind: z.literal('setting'),
  subject: z.enum(['sshd', 'sudo']),
  /** In the program's own spelling, lower case. */
  name: text(128),
  /** One entry per value, as the program prints it. */
  values: z.array(text(4096)).max(1024),
  /** The account it holds for; absent when it holds for all without one of their own. */
  account: principalName.optional(),
  /** Under which further condition it holds, as written: `address 10.0.0.0/8`, `Defaults>root`. */
  condition: text(1024).optional(),
  /** Absent when it is the program's default. */
  place: place.optional(),
})

/** One parsed fact about a target. */
export const finding = z.discriminatedUnion('kind', [account, membership, grant, key, credential, usage, setting])
export type Finding = z.output<typeof finding>
export type FindingKind = Finding['kind']
export type FindingOf<K extends FindingKind> = Extract<Finding, { kind: K }>
