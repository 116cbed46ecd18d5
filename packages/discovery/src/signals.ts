import type { HostSignals } from '@rollcall/contract'
import { fingerprintOf } from './formats/ssh-keys/public-key.ts'
import type { CommandResult, Host, HostFile } from './host.ts'
import { outputOf, textOf, type Gathering, type Sha256 } from './probe.ts'

const RELEASE = ['/etc/os-release', '/usr/lib/os-release'] as const
const MACHINE_ID = ['/etc/machine-id', '/var/lib/dbus/machine-id'] as const

/** Asks for everything that tells this host from another; travels with the probes' own questions. */
export const gatherSignals = async (host: Gathering) => {
  const [keys, ids, releases, pseudo, hostname, kernel, hosts, addresses] = await Promise.all([
    host.read('/etc/ssh/ssh_host_*_key.pub'),
    host.read(...MACHINE_ID),
    host.read(...RELEASE),
    host.readWith({ pseudo: true, maxBytes: 64 }, '/sys/class/dmi/id/product_uuid', '/sys/class/net/*/address'),
    host.run('uname', '-n'),
    host.run('uname', '-s'),
    host.read('/etc/hosts'),
    host.readWith({ pseudo: true, maxBytes: 256 * 1024 }, ...LINUX_ADDRESSES),
  ])
  // Linux tells its addresses in files, so that it takes no program; other systems have ifconfig.
  const listed = addresses.some(({ state }) => state === 'read') ? undefined : await host.run('ifconfig', '-a')
  return { keys, ids, releases, pseudo, hostname, kernel, hosts, addresses, listed }
}

const LINUX_ADDRESSES = ['/proc/net/fib_trie', '/proc/net/if_inet6'] as const

/** Reads what `gatherSignals` brought. Everything is what the host says; nothing is concluded here. */
export const readSignals = (
  gathered: Awaited<ReturnType<typeof gatherSignals>>,
  proven: Host['provenHostKey'],
  sha256: Sha256,
): HostSignals => {
  const hostname = firstLine(outputOf(gathered.hostname), 256)
  const fqdn = hostname === undefined ? undefined : canonicalName(gathered.hosts, hostname)
  const machineId = gathered.ids
    .map((file) => firstLine(textOf(file), 64))
    .find((id) => id !== undefined && /^[0-9a-f]{32}$/i.test(id))
  const dmiUuid = firstLine(textOf(gathered.pseudo.find(({ path }) => path.endsWith('/product_uuid'))), 64)
  const release = gathered.releases.map(textOf).find((text) => text !== '') ?? ''
  const [name, id, kernel] = [
    releaseField(release, 'PRETTY_NAME'),
    releaseField(release, 'ID'),
    firstLine(outputOf(gathered.kernel), 64),
  ]
  return {
    ...(proven === undefined ? {} : { provenHostKey: proven }),
    hostKeys: gathered.keys
      .flatMap((file) => {
        const [algorithm, blob] = textOf(file).trim().split(/\s+/)
        const fingerprint = blob === undefined ? undefined : fingerprintOf(blob, sha256)
        return algorithm === undefined || fingerprint === undefined || algorithm.length > 64
          ? []
          : [{ algorithm, fingerprint }]
      })
      .slice(0, 32),
    ...(machineId === undefined ? {} : { machineId: machineId.toLowerCase() }),
    ...(hostname === undefined ? {} : { hostname }),
    ...(fqdn === undefined ? {} : { fqdn }),
    addresses: ownAddresses(gathered.addresses, gathered.listed),
    macs: unique(
      gathered.pseudo
        .filter(({ path }) => path.startsWith('/sys/class/net/') && path.endsWith('/address'))
        .flatMap((file) => firstLine(textOf(file), 32) ?? [])
        .filter((mac) => /^[0-9a-f:]{11,32}$/i.test(mac) && !/^[0:]+$/.test(mac)),
    ),
    ...(dmiUuid === undefined || !/^[0-9a-f-]{32,36}$/i.test(dmiUuid) ? {} : { dmiUuid: dmiUuid.toLowerCase() }),
    os: {
      ...(name === undefined ? {} : { name }),
      ...(id === undefined ? {} : { id }),
      ...(kernel === undefined ? {} : { kernel }),
    },
  }
}

const firstLine = (text: string, max: number) => {
  const line = (text.split('\n', 1)[0] ?? '').trim()
  return line === '' || line.length > max ? undefined : line
}

/** The first dotted name that /etc/hosts gives this host's own name: what `hostname -f` says without asking a name server. */
const canonicalName = (files: readonly HostFile[], hostname: string) => {
  if (hostname.includes('.')) return hostname
  for (const line of textOf(files[0]).split('\n')) {
    const names = line.replace(/#.*/, '').trim().split(/\s+/).slice(1)
    if (names.includes(hostname)) return names.find((name) => name.includes('.') && name.length <= 256)
  }
  return undefined
}

const releaseField = (text: string, field: string) => {
  const value = new RegExp(`^${field}=(.*)$`, 'm').exec(text)?.[1]?.trim()
  const plain = value?.replace(/^(["'])(.*)\1$/, '$2').replaceAll(/\\(.)/g, '$1')
  return plain === undefined || plain === '' ? undefined : plain.slice(0, field === 'ID' ? 64 : 256)
}

/** The addresses of the host itself; loopback and link-local tell nothing and are left out. */
const ownAddresses = (files: readonly HostFile[], listed: CommandResult | undefined) => {
  const [trie, inet6] = files
  const found = [
    ...[...textOf(trie).matchAll(/\|-- ([\d.]{7,15})\n\s*\/32 host LOCAL/g)].map(([, address = '']) => address),
    ...[...textOf(inet6).matchAll(/^([0-9a-f]{32}) /gm)].map(([, digits = '']) => ipv6Text(digits)),
    ...[...(listed === undefined ? '' : outputOf(listed)).matchAll(/\binet6?\s+(?:addr:\s*)?([0-9a-f.:]+)/gi)].map(
      ([, address = '']) => address.toLowerCase(),
    ),
  ]
  return unique(
    found.filter((address) => address.length <= 64 && !/^(127\.|::1$|fe80:|0\.0\.0\.0$|::$)/.test(address)),
  ).slice(0, 256)
}

/** 32 hexadecimal digits as the kernel writes them, in the short form of RFC 5952. */
const ipv6Text = (digits: string) => new URL(`http://[${digits.match(/.{4}/g)!.join(':')}]/`).hostname.slice(1, -1)

const unique = <T>(items: readonly T[]) => [...new Set(items)]
