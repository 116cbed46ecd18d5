import type { FindingOf, Grantee, Place, Reason } from '@rollcall/contract'
import { MAX_NAME } from '../formats/accounts/account-file.ts'
import { groupsOf } from '../formats/accounts/group.ts'
import { parsePam, type PamFile } from '../formats/pam/conf.ts'
import { stackOf, type Stack } from '../formats/pam/stack.ts'
import { suRules, type SuAnswer, type SuRule, type SuWorld } from '../formats/pam/su.ts'
import type { HostFile } from '../host.ts'
import { exampleFile, hostProbe, textOf, type Gathering } from '../probe.ts'
import { literally } from '../posix-path.ts'

/** Where services are looked up, the first that has one counting: the host's own, those of vendors, FreeBSD's ports. */
const FOLDERS = ['/etc/pam.d', '/usr/lib/pam.d', '/usr/etc/pam.d', '/usr/local/etc/pam.d'] as const
const SERVICES = ['su', 'su-l'] as const
/** What distributions include from there: asked for at once, others when something names them. */
const INCLUDED = [
  'other',
  'common-auth',
  'common-account',
  'system-auth',
  'system-account',
  'system',
  'base-auth',
  'base-account',
]
const PAM_CONF = '/etc/pam.conf'
const LOGIN_DEFS = '/etc/login.defs'
const GROUP = '/etc/group'

const MAX_ROUNDS = 8
const MAX_LIST_BYTES = 64 * 1024

interface Gathered {
  readonly files: readonly HostFile[]
}

