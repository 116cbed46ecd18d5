import type { FindingOf, Place, Reason } from '@rollcall/contract'
import { clipped } from '../formats/account-file.ts'
import { keyPlan } from '../formats/authorized-keys-paths.ts'
import { parseAuthorizedKeys, type AuthorizedKey, type AuthorizedKeys } from '../formats/authorized-keys.ts'
import { fingerprintOfBlob } from '../formats/ssh-public-key.ts'
import { sshdAccountsOf } from '../formats/sshd-config-accounts.ts'
import { exactText, gatherSshd, sshdSetup, type SshdGathered } from '../formats/sshd-config-files.ts'
import type { FileStat, HostFile } from '../host.ts'
import { exampleFile, exampleOutput, hostProbe, textOf, type Sha256 } from '../probe.ts'

interface Gathered {
  readonly sshd: SshdGathered
  readonly passwd: HostFile | undefined
  readonly group: HostFile | undefined
  readonly nsswitch: HostFile | undefined
  /** Whether SSSD is set up here; its own files hold secrets and are not kept. */
  readonly sssd: boolean
  readonly keys: readonly { readonly pattern: string; readonly files: readonly HostFile[] }[]
}

type Key = FindingOf<'key'>

export default hostProbe<Gathered>({
  id: 'authorized-keys',
  title: 'SSH keys that open accounts, and authorities whose certificates do',
  needs: [
    {
      reads: 'the authorized_keys files of all accounts',
      right: 'root',
      hides: 'keys that open other accounts than that of the scan',
    },
    {
      reads: '/etc/ssh/sshd_config and the files it includes',
      right: 'root',
      hides: 'keys in other places than the usual ones',
    },
    { reads: '/etc/passwd, /etc/group and /etc/nsswitch.conf', right: 'any-account', hides: 'whose keys to look for' },
  ],

  async gather(host) {
    const [sshd, [passwd], [group], [nsswitch], sssd] = await Promise.all([
      gatherSshd(host),
      host.read('/etc/passwd'),
      host.read('/etc/group'),
      host.read('/etc/nsswitch.conf'),
      host.read('/etc/sssd/sssd.conf', '/etc/sssd/conf.d/*'),
    ])
    const accounts = sshdAccountsOf(passwd, group)
    const plan = keyPlan(sshdSetup(sshd, accounts), accounts)
    const patterns = [...new Set([...plan.files.map(({ pattern }) => pattern), ...plan.authorities])]
    const found = await Promise.all(patterns.map((pattern) => host.readWith({ stat: true }, pattern)))
    const keys = patterns.map((pattern, index) => ({ pattern, files: found[index]! }))
    return { sshd, passwd, group, nsswitch, sssd: sssd.some(({ state }) => state === 'read'), keys }
  },

  parse({ sshd, passwd, group, nsswitch, sssd, keys }, { sha256 }) {
    const accounts = sshdAccountsOf(passwd, group)
    const setup = sshdSetup(sshd, accounts)
    const plan = keyPlan(setup, accounts)
    const reading = readFiles(keys, sha256)
    const findings: Key[] = []
    for (const { account, pattern } of plan.files) {
      for (const key of reading.authorized(pattern)) findings.push({ ...key, account: account.name })
      if (findings.length > MOST_FINDINGS) break
    }
    findings.push(...plan.authorities.flatMap((pattern) => reading.authorities(pattern)))
    const unsure = setup.state === 'known' ? setup.reasons : []
    return {
      findings,
      reasons: [...plan.reasons, ...unsure, ...elsewhere(textOf(nsswitch), sssd)],
      notes: reading.notes(),
    }
  },

  examples: examples(),
})

const MOST_FINDINGS = 100_000
const MOST_NOTES = 1000
const LONGEST_COMMENT = 1024
const LONGEST_VALUE = 4096
const MOST_OPTIONS = 256

/** Reads each file once, whoever's it is. */
const readFiles = (keys: Gathered['keys'], sha256: Sha256) => {
  const byPattern = new Map(keys.map(({ pattern, files }) => [pattern, files]))
  const parsed = new Map<HostFile, AuthorizedKeys>()
  const findings = new Map<string, readonly Key[]>()
  const notes = new Map<string, Reason>()
  const tell = (place: Place, code: 'unparsable' | 'too-large', detail: string) => {
    if (notes.size < MOST_NOTES) notes.set(`${place.line}:${place.path}`, { code, ...place, detail })
  }
  const read = (file: HostFile) => {
    const known = parsed.get(file) ?? parseAuthorizedKeys(exactText(file))
    parsed.set(file, known)
    return known
  }
  const found = (kind: string, pattern: string, take: (key: AuthorizedKey, place: Place) => boolean) => {
    const known = findings.get(kind + pattern)
    if (known !== undefined) return known
    const taken = (byPattern.get(pattern) ?? []).flatMap((file): Key[] => {
      const path = file.path.slice(0, 4096)
      const { keys: lines, refused } = read(file)
      for (const { line, why } of refused) tell({ path, line }, 'unparsable', why)
      const stat = file.state === 'read' ? file.stat : undefined
      return lines
        .filter((key) => take(key, { path, line: key.line }))
        .map((key) => keyFinding(key, { path, line: key.line }, stat, sha256, tell))
    })
    findings.set(kind + pattern, taken)
    return taken
  }
  return {
    authorized: (pattern: string) => found('authorized:', pattern, () => true),
    /** Files of authorities hold plain keys; sshd passes over lines with options. */
    authorities: (pattern: string) =>
      found('authorities:', pattern, ({ options }, place) => {
        if (options.length > 0) tell(place, 'unparsable', 'options, which a file of authorities has not')
        return options.length === 0
      }).map((key): Key => Object.assign({}, key, { role: 'authority' as const })),
    notes: () => [...notes.values()],
  }
}

