import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { labAuthority } from './certificates.ts'
import { startServer, type ServerProcess } from './server-process.ts'

/** A private Samba AD domain controller on a loopback address of its own, since its ports are fixed. */
export interface SambaLab extends AsyncDisposable {
  readonly address: string
  readonly base: string
  readonly domainSid: string
  /** The certificate of its authority as PEM; the server's own is for `dc1.corp.example.com` and its address. */
  readonly authority: string
  readonly administrator: { readonly name: string; readonly password: string }
  readonly pid: number
  /** Keeps the database as it is now; whoever is given calls it later to have it back. The server has to be stopped both times. */
  backup(): () => void
  /** Changes the database behind the server's back, which sees it at once. */
  change(step: SambaStep): void
  /** What Samba's own libraries make of the descriptors of all entries of the domain, one JSON object on each line. */
  descriptors(): string
  /** What each of these accounts may write in every entry of the domain, as Samba itself works it out for them: by account, then by DN in lower case. */
  effective(
    accounts: readonly string[],
    attributes: readonly string[],
  ): Record<string, Record<string, readonly string[]>>
  /** What `samba-tool dsacl get` prints of each entry, in one process: to start it takes a second. */
  lists(dns: readonly string[]): string[]
  /** Runs `samba-tool` on it. */
  tool(...args: readonly string[]): string
  stop(): Promise<void>
  start(): Promise<void>
}

/** One change of a seed. */
export interface SambaStep {
  /** LDIF to be applied; `{SID:name}` stands for the SID of an account, `{RID:name}` for its last part. */
  readonly ldif?: string
  readonly controls?: readonly string[]
  readonly schemaUpdate?: true
  /** Entries put before the others of an access control list: of which DN, in SDDL. */
  readonly aces?: readonly (readonly [dn: string, sddl: string])[]
  /** New owners of entries. */
  readonly owners?: readonly (readonly [dn: string, sid: string])[]
}

export const SAMBA_BASE = 'DC=corp,DC=example,DC=com'
export const SAMBA_SID = 'S-1-5-21-1004336348-1177238915-682003330'
const ADMINISTRATOR = { name: 'Administrator@corp.example.com', password: 'Adm1n-of-the-lab!' }
const PATH = `/usr/bin:/usr/sbin:/bin:/sbin:${process.env['PATH'] ?? ''}`
const PYTHON = '/usr/bin/python3'
const TOOL = '/usr/bin/samba-tool'

/** Why it cannot be had here; undefined where it can. */
export const sambaLacks = (): string | undefined => {
  if (process.getuid?.() !== 0) return 'needs root: the ports of a domain controller are fixed'
  const there = ['/usr/sbin/samba', '/usr/share/samba/setup/provision.ldif', '/usr/lib/python3/dist-packages/samba']
  return there.every((path) => existsSync(path)) ? undefined : 'needs samba-ad-dc, samba-ad-provision and python3-samba'
}

