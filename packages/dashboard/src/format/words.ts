import {
  credentialWeakness,
  describeCredentialWeakness,
  describeDirectoryWeakness,
  describeKeyConcern,
  directoryWeaknesses,
  keyConcern,
} from '@rollcall/contract'

/** How somebody may become root, as a noun: what it is by. */
const VIAS: Readonly<Record<string, string>> = {
  'uid-0': 'has uid 0',
  sudo: 'sudo rule',
  group: 'group membership',
  doas: 'doas rule',
  polkit: 'polkit rule',
  su: 'su',
  key: 'key that opens root',
  setuid: 'program that gives root',
  capabilities: 'program with capabilities',
  writable: 'file it may change',
  readable: 'file it may read',
  socket: 'socket that gives root',
  nfs: 'NFS share',
  rhosts: 'host it is trusted from',
  rbac: 'role or rights profile',
}

export const viaName = (via: string): string => VIAS[via] ?? via

/** How somebody takes a directory over, as a noun. */
const TAKEOVERS: Readonly<Record<string, string>> = {
  'built-in': 'administrator by itself',
  member: 'membership',
  right: 'right over an entry',
  replication: 'may fetch all secrets',
  policy: 'changes what administrators run',
  certificate: 'certificate in another name',
  delegation: 'acts for others',
  'managed-account': 'managed account',
  'sid-history': 'carries another identity',
  server: 'administers the server',
}

export const takeoverName = (via: string): string => TAKEOVERS[via] ?? via

const MAKES: Readonly<Record<string, string>> = {
  'active-directory': 'Active Directory',
  'samba-ad': 'Samba Active Directory',
  'ad-lds': 'AD LDS',
  freeipa: 'FreeIPA',
  '389-ds': '389 Directory Server',
  openldap: 'OpenLDAP',
  other: 'LDAP directory',
}

/** What kind of directory it is, by the name that its makers give it. */
export const makeName = (make: string): string => MAKES[make] ?? make

/** With whose rights something was looked at. */
export const RIGHTS: Readonly<Record<string, string>> = {
  root: 'as root',
  listed: 'as an ordinary user with a list of sudo commands',
  user: 'as an ordinary user',
}

/** Words of enums that say more than they spell, by column. */
const WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  privilege: { root: 'root', listed: 'listed commands', user: 'ordinary user' },
  root_needs: { 'own-password': 'its own password', 'target-password': 'the other password', 'not-root': 'not root' },
  consumer: {
    'systemd-unit': 'systemd unit',
    'cron-job': 'cron job',
    'at-job': 'at job',
    'anacron-job': 'anacron job',
    'init-script': 'init script',
    'inetd-service': 'inetd service',
    'supervisor-program': 'supervisor program',
    'php-fpm-pool': 'PHP-FPM pool',
    'web-server': 'web server',
    'application-server': 'application server',
  },
  make: MAKES,
  kind: { 'host-key': 'host key' },
  state: { 'first-use': 'first use', collected: 'collected', revoked: 'never accepted' },
  origin: {
    'first-use': 'the first login',
    collected: 'asking for it',
    agent: 'a file of the agent',
    import: 'a known_hosts file',
    replacement: 'in place of another',
  },
  source: { sss: 'SSSD', winbind: 'winbind', ldap: 'LDAP', nis: 'NIS' },
  secret: { 'shared-secret': 'shared secret', 'private-key': 'private key', 'symmetric-key': 'symmetric key' },
  value: { literal: 'in clear', key: 'key material', empty: 'nothing needed' },
  in_force: { commented: 'in a comment', template: 'in a sample', backup: 'in a copy' },
  ineffective: { 'strict-modes': 'others may change it', 'no-account': 'trusted for no account' },
}

/** A word of an enum as people read it. */
export const wordName = (column: string, word: string): string => WORDS[column]?.[word] ?? word

const FILE_ROLES: Readonly<Record<string, string>> = {
  setuid: 'gives its owner’s rights to who runs it',
  setgid: 'gives its group’s rights to who runs it',
  capabilities: 'gives some of root’s rights to who runs it',
  'run-as': 'is run as it, or is on the way there',
  'command-path': 'it looks for programs there',
  decides: 'decides who is privileged',
  'login-keys': 'says what opens it, or is on the way there',
  home: 'its home folder',
  socket: 'a socket that gives what is behind it',
  'agent-socket': 'an agent that signs for it',
  device: 'raw memory or disk',
}

/** Why a file matters for an account. */
export const fileRole = (role: string): string => FILE_ROLES[role] ?? role

const CONCERNS: Readonly<Record<string, string>> = {
  dsa: 'DSA',
  roca: 'ROCA',
  'short-rsa': 'short RSA',
  'debian-2008': 'Debian 2008',
  'publicly-known': 'published',
  'file-writable-by-others': 'file writable',
  'folder-writable-by-others': 'folder writable',
  'file-readable-by-others': 'file readable',
  'symbolic-link': 'symlink',
}

const WEAKNESSES: Readonly<Record<string, string>> = {
  default: 'shipped',
  'same-as-account': 'is its name',
  common: 'common',
  short: 'short',
  'weak-hash': 'weak hash',
  'readable-by-others': 'readable by all',
}

/** What is wrong with a key or a stored credential, in two words and in a sentence. */
export const concernName = (code: string): string => CONCERNS[code] ?? WEAKNESSES[code] ?? code.replaceAll('-', ' ')

export const concernSentence = (code: string): string => {
  const ofKey = keyConcern.safeParse(code)
  const ofCredential = credentialWeakness.safeParse(code)
  if (ofCredential.success && !ofKey.success) return describeCredentialWeakness(ofCredential.data)
  if (ofKey.success) return describeKeyConcern(ofKey.data)
  const ofDirectory = directoryWeaknesses.find((known) => known === code)
  return ofDirectory === undefined ? code : describeDirectoryWeakness(ofDirectory)
}
