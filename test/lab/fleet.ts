import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { debianBase } from './base.ts'
import { groupOf, person, type HostDescription } from './description.ts'
import { freePort } from './free-port.ts'
import { answers, boot, isolationLacks, type Running } from './namespace.ts'
import { seedHost } from './seed.ts'
import { output } from './shell.ts'
import { keyRing } from './ssh-keys.ts'
import { knownHostsLine } from './ssh-login.ts'
import { systemAccounts, systemGroups } from './system-accounts.ts'
import { claimWorkspace } from './workspace.ts'

/** Many addresses that answer alike. */
export interface Fleet extends AsyncDisposable {
  readonly addresses: readonly string[]
  readonly port: number
  readonly user: string
  /** Private key that opens all of them. */
  readonly loginKey: string
  /** known_hosts(5) with the keys of all of them. */
  readonly knownHosts: string
  readonly description: HostDescription
  readonly running: Running
}

export interface FleetOptions {
  /** Debian packages beyond those of the lab's base. */
  readonly packages?: readonly string[]
}

const MOST = 250

/**
 * Starts `count` SSH servers, 250 at most, each with an address and a host key of its own, all of them in one small Debian host:
 * they share its root, accounts, host name and machine id. For measuring what many connections cost, not for telling hosts apart.
 * Rejects where the lab cannot make hosts of its own.
 */
export const startFleet = async (count: number, { packages = [] }: FleetOptions = {}): Promise<Fleet> => {
  if (!Number.isInteger(count) || count < 1 || count > MOST) throw new Error(`a fleet has 1 to ${MOST} addresses`)
  const lacking = await isolationLacks()
  if (lacking !== undefined) throw new Error(`no fleet without hosts of their own: ${lacking}`)
  const workspace = await claimWorkspace()
  try {
    const base = await debianBase(packages)
    const keys = keyRing(join(workspace.folder, 'keys'))
    const scanKey = await keys('scan', 'ed25519')
    const folder = join(workspace.folder, 'fleet')
    const upper = join(folder, 'upper')
    await mkdir(upper, { recursive: true, mode: 0o755 })
    const addresses = Array.from({ length: count }, (_, index) => `127.0.${workspace.network}.${index + 1}`)
    const port = await freePort(addresses[0]!)
    await seedHost(FLEET, { base, upper, address: addresses[0]!, keys, scanKey })
    await mkdir(join(upper, 'etc/ssh/fleet'), { mode: 0o700 })
    await output(['sh', '-ec', HOST_KEYS, 'sh', join(upper, 'etc/ssh/fleet'), ...addresses])
    const knownHosts = join(workspace.folder, 'known_hosts')
    const publicKeys = await Promise.all(
      addresses.map((address) => readFile(join(upper, 'etc/ssh/fleet', `${address}.pub`), 'utf8')),
    )
    await writeFile(
      knownHosts,
      publicKeys.map((key, index) => knownHostsLine(addresses[index]!, port, key.trim())).join(''),
    )
    const running = await boot(
      { name: FLEET.name, base, folder, command: ['/bin/sh', '-c', SERVERS, 'sh', String(port), ...addresses] },
      workspace,
    )
    for (const address of addresses) await answers(address, port, running, folder)
    return {
      addresses,
      port,
      user: FLEET.scan.account,
      loginKey: scanKey.path,
      knownHosts,
      description: FLEET,
      running,
      async [Symbol.asyncDispose]() {
        await running.stop()
        await workspace[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await workspace[Symbol.asyncDispose]()
    throw error
  }
}

const HOST_KEYS = 'cd "$1"; shift; for address; do ssh-keygen -q -t ed25519 -N "" -C "$address" -f "$address"; done'

/** The first process of the fleet: it starts the servers and ends when they do. */
const SERVERS = `port=$1; shift
for address; do
  /usr/sbin/sshd -D -e -f /etc/ssh/fleet.conf -o "ListenAddress=$address:$port" -o "HostKey=/etc/ssh/fleet/$address" &
done
wait`

const people = [
  person(
    'ann',
    1000,
    { state: 'usable', scheme: 'yescrypt', password: 'ann' },
    { authorizedKeys: [{ type: 'ed25519', comment: 'ann@laptop' }] },
  ),
  person(
    'ben',
    1001,
    { state: 'usable', scheme: 'sha512crypt', password: 'ben' },
    { authorizedKeys: [{ type: 'rsa-2048', comment: 'ben@desk' }] },
  ),
  person('run', 1002, { state: 'none', field: '!' }, { shell: '/usr/sbin/nologin' }),
] as const

const FLEET: HostDescription = {
  name: 'fleet',
  base: 'debian',
  purpose: 'many addresses, one small host',
  accounts: [...systemAccounts('debian'), ...people],
  groups: [...systemGroups('debian', { sudo: ['ann'] }), ...people.map(groupOf)],
  sudoers: {
    '/etc/sudoers': 'Defaults env_reset\nroot ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n',
  },
  files: [
    {
      type: 'file',
      path: '/etc/ssh/fleet.conf',
      content:
        'MaxStartups 1000\nMaxSessions 100\nUseDNS no\nUsePAM no\nPermitRootLogin prohibit-password\nPasswordAuthentication no\nPidFile none\nSubsystem sftp /usr/lib/openssh/sftp-server\n',
    },
  ],
  scan: { account: 'root', sudo: 'not-needed' },
}
