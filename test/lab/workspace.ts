import { mkdir, lstat, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { kill, lives, processIdentity, type ProcessIdentity } from './process-identity.ts'

/** A lab's own folder and its share of the loopback network. Both are free again once it is disposed of. */
export interface Workspace extends AsyncDisposable {
  readonly folder: string
  /** The lab's addresses are 127.0.`network`.1 to .254; no other lab of this machine has them. */
  readonly network: number
  /** Writes a process down, so that it ends with the lab even if we crash. */
  owns(process: ProcessIdentity): Promise<void>
}

/** Where labs live: for root a folder that nobody else can prepare, for others one of their own. */
export const labsFolder = (): string =>
  userInfo().uid === 0
    ? '/var/lib/rollcall-lab'
    : join(process.env['XDG_RUNTIME_DIR'] || tmpdir(), `rollcall-lab-${userInfo().uid}`)

const NETWORKS = { first: 64, last: 254 }

/** Claims a folder and a network, and cleans up what labs of dead processes left. */
export const claimWorkspace = async (): Promise<Workspace> => {
  const root = labsFolder()
  await ownFolder(root)
  await cleanStale()
  const owner = processIdentity(process.pid)
  if (owner === undefined) throw new Error('the lab needs /proc')
  const claim = join(root, `claim-${process.pid}-${claims++}`)
  await mkdir(claim, { mode: 0o700 })
  await writeFile(join(claim, 'owner.json'), JSON.stringify(owner))
  for (let network = NETWORKS.first; network <= NETWORKS.last; network++) {
    const folder = join(root, String(network))
    try {
      // Fails where the folder exists, since a claim is never empty: the first to rename has the network.
      await rename(claim, folder)
    } catch {
      continue
    }
    const owned: ProcessIdentity[] = []
    return {
      folder,
      network,
      async owns(process) {
        owned.push(process)
        await writeFile(join(folder, 'processes.json'), JSON.stringify(owned))
      },
      [Symbol.asyncDispose]: () => release(folder, owned),
    }
  }
  await rm(claim, { recursive: true })
  throw new Error(`all lab networks of this machine are in use; see ${root}`)
}

let claims = 0

/** Ends and removes every lab whose process is gone. Gives the folders removed. */
export const cleanStale = async (): Promise<string[]> => {
  const root = labsFolder()
  const names = await readdir(root).catch(() => [])
  const removed: string[] = []
  for (const name of names.filter((name) => /^(\d+|claim-\d+-\d+)$/.test(name))) {
    const folder = join(root, name)
    const owner = await identitiesIn(join(folder, 'owner.json'))
    // A claim without owner is being made right now, unless its process is gone.
    const claimant = /^claim-(\d+)-/.exec(name)?.[1]
    if (owner.length === 0 && claimant !== undefined && processIdentity(Number(claimant)) !== undefined) continue
    if (owner.some(lives)) continue
    await release(folder, await identitiesIn(join(folder, 'processes.json')))
    removed.push(folder)
  }
  return removed
}

const release = async (folder: string, owned: readonly ProcessIdentity[]) => {
  for (const process of owned) kill(process)
  for (let tries = 0; owned.some(lives) && tries < 200; tries++) await delay(10)
  // An ending namespace lets go of its overlay a moment after its last process.
  await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
}

const identitiesIn = async (path: string): Promise<ProcessIdentity[]> => {
  try {
    const value = JSON.parse(await readFile(path, 'utf8')) as ProcessIdentity | ProcessIdentity[]
    return Array.isArray(value) ? value : [value]
  } catch {
    return []
  }
}

/** A folder that only we can write, or an error: somebody else's would let them choose what we run and remove. */
export const ownFolder = async (path: string): Promise<void> => {
  await mkdir(path, { recursive: true, mode: 0o755 })
  const { uid, mode } = await lstat(path).then((stat) => {
    if (!stat.isDirectory()) throw new Error(`${path} is not a folder`)
    return stat
  })
  if (uid !== userInfo().uid || (mode & 0o022) !== 0) throw new Error(`${path} can be written by others`)
}
