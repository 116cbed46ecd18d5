import type { Finding, FindingOf, Grantee, GrantedCommand, Place, Reason } from '@rollcall/contract'
import { MAX_NAME } from '../formats/accounts/account-file.ts'
import { decisionList } from '../formats/decision-list.ts'
import { listed, parseKeyFile, parsePkla, type PklaEntry } from '../formats/polkit/pkla.ts'
import { parsePolicy, POLICY_LINES, type PolkitAction } from '../formats/polkit/policy.ts'
import { adminsOf, resultOf, type Asker, type PolkitResult } from '../formats/polkit/rules.ts'
import { parseScript, type Script } from '../formats/polkit/script.ts'
import { matchesGlob } from '../formats/sudoers/glob.ts'
import type { CommandResult, HostFile } from '../host.ts'
import { exampleFile, exampleOutput, hostProbe, textOf } from '../probe.ts'
import { folderOf, lastPart } from '../posix-path.ts'

/** Of rules with the same name those of the first folder come first. */
const RULES = ['/etc', '/run', '/usr/local/etc', '/usr/local/share', '/usr/share'].map(
  (folder) => `${folder}/polkit-1/rules.d`,
)
const ACTIONS = ['/usr/share/polkit-1/actions/*.policy', '/usr/local/share/polkit-1/actions/*.policy']
/** Later ones come before earlier ones. */
const AUTHORITIES = ['/var/lib/polkit-1/localauthority/*/*.pkla', '/etc/polkit-1/localauthority/*/*.pkla']
const ADMINS = '/etc/polkit-1/localauthority.conf.d/*.conf'

const MAX_GRANTS = 2000

interface Gathered {
  readonly rules: readonly HostFile[]
  readonly policies: readonly HostFile[]
  readonly authorities: readonly HostFile[]
  readonly admins: readonly HostFile[]
  /** What pkexec says of its version: that it is there. */
  readonly pkexec: CommandResult
}

