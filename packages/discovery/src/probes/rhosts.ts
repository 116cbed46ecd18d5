import type { FindingOf, Reason } from '@rollcall/contract'
import { clipped, MAX_NAME, MAX_PATH } from '../formats/accounts/account-file.ts'
import { HOMES_ELSEWHERE, inUsualHomes, homeReader, readInHomes, type HomeFile } from '../formats/home-files.ts'
import { localPeople } from '../formats/accounts/local-people.ts'
import { parseTrustedHosts } from '../formats/rhosts.ts'
import type { HostFile } from '../host.ts'
import { exampleFile, hostProbe, textOf } from '../probe.ts'
import { folderOf, lastPart } from '../posix-path.ts'

interface Gathered {
  readonly shared: readonly HostFile[]
  readonly own: readonly HomeFile[]
}

type Setting = FindingOf<'setting'>

export default hostProbe<Gathered>({
  id: 'rhosts',
  title: 'Hosts whose users come in without a password, where a server still asks these files',
  needs: [
    {
      reads: '/etc/hosts.equiv, /etc/shosts.equiv and /etc/ssh/shosts.equiv',
      right: 'any-account',
      hides: 'hosts that all accounts but root trust',
    },
    {
      reads: '~/.rhosts and ~/.shosts of all accounts',
      right: 'root',
      hides: 'hosts that other accounts trust',
      grants: { read: inUsualHomes('.rhosts', '.shosts') },
      unlisted: HOMES_ELSEWHERE,
    },
    { reads: '/etc/passwd', right: 'any-account', hides: 'whose files to look for' },
  ],

  async gather(host) {
    const reader = homeReader(host, NAMES)
    const [[passwd], shared] = await Promise.all([
      host.read('/etc/passwd'),
      host.read('/etc/hosts.equiv', '/etc/shosts.equiv', '/etc/ssh/shosts.equiv'),
    ])
    return { shared, own: await readInHomes(host, localPeople(passwd, undefined), reader, NAMES) }
  },

  parse({ shared, own }) {
    const notes: Reason[] = []
    const findings = [
      ...shared.flatMap((file) => settingOf(file, undefined, notes)),
      ...own.flatMap(({ file, accounts }) => accounts.flatMap((account) => settingOf(file, account, notes))),
    ]
    return { findings, notes }
  },

  examples: examples(),
})

const NAMES = ['.rhosts', '.shosts']
const MOST_VALUES = 1024
const LONGEST_VALUE = 512

/** One setting for each file, called as the file is: its lines, and the first of them that trusts everybody as its place. */
const settingOf = (file: HostFile, account: string | undefined, notes: Reason[]): Setting[] => {
  const lines = parseTrustedHosts(textOf(file))
  const [first] = lines
  if (first === undefined) return []
  const path = clipped(file.path, MAX_PATH)
  if (lines.length > MOST_VALUES)
    notes.push({ code: 'too-many', path, detail: 'trusted hosts', count: lines.length - MOST_VALUES })
  // Those that trust most are told first: they must not be lost behind a limit.
  const rank = ({ anyHost, anyUser, denies }: (typeof lines)[number]) => (denies ? 3 : anyHost ? 0 : anyUser ? 1 : 2)
  const told = lines.toSorted((one, other) => rank(one) - rank(other)).slice(0, MOST_VALUES)
  return [
    {
      kind: 'setting',
      subject: 'rhosts',
      name: lastPart(path).replace(/^\./, ''),
      values: told.map(({ text }) => clipped(text, LONGEST_VALUE)),
      ...(account === undefined ? {} : { account: clipped(account, MAX_NAME) }),
      ...(path === '/etc/ssh/shosts.equiv' ? { condition: path } : {}),
      place: { path, line: told[0]?.line ?? first.line },
    },
  ]
}

function examples() {
  const own = (path: string, text: string, account = 'alice'): HomeFile => ({
    accounts: [account],
    home: folderOf(path),
    file: exampleFile(path, text),
  })
  const absent = (path: string): HostFile => ({ path, state: 'unread', why: 'no-such-file' })
  const setting = (name: string, values: string[], path: string, line: number, account?: string): Setting => ({
    kind: 'setting',
    subject: 'rhosts',
    name,
    values,
    ...(account === undefined ? {} : { account }),
    place: { path, line },
  })
  return [
    {
      title: 'an account trusts single users of single hosts',
      gathered: { shared: [], own: [own('/home/alice/.rhosts', '# old cluster\nnode1 alice\nnode2\tbob\n')] },
      finds: [setting('rhosts', ['node1 alice', 'node2 bob'], '/home/alice/.rhosts', 2, 'alice')],
    },
    {
      title: 'trust in every host and user is told first, with its line',
      gathered: { shared: [], own: [own('/root/.rhosts', 'node1\n-bad\n+ +\n', 'root')] },
      finds: [setting('rhosts', ['+ +', 'node1', '-bad'], '/root/.rhosts', 3, 'root')],
    },
    {
      title: 'a file of the host holds for all accounts and has none',
      gathered: { shared: [exampleFile('/etc/hosts.equiv', '+\n+@cluster\n'), absent('/etc/shosts.equiv')], own: [] },
      finds: [setting('hosts.equiv', ['+', '+@cluster'], '/etc/hosts.equiv', 1)],
    },
    {
      title: 'files that only SSH asks are told by their own name',
      gathered: { shared: [], own: [own('/home/alice/.shosts', 'node1\n')] },
      finds: [setting('shosts', ['node1'], '/home/alice/.shosts', 1, 'alice')],
    },
    {
      title: 'an empty file trusts nobody',
      gathered: { shared: [exampleFile('/etc/hosts.equiv', '\n# nobody\n')], own: [own('/home/alice/.rhosts', '')] },
      finds: [],
    },
  ]
}
