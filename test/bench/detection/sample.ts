import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import type { Label } from './score.ts'

const run = promisify(execFile)

/** Files as hosts have them, from Debian packages, and what of them is a credential by the reading of people. */
export interface Sample {
  readonly files: readonly SampleFile[]
  readonly labels: readonly Label[]
  /** Packages whose version is another than the one that was labelled. */
  readonly otherVersions: readonly string[]
}

export interface SampleFile {
  readonly path: string
  readonly bytes: Uint8Array
}

/**
 * A sample by its name: `<name>.packages` lists packages as `name=version`, `<name>.labels` what was read in them; lines with # are
 * remarks. Packages are fetched with apt and kept, so that the next run needs no network.
 */
export const openSample = async (name: string): Promise<Sample> => {
  const packages = await linesOf(`${name}.packages`)
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'rollcall-bench', name)
  const otherVersions = await fetchPackages(packages, cache)
  // Another list is another tree: what was kept of the last one would be measured by the labels of this one.
  const tree = join(cache, `tree-${createHash('sha256').update(packages.join()).digest('hex').slice(0, 12)}`)
  if (!existsSync(tree)) await unpackAll(cache, tree)
  return { files: await filesOf(tree), labels: (await linesOf(`${name}.labels`)).map(label), otherVersions }
}

const linesOf = async (name: string) =>
  (await readFile(new URL(name, import.meta.url), 'utf8'))
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))

const label = (line: string): Label => {
  const [kind = '', lines = '', path = ''] = line.split('\t')
  const [from = 1, to = from] = lines.split('-').map(Number)
  return { kind: kind as Label['kind'], from, to, path }
}

/** Fetches what is not there and forgets what is not asked for. A version that the mirror has no more is replaced by its current one. */
const fetchPackages = async (packages: readonly string[], cache: string): Promise<string[]> => {
  const folder = join(cache, 'debs')
  await mkdir(folder, { recursive: true })
  const asked = new Set(packages.map(nameOf))
  for (const file of await readdir(folder)) if (!asked.has(packageOf(file))) await rm(join(folder, file))
  const have = new Set((await readdir(folder)).map(packageOf))
  const missing = packages.filter((one) => !have.has(nameOf(one)))
  const download = (names: readonly string[]) => run('apt-get', ['download', '-q', ...names], { cwd: folder })
  for (let at = 0; at < missing.length; at += 20) {
    const some = missing.slice(at, at + 20)
    await download(some).catch(async () => {
      for (const one of some) await download([one]).catch(() => download([nameOf(one)]))
    })
  }
  const files = await readdir(folder)
  return packages.filter((one) => {
    const version = one.slice(one.indexOf('=') + 1).replaceAll(':', '%3a')
    return !files.some((file) => file.startsWith(`${nameOf(one)}_${version}_`))
  })
}

const nameOf = (pinned: string) => pinned.replace(/=.*/, '')

const packageOf = (file: string) => file.replace(/_.*/, '')

const unpackAll = (cache: string, tree: string) =>
  unpacked(cache, async (all, scratch) => {
    const kept = join(scratch, 'kept')
    for await (const { from, as } of configurationIn(all)) {
      const bytes = await readFile(join(all, from))
      if (bytes.length > 0 && !isBinary(bytes)) await put(join(kept, as), bytes)
    }
    await moved(kept, tree)
  })

