import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SCANNER_FLAGS } from '@rollcall/agent'
import { sambaLacks, startSamba } from '../lab/directories/samba.ts'
import { slapdLacks, startSlapd } from '../lab/directories/slapd.ts'
import type { DirectoryMode, DirectoryRan, DirectoryRun } from './directory/look.ts'
import { costOf, type Cost } from './frame/contender.ts'
import { median, type Bench, type Figure } from './frame/figure.ts'

/** How long a look at a directory takes, beside ldapsearch that reads the same attributes of the same entries and prints them. */
const bench: Bench = { name: 'directory', run }
export default bench

const USERS = 100_000
const CHANGED = USERS / 100
const COMPUTERS = 3000
const ROUNDS = 3
/** On a machine that does much else no further round is begun after so long: a median would say little there. */
const LONG_MS = 60_000

/** Counts rounds. */
function* rounds(): Iterable<number> {
  const began = performance.now()
  for (let round = 0; round < ROUNDS && (round === 0 || performance.now() - began < LONG_MS); round++) yield round
}

/** The settings that processes are started with, but for what is compiled meanwhile by other threads. */
const COMPILES_BESIDE = SCANNER_FLAGS.map((flag) => (flag === '--single-threaded' ? '--single-threaded-gc' : flag))

/** What a look at OpenLDAP asks of accounts. */
const FILTER = '(objectClass=posixAccount)'
const ATTRIBUTES =
  'objectClass uid uidNumber gidNumber homeDirectory loginShell userPassword displayName cn mail title manager createTimestamp shadowLastChange shadowExpire sshPublicKey entryUUID gecos description'.split(
    ' ',
  )

