import type { FindingOf, Reason } from '@rollcall/contract'
import {
  exampleLook,
  fileFields,
  lookAtPaths,
  lookFrom,
  pathFindings,
  standings,
  type PathLook,
  type PathUse,
  type Standing,
} from '../formats/path-trust.ts'
import { isRunPart } from '../formats/cron/names.ts'
import { programFolders } from '../formats/program-path.ts'
import { groupsOf } from '../formats/accounts/group.ts'
import type { FoundEntry, HostFile } from '../host.ts'
import { exampleFile, hostProbe, textOf } from '../probe.ts'
import { folderOf, lastPart } from '../posix-path.ts'

type File = FindingOf<'file'>

interface Gathered {
  /** Files that say where root's programs and libraries are looked for. */
  readonly settings: readonly HostFile[]
  readonly group: HostFile | undefined
  /** Everything below, and whatever the searched folders hold. */
  readonly look: PathLook
  /** What was found by its name: copies of the shadow file, keys of the host, disks. */
  readonly secrets: readonly string[]
  readonly devices: readonly string[]
  /** What lies in the folders whose every file counts. */
  readonly contents: readonly string[]
}

export default hostProbe<Gathered>({
  id: 'privileged-files',
  title: 'Files, folders and devices that decide who is privileged, and others than root may change or read',
  needs: [
    {
      reads: 'owner and mode of the files and folders that decide about privilege, most of them below /etc',
      right: 'any-account',
      hides: 'which of them others may change',
    },
    {
      reads: 'owner and mode of the files in /root, /etc/sudoers.d, /etc/polkit-1/rules.d and other closed folders',
      right: 'root',
      hides: 'which of those others may change',
      grants: { searches: true },
      unlisted: 'single paths are looked at by names that follow from other answers',
    },
    {
      reads: '/etc/sudoers and the start files of root’s shell',
      right: 'root',
      hides: 'further folders where root’s programs are looked for',
      grants: { read: ['/etc/sudoers', '/etc/sudoers.d/*', '/usr/local/etc/sudoers', '/root/.*'] },
    },
  ],

  async gather(host) {
    const [settings, [group], fixed, contents, secrets, copies, devices] = await Promise.all([
      host.read(...SETTINGS),
      host.read('/etc/group'),
      lookAtPaths(
        host,
        FIXED.map(({ path }) => path),
      ),
      host.find({ under: FOLDERS.map(([folder]) => folder), maxDepth: 2, maxEntries: 6000 }),
      host.find({ under: SECRETS, maxDepth: 0, maxEntries: 1000 }),
      host.find({ under: COPIES, maxDepth: 0, maxEntries: 1000, where: { types: ['file'], containing: HASHES } }),
      host.find({ under: DEVICES, maxDepth: 0, maxEntries: 2000 }),
    ])
    const names = (result: typeof contents, kept: (entry: FoundEntry) => boolean) =>
      result.state === 'found' ? result.entries.filter(kept).map(({ path }) => path) : []
    const found = names(contents, mayBeWrong)
    const hashes = [...new Set([...names(secrets, ({ type }) => type === 'file'), ...names(copies, () => true)])]
    const disks = names(devices, ({ type }) => type === 'device')
    const known = [contents, secrets, copies, devices].map(lookFrom).reduce(joined, fixed)
    const paths = [...found, ...hashes, ...disks, ...usesOfSettings(settings).map(({ path }) => path)]
    return {
      settings,
      group,
      look: await lookAtPaths(host, paths, known),
      secrets: hashes,
      devices: disks,
      contents: found,
    }
  },

  parse({ settings, group, look, secrets, devices, contents }, { host }) {
    const groups = new Map(groupsOf(group).entries.map(({ name, gid }) => [name, gid]))
    const kept = (names: readonly string[]) => new Set([0, ...names.flatMap((name) => groups.get(name) ?? [])])
    const used = contents.filter((path) => !isPassedOver(path, host.os.id)).map(usedIn)
    const { findings, reasons } = pathFindings([...FIXED, ...used, ...usesOfSettings(settings)], look)
    const { working, obscure } = programFolders(settings)
    const notes = [
      ...working.map((place): Reason => ({ code: 'unsupported', ...place, detail: 'PATH holds the working folder' })),
      ...obscure.map((place): Reason => ({
        code: 'unsupported',
        ...place,
        detail: 'a PATH that takes a shell to understand',
      })),
    ]
    return {
      findings: [
        ...together(findings, readable(secrets, look, kept(KEEPERS_OF_SECRETS))),
        ...openDevices(devices, look, kept(KEEPERS_OF_DISKS)),
      ],
      reasons,
      notes,
    }
  },

  examples: examples(),
})

