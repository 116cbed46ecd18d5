import type { FindingOf, Reason } from '@rollcall/contract'
import { clipped, MAX_NAME } from '../formats/accounts/account-file.ts'
import { HOMES_ELSEWHERE, inUsualHomes, homeReader, readInHomes, type HomeFile } from '../formats/home-files.ts'
import { localPeople } from '../formats/accounts/local-people.ts'
import { readClientConfig, type ClientConfig, type ClientConfigSources } from '../formats/ssh-client-config.ts'
import { exactText } from '../formats/sshd-config/files.ts'
import { matchesPattern } from '../formats/sshd-config/match.ts'
import type { HostFile } from '../host.ts'
import { exampleFile, hostProbe } from '../probe.ts'

interface Gathered {
  /** For all accounts of the host, with the folder that it usually includes. */
  readonly system: readonly HostFile[]
  readonly own: readonly HomeFile[]
  /** What else is included, by the pattern that was asked for. */
  readonly included: readonly { readonly pattern: string; readonly files: readonly HostFile[] }[]
}

type Setting = FindingOf<'setting'>

export default hostProbe<Gathered>({
  id: 'ssh-clients',
  title: 'With which keys, as whom and by which way accounts go to other hosts over SSH',
  needs: [
    {
      reads: '/etc/ssh/ssh_config and the files it includes',
      right: 'any-account',
      hides: 'what holds for the clients of all accounts',
    },
    {
      reads: '~/.ssh/config of all accounts and the files they include',
      right: 'root',
      hides: 'how other accounts go to other hosts',
      grants: { read: inUsualHomes('.ssh/config') },
      unlisted: `${HOMES_ELSEWHERE}, and so have the files that are included`,
    },
    { reads: '/etc/passwd', right: 'any-account', hides: 'whose configurations to look for' },
  ],

  async gather(host) {
    const reader = homeReader(host, NAMES)
    const [[passwd], system] = await Promise.all([
      host.read('/etc/passwd'),
      host.read(...MAIN_FILES, ...MAIN_FILES.map((path) => `${path}.d/*`)),
    ])
    const own = await readInHomes(host, localPeople(passwd, undefined), reader, NAMES)
    const included: { pattern: string; files: readonly HostFile[] }[] = []
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const known = new Set(included.map(({ pattern }) => pattern))
      const configs = configsOf({ system, own, included })
      const wanted = [...new Set(configs.flatMap(({ config }) => config.wanted))].filter((one) => !known.has(one))
      const asked = wanted.slice(0, MOST_PATTERNS - included.length)
      if (asked.length < wanted.length)
        host.missed({ code: 'too-many', detail: 'included files', count: wanted.length - asked.length })
      if (asked.length === 0) break
      const found = await Promise.all(asked.map((pattern) => host.read(pattern)))
      included.push(...asked.map((pattern, index) => ({ pattern, files: found[index]! })))
    }
    return { system, own, included }
  },

  parse(gathered) {
    const findings = new Map<string, Setting>()
    const reasons: Reason[] = []
    const notes: Reason[] = []
    for (const { accounts, config } of configsOf(gathered)) {
      // ssh ends at a line that it does not take, so that the rest of the file is of no use to anybody.
      notes.push(...config.problems.filter(({ code }) => code === 'unparsable'))
      reasons.push(...config.problems.filter(({ code }) => code !== 'unparsable'))
      for (const { conditions, settings } of config.blocks) {
        const condition = clipped(conditions.join('; '), LONGEST_CONDITION)
        for (const { name, values, place } of settings)
          for (const account of accounts) {
            const key = JSON.stringify([account, condition, name])
            const before = findings.get(key)
            // Under the same condition the first line counts, but of these all do.
            if (before !== undefined && !ALL_COUNT.has(name)) continue
            const all = [
              ...new Set([...(before?.values ?? []), ...values.map((value) => clipped(value, LONGEST_VALUE))]),
            ]
            findings.set(key, {
              kind: 'setting',
              subject: 'ssh-client',
              name,
              values: all.slice(0, MOST_VALUES),
              ...(account === undefined ? {} : { account: clipped(account, MAX_NAME) }),
              ...(condition === '' ? {} : { condition }),
              place: before?.place ?? place,
            })
          }
      }
    }
    return { findings: [...findings.values()], reasons, notes: notes.slice(0, MOST_NOTES) }
  },

  examples: examples(),
})

const NAMES = ['.ssh/config']
/** Distributions that keep theirs under /usr read it when there is none in /etc. */
const MAIN_FILES = ['/etc/ssh/ssh_config', '/usr/etc/ssh/ssh_config']
const ALL_COUNT = new Set(['identityfile', 'certificatefile'])
const MOST_ROUNDS = 17
const MOST_PATTERNS = 500
const MOST_VALUES = 1024
const MOST_NOTES = 200
const LONGEST_VALUE = 4096
const LONGEST_CONDITION = 1024

interface WhoseConfig {
  /** One `undefined`: all accounts. */
  readonly accounts: readonly (string | undefined)[]
  readonly config: ClientConfig
}