export default hostProbe<Gathered>({
  id: 'su-rules',
  title: 'Whom su lets become root, and what it takes',
  needs: [
    {
      reads: '/etc/pam.d/su and su-l, what they include, and the lists of names they go by',
      right: 'any-account',
      hides: 'who becomes root by su without a password, and who may try with one',
    },
    { reads: '/etc/group, /etc/login.defs', right: 'any-account', hides: 'which group pam_wheel and su go by' },
  ],

  async gather(host) {
    const first = [
      ...[...SERVICES, ...INCLUDED].map((name) => `/etc/pam.d/${name}`),
      ...FOLDERS.slice(1).flatMap((folder) => SERVICES.map((name) => `${folder}/${name}`)),
      PAM_CONF,
      LOGIN_DEFS,
      GROUP,
    ]
    const files = [...(await host.read(...first))]
    const asked = new Set<string>(first)
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const wanted = wantedBy(files).filter((path) => !asked.has(path))
      if (wanted.length === 0) return { files }
      for (const path of wanted) asked.add(path)
      files.push(...(await ask(host, wanted)))
    }
    host.missed({ code: 'too-deep', path: '/etc/pam.d/su' })
    return { files }
  },

  parse({ files }, { host }) {
    const read = reader(files)
    const world = worldOf(files, host.os.id)
    const findings: FindingOf<'grant'>[] = []
    const reasons: Reason[] = []
    if (!read.any()) return { findings: withoutPam(files) }
    let before = ''
    for (const service of SERVICES) {
      const stacks = { auth: stack(service, 'auth', read), account: stack(service, 'account', read) }
      const told = [...stacks.auth.reasons, ...stacks.account.reasons]
      const rules = (['root', 'other'] as const).map((target) => suRules(stacks, target, world))
      const [asRoot, asOther] = rules as [(typeof rules)[number], (typeof rules)[number]]
      const grants = grantsOf(asRoot, asOther, service, findings.length)
      const same = JSON.stringify(
        grants.findings.map(({ grantees, runAs, tags, commands }) => [grantees, runAs, tags, commands]),
      )
      if (same !== before) findings.push(...grants.findings)
      before = same
      reasons.push(...told, ...grants.reasons)
    }
    return { findings, reasons: distinct([...reasons, ...unreadLists(files)]) }
  },

  examples: [
    {
      title: 'As Debian has it, anybody may, with the password of the account to become',
      gathered: pam({ su: 'auth sufficient pam_rootok.so\n@include common-auth\n@include common-account\n' }),
      finds: [rule({ order: 0, line: 1, tags: { passwd: true, nullok: true }, as: 'anyone' })],
    },
    {
      title: 'Members of wheel need no password, all others do',
      gathered: pam({
        su: 'auth sufficient pam_rootok.so\nauth sufficient pam_wheel.so trust use_uid\n@include common-auth\n@include common-account\n',
      }),
      finds: [
        rule({ order: 0, line: 1, tags: { passwd: true, nullok: true }, as: 'anyone' }),
        rule({ order: 1, line: 2, tags: { passwd: false }, as: 'anyone', who: { type: 'group', name: 'wheel' } }),
      ],
    },
    {
      title: 'Only members of a group may become root, with its password',
      gathered: pam({
        su: 'auth sufficient pam_rootok.so\nauth required pam_wheel.so use_uid group=admins root_only\n@include common-auth\n@include common-account\n',
      }),
      finds: [
        rule({
          order: 0,
          line: 2,
          tags: { passwd: true, nullok: true },
          as: 'root',
          who: { type: 'group', name: 'admins' },
        }),
        rule({ order: 1, line: 1, tags: { passwd: true, nullok: true }, as: 'others' }),
      ],
    },
    {
      title: 'Members of one group are kept out, and nobody else',
      gathered: pam({
        su: 'auth sufficient pam_rootok.so\nauth required pam_wheel.so deny group=interns\n@include common-auth\n@include common-account\n',
      }),
      finds: [
        rule({ order: 0, line: 1, tags: { passwd: true, nullok: true }, as: 'anyone' }),
        {
          ...rule({ order: 1, line: 2, tags: {}, as: 'anyone', who: { type: 'group', name: 'interns' } }),
          commands: [{ command: 'ALL', negated: true }],
        },
      ],
    },
    {
      title: 'A list of names that need no password',
      gathered: pam(
        {
          su: 'auth sufficient pam_rootok.so\nauth sufficient pam_listfile.so item=ruser sense=allow file=/etc/su-trusted onerr=fail\nauth include system-auth\naccount required pam_permit.so\n',
          'system-auth': 'auth required pam_unix.so\n',
        },
        [exampleFile('/etc/su-trusted', 'ann\nbob\n')],
      ),
      finds: [
        rule({ order: 0, line: 1, tags: { passwd: true }, as: 'anyone' }),
        {
          ...rule({ order: 1, line: 2, tags: { passwd: false }, as: 'anyone' }),
          grantees: [
            { type: 'user', name: 'ann' },
            { type: 'user', name: 'bob' },
          ],
        },
      ],
    },
    {
      title: 'A condition that is no list of names and groups is said, and nothing concluded from it',
      gathered: pam({
        su: 'auth sufficient pam_succeed_if.so use_uid uid >= 5000\n@include common-auth\n@include common-account\n',
      }),
      finds: [],
      reasons: [
        { code: 'unsupported', path: '/etc/pam.d/su', line: 1, detail: 'whom su lets become root depends on it' },
      ],
    },
    {
      title: 'Without PAM it is the group of number 0, where login.defs says so',
      gathered: { files: [exampleFile(LOGIN_DEFS, '# x\nSU_WHEEL_ONLY yes\n')] },
      finds: [
        {
          ...rule({
            order: 0,
            line: 2,
            tags: { passwd: true, nullok: true },
            as: 'root',
            who: { type: 'gid', name: '0' },
          }),
          place: { path: LOGIN_DEFS, line: 2 },
        },
      ],
    },
  ],
})

/** What the files so far lead to. */
const wantedBy = (files: readonly HostFile[]): string[] => {
  const read = reader(files)
  const missing = new Set<string>()
  const follow = (name: string) => {
    const found = read.file(name)
    if (found === undefined && safe(name)) missing.add(name)
    return found
  }
  const lists: string[] = []
  for (const service of SERVICES)
    for (const facility of ['auth', 'account'] as const)
      for (const { rule } of stackOf(service, facility, follow).lines) {
        const path = rule?.module === 'pam_listfile' ? rule.args.find((one) => one.startsWith('file=/')) : undefined
        if (path !== undefined) lists.push(path.slice('file='.length))
      }
  for (const service of SERVICES) missing.delete(service)
  return [...missing]
    .flatMap((name) => (name.startsWith('/') ? [name] : FOLDERS.map((folder) => `${folder}/${name}`)))
    .concat(lists)
}

const safe = (name: string) => name.length <= MAX_NAME && !/[\0\n]/.test(name) && !name.includes('..')

