import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { CredentialFormat, TokenFamily } from '../packages/discovery/src/detectors/detector.ts'
// Only types: a list that is stale must not keep this from writing it anew.
import type { FoundEntry, HostProbe } from '@rollcall/discovery'

const PROBES = new URL('../packages/discovery/src/probes/', import.meta.url)
const VIEWS = new URL('../collector/src/views/', import.meta.url)
const FORMATS = new URL('../packages/discovery/src/detectors/formats/', import.meta.url)
const DIRECTORIES = new URL('../packages/discovery/src/directories/', import.meta.url)
const TOKENS = new URL('../packages/discovery/src/detectors/tokens/', import.meta.url)
const DETECTORS = new URL('../docs/detectors.md', import.meta.url)
const DOCUMENT = new URL('../docs/probes.md', import.meta.url)

/** Where one of these fails, a file was added or changed: `npm run register` writes the list anew. */
const OR = '(if not, run `npm run register` and commit what it wrote)'

test(`the list of probes names every file of its folder ${OR}`, async () => {
  const list = registry(PROBES, 'probes', { type: 'HostProbe', from: '../probe.ts' })
  await expect(list).toMatchFileSnapshot(new URL('index.ts', PROBES).pathname)
})

test(`the list of formats that keep credentials names every file of its folder ${OR}`, async () => {
  const list = registry(FORMATS, 'formats', { type: 'CredentialFormat', from: '../detector.ts' })
  await expect(list).toMatchFileSnapshot(new URL('index.ts', FORMATS).pathname)
})

test(`the list of token families names every file of its folder ${OR}`, async () => {
  const list = registry(TOKENS, 'tokens', { type: 'TokenFamily', from: '../detector.ts' })
  await expect(list).toMatchFileSnapshot(new URL('index.ts', TOKENS).pathname)
})

test(`the list of makes of directories names every file of its folder ${OR}`, async () => {
  const list = registry(DIRECTORIES, 'directoryMakes', { type: 'DirectoryMake', from: '../directory-make.ts' })
  await expect(list).toMatchFileSnapshot(new URL('index.ts', DIRECTORIES).pathname)
})

test.runIf(existsSync(VIEWS))(`the list of views names every file of its folder ${OR}`, async () => {
  const list = registry(VIEWS, 'views', { type: 'View', from: '../view.ts' })
  await expect(list).toMatchFileSnapshot(new URL('index.ts', VIEWS).pathname)
})

// Read file by file, not from the list: so a probe that was added just now is documented by the same run.
test(`the documentation of probes says what each of them says of itself ${OR}`, async () => {
  const listed = await Promise.all(
    filesOf(PROBES).map(async (file) => (await import(new URL(file, PROBES).pathname)) as { default: HostProbe }),
  )
  await expect(documentation(listed.map((module) => module.default))).toMatchFileSnapshot(DOCUMENT.pathname)
})

test(`the documentation of detectors names every format and token family ${OR}`, async () => {
  const [formats, families] = await Promise.all([
    defaultsOf<CredentialFormat>(FORMATS),
    defaultsOf<TokenFamily>(TOKENS),
  ])
  await expect(detectorDocumentation(formats, families)).toMatchFileSnapshot(DETECTORS.pathname)
})

test('the lists were read from the folders that the product reads', async () => {
  const { probes } = await import('@rollcall/discovery')
  expect(readFileSync(new URL('index.ts', PROBES), 'utf8')).toContain('Written by `npm run register`')
  expect(probes.length).toBeGreaterThan(0)
})

const defaultsOf = <T>(folder: URL) =>
  Promise.all(
    filesOf(folder).map(async (file) => ((await import(new URL(file, folder).pathname)) as { default: T }).default),
  )

const filesOf = (folder: URL) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'index.ts')
    .toSorted()

/** The text of a registry: one static import for each file, in the order of their names. */
const registry = (folder: URL, name: string, { type, from }: { type: string; from: string }) => {
  const files = filesOf(folder)
  const entries = files.map((file) => ({ file, variable: camelCase(file.replace(/\.ts$/, '')) }))
  return [
    '// Written by `npm run register` from the files of this folder.',
    `import type { ${type} } from '${from}'`,
    ...entries.map(({ file, variable }) => `import ${variable} from './${file}'`),
    '',
    `export const ${name}: readonly ${type}[] = [`,
    ...entries.map(({ variable }) => `  ${variable},`),
    ']',
    '',
  ].join('\n')
}

