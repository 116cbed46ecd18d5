import { createHash } from 'node:crypto'
import { chmod, copyFile, mkdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { BASE_PACKAGES } from './packages.ts'
import { lives, processIdentity, type ProcessIdentity } from './process-identity.ts'
import { installed, output, ran } from './shell.ts'
import { ownFolder } from './workspace.ts'

/** A root file system that hosts are laid over; never written to once it is there. */
export interface Base {
  /** Folders for overlayfs, uppermost first. */
  readonly layers: readonly [string, ...string[]]
  /** `machine`: this machine's own root stands in for Debian's, so programs and versions differ from machine to machine. */
  readonly origin: 'debian' | 'machine' | 'busybox'
  /** Why it is the machine's. */
  readonly reason?: string
  /** Writes into a host's own layer what hides the personal parts of the base; called before anything else is written there. */
  readonly mask?: (upper: string) => Promise<void>
}

const RELEASE = 'bookworm'

/** Where bases are kept between runs. */
export const cacheFolder = (): string => {
  const cache = process.env['XDG_CACHE_HOME']
  if (cache?.startsWith('/')) return join(cache, 'rollcall-lab')
  return userInfo().uid === 0 ? '/var/cache/rollcall-lab' : join(userInfo().homedir, '.cache', 'rollcall-lab')
}

/**
 * A clean Debian with the lab's packages, and `extra` ones. Built once per machine by mmdebstrap, which takes about a minute; where
 * that cannot be, the machine's own root stands in, and standard error says so.
 */
export const debianBase = async (extra: readonly string[] = []): Promise<Base> => {
  const packages = [...BASE_PACKAGES, ...extra]
  const folder = join(cacheFolder(), `debian-${fingerprint([RELEASE, ...packages, CLEANING])}`)
  try {
    if (!(await installed('mmdebstrap'))) throw new Error('mmdebstrap is not installed')
    await once(folder, (building) => buildDebian(building, packages))
    return { layers: [folder], origin: 'debian' }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    process.stderr.write(
      `\nLAB: no clean Debian base (${reason.slice(0, 600)}).\nLAB: hosts are laid over this machine's own root instead, so results depend on what is installed here.\n\n`,
    )
    return machineBase(reason)
  }
}

/** This machine's own root, without what is personal to it. */
export const machineBase = (reason?: string): Base => ({
  layers: ['/'],
  origin: 'machine',
  ...(reason === undefined ? {} : { reason }),
  mask: maskMachine,
})

/** BusyBox for everything, dropbear for SSH with the libraries it needs, and nothing else. */
export const busyboxBase = async (): Promise<Base> => {
  const versions = await output(['sh', '-c', 'busybox | head -1; dropbear -V 2>&1'])
  const folder = join(cacheFolder(), `busybox-${fingerprint([versions, '1'])}`)
  await once(folder, buildBusybox)
  return { layers: [folder], origin: 'busybox' }
}

/** What would tell one host from another, or is personal to the machine it was built on, goes; a seed brings its own. */
const CLEANING = [
  'rm -rf etc/ssh/ssh_host_* etc/ssh/sshd_config.d/* etc/sudoers etc/sudoers.d/* etc/machine-id var/lib/dbus/machine-id',
  'rm -rf etc/hostname etc/hosts etc/resolv.conf etc/subuid* etc/subgid* etc/passwd- etc/shadow- etc/group- etc/gshadow- etc/.pwd.lock',
  'rm -rf root home srv var/log var/cache var/spool/cron/crontabs var/mail var/backups var/lib/apt/lists var/tmp tmp run',
  'install -d -m 755 home srv var/log var/cache var/backups run && install -d -m 700 root && install -d -m 1777 tmp var/tmp',
  'install -d -g mail -m 2775 var/mail && install -d -g 101 -m 1730 var/spool/cron/crontabs',
].join('\n')

const buildDebian = async (folder: string, packages: readonly string[]) => {
  process.stderr.write(`LAB: building the Debian base of the lab's hosts, once for this machine, in ${folder}\n`)
  await output(['mmdebstrap', '--quiet', '--variant=minbase', `--include=${packages.join(',')}`, RELEASE, folder])
  await output(['sh', '-ec', `cd "$1"\n${CLEANING}`, 'sh', folder])
  await verifyDebian(folder, packages)
}

const verifyDebian = async (folder: string, packages: readonly string[]) => {
  const status = await readFile(join(folder, 'var/lib/dpkg/status'), 'utf8')
  for (const name of packages) {
    const entry = status.split('\n\n').find((entry) => entry.startsWith(`Package: ${name}\n`))
    if (!entry?.includes('\nStatus: install ok installed\n')) throw new Error(`the base lacks ${name}`)
  }
  const unfinished = await output(['chroot', folder, 'dpkg', '--audit'])
  if (unfinished.trim() !== '') throw new Error(`the base is unfinished: ${unfinished.slice(0, 500)}`)
  for (const program of ['/usr/sbin/sshd', '/usr/bin/sudo', '/usr/bin/chage', '/bin/tcsh', '/usr/bin/lastlog'])
    if ((await ran(['chroot', folder, 'test', '-x', program])).exit !== 0) throw new Error(`the base lacks ${program}`)
}

/** Hides what is personal to this machine: by empty folders that nothing shows through, and by whiteouts (overlayfs). */
const maskMachine = async (upper: string) => {
  const setxattr = { x64: '188', arm64: '5' }[process.arch as string]
  if (setxattr === undefined) throw new Error(`the number of setxattr(2) on ${process.arch} is not known here`)
  await output(['sh', '-ec', MASK, 'sh', upper])
  await output(['perl', '-e', OPAQUE_MARK, setxattr, ...OPAQUE.map((name) => join(upper, name))])
}

const OPAQUE =
  'root home srv opt run tmp var/tmp var/log var/cache var/backups var/mail var/spool/cron/crontabs var/lib/apt/lists var/lib/rollcall-lab etc/sudoers.d etc/ssh/sshd_config.d'.split(
    ' ',
  )
const HIDDEN =
  'etc/sudoers etc/machine-id var/lib/dbus/machine-id etc/hostname etc/hosts etc/resolv.conf etc/subuid etc/subgid etc/passwd- etc/shadow- etc/group- etc/gshadow- etc/subuid- etc/subgid-'

const MASK = `cd "$1"; umask 022
mkdir -p ${OPAQUE.join(' ')} var/lib/dbus
chmod 700 root; chmod 1777 tmp var/tmp; chgrp mail var/mail; chmod 2775 var/mail; chgrp 101 var/spool/cron/crontabs; chmod 1730 var/spool/cron/crontabs
for name in ${HIDDEN} $(cd /; ls -d etc/ssh/ssh_host_* 2>/dev/null); do mknod "$name" c 0 0; done`

const OPAQUE_MARK = `$number = shift() + 0; $name = "trusted.overlay.opaque"; $value = "y";
for (@ARGV) { syscall($number, $_, $name, $value, 1, 0) == 0 or die "setxattr: $!" }`

const buildBusybox = async (folder: string) => {
  const busybox = (await output(['sh', '-c', 'command -v busybox'])).trim()
  const dropbear = (await output(['sh', '-c', 'command -v dropbear'])).trim()
  for (const name of [
    'bin',
    'sbin',
    'usr/bin',
    'usr/sbin',
    'etc/dropbear',
    'dev',
    'proc',
    'mnt',
    'run',
    'var/run',
    'var/log',
    'home',
    'opt/dropbear',
  ])
    await mkdir(join(folder, name), { recursive: true })
  await mkdir(join(folder, 'tmp'))
  await chmod(join(folder, 'tmp'), 0o1777)
  await mkdir(join(folder, 'root'), { mode: 0o700 })
  await copyFile(busybox, join(folder, 'bin/busybox'))
  for (const applet of (await output([busybox, '--list-full'])).split('\n').filter((applet) => applet !== ''))
    if (applet !== 'bin/busybox') await symlink('/bin/busybox', join(folder, applet))
  // Outside PATH: only the lab starts it.
  await copyFile(dropbear, join(folder, 'opt/dropbear/dropbear'))
  for (const [library] of (await output(['ldd', dropbear])).matchAll(/\/\S+/g)) {
    await mkdir(join(folder, dirname(library)), { recursive: true })
    await copyFile(library, join(folder, library))
  }
  await writeFile(join(folder, 'etc/shells'), '/bin/sh\n/bin/ash\n')
  await writeFile(join(folder, 'etc/profile'), 'export PATH=/usr/sbin:/usr/bin:/sbin:/bin\n')
}

/** Builds a folder beside its place and moves it there when it is whole; whoever comes second waits for the first. */
const once = async (folder: string, build: (folder: string) => Promise<void>): Promise<void> => {
  await ownFolder(cacheFolder())
  const lock = `${folder}.lock`
  while (!(await exists(folder))) {
    if (!(await tryLock(lock))) {
      await delay(200)
      continue
    }
    try {
      if (await exists(folder)) return
      const building = `${folder}.building`
      await rm(building, { recursive: true, force: true })
      await mkdir(building, { mode: 0o755 })
      try {
        await build(building)
        await rename(building, folder)
      } catch (error) {
        await rm(building, { recursive: true, force: true })
        throw error
      }
    } finally {
      await rm(lock, { force: true })
    }
  }
}

const tryLock = async (lock: string): Promise<boolean> => {
  try {
    await writeFile(lock, JSON.stringify(processIdentity(process.pid)), { flag: 'wx' })
    return true
  } catch {
    const text = await readFile(lock, 'utf8').catch(() => '')
    // Empty: its owner is about to write it.
    if (text !== '' && !lives(JSON.parse(text) as ProcessIdentity)) await rm(lock, { force: true })
    return false
  }
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )

const fingerprint = (parts: readonly string[]) =>
  createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 12)
