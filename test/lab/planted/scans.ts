import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileMemories, scanTarget } from '@rollcall/agent'
import { probes } from '@rollcall/discovery'
import { knownHosts } from '@rollcall/reach'
import { keyedDigest, newDigestKey, Secret } from '@rollcall/secret'
import { rollcall } from '../../rollcall.ts'
import type { Lab, LabHost } from '../lab.ts'
import type { Told } from './compare.ts'

/** What a scan told, and all that it wrote. */
export interface Looked {
  readonly told: readonly Told[]
  readonly written: string
}

/** The probes that look for secrets. */
const LOOKING: ReadonlySet<string> = new Set([
  'stored-credentials',
  'process-credentials',
  'private-keys',
  'keytabs',
  'local-passwords',
])

/** Looks for secrets on a host over its SSH, with what agents remember of it. */
export const hostLooked = async (lab: Pick<Lab, 'loginKey' | 'knownHosts'>, host: LabHost): Promise<Looked> => {
  await using memory = await ownFolder()
  const { sections } = await scanTarget(
    { kind: 'ssh', host: host.address, port: host.port },
    {
      probes: probes.filter(({ id }) => LOOKING.has(id)),
      reach: {
        logins: [
          {
            user: host.user,
            methods: [{ kind: 'key', privateKey: Secret.ofText(await readFile(lab.loginKey, 'utf8')) }],
            sudo: { kind: 'never' },
          },
        ],
        hostKeys: knownHosts({ read: [lab.knownHosts] }),
        policy: 'strict',
      },
      now: () => new Date(),
      keyedDigest: keyedDigest(newDigestKey()),
      memories: await fileMemories({ folder: memory.path, version: 'planted' }),
    },
    new AbortController().signal,
  )
  const told = sections.flatMap(({ findings }) => findings)
  return { told, written: JSON.stringify(sections) + (await writtenIn(memory.path)) }
}

/** Looks through folders of a tree by the same engine, in all forms in which it is told. Paths are told from the root of the tree. */
export const treeLooked = async (root: string, folders: readonly string[], forms = ['--json']): Promise<Looked> => {
  await using state = await ownFolder()
  const written: string[] = []
  let told: Told[] = []
  for (const form of forms) {
    const paths = folders.map((folder) => join(root, folder))
    const { stdout, stderr, code } = await rollcall(['scan', '--credentials', ...paths, form, '--data', state.path])
    if (code === 1) throw new Error(stderr.slice(0, 1000))
    written.push(stdout, stderr)
    if (form === '--json')
      told = stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => fromRoot(JSON.parse(line) as Told, root))
  }
  return { told, written: written.join('\n') + (await writtenIn(state.path)) }
}

const fromRoot = (told: Told, root: string): Told =>
  told.place?.path.startsWith(`${root}/`) === true
    ? { ...told, place: { ...told.place, path: told.place.path.slice(root.length) } }
    : told

const ownFolder = async () => {
  const path = await mkdtemp(join(tmpdir(), 'rollcall-planted-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

const writtenIn = async (folder: string) => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const texts = files.map((file) => readFile(join(file.parentPath, file.name), 'latin1'))
  return (await Promise.all(texts)).join('\n')
}