const ask = (host: Gathering, paths: readonly string[]) =>
  host.readWith({ maxBytes: MAX_LIST_BYTES }, ...paths.map((path) => literally(path)))

interface Reader {
  readonly file: (name: string) => PamFile | undefined
  readonly any: () => boolean
}

/** The files by the name of their service, each parsed once; without a folder of services /etc/pam.conf. */
const reader = (files: readonly HostFile[]): Reader => {
  const byPath = new Map(files.flatMap((file) => (file.state === 'read' ? [[file.path, file] as const] : [])))
  const conf = byPath.get(PAM_CONF)
  const folders = [...byPath.keys()].some((path) => FOLDERS.some((folder) => path.startsWith(`${folder}/`)))
  const parsed = new Map<string, PamFile | undefined>()
  return {
    file(name) {
      if (parsed.has(name)) return parsed.get(name)
      const path = name.startsWith('/')
        ? name
        : FOLDERS.map((folder) => `${folder}/${name}`).find((one) => byPath.has(one))
      const file = path === undefined ? undefined : byPath.get(path)
      const found =
        file !== undefined
          ? parsePam(textOf(file), file.path)
          : conf === undefined || folders
            ? undefined
            : parsePam(textOf(conf), PAM_CONF, name)
      const known = found === undefined || (found.rules.length === 0 && found.path === PAM_CONF) ? undefined : found
      parsed.set(name, known)
      return known
    },
    any: () =>
      folders ||
      ['su', 'other'].some((name) => conf !== undefined && parsePam(textOf(conf), PAM_CONF, name).rules.length > 0),
  }
}

/** A service without modules of a kind is that of `other`; su -l without one of its own is su. */
const stack = (service: string, facility: 'auth' | 'account', { file }: Reader): Stack => {
  const name = service === 'su-l' && file(service) === undefined ? 'su' : service
  const own = stackOf(name, facility, file)
  return own.lines.length > 0 || own.reasons.length > 0 ? own : stackOf('other', facility, file)
}

const worldOf = (files: readonly HostFile[], system: string | undefined): SuWorld => {
  const groups = groupsOf(files.find(({ path }) => path === GROUP)).entries
  const names = new Set(groups.map(({ name }) => name))
  const lists = new Map(
    files.flatMap((file) => (file.state === 'read' && !file.truncated ? [[file.path, file] as const] : [])),
  )
  return {
    wheel:
      system === 'freebsd' || groups.length === 0 || names.has('wheel')
        ? { type: 'group', name: 'wheel' }
        : { type: 'gid', name: '0' },
    hasGroup: (name) => groups.length === 0 || names.has(name),
    list: (path) => {
      const file = lists.get(path)
      return file === undefined
        ? undefined
        : textOf(file)
            .split('\n')
            .filter((line) => line !== '' && line.length <= MAX_NAME)
    },
    openPam: system === 'freebsd' || system === 'dragonfly' || system === 'netbsd' || system === 'macos',
  }
}

type Told = ReturnType<typeof suRules>

const grantsOf = (asRoot: Told, asOther: Told, service: string, from: number) => {
  const findings: FindingOf<'grant'>[] = []
  const reasons: Reason[] = []
  const outline = (rules: readonly SuRule[]) =>
    rules.map(({ grantees, answer, emptyDoes }) => [grantees, answer, emptyDoes])
  const add = (told: Told, users: readonly Grantee[]) => {
    if ('blame' in told) {
      for (const place of told.blame.slice(0, 8))
        reasons.push({ code: 'unsupported', ...place, detail: 'whom su lets become root depends on it' })
      return
    }
    for (const one of told.rules) {
      // Whom nothing names nothing is granted: only those who are taken out again have to be told.
      if (one.answer === 'never' && one.grantees === undefined) continue
      findings.push(grantOf(one, users, service, from + findings.length))
    }
  }
  const same =
    'rules' in asRoot &&
    'rules' in asOther &&
    JSON.stringify(outline(asRoot.rules)) === JSON.stringify(outline(asOther.rules))
  if (same) add(asRoot, [EVERYBODY])
  else {
    add(asRoot, [ROOT])
    // Where the answer for others is not known, that for root is what matters.
    if ('rules' in asOther) add(asOther, [EVERYBODY, { ...ROOT, negated: true }])
  }
  return { findings, reasons }
}

