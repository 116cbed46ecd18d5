import { execFileSync } from 'node:child_process'
import { chmod, mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

/*
 * A host that takes accounts from a real LDAP directory, through nslcd or through SSSD, and what `rollcall scan local` says of it.
 * Everything runs in namespaces of its own: a private slapd on loopback, and files that only the scan sees in place of this machine's.
 */

const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`
const PROGRAMS = ['slapd', 'slapadd', 'nslcd', 'sssd', 'unshare', 'getent']
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f dave'
const PASSWORD = 'secret-of-the-directory'

const skipped = (() => {
  if (process.getuid?.() !== 0) return 'needs root'
  try {
    for (const program of PROGRAMS) execFileSync('sh', ['-c', `command -v ${program}`], { env: { PATH } })
    execFileSync('unshare', ['-m', '-p', '-f', '--mount-proc', 'true'], { stdio: 'ignore' })
  } catch {
    return `needs ${PROGRAMS.join(', ')} and the right to make namespaces`
  }
  return undefined
})()

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
        `uid root\ngid root\nuri ldap://127.0.0.1:${port}/\nbase dc=example,dc=org\nbinddn cn=admin,dc=example,dc=org\nbindpw ${PASSWORD}\n`,
    },
    start: 'mkdir /run/nslcd\nnslcd',
  },
  SSSD: {
    service: 'sss',
    suffix: '@example.org',
    configuration: {
      path: '/etc/sssd/sssd.conf',
      text: (port) =>
        `[sssd]\nservices = nss\ndomains = example.org\n[domain/example.org]\nid_provider = ldap\naccess_provider = simple\nsimple_allow_groups = admins\nuse_fully_qualified_names = True\nldap_uri = ldap://127.0.0.1:${port}\nldap_search_base = dc=example,dc=org\nldap_default_bind_dn = cn=admin,dc=example,dc=org\nldap_default_authtok = ${PASSWORD}\nldap_id_use_start_tls = false\nldap_schema = rfc2307\n`,
    },
    start: `mount -t tmpfs none /var/lib/sss
mount -t tmpfs none /var/log/sssd
cd /var/lib/sss && mkdir -p db mc pipes/private pubconf/krb5.include.d gpo_cache secrets keytabs deskprofile
sssd -i >/dev/null 2>&1 &`,
  },
}

/** A person of the directory and a group, in LDIF. */
const person = (uid: string, number: number) =>
  `dn: uid=${uid},dc=example,dc=org\nobjectClass: account\nobjectClass: posixAccount\nuid: ${uid}\ncn: ${uid}\nuidNumber: ${number}\ngidNumber: 10000\nhomeDirectory: /home/${uid}\nloginShell: /bin/bash\nuserPassword: secret-of-${uid}\n\n`
const group = (cn: string, number: number, members: readonly string[]) =>
  `dn: cn=${cn},dc=example,dc=org\nobjectClass: posixGroup\ncn: ${cn}\ngidNumber: ${number}\n${members.map((uid) => `memberUid: ${uid}\n`).join('')}\n`

const DATA = [
  'dn: dc=example,dc=org\nobjectClass: dcObject\nobjectClass: organization\no: Example\ndc: example\n\n',
  // Of these, alice is in a local group, bob in a group that sudoers names, carol in sudoers, dave has a home here; erin is nowhere.
  ...['alice', 'bob', 'carol', 'dave', 'erin'].map((uid, index) => person(uid, 10_001 + index)),
  group('staff', 10_000, []),
  group('admins', 10_100, ['bob']),
  group('elsewhere', 10_200, ['erin', 'bob']),
].join('')