export default hostProbe<Gathered>({
  id: 'polkit-rules',
  title: 'Whom polkit lets do what gives root, and who its administrators are',
  needs: [
    {
      reads: '/etc/polkit-1/rules.d, and where else rules, local authorities and administrators of polkit lie',
      right: 'root',
      hides: 'who may act as root through services that ask polkit',
      grants: { read: [`${RULES[0]}/*.rules`, ...AUTHORITIES, ADMINS] },
    },
    { reads: ACTIONS[0]!, right: 'any-account', hides: 'which actions there are, and what they take by default' },
  ],

  async gather(host) {
    const [rules, policies, authorities, admins, pkexec] = await Promise.all([
      host.read(...RULES.map((folder) => `${folder}/*.rules`)),
      host.readWith({ matching: POLICY_LINES }, ...ACTIONS),
      host.read(...AUTHORITIES),
      host.read(ADMINS),
      host.run('pkexec', '--version'),
    ])
    return { rules, policies, authorities, admins, pkexec }
  },

  parse({ rules, policies, authorities, admins, pkexec }) {
    const actions = actionsOf(policies, pkexec)
    if (actions.length === 0)
      return {
        findings: [],
        notes: [{ code: 'no-such-file', path: '/usr/share/polkit-1/actions', detail: 'polkit is not set up here' }],
      }
    const reasons: Reason[] = []
    const scripts = scriptsOf(rules)
    for (const { script, path } of scripts)
      if (script.fault !== undefined && !isCompatibility(path))
        reasons.push({
          code: 'unsupported',
          path,
          line: script.fault,
          detail: 'a rule in a form that is not understood',
        })
    const old = scripts.length === 0 || scripts.some(({ path }) => isCompatibility(path))
    const pkla = old ? entriesOf(authorities) : []
    const administrators = administratorsOf(scripts, old ? admins : [])
    if (administrators === undefined || 'unclear' in administrators)
      reasons.push({
        code: 'unsupported',
        ...administrators?.unclear,
        detail: 'whom polkit takes for an administrator depends on it',
      })
    const told = outlines(actions, scripts, pkla)
    const grants: FindingOf<'grant'>[] = []
    const add = (grant: Omit<FindingOf<'grant'>, 'kind' | 'mechanism' | 'order' | 'here' | 'runAs'>) => {
      if (grants.length < MAX_GRANTS)
        grants.push({
          kind: 'grant',
          mechanism: 'polkit',
          order: grants.length,
          here: 'yes',
          runAs: { users: [{ type: 'user', name: 'root' }] },
          ...grant,
        })
    }
    const findings: Finding[] = []
    if (administrators !== undefined && 'grantees' in administrators) {
      findings.push({
        kind: 'setting',
        subject: 'polkit',
        name: 'admin-identities',
        values: administrators.identities.map((one) => one.slice(0, 256)),
        ...(administrators.place === undefined ? {} : { place: administrators.place }),
      })
      const commands = told.flatMap(({ action, base }) => (base === 'auth_admin' ? [commandOf(action)] : []))
      if (commands.length > 0 && administrators.grantees.length > 0)
        add({
          grantees: [...administrators.grantees],
          commands,
          tags: { admin: true, passwd: true },
          options: {},
          place: administrators.place ?? { path: '/usr/share/polkit-1/actions' },
        })
    }
    for (const { blame } of told)
      reasons.push(
        ...blame.map((place): Reason => ({
          code: 'unsupported',
          ...place,
          detail: 'whom it lets act as root cannot be told',
        })),
      )
    for (const { commands, entries } of grouped(told)) for (const entry of entries) add({ ...entry, commands })
    return { findings: [...findings, ...grants], reasons: distinct(reasons) }
  },

  examples: [
    {
      title: 'The administrators, and that they may run programs as root with their own password',
      gathered: polkit({
        '/usr/share/polkit-1/rules.d/50-default.rules':
          'polkit.addAdminRule(function(action, subject) {\n    return ["unix-group:sudo"];\n});\n',
      }),
      finds: [
        admins(['unix-group:sudo'], '/usr/share/polkit-1/rules.d/50-default.rules', 1),
        adminGrant([{ type: 'group', name: 'sudo' }], '/usr/share/polkit-1/rules.d/50-default.rules', 1),
      ],
    },
    {
      title: 'A group that may start any unit without a password',
      gathered: polkit({
        '/etc/polkit-1/rules.d/10-ops.rules':
          '// ours\npolkit.addRule(function(action, subject) {\n  if (action.id.indexOf("org.freedesktop.systemd1.") == 0 && subject.isInGroup("ops")) {\n    return polkit.Result.YES;\n  }\n});\n',
      }),
      finds: [
        admins([]),
        grant({
          order: 0,
          grantees: [{ type: 'group', name: 'ops' }],
          commands: ['org.freedesktop.systemd1.manage-units'],
          path: '/etc/polkit-1/rules.d/10-ops.rules',
          line: 2,
        }),
      ],
    },
    {
      title: 'One user may restart one unit, which is less than any',
      gathered: polkit({
        '/etc/polkit-1/rules.d/10-web.rules':
          'polkit.addRule(function(action, subject) {\n  if (action.id === "org.freedesktop.systemd1.manage-units" &&\n      action.lookup("unit") === "nginx.service" && subject.user === "deploy") {\n    return polkit.Result.YES;\n  }\n  return polkit.Result.NOT_HANDLED;\n});\n',
      }),
      finds: [
        admins([]),
        {
          ...grant({
            order: 0,
            grantees: [{ type: 'user', name: 'deploy' }],
            commands: [],
            path: '/etc/polkit-1/rules.d/10-web.rules',
            line: 1,
          }),
          commands: [{ command: 'org.freedesktop.systemd1.manage-units', arguments: 'unit=nginx.service' }],
        },
      ],
    },
    {
      title: 'The first rule that says something decides: what one denies the next does not give',
      gathered: polkit({
        '/etc/polkit-1/rules.d/10-a.rules':
          'polkit.addRule(function(a, s) { if (s.user == "eve") return polkit.Result.NO; });\n',
        '/etc/polkit-1/rules.d/20-b.rules':
          'polkit.addRule(function(a, s) { if (a.id == "org.freedesktop.policykit.exec" && s.isInGroup("ops")) return polkit.Result.YES; });\n',
      }),
      finds: [
        admins([]),
        grant({
          order: 0,
          grantees: [{ type: 'group', name: 'ops' }],
          commands: ['org.freedesktop.policykit.exec'],
          path: '/etc/polkit-1/rules.d/20-b.rules',
          line: 1,
        }),
        {
          ...grant({
            order: 1,
            grantees: [{ type: 'user', name: 'eve' }],
            commands: [],
            path: '/etc/polkit-1/rules.d/10-a.rules',
            line: 1,
          }),
          commands: [{ command: 'org.freedesktop.policykit.exec', negated: true }],
          tags: {},
        },
      ],
    },
    {
      title: 'A rule of a form that is not understood is said, with its line, and never guessed',
      gathered: polkit({
        '/etc/polkit-1/rules.d/10-x.rules':
          'polkit.addRule(function(action, subject) {\n  for (var i = 0; i < 3; i++) { if (subject.user == "u" + i) return polkit.Result.YES; }\n});\n',
      }),
      finds: [admins([])],
      reasons: [
        {
          code: 'unsupported',
          path: '/etc/polkit-1/rules.d/10-x.rules',
          line: 2,
          detail: 'a rule in a form that is not understood',
        },
      ],
    },
    {
      title: 'Local authorities and administrators of older polkits',
      gathered: {
        ...polkit({}),
        authorities: [
          exampleFile(
            '/etc/polkit-1/localauthority/50-local.d/ops.pkla',
            '[Ops]\nIdentity=unix-group:ops;unix-user:ann\nAction=org.freedesktop.policykit.exec\nResultAny=yes\nResultActive=yes\n',
          ),
        ],
        admins: [
          exampleFile(
            '/etc/polkit-1/localauthority.conf.d/60-admins.conf',
            '[Configuration]\nAdminIdentities=unix-user:0;unix-group:wheel\n',
          ),
        ],
      },
      finds: [
        admins(['unix-user:0', 'unix-group:wheel'], '/etc/polkit-1/localauthority.conf.d/60-admins.conf', 2),
        adminGrant(
          [
            { type: 'uid', name: '0' },
            { type: 'group', name: 'wheel' },
          ],
          '/etc/polkit-1/localauthority.conf.d/60-admins.conf',
          2,
        ),
        grant({
          order: 1,
          grantees: [{ type: 'group', name: 'ops' }],
          commands: ['org.freedesktop.policykit.exec'],
          path: '/etc/polkit-1/localauthority/50-local.d/ops.pkla',
          line: 1,
        }),
        grant({
          order: 2,
          grantees: [{ type: 'user', name: 'ann' }],
          commands: ['org.freedesktop.policykit.exec'],
          path: '/etc/polkit-1/localauthority/50-local.d/ops.pkla',
          line: 1,
        }),
      ],
    },
    {
      title: 'A host without polkit is complete, and nobody becomes anybody by it',
      gathered: { ...polkit({}), policies: [] },
      finds: [],
      notes: [{ code: 'no-such-file', path: '/usr/share/polkit-1/actions', detail: 'polkit is not set up here' }],
    },
  ],
})