const camelCase = (kebab: string) => kebab.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())

/** What stored credentials are found in, and which tokens are known by their shape. */
const detectorDocumentation = (formats: readonly CredentialFormat[], families: readonly TokenFamily[]) =>
  [
    '# Detectors',
    '',
    'The formats in which Rollcall looks for stored credentials, and the tokens that it knows by their own shape. Written by',
    '`npm run register` from the detectors themselves. Files that are none of these are read line by line: settings, arguments of',
    'commands, addresses and calls that hold a secret. [How that works](credentials.md).',
    '',
    `## ${formats.length} formats`,
    '',
    '| format | what it is | files |',
    '| --- | --- | --- |',
    ...formats.map(
      ({ id, title, files, begins }) =>
        `| ${id} | ${escaped(title)} | ${[...files.map((name) => `\`${name.replaceAll('|', String.raw`\|`)}\``), ...(begins === undefined ? [] : ['told by how they begin'])].join(', ')} |`,
    ),
    '',
    `## ${families.length} families of tokens`,
    '',
    '| family | what it is | checksum verified |',
    '| --- | --- | --- |',
    ...families.map(
      ({ id, title, kinds }) =>
        `| ${id} | ${escaped(title)} | ${kinds.every(({ checked }) => checked) ? 'yes' : kinds.some(({ checked }) => checked) ? 'of some' : 'has none'} |`,
    ),
    '',
  ].join('\n')

const RIGHTS = { 'any-account': 'any account', root: 'root' } as const

/** What the probes look for, in words for whoever grants the rights. */
const documentation = (all: readonly HostProbe[]) =>
  [
    '# Probes',
    '',
    'What Rollcall looks for on a host, what it must be able to read for it, and what stays unknown where it may not. Written by',
    '`npm run register` from the probes themselves; every example is run as a test. Of what is long in an example, the beginning is',
    'shown. `=>` is a finding with its place, `??` a reason why that may not be all, `note` what is worth telling and hides nothing.',
    '',
    'What a probe cannot read is never taken for "nothing there": its outcome says what is missing and why. Passwords, hashes and',
    'private keys are read where they lie, described, and forgotten: none of them is ever part of what a probe reports.',
    '',
    '| probe | what it finds | without root |',
    '| --- | --- | --- |',
    ...all.map((probe) => `| [${probe.id}](#${probe.id}) | ${escaped(probe.title)} | ${withoutRoot(probe)} |`),
    '',
    ...all.flatMap(section),
  ].join('\n')

const withoutRoot = ({ needs }: HostProbe) => {
  const rights = new Set(needs.map(({ right }) => right))
  return rights.size === 2 ? 'in part' : rights.has('root') ? 'not at all' : 'all of it'
}

const section = ({ id, title, needs, examples }: HostProbe) => {
  const shown = new Map<string, string>()
  return [
    `## ${id}`,
    '',
    `${escaped(title)}.`,
    '',
    '| reads | as | without it, nobody knows |',
    '| --- | --- | --- |',
    ...needs.map(
      ({ reads, right, hides, unlisted }) =>
        `| ${escaped(reads)} | ${RIGHTS[right]}${unlisted === undefined ? '' : `; a list for sudo falls short: ${escaped(unlisted)}`} | ${escaped(hides)} |`,
    ),
    '',
    ...fenced(examples.map((one) => exampleLines(one, shown).join('\n')).join('\n\n')),
  ]
}

