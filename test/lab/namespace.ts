import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Base } from './base.ts'
import { kill, lives, processIdentity, type ProcessIdentity } from './process-identity.ts'
import { ran, type Ran } from './shell.ts'
import { labsFolder, ownFolder, type Workspace } from './workspace.ts'

/** What runs in a set of namespaces of its own: a host, or a fleet of servers that share one root. */
export interface Running {
  /** Its first process, as this machine numbers it. */
  readonly pid: number
  /** Runs a program inside, as root. */
  inside(argv: readonly [string, ...string[]], input?: string): Promise<Ran>
  /** Ends everything inside; its mounts go with it. */
  stop(): Promise<void>
}

export interface Boot {
  readonly name: string
  readonly base: Base
  /** Holds `upper`, which is laid over the base; gets `work`, `root` and `log`. */
  readonly folder: string
  /** Its first process; must stay in the foreground. */
  readonly command: readonly [string, ...string[]]
}

/**
 * Starts a host: its own mounts, host name, process ids and System V IPC, its root an overlay. All mounts are made inside its
 * own mount namespace, so none is ever seen on the machine and none can be left behind. It ends with the process that started it.
 */
export const boot = async ({ name, base, folder, command }: Boot, workspace: Workspace): Promise<Running> => {
  const [upper, work, root] = ['upper', 'work', 'root'].map((part) => join(folder, part)) as [string, string, string]
  for (const path of [upper, work, root]) await mkdir(path, { recursive: true, mode: 0o755 })
  const log = openSync(join(folder, 'log'), 'a')
  const overlay = `lowerdir=${base.layers.join(':')},upperdir=${upper},workdir=${work}`
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', '--', ...UNSHARE, 'sh', '-ec', BOOT, 'sh', root, overlay, name, ...command],
    {
      stdio: ['ignore', log, log],
      cwd: '/',
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
    },
  )
  closeSync(log)
  await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject))
  const outer = processIdentity(child.pid!)
  const first = await firstChild(child.pid!)
  if (outer === undefined || first === undefined) throw new Error(`${name} did not start: ${await logOf(folder)}`)
  await workspace.owns(outer)
  await workspace.owns(first)
  return {
    pid: first.pid,
    inside: (argv, input) =>
      ran(
        [
          'nsenter',
          `--target=${first.pid}`,
          '--mount',
          '--uts',
          '--ipc',
          '--pid',
          '--root',
          '--wd',
          '/usr/bin/env',
          '-i',
          INSIDE_PATH,
          'LC_ALL=C',
          ...argv,
        ],
        input,
      ),
    async stop() {
      kill(first)
      for (let tries = 0; (lives(first) || lives(outer)) && tries < 500; tries++) await delay(10)
    },
  }
}

const UNSHARE = ['unshare', '--mount', '--uts', '--ipc', '--pid', '--fork', '--kill-child=KILL'] as const
const INSIDE_PATH = 'PATH=/usr/sbin:/usr/bin:/sbin:/bin'

/** Arguments: root folder, overlay options, host name, then the first process and its arguments. */
const BOOT = `
root=$1 overlay=$2; hostname "$3"; shift 3
mount -t overlay overlay -o "$overlay" "$root"
cd "$root"
mkdir -p proc dev mnt
mount -t proc proc proc
mount -t tmpfs -o mode=755,nosuid tmpfs dev
for device in null zero full random urandom tty; do : >dev/$device; mount --bind /dev/$device dev/$device; done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin; ln -s fd/1 dev/stdout; ln -s fd/2 dev/stderr
pivot_root . mnt
exec chroot . /bin/sh -c 'umount -l /mnt; cd /; exec "$@"' sh "$@"
`

const firstChild = async (pid: number): Promise<ProcessIdentity | undefined> => {
  for (let tries = 0; tries < 500; tries++) {
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
    const [first] = children.trim().split(' ')
    const identity = first === undefined || first === '' ? undefined : processIdentity(Number(first))
    if (identity !== undefined) return identity
    if (processIdentity(pid) === undefined) return undefined
    await delay(5)
  }
  return undefined
}

/** Waits until an SSH server says its name at an address. */
export const answers = async (address: string, port: number, running: Running, folder: string): Promise<void> => {
  for (let tries = 0; tries < 1000; tries++) {
    if (await saysItsName(address, port)) return
    if (processIdentity(running.pid) === undefined) break
    await delay(10)
  }
  throw new Error(`no SSH server at ${address}:${port}: ${await logOf(folder)}`)
}

const saysItsName = (address: string, port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect({ host: address, port, timeout: 2000 })
    const done = (answer: boolean) => {
      resolve(answer)
      socket.destroy()
    }
    socket.once('data', (data) => done(data.toString('latin1').startsWith('SSH-2.0')))
    for (const event of ['error', 'timeout', 'close']) socket.once(event, () => done(false))
  })

const logOf = async (folder: string) => (await readFile(join(folder, 'log'), 'utf8').catch(() => '')).slice(-2000)

/** Why this process cannot make hosts with namespaces and overlays; undefined when it can. */
export const isolationLacks = async (): Promise<string | undefined> => {
  if (userInfo().uid !== 0) return 'not root'
  if (!readFileSync('/proc/filesystems', 'utf8').includes('\toverlay'))
    await ran(['modprobe', 'overlay']).catch(() => {})
  await ownFolder(labsFolder())
  const folder = await mkdtemp(join(labsFolder(), 'check-'))
  try {
    const parts = ['lower', 'upper', 'work', 'root'].map((part) => join(folder, part)) as [
      string,
      string,
      string,
      string,
    ]
    for (const part of parts) await mkdir(part)
    const [lower, upper, work, root] = parts
    const script = `mount -t overlay overlay -o "lowerdir=${lower},upperdir=${upper},workdir=${work}" "${root}"; mount -t proc proc "${root}"`
    const { exit, stderr } = await ran([...UNSHARE, 'sh', '-ec', script])
    return exit === 0 ? undefined : `namespaces or overlays are not permitted: ${stderr.trim().slice(0, 300)}`
  } catch (error) {
    return `namespaces cannot be made: ${error instanceof Error ? error.message : String(error)}`
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