/** What gives whoever is let all that root may do. Programs that pkexec runs under an action of their own come besides. */
const ROOTLIKE = new Set([
  'org.freedesktop.policykit.exec',
  'org.freedesktop.systemd1.manage-units',
  'org.freedesktop.systemd1.manage-unit-files',
  'org.freedesktop.systemd1.set-environment',
  'org.freedesktop.machine1.host-shell',
  'org.freedesktop.portable1.attach-images',
  'org.freedesktop.accounts.user-administration',
  'org.freedesktop.packagekit.package-install-untrusted',
  'org.freedesktop.packagekit.system-sources-configure',
  'org.freedesktop.udisks2.open-device-system',
  'org.freedesktop.udisks2.modify-system-configuration',
  'org.freedesktop.udisks2.filesystem-take-ownership',
  'org.libvirt.unix.manage',
  'org.debian.apt.install-file',
  'org.debian.apt.change-repository',
  'org.projectatomic.rpmostree1.install-local-packages',
  'org.projectatomic.rpmostree1.override',
])
const EXEC = 'org.freedesktop.policykit.exec'

const actionsOf = (policies: readonly HostFile[], pkexec: CommandResult): PolkitAction[] => {
  const missing = pkexec.state === 'unread' && pkexec.why === 'tool-missing'
  const all = policies.flatMap((file) => (file.state === 'read' ? parsePolicy(textOf(file)) : []))
  return [...new Map(all.map((one) => [one.id, one])).values()]
    .filter(({ id, program }) => (ROOTLIKE.has(id) && !(missing && id === EXEC)) || (program !== undefined && !missing))
    .slice(0, 100)
}