const decides = (because: string, paths: string): PathUse[] =>
  paths.split(/\s+/).map((path): PathUse => ({ path, role: 'decides', because }))

const ofRoot = (role: 'run-as' | 'login-keys' | 'home', because: string, paths: string): PathUse[] =>
  paths.split(/\s+/).map((path): PathUse => ({ path, role, account: 'root', uid: 0, because }))

/** Programs are looked for here by login, sudo, cron and services alike, so far as no file says otherwise. */
const USUAL_FOLDERS = '/usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin'

/** What decides about privilege by itself, each with what reads it. */
const FIXED: readonly PathUse[] = [
  ...decides(
    'the list of accounts',
    '/etc/passwd /etc/group /etc/shadow /etc/gshadow /etc/master.passwd /etc/subuid /etc/subgid',
  ),
  ...decides(
    'sudo',
    '/etc/sudoers /etc/sudo.conf /etc/sudo-ldap.conf /usr/local/etc/sudoers /etc/sudoers-rs /etc/sssd/sssd.conf',
  ),
  ...decides('doas', '/etc/doas.conf /usr/local/etc/doas.conf'),
  ...decides('PAM', '/etc/pam.conf /etc/security /etc/security/pam_env.conf /etc/security/access.conf'),
  ...decides('who is who', '/etc/nsswitch.conf /etc/login.defs /etc/hosts.equiv /etc/ssh/shosts.equiv /etc/krb5.conf'),
  ...decides('sshd', '/etc/ssh /etc/ssh/sshd_config'),
  ...decides(
    'the dynamic loader',
    '/etc/ld.so.preload /etc/ld.so.conf /etc/ld.so.cache /lib /lib64 /usr/lib /usr/lib64 /usr/local/lib /usr/local/lib64 /usr/lib/x86_64-linux-gnu /usr/lib/aarch64-linux-gnu',
  ),
  ...decides(
    'the start of every shell',
    '/etc/profile /etc/bash.bashrc /etc/bashrc /etc/environment /etc/zshenv /etc/zsh/zshenv /etc/zsh/zprofile /etc/zprofile /etc/csh.cshrc /etc/csh.login /etc/ksh.kshrc /etc/fish/config.fish',
  ),
  ...decides('cron', '/etc/crontab /etc/anacrontab'),
  ...decides(
    'the start of the system',
    '/etc/inittab /etc/rc.local /etc/rc.d/rc.local /etc/rc.conf /etc/fstab /etc/sysctl.conf /etc/modules /etc/systemd /etc/systemd/system.conf /etc/default/grub /boot /boot/grub /boot/grub/grub.cfg /boot/grub2/grub.cfg /boot/efi /boot/loader /lib/modules /usr/lib/systemd/system /usr/lib/systemd/system-generators',
  ),
  ...decides('logrotate', '/etc/logrotate.conf'),
  ...decides(
    'package management',
    '/etc/apt /etc/yum.conf /etc/dnf/dnf.conf /etc/zypp /etc/apk /var/lib/dpkg /var/lib/dpkg/info /var/lib/rpm',
  ),
  ...decides('inetd', '/etc/inetd.conf /etc/xinetd.conf'),
  ...decides('NFS', '/etc/exports'),
  ...USUAL_FOLDERS.split(' ').map((path): PathUse => ({
    path,
    role: 'command-path',
    account: 'root',
    uid: 0,
    because: 'the usual PATH',
  })),
  ...ofRoot('home', 'the home of root', '/root'),
  ...ofRoot(
    'run-as',
    'the start of root’s shell',
    '/root/.profile /root/.bash_profile /root/.bash_login /root/.bashrc /root/.bash_logout /root/.bash_aliases /root/.zshenv /root/.zprofile /root/.zshrc /root/.kshrc /root/.cshrc /root/.tcshrc /root/.login /root/.config/fish/config.fish',
  ),
  ...ofRoot(
    'run-as',
    'programs that root starts',
    '/root/bin /root/.local/bin /root/.vimrc /root/.exrc /root/.nanorc /root/.gitconfig /root/.gdbinit /root/.inputrc /root/.forward /root/.ssh/rc /root/.ssh/environment',
  ),
  ...ofRoot(
    'login-keys',
    'logins of root',
    '/root/.ssh/authorized_keys /root/.ssh/authorized_keys2 /root/.rhosts /root/.shosts /root/.k5login',
  ),
]

