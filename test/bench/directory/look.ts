import { hash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import type { DirectoryMemory } from '@rollcall/discovery'
import { directoryMakes, scanDirectory } from '@rollcall/discovery/directories'
import type { CertificatePins } from '@rollcall/reach'
import { openDirectory } from '@rollcall/reach/directories'
import { keyedDigest, Secret } from '@rollcall/secret'

/** What a run is told, as JSON in the file that its first argument names. */
export interface DirectoryRun {
  readonly host: string
  readonly port: number
  readonly authority: string
  readonly name: string
  readonly password: string
  readonly base: string
  readonly filter: string
  readonly attributes: readonly string[]
  /** A file for what the make wants remembered. */
  readonly memory: string
}

/** What it prints as JSON. `seconds` are from before the connection is made to after the last answer, and so is its processor time. */
export interface DirectoryRan {
  readonly seconds: number
  readonly lookCpuSeconds: number
  readonly entries: number
  readonly findings: number
  readonly remembers: boolean
}

/** `transport`: every value of every entry as text, and nothing made of it. `look`: as an agent does. `changes`: the same, for what changed. */
export type DirectoryMode = 'transport' | 'look' | 'changes'

/** The authority is given. */
const NO_PINS: CertificatePins = { of: () => Promise.resolve(undefined), pin: () => Promise.resolve('differs') }

const main = async (file: string, mode: DirectoryMode) => {
  const run = JSON.parse(readFileSync(file, 'utf8')) as DirectoryRun
  const { signal } = new AbortController()
  const digest = keyedDigest(Secret.ofBytes(new Uint8Array(32)))
  // Loaded by the agent before it connects anywhere.
  const makes = await directoryMakes()
  const began = performance.now()
  const used = process.cpuUsage()
  await using directory = await openDirectory(
    { kind: 'directory', security: 'ldaps', host: run.host, port: run.port },
    {
      login: { kind: 'simple', name: run.name, password: Secret.ofText(run.password) },
      trust: { ca: [run.authority], policy: 'strict', pins: NO_PINS },
      signal,
    },
  )
  let [entries, findings, characters] = [0, 0, 0]
  let memory: DirectoryMemory | undefined
  if (mode === 'transport') {
    const { base, filter, attributes } = run
    const end = await directory.search(
      { base, scope: 'sub', filter, attributes },
      (some) => {
        for (const entry of some) {
          entries++
          characters += entry.dn.length
          for (const name of entry.names) for (const text of entry.texts(name)) characters += text.length
        }
      },
      signal,
    )
    if (end.reason !== undefined || characters === 0) throw new Error(`the search ended with ${end.reason?.code}`)
  } else {
    const scanned = await scanDirectory(directory, makes, {
      sha256: (bytes) => hash('sha256', bytes, 'buffer'),
      keyedDigest: digest,
      now: new Date(),
      signal,
      take: (_, told) => void (findings += told.length),
      remembered: mode === 'changes' ? (JSON.parse(readFileSync(run.memory, 'utf8')) as DirectoryMemory) : undefined,
    })
    memory = scanned?.memory
    if (mode === 'look' && memory !== undefined) writeFileSync(run.memory, JSON.stringify(memory))
  }
  const { user, system } = process.cpuUsage(used)
  const ran: DirectoryRan = {
    seconds: (performance.now() - began) / 1000,
    lookCpuSeconds: (user + system) / 1e6,
    entries,
    findings,
    remembers: memory !== undefined,
  }
  process.stdout.write(JSON.stringify(ran))
}

const [file, mode] = process.argv.slice(2)
if (file !== undefined) await main(file, mode as DirectoryMode)
