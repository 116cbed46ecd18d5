import type { FindingOf, Reason } from '@rollcall/contract'
import { clipped } from '../formats/accounts/account-file.ts'
import { sshdAccountsOf, type SshdAccount } from '../formats/sshd-config/accounts.ts'
import {
  affordableAccounts,
  type EffectiveSetting,
  type EffectiveSettings,
  type SshdEvaluation,
} from '../formats/sshd-config/effective.ts'
import { gatherSshd, SSHD_DEFAULTS, SSHD_FILES, sshdSetup, type SshdGathered } from '../formats/sshd-config/files.ts'
import { conditionHolds, dependsOnConnection } from '../formats/sshd-config/match.ts'
import type { SshdBlock } from '../formats/sshd-config/config.ts'
import type { HostFile } from '../host.ts'
import { exampleFile, exampleOutput, hostProbe } from '../probe.ts'

interface Gathered {
  readonly sshd: SshdGathered
  readonly passwd: HostFile | undefined
  readonly group: HostFile | undefined
}

type Setting = FindingOf<'setting'>

export default hostProbe<Gathered>({
  id: 'sshd-settings',
  title: 'Effective settings of the SSH server, for everyone, for single accounts and under conditions',
  needs: [
    {
      reads: '/etc/ssh/sshd_config and the files it includes',
      right: 'root',
      hides: 'how the SSH server is set up',
      grants: { read: SSHD_FILES },
    },
    {
      reads: '`sshd -T -f /dev/null`, which prints the defaults of the installed version',
      right: 'root',
      hides: 'defaults that differ from those of OpenSSH 9.2',
      grants: { run: [SSHD_DEFAULTS] },
    },
    { reads: '/etc/passwd and /etc/group', right: 'any-account', hides: 'which accounts a Match block speaks of' },
  ],

  async gather(host) {
    const [sshd, [passwd], [group]] = await Promise.all([
      gatherSshd(host),
      host.read('/etc/passwd'),
      host.read('/etc/group'),
    ])
    return { sshd, passwd, group }
  },

  parse({ sshd, passwd, group }) {
    const accounts = sshdAccountsOf(passwd, group)
    const setup = sshdSetup(sshd, accounts)
    if (setup.state === 'absent')
      return {
        findings: [],
        notes: [{ code: 'no-such-file', path: '/etc/ssh/sshd_config', detail: 'no OpenSSH server is set up' }],
      }
    // A file that could not be read may set anything: then nothing is said of any keyword.
    if (setup.state === 'unread') return { findings: [] }
    const { config, evaluation, defaults } = setup
    const looked = affordableAccounts(config, accounts)
    const cut: Reason[] = []
    const findings = [
      ...findingsOf(evaluation.general, {}, cut),
      ...config.blocks
        .filter((block) => isConditional(block, looked))
        .flatMap((block) => findingsOf(evaluation.of(block), { condition: conditionOf(block) }, cut)),
      ...accountFindings(evaluation, looked, cut),
    ]
    const unlooked: Reason[] =
      looked.length < accounts.length
        ? [
            {
              code: 'too-many',
              path: '/etc/passwd',
              count: accounts.length - looked.length,
              detail: 'accounts to evaluate',
            },
          ]
        : []
    const known = defaults.fromHost
      ? findings
      : findings.filter(({ name, place }) => place !== undefined || !DIFFERS_BY_RELEASE.test(name))
    return { findings: known, reasons: [...setup.reasons, ...unlooked, ...cut], notes: setup.notes }
  },

  examples: examples(),
})

/** One more than travels, so that the outcome says so. */
const MOST_FINDINGS = 100_001
const MOST_VALUES = 1024
const LONGEST_VALUE = 4096
const LONGEST_CONDITION = 1024

/** Whether a block holds for some logins that no account of the host tells: by their connection, or by names of a directory. */
const isConditional = ({ conditions }: SshdBlock, accounts: readonly SshdAccount[]) => {
  if (conditions.every(({ criteria }) => criteria.length === 0)) return false
  if (conditions.some(dependsOnConnection)) return true
  return !accounts.some(({ name, groups }) =>
    conditions.every((condition) => conditionHolds(condition, { user: name, groups })),
  )
}

