import type { FindingOf, Grantee, GrantedCommand, Reason } from '@rollcall/contract'
import { clipped, MAX_NAME, reasonList } from '../formats/accounts/account-file.ts'
import { grantedFindings, lookAtGranted, type GrantedLook } from '../formats/granted-programs.ts'
import { exampleLook } from '../formats/path-trust.ts'
import { parseDoasConf, type DoasRule } from '../formats/doas-conf.ts'
import type { CommandResult, HostFile } from '../host.ts'
import { exampleFile, exampleOutput, hostProbe, textOf } from '../probe.ts'

/** Where builds of doas look: those of distributions and OpenBSD, of FreeBSD and by hand, of pkgsrc. */
const CONFIGURATIONS = ['/etc/doas.conf', '/usr/local/etc/doas.conf', '/usr/pkg/etc/doas.conf'] as const
/** Read only by Alpine's build and its kin, in the order of names, behind /etc/doas.conf. */
const FOLDER = '/etc/doas.d/*.conf'

/** Rules of one host that are told at most. */
const MAX_RULES = 10_000
const MAX_TEXT = 4096
const MAX_VARIABLES = 256

interface Gathered {
  readonly files: readonly HostFile[]
  /** What doas says of an empty configuration: that it is there. */
  readonly program: CommandResult
  /** Who may change the commands that rules name. */
  readonly commands?: GrantedLook
}

export default hostProbe<Gathered>({
  id: 'doas-rules',
  title: 'What doas lets whom run as whom',
  needs: [
    {
      reads: '/etc/doas.conf, or where else builds of doas look, and /etc/doas.d',
      right: 'root',
      hides: 'who may become root by doas',
      grants: { read: [...CONFIGURATIONS, FOLDER] },
    },
  ],

  async gather(host) {
    const [files, program] = await Promise.all([
      host.readWith({ stat: true }, ...CONFIGURATIONS, FOLDER),
      host.run('doas', '-C', '/dev/null'),
    ])
    const gathered = { files, program }
    const commands = await lookAtGranted(host, rulesOf(gathered, undefined).found)
    return { ...gathered, ...(commands === undefined ? {} : { commands }) }
  },

  parse(gathered, { host }) {
    const rules = rulesOf(gathered, host.os.id)
    if (rules.found.length === 0 && rules.nothingRead) return { findings: [], notes: rules.notes, nothingRead: true }
    const paths = gathered.commands === undefined ? undefined : grantedFindings(rules.found, gathered.commands)
    return {
      findings: [...rules.found, ...(paths?.findings ?? [])],
      reasons: [...rules.reasons, ...(paths?.reasons ?? [])],
      notes: rules.notes,
    }
  },

  examples: [
    {
      title: 'A group that may do everything, and one of it that may not',
      gathered: installed('permit persist :wheel\ndeny ann\n'),
      finds: [
        rule({ order: 0, grantee: { type: 'group', name: 'wheel' }, tags: { persist: true }, line: 1 }),
        rule({ order: 1, grantee: { type: 'user', name: 'ann' }, command: { command: 'ALL', negated: true }, line: 2 }),
      ],
    },
    {
      title: 'A command with fixed arguments as another account, without a password',
      gathered: installed('permit nopass 1001 as www-data cmd /bin/ls args -l "a b" *\npermit ann cmd reboot args\n'),
      finds: [
        rule({
          order: 0,
          grantee: { type: 'uid', name: '1001' },
          as: { type: 'user', name: 'www-data' },
          command: { command: '/bin/ls', arguments: '-l a\\ b \\*' },
          tags: { nopass: true },
          line: 1,
        }),
        rule({
          order: 1,
          grantee: { type: 'user', name: 'ann' },
          command: { command: 'reboot', arguments: '""' },
          line: 2,
        }),
      ],
    },
    {
      title: 'Of variables the names are told, never what they are set to',
      gathered: installed('permit keepenv setenv { -ENV TOKEN=hush PS1=$MINE PATH } ann as root\n'),
      finds: [
        rule({
          order: 0,
          grantee: { type: 'user', name: 'ann' },
          as: { type: 'user', name: 'root' },
          tags: { keepenv: true },
          options: { setenv: '-ENV TOKEN= PS1=$ PATH' },
          line: 1,
        }),
      ],
    },
    {
      title: 'One line that doas cannot read makes it refuse the file',
      gathered: installed('permit ann\npermit nopass persist bob\n'),
      finds: [],
      reasons: [{ code: 'unparsable', path: '/etc/doas.conf', line: 2, detail: 'doas refuses the whole file for it' }],
    },
    {
      title: 'A file that others may write to is refused as well',
      gathered: {
        ...installed(''),
        files: [
          {
            path: '/etc/doas.conf',
            state: 'read',
            bytes: new TextEncoder().encode('permit ann\n'),
            truncated: false,
            stat: { mode: 0o666, uid: 0, gid: 0, modified: '2026-03-01T12:00:00.000Z' },
          },
        ],
      },
      finds: [],
      notes: [
        { code: 'unsupported', path: '/etc/doas.conf', detail: 'others than root may write to it, so doas refuses it' },
      ],
    },
    {
      title: 'The folder of Alpine is read behind the file, in the order of names',
      gathered: {
        ...installed('permit ann\n'),
        files: [
          exampleFile('/etc/doas.conf', 'permit ann\n'),
          exampleFile('/etc/doas.d/20.conf', 'deny ann cmd sh\n'),
          exampleFile('/etc/doas.d/10.conf', 'permit bob\n'),
        ],
      },
      context: { host: { hostname: 'web1', addresses: [], os: { id: 'alpine' } } },
      finds: [
        rule({ order: 0, grantee: { type: 'user', name: 'ann' }, line: 1 }),
        rule({ order: 1, grantee: { type: 'user', name: 'bob' }, line: 1, path: '/etc/doas.d/10.conf' }),
        rule({
          order: 2,
          grantee: { type: 'user', name: 'ann' },
          command: { command: 'sh', negated: true },
          line: 1,
          path: '/etc/doas.d/20.conf',
        }),
      ],
    },
    {
      title: 'Without doas itself the rules stand there, and whether they hold is open',
      gathered: { ...installed('permit ann\n'), program: { state: 'unread', why: 'tool-missing' } },
      finds: [{ ...rule({ order: 0, grantee: { type: 'user', name: 'ann' }, line: 1 }), here: 'unknown' }],
      notes: [
        {
          code: 'tool-missing',
          path: '/etc/doas.conf',
          detail: 'doas itself was not found, so its rules may hold for nobody',
        },
      ],
    },
    {
      title: 'A script that an interpreter is given is told where others than root may change it',
      gathered: {
        ...installed('permit nopass ann as root cmd /usr/bin/python3 args /opt/job.py\n'),
        commands: {
          paths: exampleLook(
            [],
            [
              { path: '/opt', type: 'folder', mode: 0o755 },
              { path: '/opt/job.py', uid: 1001 },
            ],
          ),
        },
      },
      finds: [
        rule({
          order: 0,
          grantee: { type: 'user', name: 'ann' },
          as: { type: 'user', name: 'root' },
          command: { command: '/usr/bin/python3', arguments: '/opt/job.py' },
          tags: { nopass: true },
          line: 1,
        }),
        {
          kind: 'file',
          role: 'run-as',
          type: 'file',
          owner: 1001,
          group: 0,
          mode: '0644',
          modified: '2026-03-01T12:00:00Z',
          account: 'root',
          writableBy: ['owner'],
          because: 'doas rule',
          namedBy: { path: '/etc/doas.conf', line: 1 },
          place: { path: '/opt/job.py' },
        },
      ],
    },
    {
      title: 'A host without doas is complete, and has no rules',
      gathered: {
        files: [...CONFIGURATIONS, FOLDER].map((path) => ({ path, state: 'unread', why: 'no-such-file' }) as const),
        program: { state: 'unread', why: 'tool-missing' },
      },
      finds: [],
      notes: [{ code: 'no-such-file', path: '/etc/doas.conf', detail: 'doas is not set up here' }],
    },
  ],
})

