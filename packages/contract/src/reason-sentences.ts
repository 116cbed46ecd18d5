import type { ReasonCode } from './outcome.ts'

/** At most this many reasons travel with an outcome; the last one then counts the rest. */
export const MAX_REASONS = 50

const sentences: Record<ReasonCode, string> = {
  'not-permitted': 'the scan account may not read it; scan as root or allow sudo',
  'no-such-file': 'there is no such file',
  'not-a-regular-file': 'it is not a regular file, so it was not opened',
  'broken-link': 'the symbolic link leads nowhere or in a circle',
  'io-error': 'the host could not read it; check its disk and mounts',
  'tool-missing': 'the program that tells this is not installed on the host',
  'tool-failed': 'the program that tells this ended with an error',
  'too-large': 'it is larger than the limit; the rest was not read',
  'too-many': 'there are more than the limit; the rest was not read',
  'too-deep': 'it is nested deeper than the limit',
  'timed-out': 'the host did not answer in time',
  unparsable: 'it does not follow its format',
  unsupported: 'nothing is concluded from it',
  unrecognised: 'no distribution is known to ship it so, and what it lets its callers do is not known',
  'left-out': 'it is not searched, so that the search stays short and local; what lies there is not known',
  'no-earlier': 'what tells of it reaches back no further, so nothing is known of earlier times',
  'not-compared': 'no common password was compared with it, or not all were; whether it is easily guessed is not known',
  'probe-fault': 'the probe itself failed; please report this',
  'unknown-target': 'this is not a host, range, directory or file that can be scanned',
  'no-address': 'its name does not resolve to an address; check the name and DNS',
  'out-of-scope':
    'it lies, or its name leads, outside of where the policy lets this agent connect; nothing was sent to it',
  refused: 'nothing listens on that port; check that sshd runs and the port is right',
  unreachable: 'the network has no route to it or a firewall drops the packets',
  'connection-lost': 'the connection broke before the scan was done; scan again',
  'not-ssh': 'what answers there does not speak SSH',
  'host-key-changed':
    'its host key is not the pinned one; nothing was offered to it. Compare the keys, then approve the new one',
  'host-key-unknown': 'its host key is not known and the policy is strict; import or approve it first',
  'host-key-unverified': 'a password is never sent to a host whose key is not verified; pin its key or use a key login',
  'no-credential': 'no login is configured for it',
  'login-rejected': 'it rejected the login; check the user and the credential',
  'login-shell-failed': 'the login shell of the scan account does not run commands',
  'sudo-rejected': 'sudo did not allow the scan account; only what it may read itself was read',
  'not-ldap': 'what answers there does not speak LDAP',
  'certificate-untrusted':
    'no authority that is trusted here vouches for its certificate; name the authority, or approve the certificate by its fingerprint',
  'certificate-changed':
    'its certificate is not the pinned one; nothing was offered to it. Compare the fingerprints, then approve the new one',
  'certificate-name': 'its certificate is for another name; use the name that it is for',
  'tls-required': 'it offers no encryption, and nothing is sent in clear',
  'tls-failed': 'no encrypted connection could be made',
  'account-locked': 'the scan account is locked there',
  'account-disabled': 'the scan account is disabled there',
  'account-expired': 'the scan account has expired there, or may not log in at this time or from here',
  'password-expired': 'the password of the scan account has expired',
  'must-change-password': 'the scan account has to change its password first',
  'login-not-repeated':
    'the same login was rejected before and is not tried again, so that the account is not locked; set another credential',
  'size-limit':
    'the server gives this account no more entries; the rest was not read. Raise its limit for the scan account',
  'time-limit': 'the server gave up after its time limit; the rest was not read',
  'admin-limit': 'the server looks through no more entries for this account; the rest was not read',
  busy: 'the server is too busy or shutting down',
  referral: 'this part lies on another server, which was not asked',
  'no-such-entry': 'there is no such entry, or the scan account may not see it',
  'attribute-denied': 'the scan account may not read this attribute; what it says is not known',
  'attribute-unknown': 'whether the scan account may read this attribute is not known, so its absence says nothing',
  'fewer-than-counted': 'the server counts more entries than were seen: some are hidden from the scan account',
  'server-error': 'the server answered with an error',
  'full-look-needed': 'what changed since the last look could not be told, so everything was looked at',
  'not-over-ldap': 'it is not told over LDAP, so nothing is known of it',
  'order-refused': 'the agent refused the order',
  'no-agent': 'no agent of its segment took the order in time',
  'outside-window': 'its turn had not come when the window of its run ended',
  'scanner-ended':
    'the process that scanned it ended before it was done, and once more when it was tried again; nothing is concluded',
  'many-missing': 'so many accounts were not mentioned that a second complete look has to confirm that they are gone',
  'seen-elsewhere':
    'an agent elsewhere sees more of it; what only that one saw is kept until it does not see it either, or has not looked for a week',
  cancelled: 'the scan was cancelled',
  interrupted: 'the scan was interrupted by a restart',
}

/** A sentence that a person can act on. */
export const describeReason = (code: ReasonCode): string => sentences[code]
