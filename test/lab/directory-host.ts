import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './free-port.ts'

/*
 * This machine as a host of a real LDAP directory, and what `rollcall scan local` says of it. Everything runs in namespaces of its
 * own: a private slapd on loopback, files that only the scan sees in place of the machine's, and nothing of what lies in its homes
 * and temporary folders.
 */

export interface DirectoryHost {
  /** What the directory holds, in LDIF below `DIRECTORY`. */
  readonly data: string
  /** Attributes and classes beyond those that every directory knows. */
  readonly schema?: string
  /** Files in place of the machine's, by path, with their permission bits where they are not 0644. */
  readonly files: (port: number) => Readonly<Record<string, string | readonly [text: string, mode: number]>>
  /** Starts what brings the directory to the host, and waits until it does. */
  readonly start: string
}

/** The entry above all others. */
export const DIRECTORY =
  'dn: dc=example,dc=org\nobjectClass: dcObject\nobjectClass: organization\no: Example\ndc: example\n\n'
/** What its administrator logs in with. */
export const DIRECTORY_PASSWORD = 'secret-of-the-directory'

/** A person of the directory, with a password that must never be told. */
export const person = (uid: string, number: number) =>
  `dn: uid=${uid},dc=example,dc=org\nobjectClass: account\nobjectClass: posixAccount\nuid: ${uid}\ncn: ${uid}\nuidNumber: ${number}\ngidNumber: 10000\nhomeDirectory: /home/${uid}\nloginShell: /bin/bash\nuserPassword: secret-of-${uid}\n\n`
export const group = (cn: string, number: number, members: readonly string[]) =>
  `dn: cn=${cn},dc=example,dc=org\nobjectClass: posixGroup\ncn: ${cn}\ngidNumber: ${number}\n${members.map((uid) => `memberUid: ${uid}\n`).join('')}\n`

/** sssd.conf(5) for this directory, with more of the domain's settings. */
export const sssdConf = (port: number, services: string, domain: string) =>
  `[sssd]\nservices = ${services}\ndomains = example.org\n[domain/example.org]\nid_provider = ldap\n${domain}ldap_uri = ldap://127.0.0.1:${port}\nldap_search_base = dc=example,dc=org\nldap_default_bind_dn = cn=admin,dc=example,dc=org\nldap_default_authtok = ${DIRECTORY_PASSWORD}\nldap_id_use_start_tls = false\nldap_schema = rfc2307\n`

/** Starts SSSD, which keeps its state in memory. */
export const START_SSSD = `mount -t tmpfs none /var/lib/sss
mount -t tmpfs none /var/log/sssd
cd /var/lib/sss && mkdir -p db mc pipes/private pubconf/krb5.include.d gpo_cache secrets keytabs deskprofile
sssd -i >/dev/null 2>&1 &
`

/** A line of `scan --json`. */
export interface Line {
  readonly kind: string
  readonly probe?: string
  readonly [field: string]: unknown
}

const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`

/** Why such a host cannot be had here; undefined where it can. `found` is a script that fails where more is missing than programs. */
export const directoryHostLacks = (programs: readonly string[], found = 'true'): string | undefined => {
  if (process.getuid?.() !== 0) return 'needs root'
  const needed = ['slapd', 'slapadd', 'unshare', ...programs]
  try {
    for (const program of needed) execFileSync('sh', ['-c', `command -v ${program}`], { env: { PATH } })
    execFileSync('sh', ['-c', found], { env: { PATH }, stdio: 'ignore' })
    execFileSync('unshare', ['-m', '-p', '-f', '--mount-proc', 'true'], { stdio: 'ignore' })
  } catch {
    return `needs ${needed.join(', ')} and the right to make namespaces`
  }
  return undefined
}

/** Scans the host, which lives only as long. */
export const scanOfDirectoryHost = async (
  host: DirectoryHost,
): Promise<{ printed: string; lines: readonly Line[] }> => {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-directory-'))
  try {
    const port = await freePort('127.0.0.1', [0])
    const files = Object.entries(host.files(port))
    for (const [path, content] of files) {
      const [text, mode] = typeof content === 'string' ? [content, 0o644] : content
      await writeFile(join(folder, keptAs(path)), text)
      await chmod(join(folder, keptAs(path)), mode)
    }
    await writeFile(join(folder, 'data.ldif'), host.data)
    await writeFile(join(folder, 'own.schema'), host.schema ?? '')
    await writeFile(join(folder, 'slapd.conf'), SLAPD_CONF)
    for (const name of ['db', 'state']) await mkdir(join(folder, name), { mode: 0o700 })
    const script = hostScript(
      host,
      files.map(([path]) => path),
      port,
    )
    const printed = ran([
      '-m',
      '-p',
      '-f',
      '--mount-proc',
      '--kill-child',
      'sh',
      '-ec',
      script,
      'sh',
      folder,
      ...SCANNER,
    ])
    const lines = printed.split('\n').filter((line) => line !== '')
    return { printed, lines: lines.map((line) => JSON.parse(line) as Line) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Where the host keeps what is ours: its own files, the scanner, and the Node that runs it. */
const OWN = '/mnt/own'
const SCANNER = [join(import.meta.dirname, '../..'), process.execPath]

const keptAs = (path: string) => path.replaceAll('/', '_')

const SLAPD_CONF = `${['core', 'cosine', 'nis'].map((name) => `include /etc/ldap/schema/${name}.schema\n`).join('')}include ${OWN}/own.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile ${OWN}/slapd.pid
database mdb
suffix dc=example,dc=org
rootdn cn=admin,dc=example,dc=org
rootpw ${DIRECTORY_PASSWORD}
directory ${OWN}/db
`

/** Arguments: the folder of the host's files, the repository, Node. */
const hostScript = ({ start }: DirectoryHost, paths: readonly string[], port: number) => `
mount --make-rprivate /
mount -t tmpfs none /mnt
mkdir /mnt/own /mnt/repository
touch /mnt/node
mount --bind "$1" ${OWN}
mount --bind "$2" /mnt/repository
mount --bind "$3" /mnt/node
for hidden in /tmp /var/tmp /home /root /srv /opt /run /var/spool /var/mail; do
  if [ -d "$hidden" ]; then mount -t tmpfs none "$hidden"; fi
done
chmod 1777 /tmp /var/tmp
slapadd -f ${OWN}/slapd.conf < ${OWN}/data.ldif
mount -t tmpfs none /etc/sudoers.d
if [ -d /etc/sssd ]; then mount -t tmpfs none /etc/sssd; touch /etc/sssd/sssd.conf; fi
${paths.map((path) => `mount --bind ${OWN}/${keptAs(path)} ${path}`).join('\n')}
slapd -f ${OWN}/slapd.conf -h ldap://127.0.0.1:${port}/
${start}
cd /
exec /mnt/node /mnt/repository/packages/rollcall/bin/rollcall.js scan local --json --data ${OWN}/state
`

const ran = (args: readonly string[]): string => {
  try {
    return execFileSync('unshare', args, {
      encoding: 'utf8',
      env: { PATH, HOME: '/root', LC_ALL: 'C' },
      maxBuffer: 64 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  } catch (error) {
    // 2: some probe could not see everything, which is no matter here.
    const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string }
    if (status !== 2) throw new Error(`the scan ended with ${status}: ${stderr}`, { cause: error })
    return stdout
  }
}
