import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SCANNER_FLAGS } from '@rollcall/agent'
import { startFleet, type Fleet } from '../lab/fleet.ts'
import { installed } from '../lab/shell.ts'
import { sshCommand } from '../lab/ssh-login.ts'
import { interleaved, type Contender, type Cost } from './frame/contender.ts'
import type { Bench, Figure, Goal } from './frame/figure.ts'
import { sameReads, type SameReads } from './frame/same-reads.ts'
import type { FleetAccess } from './ssh-fanout/fleet-access.ts'

/**
 * As many scans as the servers answer in two minutes, who work for a second or two for each and share the machine, and as many of them at
 * once as an agent takes by default: what is held for hosts that are scanned together does not depend on how many come after them.
 */
const MANY = { hosts: 128, atOnce: 64 }
/** Servers; what is more than these is a further scan of one of them. A program that starts for each host costs as much for few hosts as for many. */
const HOSTS = 16
/** Ansible's modules start Python on the target several times for each host. */
const MODULE_HOSTS = 1
const AT_ONCE = 16
const ROUNDS = 1

/**
 * What a scan costs the machine that scans, beside other ways to gather the same files and outputs over SSH. The servers work for
 * about a second for each visit and share the machine, so that wall times say little.
 */
const bench: Bench = { name: 'ssh-fanout', run }
export default bench

async function* run(): AsyncIterable<Figure> {
  const lacking = await lackingPeers()
  // Ansible's modules need Python on the target; nobody else notices it.
  await using fleet = await startFleet(HOSTS, { packages: ['python3'] })
  const facts = await sameReads({ ...fleet, address: fleet.addresses[0]! })
  await using scratch = await scratchFolder()
  const contenders = await contendersFor(fleet, facts, scratch.path, new Set(lacking.keys()))
  const costs = await interleaved(contenders, ROUNDS)

  for (const [name, packageName] of lacking)
    yield {
      figure: `${name}-cpu-per-host`,
      unit: 'ms',
      detail: `not measured: install the Debian package ${packageName}`,
    }
  for (const contender of contenders) yield* absolute(contender, costs.get(contender.name)!)

  const scan = costs.get('rollcall')!
  const rollcall = perHost(scan, MANY.hosts)
  for (const { figure, peer, hosts, goal } of RATIOS) {
    const cost = costs.get(peer)
    if (cost === undefined) yield { figure, unit: 'times', goal, detail: `not measured: ${peer} is not installed` }
    else
      yield {
        figure,
        value: rollcall.cpu / perHost(cost, hosts).cpu,
        unit: 'times',
        goal,
        detail: `Rollcall's CPU per host over that of ${peer}`,
      }
  }
  yield {
    figure: 'peak-memory-of-many',
    value: scan.peakMegabytes,
    unit: 'MB',
    goal: { atMost: 200 },
    detail: `${MANY.hosts} scans, ${MANY.atOnce} at once`,
  }
  const fanOut = costs.get('openssh')
  if (fanOut !== undefined)
    yield {
      figure: 'wall-to-openssh',
      value: rollcall.wall / perHost(fanOut, HOSTS).wall,
      unit: 'times',
      detail: 'bounded by the servers, which share the cores',
    }
}

const RATIOS: readonly { figure: string; peer: string; hosts: number; goal: Goal }[] = [
  { figure: 'cpu-to-openssh', peer: 'openssh', hosts: HOSTS, goal: { atMost: 1 / 3 } },
  { figure: 'cpu-to-ansible-raw', peer: 'ansible-raw', hosts: HOSTS, goal: { atMost: 1 / 10 } },
  { figure: 'cpu-to-bare-ssh2', peer: 'bare-ssh2', hosts: HOSTS, goal: { atMost: 1.5 } },
]

function* absolute({ name }: Contender, cost: Cost): Iterable<Figure> {
  const hosts = name === 'ansible-modules' ? MODULE_HOSTS : name === 'rollcall' ? MANY.hosts : HOSTS
  const { cpu, wall } = perHost(cost, hosts)
  yield {
    figure: `${name}-cpu-per-host`,
    value: cpu,
    unit: 'ms',
    detail: `user and system, children included; ${hosts} ${hosts === 1 ? 'host' : 'hosts'}`,
  }
  yield {
    figure: `${name}-wall-per-host`,
    value: wall,
    unit: 'ms',
    detail: `${name === 'rollcall' ? MANY.atOnce : AT_ONCE} at once`,
  }
  yield { figure: `${name}-peak-memory`, value: cost.peakMegabytes, unit: 'MB', detail: 'largest single process' }
}

