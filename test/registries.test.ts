import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { probes, type HostProbe } from '@rollcall/discovery'

const PROBES = new URL('../packages/discovery/src/probes/', import.meta.url)
const VIEWS = new URL('../collector/src/views/', import.meta.url)
const DOCUMENT = new URL('../docs/probes.md', import.meta.url)

/** Where one of these fails, a file was added or changed: `npm run register` writes the list anew. */
const OR = '(if not, run `npm run register` and commit what it wrote)'

test(`the list of probes names every file of its folder ${OR}`, async () => {
  const list = registry(PROBES, 'probes', { type: 'HostProbe', from: '../probe.ts' })
  await expect(list).toMatchFileSnapshot(new URL('index.ts', PROBES).pathname)
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

test('the lists were read from the folders that the product reads', () => {
  expect(readFileSync(new URL('index.ts', PROBES), 'utf8')).toContain('Written by `npm run register`')
  expect(probes.length).toBeGreaterThan(0)
})

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

const RIGHTS = { 'any-account': 'any account', root: 'root' } as const

/** What the probes look for, in words for whoever grants the rights. */
const documentation = (all: readonly HostProbe[]) =>
  [
    '# Probes',
    '',
    'What Rollcall looks for on a host, what it must be able to read for it, and what stays unknown where it may not. Written by',
    '`npm run register` from the probes themselves; every example is run as a test.',
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

const section = ({ id, title, needs, examples }: HostProbe) => [
  `## ${id}`,
  '',
  `${escaped(title)}.`,
  '',
  '| reads | as | without it, nobody knows |',
  '| --- | --- | --- |',
  ...needs.map(({ reads, right, hides }) => `| ${escaped(reads)} | ${RIGHTS[right]} | ${escaped(hides)} |`),
  '',
  ...examples.flatMap(example),
]

const example = ({ title, gathered, context, finds, reasons = [], notes = [] }: HostProbe['examples'][number]) => [
  `**${escaped(title)}.**`,
  '',
  ...inputs(gathered).flatMap(input),
  ...(context === undefined ? [] : ['On a host with:', '', ...fenced(json({ ...context, sha256: undefined }), 'json')]),
  ...(finds.length === 0 ? ['Finds nothing.', ''] : ['Finds:', '', ...fenced(finds.map(json).join('\n'), 'json')]),
  ...reasonLines('Says why that may not be all:', reasons),
  ...reasonLines('Notes:', notes),
]

const input = ({ name, text }: { name: string; text: string }) =>
  (name === '' ? [] : [`\`${name}\`:`, '']).concat(fenced(text, ''))

const reasonLines = (heading: string, reasons: readonly unknown[]) =>
  reasons.length === 0 ? [] : [heading, '', ...fenced(reasons.map(json).join('\n'), 'json')]

const json = (value: unknown) => JSON.stringify(value)

/** Files and outputs anywhere in what was gathered, each with its path or the name it was gathered under. */
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
  return Object.entries(value).flatMap(([key, item]) => inputs(item, key))
}

const MAX_SHOWN = 4000

/** Text as it is; of bytes that are no text, the printable part; of what is long, the beginning. */
const printable = (bytes: Uint8Array) => {
  const text = new TextDecoder().decode(bytes)
  const shown = /[\0-\u0008\u000e-\u001f]/.test(text)
    ? `(${bytes.length} bytes, in which stands) ${(text.match(/[\u0020-\u007e]{3,}/g) ?? []).join(' ')}`
    : text.trimEnd()
  return shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN)} …` : shown
}

/** A code block whose fence is longer than any in the text. */
const fenced = (text: string, language: string) => {
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)))
  return [`${fence}${language}`, text, fence, '']
}

const escaped = (text: string) => text.replaceAll(/[|<*]/g, String.raw`\$&`)