/** Folders whose every file counts, also new ones. */
const FOLDERS: readonly (readonly [folder: string, because: string])[] = [
  ['/etc/sudoers.d', 'sudo'],
  ['/usr/local/etc/sudoers.d', 'sudo'],
  ['/etc/pam.d', 'PAM'],
  ['/etc/ld.so.conf.d', 'the dynamic loader'],
  ['/etc/profile.d', 'the start of every shell'],
  ['/etc/cron.d', 'cron'],
  ['/etc/cron.hourly', 'cron'],
  ['/etc/cron.daily', 'cron'],
  ['/etc/cron.weekly', 'cron'],
  ['/etc/cron.monthly', 'cron'],
  ['/etc/periodic', 'cron'],
  ['/etc/systemd/system', 'systemd'],
  ['/run/systemd/system', 'systemd'],
  ['/etc/systemd/system.conf.d', 'systemd'],
  ['/etc/systemd/system-generators', 'systemd'],
  ['/usr/local/lib/systemd', 'systemd'],
  ['/etc/systemd/system-shutdown', 'systemd'],
  ['/etc/systemd/system-sleep', 'systemd'],
  ['/etc/tmpfiles.d', 'systemd'],
  ['/etc/sysusers.d', 'systemd'],
  ['/etc/init.d', 'the start of the system'],
  ['/etc/rc.d', 'the start of the system'],
  ['/etc/local.d', 'the start of the system'],
  ['/etc/conf.d', 'the start of the system'],
  ['/etc/default', 'the start of services'],
  ['/etc/sysconfig', 'the start of services'],
  ['/etc/grub.d', 'the boot loader'],
  ['/etc/modprobe.d', 'loading of kernel modules'],
  ['/etc/modules-load.d', 'loading of kernel modules'],
  ['/etc/sysctl.d', 'settings of the kernel'],
  ['/etc/binfmt.d', 'settings of the kernel'],
  ['/etc/kernel', 'updates of the kernel'],
  ['/etc/initramfs-tools', 'updates of the kernel'],
  ['/etc/dracut.conf.d', 'updates of the kernel'],
  ['/etc/ssh/sshd_config.d', 'sshd'],
  ['/etc/polkit-1', 'polkit'],
  ['/usr/share/polkit-1/rules.d', 'polkit'],
  ['/usr/share/polkit-1/actions', 'polkit'],
  ['/var/lib/polkit-1', 'polkit'],
  ['/etc/dbus-1/system.d', 'services of the system bus'],
  ['/usr/share/dbus-1/system-services', 'services of the system bus'],
  ['/etc/udev', 'udev'],
  ['/usr/lib/udev/rules.d', 'udev'],
  ['/etc/logrotate.d', 'logrotate'],
  ['/etc/update-motd.d', 'logins, as root'],
  ['/etc/apt/apt.conf.d', 'package management'],
  ['/etc/apt/sources.list.d', 'package management'],
  ['/etc/apt/trusted.gpg.d', 'package management'],
  ['/etc/dpkg', 'package management'],
  ['/etc/yum.repos.d', 'package management'],
  ['/etc/yum/pluginconf.d', 'package management'],
  ['/etc/dnf/plugins', 'package management'],
  ['/etc/zypp/repos.d', 'package management'],
  ['/etc/network', 'changes of the network'],
  ['/etc/NetworkManager/dispatcher.d', 'changes of the network'],
  ['/etc/networkd-dispatcher', 'changes of the network'],
  ['/etc/dhcp', 'changes of the network'],
  ['/etc/ppp/ip-up.d', 'changes of the network'],
  ['/etc/ppp/ip-down.d', 'changes of the network'],
  ['/etc/acpi', 'power buttons'],
  ['/etc/xinetd.d', 'inetd'],
  ['/etc/exports.d', 'NFS'],
]

/** Of what lies in a folder that is looked at itself: a file of root's that nobody else may write to is as it should be. */
const mayBeWrong = ({ type, uid, mode, path }: FoundEntry) =>
  path.length <= 4096 && (type !== 'file' || uid !== 0 || (mode & 0o022) !== 0)

const byFolder = new Map(FOLDERS)

