import { execFileSync } from 'node:child_process'
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

/*
 * A host that takes accounts from a real LDAP directory through nslcd, and what `rollcall scan local` says of it. Everything runs in
 * namespaces of its own: a private slapd on loopback, and files that only the scan sees in place of this machine's.
 */

const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`
const PROGRAMS = ['slapd', 'slapadd', 'nslcd', 'unshare', 'getent']
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

/** A person of the directory and a group, in LDIF. */
const person = (uid: string, number: number) =>
  `dn: uid=${uid},dc=example,dc=org\nobjectClass: account\nobjectClass: posixAccount\nuid: ${uid}\ncn: ${uid}\nuidNumber: ${number}\ngidNumber: 10000\nhomeDirectory: /home/${uid}\nloginShell: /bin/bash\nuserPassword: secret-of-${uid}\n\n`
const group = (cn: string, number: number, members: readonly string[]) =>
  `dn: cn=${cn},dc=example,dc=org\nobjectClass: posixGroup\ncn: ${cn}\ngidNumber: ${number}\n${members.map((uid) => `memberUid: ${uid}\n`).join('')}\n`

const FILES: Record<string, string> = {
  '/etc/passwd': 'root:x:0:0:root:/root:/bin/bash\n',
  '/etc/group': 'root:x:0:\nsudo:x:27:alice\n',
  '/etc/nsswitch.conf': 'passwd: files ldap\ngroup: files ldap\nshadow: files\nhosts: files\n',
  '/etc/sudoers':
    'root ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n%admins ALL=(ALL) NOPASSWD: ALL\ncarol ALL=(ALL) /usr/bin/id\nnobody-knows ALL=(ALL) ALL\n',
}

const DATA = [
  'dn: dc=example,dc=org\nobjectClass: dcObject\nobjectClass: organization\no: Example\ndc: example\n\n',
  // Of these, alice is in a local group, bob in a group that sudoers names, carol in sudoers, dave has a home here; erin is nowhere.
  ...['alice', 'bob', 'carol', 'dave', 'erin'].map((uid, index) => person(uid, 10_001 + index)),
  group('staff', 10_000, []),
  group('admins', 10_100, ['bob']),
  group('elsewhere', 10_200, ['erin', 'bob']),
].join('')

const inside = (folder: string, port: number) => `set -e
mount --make-rprivate /
mount -t tmpfs none /run
mkdir /run/nslcd
mount -t tmpfs none /home
mkdir /home/dave && chown 10004:10000 /home/dave
mkdir ${folder}/db
slapadd -f ${folder}/slapd.conf < ${folder}/data.ldif
${Object.keys(FILES)
  .concat('/etc/nslcd.conf')
  .map((path) => `mount --bind ${folder}/${path.replaceAll('/', '_')} ${path}`)
  .join('\n')}
slapd -f ${folder}/slapd.conf -h ldap://127.0.0.1:${port}/
nslcd
for try in 1 2 3 4 5 6 7 8 9 10; do getent -s ldap passwd alice >/dev/null && break; sleep 0.5; done
exec "$@"
`

type Line = { kind: string; probe?: string; [field: string]: unknown }

describe.skipIf(skipped !== undefined)(
  `a host of an LDAP directory${skipped === undefined ? '' : ` (skipped: ${skipped})`}`,
  () => {
    let folder: string
    let printed = ''
    let lines: Line[] = []

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'rollcall-directory-'))
      const port = await freePort()
      const files: Record<string, string> = {
        ...FILES,
        '/etc/nslcd.conf': `uid root\ngid root\nuri ldap://127.0.0.1:${port}/\nbase dc=example,dc=org\nbinddn cn=admin,dc=example,dc=org\nbindpw ${PASSWORD}\n`,
      }
      for (const [path, text] of Object.entries(files))
        await writeFile(join(folder, path.replaceAll('/', '_')), text, {
          mode: path === '/etc/nslcd.conf' ? 0o600 : 0o644,
        })
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
          ['-m', '-p', '-f', '--mount-proc', '--kill-child', 'sh', '-c', inside(folder, port), 'sh', ...scan],
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
          name,
          10_001 + index,
          `/home/${name}`,
          'ldap',
          { domain: 'example.org' },
        ]),
      )
      expect(printed).not.toContain('erin')
    })

    test('the groups of those accounts are told, the local ones and those of the directory', () => {
      const memberships = told('membership').map(
        ({ account, group, gid, role }) => `${String(account)} ${String(group)} ${String(gid)} ${String(role)}`,
      )
      expect(memberships.toSorted()).toEqual([
        'alice staff 10000 primary',
        'alice sudo 27 member',
        'bob admins 10100 member',
        'bob elsewhere 10200 member',
        'bob staff 10000 primary',
        'carol staff 10000 primary',
        'dave staff 10000 primary',
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