/** Starts a domain that holds what the steps make. What was made once is kept for further tests on this machine. */
export const startSamba = async (steps: readonly SambaStep[]): Promise<SambaLab> => {
  const template = await provisioned(steps)
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-samba-'))
  const [data, address] = [join(folder, 'data'), ownAddress()]
  cpSync(template, data, { recursive: true })
  moveConfiguration(data, template, data)
  const authority = labAuthority(join(folder, 'tls'))
  const own = authority.issue('samba', 'dc1.corp.example.com', address)
  for (const name of ['ncalrpc', 'ntp', 'run']) mkdirSync(join(folder, name))
  const conf = join(data, 'etc/smb.conf')
  let server: ServerProcess | undefined
  const options = [
    `interfaces=${address}/8`,
    'bind interfaces only=yes',
    'server services=ldap, kdc',
    `pid directory=${folder}/run`,
    `ncalrpc dir=${folder}/ncalrpc`,
    `ntp signd socket directory=${folder}/ntp`,
    `tls keyfile=${own.key}`,
    `tls certfile=${own.certificate}`,
    `tls cafile=${authority.file}`,
  ]
  const lab: SambaLab = {
    address,
    base: SAMBA_BASE,
    domainSid: SAMBA_SID,
    authority: readFileSync(authority.file, 'utf8'),
    administrator: ADMINISTRATOR,
    get pid() {
      return server?.pid ?? 0
    },
    backup() {
      const kept = join(folder, 'backup')
      rmSync(kept, { recursive: true, force: true })
      cpSync(join(data, 'private'), kept, { recursive: true })
      return () => {
        rmSync(join(data, 'private'), { recursive: true, force: true })
        cpSync(kept, join(data, 'private'), { recursive: true })
      }
    },
    change: (step) => applySteps(data, [step]),
    descriptors: () =>
      execFileSync(PYTHON, ['-c', DESCRIPTORS], {
        input: JSON.stringify({ conf, sam: join(data, 'private/sam.ldb'), base: SAMBA_BASE }),
        encoding: 'utf8',
        env: { PATH, LC_ALL: 'C' },
        maxBuffer: 1 << 28,
      }),
    effective(accounts, attributes) {
      const printed = execFileSync(PYTHON, ['-c', EFFECTIVE], {
        input: JSON.stringify({ conf, sam: join(data, 'private/sam.ldb'), base: SAMBA_BASE, accounts, attributes }),
        encoding: 'utf8',
        env: { PATH, LC_ALL: 'C.UTF-8' },
        maxBuffer: 1 << 28,
      })
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the script prints
      return JSON.parse(printed) as ReturnType<SambaLab['effective']>
    },
    lists: (dns) => {
      const printed = execFileSync(PYTHON, ['-c', LISTS], {
        input: JSON.stringify({ conf, sam: join(data, 'private/sam.ldb'), dns }),
        encoding: 'utf8',
        env: { PATH, LC_ALL: 'C' },
        maxBuffer: 1 << 26,
      })
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the script prints
      return JSON.parse(printed) as string[]
    },
    tool: (...args) =>
      execFileSync(TOOL, [...args, '-s', conf, '-H', join(data, 'private/sam.ldb')], {
        encoding: 'utf8',
        env: { PATH, LC_ALL: 'C' },
        stdio: ['ignore', 'pipe', 'pipe'],
        maxBuffer: 1 << 26,
      }),
    async stop() {
      await server?.stop()
      server = undefined
    },
    async start() {
      const given = options.map((option) => `--option=${option}`)
      const args = ['-i', '-M', 'single', '-s', conf, ...given, '--debug-stdout']
      server = await startServer('samba', args, { address, port: 636 }, { env: { PATH }, seconds: 30 })
    },
    async [Symbol.asyncDispose]() {
      await lab.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
  await lab.start()
  return lab
}

/** An address that no other server of a test has: by the number of the process, of those that nothing else here uses. */
const ownAddress = () => {
  given++
  return `127.${64 + ((process.pid >> 15) & 31)}.${(process.pid >> 7) & 255}.${1 + (((process.pid & 127) * 2 + given) % 250)}`
}
let given = 0

/** A domain with the seed in it, made if it is not there. */
const provisioned = async (steps: readonly SambaStep[]): Promise<string> => {
  const digest = createHash('sha256')
    .update(JSON.stringify(steps))
    .update(readFileSync(new URL(import.meta.url)))
    .digest('hex')
    .slice(0, 16)
  const template = join(tmpdir(), `rollcall-samba-seed-${digest}`)
  for (const name of readdirSync(tmpdir()))
    if (name.startsWith('rollcall-samba-seed-') && !name.includes(digest)) removeOld(join(tmpdir(), name))
  const lock = `${template}.lock`
  for (;;) {
    if (existsSync(template)) return template
    try {
      mkdirSync(lock)
      break
    } catch {
      // Another test makes it; one that was killed leaves its lock behind.
      if (Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0) > 120_000)
        rmSync(lock, { recursive: true, force: true })
      await after(200)
    }
  }
  try {
    const made = `${template}.new`
    rmSync(made, { recursive: true, force: true })
    provision(made)
    applySteps(made, steps)
    moveConfiguration(made, made, template)
    renameSync(made, template)
    return template
  } finally {
    rmSync(lock, { recursive: true, force: true })
  }
}

const removeOld = (path: string) => {
  if (Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > 3_600_000)
    rmSync(path, { recursive: true, force: true })
}

const provision = (folder: string) => {
  mkdirSync(folder, { recursive: true })
  execFileSync(
    TOOL,
    [
      'domain',
      'provision',
      '--quiet',
      `--targetdir=${folder}`,
      '--realm=CORP.EXAMPLE.COM',
      '--domain=CORP',
      `--domain-sid=${SAMBA_SID}`,
      '--host-name=dc1',
      '--host-ip=127.0.0.20',
      '--server-role=dc',
      '--dns-backend=NONE',
      `--adminpass=${ADMINISTRATOR.password}`,
      '--use-rfc2307',
      '--function-level=2008_R2',
      '--base-schema=2012_R2',
      // POSIX lists on the system volume without what a container forbids.
      '--option=vfs objects=dfs_samba4 acl_xattr xattr_tdb',
      '--option=interfaces=127.0.0.20/8',
      '--option=bind interfaces only=yes',
    ],
    { env: { PATH, LC_ALL: 'C' }, stdio: 'pipe' },
  )
}

/** The configuration names its folders in full. */
const moveConfiguration = (folder: string, from: string, to: string) => {
  const path = join(folder, 'etc/smb.conf')
  writeFileSync(path, readFileSync(path, 'utf8').replaceAll(from, to))
}

const applySteps = (folder: string, steps: readonly SambaStep[]) => {
  const input = JSON.stringify({
    conf: join(folder, 'etc/smb.conf'),
    sam: join(folder, 'private/sam.ldb'),
    steps,
    base: SAMBA_BASE,
  })
  execFileSync(PYTHON, ['-c', APPLY], { input, env: { PATH, LC_ALL: 'C' }, stdio: ['pipe', 'pipe', 'pipe'] })
}

/** Applies steps in one process: each start of Samba's own tools takes a second. */
const APPLY = `
import json, re, sys
from samba.auth import system_session
from samba.dcerpc import security
from samba.param import LoadParm
from samba.samdb import SamDB
from samba.sd_utils import SDUtils
spec = json.load(sys.stdin)
lp = LoadParm()
lp.load(spec['conf'])
def opened():
    return SamDB(url=spec['sam'], session_info=system_session(), lp=lp)
db = opened()
def sid(match):
    found = db.search(spec['base'], expression='(sAMAccountName=%s)' % match.group(1), attrs=['objectSid'])
    return db.schema_format_value('objectSid', found[0]['objectSid'][0]).decode()
def named(text):
    text = re.sub(r'\\{RID:([^}]+)\\}', lambda match: sid(match).split('-')[-1], text)
    return re.sub(r'\\{SID:([^}]+)\\}', sid, text)
for step in spec['steps']:
    if step.get('schemaUpdate'):
        lp.set('dsdb:schema update allowed', 'yes')
        db = opened()
    if step.get('ldif'):
        db.transaction_start()
        db.modify_ldif(named(step['ldif']), controls=step.get('controls', []))
        db.transaction_commit()
    if step.get('schemaUpdate'):
        db = opened()
    utils = SDUtils(db)
    for dn, ace in step.get('aces', []):
        utils.dacl_add_ace(dn, named(ace))
    for dn, owner in step.get('owners', []):
        descriptor = utils.read_sd_on_dn(dn)
        descriptor.owner_sid = security.dom_sid(named(owner))
        utils.modify_sd_on_dn(dn, descriptor)
`

/** Constructed attributes say what whoever asks may write: `list` and `owner` of the descriptor, and attributes. */
const EFFECTIVE = `
import json, sys
from samba.auth import system_session, user_session, AUTH_SESSION_INFO_DEFAULT_GROUPS, AUTH_SESSION_INFO_AUTHENTICATED, AUTH_SESSION_INFO_SIMPLE_PRIVILEGES
from samba.param import LoadParm
from samba.samdb import SamDB
spec = json.load(sys.stdin)
lp = LoadParm()
lp.load(spec['conf'])
db = SamDB(url=spec['sam'], session_info=system_session(), lp=lp)
told = {}
wanted = {name.lower() for name in spec['attributes']}
for dn in spec['accounts']:
    session = user_session(db, lp_ctx=lp, dn=dn, session_info_flags=AUTH_SESSION_INFO_DEFAULT_GROUPS | AUTH_SESSION_INFO_AUTHENTICATED | AUTH_SESSION_INFO_SIMPLE_PRIVILEGES)
    own = SamDB(url=spec['sam'], session_info=session, lp=lp)
    may = told[dn.lower()] = {}
    for entry in own.search(spec['base'], expression='(objectClass=*)', attrs=['allowedAttributesEffective', 'sDRightsEffective']):
        names = [str(name) for name in entry.get('allowedAttributesEffective', []) if str(name).lower() in wanted]
        rights = int(str(entry.get('sDRightsEffective', ['0'])[0]))
        if rights & 4:
            names.append('list')
        if rights & 1:
            names.append('owner')
        if names:
            may[str(entry.dn).lower()] = names
print(json.dumps(told))
`

const LISTS = `
import io, json, sys
from samba.netcmd.dsacl import cmd_dsacl_get
spec = json.load(sys.stdin)
lists = []
for dn in spec['dns']:
    command = cmd_dsacl_get()
    command.outf = io.StringIO()
    command._run('dsacl get', '-H', spec['sam'], '-s', spec['conf'], '--objectdn=' + dn)
    lists.append(command.outf.getvalue())
print(json.dumps(lists))
`

const DESCRIPTORS = `
import base64, json, sys
from samba.auth import system_session
from samba.dcerpc import security
from samba.ndr import ndr_unpack
from samba.param import LoadParm
from samba.samdb import SamDB
spec = json.load(sys.stdin)
lp = LoadParm()
lp.load(spec['conf'])
db = SamDB(url=spec['sam'], session_info=system_session(), lp=lp)
for entry in db.search(spec['base'], expression='(objectClass=*)', attrs=['nTSecurityDescriptor'], controls=['sd_flags:1:7']):
    value = entry['nTSecurityDescriptor'][0]
    read = ndr_unpack(security.descriptor, value)
    aces = []
    for ace in (read.dacl.aces if read.dacl else []):
        objects = ace.type in (5, 6)
        aces.append([ace.type, ace.flags, ace.access_mask, str(ace.trustee),
            str(ace.object.type) if objects and ace.object.flags & 1 else None, str(ace.object.inherited_type) if objects and ace.object.flags & 2 else None])
    print(json.dumps({'bytes': base64.b64encode(value).decode(), 'owner': str(read.owner_sid), 'control': read.type, 'aces': aces}))
`