interface Source {
  readonly path: string
  readonly script: Script
  /** Whether it is about administrators at all. */
  readonly aboutAdmins: boolean
}

const scriptsOf = (files: readonly HostFile[]): Source[] => {
  const rank = (path: string) => RULES.indexOf(folderOf(path))
  return files
    .filter(({ state }) => state === 'read')
    .toSorted((one, other) =>
      lastPart(one.path) === lastPart(other.path)
        ? rank(one.path) - rank(other.path)
        : lastPart(one.path) < lastPart(other.path)
          ? -1
          : 1,
    )
    .map((file) => {
      const text = textOf(file)
      return { path: file.path, script: parseScript(text), aboutAdmins: text.includes('addAdminRule') }
    })
}

/** Debian's and others' file that asks a program for local authorities, which are read here themselves. */
const isCompatibility = (path: string) => path.endsWith('pkla-compat.rules')

type Entry = PklaEntry & { readonly path: string }

const entriesOf = (files: readonly HostFile[]): Entry[] => {
  const name = (path: string) => path.split('/').slice(-2).join('/')
  return files
    .filter(({ state }) => state === 'read')
    .toSorted((one, other) => (name(one.path) < name(other.path) ? -1 : 1))
    .flatMap((file) => parsePkla(textOf(file)).map((entry) => ({ ...entry, path: file.path })))
}

type Administrators =
  | { readonly grantees: readonly Grantee[]; readonly identities: readonly string[]; readonly place?: Place }
  | { readonly unclear: Place }

const administratorsOf = (scripts: readonly Source[], files: readonly HostFile[]): Administrators | undefined => {
  for (const { script, path, aboutAdmins } of scripts) {
    for (const rule of script.rules) {
      if (rule.kind !== 'admin') continue
      const identities = adminsOf(script, rule, EXEC)
      if (identities === undefined) return { unclear: { path, line: rule.line } }
      if (identities.length > 0) return told(identities, { path, line: rule.line })
    }
    if (isCompatibility(path)) {
      const found = configured(files)
      if (found !== undefined) return found
    } else if (script.fault !== undefined && aboutAdmins) return { unclear: { path, line: script.fault } }
  }
  // Nobody but root, where nothing says otherwise.
  return configured(files) ?? { grantees: [], identities: [] }
}

/** Of several files the last that says something counts. */
const configured = (files: readonly HostFile[]): Administrators | undefined => {
  const sorted = files
    .filter(({ state }) => state === 'read')
    .toSorted((one, other) => (one.path < other.path ? 1 : -1))
  for (const file of sorted)
    for (const { name, values } of parseKeyFile(textOf(file))) {
      const found = name === 'Configuration' ? values.get('AdminIdentities') : undefined
      if (found !== undefined) return told(listed(found.value), { path: file.path, line: found.line })
    }
  return undefined
}

const told = (identities: readonly string[], place: Place): Administrators => ({
  grantees: identities.flatMap((one) => granteeOf(one) ?? []).slice(0, 1000),
  identities: identities.slice(0, 1000),
  place,
})

const granteeOf = (identity: string): Grantee | undefined => {
  const [, kind = '', name = ''] = /^unix-(user|group|netgroup):(.+)$/s.exec(identity) ?? []
  if (name === '' || name.length > MAX_NAME) return undefined
  if (name === '*') return { type: 'all', name: '' }
  const number = /^\d{1,10}$/.test(name)
  if (kind === 'user') return { type: number ? 'uid' : 'user', name }
  return { type: kind === 'netgroup' ? 'netgroup' : number ? 'gid' : 'group', name }
}

/** Conditions on who asks that are looked into; where there are more, what they decide is not told. */
const MAX_MET = 12

interface Outcome {
  readonly result: PolkitResult
  readonly place: Place
}

interface Outline {
  readonly action: PolkitAction
  /** What it takes of those of whom no rule speaks. */
  readonly base: PolkitResult
  readonly entries: readonly Omit<FindingOf<'grant'>, 'kind' | 'mechanism' | 'order' | 'here' | 'runAs' | 'commands'>[]
  /** Given where the entries are about less than the whole action, or take it away. */
  readonly commands: readonly GrantedCommand[]
  readonly blame: readonly Place[]
}

