import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { busyboxBase, debianBase, machineBase, type Base } from './base.ts'
import type { HostDescription } from './description.ts'
import { freePort } from './free-port.ts'
import { answers, boot, isolationLacks } from './namespace.ts'
import { seedHost, type Seeded } from './seed.ts'
import { ran, type Ran } from './shell.ts'
import { knownHostsLine, sshCommand } from './ssh-login.ts'
import { keyRing, type KeyPair, type KeyRing } from './ssh-keys.ts'
import { truthOf, type HostTruth } from './truth.ts'
import { startUnprivileged } from './unprivileged.ts'
import { claimWorkspace, type Workspace } from './workspace.ts'

export interface LabHost {
  readonly name: string
  readonly address: string
  readonly port: number
  /** The account that scans log in as. */
  readonly user: string
  /** Private key of that login. */
  readonly keyFile: string
  /** `SHA256:…` of the key that the host proves to hold. */
  readonly hostKey: string
  readonly pid: number
  /** What it was made from and what a scan must find. Absent on a machine where the lab cannot make hosts of its own. */
  readonly made?: { readonly description: HostDescription; readonly seeded: Seeded; readonly truth: HostTruth }
  /** Runs a program inside as root, past SSH. */
  inside(argv: readonly [string, ...string[]], input?: string): Promise<Ran>
  /** Runs a shell line over the real ssh as the scan account. */
  ssh(line: string, input?: string): Promise<Ran>
  /** Ends the host; its address then refuses connections. */
  stop(): Promise<void>
}

export interface LabCapabilities {
  /** Whether hosts have their own root, accounts and processes; otherwise they are this machine's own sshd on high ports. */
  readonly ownHosts: boolean
  /** What Debian hosts are laid over. */
  readonly debian: 'clean' | 'this-machine' | 'none'
  /** What could not be had, as sentences. */
  readonly lacks: readonly string[]
}

export interface Lab extends AsyncDisposable {
  readonly hosts: readonly LabHost[]
  host(name: string): LabHost
  /** Private key that opens the scan account of every host. */
  readonly loginKey: string
  /** known_hosts(5) with the keys of all hosts. */
  readonly knownHosts: string
  readonly capabilities: LabCapabilities
}

/**
 * Starts real SSH hosts on loopback, seeded from their descriptions. Everything ends when the lab is disposed of, and no later
 * than the process that started it; what a killed process left is removed by the next lab. Rejects when a host does not come up.
 */
export const startLab = async (descriptions: readonly HostDescription[]): Promise<Lab> => {
  const names = new Set(descriptions.map(({ name }) => name))
  if (names.size < descriptions.length) throw new Error('two hosts of a lab have the same name')
  const workspace = await claimWorkspace()
  try {
    const keys = keyRing(join(workspace.folder, 'keys'))
    const scanKey = await keys('scan', 'ed25519')
    const lacking = await isolationLacks()
    const knownHosts = join(workspace.folder, 'known_hosts')
    await writeFile(knownHosts, '')
    const lab = (hosts: readonly LabHost[], capabilities: LabCapabilities): Lab => ({
      hosts,
      host: (name) => {
        const host = hosts.find((host) => host.name === name)
        if (host === undefined) throw new Error(`the lab has no host ${name}`)
        return host
      },
      loginKey: scanKey.path,
      knownHosts,
      capabilities,
      async [Symbol.asyncDispose]() {
        await Promise.all(hosts.map((host) => host.stop()))
        await workspace[Symbol.asyncDispose]()
      },
    })
    if (lacking !== undefined) {
      process.stderr.write(
        `\nLAB: no hosts of their own (${lacking}); this machine's sshd answers in their place, unseeded.\n\n`,
      )
      const hosts = await startUnprivileged([...names], { workspace, scanKey, knownHosts })
      return lab(hosts, { ownHosts: false, debian: 'none', lacks: [`no hosts of their own: ${lacking}`] })
    }
    const bases = await basesFor(descriptions)
    const port = await freePort(`127.0.${workspace.network}.1`)
    const hosts: LabHost[] = []
    for (const [index, description] of descriptions.entries()) {
      const address = `127.0.${workspace.network}.${index + 1}`
      hosts.push(
        await startHost(description, {
          workspace,
          keys,
          scanKey,
          knownHosts,
          base: description.over === undefined ? bases[description.base]! : machineBase(),
          address,
          port,
        }),
      )
    }
    const stood = bases.debian?.origin === 'machine' ? bases.debian.reason : undefined
    return lab(hosts, {
      ownHosts: true,
      debian: stood === undefined ? 'clean' : 'this-machine',
      lacks: stood === undefined ? [] : [`no clean Debian base: ${stood}`],
    })
  } catch (error) {
    await workspace[Symbol.asyncDispose]()
    throw error
  }
}

interface HostTools {
  readonly workspace: Workspace
  readonly keys: KeyRing
  readonly scanKey: KeyPair
  readonly knownHosts: string
  readonly base: Base
  readonly address: string
  readonly port: number
}

const startHost = async (
  description: HostDescription,
  { workspace, keys, scanKey, knownHosts, base, address, port }: HostTools,
): Promise<LabHost> => {
  const folder = join(workspace.folder, description.name)
  const upper = join(folder, 'upper')
  await mkdir(upper, { recursive: true, mode: 0o755 })
  const seeded = await seedHost(description, { base, upper, address, keys, scanKey })
  const running = await boot(
    { name: description.name, base, folder, command: serverOf(description, address, port) },
    workspace,
  )
  await answers(address, port, running, folder)
  await appendFile(knownHosts, knownHostsLine(address, port, seeded.hostKey.publicKey))
  const login = { address, port, user: description.scan.account, keyFile: scanKey.path, knownHosts }
  return {
    name: description.name,
    address,
    port,
    user: login.user,
    keyFile: login.keyFile,
    hostKey: seeded.hostKey.fingerprint,
    pid: running.pid,
    made: { description, seeded, truth: truthOf(description, seeded) },
    inside: (argv, input) => running.inside(argv, input),
    ssh: (line, input) => ran(sshCommand(login, line), input),
    stop: () => running.stop(),
  }
}

/** Only the address is the lab's choice; all else the host's own configuration says. */
const serverOf = ({ base }: HostDescription, address: string, port: number): [string, ...string[]] =>
  base === 'debian'
    ? ['/usr/sbin/sshd', '-D', '-e', '-o', `ListenAddress=${address}:${port}`]
    : [
        '/opt/dropbear/dropbear',
        '-F',
        '-E',
        '-p',
        `${address}:${port}`,
        '-r',
        '/etc/dropbear/dropbear_ed25519_host_key',
      ]

const basesFor = async (
  descriptions: readonly HostDescription[],
): Promise<Partial<Record<HostDescription['base'], Base>>> => {
  const needed = new Set(descriptions.flatMap(({ base, over }) => (over === undefined ? [base] : [])))
  return {
    ...(needed.has('debian') ? { debian: await debianBase() } : {}),
    ...(needed.has('busybox') ? { busybox: await busyboxBase() } : {}),
  }
}