const filesOf = ({ service, suffix, configuration }: Way, port: number): Record<string, string> => ({
  '/etc/passwd': 'root:x:0:0:root:/root:/bin/bash\n',
  '/etc/group': `root:x:0:\nsudo:x:27:alice${suffix}\n`,
  '/etc/nsswitch.conf': `passwd: files ${service}\ngroup: files ${service}\nshadow: files\nhosts: files\n`,
  '/etc/sudoers': `root ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n%admins${suffix} ALL=(ALL) NOPASSWD: ALL\ncarol${suffix} ALL=(ALL) /usr/bin/id\nnobody-knows${suffix} ALL=(ALL) ALL\n`,
  [configuration.path]: configuration.text(port),
})

const fileOf = (folder: string, path: string) => join(folder, path.replaceAll('/', '_'))

const inside = ({ service, suffix, start }: Way, folder: string, files: readonly string[], port: number) => `set -e
mount --make-rprivate /
mount -t tmpfs none /run
mount -t tmpfs none /home
mkdir -m 700 -p /home/dave/.ssh
printf '%s\\n' '${KEY}' > /home/dave/.ssh/authorized_keys
chown -R 10004:10000 /home/dave
mkdir ${folder}/db
slapadd -f ${folder}/slapd.conf < ${folder}/data.ldif
mount -t tmpfs none /etc/sssd
touch /etc/sssd/sssd.conf
${files.map((path) => `mount --bind ${fileOf(folder, path)} ${path}`).join('\n')}
slapd -f ${folder}/slapd.conf -h ldap://127.0.0.1:${port}/
${start}
for try in 1 2 3 4 5 6 7 8 9 10; do getent -s ${service} passwd alice${suffix} >/dev/null && break; sleep 0.5; done
exec "$@"
`

type Line = { kind: string; probe?: string; [field: string]: unknown }

describe.skipIf(skipped !== undefined).each(Object.entries(WAYS))(
  `a host of an LDAP directory through %s${skipped === undefined ? '' : ` (skipped: ${skipped})`}`,
  (_, way) => {
    const { service, suffix } = way
    let folder: string
    let printed = ''
    let lines: Line[] = []

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'rollcall-directory-'))
      const port = await freePort()
      const files = filesOf(way, port)
      for (const [path, text] of Object.entries(files)) await writeFile(fileOf(folder, path), text, { mode: 0o644 })
      await chmod(fileOf(folder, way.configuration.path), 0o600)
      await writeFile(join(folder, 'data.ldif'), DATA)
      await writeFile(
        join(folder, 'slapd.conf'),
        `${['core', 'cosine', 'nis'].map((name) => `include /etc/ldap/schema/${name}.schema\n`).join('')}modulepath /usr/lib/ldap\nmoduleload back_mdb\npidfile ${folder}/slapd.pid\ndatabase mdb\nsuffix dc=example,dc=org\nrootdn cn=admin,dc=example,dc=org\nrootpw ${PASSWORD}\ndirectory ${folder}/db\n`,
      )
      await mkdir(join(folder, 'state'), { mode: 0o700 })
      const launcher = join(import.meta.dirname, '../packages/rollcall/bin/rollcall.js')
      const scan = [process.execPath, launcher, 'scan', 'local', '--json', '--data', join(folder, 'state')]
      try {
        printed = execFileSync(
          'unshare',
          [
            '-m',
            '-p',
            '-f',
            '--mount-proc',
            '--kill-child',
            'sh',
            '-c',
            inside(way, folder, Object.keys(files), port),
            'sh',
            ...scan,
          ],
          {
            encoding: 'utf8',
            env: { ...process.env, PATH },
            maxBuffer: 64 * 1024 * 1024,
            stdio: ['ignore', 'pipe', 'pipe'],
          },
        )
      } catch (error) {
        // 2: some probe could not see everything, which is no matter here.
        const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string }
        if (status !== 2) throw new Error(`the scan ended with ${status}: ${stderr}`, { cause: error })
        printed = stdout
      }
      lines = printed
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Line)
    })

    afterAll(() => rm(folder, { recursive: true, force: true }))

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
      expect(printed).not.toContain(PASSWORD)
      expect(printed).not.toContain('secret-of-')
    })
  },
)

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