/** What each action takes of whom: from anywhere, with details that the rules name, and from the active local session. */
const outlines = (actions: readonly PolkitAction[], scripts: readonly Source[], pkla: readonly Entry[]): Outline[] =>
  actions.flatMap((action) => {
    const met = new Map<string, Asker>()
    const ask = (held: ReadonlySet<string>): Outcome => decide(action, scripts, pkla, held, met)
    // Conditions show up as others hold: a few rounds find all that matter.
    for (let before = -1; before < met.size && met.size <= MAX_MET;) {
      before = met.size
      ask(new Set())
      for (const id of met.keys()) if (met.size <= MAX_MET) ask(new Set([id]))
      ask(new Set(met.keys()))
    }
    const askers = [...met.values()].filter(({ grantee }) => grantee !== undefined)
    const details = [...met.values()].filter(({ detail }) => detail !== undefined)
    const base = ask(new Set()).result
    const plain = outline(action, askers, ask, [], base)
    const here =
      met.has('session') || action.active !== action.any ? [outline(action, askers, ask, ['session'], base)] : []
    const special = details.slice(0, 8).map((one) => outline(action, askers, ask, [one.id], base, one))
    const known = JSON.stringify(plain.map(({ entries }) => entries))
    return [
      ...plain,
      ...here
        .filter((one) => JSON.stringify(one.map(({ entries }) => entries)) !== known)
        .flat()
        .map(inSession),
      ...special.filter((one) => JSON.stringify(one.map(({ entries }) => entries)) !== known).flat(),
    ]
  })

const inSession = (outline: Outline): Outline => ({
  ...outline,
  entries: outline.entries.map((entry) => ({ ...entry, options: { session: 'active' } })),
})

const outline = (
  action: PolkitAction,
  askers: readonly Asker[],
  ask: (held: ReadonlySet<string>) => Outcome,
  also: readonly string[],
  base: PolkitResult,
  about?: Asker,
): Outline[] => {
  const list = decisionList(
    askers,
    (held) => ask(new Set([...held, ...also])),
    (one, other) => one.result === other.result,
  )
  const nothing = { action, base: also.length === 0 ? base : ('nothing' as const) }
  if ('blame' in list) {
    const { place } = ask(new Set([...askers.map(({ id }) => id), ...also]))
    return [{ ...nothing, entries: [], commands: [], blame: [place] }]
  }
  const outcomes = [
    { outcome: list.otherwise, grantee: EVERYBODY },
    ...list.order.map(({ condition, outcome }) => ({ outcome, grantee: condition.grantee ?? EVERYBODY })),
  ]
  const unknown = outcomes.filter(({ outcome }) => outcome.result === 'unknown')
  if (unknown.length > 0)
    return [{ ...nothing, entries: [], commands: [], blame: unknown.map(({ outcome }) => outcome.place) }]
  const command = about === undefined ? commandOf(action) : detailed(action, about)
  let given = false
  return [
    { ...nothing, entries: [], commands: [], blame: [] },
    ...outcomes.flatMap(({ outcome: { result, place }, grantee }): Outline[] => {
      const gives = result === 'yes' || result === 'auth_self'
      if (!gives && !given) return []
      given = true
      return [
        {
          ...nothing,
          base: 'nothing',
          entries: [{ grantees: [grantee], tags: gives ? { passwd: result === 'auth_self' } : {}, options: {}, place }],
          commands: [gives ? command : { ...command, negated: true }],
          blame: [],
        },
      ]
    }),
  ]
}

const EVERYBODY: Grantee = { type: 'all', name: '' }

/** An action that runs one program is told as that program. */
const commandOf = ({ id, program }: PolkitAction): GrantedCommand => ({ command: program ?? id })

const detailed = ({ id }: PolkitAction, { detail }: Asker): GrantedCommand => {
  const { key = '', value = '' } = detail ?? {}
  return id === EXEC && key === 'program' && value.startsWith('/')
    ? { command: value.slice(0, 4096) }
    : { command: id, arguments: `${key}=${value}`.slice(0, 4096) }
}