interface Rules {
  readonly found: readonly FindingOf<'grant'>[]
  readonly reasons: readonly Reason[]
  readonly notes: readonly Reason[]
  readonly nothingRead: boolean
}

/** The rules of all files that doas reads on a host of this distribution. */
const rulesOf = ({ files, program }: Omit<Gathered, 'commands'>, distribution: string | undefined): Rules => {
  const configurations = CONFIGURATIONS.map((path) => files.find((file) => file.path === path))
  const extra = files
    .filter(({ path }) => path.startsWith('/etc/doas.d/'))
    .toSorted((left, right) => (left.path < right.path ? -1 : 1))
  const read = [...configurations.slice(0, 1), ...extra, ...configurations.slice(1)].filter(
    (file) => file?.state === 'read',
  )
  if (read.length === 0) return { found: [], reasons: [], notes: notSetUp(files), nothingRead: true }
  const found: FindingOf<'grant'>[] = []
  const reasons: Reason[] = []
  const notes: Reason[] = []
  const installed = isInstalled(program)
  if (installed === 'no')
    notes.push({
      code: 'tool-missing',
      path: CONFIGURATIONS[0],
      detail: 'doas itself was not found, so its rules may hold for nobody',
    })
  for (const file of read) {
    const { path } = file
    const refusal = refused(file)
    if (refusal !== undefined) {
      notes.push({ code: 'unsupported', path, detail: refusal })
      continue
    }
    const told = reasonList(path)
    const { rules, faults } = parseDoasConf(wholeLines(file))
    for (const line of faults) told.add({ code: 'unparsable', line, detail: 'doas refuses the whole file for it' })
    // Only Alpine's build knows the folder.
    const here = installed === 'no' || (extra.includes(file) && !ALPINES.has(distribution ?? '')) ? 'unknown' : 'yes'
    if (faults.length === 0)
      for (const rule of rules) {
        if (found.length === MAX_RULES) told.add({ code: 'too-many', line: rule.line })
        else if (!fits(rule)) told.add({ code: 'too-large', line: rule.line, detail: 'a name or command of a rule' })
        else found.push(grantOf(rule, path, found.length, here))
      }
    reasons.push(...told.all())
  }
  const other = configurations.slice(1).find((file) => file?.state === 'read')
  if (other !== undefined && read.length > 1)
    reasons.push({ code: 'unsupported', path: other.path, detail: 'a second doas.conf, of another doas' })
  return { found, reasons, notes, nothingRead: false }
}

