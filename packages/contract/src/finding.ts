import { z } from 'zod'
import {
  objectId,
  directoryAccount,
  directoryGroup,
  directoryMember,
  directoryRight,
  directoryWeakness,
} from './directory-finding.ts'
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
  /** The other accounts with the same uid: each may do what the others may. */
  sharesUid: z.array(principalName).max(64).optional(),
  /** Which service of nsswitch.conf(5) knows it; absent for the host's own files. */
  source: z.enum(['sss', 'winbind', 'ldap', 'nis', 'systemd', 'other']).optional(),
  /** What names it in its directory, where the host knows: its realm or domain, its SID (MS-DTYP 2.4.2.1), its entryUUID or objectGUID. */
  directory: z.object({ domain: text(256).optional(), sid: text(184).optional(), id: text(64).optional() }).optional(),
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
  /** `rbac`: the roles and rights profiles of Solaris and illumos. */
  mechanism: z.enum(['sudo', 'doas', 'polkit', 'su', 'rbac']),
  /** Of a rule that a directory keeps for many hosts: which, as it writes them. Absent: the host it was read on. */
  hosts: z.array(text(512)).max(4096).optional(),
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

/** What is wrong with a key, as a code for programs. `describeKeyConcern` gives the sentence. */
export const keyConcern = z.enum([
  'dsa',
  'short-rsa',
  'debian-2008',
  'roca',
  'publicly-known',
  'hostile-command',
  'file-writable-by-others',
  'folder-writable-by-others',
  'file-readable-by-others',
  'symbolic-link',
  'no-passphrase',
])
export type KeyConcern = z.output<typeof keyConcern>

/** What an authority says of a key that it signed, as OpenSSH has it. Whether the signature is genuine is not looked at. */
export const certificate = z.object({
  type: z.enum(['user', 'host']),
  /** The number that the authority gave it, of 64 bits. */
  serial: text(20),
  keyId: text(1024),
  /** The names of accounts or hosts that it is good for. None: any, where whoever trusts the authority allows that. */
  principals: z.array(text(256)).max(256),
  /** Absent: from the beginning, without an end. */
  validFrom: instant.optional(),
  validTo: instant.optional(),
  /** What a server has to heed or else refuse it, such as `force-command` and `source-address`. */
  criticalOptions: z.array(keyOption).max(64),
  extensions: z.array(text(256)).max(64),
  /** The fingerprint of the authority's key. */
  signedBy: text(64),
})
export type Certificate = z.output<typeof certificate>

/** A public key, authority or private key, wherever it was found. */
export const key = z.object({
  kind: z.literal('key'),
  /**
   * `authorized` opens the account, `authority` lets every key it signs open it, `host` identifies the host, `private` is a
   * private key, `known` is the host key of another machine that the account or the whole host takes for genuine, `certificate`
   * is what an authority says of a key.
   */
  role: z.enum(['authorized', 'authority', 'host', 'private', 'known', 'certificate']),
  certificate: certificate.optional(),
  /**
   * `SHA256:` and unpadded base64 of the hash of the key blob, as `ssh-keygen -l` prints it. Absent only for a private key whose
   * file does not give it without the passphrase.
   */
  fingerprint: text(64).optional(),
  /** The key type on the wire, such as `ssh-ed25519`; that of the certified key for a certificate. */
  algorithm: text(64),
  bits: z.int().positive().optional(),
  account: principalName.optional(),
  /** Of a directory: the entry it stands in. */
  object: objectId.optional(),
  comment: text(1024).optional(),
  options: z.array(keyOption).max(256).optional(),
  concerns: z.array(keyConcern).max(16).optional(),
  /**
   * Of a key that should open an account: why it opens nothing as things are. `expired`: its `expiry-time` is over, or that of a
   * certificate. `not-yet-valid`: that of a certificate has not begun. `revoked`: the
   * server's RevokedKeys names it. `strict-modes`: others may change the file or a folder on the way to it, so that the server
   * passes over the file. `no-account`: an authority that the server trusts for no account that is here, or only with names in
   * certificates that no file lists. Each may change without the key's being touched.
   */
  ineffective: z.enum(['expired', 'not-yet-valid', 'revoked', 'strict-modes', 'no-account']).optional(),
  /** Of a private key: how its file is written. */
  format: z
    .enum(['openssh', 'pkcs1', 'sec1', 'dsa-pem', 'pkcs8', 'putty-2', 'putty-3', 'ssh.com', 'dropbear'])
    .optional(),
  /** Of a private key: whether its file takes a passphrase to open. */
  passphrase: z.enum(['yes', 'no', 'unknown']).optional(),
  /** Of a known host key: the names and addresses it stands for; hashed ones that match no name we know stay `|1|…`. */
  hosts: z.array(text(256)).max(64).optional(),
  /** File facts, where known: when the file last changed, its permission bits in octal, its owner's uid. */
  file: z.object({ modified: instant, mode: text(6), owner: z.int().nonnegative() }).optional(),
  place,
})