/** The first rule that says something decides, then the last local authority, then the action itself. */
const decide = (
  action: PolkitAction,
  scripts: readonly Source[],
  pkla: readonly Entry[],
  held: ReadonlySet<string>,
  met: Map<string, Asker>,
): Outcome => {
  const local = () => byAuthority(action, pkla, held, met)
  for (const { script, path } of scripts) {
    if (isCompatibility(path)) {
      const found = local()
      if (found !== undefined) return found
      continue
    }
    for (const rule of script.rules) {
      const result = rule.kind === 'rule' ? resultOf(script, rule, action.id, held, met) : 'nothing'
      if (result !== 'nothing') return { result, place: { path, line: rule.line } }
    }
  }
  const byDefault = held.has('session') ? action.active : action.any
  return (
    local() ?? {
      result: DEFAULTS.has(byDefault) ? (byDefault as PolkitResult) : 'no',
      place: { path: '/usr/share/polkit-1/actions' },
    }
  )
}

const DEFAULTS = new Set(['yes', 'no', 'auth_self', 'auth_admin'])

const byAuthority = (
  { id }: PolkitAction,
  pkla: readonly Entry[],
  held: ReadonlySet<string>,
  met: Map<string, Asker>,
): Outcome | undefined => {
  let found: Outcome | undefined
  for (const { identities, actions, any, active, path, line } of pkla) {
    const result = held.has('session') ? active : any
    if (result === undefined || !actions.some((one) => matchesGlob(one, id))) continue
    for (const identity of identities) {
      const grantee = granteeOf(identity)
      if (grantee === undefined) continue
      if (grantee.type !== 'all') met.set(identity, { id: identity, grantee })
      if (grantee.type === 'all' || held.has(identity)) found = { result, place: { path, line } }
    }
  }
  return found
}

/** Actions of which the same is said are told together, in the order in which they came. */
const grouped = (told: readonly Outline[]) => {
  const groups = new Map<string, { entries: Outline['entries']; commands: GrantedCommand[] }>()
  for (const { entries, commands } of told) {
    if (entries.length === 0) continue
    const key = JSON.stringify([entries, commands[0]?.negated])
    const group = groups.get(key) ?? { entries, commands: [] }
    group.commands.push(...commands)
    groups.set(key, group)
  }
  return [...groups.values()]
}

const distinct = (reasons: readonly Reason[]) => [
  ...new Map(reasons.map((reason) => [JSON.stringify(reason), reason])).values(),
]

/** What the examples gather: these rules, and two actions. */
function polkit(rules: Readonly<Record<string, string>>): Gathered {
  const action = (id: string) =>
    `<action id="${id}">\n<allow_any>auth_admin</allow_any>\n<allow_active>auth_admin_keep</allow_active>\n`
  return {
    rules: Object.entries(rules).map(([path, text]) => exampleFile(path, text)),
    policies: [
      exampleFile(
        '/usr/share/polkit-1/actions/org.freedesktop.policykit.policy',
        action('org.freedesktop.policykit.exec'),
      ),
      exampleFile(
        '/usr/share/polkit-1/actions/org.freedesktop.systemd1.policy',
        action('org.freedesktop.systemd1.manage-units') + action('org.freedesktop.systemd1.reload-daemon'),
      ),
    ],
    authorities: [],
    admins: [],
    pkexec: exampleOutput('pkexec version 122\n'),
  }
}

function admins(values: string[], path?: string, line?: number): Finding {
  return {
    kind: 'setting',
    subject: 'polkit',
    name: 'admin-identities',
    values,
    ...(path === undefined || line === undefined ? {} : { place: { path, line } }),
  }
}

function adminGrant(grantees: Grantee[], path: string, line: number): Finding {
  return {
    ...grant({
      order: 0,
      grantees,
      commands: ['org.freedesktop.policykit.exec', 'org.freedesktop.systemd1.manage-units'],
      path,
      line,
    }),
    tags: { admin: true, passwd: true },
  }
}

function grant({
  order,
  grantees,
  commands,
  path,
  line,
}: {
  order: number
  grantees: Grantee[]
  commands: string[]
  path: string
  line: number
}): FindingOf<'grant'> {
  return {
    kind: 'grant',
    mechanism: 'polkit',
    order,
    grantees,
    here: 'yes',
    runAs: { users: [{ type: 'user', name: 'root' }] },
    commands: commands.map((command) => ({ command })),
    tags: { passwd: false },
    options: {},
    place: { path, line },
  }
}