/** Debian's cron and run-parts take no names with dots: who may change such a file changes nothing that runs. */
const isPassedOver = (path: string, distribution: string | undefined) =>
  (distribution === 'debian' || distribution === 'ubuntu') &&
  /^\/etc\/cron\.(?:d|hourly|daily|weekly|monthly)$/.test(folderOf(path)) &&
  !isRunPart(lastPart(path), 'debian')

/** A file in one of the folders, or the folder itself. */
const usedIn = (path: string): PathUse => {
  for (let folder = path; folder !== ''; folder = folderOf(folder)) {
    const because = byFolder.get(folder)
    if (because !== undefined) return { path, role: 'decides', because }
  }
  return { path, role: 'decides' }
}

const SETTINGS = [
  '/etc/environment',
  '/etc/login.defs',
  '/etc/profile',
  '/etc/profile.d/*.sh',
  '/etc/bash.bashrc',
  '/etc/bashrc',
  '/etc/crontab',
  '/etc/anacrontab',
  '/root/.profile',
  '/root/.bash_profile',
  '/root/.bash_login',
  '/root/.bashrc',
  '/root/.zshenv',
  '/root/.zshrc',
  '/etc/sudoers',
  '/usr/local/etc/sudoers',
  '/etc/sudoers.d/*',
  '/etc/ld.so.conf',
  '/etc/ld.so.conf.d/*.conf',
]

/** Folders of programs and of libraries that these files name. */
const usesOfSettings = (settings: readonly HostFile[]): PathUse[] => {
  const libraries = settings.filter(({ path }) => path.includes('/ld.so.conf'))
  const others = settings.filter(({ path }) => !path.includes('/ld.so.conf'))
  return [
    ...programFolders(others).folders.map(({ folder, because, namedBy }): PathUse => ({
      path: folder,
      role: 'command-path',
      account: 'root',
      uid: 0,
      because,
      namedBy,
    })),
    ...libraries.flatMap((file) => libraryFolders(file)),
  ]
}

