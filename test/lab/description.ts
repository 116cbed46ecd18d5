import type { Finding, FindingOf, KeyConcern } from '@rollcall/contract'

/**
 * What a host of the lab is: the seed it is made from and, by `truthOf`, what a scan of it must find. Passwords in a
 * description are test passwords; nothing else is ever protected by them.
 */
export interface HostDescription {
  /** Its host name; unique within a lab. */
  readonly name: string
  /** `debian`: Debian 12 with OpenSSH, sudo and the shadow suite. `busybox`: BusyBox and dropbear, nothing else. */
  readonly base: 'debian' | 'busybox'
  /** A Debian host whose programs and their settings are those of this machine, without what is personal to it. */
  readonly over?: 'this-machine'
  /** One sentence: what the host is for. */
  readonly purpose: string
  /** Every account, in the order of /etc/passwd; the base's own ones are `systemAccounts(base)`. */
  readonly accounts: readonly AccountDescription[]
  /** Every group, in the order of /etc/group; the base's own ones are `systemGroups(base)`. */
  readonly groups: readonly GroupDescription[]
  /** sudoers files by path. Absent on a host without sudo. */
  readonly sudoers?: Readonly<Record<string, string>>
  /** What the sudoers files come to, in words and as questions that sudo itself can answer. */
  readonly sudoTruth?: readonly SudoTruth[]
  /** sshd configuration files by path; without `/etc/ssh/sshd_config` Debian's own is used. */
  readonly sshd?: Readonly<Record<string, string>>
  /** Public keys that sshd's TrustedUserCAKeys names: what they sign opens any account. */
  readonly trustedAuthorities?: readonly TrustedAuthority[]
  /** What a scan must find besides, in files that are written word by word. */
  readonly furtherTruth?: readonly (Partial<Finding> & Pick<Finding, 'kind'>)[]
  readonly files?: readonly FileDescription[]
  readonly scan: ScanAccount
}

export interface AccountDescription {
  readonly name: string
  readonly uid: number
  readonly gid: number
  /** Bytes where the field is not UTF-8. */
  readonly gecos?: string | Uint8Array
  readonly home: string
  /** Empty as in passwd(5), where that means /bin/sh. */
  readonly shell: string
  readonly password: PasswordDescription
  readonly aging?: AgingDescription
  /** The last login by lastlog(8); accounts that share a uid share it. */
  readonly lastLogin?: LastLogin | 'never'
  readonly authorizedKeys?: readonly AuthorizedKeyDescription[]
  readonly privateKeys?: readonly PrivateKeyDescription[]
  /** Absent: a home folder of mode 700 is made for uids from 1000 and for root, for others none. */
  readonly makeHome?: boolean
}

export type HashScheme = 'yescrypt' | 'bcrypt' | 'sha512crypt' | 'sha256crypt' | 'md5crypt' | 'descrypt'

export type PasswordDescription =
  | { readonly state: 'usable'; readonly scheme: HashScheme; readonly password: string }
  | { readonly state: 'locked'; readonly scheme: HashScheme; readonly password: string }
  /** `field` is what shadow says: `*`, `!`, `!*`, `!!`. */
  | { readonly state: 'none'; readonly field: string }
  | { readonly state: 'empty' }

/** shadow(5): days as numbers, dates as `YYYY-MM-DD`. Absent: the field is empty. */
export interface AgingDescription {
  /** A date, or `must-change` where the next login has to change the password. */
  readonly changed?: string
  readonly minimumDays?: number
  readonly maximumDays?: number
  readonly warningDays?: number
  readonly inactiveDays?: number
  readonly accountExpires?: string
}

export interface LastLogin {
  /** ISO 8601, UTC, whole seconds. */
  readonly at: string
  readonly line: string
  readonly from: string
}

export type KeyType = 'ed25519' | 'ecdsa-256' | 'ecdsa-521' | 'rsa-1024' | 'rsa-2048' | 'rsa-4096'

