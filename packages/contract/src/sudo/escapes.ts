/**
 * What a program run as root gives to whoever may run it.
 *
 * - `shell`: runs any command by design.
 * - `escape`: starts a shell from within, whatever it was started on. NOEXEC stops this.
 * - `write`: writes, moves or changes files anywhere, such as /etc/shadow or /etc/sudoers.
 * - `accounts`: sets passwords, groups or rules that lead to root.
 * - `system`: changes what the system runs: services, packages, modules, containers, mounts, jobs.
 * - `read`: reads any file, such as /etc/shadow and private keys; the way to root is one step longer.
 */
export type EscapeKind = 'shell' | 'escape' | 'write' | 'accounts' | 'system' | 'read'

export interface Escape {
  readonly kind: EscapeKind
  /** How, as the end of a sentence: “less …”. */
  readonly how: string
  /** What NOEXEC leaves of an `escape` that is still as good as root, as the end of a sentence. */
  readonly despiteNoexec?: string
  /**
   * Whether it gives root also with exactly these arguments. Absent: not, since it then does only that. Whoever can write to a
   * file named in them may still have a way; who can is not known here.
   */
  readonly fixed?: (words: readonly string[]) => boolean
}

const always = () => true
const some =
  (...wanted: readonly (string | RegExp)[]) =>
  (words: readonly string[]) =>
    words.some((word) => wanted.some((one) => (typeof one === 'string' ? one === word : one.test(word))))

/** A shell opened without a script, or with commands of the user's choice. */
const interactive = (words: readonly string[]) =>
  words.every((word) => /^-[il]+$|^--(?:login|norc|noprofile|posix)$|^-$/.test(word)) || words.includes('-s')
const noScript = (words: readonly string[]) =>
  words.every((word) => word.startsWith('-') && !/^-(?:[ce]|-version|-help|V|v|h)/.test(word))
const noUser = (words: readonly string[]) => {
  const user = words.find((word) => !word.startsWith('-'))
  return (user === undefined || user === 'root') && !words.some((word) => /^(?:-c|--command)/.test(word))
}
/** An own file, or nothing said of which, is what makes it open: `/dev/stdin` and names in /tmp or a home are for anyone to write. */
const ownFile = (words: readonly string[]) =>
  words.some((word) => /^(?:.*=)?(?:\/tmp\/|\/var\/tmp\/|\/dev\/shm\/|\/dev\/stdin|\/home\/|~|\.\/|-$)/.test(word))
/** Files that decide who is root. */
const SENSITIVE =
  /(?:^|=)\/(?:etc(?:\/(?:passwd|shadow|group|gshadow|sudoers(?:\.d(?:\/.*)?)?|pam\.d(?:\/.*)?|crontab|cron\.[a-z]+(?:\/.*)?|ld\.so\.preload|ssh(?:\/.*)?|systemd(?:\/.*)?|profile(?:\.d(?:\/.*)?)?)?\/?)?|root(?:\/.*)?|(?:usr\/)?(?:s?bin|lib)(?:\/.*)?|var\/spool\/cron(?:\/.*)?)$/
const sensitive = (words: readonly string[]) => words.some((word) => SENSITIVE.test(word))

/** Files that only root may read for a reason. What is public in its home, such as authorized keys, is none. */
const SECRET =
  /^\/etc\/(?:shadow|gshadow)-?$|^\/root\/(?!.*(?:authorized_keys2?|known_hosts2?|\.pub)$)|\/id_[a-z0-9]+$|^\/etc\/ssh\/ssh_host_\w+$/

/** What is written is somebody's own, and so is where: a link laid there leads it anywhere. */
const copiesOwn = (words: readonly string[]) => {
  const operands = words.filter((word) => !word.startsWith('-') || word === '-')
  return ownFile(operands.slice(0, -1)) && ownFile(operands.slice(-1))
}