const configsOf = ({ system, own, included }: Gathered): WhoseConfig[] => {
  const sources = (folder: string, home: string): ClientConfigSources => ({
    folder,
    home,
    include: (pattern) => {
      const files = filesOf(pattern, system) ?? included.find((each) => each.pattern === pattern)?.files
      return files
        ?.filter(({ state }) => state === 'read')
        .toSorted((one, other) => (one.path < other.path ? -1 : 1))
        .map(asText)
    },
  })
  const main = MAIN_FILES.map((path) => system.find((file) => file.path === path)).find(
    (file) => file?.state === 'read',
  )
  return [
    ...own.flatMap(({ accounts, home, file }): WhoseConfig[] =>
      file.state === 'read'
        ? [{ accounts, config: readClientConfig(asText(file), sources(`${home}/.ssh`, home)) }]
        : [],
    ),
    ...(main === undefined
      ? []
      : [{ accounts: [undefined], config: readClientConfig(asText(main), sources('/etc/ssh', '/root')) }]),
  ]
}

/** The files of the folder that is read at once; undefined for patterns that speak of others. */
const filesOf = (pattern: string, system: readonly HostFile[]): readonly HostFile[] | undefined => {
  const folder = MAIN_FILES.map((path) => `${path}.d/`).find((each) => pattern.startsWith(each))
  const name = folder === undefined ? '' : pattern.slice(folder.length)
  if (folder === undefined || name === '' || /^\.|[/\\[\]]/.test(name)) return undefined
  return system.filter(({ path }) => path.startsWith(folder) && matchesPattern(path.slice(folder.length), name))
}

const asText = (file: HostFile) => ({ path: file.path.slice(0, 4096), text: exactText(file) })

function examples() {
  const path = '/home/alice/.ssh/config'
  const gathered = (text: string, more: Partial<Gathered> = {}): Gathered => ({
    system: [],
    own: [{ accounts: ['alice'], home: '/home/alice', file: exampleFile(path, text) }],
    included: [],
    ...more,
  })
  const setting = (name: string, values: string[], line: number, more: Partial<Setting> = {}): Setting => ({
    kind: 'setting',
    subject: 'ssh-client',
    name,
    values,
    account: 'alice',
    place: { path, line },
    ...more,
  })
  const condition = 'Host web *.example.org'
  return [
    {
      title: 'what an account uses for which hosts comes with the Host line as condition',
      gathered: gathered(
        'ForwardAgent yes\nHost web *.example.org\n  HostName 192.0.2.1\n  User deploy\n  IdentityFile ~/.ssh/deploy\n  IdentityFile "~/.ssh/second key"\n  ProxyJump gate\n',
      ),
      finds: [
        setting('forwardagent', ['yes'], 1),
        setting('hostname', ['192.0.2.1'], 3, { condition }),
        setting('user', ['deploy'], 4, { condition }),
        setting('identityfile', ['~/.ssh/deploy', '~/.ssh/second key'], 5, { condition }),
        setting('proxyjump', ['gate'], 7, { condition }),
      ],
    },
    {
      title: 'the first value counts; what holds for the whole host has no account',
      gathered: {
        own: [],
        included: [],
        system: [
          exampleFile('/etc/ssh/ssh_config', 'Include ssh_config.d/*.conf\nHost *\nStrictHostKeyChecking no\n'),
          exampleFile('/etc/ssh/ssh_config.d/a.conf', 'Host *\nStrictHostKeyChecking accept-new\n'),
        ],
      },
      finds: [
        {
          kind: 'setting' as const,
          subject: 'ssh-client' as const,
          name: 'stricthostkeychecking',
          values: ['accept-new'],
          condition: 'Host *',
          place: { path: '/etc/ssh/ssh_config.d/a.conf', line: 2 },
        },
      ],
    },
    {
      title: 'of commands only the program is told, for their arguments may be secrets',
      gathered: gathered(
        'Match host db exec "TOKEN=x /usr/bin/check --key hunter2"\nProxyCommand /usr/bin/connect --password hunter2 %h\n',
      ),
      finds: [setting('proxycommand', ['/usr/bin/connect'], 2, { condition: 'Match host db exec /usr/bin/check' })],
    },
    {
      title: 'included files stand where they are named, under the conditions of their place',
      gathered: gathered('Host lab\nInclude lab.conf\n', {
        included: [
          {
            pattern: '/home/alice/.ssh/lab.conf',
            files: [exampleFile('/home/alice/.ssh/lab.conf', 'User root\nHost *.lab\nPort 2222\n')],
          },
        ],
      }),
      finds: [
        setting('user', ['root'], 1, { condition: 'Host lab', place: { path: '/home/alice/.ssh/lab.conf', line: 1 } }),
        setting('port', ['2222'], 3, {
          condition: 'Host lab; Host *.lab',
          place: { path: '/home/alice/.ssh/lab.conf', line: 3 },
        }),
      ],
    },
    {
      title: 'a line that ssh refuses is noted by its number',
      gathered: gathered('Host\nUser "open\nUser bob\n'),
      finds: [setting('user', ['bob'], 3)],
      notes: [1, 2].map((line) => ({ code: 'unparsable' as const, path, line, detail: 'a line that ssh refuses' })),
    },
  ]
}
