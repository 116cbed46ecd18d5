import { hostname } from 'node:os'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  DIRECTORY,
  DIRECTORY_PASSWORD,
  directoryHostLacks,
  group,
  person,
  scanOfDirectoryHost,
  sssdConf,
  START_SSSD,
  type Line,
} from './lab/directory-host.ts'

/* A host whose sudo rules are in a real LDAP directory and come to it through SSSD, and what a scan says of them. */

const skipped = directoryHostLacks(
  ['sssd', 'sudo', 'getent'],
  'ldconfig -p | grep -q libsss_sudo || ls /usr/lib/*/libsss_sudo.so',
)

/** The attributes and the class of sudoers.ldap(5), by the numbers that sudo has for them. */
const SCHEMA = [
  ...['User', 'Host', 'Command', 'RunAs', 'Option', 'RunAsUser', 'RunAsGroup'].map(
    (name, index) =>
      `attributetype ( 1.3.6.1.4.1.15953.9.1.${index + 1} NAME 'sudo${name}' EQUALITY caseExactIA5Match SYNTAX 1.3.6.1.4.1.1466.115.121.1.26 )`,
  ),
  `attributetype ( 1.3.6.1.4.1.15953.9.1.10 NAME 'sudoOrder' EQUALITY integerMatch ORDERING integerOrderingMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 )`,
  `objectclass ( 1.3.6.1.4.1.15953.9.2.1 NAME 'sudoRole' SUP top STRUCTURAL MUST cn MAY ( sudoUser $ sudoHost $ sudoCommand $ sudoRunAs $ sudoRunAsUser $ sudoRunAsGroup $ sudoOption $ sudoOrder $ description ) )`,
  '',
].join('\n')

const role = (cn: string, attributes: readonly (readonly [string, string])[]) =>
  `dn: cn=${cn},ou=sudoers,dc=example,dc=org\nobjectClass: sudoRole\ncn: ${cn}\n${attributes.map(([name, value]) => `sudo${name}: ${value}\n`).join('')}\n`

const DATA = [
  DIRECTORY,
  'dn: ou=sudoers,dc=example,dc=org\nobjectClass: organizationalUnit\nou: sudoers\n\n',
  ...['alice', 'bob', 'carol', 'zebedee'].map((uid, index) => person(uid, 10_001 + index)),
  group('staff', 10_000, []),
  group('admins', 10_100, ['alice', 'bob']),
  role('defaults', [['Option', 'env_keep+=LD_PRELOAD']]),
  role('all for admins', [
    ['User', '%admins'],
    ['Host', 'ALL'],
    ['Command', 'ALL'],
    ['Command', '!/usr/bin/passwd root'],
    ['RunAsUser', 'ALL'],
    ['RunAsGroup', 'ALL'],
    ['Option', '!authenticate'],
    ['Order', '1'],
  ]),
  role('id', [
    ['User', 'carol'],
    ['User', 'bob'],
    ['Host', hostname()],
    ['Command', '/usr/bin/id -u, -g'],
    ['Command', 'sudoedit /etc/motd'],
    ['Option', 'setenv'],
    ['Order', '2'],
  ]),
  role('elsewhere', [
    ['User', 'carol'],
    ['Host', 'another-host'],
    ['Command', 'ALL'],
  ]),
].join('')

const FILES = (port: number) => ({
  '/etc/passwd': 'root:x:0:0:root:/root:/bin/bash\nlocal:x:2001:2001::/home/local:/bin/sh\n',
  '/etc/group': 'root:x:0:\nwheel:x:27:alice,bob,carol\n',
  '/etc/nsswitch.conf': 'passwd: files sss\ngroup: files sss\nsudoers: files sss\n',
  '/etc/sudoers': ['Defaults env_reset\nlocal ALL=/bin/ls\ncarol ALL=(ALL) /bin/true\n', 0o440] as const,
  '/etc/sssd/sssd.conf': [
    sssdConf(port, 'nss, sudo', 'sudo_provider = ldap\nldap_sudo_search_base = ou=sudoers,dc=example,dc=org\n'),
    0o600,
  ] as const,
})

const START = `${START_SSSD}
for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  case $(sudo -n -l -U bob) in *PASSWD*) break ;; esac
  sleep 0.5
done
`

describe.skipIf(skipped !== undefined)(
  `a host with the sudo rules of a directory${skipped === undefined ? '' : ` (skipped: ${skipped})`}`,
  () => {
    let printed = ''
    let lines: readonly Line[] = []

    beforeAll(async () => {
      ;({ printed, lines } = await scanOfDirectoryHost({ data: DATA, schema: SCHEMA, files: FILES, start: START }))
    })

    const told = (kind: string) => lines.filter((line) => line.kind === kind && line.probe === 'sudo-rules')

    test('each role is a rule for those who have it here, behind those of the files, which are not told twice', () => {
      const grants = told('grant').map(({ grantees, runAs, commands, tags, options, place, order }) => ({
        grantees: (grantees as { name: string }[]).map(({ name }) => name),
        runAs,
        commands,
        tags,
        options,
        place,
        order,
      }))
      const all = [{ type: 'all', name: '' }]
      const place = { path: '/etc/nsswitch.conf', line: 3 }
      expect(grants).toEqual([
        expect.objectContaining({ grantees: ['local'], place: { path: '/etc/sudoers', line: 2 }, order: 0 }),
        expect.objectContaining({ grantees: ['carol'], place: { path: '/etc/sudoers', line: 3 }, order: 1 }),
        {
          grantees: ['alice', 'bob'],
          runAs: { users: all, groups: all },
          commands: [{ command: 'ALL' }, { command: '/usr/bin/passwd', arguments: 'root', negated: true }],
          tags: { passwd: false },
          options: { 'directory-role': 'all for admins' },
          place,
          order: 2,
        },
        {
          grantees: ['bob', 'carol'],
          runAs: { users: [{ type: 'user', name: 'root' }] },
          commands: [
            { command: '/usr/bin/id', arguments: '-u, -g' },
            { command: 'sudoedit', arguments: '/etc/motd' },
          ],
          tags: { setenv: true },
          options: { 'directory-role': 'id' },
          place,
          order: 3,
        },
      ])
    })

    test('the outcome says that SSSD keeps its Defaults from root, and for whom rules were not asked', () => {
      expect(told('setting').map(({ name }) => name)).toEqual(['env_reset'])
      expect(told('outcome')).toMatchObject([
        { status: 'partial', reasons: [{ code: 'unsupported', path: '/etc/sssd/sssd.conf' }, { code: 'left-out' }] },
      ])
    })

    test('nothing of the directory is printed that the host does not mention, and no secret', () => {
      expect(printed).not.toContain('zebedee')
      expect(printed).not.toContain(DIRECTORY_PASSWORD)
    })
  },
)
