import { groupOf, person, type HostDescription } from '../description.ts'
import { systemAccounts, systemGroups } from '../system-accounts.ts'

const people = [
  person(
    'frank',
    1000,
    { state: 'usable', scheme: 'yescrypt', password: 'frank' },
    {
      authorizedKeys: [
        { type: 'ed25519', comment: 'frank@desk', file: '/etc/ssh/keys/frank' },
        { type: 'ed25519', comment: 'frank at home, not looked at', ineffective: true },
      ],
    },
  ),
  person(
    'grace',
    1001,
    { state: 'usable', scheme: 'yescrypt', password: 'grace' },
    {
      authorizedKeys: [
        { type: 'ecdsa-521', comment: 'grace@tablet', file: '/home/grace/.ssh/second_keys' },
        { type: 'ed25519', comment: 'grace where others have theirs', file: '/etc/ssh/keys/grace', ineffective: true },
      ],
    },
  ),
  person(
    'heidi',
    1002,
    { state: 'none', field: '!' },
    { authorizedKeys: [{ type: 'rsa-2048', comment: 'heidi sftp', file: '/etc/ssh/keys/heidi' }] },
  ),
] as const

/** Where the keys of an account are, and what it may do with them, depends on the account. */
export default {
  name: 'sshd-matches',
  base: 'debian',
  purpose: 'sshd_config with Match blocks, includes and AuthorizedKeysFile elsewhere',
  accounts: [
    ...systemAccounts('debian', {
      authorizedKeys: [{ type: 'ed25519', comment: 'root at home, not looked at', ineffective: true }],
    }),
    ...people,
  ],
  groups: [
    ...systemGroups('debian', { sudo: ['frank'] }),
    ...people.map(groupOf),
    { name: 'sftponly', gid: 2000, members: ['heidi'] },
  ],
  sudoers: { '/etc/sudoers': 'root ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n' },
  sudoTruth: [
    {
      account: 'frank',
      words: 'everything as anyone, with his password',
      may: [{ command: ['/usr/bin/id'], as: 'grace' }],
    },
  ],
  sshd: {
    '/etc/ssh/sshd_config': `Include /etc/ssh/sshd_config.d/*.conf
AuthorizedKeysFile /etc/ssh/keys/%u
PasswordAuthentication yes
KbdInteractiveAuthentication no
UsePAM yes
X11Forwarding "yes"
Subsystem sftp internal-sftp

Match Group sftponly
    ForceCommand internal-sftp
    AllowTcpForwarding no
    X11Forwarding no

Match User grace,!frank
    AuthorizedKeysFile %h/.ssh/second_keys

Match Address 10.0.0.0/8,!10.1.0.0/16 User *,!root
    PasswordAuthentication yes
    PermitEmptyPasswords = no

Match all
    Banner none
`,
    '/etc/ssh/sshd_config.d/10-hardening.conf': `PermitRootLogin prohibit-password
PasswordAuthentication no
MaxAuthTries 3
Match Address 127.0.0.0/8
    LogLevel VERBOSE
`,
    '/etc/ssh/sshd_config.d/20-authorities.conf': `TrustedUserCAKeys /etc/ssh/user_authorities.pub
LoginGraceTime 30
`,
    '/etc/ssh/sshd_config.d/30-ignored.conf.disabled': 'PermitRootLogin yes\n',
  },
  trustedAuthorities: [{ file: '/etc/ssh/user_authorities.pub', type: 'ed25519', comment: 'user authority 2026' }],
  scan: { account: 'root', sudo: 'not-needed', keyFile: '/etc/ssh/keys/root' },
} satisfies HostDescription
