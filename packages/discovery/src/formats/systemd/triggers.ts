import { parseUnitFile, type Assignment } from './unit-file.ts'
import { resolveSpecifiers, type SpecifierValues } from './unit-name.ts'
import type { UnitText } from './service.ts'
import { unitBoolean } from './unit-words.ts'

/** What a timer, socket or path unit starts, and when. */
export interface Trigger {
  /** The name of the unit it starts. */
  readonly starts: string
  /** In the spelling of the unit: `OnCalendar=daily`. */
  readonly when: readonly string[]
  /** As `tcp 0.0.0.0:443` or `unix /run/x.sock`. */
  readonly listens: readonly string[]
}

const TIMES = ['OnCalendar', 'OnActiveSec', 'OnBootSec', 'OnStartupSec', 'OnUnitActiveSec', 'OnUnitInactiveSec']
const PATHS = ['PathExists', 'PathExistsGlob', 'PathChanged', 'PathModified', 'DirectoryNotEmpty']
const SOCKETS: Readonly<Record<string, string>> = {
  ListenStream: 'tcp',
  ListenDatagram: 'udp',
  ListenSequentialPacket: 'seqpacket',
  ListenFIFO: 'fifo',
}
const KEYS: ReadonlySet<string> = new Set([
  ...[...TIMES, 'Unit'].map((key) => `Timer.${key}`),
  ...[...PATHS, 'Unit'].map((key) => `Path.${key}`),
  ...[...Object.keys(SOCKETS), 'Service', 'Accept'].map((key) => `Socket.${key}`),
])

/** Reads a timer, socket or path unit with its drop-ins, in this order. An empty value takes back all times or sockets before it. */
export const readTrigger = (texts: readonly UnitText[], values: SpecifierValues): Trigger => {
  const { prefix, instance, type } = values.unit
  let starts: string | undefined
  let accept = false
  let list: string[] = []
  const take = ({ key, value }: Assignment) => {
    const name = key.slice(key.indexOf('.') + 1)
    if (name === 'Unit' || name === 'Service') starts = value === '' ? undefined : resolveSpecifiers(value, values)
    else if (name === 'Accept') accept = unitBoolean(value) ?? accept
    else if (value === '') list = []
    else if (list.length < MOST_LISTED) {
      const protocol = SOCKETS[name]
      const resolved = resolveSpecifiers(value, values) ?? value
      list.push(protocol === undefined ? `${name}=${resolved}` : socket(protocol, resolved))
    }
  }
  for (const { text } of texts) for (const assignment of parseUnitFile(text, KEYS).assignments) take(assignment)
  const at = instance === undefined ? '' : `@${instance}`
  return {
    starts: starts ?? (accept ? `${prefix}@.service` : `${prefix}${at}.service`),
    when: type === 'socket' ? [] : list,
    listens: type === 'socket' ? list : [],
  }
}

const MOST_LISTED = 64

/** `80`, `1.2.3.4:80`, `[::1]:80`, `/run/x`, `@abstract`, `vsock:…` (systemd.socket(5)). */
const socket = (protocol: string, address: string): string => {
  if (protocol === 'fifo') return `fifo ${address}`
  if (address.startsWith('/') || address.startsWith('@')) return `unix ${address}`
  if (address.startsWith('vsock:')) return `vsock ${address.slice('vsock:'.length)}`
  return `${protocol} ${/^\d+$/.test(address) ? `*:${address}` : address}`
}