const table: readonly (readonly [names: string, escape: Escape])[] = [
  [
    'sh bash dash zsh ksh mksh csh tcsh fish ash rbash busybox toybox',
    { kind: 'shell', how: 'is a shell', fixed: interactive },
  ],
  ['su runuser sudo doas pkexec sux', { kind: 'shell', how: 'opens a shell of root', fixed: noUser }],
  [
    'script expect tmux screen byobu',
    {
      kind: 'shell',
      how: 'opens a shell',
      fixed: (words) => words.length === 0 || some('-c', 'new', 'attach', '-r', '-x')(words),
    },
  ],
  [
    'vi vim view vimdiff rvim nvim ex emacs nano pico ed red joe jed mcedit mc micro kak helix gedit editor rnano',
    {
      kind: 'escape',
      how: 'edits any file and runs commands from within',
      despiteNoexec: 'edits any file, such as /etc/shadow, and NOEXEC stops only the commands from within',
      fixed: always,
    },
  ],
  [
    'less zless bzless xzless pager',
    {
      kind: 'escape',
      how: 'runs commands from within, whatever it shows',
      despiteNoexec: 'opens any file from within, such as /etc/shadow, which NOEXEC does not stop',
      fixed: always,
    },
  ],
  [
    'more most pg man info lv pinfo w3m lynx elinks links top htop ftp telnet tftp',
    { kind: 'escape', how: 'runs commands from within, whatever it shows', fixed: always },
  ],
  [
    'journalctl',
    {
      kind: 'escape',
      how: 'shows its output in a pager that runs commands',
      fixed: (words) => !words.includes('--no-pager') && !some(/^--(?:rotate|vacuum|flush|sync)/)(words),
    },
  ],
  [
    'python perl ruby node nodejs lua luajit php tclsh wish irb jrunscript jshell ghci guile scheme sbcl erl iex R Rscript octave julia groovy scala deno bun pypy java',
    { kind: 'shell', how: 'runs any program text', fixed: noScript },
  ],
  [
    'gdb lldb strace ltrace valgrind perf bpftrace',
    { kind: 'shell', how: 'runs or takes over any program', fixed: (words) => words.length === 0 },
  ],
  [
    'awk gawk mawk nawk sed',
    { kind: 'shell', how: 'runs commands from its program text', fixed: some(/system\s*\(/, /^BEGIN/) },
  ],
  [
    'find',
    {
      kind: 'shell',
      how: 'runs commands by -exec and deletes files',
      fixed: some('-exec', '-execdir', '-ok', '-okdir'),
    },
  ],
  [
    'xargs env nice ionice nohup setsid stdbuf time timeout watch taskset chrt flock unbuffer parallel make gmake ninja cmake rake gradle mvn ant entr logsave run-parts start-stop-daemon catchsegv ld.so',
    { kind: 'shell', how: 'runs a command of one’s choice', fixed: some(/^(?:.*\/)?(?:ba|da|z|k)?sh$/) },
  ],
  ['git', { kind: 'escape', how: 'runs hooks, editors and pagers', fixed: (words) => !words.includes('--no-pager') }],
  ['svn hg cvs', { kind: 'escape', how: 'runs hooks and editors' }],
  [
    'tar gtar bsdtar star cpio pax zip unzip 7z 7za rar ar gzip gunzip bzip2 xz zstd',
    {
      kind: 'shell',
      how: 'overwrites any file, and some of its options run commands',
      fixed: some(/^--(?:checkpoint-action|use-compress-program|to-command|rsh-command|unzip-command)/, '-TT'),
    },
  ],
  [
    'rsync scp sftp ssh ssh-agent sshfs ssh-keygen ssh-keyscan',
    {
      kind: 'shell',
      how: 'runs a command given in its options, or copies over any file',
      fixed: some(/ProxyCommand|LocalCommand|PKCS11|^-e$|^--rsh/),
    },
  ],
  ['wget curl aria2c lwp-download fetch', { kind: 'write', how: 'stores what it fetches in any file', fixed: ownFile }],
  [
    'nc ncat netcat socat nmap tcpdump tshark dumpcap openvpn openssl',
    { kind: 'shell', how: 'runs a command or loads code given in its options' },
  ],
  [
    'systemctl',
    {
      kind: 'system',
      how: 'starts what a unit file of one’s own says, and shows output in a pager that runs commands',
      fixed: (words) => systemctl(words),
    },
  ],
  ['service invoke-rc.d rc-service initctl', { kind: 'system', how: 'runs any script of the services by its path' }],
  ['systemd-run machinectl', { kind: 'shell', how: 'runs a command as root', fixed: always }],
  [
    'docker podman nerdctl ctr crictl lxc lxd incus buildah kubectl helm virsh qemu-system qemu vagrant',
    {
      kind: 'system',
      how: 'runs a container or machine with the file system of the host',
      fixed: some('shell', 'build', 'apply', 'edit', 'debug', /^(?:-v|--volume|--mount|--privileged)/),
    },
  ],
  [
    'mount umount fusermount losetup cryptsetup',
    {
      kind: 'system',
      how: 'lays a file system of one’s own over that of the host',
      fixed: some('--bind', /^-o.*bind/),
    },
  ],
  [
    'chroot nsenter unshare capsh setpriv setcap debugfs ip pivot_root switch_root',
    {
      kind: 'shell',
      how: 'runs a shell as root',
      fixed: (words) => words[0] !== undefined && !/^(?:addr|a|link|l|route|r|neigh)$/.test(words[0]),
    },
  ],
  [
    'insmod modprobe kexec rmmod sysctl',
    { kind: 'system', how: 'changes the running kernel', fixed: some(/kernel\.(?:core_pattern|modprobe)=/) },
  ],
  [
    'cp mv install',
    { kind: 'write', how: 'overwrites any file', fixed: (words) => sensitive(words) || copiesOwn(words) },
  ],
  [
    'ln rename dd tee truncate shred split csplit rcp patch sponge',
    { kind: 'write', how: 'overwrites any file', fixed: (words) => sensitive(words) || ownFile(words) },
  ],
  [
    'rm unlink rmdir',
    {
      kind: 'write',
      how: 'deletes any file, also what guards the system',
      fixed: some(/^\/etc\/(?:shadow|passwd|sudoers|pam\.d)/),
    },
  ],
  [
    'chmod chown chgrp setfacl chattr',
    {
      kind: 'write',
      how: 'opens any file to anyone, such as /etc/shadow, or makes a shell setuid',
      fixed: (words) => sensitive(words) || some(/^(?:[ug+=,rwx]*\+?s|[2467]\d{3})$/)(words),
    },
  ],
  [
    'crontab at batch anacron',
    { kind: 'system', how: 'plans commands to be run as root', fixed: (words) => !some('-l', '-c')(words) },
  ],
  [
    'visudo',
    { kind: 'accounts', how: 'changes these very rules', fixed: (words) => !some('-c', '--check', '-V', '-h')(words) },
  ],
  ['vipw vigr', { kind: 'accounts', how: 'edits accounts and groups', fixed: always }],
  ['passwd', { kind: 'accounts', how: 'sets the password of root', fixed: (words) => passwd(words) }],
  ['chpasswd newusers chgpasswd', { kind: 'accounts', how: 'sets the password of root', fixed: always }],
  [
    'usermod useradd adduser groupmod groupmems gpasswd addgroup chage chsh chfn pw',
    {
      kind: 'accounts',
      how: 'makes anyone root, or a member of any group',
      fixed: (words) =>
        some('-o', '--non-unique')(words) ||
        (some(/^(?:root|sudo|wheel|admin|docker|disk|shadow|lxd|0)$/)(words) && !words.includes('-l')),
    },
  ],
  [
    'pip pipx npm npx yarn pnpm gem bundle cpan cpanm cargo go easy_install composer conda',
    {
      kind: 'system',
      how: 'runs what a package brings along',
      fixed: (words) => some('install', 'i', 'exec', 'run')(words) && ownFile(words),
    },
  ],
  [
    'apt apt-get aptitude dpkg-reconfigure yum dnf rpm zypper pacman apk snap flatpak emerge pkg brew alien rpm-ostree microdnf',
    {
      kind: 'system',
      how: 'runs the scripts of any package, and its options run commands',
      fixed: (words) =>
        some(/Pre-Invoke|Post-Invoke|DPkg::|APT::/i, '--changelog', 'changelog')(words) ||
        ownFile(words) ||
        packagePager(words),
    },
  ],
  [
    'dpkg',
    {
      kind: 'system',
      how: 'runs the scripts of any package, and shows lists in a pager that runs commands',
      fixed: (words) => some('-l', '--list')(words) || ownFile(words),
    },
  ],
  ['dpkg-query', { kind: 'escape', how: 'shows lists in a pager that runs commands', fixed: some('-l', '--list') }],
  [
    'ansible ansible-playbook puppet chef-client salt-call salt terraform',
    { kind: 'system', how: 'runs what a playbook or state file says', fixed: ownFile },
  ],
  [
    'mysql psql sqlite3 mariadb redis-cli mongo mongosh',
    {
      kind: 'escape',
      how: 'runs commands from within',
      fixed: (words) => !some('-e', '-c', /^--(?:execute|command)/)(words),
    },
  ],
  [
    'nginx apache2 apache2ctl httpd exim exim4 sendmail dovecot named slapd smbd dnsmasq logrotate rsyslogd',
    {
      kind: 'system',
      how: 'runs with a configuration file of one’s own',
      fixed: (words) => some('-c', '-f', '-C', '-D', '-oP')(words) && ownFile(words),
    },
  ],
  [
    'iptables ip6tables nft iptables-save',
    {
      kind: 'write',
      how: 'writes to any file or loads modules of one’s own',
      fixed: some(/^--(?:modprobe|file)/, '-f'),
    },
  ],
  [
    'cpulimit distcc multitime pexec rlwrap softlimit torify torsocks sshpass genie watchexec systemd-inhibit chpst s6-setuidgid dbus-run-session xvfb-run faketime fakeroot eatmydata numactl prlimit schedtool choom uclampset cgexec dumb-init tini catatonit gosu su-exec',
    { kind: 'shell', how: 'runs a command of one’s choice', fixed: some(/^(?:.*\/)?(?:ba|da|z|k)?sh$/) },
  ],
  ['posh sash elvish pwsh rc es slsh osh yash xonsh nu', { kind: 'shell', how: 'is a shell', fixed: interactive }],
  ['newgrp sg ksu', { kind: 'shell', how: 'opens a shell of root', fixed: always }],
  [
    'systemd-nspawn bubblewrap bwrap firejail runc crun kubeadm lxc-attach lxc-start lxc-execute',
    {
      kind: 'system',
      how: 'runs a container with the file system of the host',
      fixed: some(/^(?:.*\/)?(?:ba|da|z|k)?sh$/),
    },
  ],
  [
    'mail mailx mutt aspell ispell lftp ncftp smbclient rtorrent tmate pry pdb msfconsole ncdu alpine pine trn slrn irssi weechat ranger nnn vifm lf tig cscope',
    { kind: 'escape', how: 'runs commands from within', fixed: always },
  ],
  [
    'dmesg timedatectl localectl',
    {
      kind: 'escape',
      how: 'shows lists in a pager that runs commands',
      fixed: some('-H', '--human', /^list-/),
    },
  ],
  [
    'loginctl networkctl busctl coredumpctl systemd-analyze',
    {
      kind: 'escape',
      how: 'shows its output in a pager that runs commands',
      fixed: (words) => pages(words),
    },
  ],
  [
    'gcc cc g++ c++ clang ld as cpp gfortran rustc ghc javac dotnet',
    { kind: 'shell', how: 'runs programs that its options name, and writes any file' },
  ],
  [
    'tex latex pdftex pdflatex luatex lualatex xetex xelatex',
    {
      kind: 'shell',
      how: 'runs commands that a document holds, with --shell-escape',
      fixed: some(/^-{1,2}shell-escape$/),
    },
  ],
  [
    'exiftool pandoc gimp facter dstat enscript run-mailcap cowsay cowthink ginsh octave-cli easyrsa eb knife gcloud check_by_ssh sqlmap varnishncsa jjs cobc',
    { kind: 'shell', how: 'runs program text or commands that its options name' },
  ],
  [
    'update-alternatives alternatives',
    { kind: 'write', how: 'lays links in place of any file', fixed: (words) => sensitive(words) || ownFile(words) },
  ],
  [
    'ldconfig update-rc.d chkconfig rc-update insserv',
    { kind: 'system', how: 'changes which libraries or services root starts', fixed: ownFile },
  ],
  [
    'dmsetup mdadm lvm lvcreate parted fdisk sfdisk gdisk mkfs tune2fs resize2fs xfs_db btrfs zfs zpool',
    { kind: 'write', how: 'reads or writes raw disks, and so any file' },
  ],
  [
    'iconv shuf uuencode tic ul xmodmap jq yq xmllint msgfmt msgcat msgattrib genisoimage mkisofs eqn soelim tbl pic nroff troff groff zsoelim pr ptx fping hping3 basenc base58 arp ss lwp-request espeak xmore bat batcat',
    {
      kind: 'read',
      how: 'reads any file, such as /etc/shadow and private keys',
      fixed: some(SECRET),
    },
  ],
  [
    'restic borg duplicity bacula rclone rdiff-backup unison',
    { kind: 'write', how: 'reads and restores any file, and runs commands that its options name' },
  ],
  [
    'cat tac head tail nl od xxd hexdump base64 base32 strings grep egrep fgrep zgrep rg diff cmp cut sort uniq paste column fold fmt comm join rev wc zcat bzcat xzcat file look dig readelf objdump',
    {
      kind: 'read',
      how: 'reads any file, such as /etc/shadow and private keys',
      fixed: some(SECRET),
    },
  ],
]

/** systemctl with arguments that leave no choice does what they say; only showing a unit ends in a pager, and editing in an editor. */
const systemctl = (words: readonly string[]) => {
  const verbs = words.filter((word) => !word.startsWith('-'))
  if (some('edit')(verbs)) return true
  if (verbs.includes('link') || verbs.includes('enable')) return ownFile(verbs)
  const shows =
    verbs.length === 0 ||
    some(
      'status',
      'show',
      'cat',
      'list-units',
      'list-unit-files',
      'list-timers',
      'list-sockets',
      'list-jobs',
      'list-dependencies',
      'help',
      'show-environment',
    )(verbs.slice(0, 1))
  return shows && !words.includes('--no-pager')
}

const passwd = (words: readonly string[]) => {
  const user = words.find((word) => !word.startsWith('-'))
  return (user === undefined || user === 'root') && !some('-S', '--status', '-l', '--lock', '-e', '--expire')(words)
}

/** Where it is told to page, or pages unless told not to. */
const pages = (words: readonly string[]) =>
  !words.includes('--no-pager') &&
  !some(/^(?:set-|enable|disable|kill|terminate|lock|unlock|call|tree$|power)/)(words) &&
  !words.includes('-n')

const packagePager = (words: readonly string[]) => some('changelog')(words)

const byName = new Map(table.flatMap(([names, escape]) => names.split(' ').map((name) => [name, escape] as const)))

/** The names of all programs in the table. */
export const escapeNames: readonly string[] = [...byName.keys()]

/** What a program of this name gives; versions such as `python3.11` and `vim.basic` are the program. */
export const escapeOf = (name: string): Escape | undefined =>
  byName.get(name) ??
  byName.get(name.replace(/[-.]?\d[\d.]*$/, '')) ??
  byName.get(name.replace(/\.(?:basic|tiny|gtk3|gtk|nox|athena|traditional|openbsd|sh)$/, ''))

/**
 * Whether a variable makes a program load or run what it names. Those of the dynamic loader hold for nearly every program, those of
 * a language for programs written in it, which the name of a program does not always tell.
 */
export const loadsCode = (variable: string, program: string): 'yes' | 'no' | 'unknown' => {
  const name = variable.split('=', 1)[0]!
  const star = name.indexOf('*')
  const hits = (loader: string) => (star === -1 ? loader === name : loader.startsWith(name.slice(0, star)))
  if (OF_LOADER.some(hits) || /^(?:LD_|DYLD_)./.test(name)) return 'yes'
  const languages = Object.entries(OF_LANGUAGES).flatMap(([language, names]) => (names.some(hits) ? [language] : []))
  if (name.startsWith('BASH_FUNC_')) languages.push('shell')
  if (languages.length === 0) return 'no'
  const written = languageOf(program)
  return written === undefined ? 'unknown' : languages.includes(written) ? 'yes' : 'no'
}

const OF_LOADER =
  'LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT LIBPATH LDR_PRELOAD SHLIB_PATH DYLD_INSERT_LIBRARIES GCONV_PATH'.split(' ')

const OF_LANGUAGES: Readonly<Record<string, readonly string[]>> = {
  shell: ['BASH_ENV', 'ENV', 'SHELLOPTS', 'BASHOPTS', 'PS4', 'BASH_FUNC_x', 'ZDOTDIR', 'FPATH'],
  python: ['PYTHONPATH', 'PYTHONHOME', 'PYTHONSTARTUP', 'PYTHONINSPECT', 'PYTHONUSERBASE', 'PYTHONWARNINGS'],
  perl: ['PERL5LIB', 'PERLLIB', 'PERL5OPT', 'PERL5DB'],
  ruby: ['RUBYLIB', 'RUBYOPT'],
  node: ['NODE_OPTIONS', 'NODE_PATH'],
  lua: ['LUA_PATH', 'LUA_CPATH', 'LUA_INIT'],
  java: ['JAVA_TOOL_OPTIONS', '_JAVA_OPTIONS', 'CLASSPATH'],
  tcl: ['TCLLIBPATH'],
}

/** In which language a program is written; undefined where that cannot be told from its path. */
const languageOf = (path: string): string | undefined => {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const ending = /\.([a-z]{1,4})$/.exec(name)?.[1]
  if (ending !== undefined && Object.hasOwn(ENDINGS, ending)) return ENDINGS[ending]
  const plain = name.replace(/[-.]?\d[\d.]*$/, '')
  if (Object.hasOwn(INTERPRETERS, plain)) return INTERPRETERS[plain]
  // What distributions put there is compiled, apart from scripts that would have to be known one by one.
  return /^\/(?:usr\/)?s?bin\/[^*?[]*$/.test(path) && COMPILED.has(plain) ? 'compiled' : undefined
}

const ENDINGS: Readonly<Record<string, string>> = {
  sh: 'shell',
  bash: 'shell',
  zsh: 'shell',
  py: 'python',
  pl: 'perl',
  rb: 'ruby',
  js: 'node',
  mjs: 'node',
  cjs: 'node',
  lua: 'lua',
  jar: 'java',
  tcl: 'tcl',
}

const INTERPRETERS: Readonly<Record<string, string>> = {
  sh: 'shell',
  bash: 'shell',
  dash: 'shell',
  ksh: 'shell',
  zsh: 'shell',
  python: 'python',
  pypy: 'python',
  perl: 'perl',
  ruby: 'ruby',
  node: 'node',
  nodejs: 'node',
  lua: 'lua',
  luajit: 'lua',
  java: 'java',
  tclsh: 'tcl',
  wish: 'tcl',
}

const COMPILED = new Set(
  'id ls ps df du kill pkill killall reboot shutdown halt poweroff systemctl journalctl mount umount date hostname dmesg lsof ss netstat ip ping whoami uptime free top cat head tail tac grep cp mv rm mkdir rmdir chmod chown chgrp ln touch true false echo test sleep sync lsblk blkid fdisk smartctl ethtool tcpdump iptables nft modprobe insmod rmmod lsmod sysctl dd tar gzip find less more vi vim nano passwd useradd userdel usermod groupadd groupdel groupmod docker podman nginx rsync scp ssh curl wget last lastlog w who uname stat wc sort uniq cut tr tee'.split(
    ' ',
  ),
)
