import { createHash, createHmac } from 'node:crypto'
import type { DirectorySignals, DirectoryTarget, Finding, Outcome } from '@rollcall/contract'
import { directoryMakes, scanDirectory, type Directory, type DirectoryMemory } from '@rollcall/discovery'
import { certificatePins, openDirectory, type DirectoryLogin } from '@rollcall/reach'
import { Secret } from '@rollcall/secret'

/** A server of the lab, as far as a look needs it. */
export interface LookedAtServer {
  readonly address: string
  readonly port: number
  readonly authority: string
}

/** What a look told. */
export interface Look {
  readonly signals: DirectorySignals
  readonly findings: readonly (Finding & { readonly probe: string })[]
  readonly outcomes: Readonly<Record<string, Outcome>>
  /** Objects of sections that told of changes only, by probe. */
  readonly changed: Readonly<Record<string, readonly string[]>>
  readonly memory: DirectoryMemory | undefined
}

export interface LookOptions {
  readonly remembered?: DirectoryMemory | undefined
  readonly now?: Date
  /** Lets a test answer in the server's place. */
  readonly through?: (directory: Directory) => Directory
}

/** A simple login, or nobody's. */
export const simple = (dn: string, password: string): DirectoryLogin => ({
  kind: 'simple',
  name: dn,
  password: Secret.ofText(password),
})

/** Looks at a server as an agent does, over LDAPS. */
export const lookAt = async (
  { address, port, authority }: LookedAtServer,
  login: DirectoryLogin,
  { remembered, now = new Date(), through = (directory) => directory }: LookOptions = {},
): Promise<Look> => {
  const target: DirectoryTarget = { kind: 'directory', security: 'ldaps', host: address, port }
  const signal = AbortSignal.timeout(60_000)
  await using directory = await openDirectory(target, {
    login,
    trust: { ca: [authority], policy: 'strict', pins: certificatePins() },
    signal,
  })
  const findings: Look['findings'][number][] = []
  const scanned = await scanDirectory(through(directory), await directoryMakes(), {
    sha256: (bytes) => createHash('sha256').update(bytes).digest(),
    keyedDigest: (secret) => createHmac('sha256', 'key of the tests').update(secret).digest('base64url').slice(0, 22),
    now,
    signal,
    take: (probe, told) => {
      for (const finding of told) findings.push({ ...finding, probe })
    },
    remembered,
  })
  if (scanned === undefined) throw new Error('no make recognises it')
  return {
    signals: scanned.signals,
    findings,
    outcomes: Object.fromEntries(scanned.sections.map(({ probe, outcome }) => [probe, outcome])),
    changed: Object.fromEntries(
      scanned.sections.flatMap(({ probe, changed }) => (changed === undefined ? [] : [[probe, changed]])),
    ),
    memory: scanned.memory,
  }
}
