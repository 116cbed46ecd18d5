/** Reads one directory to its end, as an agent's scanner does when it is started with its flags, and prints how that went and how much memory it took. */
import { readFileSync } from 'node:fs'
import type { DirectoryTarget } from '@rollcall/contract'
import { openDirectory, ReachError } from '@rollcall/reach/directories'

const [port = '', authorityFile = '', security = 'ldaps'] = process.argv.slice(2)
const { signal } = new AbortController()
/** Since this program began; what the kernel tells of resources begins with whoever started it. */
const peak = () => Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024
const before = peak()
const target: DirectoryTarget = {
  kind: 'directory',
  security: security === 'ldaps' ? 'ldaps' : 'starttls',
  host: '127.0.0.1',
  port: Number(port),
}
/** The authority is given. */
const NO_PINS = { of: () => Promise.resolve(undefined), pin: () => Promise.resolve('differs' as const) }
const told: { code?: string; entries?: number; values?: number } = {}
try {
  await using directory = await openDirectory(target, {
    login: { kind: 'anonymous' },
    trust: { ca: [readFileSync(authorityFile, 'utf8')], policy: 'strict', pins: NO_PINS },
    limits: { idleMs: 2000, loginMs: 3000, lookMs: 4000 },
    signal,
  })
  let values = 0
  const end = await directory.search(
    { base: 'dc=example,dc=org', scope: 'sub', filter: '(uid=*)', attributes: ['*'] },
    (entries) => {
      for (const entry of entries) for (const name of entry.names) values += entry.texts(name).length
    },
    signal,
  )
  told.entries = end.entries
  told.values = values
  if (end.reason !== undefined) told.code = end.reason.code
} catch (error) {
  if (!(error instanceof ReachError)) throw error
  told.code = error.code
}
process.stdout.write(JSON.stringify({ ...told, before, peak: peak() }))
process.exit(0)