export interface AuthorizedKeyDescription {
  readonly type: KeyType
  readonly comment: string
  /** As written before the key, such as `from="10.0.0.0/8",no-pty`. */
  readonly options?: string
  /** The file it is in; absent: `.ssh/authorized_keys` in the account's home. */
  readonly file?: string
  /** Keys of the same name are the same key, on every host of a lab. Absent: a key of its own. */
  readonly shared?: string
  /** `authority` for a `cert-authority` line. */
  readonly role?: 'authority'
  /** sshd does not look at this file for this account, so the key opens nothing and no scan may say that it does. */
  readonly ineffective?: true
  readonly concerns?: readonly KeyConcern[]
  /** sshd looks at it and lets nobody in with it. */
  readonly refused?: FindingOf<'key'>['ineffective']
}

export interface TrustedAuthority {
  readonly file: string
  readonly type: KeyType
  readonly comment: string
}

export interface PrivateKeyDescription {
  readonly type: KeyType
  readonly comment: string
  /** Below the account's home, such as `.ssh/id_ed25519`, or absolute. The public half lies beside it as `.pub`. */
  readonly file: string
  readonly passphrase?: string
  readonly shared?: string
  /** Default: OpenSSH's own. */
  readonly format?: NonNullable<FindingOf<'key'>['format']>
  /** Default: 600. */
  readonly mode?: number
  readonly withoutPublicHalf?: true
  /** A key of a server, with which nobody logs in. */
  readonly nobodys?: true
  readonly concerns?: readonly KeyConcern[]
}

export interface GroupDescription {
  readonly name: string
  readonly gid: number
  readonly members?: readonly string[]
  readonly administrators?: readonly string[]
  readonly password?: PasswordDescription
}

/** What one account may do by sudo. */
export interface SudoTruth {
  readonly account: string
  readonly words: string
  readonly may?: readonly SudoQuestion[]
  readonly mayNot?: readonly SudoQuestion[]
}

export interface SudoQuestion {
  readonly command: readonly [string, ...string[]]
  /** Absent: root, or the account itself where a group is given. */
  readonly as?: string
  readonly asGroup?: string
}

export type FileDescription = { readonly path: string; readonly owner?: number; readonly group?: number } & (
  | { readonly type: 'file'; readonly content: string | Uint8Array; readonly mode?: number }
  /** Appends `line` over and over until `bytes` are added. */
  | { readonly type: 'repeated'; readonly line: string; readonly bytes: number; readonly mode?: number }
  | { readonly type: 'folder'; readonly mode?: number }
  | { readonly type: 'link'; readonly to: string }
  | { readonly type: 'fifo'; readonly mode?: number }
)

/** How a scan logs in: always with the lab's key, then as `sudo` says. */
export type ScanAccount = {
  readonly account: string
  /** The file that the lab's key is put in; absent: the account's own authorized_keys. */
  readonly keyFile?: string
} & (
  | { readonly sudo: 'not-needed' | 'none' | 'without-password' }
  /** sudo lets it read these files, and no others. */
  | { readonly sudo: 'listed'; readonly reads: readonly string[] }
  | { readonly sudo: 'with-password'; readonly password: string }
)

/** The comment of the key that scans log in with; it is in the scan account's authorized keys of every host. */
export const SCAN_KEY_COMMENT = 'rollcall scan'

/** An ordinary account of a person: a group of its own, a home, bash. */
export const person = (
  name: string,
  uid: number,
  password: PasswordDescription,
  rest: Partial<AccountDescription> = {},
): AccountDescription => ({
  name,
  uid,
  gid: uid,
  gecos: `${name},,,`,
  home: `/home/${name}`,
  shell: '/bin/bash',
  password,
  aging: { changed: '2026-03-01', minimumDays: 0, maximumDays: 99_999, warningDays: 7 },
  ...rest,
})

/** The group that goes with `person`. */
export const groupOf = ({ name, gid }: AccountDescription): GroupDescription => ({ name, gid })