const keyFinding = (
  { key, role, options, comment }: AuthorizedKey,
  place: Place,
  stat: FileStat | undefined,
  sha256: Sha256,
  tell: (place: Place, code: 'too-large', detail: string) => void,
): Key => {
  if (options.length > MOST_OPTIONS || options.some(({ value = '' }) => value.length > LONGEST_VALUE))
    tell(place, 'too-large', 'options were cut')
  const kept = options
    .slice(0, MOST_OPTIONS)
    .map(({ name, value }) => (value === undefined ? { name } : { name, value: clipped(value, LONGEST_VALUE) }))
  return {
    kind: 'key',
    role,
    fingerprint: fingerprintOfBlob(key.blob, sha256),
    algorithm: key.algorithm,
    bits: key.bits,
    ...(comment === '' ? {} : { comment: clipped(comment, LONGEST_COMMENT) }),
    ...(kept.length === 0 ? {} : { options: kept }),
    ...(stat === undefined
      ? {}
      : { file: { modified: stat.modified, mode: stat.mode.toString(8).padStart(4, '0'), owner: stat.uid } }),
    place,
  }
}

/**
 * Accounts of a directory have homes here too, and keys in them, but /etc/passwd does not say where. They were not looked
 * for, so what is not found must not count as gone: that is a reason, not a note. Many distributions name `sss` where no
 * SSSD is set up; then there is nothing to miss.
 */