const conditionOf = ({ conditions }: SshdBlock) =>
  clipped(
    conditions
      .filter(({ criteria }) => criteria.length > 0)
      .map(({ written }) => written)
      .join('; '),
    LONGEST_CONDITION,
  )

/** What differs for single accounts from what holds for everyone. */
const accountFindings = (evaluation: SshdEvaluation, accounts: readonly SshdAccount[], cut: Reason[]) => {
  const differing = new Map<EffectiveSettings, EffectiveSettings>()
  const findings: Setting[] = []
  for (const { name, groups } of accounts) {
    const settings = evaluation.for({ user: name, groups })
    const known =
      differing.get(settings) ??
      new Map([...settings].filter(([keyword, setting]) => !isSame(setting, evaluation.general.get(keyword))))
    differing.set(settings, known)
    findings.push(...findingsOf(known, { account: name }, cut))
    if (findings.length >= MOST_FINDINGS) break
  }
  return findings
}

const isSame = (one: EffectiveSetting, other: EffectiveSetting | undefined) =>
  other !== undefined &&
  one.values.length === other.values.length &&
  one.values.every((value, index) => value === other.values[index])

/** What hardly two releases or distributions agree on by default: where the host itself does not say, nothing is said. */
const DIFFERS_BY_RELEASE = /algorithms$|^(?:ciphers|macs|ipqos|versionaddendum|xauthlocation)$/

const findingsOf = (settings: EffectiveSettings, whose: Pick<Setting, 'account' | 'condition'>, cut: Reason[]) =>
  [...settings.values()].flatMap(({ name, values, place }): Setting[] => {
    // What is never set and has no default is not printed either.
    if (values.length === 0) return []
    if (values.length > MOST_VALUES || values.some((value) => value.length > LONGEST_VALUE))
      cut.push({ code: 'too-large', ...place, detail: 'a value was cut' })
    const kept = values.slice(0, MOST_VALUES).map((value) => clipped(value, LONGEST_VALUE))
    return [
      { kind: 'setting', subject: 'sshd', name, values: kept, ...whose, ...(place === undefined ? {} : { place }) },
    ]
  })

