import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, writeSync, writeFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../free-port.ts'
import { labAuthority, type LabCertificate } from './certificates.ts'
import { startServer, type ServerProcess } from './server-process.ts'

/** A private OpenLDAP on loopback, with TLS, whose content a test gives. */
export interface SlapdLab extends AsyncDisposable {
  readonly address: string
  /** LDAPS, and LDAP with StartTLS; a simple bind in clear is refused. */
  readonly port: number
  readonly plainPort: number
  readonly url: string
  readonly suffix: string
  /** The administrator of the database, and that of the configuration. */
  readonly root: SlapdLogin
  readonly config: SlapdLogin
  /** The certificate of the authority, as a file and as PEM. */
  readonly authorityFile: string
  readonly authority: string
  /** A certificate that `cn=NAME` logs in with by SASL EXTERNAL, as `uid=NAME,ou=People`. */
  clientCertificate(name: string): LabCertificate
  readonly pid: number
  /** Runs a tool of OpenLDAP that reads the configuration itself (slapacl, slapcat), the server running or not. */
  offline(tool: string, args: readonly string[]): string
  /** What slapacl(8) says of each attribute and level, as `cn/read true`. */
  slapacl(dn: string | undefined, entry: string, asked: readonly string[]): readonly string[]
  /** All that it says; of attributes without a level, what may be done to them. */
  slapaclText(dn: string | undefined, entry: string, asked: readonly string[], options?: readonly string[]): string
  /** Runs a client (ldapsearch, ldapmodify) as somebody, over LDAPS. */
  client(tool: string, login: SlapdLogin | undefined, args: readonly string[], input?: string): string
  stop(): Promise<void>
  start(): Promise<void>
}

export interface SlapdLogin {
  readonly dn: string
  readonly password: string
}

export interface SlapdOptions {
  /** What the directory holds below its suffix, in LDIF. Operational attributes are taken as they are. */
  readonly data?: string
  /** The `olcAccess` of the database, in order; by default everybody who logs in reads all but passwords. */
  readonly access?: readonly string[]
  /** Those of the configuration itself; by default nobody but its administrator. */
  readonly configAccess?: readonly string[]
  /** Further attributes of the database, of the configuration as a whole, as LDIF lines. */
  readonly database?: readonly string[]
  readonly global?: readonly string[]
  /** Further users below `ou=Bulk`, as the benchmarks have them. */
  readonly bulk?: number
  /** `syncprov`: changes can be asked for (RFC 4533). */
  readonly syncprov?: boolean
  readonly address?: string
}

const SUFFIX = 'dc=example,dc=org'
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`

/** Why it cannot be had here; undefined where it can. */
export const slapdLacks = (): string | undefined => {
  try {
    for (const program of ['slapd', 'slapadd', 'ldapsearch', 'openssl'])
      execFileSync('sh', ['-c', `command -v ${program}`], { env: { PATH }, stdio: 'ignore' })
    execFileSync('sh', ['-c', 'test -e /usr/lib/ldap/argon2.so'], { stdio: 'ignore' })
  } catch {
    return 'needs slapd, slapd-contrib, ldap-utils and openssl'
  }
  return undefined
}

export const startSlapd = async (options: SlapdOptions = {}): Promise<SlapdLab> => {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-slapd-'))
  const address = options.address ?? '127.0.0.1'
  const [port, plainPort] = [await freePort(address, [0]), await freePort(address, [0])]
  const authority = labAuthority(join(folder, 'tls'))
  const own = authority.issue('slapd', 'ldap1.example.org', address)
  for (const name of ['config', 'db']) mkdirSync(join(folder, name))
  const run = (tool: string, args: readonly string[], input?: string, env: NodeJS.ProcessEnv = {}) =>
    execFileSync(tool, args, {
      encoding: 'utf8',
      env: { PATH, LC_ALL: 'C', ...env },
      maxBuffer: 1024 * 1024 * 1024,
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(input === undefined ? {} : { input }),
    })
  const config = join(folder, 'config')
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const schemas = Object.entries(SCHEMAS).map(([name, lines]) => file(`${name}.ldif`, schemaLdif(name, lines)))
  const ldif = file('config.ldif', configLdif(folder, options, authority.file, own, schemas))
  run('slapadd', ['-F', config, '-n', '0', '-l', ldif])
  run('slapadd', ['-q', '-F', config, '-b', SUFFIX, '-l', file('data.ldif', BASE + (options.data ?? ''))])
  if (options.bulk !== undefined) {
    const bulk = join(folder, 'bulk.ldif')
    writeBulk(bulk, options.bulk)
    run('slapadd', ['-q', '-F', config, '-b', SUFFIX, '-l', bulk])
  }
  let server: ServerProcess | undefined
  const lab: SlapdLab = {
    address,
    port,
    plainPort,
    url: `ldaps://${address}:${port}`,
    suffix: SUFFIX,
    root: { dn: `cn=Manager,${SUFFIX}`, password: 'Root-of-the-lab-1' },
    config: { dn: 'cn=admin,cn=config', password: 'Config-of-the-lab-1' },
    authorityFile: authority.file,
    authority: await readFile(authority.file, 'utf8'),
    clientCertificate: (name) => authority.issue(`client-${name}`, name, address, 'clientAuth'),
    get pid() {
      return server?.pid ?? 0
    },
    offline: (tool, args) => run(tool, ['-F', config, ...args]),
    slapaclText(dn, entry, asked, options = []) {
      // It says what it found on standard error.
      const who = dn === undefined ? [] : ['-D', dn]
      return spawnSync('slapacl', ['-F', config, ...options, ...who, '-b', entry, ...asked], {
        encoding: 'utf8',
        env: { PATH, LC_ALL: 'C' },
      }).stderr
    },
    slapacl: (dn, entry, asked) =>
      lab
        .slapaclText(dn, entry, asked)
        .split('\n')
        .flatMap((line) => {
          const [, level, name, answer] = /^(\w+) access to (\S+): (ALLOWED|DENIED)$/.exec(line) ?? []
          return level === undefined ? [] : [`${name}/${level} ${answer === 'ALLOWED'}`]
        }),
    client(tool, login, args, input) {
      const bind = login === undefined ? [] : ['-D', login.dn, '-w', login.password]
      return run(tool, ['-x', '-H', `ldaps://${address}:${port}`, ...bind, ...args], input, {
        LDAPTLS_CACERT: authority.file,
      })
    },
    async stop() {
      await server?.stop()
      server = undefined
    },
    async start() {
      const urls = `ldap://${address}:${plainPort}/ ldaps://${address}:${port}/`
      server = await startServer('slapd', ['-F', config, '-h', urls, '-d', '0'], { address, port }, { env: { PATH } })
    },
    async [Symbol.asyncDispose]() {
      await lab.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
  await lab.start()
  return lab
}

