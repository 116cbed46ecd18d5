import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from './lab/free-port.ts'

/*
 * A host whose sudo rules are in a real LDAP directory and come to it through SSSD, and what `rollcall scan local` says of them.
 * Everything runs in namespaces of its own, as in directory-accounts.test.ts.
 */

const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`
const PROGRAMS = ['slapd', 'slapadd', 'sssd', 'sudo', 'unshare', 'getent']
const PASSWORD = 'secret-of-the-directory'

const skipped = (() => {
  if (process.getuid?.() !== 0) return 'needs root'
  try {
    for (const program of PROGRAMS) execFileSync('sh', ['-c', `command -v ${program}`], { env: { PATH } })
    execFileSync('sh', ['-c', 'ldconfig -p | grep -q libsss_sudo || ls /usr/lib/*/libsss_sudo.so'], {
      env: { PATH },
      stdio: 'ignore',
    })
    execFileSync('unshare', ['-m', '-p', '-f', '--mount-proc', 'true'], { stdio: 'ignore' })
  } catch {
    return `needs ${PROGRAMS.join(', ')}, libsss-sudo and the right to make namespaces`
  }
  return undefined
})()

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

const person = (uid: string, number: number) =>
  `dn: uid=${uid},dc=example,dc=org\nobjectClass: account\nobjectClass: posixAccount\nuid: ${uid}\ncn: ${uid}\nuidNumber: ${number}\ngidNumber: 10000\nhomeDirectory: /home/${uid}\nloginShell: /bin/bash\n\n`
const group = (cn: string, number: number, members: readonly string[]) =>
  `dn: cn=${cn},dc=example,dc=org\nobjectClass: posixGroup\ncn: ${cn}\ngidNumber: ${number}\n${members.map((uid) => `memberUid: ${uid}\n`).join('')}\n`
const role = (cn: string, attributes: readonly (readonly [string, string])[]) =>
  `dn: cn=${cn},ou=sudoers,dc=example,dc=org\nobjectClass: sudoRole\ncn: ${cn}\n${attributes.map(([name, value]) => `sudo${name}: ${value}\n`).join('')}\n`

const DATA = [
  'dn: dc=example,dc=org\nobjectClass: dcObject\nobjectClass: organization\no: Example\ndc: example\n\n',
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

const FILES = (port: number): Record<string, string> => ({
  '/etc/passwd': 'root:x:0:0:root:/root:/bin/bash\nlocal:x:2001:2001::/home/local:/bin/sh\n',
  '/etc/group': 'root:x:0:\nwheel:x:27:alice,bob,carol\n',
  '/etc/nsswitch.conf': 'passwd: files sss\ngroup: files sss\nsudoers: files sss\n',
  '/etc/sudoers': 'Defaults env_reset\nlocal ALL=/bin/ls\ncarol ALL=(ALL) /bin/true\n',
  '/etc/sssd/sssd.conf': `[sssd]\nservices = nss, sudo\ndomains = example.org\n[domain/example.org]\nid_provider = ldap\nsudo_provider = ldap\nldap_sudo_search_base = ou=sudoers,dc=example,dc=org\nldap_uri = ldap://127.0.0.1:${port}\nldap_search_base = dc=example,dc=org\nldap_default_bind_dn = cn=admin,dc=example,dc=org\nldap_default_authtok = ${PASSWORD}\nldap_id_use_start_tls = false\nldap_schema = rfc2307\n`,
})

const fileOf = (folder: string, path: string) => join(folder, path.replaceAll('/', '_'))

const inside = (folder: string, files: readonly string[], port: number) => `set -e
mount --make-rprivate /
mount -t tmpfs none /run
mount -t tmpfs none /home
mount -t tmpfs none /etc/sudoers.d
mkdir ${folder}/db
slapadd -f ${folder}/slapd.conf < ${folder}/data.ldif
mount -t tmpfs none /etc/sssd
touch /etc/sssd/sssd.conf
${files.map((path) => `mount --bind ${fileOf(folder, path)} ${path}`).join('\n')}
slapd -f ${folder}/slapd.conf -h ldap://127.0.0.1:${port}/
mount -t tmpfs none /var/lib/sss
mount -t tmpfs none /var/log/sssd
cd /var/lib/sss && mkdir -p db mc pipes/private pubconf/krb5.include.d gpo_cache secrets keytabs deskprofile
sssd -i >/dev/null 2>&1 &
for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  case $(sudo -n -l -U bob) in *PASSWD*) break ;; esac
  sleep 0.5
done
exec "$@"
`

type Line = { kind: string; probe?: string; [field: string]: unknown }

describe.skipIf(skipped !== undefined)(
  `a host with the sudo rules of a directory${skipped === undefined ? '' : ` (skipped: ${skipped})`}`,
  () => {
    let folder: string
    let printed = ''
    let lines: Line[] = []

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'rollcall-sudo-directory-'))
      const port = await freePort('127.0.0.1', [0])
      const files = FILES(port)
      for (const [path, text] of Object.entries(files)) await writeFile(fileOf(folder, path), text, { mode: 0o644 })
      await chmod(fileOf(folder, '/etc/sssd/sssd.conf'), 0o600)
      await chmod(fileOf(folder, '/etc/sudoers'), 0o440)
      await writeFile(join(folder, 'data.ldif'), DATA)
      await writeFile(join(folder, 'sudo.schema'), SCHEMA)
      await writeFile(
        join(folder, 'slapd.conf'),
        `${['core', 'cosine', 'nis'].map((name) => `include /etc/ldap/schema/${name}.schema\n`).join('')}include ${folder}/sudo.schema\nmodulepath /usr/lib/ldap\nmoduleload back_mdb\npidfile ${folder}/slapd.pid\ndatabase mdb\nsuffix dc=example,dc=org\nrootdn cn=admin,dc=example,dc=org\nrootpw ${PASSWORD}\ndirectory ${folder}/db\n`,
      )
      await mkdir(join(folder, 'state'), { mode: 0o700 })
      const launcher = join(import.meta.dirname, '../packages/rollcall/bin/rollcall.js')
      const scan = [process.execPath, launcher, 'scan', 'local', '--json', '--data', join(folder, 'state')]
      const script = inside(folder, Object.keys(files), port)
      try {
        printed = execFileSync(
          'unshare',
          ['-m', '-p', '-f', '--mount-proc', '--kill-child', 'sh', '-c', script, 'sh', ...scan],
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
      expect(printed).not.toContain(PASSWORD)
    })
  },
)
