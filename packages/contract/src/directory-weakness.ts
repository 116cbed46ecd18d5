/** What can be wrong in a directory, by code: a sentence that a person can act on. Codes are never given another meaning. */
const sentences = {
  // Privilege
  'privileged-disabled': 'a disabled account is still in a group that has the directory in hand; take it out',
  'privileged-stale': 'a privileged account has not logged in for months; disable it or take its privilege',
  'privileged-old-password': 'the password of a privileged account was not changed for years; change it',
  'privileged-unprotected': 'a privileged account is not in Protected Users and may be delegated; protect it',
  'privileged-foreign': 'somebody of another domain, or who is no longer known, is in a privileged group',
  'admin-count-orphan':
    'it was privileged once and kept the access control list of that time; reset adminCount and inheritance',
  'admin-count-missing': 'it is privileged but not protected as such (AdminSDHolder)',
  'admin-holder-changed':
    'the list that is stamped on all privileged accounts gives rights to others than it is shipped with',
  'everyone-has-right': 'everybody who can log in holds a right that takes an entry over',
  'hidden-membership': 'its primary group makes it a member of a group that does not list it',
  'sid-history': 'it carries the rights of an identity that it had elsewhere',
  'sid-history-privileged': 'it carries the rights of a privileged identity, or of one of its own domain',
  // Service accounts and Kerberos
  kerberoastable:
    'anybody may ask for a ticket that is encrypted with its password, and guess that offline; use a managed account or a long password',
  'asrep-roastable':
    'whoever asks gets an answer encrypted with its password without logging in; require preauthentication',
  'delegation-unconstrained': 'whoever logs in to it hands over their identity; restrict delegation',
  'delegation-constrained': 'it may act on behalf of others towards the services named',
  'delegation-protocol-transition':
    'it may act on behalf of anybody, whether they logged in or not, towards the services named',
  'delegation-resource-based': 'others may act on behalf of anybody towards it',
  'des-only': 'it uses DES, which is broken',
  'weak-encryption': 'it or its service tickets are limited to RC4',
  'bound-key-on-privileged': 'a key that logs in without a password is bound to a privileged account',
  'takes-place-of-another':
    'a delegated managed account stands for another account, with all its rights; look who made it so and who may use it',
  'managed-password-readable': 'others than the hosts that need it may read the password of a managed service account',
  // Passwords
  'password-in-attribute': 'a text attribute seems to hold a password that everybody may read',
  'password-hint-in-attribute': 'a text attribute speaks of a password; look at it',
  'password-cleartext': 'its password is kept in clear and may be read',
  'password-hash-readable': 'the hash of its password may be read by whoever scanned',
  'password-weak-hash': 'its password is kept with a hash that makes guessing cheap',
  'password-reversible': 'its password is kept so that it can be recovered',
  'password-not-required': 'it may have an empty password',
  'password-never-expires': 'its password never has to be changed',
  'password-old': 'its password was not changed for years',
  'password-never-set': 'it never had a password set',
  'local-admin-unmanaged': 'the password of its local administrator is not managed by the directory (LAPS)',
  'local-admin-expired':
    'the managed password of its local administrator should have been changed; its client seems not to run',
  'local-admin-readable': 'others than administrators may read the password of its local administrator',
  // Accounts
  stale: 'nobody logged in with it for months',
  'duplicate-uid': 'several accounts have this uid number: each may do what the others may',
  'uid-zero': 'its uid number is 0: it is root on every host that knows it',
  'obsolete-system': 'its operating system gets no security updates',
  'stale-computer': 'it has not been seen for months',
  'dangling-member': 'a group names a member that does not exist; whoever takes the name gets the membership',
  'weak-key': 'an SSH key that opens it can be broken',
  // The directory as a whole
  'krbtgt-old': 'the password that all tickets are signed with was not changed for long; change it twice',
  'machine-quota': 'every account may join computers, which gives it an account that it controls',
  'password-policy-weak': 'its password policy is below what is advised',
  'lockout-off': 'guessing passwords locks nothing',
  'anonymous-access': 'who does not log in may read it',
  'pre-2000-access': 'everybody is in the group that may read all accounts',
  'trust-unfiltered': 'a trust lets the other side claim identities of this one',
  'trust-weak-encryption': 'a trust is limited to RC4',
  'trust-tgt-delegation': 'a trust lets tickets be delegated over it',
  'trust-old-password': 'the password of a trust was not changed for long',
  'directory-in-clear': 'it accepts logins that are not encrypted',
  'signing-not-required': 'it accepts LDAP without signing',
  'unexpected-controller': 'it is a domain controller by its flags, and not where those are; find out who made it one',
  'secrets-on-read-only-controller':
    'a read-only domain controller may keep the passwords of privileged accounts; deny it those',
  'inactive-controller': 'a domain controller has not been seen for long',
  'admin-without-entry': 'an administrator of the server itself that no entry, policy or lockout applies to',
  'access-allows-all': 'a rule lets everybody into every host',
  'sudo-allows-all': 'a rule lets whoever it names become root on every host',
  'sudo-without-password': 'a rule gives root without asking for a password',
  // Certificates
  'template-subject-from-requester': 'whoever may enrol gets a certificate in the name of anybody',
  'template-purpose-from-requester':
    'whoever may enrol names the purpose and the holder of a certificate, where the authority lacks the updates of November 2024',
  'template-any-purpose': 'its certificates are good for any purpose, or for signing others',
  'template-enrolment-agent': 'who holds its certificates may enrol in the name of others',
  'template-writable': 'others than administrators may change it into one that gives certificates in any name',
  'template-no-security-extension': 'its certificates do not say for whom they are, so that names can be swapped',
  'template-group-by-policy': 'its certificates make their holder a member of a group',
  'authority-writable': 'others than administrators may change how certificates are given out',
  // What the scan account itself may do
  'scan-account-may-write': 'the scan account may change entries; it needs none of that',
  'scan-account-reads-secrets': 'the scan account may read passwords; it needs none of that',
} as const

export type DirectoryWeaknessCode = keyof typeof sentences

/** All codes, in the order in which they are documented. */
export const directoryWeaknesses = Object.keys(sentences) as readonly DirectoryWeaknessCode[]

/** A sentence that a person can act on. */
export const describeDirectoryWeakness = (code: DirectoryWeaknessCode): string => sentences[code]