const BASE = `dn: ${SUFFIX}
objectClass: dcObject
objectClass: organization
dc: example
o: Example

${['People', 'Services', 'Groups', 'Policies', 'SUDOers']
  .map((ou) => `dn: ou=${ou},${SUFFIX}\nobjectClass: organizationalUnit\nou: ${ou}\n\n`)
  .join('')}`

const configLdif = (
  folder: string,
  { access = ACCESS, configAccess = [], database = [], global = [], syncprov = true }: SlapdOptions,
  authority: string,
  own: LabCertificate,
  schemas: readonly string[],
) => `dn: cn=config
objectClass: olcGlobal
cn: config
olcPidFile: ${folder}/slapd.pid
olcArgsFile: ${folder}/slapd.args
olcTLSCACertificateFile: ${authority}
olcTLSCertificateFile: ${own.certificate}
olcTLSCertificateKeyFile: ${own.key}
olcTLSVerifyClient: try
olcSecurity: simple_bind=128
olcSizeLimit: 500
olcToolThreads: 2
${lines(global)}
dn: cn=module{0},cn=config
objectClass: olcModuleList
cn: module{0}
olcModulePath: /usr/lib/ldap
${lines(['back_mdb', 'memberof', 'ppolicy', 'syncprov', 'pw-sha2', 'argon2', 'dyngroup'].map((name) => `olcModuleLoad: ${name}`))}
dn: cn=schema,cn=config
objectClass: olcSchemaConfig
cn: schema

${['core', 'cosine', 'nis', 'inetorgperson', 'dyngroup'].map((name) => `include: file:///etc/ldap/schema/${name}.ldif\n\n`).join('')}
${schemas.map((path) => `include: file://${path}\n\n`).join('')}
dn: olcDatabase={-1}frontend,cn=config
objectClass: olcDatabaseConfig
objectClass: olcFrontendConfig
olcDatabase: {-1}frontend
olcAccess: {0}to dn.base="" by * read
olcAccess: {1}to dn.base="cn=Subschema" by * read

dn: olcDatabase={0}config,cn=config
objectClass: olcDatabaseConfig
olcDatabase: {0}config
olcRootDN: cn=admin,cn=config
olcRootPW: Config-of-the-lab-1
${lines(configAccess.map((clause, index) => `olcAccess: {${index}}${clause}`))}
dn: olcDatabase={1}mdb,cn=config
objectClass: olcDatabaseConfig
objectClass: olcMdbConfig
olcDatabase: {1}mdb
olcSuffix: ${SUFFIX}
olcDbDirectory: ${folder}/db
olcDbMaxSize: 4294967296
olcDbNoSync: TRUE
olcRootDN: cn=Manager,${SUFFIX}
olcRootPW: Root-of-the-lab-1
olcDbIndex: objectClass,entryCSN,entryUUID,modifyTimestamp eq
olcDbIndex: uid,cn,uidNumber,gidNumber,memberUid,member eq
${lines([...access.map((clause, index) => `olcAccess: {${index}}${clause}`), ...database])}
dn: olcOverlay={0}ppolicy,olcDatabase={1}mdb,cn=config
objectClass: olcOverlayConfig
objectClass: olcPPolicyConfig
olcOverlay: {0}ppolicy
olcPPolicyDefault: cn=default,ou=Policies,${SUFFIX}