const ALPINES = new Set(['alpine', 'postmarketos', 'chimera'])

const notSetUp = (files: readonly HostFile[]): Reason[] =>
  files.every((file) => file.state === 'unread' && file.why === 'no-such-file')
    ? [{ code: 'no-such-file', path: CONFIGURATIONS[0], detail: 'doas is not set up here' }]
    : []

const isInstalled = (program: CommandResult): 'yes' | 'no' | 'unknown' =>
  program.state === 'ran' ? 'yes' : program.why === 'tool-missing' ? 'no' : 'unknown'

/** Why doas would not even read the file (as its `parseconfig` has it). */
const refused = (file: HostFile): string | undefined => {
  if (file.state !== 'read' || file.stat === undefined) return undefined
  if ((file.stat.mode & 0o022) !== 0) return 'others than root may write to it, so doas refuses it'
  return file.stat.uid === 0 ? undefined : 'it does not belong to root, so doas refuses it'
}

/** Of a file that was cut off the last line is not known. */
const wholeLines = (file: HostFile) => {
  const text = textOf(file)
  return file.state === 'read' && file.truncated ? text.slice(0, text.lastIndexOf('\n') + 1) : text
}

const fits = ({ identity, target = '', command = '', args = [], variables }: DoasRule) =>
  identity.length <= MAX_NAME &&
  target.length <= MAX_NAME &&
  command.length <= MAX_TEXT / 2 &&
  args.reduce((sum, one) => sum + 2 * one.length + 1, 0) <= MAX_TEXT &&
  variables.length <= MAX_VARIABLES

const grantOf = (
  { permit, options, variables, identity, target, command, args, line }: DoasRule,
  path: string,
  order: number,
  here: 'yes' | 'unknown',
): FindingOf<'grant'> => ({
  kind: 'grant',
  mechanism: 'doas',
  order,
  grantees: [identity.startsWith(':') ? named(identity.slice(1), 'group', 'gid') : named(identity, 'user', 'uid')],
  here,
  runAs: { users: [target === undefined ? { type: 'all', name: '' } : named(target, 'user', 'uid')] },
  commands: [
    {
      ...commandOf(command, args),
      ...(permit ? {} : { negated: true as const }),
    },
  ],
  tags: Object.fromEntries(options.map((option) => [option, true])),
  options: variables.length === 0 ? {} : { setenv: clipped(variables.join(' '), 256) },
  place: { path, line },
})

/** A number is one only where no account has it for a name; such names are hardly ever given. */
const named = (name: string, byName: 'user' | 'group', byNumber: 'uid' | 'gid'): Grantee =>
  /^\d{1,10}$/.test(name) ? { type: byNumber, name } : { type: byName, name }

/** In the spelling of sudoers(5), where `\` stands before what would be read as a pattern: doas knows none. */
const commandOf = (command: string | undefined, args: readonly string[] | undefined): GrantedCommand =>
  command === undefined
    ? { command: 'ALL' }
    : {
        command: /^(?:ALL|sudoedit|list)$/.test(command) ? `\\${command}` : command.replaceAll(/[\\*?[\]]/g, '\\$&'),
        ...(args === undefined
          ? {}
          : {
              arguments:
                args.length === 0 ? '""' : args.map((one) => one.replaceAll(/[\\*?[\] ]|^[\^"]/g, '\\$&')).join(' '),
            }),
      }

/** What the examples gather where doas is there with this configuration. */
function installed(text: string): Gathered {
  return {
    files: [exampleFile('/etc/doas.conf', text)],
    program: exampleOutput(''),
  }
}

/** What the examples find for a rule. */
function rule({
  order,
  grantee,
  as = { type: 'all', name: '' },
  command = { command: 'ALL' },
  tags = {},
  options = {},
  line,
  path = '/etc/doas.conf',
}: {
  order: number
  grantee: Grantee
  as?: Grantee
  command?: GrantedCommand
  tags?: Record<string, boolean>
  options?: Record<string, string>
  line: number
  path?: string
}): FindingOf<'grant'> {
  return {
    kind: 'grant',
    mechanism: 'doas',
    order,
    grantees: [grantee],
    here: 'yes',
    runAs: { users: [as] },
    commands: [command],
    tags,
    options,
    place: { path, line },
  }
}