const perHost = ({ cpuSeconds, wallSeconds }: Cost, hosts: number) => ({
  cpu: (cpuSeconds * 1000) / hosts,
  wall: (wallSeconds * 1000) / hosts,
})

/** Contenders that cannot run here, with the Debian package that each needs. */
const lackingPeers = async (): Promise<Map<string, string>> => {
  const needs = [
    ['openssh', 'ssh', 'openssh-client'],
    ['parallel-ssh', 'parallel-ssh', 'pssh'],
    ['ansible-raw', 'ansible-playbook', 'ansible-core'],
    ['ansible-modules', 'ansible-playbook', 'ansible-core'],
  ] as const
  const there = await Promise.all(needs.map(([, program]) => installed(program)))
  return new Map(needs.filter((_, index) => !there[index]).map(([name, , packageName]) => [name, packageName]))
}

const contendersFor = async (
  fleet: Fleet,
  facts: SameReads,
  folder: string,
  lacking: ReadonlySet<string>,
): Promise<Contender[]> => {
  const { addresses, port, user, loginKey, knownHosts } = fleet
  const access: FleetAccess = { addresses, port, user, loginKey, knownHosts, atOnce: AT_ONCE, line: facts.script }
  const file = async (name: string, content: string) => {
    await writeFile(join(folder, name), content)
    return join(folder, name)
  }
  const node = async (
    program: string,
    check: (stdout: string) => void,
    given: Partial<FleetAccess> = {},
  ): Promise<Omit<Contender, 'name'>> => ({
    argv: [
      process.execPath,
      ...(program === 'rollcall-scanner' ? SCANNER_FLAGS : []),
      new URL(`ssh-fanout/${program}.ts`, import.meta.url).pathname,
    ],
    input: JSON.stringify({ ...access, ...given }),
    // As the `rollcall` command does by itself; the first of the rounds fills it.
    environment: { NODE_COMPILE_CACHE: join(folder, 'compiled') },
    check,
  })
  const options = sshCommand({ address: 'ADDRESS', port, user, keyFile: loginKey, knownHosts })
  const [script, hosts] = [await file('script', facts.script), await file('hosts', `${addresses.join('\n')}\n`)]
  const outputs = join(folder, 'outputs')
  const inventory = await file('inventory', inventoryOf(fleet, addresses))
  const few = await file('few', inventoryOf(fleet, addresses.slice(0, MODULE_HOSTS)))
  const ansible = { ...ANSIBLE, ANSIBLE_LOCAL_TEMP: join(folder, 'ansible'), ANSIBLE_HOME: join(folder, 'ansible') }
  const playbook = (path: string, from: string): [string, ...string[]] => [
    'ansible-playbook',
    '-i',
    from,
    '-f',
    String(AT_ONCE),
    path,
  ]

  const all: Contender[] = [
    {
      name: 'rollcall',
      once: true,
      ...(await node('rollcall-scanner', complete(MANY.hosts), {
        addresses: Array.from({ length: MANY.hosts }, (_, n) => addresses[n % addresses.length]!),
        atOnce: MANY.atOnce,
      })),
    },
    { name: 'bare-ssh2', ...(await node('bare-ssh2', everyHost(HOSTS))) },
    {
      name: 'openssh',
      argv: ['sh', '-ec', FAN_OUT, 'sh', hosts, script, outputs, ...options],
      check: (stdout) => wanted(stdout.trim() === String(HOSTS), `ssh answered for ${stdout.trim()} hosts`),
    },
    {
      name: 'parallel-ssh',
      argv: ['sh', '-ec', PARALLEL, 'sh', hosts, script, outputs, user, String(port), loginKey, knownHosts],
      check: (stdout) => wanted(stdout.trim() === String(HOSTS), `parallel-ssh answered for ${stdout.trim()} hosts`),
    },
    {
      name: 'ansible-raw',
      argv: playbook(await file('raw.json', JSON.stringify(rawPlay(facts))), inventory),
      environment: ansible,
      check: (stdout) => wanted((stdout.match(/ok=1 /g) ?? []).length === HOSTS, 'Ansible did not reach every host'),
    },
    {
      name: 'ansible-modules',
      once: true,
      argv: playbook(await file('modules.json', JSON.stringify(modulesPlay(facts))), few),
      environment: ansible,
      check: (stdout) =>
        wanted(
          (stdout.match(/failed=0 /g) ?? []).length === MODULE_HOSTS && !stdout.includes('unreachable=1'),
          'Ansible did not reach every host',
        ),
    },
  ]
  return all.filter(({ name }) => !lacking.has(name))
}