/** One example: its title, each input under its path or name, indented, then what follows. `shown` are inputs of examples before. */
const exampleLines = (
  { title, gathered, context, finds, reasons = [], notes = [] }: HostProbe['examples'][number],
  shown: Map<string, string>,
) => {
  const given = inputs(gathered)
  const isNew = ({ name, text }: { name: string; text: string }) => shown.get(name) !== text
  const repeated = given.filter((one) => !isNew(one)).map(({ name }) => name)
  return [
    `# ${title}`,
    ...given.filter(isNew).flatMap(({ name, text }) => inputLines(name, text, shown)),
    ...(repeated.length === 0 ? [] : [clippedLine(`as before: ${[...new Set(repeated)].join(', ')}`)]),
    ...(context === undefined ? [] : [clippedLine(`on a host with ${fields({ ...context, sha256: undefined })}`)]),
    ...(finds.length === 0 ? ['=> nothing'] : finds.slice(0, MOST_LINES).map((one) => clippedLine(`=> ${told(one)}`))),
    ...(finds.length > MOST_LINES ? [`=> … and ${finds.length - MOST_LINES} more`] : []),
    ...reasons.map((one) => clippedLine(`?? ${told(one)}`)),
    ...notes.map((one) => clippedLine(`note ${told(one)}`)),
  ]
}

const inputLines = (name: string, text: string, shown: Map<string, string>) => {
  shown.set(name, text)
  if (text === '') return [`${name}: empty`]
  const lines = text.split('\n')
  return [
    `${name}:`,
    ...lines.slice(0, MOST_LINES).map((line) => clippedLine(`    ${line}`)),
    ...(lines.length > MOST_LINES ? [`    … and ${lines.length - MOST_LINES} more lines`] : []),
  ]
}

const MOST_LINES = 12
const LONGEST_LINE = 400

const clippedLine = (line: string) => (line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)} …` : line)

/** A finding, reason or note in one line: its kind or code, where it stands as path:line, and its other fields. */
const told = (one: object) => {
  const { place = {}, ...own } = one as Record<string, unknown>
  const { kind, code, path, line, ...rest } = { ...own, ...(place as Record<string, unknown>) }
  const where = path === undefined ? '' : `${String(path)}${line === undefined ? '' : `:${String(line)}`}`
  return [kind ?? code, where, fields(rest)].filter((part) => part !== '').join(' ')
}

const fields = (of: object) =>
  Object.entries(of)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${plain(value)}`)
    .join(' ')

const plain = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(plain).join(', ')}]`
  if (typeof value === 'object' && value !== null) return `{${fields(value)}}`
  return typeof value === 'string' && /^[^\s"=,[\]{}]+$/.test(value) ? value : JSON.stringify(value)
}

/** Files, outputs and searches anywhere in what was gathered, each with its path or the name it was gathered under. */
const inputs = (value: unknown, name = ''): { name: string; text: string }[] => {
  if (value instanceof Uint8Array) return [{ name, text: printable(value) }]
  if (Array.isArray(value)) return value.flatMap((item) => inputs(item, name))
  if (value instanceof Map)
    return [...value].flatMap(([key, item]) => inputs(item, typeof key === 'string' ? key : name))
  if (typeof value !== 'object' || value === null) return []
  if ('state' in value && value.state === 'unread' && 'why' in value) {
    return [{ name: 'path' in value ? String(value.path) : name, text: `(not read: ${String(value.why)})` }]
  }
  if ('bytes' in value) return inputs(value.bytes, 'path' in value ? String(value.path) : name)
  if ('stdout' in value) return inputs(value.stdout, name)
  if ('entries' in value && 'unsearched' in value && Array.isArray(value.entries))
    return value.entries.length === 0 ? [] : [{ name, text: value.entries.map(entryLine).join('\n') }]
  return Object.entries(value).flatMap(([key, item]) => inputs(item, key))
}

const entryLine = ({ path, type, mode, uid, gid, target }: FoundEntry) =>
  `${path}${target === undefined ? '' : ` -> ${target}`} (${type} ${mode.toString(8).padStart(4, '0')} ${uid}:${gid})`

/** Text as it is; of bytes that are no text, the printable part. */
const printable = (bytes: Uint8Array) => {
  const text = new TextDecoder().decode(bytes)
  return /[\0-\u0008\u000e-\u001f]/.test(text)
    ? `(${bytes.length} bytes, in which stands) ${(text.match(/[\u0020-\u007e]{3,}/g) ?? []).join(' ')}`
    : text.trimEnd()
}

/** A code block whose fence is longer than any in the text. */
const fenced = (text: string) => {
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)))
  return [fence, text, fence, '']
}

const escaped = (text: string) => text.replaceAll(/[|<*]/g, String.raw`\$&`)