/** What is wrong with a stored credential, as a code for programs. `describeCredentialWeakness` gives the sentence. */
export const credentialWeakness = z.enum([
  'default',
  'same-as-account',
  'common',
  'short',
  'publicly-known',
  'weak-hash',
  'readable-by-others',
])
export type CredentialWeakness = z.output<typeof credentialWeakness>

/** A secret, told by its shape and place; its value never leaves the function that read it. */
export const credential = z.object({
  kind: z.literal('credential'),
  class: z.enum(['login-password', 'group-password', 'keytab']),
  /** The account, group or Kerberos principal it opens. */
  account: principalName,
  /**
   * `usable`: a hash that a password can match. `locked`: a hash disabled by a prefix; unlocking restores it.
   * `none`: no password can match. `empty`: no password is needed.
   */
  state: z.enum(['usable', 'locked', 'none', 'empty']),
  /** crypt(5) scheme of the hash, such as `yescrypt`, `sha512crypt`, `md5crypt`, `descrypt`. */
  scheme: text(32).optional(),
  strength: z.enum(['strong', 'acceptable', 'weak']).optional(),
  /** What the hash itself says that one guess costs, such as `rounds=5000`, `cost=12`, `N=4096 r=32`, `m=65536 t=3 p=4`. */
  cost: text(64).optional(),
  /**
   * Keyed digest of the hash as it is written, salt included: equal on two hosts only where one was copied from the other.
   * The key never leaves the installation, so that it tells nobody else anything.
   */
  digest: text(64).optional(),
  /** What is wrong with the password, where stored hashes may be compared with what is common. Absent: nothing found, or not compared. */
  weaknesses: z.array(credentialWeakness).max(8).optional(),
  /** Of a keytab: its permission bits in octal, its owner's uid and group's gid. Who may read it may act as the principal. */
  file: z.object({ mode: text(6), owner: z.int().nonnegative(), group: z.int().nonnegative() }).optional(),
  /** Encryption types (RFC 3961) of a keytab's entries, and the highest key version. */
  encryption: z.array(text(64)).max(32).optional(),
  keyVersion: z.int().nonnegative().optional(),
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

/** What uses an account. `login` and `key-login` are people or programs that come in, all others run on the host as it. */
export const consumer = z.enum([
  'login',
  'key-login',
  'systemd-unit',
  'cron-job',
  'at-job',
  'anacron-job',
  'init-script',
  'inetd-service',
  'supervisor-program',
  'php-fpm-pool',
  'web-server',
  'application-server',
  'database',
  'container',
  'process',
])
export type Consumer = z.output<typeof consumer>

/**
 * That something uses an account: a login by a person, or a unit, job or process that runs as it and breaks when its secret
 * changes. Command lines and environments may hold secrets, so only names of programs and variables are told, never values.
 */
export const usage = z.object({
  kind: z.literal('usage'),
  account: principalName,
  consumer,
  /** The unit, job, pool, site, container or process, as its own tools name it. Absent for logins. */
  name: text(256).optional(),
  /** The last time; `never` is a value: it was looked for and there is none. Absent where nothing records it. */
  lastUsed: z.union([instant, z.literal('never')]).optional(),
  /** Where a login came from. */
  from: text(256).optional(),
  /** The key that a `key-login` was made with, by its fingerprint. */
  key: text(64).optional(),
  /** The first program it runs. */
  program: path.optional(),
  /** When it runs, in the spelling of its source: `15 2 * * 0`, `OnCalendar=daily`. */
  schedule: text(256).optional(),
  /** Whether it would start by itself. */
  enabled: z.boolean().optional(),
  /** Sockets it listens on, as `tcp 0.0.0.0:443` or `unix /run/x.sock`. */
  listens: z.array(text(256)).max(64).optional(),
  /** What it is given that may hold a secret: files it names for that, and names of environment variables and credentials. */
  needs: z
    .array(z.object({ type: z.enum(['file', 'variable', 'credential']), name: path }))
    .max(64)
    .optional(),
  place,
})

/** An account that a service on the host keeps for itself: a role of a database, a user of its ACL. */
export const serviceAccount = z.object({
  kind: z.literal('service-account'),
  service: z.enum(['postgresql', 'mysql', 'redis', 'mongodb']),
  /** Which of several instances on the host, such as a port or a cluster's name. */
  instance: text(256).optional(),
  name: principalName,
  /** From where it may log in, where that is part of its name: the host part of a MySQL account, the database of a MongoDB user. */
  scope: text(256).optional(),
  login: z.enum(['yes', 'no', 'unknown']),
  superuser: z.enum(['yes', 'no', 'unknown']),
  /** `empty`: none is needed. `none`: no password can match. `external`: something else decides, such as a socket's peer. */
  password: z.enum(['set', 'empty', 'none', 'external', 'unknown']),
  /** How the password is kept, in the service's own word, such as `scram-sha-256` or `mysql_native_password`. */
  scheme: text(64).optional(),
  strength: z.enum(['strong', 'acceptable', 'weak']).optional(),
  expires: instant.optional(),
  /** What it may do beyond its own, in the service's words, strongest first: never complete, always true. */
  privileges: z.array(text(256)).max(64).optional(),
  memberOf: z.array(principalName).max(256).optional(),
  place,
})

/** A file, folder or socket whose owner, mode or capabilities decide about privilege. Only those worth a look are told. */
export const file = z.object({
  kind: z.literal('file'),
  /**
   * Why it matters. `setuid`, `setgid`, `capabilities`: who runs it gets other rights. `run-as`: something runs it as `account`, or it
   * is a folder on the way there. `command-path`: a folder where `account` looks for programs. `decides`: its content decides who is
   * privileged, as in /etc/passwd, or it is a folder on the way to such a file. `login-keys`: its content decides what opens
   * `account`, or it is a folder on the way there. `home`: the home folder of `account`. `socket`: who may write to it gets what the
   * service behind gives. `agent-socket`: an ssh-agent that signs for who may open it. `device`: raw memory or disk.
   */
  role: z.enum([
    'setuid',
    'setgid',
    'capabilities',
    'run-as',
    'command-path',
    'decides',
    'login-keys',
    'home',
    'socket',
    'agent-socket',
    'device',
  ]),
  type: z.enum(['file', 'folder', 'link', 'socket', 'fifo', 'device', 'other']),
  owner: z.int().nonnegative(),
  group: z.int().nonnegative(),
  /** Permission bits in octal, four digits: `4755`. */
  mode: text(6),
  modified: instant.optional(),
  /** The account it matters for. */
  account: principalName.optional(),
  /** What leads there, such as `cron job`, `unit backup.service`, `PATH in /etc/environment`. */
  because: text(256).optional(),
  /** The file and line that leads there. */
  namedBy: place.optional(),
  /**
   * Through which permission it can be changed or replaced by somebody it should not be: its owner's, its group's, that of all others.
   * Sticky folders and owners who may are taken into account. Absent where changing it is not what it is told for.
   */
  writableBy: z
    .array(z.enum(['owner', 'group', 'others']))
    .max(3)
    .optional(),
  /** The same of reading, for what only root may read: copies of the shadow file, keytabs, private keys of the host. */
  readableBy: z
    .array(z.enum(['owner', 'group', 'others']))
    .max(3)
    .optional(),
  /** Folders on the way there that not everybody may pass, outermost first: who may not pass them cannot use the permission. */
  behind: z
    .array(z.object({ path, owner: z.int().nonnegative(), group: z.int().nonnegative(), mode: text(6) }))
    .max(16)
    .optional(),
  /** Which program it is by what it holds, told where it is not what its name says: a shell called something else. */
  program: text(64).optional(),
  /** As getcap(8) prints them: `cap_setuid=ep`. */
  capabilities: text(1024).optional(),
  /** Whether the usual distributions ship it so. */
  ordinary: z.boolean().optional(),
  place,
})

/** What kind of secret it is. `store`: a file that keeps several behind a lock of its own, such as a keystore or a browser's logins. */
export const storedSecret = z.enum(['password', 'token', 'shared-secret', 'private-key', 'symmetric-key', 'store'])

/**
 * What stands where a secret would. `literal`: the secret itself. `hash`: something to check a password against. `key`: key material.
 * `reference`: the name of where it really is. `placeholder`: a stand-in that opens nothing. `encrypted`: the secret, behind another one.
 * `empty`: nothing, where that means that no secret is needed.
 */
export const storedValue = z.enum(['literal', 'hash', 'key', 'reference', 'placeholder', 'encrypted', 'empty'])

/**
 * A password, token or key that is kept in a file, a unit or a process, or the place that names where it is kept. The value never
 * leaves the function that read it: what is told is its place, kind and shape.
 */
export const storedCredential = z.object({
  kind: z.literal('stored-credential'),
  secret: storedSecret,
  value: storedValue,
  /**
   * `active`: in force as far as the place tells. `commented`: in a comment. `template`: in a sample or template. `backup`: in a copy
   * that no program reads.
   */
  state: z.enum(['active', 'commented', 'template', 'backup']),
  /** The format or token family that found it, by its id. */
  detector: text(64),
  /** How it was recognised: by where the format keeps secrets, the name before it, a command that takes it, a URL, or its own shape. */
  evidence: z.enum(['format', 'name', 'argument', 'url', 'shape']),
  confidence: z.enum(['high', 'medium', 'low']),
  /** Its name in the file from the outside in, such as `spring.datasource.password` or `client/password`. */
  name: text(512).optional(),
  /** The account it opens, as the place says. */
  account: principalName.optional(),
  /** Of a directory: the entry it stands in. */
  object: objectId.optional(),
  /** Where that account is, as the place says: a host, an address with its port, a URL without what is secret in it. */
  system: text(512).optional(),
  /** What kind of service that is, such as `postgresql`, `aws`, `smb`. */
  service: text(64).optional(),
  /** Of a reference: what it names. */
  reference: text(1024).optional(),
  /** Of a hash: its scheme, as for `credential`; of something encrypted: with what. */
  scheme: text(64).optional(),
  weaknesses: z.array(credentialWeakness).max(8).optional(),
  /** How long a literal is, in characters. */
  length: z.enum(['1-7', '8-11', '12-15', '16-31', '32+']).optional(),
  /** Keyed digest of the value, for finding the same one in other places; of literals, keys and hashes. */
  digest: text(64).optional(),
  /** Of something found in a process: the program it runs. Its place is then `/proc/*` with the name of the file. */
  program: path.optional(),
  /** Of something found in a process: the account it runs as. */
  runsAs: principalName.optional(),
  /** The last line it takes up, where that is another than the first. */
  endLine: z.int().positive().optional(),
  /** Where its value begins, in bytes from the beginning of the file. */
  offset: z.int().nonnegative().optional(),
  /** File facts, where known: when it last changed, its permission bits in octal, owner's uid, group's gid. */
  file: z
    .object({ modified: instant, mode: text(6), owner: z.int().nonnegative(), group: z.int().nonnegative() })
    .optional(),
  place,
})

/** One effective setting of a program, with who it applies to. */
export const setting = z.object({
  kind: z.literal('setting'),
  subject: z.enum([
    'sshd',
    'sudo',
    'ssh-client',
    'rhosts',
    'pam',
    'polkit',
    'nfs',
    'container-engine',
    'postgresql',
    'mysql',
    'redis',
    'mongodb',
    'kerberos',
    'realm',
    'nsswitch',
    'cron',
    'at',
    'rbac',
    'directory',
    'password-policy',
    'trust',
    'certificate-template',
    'certificate-authority',
    'host-access',
  ]),
  /** Of a directory: the entry it belongs to, for telling those of one name apart. */
  object: objectId.optional(),
  /** In the program's own spelling, lower case. */
  name: text(128),
  /** One entry per value, as the program prints it. */
  values: z.array(text(4096)).max(1024),
  /** The account it holds for; absent when it holds for all without one of their own. */
  account: principalName.optional(),
  /** Under which further condition it holds, as written: `address 10.0.0.0/8`, `Defaults>root`. */
  condition: text(1024).optional(),
  /** Where the program reads several of one name and subject under different conditions: of those that hold the greatest decides. */
  order: z.int().nonnegative().optional(),
  /** Absent when it is the program's default. */
  place: place.optional(),
})

/** One parsed fact about a target. */
export const finding = z.discriminatedUnion('kind', [
  account,
  membership,
  grant,
  key,
  credential,
  usage,
  setting,
  serviceAccount,
  file,
  storedCredential,
  directoryAccount,
  directoryGroup,
  directoryMember,
  directoryRight,
  directoryWeakness,
])
export type Finding = z.output<typeof finding>
export type FindingKind = Finding['kind']
export type FindingOf<K extends FindingKind> = Extract<Finding, { kind: K }>

const keyConcerns: Record<KeyConcern, string> = {
  dsa: 'DSA keys are 1,024 bits long and no longer accepted by OpenSSH',
  'short-rsa': 'an RSA key below 2,048 bits can be factored by those with the means',
  'debian-2008':
    'made by the broken random generator of Debian in 2006 to 2008 (CVE-2008-0166): anybody can make it again',
  roca: 'made by a faulty chip library (CVE-2017-15361): its private half can be computed',
  'publicly-known': 'its private half is published: anybody can use it',
  'hostile-command': 'its forced command fetches or hides a program, as intruders do',
  'file-writable-by-others': 'others than its owner and root may change the file it is in',
  'folder-writable-by-others': 'others than its owner and root may replace the file it is in',
  'file-readable-by-others': 'others than its owner and root may read the file it is in',
  'symbolic-link': 'the file it is in is a symbolic link to another place',
  'no-passphrase': 'no passphrase protects it: who can read the file can use it',
}

/** A sentence that a person can act on. */
export const describeKeyConcern = (code: KeyConcern): string => keyConcerns[code]

const credentialWeaknesses: Record<CredentialWeakness, string> = {
  default: 'it is the one that the product is shipped with',
  'same-as-account': 'it is the name of the account that it opens',
  common: 'it is among the thousand that people choose most often',
  short: 'it is shorter than eight characters',
  'publicly-known': 'it is published: anybody can use it',
  'weak-hash': 'its hash makes guessing cheap',
  'readable-by-others': 'every account of the host may read the file it is in',
}

/** A sentence that a person can act on. */
export const describeCredentialWeakness = (code: CredentialWeakness): string => credentialWeaknesses[code]