const everyHost = (expected: number) => (stdout: string) => {
  const { hosts } = JSON.parse(stdout) as { hosts: number }
  wanted(hosts === expected, `${hosts} hosts answered`)
}

/** What a small host rightly lacks: nothing there ever wrote a log, so that when a key was last used cannot be known. */
const LACKING: readonly string[] = ['key-logins (absent)']

const complete = (expected: number) => (stdout: string) => {
  everyHost(expected)(stdout)
  const { findings, incomplete } = JSON.parse(stdout) as { findings: number; incomplete: readonly string[] }
  const unexpected = incomplete.filter((probe) => !LACKING.includes(probe))
  wanted(unexpected.length === 0, `not complete on some host: ${unexpected.join(', ')}`)
  wanted(findings >= expected * 20, `only ${findings} findings`)
}

const wanted = (condition: boolean, otherwise: string) => {
  if (!condition) throw new Error(otherwise)
}

/** Arguments: hosts, script, output folder, ssh with its options, whose last one is user@ADDRESS. Prints how many outputs are whole. */
const FAN_OUT = `hosts=$1 script=$2 out=$3; shift 3; export script out
rm -rf "$out"; mkdir "$out"
xargs -P ${AT_ONCE} -I ADDRESS sh -c 'address=$1; shift; exec "$@" sh -s <"$script" >"$out/$address"' sh ADDRESS "$@" <"$hosts"
grep -l "^== end" "$out"/* | wc -l`

const PARALLEL = `rm -rf "$3"
parallel-ssh -p ${AT_ONCE} -t 0 -h "$1" -l "$4" -o "$3" -I -x "-F none -i $6 -p $5" \\
  -O BatchMode=yes -O IdentitiesOnly=yes -O StrictHostKeyChecking=yes -O UserKnownHostsFile=$7 -O GlobalKnownHostsFile=none \\
  'sh -s' <"$2" >/dev/null
grep -l "^== end" "$3"/* | wc -l`

const ANSIBLE = {
  ANSIBLE_NOCOLOR: '1',
  ANSIBLE_PIPELINING: '1',
  ANSIBLE_RETRY_FILES_ENABLED: '0',
  ANSIBLE_DEPRECATION_WARNINGS: '0',
}

const inventoryOf = ({ port, user, loginKey, knownHosts }: Fleet, addresses: readonly string[]) =>
  [
    ...addresses,
    '[all:vars]',
    `ansible_user=${user}`,
    `ansible_port=${port}`,
    `ansible_ssh_private_key_file=${loginKey}`,
    `ansible_ssh_common_args='-F none -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile=${knownHosts} -o GlobalKnownHostsFile=none'`,
    'ansible_python_interpreter=/usr/bin/python3',
    '',
  ].join('\n')

/** Playbooks are YAML, and JSON is YAML. */
const rawPlay = ({ script }: SameReads) => [{ hosts: 'all', gather_facts: false, tasks: [{ raw: script }] }]

const DATABASES = ['passwd', 'shadow', 'group', 'gshadow']

const modulesPlay = ({ files, commands }: SameReads) => [
  {
    hosts: 'all',
    gather_facts: false,
    tasks: [
      ...DATABASES.map((database) => ({ 'ansible.builtin.getent': { database } })),
      {
        'ansible.builtin.slurp': { src: '{{ item }}' },
        loop: files.filter(
          (file) => !DATABASES.some((database) => file === `/etc/${database}`) && !file.startsWith('/proc/'),
        ),
      },
      ...commands.map((argv) => ({ 'ansible.builtin.command': { argv }, ignore_errors: true })),
    ],
  },
]

const scratchFolder = async () => {
  const path = await mkdtemp(join(tmpdir(), 'rollcall-fanout-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