const elsewhere = (nsswitch: string, sssd: boolean): Reason[] => {
  const services = /^[ \t]*passwd:([^\n#]{0,1000})/m.exec(nsswitch)?.[1]?.split(/[ \t\r]+/) ?? []
  const directory = services.some(
    (service) => ['ldap', 'winbind', 'nis'].includes(service) || (service === 'sss' && sssd),
  )
  return directory
    ? [
        {
          code: 'unsupported',
          path: '/etc/nsswitch.conf',
          detail: 'the keys of accounts from a directory were not looked for',
        },
      ]
    : []
}

function examples() {
  const blob = 'AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f'
  const line = `ssh-ed25519 ${blob}`
  const main = '/etc/ssh/sshd_config'
  const missing = (path: string): HostFile => ({ path, state: 'unread', why: 'no-such-file' })
  const stated = (path: string, text: string, uid = 0): HostFile => ({
    ...(exampleFile(path, text) as Extract<HostFile, { state: 'read' }>),
    stat: { mode: 0o600, uid, gid: 0, modified: '2026-03-01T12:00:00Z' },
  })
  const keys = (...files: readonly HostFile[]) => files.map((file) => ({ pattern: file.path, files: [file] }))
  const found: Omit<Key, 'place'> = {
    kind: 'key',
    role: 'authorized',
    fingerprint: 'SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA',
    algorithm: 'ssh-ed25519',
    bits: 256,
  }
  const gathered = (config: string | undefined, more: Partial<Gathered> = {}): Gathered => ({
    sshd: {
      files: [config === undefined ? missing(main) : exampleFile(main, config)],
      included: [],
      defaults: exampleOutput(
        'port 22\npermitrootlogin without-password\nauthorizedkeysfile .ssh/authorized_keys .ssh/authorized_keys2\n',
      ),
    },
    passwd: exampleFile('/etc/passwd', 'root:x:0:0::/root:/bin/sh\nweb:x:33:33::/var/www:/usr/sbin/nologin\n'),
    group: exampleFile('/etc/group', 'root:x:0:\nweb:x:33:\n'),
    nsswitch: exampleFile('/etc/nsswitch.conf', 'passwd: files systemd\n'),
    sssd: false,
    keys: [],
    ...more,
  })
  const root = '/root/.ssh/authorized_keys'
  return [
    {
      title: 'each line opens an account: with the options and the comment as written, and what is known of the file',
      gathered: gathered('', {
        keys: keys(stated(root, `# admins\nfrom="10.0.0.0/8",command="echo \\"hi\\"" ${line} alice at work\n`)),
      }),
      finds: [
        {
          ...found,
          account: 'root',
          comment: 'alice at work',
          options: [
            { name: 'from', value: '10.0.0.0/8' },
            { name: 'command', value: 'echo "hi"' },
          ],
          file: { modified: '2026-03-01T12:00:00Z', mode: '0600', owner: 0 },
          place: { path: root, line: 2 },
        },
      ],
    },
    {
      title: 'accounts without an interactive shell hold keys too, also in the second of the usual files',
      gathered: gathered('PubkeyAuthentication no\n', {
        keys: keys(exampleFile('/var/www/.ssh/authorized_keys2', `${line}\r\n`)),
      }),
      finds: [{ ...found, account: 'web', place: { path: '/var/www/.ssh/authorized_keys2', line: 1 } }],
    },
    {
      title: 'AuthorizedKeysFile says where to look, also differently for some accounts',
      gathered: gathered('AuthorizedKeysFile /etc/keys/%u %h/keys\nMatch User web\nAuthorizedKeysFile none\n', {
        keys: keys(
          exampleFile('/etc/keys/root', `${line}\n`),
          exampleFile('/root/keys', `${line}\n`),
          exampleFile('/etc/keys/web', `${line}\n`),
        ),
      }),
      finds: [
        { ...found, account: 'root', place: { path: '/etc/keys/root', line: 1 } },
        { ...found, account: 'root', place: { path: '/root/keys', line: 1 } },
      ],
    },
    {
      title: 'a file that several accounts share opens each of them',
      gathered: gathered('AuthorizedKeysFile /etc/keys/all\n', {
        keys: keys(exampleFile('/etc/keys/all', `${line}\n`)),
      }),
      finds: [
        { ...found, account: 'root', place: { path: '/etc/keys/all', line: 1 } },
        { ...found, account: 'web', place: { path: '/etc/keys/all', line: 1 } },
      ],
    },
    {
      title: 'an authority opens the account to whatever it signs; one of TrustedUserCAKeys opens all accounts',
      gathered: gathered('TrustedUserCAKeys /etc/ssh/ca.pub\n', {
        keys: keys(
          exampleFile(root, `cert-authority,principals="ops" ${line} ca\n`),
          exampleFile('/etc/ssh/ca.pub', `${line} company\nno-pty ${line}\n`),
        ),
      }),
      finds: [
        {
          ...found,
          role: 'authority' as const,
          account: 'root',
          comment: 'ca',
          options: [{ name: 'cert-authority' }, { name: 'principals', value: 'ops' }],
          place: { path: root, line: 1 },
        },
        { ...found, role: 'authority' as const, comment: 'company', place: { path: '/etc/ssh/ca.pub', line: 1 } },
      ],
      notes: [
        {
          code: 'unparsable' as const,
          path: '/etc/ssh/ca.pub',
          line: 2,
          detail: 'options, which a file of authorities has not',
        },
      ],
    },
    {
      title: 'lines that sshd passes over are told by their number alone',
      gathered: gathered('', {
        keys: keys(exampleFile(root, `no-such-option ${line}\nssh-rsa ${blob}\n2048 35 123456789 old\n${line}\n`)),
      }),
      finds: [{ ...found, account: 'root', place: { path: root, line: 4 } }],
      notes: [
        { code: 'unparsable' as const, path: root, line: 1, detail: 'options that sshd does not know' },
        { code: 'unparsable' as const, path: root, line: 2, detail: 'a key that does not agree with its type' },
        { code: 'unparsable' as const, path: root, line: 3, detail: 'a key of protocol 1' },
      ],
    },
    {
      title: 'keys that a program gives are not seen, nor those of accounts of a directory',
      gathered: gathered('AuthorizedKeysCommand /usr/bin/sss_ssh_authorizedkeys\nAuthorizedKeysCommandUser nobody\n', {
        nsswitch: exampleFile('/etc/nsswitch.conf', 'passwd: files sss\n'),
        sssd: true,
      }),
      finds: [],
      reasons: [
        {
          code: 'unsupported' as const,
          path: main,
          line: 1,
          detail: 'the keys that AuthorizedKeysCommand gives are not seen',
        },
        {
          code: 'unsupported' as const,
          path: '/etc/nsswitch.conf',
          detail: 'the keys of accounts from a directory were not looked for',
        },
      ],
    },
    {
      title: 'a host with Dropbear has the usual files, and one more for root',
      gathered: gathered(undefined, {
        keys: keys(exampleFile(root, `${line}\n`), exampleFile('/etc/dropbear/authorized_keys', `${line} router\n`)),
      }),
      finds: [
        { ...found, account: 'root', place: { path: root, line: 1 } },
        { ...found, account: 'root', comment: 'router', place: { path: '/etc/dropbear/authorized_keys', line: 1 } },
      ],
    },
  ]
}