/** A folder a line (ldconfig(8)); includes are those of the folder that is read anyway. */
const libraryFolders = (file: HostFile): PathUse[] =>
  textOf(file)
    .split('\n', 1000)
    .flatMap((line, index): PathUse[] => {
      const folder = line.trim()
      if (!folder.startsWith('/') || folder.length > 4096 || /[*?[\s#=]/.test(folder)) return []
      const namedBy = { path: file.path.slice(0, 4096), line: index + 1 }
      return [{ path: folder, role: 'decides', because: 'the dynamic loader', namedBy }]
    })

/** Files of hashes of passwords, and keys that stand for the host. */
const SECRETS = [
  '/etc/shadow',
  '/etc/shadow-',
  '/etc/gshadow',
  '/etc/gshadow-',
  '/etc/master.passwd',
  '/etc/spwd.db',
  '/etc/security/opasswd',
  '/etc/security/passwd',
  '/etc/krb5.keytab',
  '/etc/*.keytab',
  '/etc/ssh/ssh_host_*_key',
]

/** Where copies of them are usually left; what is called so counts only if it holds a hash. */
const COPIES = [
  '/etc/*shadow?*',
  '/etc/.*shadow*',
  '/etc/*passwd?*',
  '/var/backups/*shadow*',
  '/var/backups/*passwd*',
  '/root/*shadow*',
  '/opt/*shadow*',
  '/srv/*shadow*',
  '/tmp/*shadow*',
  '/var/tmp/*shadow*',
  '/home/*/*shadow*',
]
const HASHES = ['$y$', '$gy$', '$7$', '$6$', '$5$', '$2a$', '$2b$', '$2y$', '$1$'].map((start) => `:${start}`)

/** Groups that distributions give them to; who belongs to these is told by the groups themselves. */
const KEEPERS_OF_SECRETS = ['shadow', 'ssh_keys', '_shadow']

const readable = (paths: readonly string[], look: PathLook, keepers: ReadonlySet<number>): File[] =>
  standings(paths, look).flatMap((standing): File[] => {
    if (standing === undefined || standing.entry.type !== 'file' || standing.entry.size === 0) return []
    const by = opened(standing, 4, keepers)
    return by.length === 0
      ? []
      : [
          {
            kind: 'file',
            role: 'decides',
            because: 'a secret of root',
            ...fileFields(standing),
            writableBy: [],
            readableBy: by,
          },
        ]
  })

/** What is both to be changed and to be read is one finding. */
const together = (writable: readonly File[], readable: readonly File[]): File[] => {
  const secrets = new Map(readable.map((file) => [file.place.path, file]))
  const both = writable.map((file): File => {
    const secret = file.role === 'decides' ? secrets.get(file.place.path) : undefined
    if (secret?.readableBy === undefined) return file
    secrets.delete(file.place.path)
    return { ...file, readableBy: secret.readableBy }
  })
  return [...both, ...secrets.values()]
}

/** Disks, volumes and memory as a whole. */
const DEVICES = [
  '/dev/mem',
  '/dev/kmem',
  '/dev/port',
  '/dev/kcore',
  '/dev/sd[a-z]*',
  '/dev/sg[0-9]*',
  '/dev/vd[a-z]*',
  '/dev/xvd[a-z]*',
  '/dev/hd[a-z]*',
  '/dev/nvme*',
  '/dev/mmcblk*',
  '/dev/dm-*',
  '/dev/md[0-9]*',
  '/dev/pmem*',
  '/dev/bcache*',
  '/dev/zd[0-9]*',
  '/dev/ada[0-9]*',
  '/dev/da[0-9]*',
  '/dev/raw/*',
  '/dev/cpu/*/msr',
]

const KEEPERS_OF_DISKS = ['disk', 'kmem', 'operator', 'sys']

const openDevices = (paths: readonly string[], look: PathLook, keepers: ReadonlySet<number>): File[] =>
  standings(paths, look).flatMap((standing): File[] => {
    if (standing === undefined || standing.entry.type !== 'device') return []
    const by = opened(standing, 6, keepers)
    return by.length === 0 ? [] : [{ kind: 'file', role: 'device', ...fileFields(standing), writableBy: by }]
  })

/** Through which permission others than those who should may read, or read or write. */
const opened = ({ entry: { mode, uid, gid } }: Standing, bits: number, keepers: ReadonlySet<number>) => [
  ...(uid === 0 ? [] : (['owner'] as const)),
  ...(((mode >> 3) & bits) !== 0 && !keepers.has(gid) ? (['group'] as const) : []),
  ...((mode & bits) !== 0 ? (['others'] as const) : []),
]

const joined = (one: PathLook, other: PathLook): PathLook => ({
  asked: [...one.asked, ...other.asked],
  found: [...one.found, ...other.found],
  left: [...one.left, ...other.left],
})

function examples() {
  const entry = (path: string, mode: number, rest: Partial<FoundEntry> = {}) => ({ path, mode, ...rest })
  const folder = (path: string, mode = 0o755, rest: Partial<FoundEntry> = {}) =>
    entry(path, mode, { type: 'folder', ...rest })
  const etc = [folder('/etc'), folder('/usr'), folder('/usr/bin'), folder('/dev'), folder('/opt')]
  const gathered = (entries: readonly ReturnType<typeof entry>[], more: Partial<Gathered> = {}): Gathered => ({
    settings: [],
    group: exampleFile('/etc/group', 'root:x:0:\ndisk:x:6:\nshadow:x:42:\n'),
    look: exampleLook(['/etc/passwd'], [...etc, ...entries]),
    secrets: [],
    devices: [],
    contents: [],
    ...more,
  })
  const found = (path: string, mode: string, rest: Partial<File> = {}): File => ({
    kind: 'file',
    role: 'decides',
    type: 'file',
    owner: 0,
    group: 0,
    mode,
    modified: '2026-03-01T12:00:00Z',
    place: { path },
    ...rest,
  })
  return [
    { title: 'what is as it should be is not told', gathered: gathered([entry('/etc/passwd', 0o644)]), finds: [] },
    {
      title: 'a file that cron and run-parts pass over for its name decides nothing',
      gathered: gathered(
        [
          folder('/etc/cron.daily'),
          entry('/etc/cron.daily/old.sh', 0o777),
          entry('/etc/cron.daily/report', 0o755, { uid: 1000 }),
        ],
        { contents: ['/etc/cron.daily/old.sh', '/etc/cron.daily/report'] },
      ),
      context: { host: { addresses: [], os: { id: 'debian' } } },
      finds: [
        found('/etc/cron.daily/report', '0755', { owner: 1000, because: 'cron', writableBy: ['owner' as const] }),
      ],
    },
    {
      title: 'a file that decides who is privileged is told where others may change it, and so is a folder on the way',
      gathered: gathered([entry('/etc/passwd', 0o664, { gid: 50 }), folder('/etc/cron.d', 0o777)], {
        contents: ['/etc/cron.d'],
      }),
      finds: [
        found('/etc/passwd', '0664', { group: 50, because: 'the list of accounts', writableBy: ['group' as const] }),
        found('/etc/cron.d', '0777', {
          type: 'folder',
          because: 'cron',
          writableBy: ['group' as const, 'others' as const],
        }),
      ],
    },
    {
      title: 'folders where root looks for programs are those that files name, whatever others look through',
      gathered: gathered(
        [folder('/opt/tools', 0o775, { uid: 1000, gid: 50 }), folder('/opt/games', 0o777), folder('/opt/mine', 0o777)],
        {
          settings: [
            exampleFile(
              '/etc/profile',
              'if [ "$(id -u)" -eq 0 ]; then\n  PATH="/usr/bin:/opt/tools"\nelse\n  PATH=/opt/games\nfi\nexport PATH=$PATH:.:$(tools)\n',
            ),
            exampleFile('/etc/sudoers', 'Defaults secure_path="/opt/mine"\n'),
          ],
        },
      ),
      finds: [
        found('/opt/tools', '0775', {
          role: 'command-path',
          type: 'folder',
          owner: 1000,
          group: 50,
          account: 'root',
          because: 'PATH in /etc/profile',
          namedBy: { path: '/etc/profile', line: 2 },
          writableBy: ['owner' as const, 'group' as const],
        }),
        found('/opt/mine', '0777', {
          role: 'command-path',
          type: 'folder',
          account: 'root',
          because: 'PATH in /etc/sudoers',
          namedBy: { path: '/etc/sudoers', line: 1 },
          writableBy: ['group' as const, 'others' as const],
        }),
      ],
      notes: [
        { code: 'unsupported' as const, path: '/etc/profile', line: 6, detail: 'PATH holds the working folder' },
        {
          code: 'unsupported' as const,
          path: '/etc/profile',
          line: 6,
          detail: 'a PATH that takes a shell to understand',
        },
      ],
    },
    {
      title: 'a copy of the shadow file is told where more than root and the group shadow may read it',
      gathered: gathered(
        [
          entry('/etc/shadow', 0o640, { gid: 42 }),
          entry('/etc/shadow-', 0o644),
          entry('/etc/shadow.old', 0o640, { gid: 50 }),
        ],
        { secrets: ['/etc/shadow', '/etc/shadow-', '/etc/shadow.old'] },
      ),
      finds: [
        found('/etc/shadow-', '0644', {
          because: 'a secret of root',
          writableBy: [],
          readableBy: ['others' as const],
        }),
        found('/etc/shadow.old', '0640', {
          group: 50,
          because: 'a secret of root',
          writableBy: [],
          readableBy: ['group' as const],
        }),
      ],
    },
    {
      title: 'a disk is told where others than root and the group disk may read or write it',
      gathered: gathered(
        [
          entry('/dev/sda', 0o660, { type: 'device', gid: 6 }),
          entry('/dev/sdb', 0o664, { type: 'device', gid: 6 }),
          entry('/dev/mem', 0o640, { type: 'device', gid: 15 }),
        ],
        { devices: ['/dev/sda', '/dev/sdb', '/dev/mem'] },
      ),
      finds: [
        found('/dev/sdb', '0664', { role: 'device', type: 'device', group: 6, writableBy: ['others' as const] }),
        found('/dev/mem', '0640', { role: 'device', type: 'device', group: 15, writableBy: ['group' as const] }),
      ],
    },
    {
      title: 'the home of root and what its shell reads count as root’s, and a library folder as everybody’s',
      gathered: gathered(
        [folder('/root', 0o700), entry('/root/.bashrc', 0o644, { uid: 33 }), folder('/opt/lib', 0o777)],
        {
          settings: [exampleFile('/etc/ld.so.conf.d/app.conf', '# ours\n/opt/lib\n')],
        },
      ),
      finds: [
        found('/root/.bashrc', '0644', {
          role: 'run-as',
          owner: 33,
          account: 'root',
          because: 'the start of root’s shell',
          writableBy: ['owner' as const],
          behind: [{ path: '/root', owner: 0, group: 0, mode: '0700' }],
        }),
        found('/opt/lib', '0777', {
          type: 'folder',
          because: 'the dynamic loader',
          namedBy: { path: '/etc/ld.so.conf.d/app.conf', line: 2 },
          writableBy: ['group' as const, 'others' as const],
        }),
      ],
    },
  ]
}
