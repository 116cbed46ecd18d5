import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../free-port.ts'
import { labAuthority } from './certificates.ts'
import { startServer, type ServerProcess } from './server-process.ts'

/** A private 389 Directory Server on loopback, with TLS. */
export interface Ds389Lab extends AsyncDisposable {
  readonly address: string
  readonly port: number
  readonly url: string
  readonly suffix: string
  /** The Directory Manager, whom no access control holds. */
  readonly manager: { readonly dn: string; readonly password: string }
  readonly authorityFile: string
  readonly authority: string
  readonly pid: number
  /** Runs a client (ldapsearch, ldapmodify) as somebody, over LDAPS. */
  client(
    tool: string,
    login: { readonly dn: string; readonly password: string },
    args: readonly string[],
    input?: string,
  ): string
}

export interface Ds389Options {
  /** LDIF with `changetype`, sent by the Directory Manager once it runs: schema, entries, aci. */
  readonly changes?: string
  readonly suffix?: string
}

const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`

/** Why it cannot be had here; undefined where it can. */
export const ds389Lacks = (): string | undefined => {
  if (process.getuid?.() !== 0) return 'needs root'
  try {
    for (const program of ['ns-slapd', 'dscreate', 'certutil', 'pk12util', 'ldapmodify', 'openssl'])
      execFileSync('sh', ['-c', `command -v ${program}`], { env: { PATH }, stdio: 'ignore' })
  } catch {
    return 'needs 389-ds-base, libnss3-tools, ldap-utils and openssl'
  }
  return undefined
}

export const startDs389 = async ({
  changes = '',
  suffix = 'dc=example,dc=org',
}: Ds389Options = {}): Promise<Ds389Lab> => {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-ds389-'))
  const address = '127.0.0.1'
  const [plain, port] = [await freePort(address, [0]), await freePort(address, [0])]
  const manager = { dn: 'cn=Directory Manager', password: 'Manager-of-the-lab-1' }
  const authority = labAuthority(join(folder, 'tls'))
  const own = authority.issue('ds389', 'ds1.example.org', address)
  // lib389 takes its paths from below this, so that nothing of the machine is touched and no systemd is asked.
  const env: NodeJS.ProcessEnv = { PATH, LC_ALL: 'C', PREFIX: folder, LDAPTLS_CACERT: authority.file }
  const run = (tool: string, args: readonly string[], input?: string) =>
    execFileSync(tool, args, {
      encoding: 'utf8',
      env,
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(input === undefined ? {} : { input }),
      maxBuffer: 256 * 1024 * 1024,
    })
  prepare(folder, address)
  const wanted = join(folder, 'instance.inf')
  writeFileSync(wanted, instance(manager.password, plain, port, suffix))
  run('dscreate', ['from-file', wanted])
  const config = join(folder, 'etc/dirsrv/slapd-lab')
  encrypt(config, folder, own, authority.file, port, run)
  const server: ServerProcess = await startServer(
    'ns-slapd',
    ['-D', config, '-i', join(folder, 'run/dirsrv/ns.pid'), '-d', '0'],
    { address, port },
    { env, seconds: 60 },
  )
  const lab: Ds389Lab = {
    address,
    port,
    url: `ldaps://${address}:${port}`,
    suffix,
    manager,
    authorityFile: authority.file,
    authority: await readFile(authority.file, 'utf8'),
    pid: server.pid,
    client: (tool, { dn, password }, args, input) =>
      run(tool, ['-x', '-H', `ldaps://${address}:${port}`, '-D', dn, '-w', password, ...args], input),
    async [Symbol.asyncDispose]() {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
  try {
    if (changes !== '') lab.client('ldapmodify', manager, [], changes)
  } catch (error) {
    await lab[Symbol.asyncDispose]()
    throw error
  }
  return lab
}