async function* run(): AsyncIterable<Figure> {
  const scratch = await mkdtemp(join(tmpdir(), 'rollcall-bench-directory-'))
  try {
    yield* openLdap(scratch)
    yield* samba(scratch)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function* openLdap(scratch: string): AsyncIterable<Figure> {
  const lacks = slapdLacks()
  if (lacks !== undefined) return yield { figure: 'look-to-ldapsearch', unit: 'times', detail: lacks }
  await using lab = await startSlapd({ bulk: USERS })
  const peer: Peer = {
    url: lab.url,
    authorityFile: lab.authorityFile,
    run: {
      host: lab.address,
      port: lab.port,
      authority: lab.authority,
      name: lab.root.dn,
      password: lab.root.password,
      base: lab.suffix,
      filter: FILTER,
      attributes: ATTRIBUTES,
      memory: join(scratch, 'memory.json'),
    },
  }
  const ran: Record<'ldapsearch' | 'beside' | DirectoryMode, Measured[]> = {
    ldapsearch: [],
    beside: [],
    transport: [],
    look: [],
    changes: [],
  }
  for (const _ of rounds()) {
    ran.ldapsearch.push(await ldapsearch(peer, scratch, USERS))
    ran.transport.push(await rollcall('transport', peer, scratch))
    ran.look.push(await rollcall('look', peer, scratch))
    ran.beside.push(await rollcall('look', peer, scratch, COMPILES_BESIDE))
  }
  const medians = (which: keyof typeof ran) => ({
    seconds: median(ran[which].map(({ seconds }) => seconds)),
    cpu: median(ran[which].map(({ cpuSeconds }) => cpuSeconds)),
    lookCpu: median(ran[which].map(({ lookCpuSeconds }) => lookCpuSeconds)),
    peak: median(ran[which].map(({ peakMegabytes }) => peakMegabytes)),
  })
  const [search, transport, look] = [medians('ldapsearch'), medians('transport'), medians('look')]
  const beside = medians('beside')
  const { findings } = ran.look[0]!
  if (findings < USERS) throw new Error(`a look at ${USERS} users told ${findings} findings`)
  yield {
    figure: 'look-to-ldapsearch',
    value: look.seconds / search.seconds,
    unit: 'times',
    goal: { atMost: 1.3 },
    detail: `${USERS} users over LDAPS to ${findings} findings: ${look.seconds.toFixed(2)} s; ldapsearch -E pr=1000/noprompt into a file: ${search.seconds.toFixed(2)} s`,
  }
  yield {
    figure: 'transport-to-ldapsearch',
    value: transport.seconds / search.seconds,
    unit: 'times',
    detail: `every value as text, nothing made of it: ${transport.seconds.toFixed(2)} s`,
  }
  yield {
    figure: 'look-cpu',
    value: look.cpu,
    unit: 's',
    detail: `user and system time of the process with its start; the transport alone ${transport.cpu.toFixed(2)} s, ldapsearch ${search.cpu.toFixed(2)} s`,
  }
  yield {
    figure: 'look-memory',
    value: look.peak,
    unit: 'MB',
    goal: { atMost: 120 },
    detail: `resident at its peak, with what such a process loads; the transport alone ${transport.peak.toFixed(0)} MB`,
  }
  yield {
    figure: 'look-compiling-beside-to-ldapsearch',
    value: beside.seconds / search.seconds,
    unit: 'times',
    detail: `the same with ${COMPILES_BESIDE[0]} instead of ${SCANNER_FLAGS[0]}: ${beside.seconds.toFixed(2)} s, ${beside.cpu.toFixed(2)} s of processor time, ${beside.peak.toFixed(0)} MB`,
  }
  if (!ran.look[0]!.remembers)
    return yield {
      figure: 'changes-to-look',
      unit: 'times',
      goal: { atMost: 1 / 20 },
      detail: 'the make remembers nothing to go on from',
    }
  lab.client('ldapmodify', lab.root, [], changes(lab.suffix))
  for (const _ of rounds()) ran.changes.push(await rollcall('changes', peer, scratch))
  const changed = medians('changes')
  yield {
    figure: 'changes-to-look',
    value: changed.seconds / look.seconds,
    unit: 'times',
    goal: { atMost: 1 / 20 },
    detail: `${CHANGED} entries changed since the look before, ${ran.changes[0]!.findings} findings: ${changed.seconds.toFixed(2)} s`,
  }
  yield {
    figure: 'changes-to-look-cpu',
    value: changed.lookCpu / look.lookCpu,
    unit: 'times',
    goal: { atMost: 1 / 20 },
    detail: `processor time of the look without the start of its process: ${changed.lookCpu.toFixed(2)} s and ${look.lookCpu.toFixed(2)} s`,
  }
  // A server that was started since names all that did not change, and has to be known again.
  ran.changes.length = 0
  await lab.stop()
  await lab.start()
  for (const _ of rounds()) ran.changes.push(await rollcall('changes', peer, scratch))
  const restarted = medians('changes')
  yield {
    figure: 'changes-after-restart-to-look',
    value: restarted.seconds / look.seconds,
    unit: 'times',
    detail: `the same after the server was started again, which then names all entries: ${restarted.seconds.toFixed(2)} s, ${restarted.lookCpu.toFixed(2)} s of processor time`,
  }
}

async function* samba(scratch: string): AsyncIterable<Figure> {
  const lacks = sambaLacks()
  if (lacks !== undefined) return yield { figure: 'samba-to-ldapsearch', unit: 'times', detail: lacks }
  await using lab = await startSamba([{ ldif: sambaUsers() }])
  const authorityFile = join(scratch, 'samba.pem')
  await writeFile(authorityFile, lab.authority)
  const peer: Peer = {
    url: `ldaps://${lab.address}:636`,
    authorityFile,
    run: {
      host: lab.address,
      port: 636,
      authority: lab.authority,
      name: lab.administrator.name,
      password: lab.administrator.password,
      base: lab.base,
      filter: '(&(objectCategory=person)(objectClass=user))',
      attributes: ['*'],
      memory: join(scratch, 'samba.json'),
    },
  }
  const [searched, read]: [number[], number[]] = [[], []]
  for (const _ of rounds()) {
    searched.push((await ldapsearch(peer, scratch, COMPUTERS)).seconds)
    read.push((await rollcall('transport', peer, scratch)).seconds)
  }
  yield {
    figure: 'samba-to-ldapsearch',
    value: median(read) / median(searched),
    unit: 'times',
    goal: { atMost: 1.1 },
    detail: `${COMPUTERS} users of a Samba domain, all attributes: ${median(read).toFixed(2)} s and ${median(searched).toFixed(2)} s; the server bounds both`,
  }
}

interface Peer {
  readonly url: string
  readonly authorityFile: string
  readonly run: DirectoryRun
}

interface Measured extends Cost, DirectoryRan {}

const rollcall = async (
  mode: DirectoryMode,
  { run }: Peer,
  scratch: string,
  flags: readonly string[] = SCANNER_FLAGS,
): Promise<Measured> => {
  const file = join(scratch, 'run.json')
  await writeFile(file, JSON.stringify(run), { mode: 0o600 })
  let ran: DirectoryRan | undefined
  const cost = await costOf({
    name: mode,
    argv: [process.execPath, ...flags, new URL('directory/look.ts', import.meta.url).pathname, file, mode],
    environment: { NODE_COMPILE_CACHE: join(scratch, 'compiled') },
    check: (stdout) => void (ran = JSON.parse(stdout) as DirectoryRan),
  })
  return { ...cost, ...ran! }
}

const LDAPSEARCH = ['ldapsearch', '-LLL', '-o', 'ldif-wrap=no']

const ldapsearch = async ({ url, authorityFile, run }: Peer, scratch: string, least: number): Promise<Measured> => {
  const [password, out] = [join(scratch, 'password'), join(scratch, 'out.ldif')]
  await writeFile(password, run.password, { mode: 0o600 })
  const login = ['-x', '-H', url, '-D', run.name, '-y', password]
  const asked = ['-b', run.base, '-E', 'pr=1000/noprompt', run.filter, ...run.attributes]
  const cost = await costOf({
    name: 'ldapsearch',
    argv: [
      'sh',
      '-c',
      'out=$1; shift; "$@" >"$out" && grep -c ^dn: "$out"',
      'sh',
      out,
      ...LDAPSEARCH,
      ...login,
      ...asked,
    ],
    environment: { LDAPTLS_CACERT: authorityFile },
    check(stdout) {
      if (Number(stdout) < least) throw new Error(`ldapsearch gave ${stdout.trim()} entries`)
    },
  })
  return {
    ...cost,
    seconds: cost.wallSeconds,
    lookCpuSeconds: cost.cpuSeconds,
    entries: 0,
    findings: 0,
    remembers: false,
  }
}

/** One in a hundred of all kinds of entries. */
const changes = (suffix: string): string =>
  Array.from(
    { length: CHANGED },
    (_, at) =>
      `dn: uid=u${String(at * 99).padStart(6, '0')},ou=Bulk,${suffix}\nchangetype: modify\nreplace: description\ndescription: changed ${at}\n\n`,
  ).join('')

const sambaUsers = (): string =>
  Array.from(
    { length: COMPUTERS },
    (_, at) =>
      `dn: CN=User ${at},CN=Users,DC=corp,DC=example,DC=com\nchangetype: add\nobjectClass: user\nsAMAccountName: u${at}\nuserPrincipalName: u${at}@corp.example.com\ndescription: employee ${at}\n\n`,
  ).join('')