const EVERYBODY: Grantee = { type: 'all', name: '' }
const ROOT: Grantee = { type: 'user', name: 'root' }

const TAGS: Readonly<Record<SuAnswer, Record<string, boolean>>> = {
  nothing: { passwd: false },
  password: { passwd: true },
  never: {},
  unknown: {},
}

const grantOf = (
  { grantees = [EVERYBODY], answer, emptyDoes, place }: SuRule,
  users: readonly Grantee[],
  service: string,
  order: number,
): FindingOf<'grant'> => ({
  kind: 'grant',
  mechanism: 'su',
  order,
  grantees: [...grantees],
  here: answer === 'unknown' ? 'unknown' : 'yes',
  runAs: { users: [...users] },
  commands: [{ command: 'ALL', ...(answer === 'never' ? { negated: true as const } : {}) }],
  tags: { ...TAGS[answer], ...(answer === 'password' && emptyDoes ? { nullok: true } : {}) },
  options: service === 'su' ? {} : { service },
  place,
})

/** A su that asks no PAM asks for the password, and login.defs whether everybody may (login.defs(5)). */
const withoutPam = (files: readonly HostFile[]): FindingOf<'grant'>[] => {
  const defs = files.find(({ path }) => path === LOGIN_DEFS)
  if (defs?.state !== 'read') return []
  const lines = textOf(defs).split('\n')
  const line = lines.findLastIndex((text) => /^\s*SU_WHEEL_ONLY\s/.test(text))
  const only = line !== -1 && /^\s*SU_WHEEL_ONLY\s+"?yes\b/i.test(lines[line]!)
  const place: Place = { path: LOGIN_DEFS, ...(line === -1 ? {} : { line: line + 1 }) }
  const rule = { answer: 'password', emptyDoes: true, place } as const
  return [
    only
      ? grantOf({ ...rule, grantees: [{ type: 'gid', name: '0' }] }, [ROOT], 'su', 0)
      : grantOf(rule, [EVERYBODY], 'su', 0),
  ]
}

/** A list that is not there denies or allows as `onerr` says; which cannot be told of one that may not be read. */
const unreadLists = (files: readonly HostFile[]): Reason[] =>
  files.flatMap((file): Reason[] =>
    file.state === 'read' && file.truncated && !file.path.includes('pam')
      ? [{ code: 'too-large', path: file.path, detail: 'a list of names for su' }]
      : [],
  )

const distinct = (reasons: readonly Reason[]) => [
  ...new Map(reasons.map((reason) => [JSON.stringify(reason), reason])).values(),
]

/** What the examples gather: services by name, with Debian's common ones, a group wheel, and further files. */
function pam(services: Readonly<Record<string, string>>, more: readonly HostFile[] = []): Gathered {
  const common = {
    'common-auth':
      'auth [success=1 default=ignore] pam_unix.so nullok\nauth requisite pam_deny.so\nauth required pam_permit.so\n',
    'common-account':
      'account [success=1 new_authtok_reqd=done default=ignore] pam_unix.so\naccount requisite pam_deny.so\naccount required pam_permit.so\n',
  }
  return {
    files: [
      ...Object.entries({ ...common, ...services }).map(([name, text]) => exampleFile(`/etc/pam.d/${name}`, text)),
      exampleFile(GROUP, 'root:x:0:\nwheel:x:10:ann\n'),
      ...more,
    ],
  }
}

/** What the examples find. */
function rule({
  order,
  line,
  tags,
  as,
  who = { type: 'all', name: '' },
}: {
  order: number
  line: number
  tags: Record<string, boolean>
  as: 'root' | 'others' | 'anyone'
  who?: Grantee
}): FindingOf<'grant'> {
  const all: Grantee = { type: 'all', name: '' }
  const root: Grantee = { type: 'user', name: 'root' }
  return {
    kind: 'grant',
    mechanism: 'su',
    order,
    grantees: [who],
    here: 'yes',
    runAs: { users: as === 'anyone' ? [all] : as === 'root' ? [root] : [all, { ...root, negated: true }] },
    commands: [{ command: 'ALL' }],
    tags,
    options: {},
    place: { path: '/etc/pam.d/su', line },
  }
}