${syncprov ? `dn: olcOverlay={1}syncprov,olcDatabase={1}mdb,cn=config\nobjectClass: olcOverlayConfig\nobjectClass: olcSyncProvConfig\nolcOverlay: {1}syncprov\nolcSpSessionlog: 10000\n\n` : ''}dn: olcDatabase={2}monitor,cn=config
objectClass: olcDatabaseConfig
olcDatabase: {2}monitor
olcAccess: {0}to dn.subtree="cn=Monitor" by users read by * none

`

const lines = (each: readonly string[]) => each.map((line) => `${line}\n`).join('')

const ACCESS = ['to attrs=userPassword by self write by anonymous auth by * none', 'to * by users read by * none']

/** Attributes and classes beyond those that OpenLDAP ships, by the numbers that their makers have for them. */
const IA5 = '1.3.6.1.4.1.1466.115.121.1.26'
const SCHEMAS: Readonly<Record<string, readonly string[]>> = {
  keys: [
    `olcAttributeTypes: ( 1.3.6.1.4.1.24552.500.1.1.1.13 NAME 'sshPublicKey' EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 )`,
    `olcObjectClasses: ( 1.3.6.1.4.1.24552.500.1.1.2.0 NAME 'ldapPublicKey' SUP top AUXILIARY MAY ( sshPublicKey $ uid ) )`,
  ],
  sudo: [
    ...['User', 'Host', 'Command', 'RunAs', 'Option', 'RunAsUser', 'RunAsGroup'].map(
      (name, index) =>
        `olcAttributeTypes: ( 1.3.6.1.4.1.15953.9.1.${index + 1} NAME 'sudo${name}' EQUALITY caseExactIA5Match SYNTAX ${IA5} )`,
    ),
    ...['NotBefore', 'NotAfter'].map(
      (name, index) =>
        `olcAttributeTypes: ( 1.3.6.1.4.1.15953.9.1.${index + 8} NAME 'sudo${name}' EQUALITY generalizedTimeMatch ORDERING generalizedTimeOrderingMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.24 )`,
    ),
    `olcAttributeTypes: ( 1.3.6.1.4.1.15953.9.1.10 NAME 'sudoOrder' EQUALITY integerMatch ORDERING integerOrderingMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 )`,
    `olcObjectClasses: ( 1.3.6.1.4.1.15953.9.2.1 NAME 'sudoRole' SUP top STRUCTURAL MUST cn MAY ( sudoUser $ sudoHost $ sudoCommand $ sudoRunAs $ sudoRunAsUser $ sudoRunAsGroup $ sudoOption $ sudoOrder $ sudoNotBefore $ sudoNotAfter $ description ) )`,
  ],
}

const schemaLdif = (name: string, of: readonly string[]) =>
  `dn: cn=${name},cn=schema,cn=config\nobjectClass: olcSchemaConfig\ncn: ${name}\n${lines(of)}`

/** Users as a grown directory has them: every twentieth with a key, every thousandth with a password where none belongs. */
const writeBulk = (path: string, count: number) => {
  const file = openSync(path, 'w')
  try {
    writeSync(file, `dn: ou=Bulk,${SUFFIX}\nobjectClass: organizationalUnit\nou: Bulk\n\n`)
    for (let from = 0; from < count; from += 2000) {
      let text = ''
      for (let at = from; at < Math.min(count, from + 2000); at++) text += bulkUser(at)
      writeSync(file, text)
    }
  } finally {
    closeSync(file)
  }
}

const bulkUser = (number: number) => {
  const uid = `u${String(number).padStart(6, '0')}`
  const point = Buffer.from(uid.padEnd(32, 'k')).toString('base64')
  const key =
    number % 20 === 0
      ? `objectClass: ldapPublicKey\nsshPublicKey: ssh-ed25519 ${Buffer.concat([Buffer.from('\0\0\0\x0bssh-ed25519\0\0\0\x20', 'latin1'), Buffer.from(point, 'base64')]).toString('base64')} ${uid}@host\n`
      : ''
  return (
    `dn: uid=${uid},ou=Bulk,${SUFFIX}\nobjectClass: inetOrgPerson\nobjectClass: posixAccount\nobjectClass: shadowAccount\n${key}` +
    `uid: ${uid}\ncn: User ${number}\nsn: Number ${number}\ngivenName: User\nmail: ${uid}@example.org\nuidNumber: ${200_000 + number}\n` +
    `gidNumber: 20000\nhomeDirectory: /home/${uid}\nloginShell: /bin/bash\nshadowLastChange: ${19_000 + (number % 900)}\n` +
    `userPassword: {SSHA}${Buffer.from(uid.padEnd(28, '.')).toString('base64')}\n` +
    `description: ${number % 1000 === 7 ? `temp password: Rowan-${number}!` : `employee ${number}`}\n\n`
  )
}