/** The folders and defaults that an instance of its own needs. */
const prepare = (folder: string, address: string) => {
  for (const name of [
    'share',
    'etc/default',
    'var/lib/dirsrv',
    'var/log/dirsrv',
    'run/dirsrv',
    'run/lock/dirsrv',
    'shm',
    'inst',
  ])
    mkdirSync(join(folder, name), { recursive: true })
  cpSync('/usr/share/dirsrv', join(folder, 'share/dirsrv'), { recursive: true })
  cpSync('/etc/dirsrv', join(folder, 'etc/dirsrv'), { recursive: true })
  const defaults = join(folder, 'share/dirsrv/inf/defaults.inf')
  const text = readFileSync(defaults, 'utf8')
    .replaceAll('= /etc', `= ${folder}/etc`)
    .replaceAll('= /var', `= ${folder}/var`)
    .replaceAll('= /run', `= ${folder}/run`)
    .replaceAll('= /dev/shm', `= ${folder}/shm`)
    .replace(/^data_dir = .*/m, `data_dir = ${folder}/share`)
    .replace(/^inst_dir = .*/m, `inst_dir = ${folder}/inst/slapd-{instance_name}`)
    .replace(/^with_systemd = .*/m, 'with_systemd = 0')
  writeFileSync(defaults, text)
  // dscreate starts the server once by itself: the template is where it is told to listen nowhere else.
  const template = join(folder, 'share/dirsrv/data/template-dse.ldif')
  writeFileSync(
    template,
    readFileSync(template, 'utf8').replace(
      /^nsslapd-port:.*/m,
      (line) => `${line}\nnsslapd-listenhost: ${address}\nnsslapd-securelistenhost: ${address}`,
    ),
  )
  chmodSync(folder, 0o711)
  execFileSync('chown', ['-R', 'dirsrv:dirsrv', folder])
}

const instance = (password: string, plain: number, port: number, suffix: string) => `[general]
config_version = 2
full_machine_name = ds1.example.org
strict_host_checking = False
systemd = False
selinux = False
start = False
[slapd]
instance_name = lab
root_password = ${password}
port = ${plain}
secure_port = ${port}
self_sign_cert = False
[backend-userroot]
suffix = ${suffix}
create_suffix_entry = True
`

/** Puts the certificate into the instance's own store and switches TLS on, while the server is down. */
const encrypt = (
  config: string,
  folder: string,
  { certificate, key }: { readonly certificate: string; readonly key: string },
  authority: string,
  port: number,
  run: (tool: string, args: readonly string[]) => string,
) => {
  const password = join(config, 'pwdfile.txt')
  run('certutil', ['-A', '-d', config, '-n', 'authority', '-t', 'CT,,', '-a', '-i', authority, '-f', password])
  const packed = join(folder, 'server.p12')
  run('openssl', [
    'pkcs12',
    '-export',
    '-name',
    'Server-Cert',
    '-inkey',
    key,
    '-in',
    certificate,
    '-passout',
    'pass:x',
    '-out',
    packed,
  ])
  run('pk12util', ['-i', packed, '-d', config, '-k', password, '-W', 'x'])
  const pin = join(config, 'pin.txt')
  writeFileSync(pin, `Internal (Software) Token:${readFileSync(password, 'utf8').trim()}\n`, { mode: 0o600 })
  const file = join(config, 'dse.ldif')
  const edited = withAttributes(readFileSync(file, 'utf8'), {
    'cn=encryption,cn=config': { nsSSLClientAuth: 'allowed' },
    'cn=RSA,cn=encryption,cn=config': { nsSSLPersonalitySSL: 'Server-Cert', nsSSLActivation: 'on' },
    'cn=config': { 'nsslapd-security': 'on', 'nsslapd-secureport': String(port) },
    'cn=MemberOf Plugin,cn=plugins,cn=config': { 'nsslapd-pluginEnabled': 'on' },
    'cn=Retro Changelog Plugin,cn=plugins,cn=config': { 'nsslapd-pluginEnabled': 'on' },
    'cn=USN,cn=plugins,cn=config': { 'nsslapd-pluginEnabled': 'on' },
  })
  writeFileSync(file, edited)
  execFileSync('chown', ['-R', 'dirsrv:dirsrv', config])
  chownSync(pin, Number(run('id', ['-u', 'dirsrv'])), Number(run('id', ['-g', 'dirsrv'])))
}

/** LDIF with single attributes of some entries set. */
const withAttributes = (ldif: string, wanted: Readonly<Record<string, Readonly<Record<string, string>>>>): string =>
  ldif
    .split('\n\n')
    .map((entry) => {
      const dn = /^dn: (.*)$/m.exec(entry)?.[1]?.toLowerCase()
      const set = Object.entries(wanted).find(([name]) => name.toLowerCase() === dn)?.[1]
      if (set === undefined) return entry
      const names = new Set(Object.keys(set).map((name) => name.toLowerCase()))
      const kept = entry.split('\n').filter((line) => !names.has(line.split(':', 1)[0]!.toLowerCase()))
      return [
        ...kept.filter((line) => line !== ''),
        ...Object.entries(set).map(([name, value]) => `${name}: ${value}`),
      ].join('\n')
    })
    .join('\n\n')