function examples() {
  const passwd = exampleFile(
    '/etc/passwd',
    'root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\ngit:x:998:998::/srv/git:/usr/bin/git-shell\n',
  )
  const group = exampleFile('/etc/group', 'root:x:0:\nalice:x:1000:\ngit:x:998:\nwheel:x:10:alice\n')
  const defaults = exampleOutput(
    'port 22\npermitrootlogin without-password\npasswordauthentication yes\nx11forwarding no\nforcecommand none\nciphers aes128-ctr,aes256-ctr\n',
  )
  const main = '/etc/ssh/sshd_config'
  const at = (line: number, path = main) => ({ place: { path, line } })
  const setting = (name: string, ...values: string[]): Setting => ({ kind: 'setting', subject: 'sshd', name, values })
  const usual = {
    port: setting('port', '22'),
    permitrootlogin: setting('permitrootlogin', 'without-password'),
    passwordauthentication: setting('passwordauthentication', 'yes'),
    x11forwarding: setting('x11forwarding', 'no'),
    forcecommand: setting('forcecommand', 'none'),
    ciphers: setting('ciphers', 'aes128-ctr,aes256-ctr'),
  }
  const general = (changed: Partial<typeof usual> = {}) => Object.values({ ...usual, ...changed })
  const gathered = (text: string, more: Partial<SshdGathered> = {}): Gathered => ({
    sshd: { files: [exampleFile(main, text)], included: [], defaults, ...more },
    passwd,
    group,
  })
  return [
    {
      title: 'what is not set has the default the installed sshd prints',
      gathered: gathered('# nothing\n'),
      finds: general(),
    },
    {
      title: 'the first value counts, and comes with its line',
      gathered: gathered('PermitRootLogin no\nPermitRootLogin yes\nCiphers -aes128*\n'),
      finds: general({
        permitrootlogin: { ...setting('permitrootlogin', 'no'), ...at(1) },
        ciphers: { ...setting('ciphers', 'aes256-ctr'), ...at(3) },
      }),
    },
    {
      title: 'a Match block makes it another for some accounts, by name and by group',
      gathered: gathered(
        'PasswordAuthentication no\nMatch User git\n  ForceCommand git-shell\nMatch Group wheel\n  PermitRootLogin yes\n  PasswordAuthentication yes\n',
      ),
      finds: [
        ...general({ passwordauthentication: { ...setting('passwordauthentication', 'no'), ...at(1) } }),
        { ...setting('permitrootlogin', 'yes'), account: 'alice', ...at(5) },
        { ...setting('passwordauthentication', 'yes'), account: 'alice', ...at(6) },
        { ...setting('forcecommand', 'git-shell'), account: 'git', ...at(3) },
      ],
    },
    {
      title: 'what depends on the connection, or on accounts the host has not, comes with its condition as written',
      gathered: gathered(
        'Match Address 10.0.0.0/8,!10.9.0.0/16 User root\n  PermitRootLogin yes\nMatch Group domain-admins\n  X11Forwarding yes\n',
      ),
      finds: [
        ...general(),
        { ...setting('permitrootlogin', 'yes'), condition: 'Address 10.0.0.0/8,!10.9.0.0/16 User root', ...at(2) },
        { ...setting('x11forwarding', 'yes'), condition: 'Group domain-admins', ...at(4) },
      ],
    },
    {
      title: 'included files stand where they are named',
      gathered: gathered('Include sshd_config.d/*.conf\nInclude /opt/site/sshd.conf\nPort 22\n', {
        files: [
          exampleFile(main, 'Include sshd_config.d/*.conf\nInclude /opt/site/sshd.conf\nPort 22\n'),
          exampleFile('/etc/ssh/sshd_config.d/b.conf', 'Port 2022\n'),
          exampleFile('/etc/ssh/sshd_config.d/a.conf', 'Port 22022\n'),
          exampleFile('/etc/ssh/sshd_config.d/a.conf.bak', 'Port 1\n'),
        ],
        included: [
          { pattern: '/opt/site/sshd.conf', files: [exampleFile('/opt/site/sshd.conf', 'X11Forwarding yes\n')] },
        ],
      }),
      finds: general({
        port: { ...setting('port', '22022', '2022', '22'), ...at(1, '/etc/ssh/sshd_config.d/a.conf') },
        x11forwarding: { ...setting('x11forwarding', 'yes'), ...at(1, '/opt/site/sshd.conf') },
      }),
    },
    {
      title: 'a line that sshd refuses makes the outcome partial; keywords without effect are only noted',
      gathered: gathered('Protocol 1\nPermitRootLogin perhaps\n'),
      finds: general(),
      reasons: [{ code: 'unparsable' as const, path: main, line: 2 }],
      notes: [{ code: 'unsupported' as const, path: main, line: 1, detail: 'a keyword without effect' }],
    },
    {
      title: 'a host with Dropbear has no OpenSSH server, and that is all there is to say',
      gathered: {
        sshd: {
          files: [{ path: main, state: 'unread' as const, why: 'no-such-file' as const }],
          included: [],
          defaults: { state: 'unread' as const, why: 'tool-missing' as const },
        },
        passwd,
        group,
      },
      finds: [],
      notes: [{ code: 'no-such-file' as const, path: main, detail: 'no OpenSSH server is set up' }],
    },
    {
      title: 'an included file that cannot be read may set anything, so nothing is said',
      gathered: gathered('Include /opt/site/sshd.conf\nPermitRootLogin no\n', {
        included: [
          {
            pattern: '/opt/site/sshd.conf',
            files: [{ path: '/opt/site/sshd.conf', state: 'unread', why: 'not-permitted' }],
          },
        ],
      }),
      finds: [],
    },
  ]
}