/** Does some work in a folder with all that the packages hold, which is gone afterwards. */
const unpacked = async (cache: string, work: (all: string, scratch: string) => Promise<void>) => {
  const scratch = await mkdtemp(join(tmpdir(), 'rollcall-sample-'))
  try {
    const all = join(scratch, 'all')
    await mkdir(all)
    const debs = join(cache, 'debs')
    for (const file of (await readdir(debs)).toSorted())
      if (file.endsWith('.deb')) await run('dpkg-deb', ['-x', join(debs, file), all])
    await work(all, scratch)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

const isBinary = (bytes: Uint8Array) => bytes.subarray(0, 8192).includes(0)

const put = async (path: string, bytes: Uint8Array) => {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, bytes)
}

const moved = async (from: string, to: string) => {
  await mkdir(dirname(to), { recursive: true })
  await rename(from, to).catch(() => run('cp', ['-r', from, to]))
}

const LARGEST_TEXT = 1024 * 1024

/**
 * Text as it lies on hosts, of about so many bytes: files of the packages of a sample, whatever they are, spread over all of them.
 * They are kept below a folder, which is given.
 */
export const openText = async (name: string, bytes: number): Promise<string> => {
  await openSample(name)
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'rollcall-bench', name)
  const text = join(cache, `text-${bytes}`)
  if (existsSync(text)) return text
  await unpacked(cache, async (all, scratch) => {
    const paths: string[] = []
    for await (const path of below(all, '.')) paths.push(path)
    const byHash = paths.toSorted((one, other) => (spread(one) < spread(other) ? -1 : 1))
    let taken = 0
    for (const path of byHash) {
      if ((await lstat(join(all, path))).size > LARGEST_TEXT) continue
      const content = await readFile(join(all, path))
      if (content.length === 0 || isBinary(content)) continue
      await put(join(scratch, 'text', path), content)
      taken += content.length
      if (taken >= bytes) break
    }
    await moved(join(scratch, 'text'), text)
  })
  return text
}

/** An order that has nothing to do with what a file is. */
const spread = (path: string) => createHash('sha256').update(path).digest('hex')

/** What a host would have as configuration: that of the packages, their units, and the samples they bring. */
async function* configurationIn(all: string): AsyncIterable<{ from: string; as: string }> {
  const picked = new Map<string, string>()
  for (const top of CONFIGURATION) for await (const path of below(all, top)) picked.set(path, path)
  for (const top of ['usr/share', 'usr/lib', 'var'])
    for await (const path of below(all, top)) {
      const { size } = await lstat(join(all, path))
      if (size <= LARGEST_SAMPLE && SAMPLES.test(`/${path}`) && !NO_SAMPLES.test(path))
        picked.set(`examples/${path}`, path)
    }
  for (const [as, from] of picked) if (!PROGRAMS_AND_PROSE.test(as)) yield { from, as }
}

const CONFIGURATION = [
  'etc',
  'lib/systemd',
  'usr/lib/systemd',
  'usr/lib/tmpfiles.d',
  'usr/lib/sysctl.d',
  'usr/lib/udev',
  'lib/udev',
  'var/spool',
]
const LARGEST_SAMPLE = 300 * 1024
const SAMPLES =
  /(?:\/examples\/.*|.*\.(?:conf|cnf|cfg|ini|sample|default|yml|yaml|properties|env|service|toml)|.*\.conf\..*|.*-config\.php|.*\/config[^/]*\.php)$/
const NO_SAMPLES = /locale|\/i18n\/|\.(?:png|svg|gz|html|js)$|python3\/dist-packages/
const PROGRAMS_AND_PROSE =
  /(?:\.(?:pl|pm|py|rb|java|go|c|h|cpp|cs|js|idl|px|t|md|rst|txt|html?|README|sln|csproj|svg|png|gz|tgz|1|5|8|schema|xsd)$|\/README|go\.sum$|\/hwdb\.d\/|(?<!config)(?<!config\.inc)(?<!\.conf)(?<!\.inc)\.php$|config-schema\.php|config-vars\.php|config-merge|config\.metadata\.php|\/(?:installer|wp-admin|wp-content)\/|mutt_oauth2|\/LDAP\/|autochangers\/|helpop)/i

async function* below(all: string, folder: string): AsyncIterable<string> {
  if (!existsSync(join(all, folder))) return
  for (const entry of await readdir(join(all, folder), { recursive: true, withFileTypes: true }))
    if (entry.isFile()) yield relative(all, join(entry.parentPath, entry.name))
}

const filesOf = async (tree: string): Promise<SampleFile[]> => {
  const files: SampleFile[] = []
  for (const entry of await readdir(tree, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile()) files.push({ path: relative(tree, path), bytes: await readFile(path) })
  }
  return files.toSorted((one, other) => (one.path < other.path ? -1 : 1))
}
