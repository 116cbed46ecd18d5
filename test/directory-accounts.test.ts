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

/* A host that takes accounts from a real LDAP directory, through nslcd or through SSSD, and what a scan says of it. */

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f dave'

const skipped = directoryHostLacks(['nslcd', 'sssd', 'getent'])

/** How the host gets at the directory. */
interface Way {
  readonly service: 'ldap' | 'sss'
  /** What the names of the directory end in on the host. */
  readonly suffix: string
  readonly configuration: { readonly path: string; readonly text: (port: number) => string }
  /** Starts it. */
  readonly start: string
}

const WAYS: Record<string, Way> = {
  nslcd: {
    service: 'ldap',
    suffix: '',
    configuration: {
      path: '/etc/nslcd.conf',
      text: (port) =>
        `uid root\ngid root\nuri ldap://127.0.0.1:${port}/\nbase dc=example,dc=org\nbinddn cn=admin,dc=example,dc=org\nbindpw ${DIRECTORY_PASSWORD}\n`,
    },
    start: 'mkdir /run/nslcd\nnslcd',
  },
  SSSD: {
    service: 'sss',
    suffix: '@example.org',
    configuration: {
      path: '/etc/sssd/sssd.conf',
      text: (port) =>
        sssdConf(
          port,
          'nss',
          'access_provider = simple\nsimple_allow_groups = admins\nuse_fully_qualified_names = True\n',
        ),
    },
    start: START_SSSD,
  },
}

const DATA = [
  DIRECTORY,
  // Of these, alice is in a local group, bob in a group that sudoers names, carol in sudoers, dave has a home here; erin is nowhere.
  ...['alice', 'bob', 'carol', 'dave', 'erin'].map((uid, index) => person(uid, 10_001 + index)),
  group('staff', 10_000, []),
  group('admins', 10_100, ['bob']),
  group('elsewhere', 10_200, ['erin', 'bob']),
].join('')

const filesOf = ({ service, suffix, configuration }: Way, port: number) => ({
  '/etc/passwd': 'root:x:0:0:root:/root:/bin/bash\n',
  '/etc/group': `root:x:0:\nsudo:x:27:alice${suffix}\n`,
  '/etc/nsswitch.conf': `passwd: files ${service}\ngroup: files ${service}\nshadow: files\nhosts: files\n`,
  '/etc/sudoers': `root ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n%admins${suffix} ALL=(ALL) NOPASSWD: ALL\ncarol${suffix} ALL=(ALL) /usr/bin/id\nnobody-knows${suffix} ALL=(ALL) ALL\n`,
  [configuration.path]: [configuration.text(port), 0o600] as const,
})

const startOf = ({ service, suffix, start }: Way) => `
mkdir -m 700 -p /home/dave/.ssh
printf '%s\\n' '${KEY}' > /home/dave/.ssh/authorized_keys
chown -R 10004:10000 /home/dave
${start}
for try in 1 2 3 4 5 6 7 8 9 10; do getent -s ${service} passwd alice${suffix} >/dev/null && break; sleep 0.5; done
`

describe.skipIf(skipped !== undefined).each(Object.entries(WAYS))(
  `a host of an LDAP directory through %s${skipped === undefined ? '' : ` (skipped: ${skipped})`}`,
  (_, way) => {
    const { service, suffix } = way
    let printed = ''
    let lines: readonly Line[] = []

    beforeAll(async () => {
      const host = { data: DATA, files: (port: number) => filesOf(way, port), start: startOf(way) }
      ;({ printed, lines } = await scanOfDirectoryHost(host))
    })

    const told = (kind: string) => lines.filter((line) => line.kind === kind && line.probe === 'directory-accounts')

    test('its accounts that the host mentions are told, with their service and domain, and no others', () => {
      const accounts = told('account').map(({ name, uid, home, source, directory }) => [
        name,
        uid,
        home,
        source,
        directory,
      ])
      expect(accounts.toSorted()).toEqual(
        ['alice', 'bob', 'carol', 'dave'].map((name, index) => [
          `${name}${suffix}`,
          10_001 + index,
          `/home/${name}`,
          service,
          { domain: 'example.org' },
        ]),
      )
      expect(printed).not.toMatch(/\berin\b/)
    })

    test('the groups of those accounts are told, the local ones and those of the directory', () => {
      const memberships = told('membership').map(
        ({ account, group, gid, role }) => `${String(account)} ${String(group)} ${String(gid)} ${String(role)}`,
      )
      expect(memberships.toSorted()).toEqual([
        `alice${suffix} staff${suffix} 10000 primary`,
        `alice${suffix} sudo 27 member`,
        `bob${suffix} admins${suffix} 10100 member`,
        `bob${suffix} elsewhere${suffix} 10200 member`,
        `bob${suffix} staff${suffix} 10000 primary`,
        `carol${suffix} staff${suffix} 10000 primary`,
        `dave${suffix} staff${suffix} 10000 primary`,
      ])
    })

    test('the keys in their homes here are told', () => {
      const keys = lines.filter(
        ({ kind, probe, account }) => kind === 'key' && probe === 'authorized-keys' && account === `dave${suffix}`,
      )
      expect(keys).toMatchObject([
        { role: 'authorized', comment: 'dave', place: { path: '/home/dave/.ssh/authorized_keys' } },
      ])
    })

    test('the outcome is complete, and says that the directory was not listed', () => {
      const [outcome] = told('outcome')
      expect(outcome).toMatchObject({ status: 'complete', reasons: [{ code: 'left-out' }] })
    })

    test('no secret of the directory is printed', () => {
      expect(printed).not.toContain(DIRECTORY_PASSWORD)
      expect(printed).not.toContain('secret-of-')
    })
  },
)
